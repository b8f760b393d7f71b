"""Everything that happened to one prospect, from the purchase on or newest first: what was found,
what was written and by which rules, and what was left out. Reads only, without a call to
Salesforce.

An entry is shown as on its own page, without its plan; so message text is not shown either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.activity.decided_rules import DecidedRules
from zsf_plugin.console.activity.entry import EntryView, views_without_plan
from zsf_plugin.console.presenters.entries import company_of, person_of
from zsf_plugin.console.presenters.records import KnownOrg, known_org, value_text
from zsf_plugin.model import DEFAULTED, EXTERNAL_ID_FIELD, Link, LinkKey, prospect_name
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

PAGE_SIZE = 25


Order = Literal["oldest", "newest"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a prospect's entries in the order of the page: `ids`, the `first` of them counted
    from 1, of `total`; `previous` and `next` are the entries at which the parts beside it begin.
    The first part begins at "". `newer`: the entry that came after all of them (None: none
    did)."""

    order: Order
    ids: Sequence[str]
    first: int
    total: int
    previous: str | None
    next: str | None
    newer: str | None

    @property
    def last(self) -> int:
        """The last of them, counted from 1."""
        return self.first + len(self.ids) - 1


def section_of(oldest_first: Sequence[str], order: Order, start: str) -> Section:
    """The part that begins at the entry `start`; the first one if that is none of them."""
    ids = oldest_first if order == "oldest" else oldest_first[::-1]
    at = ids.index(start) if start in ids else 0
    after, before = at + PAGE_SIZE, at - PAGE_SIZE
    following = ids[after] if after < len(ids) else None
    preceding = ids[at - 1] if at else None
    return Section(
        order,
        ids=ids[at:after],
        first=at + 1,
        total=len(ids),
        previous=None if at == 0 else ids[before] if before > 0 else "",
        next=following,
        newer=following if order == "oldest" else preceding,
    )


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A section of a prospect's entries, and their newest one. `link` is None while no record of
    the org that is connected now is known to be the prospect's."""

    prospect_id: str
    section: Section
    views: Sequence[EntryView]
    newest: Entry | None
    link: Link | None
    org: KnownOrg
    rules: DecidedRules

    @property
    def name(self) -> str:
        """The prospect's name as the newest of these entries that has one gives it."""
        return person_of(self._best) if self._best else f"prospect {self.prospect_id}"

    @property
    def company(self) -> str:
        """Their company, or ""."""
        return company_of(self._best) if self._best else ""

    @property
    def _best(self) -> Entry | None:
        shown = (view.head.entry for view in self.views)
        entries = [self.newest, *shown] if self.newest is not None else []
        named = (entry for entry in entries if prospect_name(entry.payload.get("prospect")))
        return next(named, self.newest)

    @property
    def url(self) -> str | None:
        """The URL of their record in Salesforce."""
        return self.org.url(self.link.record_id) if self.link else None

    @property
    def last_written(self) -> Iterator[tuple[str, str]]:
        """(field, value) that was last written to their record, without IDs."""
        if self.link is None:
            return
        for field, value in self.link.written.items():
            if field != DEFAULTED and not field.endswith((EXTERNAL_ID_FIELD, "Id")):
                yield self.org.label(self.link.object, field), value_text(value)


def person_page(
    app: ConsoleApp, workspace: str, prospect_id: str, order: Order, start: str
) -> PersonPage | None:
    """The page; None if nothing is known of such a prospect. Raises StoreUnavailable."""
    ids = app.store.ids_of_lane(workspace, prospect_id)
    link = _link(app, workspace, prospect_id)
    if not prospect_id or not (ids or link):
        return None
    section = section_of(ids, order, start)
    entries = _entries(app, workspace, prospect_id, section)
    return PersonPage(
        prospect_id=prospect_id,
        section=section,
        views=views_without_plan(app, workspace, entries),
        newest=app.store.entry(workspace, ids[-1]) if ids else None,
        link=link,
        org=known_org(app, workspace),
        rules=DecidedRules(app, workspace),
    )


def _entries(
    app: ConsoleApp, workspace: str, prospect_id: str, section: Section
) -> Sequence[Entry]:
    """The entries of the section, in its order."""
    wanted, limit = EntryFilter(lane=prospect_id), max(len(section.ids), 1)
    page = app.store.page(workspace, wanted, before=section.newer, limit=limit)
    return page.entries[::-1] if section.order == "oldest" else page.entries


def _link(app: ConsoleApp, workspace: str, prospect_id: str) -> Link | None:
    """The prospect's link to a record of the org that is connected now."""
    connection = app.store.connection(workspace)
    if connection is None:
        return None
    key: LinkKey = ("prospect", prospect_id)
    return app.store.links(workspace, connection.org_id, {key}).get(key)
