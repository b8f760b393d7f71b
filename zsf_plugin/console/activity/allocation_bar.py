"""The allocation bar: the org's calls in the last 24 hours by purpose, in rank order, and the
shares at which purposes are throttled. Pure: the template draws it.

Positions and widths are percentages of the bar's width; the legend has the same numbers.
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
#: Labels of marks that are closer than this (in percent) would overlap.
_MIN_MARK_GAP = 9.5
_UPKEEP = "upkeep"
#: Names in the legend that differ from the purpose.
_NAMES = {_UPKEEP: "upkeep (fields, limits)", "others": "other apps in the org"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One purpose's calls: its place on the bar, and since when it is throttled, if it is."""

    purpose: str
    calls: int
    start: float
    width: float
    throttled_since: float | None = None

    @property
    def name(self) -> str:
        """Its name in the legend."""
        return _NAMES.get(self.purpose, self.purpose)


@dataclass(frozen=True, slots=True)
class Mark:
    """The share at which purposes are throttled. `before`: its label is to the left of it, for lack
    of space."""

    at: float
    percent: str
    words: str
    before: bool


@dataclass(frozen=True, slots=True)
class NextThrottledNote:
    """The purpose that is throttled next, the share, and the time at the pace of the last 24 hours
    (None: not within a day)."""

    purpose: str
    percent: str
    about: float | None


@dataclass(frozen=True, slots=True)
class AllocationBar:
    """The whole bar. `limit` is None until Salesforce reports it; until then, only our own calls
    are known."""

    limit: int | None
    used: int
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...] = ()
    next_throttled: NextThrottledNote | None = None

    @property
    def free(self) -> int:
        """The number of calls left today."""
        return max((self.limit or 0) - self.used, 0)

    @property
    def percent(self) -> str:
        """The share of today's calls that is used; "" if the limit is not known."""
        return percent(self.used / self.limit) if self.limit else ""

    @property
    def spoken(self) -> str:
        """The bar in words, for screen readers."""
        calls = [f"{segment.calls:,} {segment.name}" for segment in self.segments if segment.calls]
        parts = ", ".join(calls) or "none"
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
    """Our calls, highest rank first; upkeep, which is never throttled, comes last if there was
    any."""
    ranked = {purpose: max(by_purpose.get(purpose, 0), 0) for purpose in PURPOSES_BY_RANK}
    others = sum(max(calls, 0) for purpose, calls in by_purpose.items() if purpose not in ranked)
    return {**ranked, _UPKEEP: others} if others else ranked


def _segments(
    calls: Mapping[str, int], whole: float, throttled_until: Mapping[str, float]
) -> tuple[Segment, ...]:
    """The purposes side by side on a bar of `whole` calls (infinite if the limit is not known)."""
    widths = [100 * number / whole for number in calls.values()]
    places = zip(calls.items(), accumulate(widths, initial=0.0), widths, strict=False)
    return tuple(
        Segment(purpose, number, start, width, throttled_until.get(purpose))
        for (purpose, number), start, width in places
    )


def _throttled_since(status: WorkspaceStatus) -> dict[str, float]:
    """Since when each purpose is known to be throttled: the time of the reading."""
    return {purpose: until - STALE_AFTER_S for purpose, until in status.throttled_until.items()}


def _marks(shares: Mapping[str, float]) -> tuple[Mark, ...]:
    """One mark per share, lowest first."""
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
    """The label of each share, lowest first: at the highest, all purposes pause."""
    purposes = _by_share(shares)
    words = {share: f"{' and '.join(purposes[share])} pause" for share in sorted(purposes)}
    return words | dict.fromkeys([*words][-1:], "all pause")


def _by_share(shares: Mapping[str, float]) -> dict[float, list[str]]:
    """The purposes throttled at each share, lowest rank first."""
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
    """When the calls left are used up at the pace of the last day; None if not within a day."""
    if not used or calls_left > used:
        return None
    return seen_at + calls_left * _DAY_S / used
