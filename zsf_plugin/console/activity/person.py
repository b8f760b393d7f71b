"""Everything that happened to one prospect, newest first: what was found, what was written and by
which rules, and what was left out. Reads only, without a call to Salesforce.

An entry is shown as on its own page, without its plan; so message text is not shown either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zsf_plugin.console.activity.decided_rules import RulesInUse, rules_in_use
from zsf_plugin.console.activity.entry import EntryView, views_without_plan
from zsf_plugin.console.presenters.entries import company_of, person_of
from zsf_plugin.console.presenters.records import KnownOrg, known_org, value_text
from zsf_plugin.model import DEFAULTED, EXTERNAL_ID_FIELD, Link, LinkKey, prospect_name
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A page of a prospect's entries, newest first. `before` is where it starts, "" for the newest;
    `older` where the next one does, if there is one. `link` is None while no record of the org that
    is connected now is known to be the prospect's."""

    prospect_id: str
    views: Sequence[EntryView]
    before: str
    older: str | None
    link: Link | None
    org: KnownOrg
    rules: RulesInUse

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
        entries = [view.head.entry for view in self.views]
        named = (entry for entry in entries if prospect_name(entry.payload.get("prospect")))
        return next(named, entries[0] if entries else None)

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
    app: ConsoleApp, workspace: str, prospect_id: str, before: str
) -> PersonPage | None:
    """The page; None if nothing is known of such a prospect. Raises StoreUnavailable."""
    wanted = EntryFilter(lane=prospect_id)
    page = app.store.page(workspace, wanted, before=before or None, limit=PAGE_SIZE)
    link = _link(app, workspace, prospect_id)
    if not prospect_id or not (page.entries or link):
        return None
    return PersonPage(
        prospect_id=prospect_id,
        views=views_without_plan(app, workspace, page.entries),
        before=before,
        older=page.older,
        link=link,
        org=known_org(app, workspace),
        rules=rules_in_use(app, workspace),
    )


def _link(app: ConsoleApp, workspace: str, prospect_id: str) -> Link | None:
    """The prospect's link to a record of the org that is connected now."""
    connection = app.store.connection(workspace)
    if connection is None:
        return None
    key: LinkKey = ("prospect", prospect_id)
    return app.store.links(workspace, connection.org_id, {key}).get(key)
