"""Counts by day, in UTC: what entries came to, and an org's API calls. Read from counts that are
kept by the hour, so they cost the same however many entries there are."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

#: What an entry came to. `connected`: an existing person was found; `updated`: only fields of a
#: linked one were written; `unchanged`: Salesforce already had everything; `held`: held until now;
#: `undone`: something that it wrote was undone since, whatever it had come to.
Outcome = Literal[
    "created", "connected", "updated", "unchanged", "logged", "held", "skipped", "undone"
]

#: Numbers by name, for each day that has any.
DailyNumbers: TypeAlias = Mapping[datetime.date, Mapping[str, int]]


class DailyCounts(Protocol):
    """Counts by day."""

    def outcomes_by_day(self, workspace: str, first: datetime.date) -> DailyNumbers:
        """The number of entries by outcome, from that day on. Each entry counts once, on the day
        of its latest result, undone or not; one that was removed stays counted for at least 60 days
        more."""
        ...

    def calls_by_day(self, org_id: str, first: datetime.date) -> DailyNumbers:
        """Our API calls to the org by purpose, from that day on."""
        ...

    def ended_together(self, workspace: str, since: float) -> Sequence[tuple[float, int]]:
        """(when, how many) of the entries that were done or held from `since` on, oldest first:
        those of a batch end at one time. At most the last 2,000 entries."""
        ...

    def waiting_since(self, workspace: str) -> float | None:
        """When the oldest entry that waits arrived; None if nothing waits."""
        ...
