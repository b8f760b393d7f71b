"""API calls per operation, counted by the emulator. A count has no spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

from benchmarks.fixtures import (
    FAST,
    USER,
    accept,
    drain_all,
    person,
    purchases,
    touchpoints,
    workspace,
)
from benchmarks.harness import BenchmarkRow, Effort, count_row, progress
from benchmarks.org import EmulatorProcess, emulator
from zsf_plugin.wiring.apps import CommandApp

MODES = ("lead", "contact")
_BACKLOG = 200
_LONG_BACKLOG = 2_000
_HUGE_BACKLOG = 100_000
_SEARCH = 100
_TOUCHPOINTS = 10
#: 600 calls for each 100,000 prospects, and the calls of a start.
_CALLS_PER_PROSPECT = 600 / 100_000
_CALLS_AT_START = 4

#: Name, what it is, the bound, and what makes the calls.
Operation: TypeAlias = tuple[str, str, float, Callable[[], object]]


def measure(effort: Effort) -> list[BenchmarkRow]:
    """One row per operation of the call budget, in both modes."""
    with emulator(daily_limit=10_000_000) as org:
        rows = [row for mode in MODES for row in _rows(org, mode, effort)]
        if effort.large:
            rows.append(_huge(org, effort.size(_HUGE_BACKLOG)))
        return rows


def _rows(org: EmulatorProcess, mode: str, effort: Effort) -> list[BenchmarkRow]:
    org.reset()
    with workspace(org.url, f'mode = "{mode}"\n{FAST}') as app:
        operations = (*_lone(app), *_many(app, effort))
        return [
            _counted(org, f"calls-{name}-{mode}", f"{what}, mode {mode}", bound, work)
            for name, what, bound, work in operations
        ]


def _lone(app: CommandApp) -> Sequence[Operation]:
    """What a single person does."""
    cold = range(100_000, 100_000 + _SEARCH)
    activity = "a single activity that was never tried, on a linked person"
    return (
        ("search-cold", f"a search of {_SEARCH} cold results", 1, partial(_search, app, cold)),
        ("search-again", "the same search again", 0, partial(_search, app, cold)),
        ("lone", "a single new prospect", 2, partial(_purchase, app, [1])),
        ("unchanged", "the same prospect, unchanged", 0, partial(_purchase, app, [1], "again")),
        ("lone-activity", activity, 1, partial(_send, app, [1], 1)),
    )


def _many(app: CommandApp, effort: Effort) -> Sequence[Operation]:
    """Backlogs."""
    first, second = effort.size(_BACKLOG, 2), effort.size(_LONG_BACKLOG, 2)
    new, many = range(2, 2 + first), range(10_000, 10_000 + second)
    known = new[: effort.size(_SEARCH, 2)]
    searched, sent = f"{len(known)} purchased ones", f"{len(known) * _TOUCHPOINTS:,} activities"
    long_bound = _CALLS_AT_START + second * _CALLS_PER_PROSPECT
    return (
        ("backlog", f"a backlog of {first} new prospects", 4, partial(_purchase, app, new)),
        ("search-known", f"a search of {searched}", 0, partial(_search, app, known)),
        ("activities", f"{sent} on known people", 2, partial(_send, app, known, _TOUCHPOINTS)),
        (
            "long-backlog",
            f"a backlog of {second:,} new prospects",
            long_bound,
            partial(_purchase, app, many),
        ),
    )


def _counted(
    org: EmulatorProcess, name: str, what: str, bound: float, work: Callable[[], object]
) -> BenchmarkRow:
    progress(f"calls: {what}")
    before = org.calls
    work()
    return count_row(name, what, org.calls - before, bound, "calls")


def _huge(org: EmulatorProcess, prospects: int) -> BenchmarkRow:
    """A backlog that takes minutes, drained at once."""
    org.reset()
    what = f"a backlog of {prospects:,} new prospects, mode lead"
    bound = _CALLS_AT_START + prospects * _CALLS_PER_PROSPECT
    with workspace(org.url, FAST) as app:
        work = partial(_purchase, app, range(prospects))
        return _counted(org, "calls-huge-backlog", what, bound, work)


def _purchase(app: CommandApp, numbers: Iterable[int], prefix: str = "") -> None:
    accept(app, purchases(numbers, prefix))
    drain_all(app)


def _send(app: CommandApp, numbers: Iterable[int], times: int) -> None:
    accept(app, touchpoints(numbers, times))
    drain_all(app)


def _search(app: CommandApp, numbers: range) -> None:
    answer = app.badges.answer("default", [person(number) for number in numbers], USER, 60.0)
    if any(badge["badge"] == "unknown" for badge in answer["results"].values()):
        raise AssertionError("a badge is still unknown")
