"""`zsf completion`: a script that completes commands, options and files in a shell. No other module
imports shtab."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from zsf_plugin.cli.commands import build_full_parser
from zsf_plugin.cli.streams import write

SHELLS = ("bash", "zsh", "fish", "tcsh")


def add_completion(parser: argparse.ArgumentParser) -> None:
    """The arguments of `completion`."""
    parser.add_argument(
        "shell", choices=SHELLS, metavar="SHELL", help=f"One of {', '.join(SHELLS)}"
    )
    parser.set_defaults(run=_print_script)


def _print_script(options: argparse.Namespace) -> int:
    import shtab

    parser = build_full_parser()
    for action in _actions(parser):
        if action.type is Path:
            vars(action)["complete"] = shtab.FILE  # where shtab looks for it
    write(f"{shtab.complete(parser, options.shell)}\n")
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of all parsers below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from _actions(subparser)
