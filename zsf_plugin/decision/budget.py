"""The budget: which purposes rest, given what the org said of its allocation. Pure; the clock's reading is passed in.

The window rolls and has no reset hour, and the org is told of only in answers (salesforce-api.md §2.2): a reading older
than `STALE_AFTER_S` no longer keeps anyone from asking.
"""

from __future__ import annotations

from zsf_plugin.model.rules import Limits

#: After so many seconds a reading is too old to rest by: one call is made, and tells anew.
STALE_AFTER_S = 900.0


def resting(used: int | None, limit: int | None, seen_at: float | None, limits: Limits, now: float) -> dict[str, float]:
    """The purposes that rest, each with the time (seconds since 1970) until which; empty where the limit is unknown."""
    if used is None or not limit or seen_at is None or now >= seen_at + STALE_AFTER_S:
        return {}
    share = used / limit
    shares = {
        "purchases": limits.api_share,
        "activities": min(limits.activities_share, limits.api_share),
        "badges": min(limits.badges_share, limits.api_share),
    }
    return {purpose: seen_at + STALE_AFTER_S for purpose, most in shares.items() if share >= most}
