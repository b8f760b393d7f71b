"""What the Overview page shows, read from the store without a call to Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.labels import percent
from zsf_plugin.console.overview.chart import Chart
from zsf_plugin.console.overview.charts import calls_chart, results_chart
from zsf_plugin.console.presenters.causes import HeldCause, merged_by_cause
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.presenters.timeline import CODES, TimelineLine, timeline
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.status import WorkspaceStatus

_MAX_CAUSES = 6
_MAX_LINES = 8
#: What was written, in words for large numbers.
_FIGURES: Mapping[str, str] = {
    "created": "People created",
    "connected": "Linked to existing people",
    "updated": "People updated",
    "logged": "Activities logged",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number: its outcome, the sum of all days, and today's."""

    name: str
    words: str
    total: int
    today: int


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The whole page. `calls` is None without a connection; `waiting_since` is when the oldest
    waiting entry arrived (seconds since 1970); `causes` are the most frequent ones of held entries,
    `more_causes` the number of others."""

    results: Chart
    calls: Chart | None
    status: WorkspaceStatus
    waiting_since: float | None
    causes: tuple[HeldCause, ...]
    more_causes: int
    lines: tuple[TimelineLine, ...]

    @property
    def next_step(self) -> Literal["connect", "continue", "wait", ""]:
        """What comes first; "" once something was synced."""
        connection = self.status.connection
        if connection is None:
            return "connect"
        if connection.state == "previewing":
            return "continue"
        return "" if self.has_results or self.status.counts.waiting else "wait"

    @property
    def has_results(self) -> bool:
        """Whether there is anything to show in the chart or its table."""
        return any(one.total for one in self.results.every_series)

    @property
    def undone(self) -> int:
        """The number of entries that count as undone."""
        return sum(one.total for one in self.results.also if one.name == "undone")

    @property
    def figures(self) -> list[Figure]:
        """What was written, as large numbers."""
        _, today = self.results.days[-1]
        return [
            Figure(one.name, _FIGURES[one.name], one.total, today.get(one.name, 0))
            for one in self.results.series
            if one.name in _FIGURES
        ]

    @property
    def share(self) -> str:
        """The share of the org's daily calls up to which purchases are sent."""
        return percent(self.status.shares["purchases"])

    @property
    def limit(self) -> int | None:
        """The org's daily calls, if Salesforce has reported them."""
        return self.status.allocation.limit

    @property
    def busiest_share(self) -> str:
        """The share of the org's daily calls that ours took on the busiest day."""
        calls = self.calls.busiest[1] if self.calls else 0
        share = calls / self.limit if self.limit else 0.0
        return "less than 1 %" if 0 < share < 0.01 else percent(share)


def overview_page(app: ConsoleApp, workspace: str, status: WorkspaceStatus) -> OverviewPage:
    """The page of a workspace. Raises StoreUnavailable."""
    causes = merged_by_cause(status.held, known_org(app, workspace).label)
    history = app.store.history(workspace, codes=CODES, limit=_MAX_LINES)
    return OverviewPage(
        results=results_chart(app, workspace),
        calls=calls_chart(app, status),
        status=status,
        waiting_since=app.store.waiting_since(workspace),
        causes=tuple(causes[:_MAX_CAUSES]),
        more_causes=max(len(causes) - _MAX_CAUSES, 0),
        lines=timeline(history),
    )
