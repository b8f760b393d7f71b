"""The budget: which purposes rest, given what the org said of its allocation. Pure; the clock's
reading is passed in.

The window rolls and has no reset hour, and the org is told of only in answers (salesforce-api.md
§2.2). A reading that says “rest” holds for `STALE_AFTER_S`; then one look at `/limits` finds out,
before anything else is sent (`Throttling.to_measure`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from zsf_plugin.model import Limits

#: After so many seconds a reading is too old to rest by.
STALE_AFTER_S = 900.0
#: 0.7 of 10 calls is 7, whatever binary fractions make of it.
_TOLERANCE = 1e-6
#: The purposes that rest, highest rank first. Upkeep (describes, the look itself) has no share: a
#: few calls a day.
RANKS = ("purchases", "activities", "badges")


@dataclass(frozen=True, slots=True)
class Throttling:
    """`until`: the purposes that rest, each with the time (seconds since 1970) at which it is
    looked at again. `to_measure`: those that rested by a reading which is too old by now; one cheap
    call tells whether they still do."""

    until: dict[str, float] = field(default_factory=dict)
    to_measure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextRest:
    """The purpose that rests next: from how many used calls on, and how many the org has left until
    then."""

    purpose: str
    at_used: int
    calls_left: int


def shares(limits: Limits) -> dict[str, float]:
    """The share (0..1) at which each purpose rests, in rank: none lies above that of a higher
    rank."""
    activities = min(limits.activities_share, limits.api_share)
    return {
        "purchases": limits.api_share,
        "activities": activities,
        "badges": min(limits.badges_share, activities),
    }


def used_up(used: int | None, limit: int | None, limits: Limits) -> tuple[str, ...]:
    """The purposes whose share that reading says is used, whatever its age; none where nothing was
    told."""
    found = []
    if used is not None and limit:
        for purpose, share in shares(limits).items():
            if used >= share * limit - _TOLERANCE:
                found.append(purpose)
    return tuple(found)


def throttling(
    used: int | None, limit: int | None, seen_at: float | None, limits: Limits, now: float
) -> Throttling:
    """Which purposes rest by a reading of that age; one from the future, which a clock set back
    leaves behind, is too old."""
    if seen_at is None:
        return Throttling()
    resting = used_up(used, limit, limits)
    if seen_at - STALE_AFTER_S <= now < seen_at + STALE_AFTER_S:
        return Throttling(until=dict.fromkeys(resting, seen_at + STALE_AFTER_S))
    return Throttling(to_measure=resting)


def next_to_rest(used: int | None, limit: int | None, limits: Limits) -> NextRest | None:
    """Which purpose rests next, if everyone goes on; None where all do, or nothing was told."""
    if used is None or not limit:
        return None
    for purpose, share in reversed(shares(limits).items()):
        at = math.ceil(share * limit - _TOLERANCE)
        if used < at:
            return NextRest(purpose, at, at - used)
    return None
