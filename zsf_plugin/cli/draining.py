"""`zsf drain` and `zsf worker`: the outbox to Salesforce, once or for as long as the process
lives."""

from __future__ import annotations

import argparse
import signal
import threading
from dataclasses import asdict, dataclass

from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import (
    calls_in_words,
    findings_in_words,
    moment,
    progress,
    say,
    say_json,
    tell,
)
from zsf_plugin.errors import ZsfError
from zsf_plugin.messages.availability import availability_in_words
from zsf_plugin.model.json import JsonObject
from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.commands import CommandApp
from zsf_plugin.wiring.status import paused_json

_LONGEST_S = 5.0
_DAY_S = 24 * 3600.0


def add_drain(parser: argparse.ArgumentParser) -> None:
    """The arguments of `drain`."""
    add_report_arguments(parser, _drain)
    parser.add_argument("--max", type=int, metavar="N", help="at most so many entries")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="start no further batch after so many seconds"
    )


def add_worker(parser: argparse.ArgumentParser) -> None:
    """`worker` takes no arguments."""
    parser.set_defaults(run=_worker)


def _drain(options: argparse.Namespace) -> int:
    with application() as app:
        waiting = app.store.counts(options.workspace).pending
        with progress("draining", waiting) as show:
            report = app.drain(
                options.workspace,
                max_entries=options.max,
                seconds=options.seconds,
                on_progress=lambda so_far: show(so_far.done + so_far.held),
            )
        findings = len(app.rulebook.findings(options.workspace))
    if options.json:
        say_json({**_report_json(report), "findings": findings})
    else:
        _show(report)
        if findings:
            tell(findings_in_words(findings))
    return 1 if report.paused is not None else 0


def _report_json(report: DrainReport) -> JsonObject:
    paused: JsonObject | None = None
    if report.paused is not None:
        paused = {**paused_json(report.paused), "since": report.paused.since}
    return {**asdict(report), "paused": paused}


def _show(report: DrainReport) -> None:
    if report.busy:
        say("another drain has this org; nothing was done here")
        return
    if report.released:
        say(f"{report.released} held entries were tried again: what they waited for has changed")
    calls = calls_in_words(report.calls_by_purpose)
    say(f"done {report.done}  held {report.held}  waiting {report.waiting}  API calls {calls}")
    if report.paused is not None:
        until = f" until {moment(report.paused.until)}" if report.paused.until is not None else ""
        reason = availability_in_words(report.paused.code, report.paused.detail)
        say(f"paused{until}: {reason}")
    elif report.held:
        say("`zsf outbox list --state held` says why, and what to do")


def _worker(_: argparse.Namespace) -> int:
    """Passes over all workspaces; between them it sleeps until something is due, at most a few
    seconds."""
    ended, woken = threading.Event(), threading.Event()

    def end(*_: object) -> None:
        ended.set()
        woken.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with application() as app:
        tell("zsf worker: draining; end it with SIGTERM")
        drain_until(app, ended, woken)
    return 0


def drain_until(app: CommandApp, ended: threading.Event, woken: threading.Event) -> None:
    """Pass after pass over all workspaces, until it is told to end. `woken` makes the next one
    begin at once: a wake of this process sets it, and who sets `ended` sets it too."""
    app.drains.pass_wakes_to(lambda _: woken.set())
    visits: dict[str, Visit] = {}
    while not ended.is_set():
        woken.wait(one_pass(app, ended, visits))
        woken.clear()


@dataclass(frozen=True, slots=True)
class Visit:
    """A workspace's last drain: when it was, how many entries it left waiting, and until when they
    cannot go on; what held entries stood on before it, and when they are looked at again."""

    at: float
    waiting: int = 0
    rests_until: float = 0.0
    grounds: HoldInputs | None = None
    looks_at: float = 0.0


def one_pass(app: CommandApp, ended: threading.Event, visits: dict[str, Visit]) -> float:
    """Drain what is due; seconds until the next look. Another process may bring work at any time.

    Each workspace is visited once a day all the same: a drain keeps its sign-in alive.
    """
    try:
        for workspace in app.store.workspaces():
            if not ended.is_set() and _is_due(app, workspace, visits.get(workspace)):
                visits[workspace] = _visit(app, ended, workspace)
    except ZsfError as error:
        tell(f"nothing is drained for now: {error}")
        return _LONGEST_S
    return 0.5


def _is_due(app: CommandApp, workspace: str, last: Visit | None) -> bool:
    """Whether a drain has something to do. One that said until when all rests is believed, unless
    something came."""
    now, due = app.clock.now(), app.drains.next_work(workspace)
    if last is None or now - last.at >= _DAY_S or _may_release(app, workspace, last):
        return True
    if due is None or due > now:
        return False
    return now >= last.rests_until or _waiting(app, workspace) != last.waiting


def _may_release(app: CommandApp, workspace: str, last: Visit) -> bool:
    """Whether something is held, and its grounds have moved or may have, unseen."""
    grounds = app.drains.hold_inputs(workspace)
    return grounds is not None and (grounds != last.grounds or app.clock.now() >= last.looks_at)


def _visit(app: CommandApp, ended: threading.Event, workspace: str) -> Visit:
    # The grounds of before: what moves while a drain runs is worth another one, which costs no
    # call.
    at, grounds = app.clock.now(), app.drains.hold_inputs(workspace)
    report = app.drain(workspace, stopping=ended.is_set)
    if report.done or report.held:
        tell(f"{workspace}: done {report.done}, held {report.held}, waiting {report.waiting}")
    rests = (
        report.paused.until
        if report.paused is not None and report.paused.until is not None
        else 0.0
    )
    # A pause that the store keeps is left to the store: somebody may end it earlier.
    rests = 0.0 if app.store.paused(workspace) is not None else rests
    return Visit(at, report.waiting, rests, grounds, report.looks_at or 0.0)


def _waiting(app: CommandApp, workspace: str) -> int:
    return app.store.counts(workspace).waiting
