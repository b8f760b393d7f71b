"""`zsf rotate-key`: another secret key, and everything that is encrypted sealed with it."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from zsf_plugin.cli.common import CommandApp, Report, add_flag, add_overall_arguments
from zsf_plugin.cli.output import counted, note_unreadable
from zsf_plugin.cli.streams import note, say
from zsf_plugin.wiring.keys import KeyRotation


def add_rotate_key(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rotate-key`."""
    run = Report(_rotate, asdict, _show, _is_incomplete, working="Sealing", creates=True)
    add_overall_arguments(parser, run, "one key serves every workspace")
    add_flag(
        parser,
        "--finish",
        "Make no new key; seal what is left with the present one, and remove the previous key file",
    )


def _rotate(app: CommandApp, options: argparse.Namespace) -> KeyRotation:
    secret = app.settings.secret_key
    if secret is not None and app.settings.secret_key_previous in (None, secret):
        note(
            "This command does not change ZSF_SECRET_KEY. To change it, set it to the new key and "
            "ZSF_SECRET_KEY_PREVIOUS to the former one, then run this again"
        )
    return app.operations.rotate_key(finish=options.finish)


def _is_incomplete(rotation: KeyRotation) -> bool:
    return bool(rotation.unreadable)


def _show(rotation: KeyRotation) -> None:
    if rotation.made_key:
        say("Made a new key; the previous one is beside it until `zsf rotate-key --finish`")
    if rotation.removed_previous:
        say("Removed the previous key")
    again = counted(rotation.sealed, "value", "values")
    say(f"Sealed {again} again; {rotation.kept} had the present key already")
    note_unreadable(rotation.unreadable)
    if rotation.lost_digest_keys:
        lost = counted(rotation.lost_digest_keys, "key", "keys")
        note(
            f"{lost} of event digests cannot be read: repeated events that were stored with them "
            "count as the same by their id alone"
        )
