"""`zsf demo`: the whole job offline, in a folder that goes away: emulator, sign-in, rules, events,
drain, once more. `demo_rounds` plays it, and `demo_report` shows it.
"""

from __future__ import annotations

import argparse

from zsf_plugin.cli.common import add_flag, add_json, end_event, report
from zsf_plugin.cli.demo_report import demo_document, show_demo
from zsf_plugin.cli.demo_rounds import build_emulator, play
from zsf_plugin.cli.streams import note


def add_demo(parser: argparse.ArgumentParser) -> None:
    """The arguments of `demo`."""
    add_json(parser)
    add_flag(parser, "--serve", "Keep the emulator running afterwards, to look around")
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    with build_emulator() as emulator:
        note(f"Salesforce emulator at {emulator.url}")
        rounds = play(emulator)
        is_faulty = rounds.second.writes != 0
        code = report(options, rounds, demo_document, show_demo, has_findings=is_faulty)
        if options.serve:
            _serve(rounds.url)
    return code


def _serve(url: str) -> None:
    """Keep the emulator running until Ctrl-C or SIGTERM."""
    ended = end_event()
    note(f"The emulator keeps running at {url}; its records: {url}/_emulator/records")
    note(f"Connect to it with: zsf connect --login-url {url}    (stop it with Ctrl-C)")
    ended.wait()
    note("Stopped.")
