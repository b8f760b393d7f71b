"""`zsf drain` and `zsf worker`: sync the outbox to Salesforce, once or until a signal comes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from zsf_plugin.cli.arguments import MAX_COUNT, seconds, whole_number
from zsf_plugin.cli.common import (
    CommandApp,
    Report,
    add_report_arguments,
    end_event,
    open_application,
)
from zsf_plugin.cli.output import calls_in_words, findings_in_words, note_unreadable, utc_time
from zsf_plugin.cli.streams import hide_logs_of_libraries, note, progress, say
from zsf_plugin.messages.availability import availability_text, holder_text
from zsf_plugin.model import Availability, JsonObject
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.drains import MAX_THREADS
from zsf_plugin.wiring.status import paused_json

#: Keys of the JSON document that scripts know by other names than ours.
_KEYS = {"next_due_at": "wakes_at", "recheck_at": "looks_at"}
#: The most workspaces that a worker drains at the same time.
MAX_CONCURRENCY = 256


def add_drain(parser: argparse.ArgumentParser) -> None:
    """The arguments of `drain`."""
    run = Report(
        _drain, DrainOutput.as_json, _show, DrainOutput.is_paused, working=None, creates=True
    )
    add_report_arguments(parser, run)
    parser.add_argument(
        "--max",
        type=whole_number(1, MAX_COUNT),
        metavar="N",
        help="Send at most N entries (default: all that are due)",
    )
    parser.add_argument(
        "--seconds",
        type=seconds,
        metavar="S",
        help="Start no batch after S seconds (default: no limit)",
    )


def add_worker(parser: argparse.ArgumentParser) -> None:
    """The argument of `worker`."""
    parser.set_defaults(run=_worker)
    parser.add_argument(
        "--concurrency",
        type=whole_number(1, MAX_CONCURRENCY),
        default=MAX_THREADS,
        metavar="N",
        help=f"Drain at most N workspaces at the same time (default: {MAX_THREADS})",
    )


@dataclass(frozen=True, slots=True)
class DrainOutput:
    """The result of a drain, and how many findings the rules have."""

    report: DrainReport
    findings: int

    def is_paused(self) -> bool:
        """Whether the workspace is paused now."""
        return self.report.paused is not None

    def as_json(self) -> JsonObject:
        """The document of `zsf drain --json`."""
        paused = self.report.paused
        pause = paused and {**paused_json(paused), "since": paused.since}
        document = {_KEYS.get(name, name): value for name, value in asdict(self.report).items()}
        return {**document, "paused": pause, "findings": self.findings}


def _drain(app: CommandApp, options: argparse.Namespace) -> DrainOutput:
    report = _drain_once(app, options)
    return DrainOutput(report, len(app.rulebook.findings(options.workspace)))


def _drain_once(app: CommandApp, options: argparse.Namespace) -> DrainReport:
    waiting = app.store.counts(options.workspace).pending
    with progress("Syncing", waiting) as show:
        return app.drains.drain(
            options.workspace,
            max_entries=options.max,
            seconds=options.seconds,
            on_progress=lambda so_far: show(so_far.done + so_far.held),
        )


def _show(result: DrainOutput) -> None:
    for line in _lines(result.report):
        say(line)
    if result.findings:
        note(findings_in_words(result.findings))


def _lines(drained: DrainReport) -> Iterator[str]:
    if drained.busy:
        yield f"{_busy(drained)}. Run it again later."
        return
    if drained.released:
        yield f"{drained.released} held entries retried: what they waited for has changed"
    yield _counts(drained)
    if drained.paused is not None:
        yield _pause_in_words(drained.paused)
    elif drained.held:
        yield "`zsf outbox list --cause` shows why entries are held, and what to do"


def _busy(drained: DrainReport) -> str:
    holder = drained.holder
    if holder is None:
        return (
            "Another drain took this org, or the workspace was connected to another one meanwhile"
        )
    who = holder_text(holder.machine, holder.pid)
    since = utc_time(holder.since)
    return f"Another drain holds this org: {who}, since {since}; nothing was done here"


def _counts(drained: DrainReport) -> str:
    return (
        f"done {drained.done}  held {drained.held}  waiting {drained.waiting}  "
        f"API calls {calls_in_words(drained.calls_by_purpose)}"
    )


def _pause_in_words(paused: Availability) -> str:
    until = "" if paused.until is None else f" until {utc_time(paused.until)}"
    return f"Paused{until}: {availability_text(paused)}"


def _worker(options: argparse.Namespace) -> int:
    """Drain all workspaces until a signal comes."""
    ended = end_event()
    hide_logs_of_libraries()
    with open_application() as app:
        unreadable = app.store.unreadable_tokens()
        note("Draining every workspace; end it with SIGTERM or Ctrl-C")  # no failure ends it now
        note_unreadable(unreadable)
        old = app.operations.removing_old(ended, _show_removed)
        with app.operations.sending_alerts(ended), old:
            app.drains.work(ended, options.concurrency, show_pass)
    return 0


def _show_removed(done: int, skipped: int) -> None:
    note(f"removed old entries: done {done}, skipped {skipped}")


def show_pass(workspace: str, report: DrainReport) -> None:
    """Note the result of one drain; nothing if it changed nothing."""
    if report.done or report.held:
        note(f"{workspace}: done {report.done}, held {report.held}, waiting {report.waiting}")
