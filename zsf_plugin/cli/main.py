"""`zsf`: the parser, and one place where every expected error becomes one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from zsf_plugin.cli.output import fail, take_any_text
from zsf_plugin.errors import ConfigurationError, ZsfError

Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Command:
    """A command by name, with its one line of help, and the module (below `zsf_plugin`) whose
    `add_NAME` takes its parser and fills it. The module is imported when the command is used."""

    name: str
    module: str
    help: str


#: In the order in which help shows them.
COMMANDS = (
    Command(
        "demo",
        "cli.demo",
        "the whole job offline: emulator, sign-in, rules, events, drain; then once more, "
        "with nothing written",
    ),
    Command("init", "cli.setup", "make the config and data folders and a first rule file"),
    Command("connect", "cli.setup", "connect the workspace to a Salesforce org"),
    Command("disconnect", "cli.setup", "end the connection; entries and links stay"),
    Command("rules", "cli.rules", "check the rules, show what is in force, explain an event"),
    Command(
        "fields",
        "cli.fields",
        "the org's fields and what is mapped to them; exit 1 where one of your mappings "
        "leads nowhere",
    ),
    Command(
        "provision",
        "cli.provision",
        "the field Zaplify_Id__c in Salesforce: what is missing, and with --apply making "
        "it; deletes nothing",
    ),
    Command("feed", "cli.feeding", "take in host events from a file, one JSON object a line"),
    Command("drain", "cli.draining", "send what is due to Salesforce, until nothing is"),
    Command("worker", "cli.draining", "drain every workspace, until SIGTERM or SIGINT"),
    Command(
        "status",
        "cli.status",
        "what waits, what is held, who is connected, how many API calls are used",
    ),
    Command("outbox", "cli.outbox", "look at entries, release held ones, drop some"),
    Command(
        "badges", "cli.badges", "which search results exist in Salesforce: black, grey or unknown"
    ),
    Command(
        "console",
        "cli.console",
        "the console in a browser: connect, map fields, flip switches, see",
    ),
    Command(
        "emulator",
        "emulator.command",
        "serve a Salesforce emulator on this machine (prints `listening URL`)",
    ),
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line, as every other error."""

    def error(self, message: str) -> NoReturn:
        """End with what could not run."""
        raise SystemExit(fail(f"{message}; see `{self.prog} --help`"))


class _CommandParser(_Parser):
    """The parser of one command. Its arguments are added when it first parses."""

    command: Command | None = None

    def parse_known_args(  # type: ignore[override]  # argparse's own overloads say the same
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does, with the command's module imported before."""
        self._add_arguments()
        return super().parse_known_args(args, namespace)

    def _add_arguments(self) -> None:
        command, self.command = self.command, None
        if command is not None:
            module = import_module(f"zsf_plugin.{command.module}")
            getattr(module, f"add_{command.name}")(self)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    take_any_text()
    options = build_parser().parse_args(argv)
    try:
        return _run(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return fail("stopped; what was begun is kept, and the next run goes on from there")


def _run(options: argparse.Namespace) -> int:
    """Run the command that was parsed; every error of ours becomes a line."""
    run: Run = options.run
    try:
        return run(options)
    except ConfigurationError as error:
        for finding in error.findings:
            fail(finding)
        return 2
    except ZsfError as error:
        return fail(str(error) or type(error).__name__)


def build_parser() -> argparse.ArgumentParser:
    """The parser of `zsf`; it knows each command's name and help, and imports none of them."""
    parser = _Parser(
        prog="zsf",
        description="Keeps Salesforce in step with Zaplify.",
        epilog=(
            "Exit codes: 0 well, 1 findings, 2 could not run. Settings: ZSF_CONFIG_DIR, "
            "ZSF_DATA_DIR …"
        ),
    )
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_CommandParser
    )
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.name, help=command.help, description=command.help)
        subparser.command = command
    return parser


if __name__ == "__main__":
    sys.exit(main())
