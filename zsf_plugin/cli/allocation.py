"""The allocation on a terminal: a bar of the org's day with a mark where each purpose rests. Words
and lines only."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from zsf_plugin.cli.output import heading, moment, pairs, purposes_in_words
from zsf_plugin.decision.budget import NextRest
from zsf_plugin.ports import Allocation
from zsf_plugin.wiring.status import Status

BAR_WIDTH = 40


def show_allocation(status: Status) -> None:
    """Used and limit, ours by purpose, what rests and when it is looked at again, what rests
    next."""
    heading("Salesforce calls, last 24 hours")
    allocation = status.allocation
    ours = ("ours", purposes_in_words(allocation.by_purpose) or "none")
    if allocation.used is None or not allocation.limit:
        pairs([("used", "the org has not told its limit yet"), ours])
        return
    line, marks = bar(allocation.used / allocation.limit, status.shares)
    used = ("used", _used(allocation, allocation.used, allocation.limit))
    pairs([used, ("", line), ("", marks), ours, *_rests(status)])


def _used(allocation: Allocation, used: int, limit: int) -> str:
    share = f"{100 * used / limit:.0f} %"
    seen = moment(allocation.seen_at)
    return f"{used} of {limit} in the whole org, by everyone ({share}), {seen}"


def _rests(status: Status) -> list[tuple[str, str]]:
    """A row for each purpose that rests, and one for what rests next."""
    rows = []
    for purpose, until in status.resting.items():
        rows.append((purpose, f"rest; looks again at {_clock(until)}"))
    if status.next_rest is not None:
        rows.append(("next", _next(status.next_rest)))
    return rows


def _next(rest: NextRest) -> str:
    after = f"after {rest.calls_left} more calls by anyone"
    return f"{rest.purpose} rest at {rest.at_used}, {after}"


def bar(used: float, shares: dict[str, float]) -> tuple[str, str]:
    """The used share as a bar, and below it a mark at each purpose's share: b(adges), a(ctivities),
    p(urchases)."""
    full, empty = ("\u2588", "\u2591") if sys.stdout.isatty() else ("#", ".")
    filled = min(round(used * BAR_WIDTH), BAR_WIDTH)
    line = full * filled + empty * (BAR_WIDTH - filled)
    legend = ", ".join(f"{purpose} {share:.0%}" for purpose, share in reversed(shares.items()))
    return f"[{line}]", f" {_marks(shares)}  rest at: {legend}"


def _marks(shares: Mapping[str, float]) -> str:
    """The first letter of each purpose where it rests; a star where several do."""
    marks = [" "] * (BAR_WIDTH + 1)
    for purpose, share in shares.items():
        at = round(share * BAR_WIDTH)
        marks[at] = purpose[0] if marks[at] == " " else "*"
    return "".join(marks)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
