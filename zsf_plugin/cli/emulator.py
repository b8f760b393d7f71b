"""`zsf emulator`: the stand-in Salesforce, served until it is told to end."""

from __future__ import annotations

import argparse

from zsf_plugin.emulator.command import add_arguments, serve


def add_emulator(parser: argparse.ArgumentParser) -> None:
    """The stand-in's own arguments."""
    add_arguments(parser)
    parser.set_defaults(run=serve)
