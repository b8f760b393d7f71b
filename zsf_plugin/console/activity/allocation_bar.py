"""The allocation bar: the org's calls of 24 hours by purpose, in rank, and where each purpose
rests. Pure, undrawn.

Shares of the bar are percentages of its width; everything it says is also in its legend, in
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.console.labels import percent
from zsf_plugin.decision.budget import RANKS, STALE_AFTER_S
from zsf_plugin.wiring.status import Status

_DAY_S = 86_400.0
#: Marks nearer to each other than this (in percent) would write over one another.
_NEAR = 9.5
_UPKEEP = "upkeep"
#: Shares of a purpose, as the legend says them.
_NAMES = {_UPKEEP: "upkeep (fields, limits)"}


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
    told = status.allocation
    calls = _by_rank(told.by_purpose)
    ours = sum(calls.values())
    if not told.limit:
        segments = tuple(
            Segment(purpose, _NAMES.get(purpose, purpose), made, 0, 0)
            for purpose, made in calls.items()
        )
        return AllocationBar(None, ours, ours, 0, told.seen_at, segments)
    used = max(told.used or 0, ours)
    return AllocationBar(
        limit=told.limit,
        used=used,
        ours=ours,
        free=max(told.limit - used, 0),
        seen_at=told.seen_at,
        segments=_segments(
            {**calls, "others": used - ours}, max(told.limit, used), _resting_since(status)
        ),
        marks=_marks(status.shares),
        next_rest=_next(status),
    )


def _by_rank(by_purpose: Mapping[str, int]) -> dict[str, int]:
    """Our calls, those of the highest rank first; upkeep, which never rests, last and only where
    there was any."""
    ranked = {purpose: max(by_purpose.get(purpose, 0), 0) for purpose in RANKS}
    rest = sum(max(calls, 0) for purpose, calls in by_purpose.items() if purpose not in ranked)
    return {**ranked, _UPKEEP: rest} if rest else ranked


def _segments(
    calls: Mapping[str, int], whole: int, resting: Mapping[str, float]
) -> tuple[Segment, ...]:
    names = {**_NAMES, "others": "others in the org"}
    made: list[Segment] = []
    start = 0.0
    for purpose, number in calls.items():
        width = 100 * number / whole
        made.append(
            Segment(
                purpose, names.get(purpose, purpose), number, start, width, resting.get(purpose)
            )
        )
        start += width
    return tuple(made)


def _resting_since(status: Status) -> dict[str, float]:
    """Since when each resting purpose is known to rest: the reading that said so."""
    return {purpose: until - STALE_AFTER_S for purpose, until in status.resting.items()}


def _marks(shares: Mapping[str, float]) -> tuple[Mark, ...]:
    """One mark a share, lowest first; where several rest at the same, the highest rank speaks for
    all."""
    by_share: dict[float, list[str]] = {}
    for purpose, share in reversed(list(shares.items())):
        by_share.setdefault(share, []).append(purpose)
    top = max(by_share, default=0)
    ordered = sorted(by_share)
    marks = []
    for position, share in enumerate(ordered):
        at = 100 * share
        room = (100 * ordered[position + 1] if share != top else 100) - at
        words = "all rest" if share == top else f"{' and '.join(by_share[share])} rest"
        marks.append(Mark(min(at, 100), percent(share), words, room < _NEAR))
    return tuple(marks)


def _next(status: Status) -> NextRest | None:
    rest, told = status.next_rest, status.allocation
    if rest is None or not told.limit or told.seen_at is None:
        return None
    share = status.shares.get(rest.purpose, 0.0)
    per_second = (told.used or 0) / _DAY_S
    wait = rest.calls_left / per_second if per_second > 0 else _DAY_S + 1
    return NextRest(rest.purpose, percent(share), told.seen_at + wait if wait <= _DAY_S else None)
