"""The allocation on a terminal: a bar of the org's day with a mark where each purpose rests. Words
and lines only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from zsf_plugin.cli.output import moment, pairs, purposes_in_words
from zsf_plugin.decision.budget import NextRest
from zsf_plugin.ports import Allocation
from zsf_plugin.wiring.status import Status

BAR_WIDTH = 40


def show_allocation(status: Status) -> None:
    """Used and limit, ours by purpose, what rests and when it is looked at again, what rests
    next."""
    pairs(
        [*_used_rows(status), ("ours", _ours(status.allocation)), *_rests(status)],
        title="Salesforce calls, last 24 hours",
    )


def _ours(allocation: Allocation) -> str:
    return purposes_in_words(allocation.by_purpose) or "none"


def _used_rows(status: Status) -> Iterator[tuple[str, str]]:
    """How much of the limit is used, in words and as a bar."""
    used, limit = status.allocation.used, status.allocation.limit
    if used is None or not limit:
        yield "used", "the org has not told its limit yet"
        return
    yield "used", _used(used, limit, moment(status.allocation.seen_at))
    for line in bar(used / limit, status.shares):
        yield "", line


def _used(used: int, limit: int, seen: str) -> str:
    return f"{used} of {limit} in the whole org, by everyone ({100 * used / limit:.0f} %), {seen}"


def _rests(status: Status) -> Iterator[tuple[str, str]]:
    """A row for each purpose that rests, and one for what rests next."""
    for purpose, until in status.resting.items():
        yield purpose, f"rest; looks again at {_clock(until)}"
    if status.next_rest is not None:
        yield "next", _next(status.next_rest)


def _next(rest: NextRest) -> str:
    after = f"after {rest.calls_left} more calls by anyone"
    return f"{rest.purpose} rest at {rest.at_used}, {after}"


def bar(used: float, shares: dict[str, float]) -> tuple[str, str]:
    """The used share as a bar, and below it a mark at each purpose's share: b(adges), a(ctivities),
    p(urchases)."""
    return f"[{_filled(used)}]", f" {_marks(shares)}  rest at: {_legend(shares)}"


def _legend(shares: dict[str, float]) -> str:
    return ", ".join(f"{purpose} {share:.0%}" for purpose, share in reversed(shares.items()))


def _filled(used: float) -> str:
    full, empty = ("\u2588", "\u2591") if sys.stdout.isatty() else ("#", ".")
    filled = min(round(used * BAR_WIDTH), BAR_WIDTH)
    return full * filled + empty * (BAR_WIDTH - filled)


def _marks(shares: Mapping[str, float]) -> str:
    """The first letter of each purpose where it rests; a star where several do."""
    marks = [" "] * (BAR_WIDTH + 1)
    for purpose, share in shares.items():
        at = round(share * BAR_WIDTH)
        marks[at] = purpose[0] if marks[at] == " " else "*"
    return "".join(marks)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M UTC")
