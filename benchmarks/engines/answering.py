"""What one caller waits for: a hook, a lease, a batch of due entries; PostgreSQL against SQLite.
And hooks while a drain runs, on each of them against its own hooks without a drain."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from benchmarks.contention import BACKLOG, hooks_alone_and_beside, percentile
from benchmarks.engines.databases import ENGINES, POSTGRES, SQLITE, VERSUS, Databases
from benchmarks.fixtures import accept, purchase, purchases
from benchmarks.harness import BenchmarkRow, Effort, Paired, in_turns, progress, timed
from benchmarks.org import EmulatorProcess
from zsf_plugin.wiring.apps import CommandApp

_CALLS_PER_ROUND = 200
#: Of one engine, where the processor's time is what counts.
_CALLS_IN_A_ROW = 1_000
#: Calls of each engine before the first measured one, while a log grows (`benchmarks.hook`).
_WARM_UP_CALLS = 1_500
_BATCH = 1_000
_WAITING = 5_000
_BATCHES_PER_ROUND = 5
_THREADS = 4
_PERCENTILES = (50, 99)
_TTL_S = 15.0

_Run = Callable[[CommandApp], object]


def rows(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """A row for each thing to wait for, and four for hooks while a drain runs."""
    batch = effort.size(_BATCH)
    with ExitStack() as stack:
        apps = {name: stack.enter_context(both.workspace(name, org.url)) for name in ENGINES}
        hook, calls = partial(_hook, itertools.count()), effort.size(_CALLS_PER_ROUND)
        for _ in range(effort.size(_WARM_UP_CALLS)):
            for app in apps.values():
                hook(app)
        hooks = _in_turns(apps, hook, calls, effort)
        hooks_processor = _processor_times(both, apps, hook, effort)
        leases = _in_turns(apps, _take_lease, calls, effort)
        for app in apps.values():
            accept(app, purchases(range(effort.size(_WAITING)), "waiting-"))
        batches = _in_turns(apps, partial(_read_due, batch), _BATCHES_PER_ROUND, effort)
    what = f"reading the next {batch:,} due entries, an entry: {VERSUS}"
    return [
        hooks.row("engine-hook", f"a durable purchase hook: {VERSUS}", 2.0),
        hooks_processor.row(
            "engine-hook-processor",
            f"processor time of a durable purchase hook, the server's included: {VERSUS}",
            3.0,
        ),
        _as_rate(leases, "engine-lease", f"taking and giving back a lease: {VERSUS}", 3.0),
        _as_rate(batches, "engine-due", what, 2.0, batch),
        *_hooks_in_drains(both, org, effort),
    ]


def _in_turns(apps: Mapping[str, CommandApp], run: _Run, times: int, effort: Effort) -> Paired:
    """The mean time of each engine per round, one call of each after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in apps}
    for number in range(effort.rounds):
        progress(f"engines: round {number + 1} of {effort.rounds}")
        taken: dict[str, list[float]] = {name: [] for name in apps}
        for _ in range(times):
            for name, app in apps.items():
                taken[name].append(timed(partial(run, app)))
        for name, all_taken in taken.items():
            seconds[name].append(statistics.fmean(all_taken))
    return Paired(tuple(seconds[POSTGRES]), tuple(seconds[SQLITE]))


def _processor_times(
    both: Databases, apps: Mapping[str, CommandApp], run: _Run, effort: Effort
) -> Paired:
    """The mean processor time of a call on each engine per round."""
    calls = effort.size(_CALLS_IN_A_ROW)

    def calls_on(engine: str) -> float:
        before = both.processor_s(engine)
        for _ in range(calls):
            run(apps[engine])
        return (both.processor_s(engine) - before) / calls

    sides = {engine: partial(calls_on, engine) for engine in apps}
    found = in_turns("engine-hook-processor", sides, effort.rounds)
    return Paired(found[POSTGRES], found[SQLITE])


def _as_rate(pair: Paired, name: str, what: str, bound: float, times: int = 1) -> BenchmarkRow:
    """The row of a pair, with how often that is in a second."""
    ours, other = (
        f"{times / statistics.median(seconds):,.0f}/s" for seconds in (pair.ours, pair.others)
    )
    return replace(pair.row(name, what, bound), ours=ours, other=other)


def _hook(numbers: itertools.count[int], app: CommandApp) -> None:
    receipt = app.intake.receive("on_prospect_purchased", purchase(next(numbers)))
    if not receipt["accepted"]:
        raise AssertionError("an event was not accepted")


def _take_lease(app: CommandApp) -> None:
    fence = app.store.acquire_lease(
        "a lease", "benchmarks", app.clock.now(), ttl_s=_TTL_S, is_over=lambda _: False
    )
    if fence is None:
        raise AssertionError("the lease was not free")
    app.store.release_lease(fence)


def _read_due(batch: int, app: CommandApp) -> None:
    if len(app.store.due("default", "purchase", batch, app.clock.now())) != batch:
        raise AssertionError("too few entries are due")


def _hooks_in_drains(both: Databases, org: EmulatorProcess, effort: Effort) -> list[BenchmarkRow]:
    """Two rows for each engine."""
    found: dict[tuple[str, int], tuple[list[float], list[float]]] = {
        (engine, percent): ([], []) for engine in ENGINES for percent in _PERCENTILES
    }
    for number in range(effort.rounds):
        for engine in ENGINES:
            progress(f"engines: hooks in drains, {engine}, round {number + 1} of {effort.rounds}")
            org.reset()
            with both.workspace(engine, org.url) as app:
                alone, beside = hooks_alone_and_beside(app, _THREADS, effort)
            for percent in _PERCENTILES:
                busy, idle = found[engine, percent]
                busy.append(percentile(beside, percent))
                idle.append(percentile(alone, percent))
    backlog = effort.size(BACKLOG)
    made = []
    for (engine, percent), (busy, idle) in found.items():
        what = (
            f"{engine}: the {percent}th percentile of a hook, {_THREADS} threads: draining "
            f"{backlog:,} vs not"
        )
        name = f"engine-hook-p{percent}-{engine.lower()}"
        made.append(Paired(tuple(busy), tuple(idle)).row(name, what, 3.0))
    return made
