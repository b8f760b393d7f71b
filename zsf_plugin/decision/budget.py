"""The budget: which purposes are throttled, given the org's last reported allocation. Pure: the
current time is passed in.

The window rolls and has no reset hour, and only answers report usage (salesforce-api.md §2.2). A
reading that throttles holds for `STALE_AFTER_S`; then one call to `/limits` reads it again before
anything else is sent (`Throttling.to_measure`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsf_plugin.model import Limits


#: After this many seconds a reading is too old to throttle by.
STALE_AFTER_S = 900.0
#: Tolerance for binary fractions: 0.7 of 10 calls is 7.
_TOLERANCE = 1e-6
#: The purposes that can be throttled, highest rank first. Upkeep (describes, reading the limits)
#: has no share: it takes a few calls a day.
PURPOSES_BY_RANK = ("purchases", "activities", "badges")


@dataclass(frozen=True, slots=True)
class Throttling:
    """`until`: each throttled purpose, with the time (seconds since 1970) of the next check.
    `to_measure`: the purposes throttled by a reading that is too old by now; one cheap call checks
    whether they still are."""

    until: dict[str, float] = field(default_factory=dict)
    to_measure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextThrottled:
    """The purpose that is throttled next, the used calls from which it is, and the calls left until
    then."""

    purpose: str
    at_used: int
    calls_left: int


def shares(limits: Limits) -> dict[str, float]:
    """The share (0..1) at which each purpose is throttled, highest rank first: none lies above the
    share of a higher rank."""
    activities = min(limits.activities_share, limits.api_share)
    return {
        "purchases": limits.api_share,
        "activities": activities,
        "badges": min(limits.badges_share, activities),
    }


def used_up_purposes(used: int | None, limit: int | None, limits: Limits) -> tuple[str, ...]:
    """The purposes whose share is used up by this reading, whatever its age; none without a
    reading."""
    found = []
    if used is not None and limit:
        for purpose, share in shares(limits).items():
            if used >= share * limit - _TOLERANCE:
                found.append(purpose)
    return tuple(found)


def throttling(
    used: int | None, limit: int | None, seen_at: float | None, limits: Limits, now: float
) -> Throttling:
    """Which purposes are throttled by a reading of that age. One from the future, as a clock set
    back leaves behind, is too old."""
    if seen_at is None:
        return Throttling()
    throttled = used_up_purposes(used, limit, limits)
    if seen_at - STALE_AFTER_S <= now < seen_at + STALE_AFTER_S:
        return Throttling(until=dict.fromkeys(throttled, seen_at + STALE_AFTER_S))
    return Throttling(to_measure=throttled)


def next_throttled(used: int | None, limit: int | None, limits: Limits) -> NextThrottled | None:
    """The purpose that is throttled next if usage continues; None if all are, or without a
    reading."""
    if used is None or not limit:
        return None
    for purpose, share in reversed(shares(limits).items()):
        at = math.ceil(share * limit - _TOLERANCE)
        if used < at:
            return NextThrottled(purpose, at, at - used)
    return None
