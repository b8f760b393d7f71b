"""What every command shares: its common arguments, the application of the environment, and how a
result becomes JSON or text and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from zsf_plugin.cli.output import say_json, tell
from zsf_plugin.model import Json
from zsf_plugin.settings import REDIRECT_PORT, Settings, from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

__all__ = [
    "HOST_SETTINGS",
    "Actions",
    "CommandApp",
    "Report",
    "add_action",
    "add_actions",
    "add_flag",
    "add_port",
    "add_report_arguments",
    "on_end_signals",
    "open_application",
    "open_browser",
    "port_number",
    "report",
]

#: A command drains only where it is told to.
HOST_SETTINGS = {"drain": "external"}

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace], int]
Result = TypeVar("Result")


def add_report_arguments(parser: argparse.ArgumentParser, run: Run) -> None:
    """The arguments that every reporting command takes, and what runs it."""
    parser.add_argument(
        "--workspace",
        default="default",
        metavar="W",
        help="the Zaplify customer (default: default)",
    )
    add_flag(parser, "--json", "exactly one JSON document on stdout")
    parser.set_defaults(run=run)


def add_flag(parser: argparse._ActionsContainer, name: str, help_: str) -> None:
    """An option that is given or not, and takes no value."""
    parser.add_argument(name, action="store_true", help=help_)


def add_actions(parser: argparse.ArgumentParser) -> Actions:
    """The place for the actions of a command that has several."""
    return parser.add_subparsers(metavar="ACTION", required=True)


def add_action(actions: Actions, name: str, run: Run, help_: str) -> argparse.ArgumentParser:
    """An action of a command, as `check` of `rules`, with the arguments of a reporting one."""
    parser = actions.add_parser(name, help=help_, description=help_)
    add_report_arguments(parser, run)
    return parser


def report(
    options: argparse.Namespace,
    result: Result,
    document: Callable[[Result], Json],
    show: Callable[[Result], None],
    *,
    has_findings: bool = False,
) -> int:
    """Print a result, with --json as one document, else as text. Return the exit code."""
    if options.json:
        say_json(document(result))
    else:
        show(result)
    return 1 if has_findings else 0


def _none(_: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Report(Generic[Result]):
    """A command that gathers a result with the application open, closes it, and prints the result.
    `has_findings`: whether the exit code says that something is to be done."""

    gather: Callable[[CommandApp, argparse.Namespace], Result]
    document: Callable[[Result], Json]
    show: Callable[[Result], None]
    has_findings: Callable[[Result], bool] = _none

    def __call__(self, options: argparse.Namespace) -> int:
        with open_application() as app:
            result = self.gather(app, options)
        has_findings = self.has_findings(result)
        return report(options, result, self.document, self.show, has_findings=has_findings)


def add_port(parser: argparse.ArgumentParser, name: str, more: str = "") -> None:
    """The port to listen on, by default that of the redirect that Salesforce knows. `more`: what
    its help says besides."""
    help_ = f"port to listen on (default {REDIRECT_PORT}){more}"
    parser.add_argument(name, type=port_number, default=REDIRECT_PORT, metavar="N", help=help_)


def port_number(text: str) -> int:
    """A port of the command line; 0 is any free one. Raises argparse's error if it is not
    a port."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number between 0 and 65535")


def on_end_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    """Install `handler` for SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def open_browser(address: str, or_else: str) -> None:
    """Open the address in this person's browser; `or_else` is said where there is none."""
    import webbrowser

    if not webbrowser.open(address):
        tell(or_else)


@contextmanager
def open_application(settings: Settings | None = None) -> Iterator[CommandApp]:
    """The application of the environment, or of those settings, closed at the end. By default
    it drains only if told to."""
    app = CommandApp(Parts(settings or from_environment(os.environ, host_settings=HOST_SETTINGS)))
    try:
        yield app
    finally:
        app.close()
