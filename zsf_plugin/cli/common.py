"""What every command shares: its common arguments, the application of the environment, and how a
result becomes JSON or text and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from zsf_plugin.cli import arguments
from zsf_plugin.cli.failures import CommandError, closest, listed
from zsf_plugin.cli.parsing import Parser, Run, add_common_options, add_subcommands, examples
from zsf_plugin.cli.streams import detail, progress, say_json, warn
from zsf_plugin.model import Json
from zsf_plugin.settings import REDIRECT_PORT, Settings, from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

__all__ = [
    "DEFAULT_WORKSPACE",
    "HOST_SETTINGS",
    "Actions",
    "CommandApp",
    "Report",
    "Run",
    "add_action",
    "add_actions",
    "add_flag",
    "add_json",
    "add_overall_arguments",
    "add_port",
    "add_report_arguments",
    "add_yes",
    "confirm",
    "end_event",
    "has_terminal",
    "open_application",
    "open_browser",
    "report",
    "require_workspace",
]

#: Commands drain only on request.
HOST_SETTINGS = {"drain": "external"}
DEFAULT_WORKSPACE = "default"

Actions: TypeAlias = "argparse._SubParsersAction[Any]"
Result = TypeVar("Result")


def add_report_arguments(
    parser: argparse.ArgumentParser, run: Run, workspace: str | None = DEFAULT_WORKSPACE
) -> None:
    """The arguments of every command that reports on a workspace, and what runs it. `workspace` is
    the default; None stands for the event's own."""
    of_customer = f"Workspace of a Zaplify customer (default: {workspace or 'that of the event'})"
    _add_workspace(parser, workspace, of_customer)
    add_json(parser)
    parser.set_defaults(run=run)


def add_overall_arguments(parser: argparse.ArgumentParser, run: Run, why: str) -> None:
    """The arguments of every command that reports on all workspaces, and what runs it. It takes
    `--workspace`, as all others do, and ignores it; `why` says why."""
    _add_workspace(parser, DEFAULT_WORKSPACE, f"Ignored: {why}")
    add_json(parser)
    parser.set_defaults(run=run)


def _add_workspace(parser: argparse.ArgumentParser, default: str | None, help_: str) -> None:
    name = arguments.workspace_name
    parser.add_argument("--workspace", type=name, default=default, metavar="NAME", help=help_)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    add_flag(parser, "--json", "Print one JSON document to stdout")


def add_flag(parser: argparse._ActionsContainer, name: str, help_: str) -> None:
    """An option without a value."""
    parser.add_argument(name, action="store_true", help=help_)


def add_actions(parser: argparse.ArgumentParser) -> Actions:
    """The place for the actions of a command that has several."""
    return add_subcommands(parser, "ACTION", Parser)


def add_action(
    actions: Actions,
    name: str,
    run: Run,
    help_: str,
    shown: Sequence[str],
    workspace: str | None = DEFAULT_WORKSPACE,
) -> argparse.ArgumentParser:
    """An action of a command, as `check` of `rules`, with the arguments of a command that reports.
    `shown` are its examples."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=help_, description=help_, epilog=examples(shown)
    )
    add_report_arguments(parser, run, workspace)
    add_common_options(parser)
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

    `has_findings`: whether the exit code says that something needs attention. `working`: what the
    progress bar says, if the command does not show its own. `creates`: whether the workspace may be
    a new one. `has_failed`: whether a part could not be done, and the exit code is 2.
    """

    gather: Callable[[CommandApp, argparse.Namespace], Result]
    document: Callable[[Result], Json]
    show: Callable[[Result], None]
    has_findings: Callable[[Result], bool] = _none
    working: str | None = "Working"
    creates: bool = False
    has_failed: Callable[[Result], bool] = _none

    def __call__(self, options: argparse.Namespace) -> int:
        with open_application() as app:
            if not self.creates:
                require_workspace(app, options.workspace)
            result = self._gather(app, options)
        has_findings = self.has_findings(result)
        code = report(options, result, self.document, self.show, has_findings=has_findings)
        return 2 if self.has_failed(result) else code

    def _gather(self, app: CommandApp, options: argparse.Namespace) -> Result:
        if self.working is None:
            return self.gather(app, options)
        with progress(self.working):
            return self.gather(app, options)


def require_workspace(app: CommandApp, workspace: str) -> None:
    """Raises CommandError for a workspace that neither the store nor the configuration has."""
    if workspace == DEFAULT_WORKSPACE or _is_known(app, workspace):
        return
    known = sorted({DEFAULT_WORKSPACE, *app.store.workspaces(), *_configured(app)})
    hint = f"{closest(workspace, known)}known: {listed(known)}"
    raise CommandError("unknown_workspace", f"there is no workspace {workspace!r}", hint)


def _is_known(app: CommandApp, workspace: str) -> bool:
    return (
        workspace in app.store.workspaces()
        or workspace in _configured(app)
        or bool(app.store.console_rule(workspace)[0])
        or bool(app.store.history(workspace, limit=1))
    )


def _configured(app: CommandApp) -> list[str]:
    """The workspaces with a folder of their own in the configuration."""
    try:
        with os.scandir(app.settings.config_dir / "workspaces") as entries:
            return [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []


def add_port(parser: argparse.ArgumentParser, name: str, more: str = "") -> None:
    """The port to listen on, by default that of the callback registered in Salesforce. `more`: what
    its help says besides."""
    help_ = f"Port to listen on (default: {REDIRECT_PORT}){more}"
    parser.add_argument(name, type=arguments.port, default=REDIRECT_PORT, metavar="N", help=help_)


def end_event() -> threading.Event:
    """An event that the first SIGINT or SIGTERM sets; a second signal ends the process at once."""
    ended = threading.Event()

    def end(*_: object) -> None:
        _on_end_signals(signal.SIG_DFL)
        ended.set()

    _on_end_signals(end)
    return ended


def _on_end_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    """Install `handler` for SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def open_browser(address: str, or_else: str) -> bool:
    """Open the address in this person's browser; print `or_else` and return False if there is
    none."""
    import webbrowser

    is_open = webbrowser.open(address)
    if not is_open:
        warn(or_else)
    return is_open


@contextmanager
def open_application(settings: Settings | None = None) -> Iterator[CommandApp]:
    """The application of the environment, or of those settings, closed at the end. By default it
    drains only on request."""
    app = CommandApp(Parts(settings or from_environment(os.environ, host_settings=HOST_SETTINGS)))
    detail(f"config folder {app.settings.config_dir}, data folder {app.settings.data_dir}")
    try:
        yield app
    finally:
        app.close()


def add_yes(parser: argparse.ArgumentParser, more: str = "; required without a terminal") -> None:
    """The option `--yes`. `more`: what its help says besides."""
    add_flag(parser, "--yes", f"Do not ask for confirmation{more}")


def confirm(options: argparse.Namespace, question: str, *, loses_nothing: bool = False) -> None:
    """Ask on the terminal, unless `--yes` was given. Raises CommandError if the answer is no, or if
    no one can answer, unless the command `loses_nothing`: then a script may go on."""
    if options.yes:
        return
    if not has_terminal():
        if loses_nothing:
            return
        raise CommandError(
            "not_confirmed", "nothing was changed: there is no terminal to ask on", "add --yes"
        )
    if _answer(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("not_confirmed", "nothing was changed", "answer y to go on")


def has_terminal() -> bool:
    """Whether a person can be asked."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def _answer(question: str) -> str:
    """The line that a person types; what follows stands on the next line, also after Ctrl-C or
    Ctrl-D."""
    answer = ""
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        answer = sys.stdin.readline()
    finally:
        if not answer.endswith("\n"):
            warn("")
    return answer
