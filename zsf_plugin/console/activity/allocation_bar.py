"""The allocation bar: the org's calls of 24 hours by purpose, in rank, and where each purpose
rests. Pure, undrawn.

Shares of the bar are percentages of its width; everything it says is also in its legend, in
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from zsf_plugin.console.labels import percent
from zsf_plugin.decision.budget import RANKS, STALE_AFTER_S
from zsf_plugin.wiring.status import Status

_DAY_S = 86_400.0
#: Marks nearer to each other than this (in percent) would write over one another.
_NEAR = 9.5
_UPKEEP = "upkeep"
#: Shares of a purpose, as the legend says them.
_NAMES = {_UPKEEP: "upkeep (fields, limits)", "others": "others in the org"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One purpose's calls: where it lies on the bar, and since when it rests (None: it does
    not)."""

    purpose: str
    name: str
    calls: int
    start: float
    width: float
    resting_since: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The share at which a purpose rests. `before`: its words stand to the left, for want of
    room."""

    at: float
    percent: str
    words: str
    before: bool


@dataclass(frozen=True, slots=True)
class NextRest:
    """What rests next, at which share, and when if calls go on as in the last 24 hours (None: not
    within a day)."""

    purpose: str
    percent: str
    about: float | None


@dataclass(frozen=True, slots=True)
class AllocationBar:
    """All that the bar shows. `limit` None: Salesforce has not told it yet; then there are only our
    own calls."""

    limit: int | None
    used: int
    ours: int
    free: int
    seen_at: float | None
    segments: tuple[Segment, ...] = ()
    marks: tuple[Mark, ...] = ()
    next_rest: NextRest | None = None

    @property
    def percent(self) -> str:
        """How much of the day is used."""
        return percent(self.used / self.limit) if self.limit else ""

    @property
    def spoken(self) -> str:
        """The bar in words, for who does not see it."""
        parts = ", ".join(
            f"{segment.calls:,} {segment.name}" for segment in self.segments if segment.calls
        )
        return (
            f"{self.used:,} of {self.limit:,} calls used: {parts or 'none by anybody'}; "
            f"{self.free:,} free"
        )


def bar_of(status: Status) -> AllocationBar:
    """The bar of a workspace's org."""
    reading = status.allocation
    calls = _by_rank(reading.by_purpose)
    ours = sum(calls.values())
    if not reading.limit:
        return AllocationBar(None, ours, ours, 0, reading.seen_at, _legend_of(calls))
    used = max(reading.used or 0, ours)
    calls["others"] = used - ours
    return AllocationBar(
        limit=reading.limit,
        used=used,
        ours=ours,
        free=max(reading.limit - used, 0),
        seen_at=reading.seen_at,
        segments=_segments(calls, max(reading.limit, used), _resting_since(status)),
        marks=_marks(status.shares),
        next_rest=_next(status),
    )


def _legend_of(calls: Mapping[str, int]) -> tuple[Segment, ...]:
    """Segments without a place, where nobody knows how long the whole bar is."""
    segments = []
    for purpose, number in calls.items():
        segments.append(Segment(purpose, _NAMES.get(purpose, purpose), number, 0, 0))
    return tuple(segments)


def _by_rank(by_purpose: Mapping[str, int]) -> dict[str, int]:
    """Our calls, those of the highest rank first; upkeep, which never rests, last and only where
    there was any."""
    ranked = {purpose: max(by_purpose.get(purpose, 0), 0) for purpose in RANKS}
    rest = sum(max(calls, 0) for purpose, calls in by_purpose.items() if purpose not in ranked)
    return {**ranked, _UPKEEP: rest} if rest else ranked


def _segments(
    calls: Mapping[str, int], whole: int, resting: Mapping[str, float]
) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    start = 0.0
    for purpose, number in calls.items():
        name, width = _NAMES.get(purpose, purpose), 100 * number / whole
        segments.append(Segment(purpose, name, number, start, width, resting.get(purpose)))
        start += width
    return tuple(segments)


def _resting_since(status: Status) -> dict[str, float]:
    """Since when each resting purpose is known to rest: the reading that said so."""
    return {purpose: until - STALE_AFTER_S for purpose, until in status.resting.items()}


def _marks(shares: Mapping[str, float]) -> tuple[Mark, ...]:
    """One mark a share, lowest first; where several rest at the same, the highest rank speaks for
    all."""
    by_share: dict[float, list[str]] = {}
    for purpose, share in reversed(list(shares.items())):
        by_share.setdefault(share, []).append(purpose)
    ordered = sorted(by_share)
    marks = []
    for share, following in zip_longest(ordered, ordered[1:]):
        words = f"{' and '.join(by_share[share])} rest" if following is not None else "all rest"
        room = 100 * (1 if following is None else following) - 100 * share
        marks.append(Mark(min(100 * share, 100), percent(share), words, room < _NEAR))
    return tuple(marks)


def _next(status: Status) -> NextRest | None:
    rest, reading = status.next_rest, status.allocation
    if rest is None or not reading.limit or reading.seen_at is None:
        return None
    share = status.shares.get(rest.purpose, 0.0)
    wait_s = _wait_s(rest.calls_left, reading.used or 0)
    about = None if wait_s is None else reading.seen_at + wait_s
    return NextRest(rest.purpose, percent(share), about)


def _wait_s(calls_left: int, used: int) -> float | None:
    """Seconds until so many more calls are made, at the pace of the last day; None for more than a
    day."""
    if not used or calls_left > used:
        return None
    return calls_left * _DAY_S / used
