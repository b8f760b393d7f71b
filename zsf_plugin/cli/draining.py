"""`zsf drain` and `zsf worker`: the outbox to Salesforce, once or for as long as the process
lives."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from zsf_plugin.cli.common import (
    CommandApp,
    Report,
    add_report_arguments,
    on_end_signals,
    open_application,
)
from zsf_plugin.cli.output import (
    calls_in_words,
    findings_in_words,
    progress,
    say,
    tell,
    utc_time,
)
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.model import Availability, JsonObject
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.status import paused_json

#: What scripts read under another name than ours.
_KEYS = {"next_due_at": "wakes_at", "recheck_at": "looks_at"}
#: A worker that is told to end finishes the batches at hand, for so many seconds at most.
STOP_TIMEOUT_S = 120.0


def add_drain(parser: argparse.ArgumentParser) -> None:
    """The arguments of `drain`."""
    add_report_arguments(parser, Report(_drain, DrainResult.as_json, _show, DrainResult.is_paused))
    parser.add_argument("--max", type=int, metavar="N", help="at most so many entries")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="start no further batch after so many seconds"
    )


def add_worker(parser: argparse.ArgumentParser) -> None:
    """`worker` takes no arguments."""
    parser.set_defaults(run=_worker)


@dataclass(frozen=True, slots=True)
class DrainResult:
    """What a drain brought, and how many findings the rules have."""

    report: DrainReport
    findings: int

    def is_paused(self) -> bool:
        """Whether the workspace pauses now."""
        return self.report.paused is not None

    def as_json(self) -> JsonObject:
        """The document of `zsf drain --json`."""
        paused = self.report.paused
        pause = paused and {**paused_json(paused), "since": paused.since}
        document = {_KEYS.get(name, name): value for name, value in asdict(self.report).items()}
        return {**document, "paused": pause, "findings": self.findings}


def _drain(app: CommandApp, options: argparse.Namespace) -> DrainResult:
    report = _drain_once(app, options)
    return DrainResult(report, len(app.rulebook.findings(options.workspace)))


def _drain_once(app: CommandApp, options: argparse.Namespace) -> DrainReport:
    waiting = app.store.counts(options.workspace).pending
    with progress("draining", waiting) as show:
        return app.drains.drain(
            options.workspace,
            max_entries=options.max,
            seconds=options.seconds,
            on_progress=lambda so_far: show(so_far.done + so_far.held),
        )


def _show(outcome: DrainResult) -> None:
    for line in _lines(outcome.report):
        say(line)
    if outcome.findings:
        tell(findings_in_words(outcome.findings))


def _lines(drained: DrainReport) -> Iterator[str]:
    if drained.busy:
        yield "another drain has this org; nothing was done here"
        return
    if drained.released:
        yield f"{drained.released} held entries were tried again: what they waited for has changed"
    yield _counts(drained)
    if drained.paused is not None:
        yield _pause_in_words(drained.paused)
    elif drained.held:
        yield "`zsf outbox list --state held` says why, and what to do"


def _counts(drained: DrainReport) -> str:
    return (
        f"done {drained.done}  held {drained.held}  waiting {drained.waiting}  "
        f"API calls {calls_in_words(drained.calls_by_purpose)}"
    )


def _pause_in_words(paused: Availability) -> str:
    until = "" if paused.until is None else f" until {utc_time(paused.until)}"
    return f"paused{until}: {availability_text(paused)}"


def _worker(_: argparse.Namespace) -> int:
    """Drain all workspaces until a signal comes."""
    ended = threading.Event()
    on_end_signals(lambda *_: ended.set())
    with open_application() as app:
        tell("zsf worker: draining; end it with SIGTERM")
        app.drains.start(show_pass)
        app.drains.wait(ended)
        app.drains.stop(STOP_TIMEOUT_S)
    return 0


def show_pass(workspace: str, report: DrainReport) -> None:
    """Say what a pass brought, on stderr; nothing where it brought nothing."""
    if report.done or report.held:
        tell(f"{workspace}: done {report.done}, held {report.held}, waiting {report.waiting}")
