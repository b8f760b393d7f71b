"""Counts by day: what entries came to, as triggers count it (`migrations/`), and API calls. Changes
nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, get_args

from zsf_plugin.model import Kind
from zsf_plugin.store.sql.database import StorePart

if TYPE_CHECKING:
    from zsf_plugin.ports import DailyNumbers
    from zsf_plugin.store.sql.rows import Row

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_OUTCOMES = """
    SELECT hour / 24 AS day, outcome, CAST(sum(entries) AS BIGINT) AS number FROM outcome_counts
    WHERE workspace = ? AND hour >= ? GROUP BY hour / 24, outcome HAVING sum(entries) > 0
"""
_CALLS = """
    SELECT hour / 24 AS day, purpose, CAST(sum(calls) AS BIGINT) AS number FROM calls
    WHERE org_id = ? AND hour >= ? GROUP BY hour / 24, purpose HAVING sum(calls) > 0
"""
_ENDED_TOGETHER = """
    SELECT settled_at, count(*) FROM (
        SELECT settled_at FROM entries INDEXED BY entries_by_settling
        WHERE workspace = ? AND state IN ('done', 'held') AND settled_at >= ?
        ORDER BY settled_at DESC LIMIT 2000
    ) AS latest GROUP BY settled_at ORDER BY settled_at
"""
_OLDEST = " UNION ALL ".join(
    f"""SELECT * FROM (SELECT received_at FROM entries INDEXED BY entries_waiting
        WHERE workspace = :workspace AND kind = '{kind}' AND state IN ('pending', 'writing')
        ORDER BY id LIMIT 1) AS oldest_{kind}"""
    for kind in get_args(Kind)
)


class Daily(StorePart):
    """Counts by day."""

    def outcomes_by_day(self, workspace: str, first: datetime.date) -> DailyNumbers:
        """The number of entries by outcome, from that day on."""
        return _by_day(self._database.rows(_OUTCOMES, workspace, _first_hour(first)))

    def calls_by_day(self, org_id: str, first: datetime.date) -> DailyNumbers:
        """Our API calls to the org by purpose, from that day on."""
        return _by_day(self._database.rows(_CALLS, org_id, _first_hour(first)))

    def ended_together(self, workspace: str, since: float) -> Sequence[tuple[float, int]]:
        """(when, how many) of the entries that ended from `since` on, oldest first."""
        return [(row[0], row[1]) for row in self._database.rows(_ENDED_TOGETHER, workspace, since)]

    def waiting_since(self, workspace: str) -> float | None:
        """When the oldest entry that waits arrived."""
        rows = self._database.rows(_OLDEST, workspace=workspace)
        return min((row[0] for row in rows), default=None)


def _first_hour(day: datetime.date) -> int:
    return (day.toordinal() - _EPOCH) * 24


def _by_day(rows: Iterable[Row]) -> DailyNumbers:
    numbers: dict[datetime.date, dict[str, int]] = {}
    for day, name, number in rows:
        on = datetime.date.fromordinal(day + _EPOCH)
        numbers.setdefault(on, {})[name] = number
    return numbers
