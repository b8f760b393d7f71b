"""The charts of the Overview page and their numbers, read from the store."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from zsf_plugin.console.overview.chart import Chart, chart_of
from zsf_plugin.console.presenters.outcomes import CHARTED, OUTCOMES, day_at
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.status import WorkspaceStatus

DAYS = 30
_RESULTS: Mapping[str, str] = {name: OUTCOMES[name] for name in CHARTED}
_ALSO: Mapping[str, str] = {name: words for name, words in OUTCOMES.items() if name not in _RESULTS}
#: The purposes of calls, highest rank first.
_PURPOSES: Mapping[str, str] = {
    "purchases": "Purchases",
    "activities": "Activities",
    "badges": "Badges",
    "upkeep": "Upkeep (fields, limits)",
}


def results_chart(app: ConsoleApp, workspace: str) -> Chart:
    """What entries came to, by day. Raises StoreUnavailable."""
    last = day_at(app.clock.now())
    numbers = app.store.outcomes_by_day(workspace, _first(last))
    return chart_of(numbers, last, _RESULTS, _ALSO, days=DAYS)


def calls_chart(app: ConsoleApp, status: WorkspaceStatus) -> Chart | None:
    """Our API calls to the org, by day; None without a connection. Raises StoreUnavailable."""
    connection, limit = status.connection, status.allocation.limit
    if connection is None:
        return None
    last = day_at(app.clock.now())
    numbers = app.store.calls_by_day(connection.org_id, _first(last))
    share = limit * status.shares["purchases"] if limit else None
    return chart_of(numbers, last, _PURPOSES, days=DAYS, limit=share)


def _first(last: datetime.date) -> datetime.date:
    return last - datetime.timedelta(DAYS - 1)
