"""The list of entries: its filters from the URL, and a page of matching entries. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar, get_args

from zsf_plugin.console.labels import clipped
from zsf_plugin.console.presenters.outcomes import day_at, summary_of
from zsf_plugin.console.presenters.stories import (
    EntrySummary,
    story_of,
    undone_labels,
    waiting_of,
)
from zsf_plugin.model import Kind, State
from zsf_plugin.ports import Entry, EntryCounts, EntryFilter, EntryPage, Outcome
from zsf_plugin.wiring.apps import ConsoleApp

PAGE = 50
_DAY_S = 86_400.0
#: The values of `since` in a URL, in seconds.
SINCE: Mapping[str, float] = {"day": _DAY_S, "week": 7 * _DAY_S, "month": 30 * _DAY_S}
#: The orders in a URL besides that of arrival.
_ORDERS: tuple[Literal["written"], ...] = ("written",)
#: Longer filters are cut.
_MAX_LENGTH = 200

_Choice = TypeVar("_Choice", bound=str)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The filters of the list, from the URL; "" means no filter. `order`: by arrival, unless it is
    "written". `before` is where the page starts."""

    words: str = ""
    state: State | Literal[""] = ""
    kind: Kind | Literal[""] = ""
    seller: str = ""
    since: str = ""
    order: Literal["", "written"] = ""
    before: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as URL parameters, without empty ones and without `before`."""
        return {name: value for name, value in asdict(self).items() if value and name != "before"}

    def filter(self, now: float) -> EntryFilter:
        """The filters for the store."""
        return EntryFilter(
            state=self.state or None,
            kind=self.kind or None,
            seller=self.seller or None,
            words=self.words or None,
            since=now - SINCE[self.since] if self.since else None,
            order=self.order or "arrival",
        )


@dataclass(frozen=True, slots=True)
class EntryList:
    """A page of the list, with the counts of all entries."""

    filters: ListQuery
    page: EntryPage
    stories: Sequence[EntrySummary]
    counts: EntryCounts

    @property
    def top(self) -> str:
        """The ID of the first entry: newer ones are counted from it."""
        return self.stories[0].id if self.stories else ""

    @property
    def person(self) -> EntrySummary | None:
        """An entry of the prospect with the ID that was searched for, or of the only one that was
        found; None if there is no such prospect."""
        words = self.filters.words
        people = {story.person_id: story for story in self.stories} if words else {}
        only = self.stories[0] if len(people) == 1 and "" not in people else None
        return people.get(words, only)

    @property
    def total(self) -> int:
        """The number of entries in the workspace."""
        counts = self.counts
        return counts.waiting + counts.held + counts.done + counts.skipped


def parse_query(arguments: Mapping[str, str]) -> ListQuery:
    """The filters in the URL; unknown values are ignored."""
    return ListQuery(
        words=" ".join(arguments.get("words", "").split())[:_MAX_LENGTH],
        state=_one_of(get_args(State), arguments.get("state")),
        kind=_one_of(get_args(Kind), arguments.get("kind")),
        seller=arguments.get("seller", "")[:_MAX_LENGTH],
        since=_one_of([*SINCE], arguments.get("since")),
        order=_one_of(_ORDERS, arguments.get("order")),
        before=arguments.get("before", "")[:_MAX_LENGTH],
    )


def _one_of(known: Sequence[_Choice], value: str | None) -> _Choice | Literal[""]:
    return next((choice for choice in known if choice == value), "")


def entry_list(
    app: ConsoleApp, workspace: str, filters: ListQuery, counts: EntryCounts | None = None
) -> EntryList:
    """The page of matching entries; pass `counts` if they are known. Raises StoreUnavailable."""
    wanted = filters.filter(app.clock.now())
    page = app.store.page(workspace, wanted, before=filters.before or None, limit=PAGE)
    stories = _stories(app, workspace, page.entries)
    return EntryList(filters, page, stories, counts or app.store.counts(workspace))


def _stories(app: ConsoleApp, workspace: str, entries: Iterable[Entry]) -> list[EntrySummary]:
    shown, waiting = list(entries), waiting_of(app, workspace)
    undone = undone_labels(app, workspace, shown)
    return [story_of(entry, waiting, undone.get(entry.id, "")) for entry in shown]


def seller_choices(app: ConsoleApp, workspace: str, chosen: str) -> list[tuple[str, str]]:
    """The sellers to filter by, including the chosen one: (value, label)."""
    names = dict.fromkeys([*app.store.sellers(workspace), *filter(None, [chosen])])
    return [("", "Any seller"), *((name, clipped(name, 60)) for name in names)]


def results_today(app: ConsoleApp, workspace: str) -> list[tuple[Outcome, str, int]]:
    """What happened today, for the part beside the list while no entry is open."""
    day = day_at(app.clock.now())
    return summary_of(app.store.outcomes_by_day(workspace, day).get(day, {}))


def count_newer(app: ConsoleApp, workspace: str, filters: ListQuery, top: str) -> int:
    """The number of matching entries newer than the entry `top`."""
    wanted = filters.filter(app.clock.now())
    if top:
        return app.store.newer(workspace, wanted, top)
    return len(app.store.page(workspace, wanted, limit=1).entries)


def changed(app: ConsoleApp, workspace: str, shown: Sequence[str]) -> list[EntrySummary]:
    """The shown entries (`e17.pending`) whose state has changed."""
    found = (_entry_if_changed(app, workspace, known) for known in shown[:PAGE])
    return _stories(app, workspace, filter(None, found))


def _entry_if_changed(app: ConsoleApp, workspace: str, shown: str) -> Entry | None:
    entry_id, _, state = shown.partition(".")
    entry = app.store.entry(workspace, entry_id)
    return entry if entry and entry.state != state else None
