"""`zsf emulator`: the stand-in Salesforce, served until it is told to end."""

from __future__ import annotations

from zsf_plugin.cli.common import Subparsers


def add(commands: Subparsers) -> None:
    """Register `emulator`."""
    from zsf_plugin.emulator.command import add_arguments, serve

    words = "serve a stand-in Salesforce on this machine (prints `listening URL`)"
    parser = commands.add_parser("emulator", help=words, description=words)
    add_arguments(parser)
    parser.set_defaults(run=serve)
