"""What entries came to, in words, and a day's numbers. Pure. Days are in UTC, as the store counts
them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from zsf_plugin.ports import Outcome

#: The outcomes of a chart from the bottom up, then those that a table adds.
OUTCOMES: Mapping[Outcome, str] = {
    "created": "Created",
    "connected": "Linked",
    "updated": "Updated",
    "logged": "Logged",
    "held": "Held",
    "unchanged": "Already up to date",
    "undone": "Undone",
    "skipped": "Skipped",
}
CHARTED: tuple[Outcome, ...] = ("created", "connected", "updated", "logged", "held")


def day_at(now: float) -> datetime.date:
    """The day of that time."""
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date()


def summary_of(numbers: Mapping[str, int]) -> list[tuple[Outcome, str, int]]:
    """(outcome, words, number) of what happened on a day, without outcomes that no entry has."""
    return [(name, words, numbers[name]) for name, words in OUTCOMES.items() if numbers.get(name)]
