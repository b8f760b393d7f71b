"""`zsf drain` and `zsf worker`: sync the outbox to Salesforce, once or until a signal comes."""

from __future__ import annotations

import argparse

from zsf_plugin.cli.arguments import MAX_COUNT, seconds, whole_number
from zsf_plugin.cli.common import (
    CommandApp,
    Report,
    add_report_arguments,
    end_event,
    open_application,
)
from zsf_plugin.cli.drain_report import DrainOutput, show_drain, show_pass
from zsf_plugin.cli.output import note_unreadable
from zsf_plugin.cli.streams import hide_logs_of_libraries, note, progress
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.drains import MAX_THREADS

#: The most workspaces that a worker drains at the same time.
MAX_CONCURRENCY = 256


def add_drain(parser: argparse.ArgumentParser) -> None:
    """The arguments of `drain`."""
    run = Report(
        _drain, DrainOutput.as_json, show_drain, DrainOutput.is_paused, working=None, creates=True
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
