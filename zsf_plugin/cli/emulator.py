"""`zsf emulator`: the Salesforce emulator, served until it is told to end."""

from __future__ import annotations

import argparse

from zsf_plugin.emulator.command import add_arguments, serve


def add_emulator(parser: argparse.ArgumentParser) -> None:
    """The emulator's own arguments."""
    add_arguments(parser)
    parser.set_defaults(run=serve)
