"""The allocation on a terminal: a bar of the org's day with a mark where each purpose rests. Words
and lines only."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from zsf_plugin.cli.output import heading, moment, pairs
from zsf_plugin.wiring.status import Status

_WIDE = 40


def show_allocation(status: Status) -> None:
    """Used and limit, ours by purpose, what rests and when it is looked at again, what rests
    next."""
    told = status.allocation
    heading("Salesforce calls, last 24 hours")
    ours = (
        ", ".join(f"{purpose} {calls}" for purpose, calls in sorted(told.by_purpose.items()))
        or "none"
    )
    if told.used is None or not told.limit:
        pairs([("used", "the org has not told its limit yet"), ("ours", ours)])
        return
    share = f"{100 * told.used / told.limit:.0f} %"
    rows = [
        (
            "used",
            (
                f"{told.used} of {told.limit} in the whole org, by everyone ({share}), "
                f"{moment(told.seen_at)}"
            ),
        )
    ]
    rows += [("", line) for line in bar(told.used / told.limit, status.shares)]
    rows += [("ours", ours)]
    rows += [
        (purpose, f"rest; looks again at {_clock(until)}")
        for purpose, until in status.resting.items()
    ]
    if status.next_rest is not None:
        following = status.next_rest
        words = (
            f"{following.purpose} rest at {following.at_used}, after "
            f"{following.calls_left} more calls by anyone"
        )
        rows.append(("next", words))
    pairs(rows)


def bar(used: float, shares: dict[str, float]) -> tuple[str, str]:
    """The used share as a bar, and below it a mark at each purpose's share: b(adges), a(ctivities),
    p(urchases)."""
    full, empty = ("\u2588", "\u2591") if sys.stdout.isatty() else ("#", ".")
    filled = min(round(used * _WIDE), _WIDE)
    marks = [" "] * (_WIDE + 1)
    for purpose, share in shares.items():
        at = round(share * _WIDE)
        marks[at] = "*" if marks[at] != " " else purpose[0]
    legend = ", ".join(f"{purpose} {share:.0%}" for purpose, share in reversed(shares.items()))
    return f"[{full * filled}{empty * (_WIDE - filled)}]", f" {''.join(marks)}  rest at: {legend}"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
