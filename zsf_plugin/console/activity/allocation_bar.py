"""The allocation bar: the org's calls of 24 hours by purpose, in rank, and where each purpose
rests. Pure, undrawn.

Shares of the bar are percentages of its width; everything it says is also in its legend, in
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

from zsf_plugin.console.labels import percent
from zsf_plugin.decision.budget import PURPOSES_BY_RANK, STALE_AFTER_S
from zsf_plugin.wiring.status import WorkspaceStatus

_DAY_S = 86_400.0
#: Marks nearer to each other than this (in percent) would write over one another.
_MIN_MARK_GAP = 9.5
_UPKEEP = "upkeep"
#: Shares of a purpose, as the legend says them.
_NAMES = {_UPKEEP: "upkeep (fields, limits)", "others": "other apps in the org"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One purpose's calls: its place on the bar, and since when it is throttled (None: it is
    not)."""

    purpose: str
    calls: int
    start: float
    width: float
    throttled_since: float | None = None

    @property
    def name(self) -> str:
        """What the legend calls it."""
        return _NAMES.get(self.purpose, self.purpose)


@dataclass(frozen=True, slots=True)
class Mark:
    """The share at which a purpose is throttled. `before`: its label stands to the left, for lack
    of space."""

    at: float
    percent: str
    words: str
    before: bool


@dataclass(frozen=True, slots=True)
class NextThrottledNote:
    """The purpose that is throttled next, at which share, and when at the pace of the last 24 hours
    (None: not within a day)."""

    purpose: str
    percent: str
    about: float | None


@dataclass(frozen=True, slots=True)
class AllocationBar:
    """All that the bar shows. `limit` is None until Salesforce has reported it; then the bar has
    only our own calls."""

    limit: int | None
    used: int
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...] = ()
    next_throttled: NextThrottledNote | None = None

    @property
    def free(self) -> int:
        """How much of the day is left."""
        return max((self.limit or 0) - self.used, 0)

    @property
    def percent(self) -> str:
        """How much of the day is used."""
        return percent(self.used / self.limit) if self.limit else ""

    @property
    def spoken(self) -> str:
        """The bar in words, for who does not see it."""
        calls = [f"{segment.calls:,} {segment.name}" for segment in self.segments if segment.calls]
        parts = ", ".join(calls) or "none by anybody"
        return f"{self.used:,} of {self.limit:,} calls used: {parts}; {self.free:,} free"


def allocation_bar(status: WorkspaceStatus) -> AllocationBar:
    """The bar of a workspace's org."""
    reading = status.allocation
    calls = _by_rank(reading.by_purpose)
    ours = sum(calls.values())
    if not reading.limit:
        return AllocationBar(None, ours, _segments(calls, math.inf, {}))
    used = max(reading.used or 0, ours)
    calls["others"] = used - ours
    return AllocationBar(
        limit=reading.limit,
        used=used,
        segments=_segments(calls, max(reading.limit, used), _throttled_since(status)),
        marks=_marks(status.shares),
        next_throttled=_next(status),
    )


def _by_rank(by_purpose: Mapping[str, int]) -> dict[str, int]:
    """Our calls, highest rank first; upkeep, which is never throttled, last and only if there was
    any."""
    ranked = {purpose: max(by_purpose.get(purpose, 0), 0) for purpose in PURPOSES_BY_RANK}
    others = sum(max(calls, 0) for purpose, calls in by_purpose.items() if purpose not in ranked)
    return {**ranked, _UPKEEP: others} if others else ranked


def _segments(
    calls: Mapping[str, int], whole: float, throttled_until: Mapping[str, float]
) -> tuple[Segment, ...]:
    """The purposes side by side on a bar of so many calls: infinitely many where nobody knows how
    many there may be."""
    widths = [100 * number / whole for number in calls.values()]
    places = zip(calls.items(), accumulate(widths, initial=0.0), widths, strict=False)
    return tuple(
        Segment(purpose, number, start, width, throttled_until.get(purpose))
        for (purpose, number), start, width in places
    )


def _throttled_since(status: WorkspaceStatus) -> dict[str, float]:
    """Since when each throttled purpose is known to be: the time of the reading."""
    return {purpose: until - STALE_AFTER_S for purpose, until in status.throttled_until.items()}


def _marks(shares: Mapping[str, float]) -> tuple[Mark, ...]:
    """One mark a share, lowest first."""
    words = _words_by_share(shares)
    return tuple(
        Mark(
            min(100 * share, 100),
            percent(share),
            purpose_text,
            100 * following - 100 * share < _MIN_MARK_GAP,
        )
        for (share, purpose_text), (following, _) in pairwise([*words.items(), (1.0, "")])
    )


def _words_by_share(shares: Mapping[str, float]) -> dict[float, str]:
    """What pauses from each share on, the lowest first; at the highest everything does."""
    purposes = _by_share(shares)
    words = {share: f"{' and '.join(purposes[share])} pause" for share in sorted(purposes)}
    return words | dict.fromkeys([*words][-1:], "all pause")


def _by_share(shares: Mapping[str, float]) -> dict[float, list[str]]:
    """The purposes throttled from each share on, the lowest rank first."""
    purposes: dict[float, list[str]] = {}
    for purpose in reversed([*shares]):
        purposes.setdefault(shares[purpose], []).append(purpose)
    return purposes


def _next(status: WorkspaceStatus) -> NextThrottledNote | None:
    upcoming, reading = status.next_throttled, status.allocation
    if upcoming is None or not reading.limit or reading.seen_at is None:
        return None
    about = _when_used_up(upcoming.calls_left, reading.used or 0, reading.seen_at)
    return NextThrottledNote(
        upcoming.purpose, percent(status.shares.get(upcoming.purpose, 0.0)), about
    )


def _when_used_up(calls_left: int, used: int, seen_at: float) -> float | None:
    """When so many more calls are made, at the pace of the last day; None for more than a day
    away."""
    if not used or calls_left > used:
        return None
    return seen_at + calls_left * _DAY_S / used
