"""Many workspaces with one entry each beside one with a long backlog: how long theirs wait."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from benchmarks.engines.databases import ENGINES, Databases
from benchmarks.fixtures import accept, purchase, purchases
from benchmarks.harness import BenchmarkRow, Effort, format_seconds, progress, spread
from benchmarks.org import EmulatorProcess
from zsf_plugin.ports import Entry
from zsf_plugin.sync.drain import BATCHES
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.apps import CommandApp

_LONE = 500
#: Only its first batches are waited for; the rest shows that its length does not matter.
_BACKLOG, _LARGE_BACKLOG = 10_000, 100_000
_BATCH = BATCHES[0][2]
_MAX_BATCHES = 1
_TIMEOUT_S = 600.0


def rows(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """A row for each engine."""
    return [_row(both, engine, org, effort) for engine in ENGINES]


def _row(both: Databases, engine: str, org: EmulatorProcess, effort: Effort) -> BenchmarkRow:
    backlog = effort.size(_LARGE_BACKLOG if effort.large else _BACKLOG, 2)
    org.reset()
    with both.many_workspaces(engine, org.url, effort.size(_LONE)) as (app, names):
        progress(f"engines: {engine}, {len(names)} workspaces beside one with {backlog:,} entries")
        accept(app, purchases(range(1, backlog + 1)))
        _serve(app, names)
        others = [entry for name in names for entry in _done(app, name, 1)]
        batches = _batches_waited_for(others, _done(app, "default", backlog))
        last_s = max(entry.settled_at or 0.0 for entry in others) - others[0].received_at
    what = (
        f"{engine}: {len(names)} workspaces with one entry each beside one with {backlog:,}: the "
        f"batches of that one that one of them waits for, at most"
    )
    name = f"engine-lone-{engine.lower()}"
    shown = f"{max(batches):g}, all done after {format_seconds(last_s)}"
    return BenchmarkRow(
        name, what, shown, "", (max(batches), *spread(batches)[1:]), _MAX_BATCHES, "batches"
    )


def _serve(app: CommandApp, names: Sequence[str]) -> None:
    """Drain as `zsf worker` does: the large one first, the others' entries arrive during its first
    batch. Returns once theirs are done."""
    left, served = set(names), threading.Event()

    def note(workspace: str, report: DrainReport) -> None:
        if report.done:
            left.discard(workspace)
        if not left:
            served.set()

    app.drains.start(note)
    app.drains.wake("default")
    for number, name in enumerate(names):
        call = {**purchase(1_000_000 + number), "workspace": name}
        app.intake.receive("on_prospect_purchased", call)
        app.drains.wake(name)
    is_served = served.wait(_TIMEOUT_S)
    app.drains.stop(60.0)
    if not is_served:
        raise AssertionError(f"{len(left)} workspaces were not drained")


def _done(app: CommandApp, workspace: str, limit: int) -> Sequence[Entry]:
    return app.store.entries(workspace, state="done", limit=limit)


def _batches_waited_for(others: Sequence[Entry], large: Sequence[Entry]) -> list[float]:
    """For each of the others, how much of the large one ended between its arrival and its end."""
    found = []
    for entry in others:
        until = entry.settled_at or 0.0
        between = [one for one in large if entry.received_at < (one.settled_at or 0.0) < until]
        found.append(len(between) / _BATCH)
    return found
