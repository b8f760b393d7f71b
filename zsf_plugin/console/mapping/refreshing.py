"""Reading the org's own fields anew, and what is new or gone by then. Making one that is missing is
`new_field`'s."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console.labels import plural
from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.options import Visitor
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.model import JsonObject, OrgFacts
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp

#: (object, API name).
_Place: TypeAlias = "tuple[str, str]"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the org says now that it did not say before. Fields are (object, API name or label)."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    gone_mapped: tuple[str, ...] = ()
    first: bool = False

    @property
    def title(self) -> str:
        """ "3 new fields, 1 gone." """
        if self.first:
            return "The fields were read."
        if not self.new and not self.gone:
            return "No field is new, none is gone."
        gone = f", {len(self.gone)} gone" if self.gone else ""
        return f"{self._how_many_new}{gone}."

    @property
    def _how_many_new(self) -> str:
        return plural(len(self.new), "new field", "new fields") if self.new else "No new field"

    @property
    def text(self) -> str:
        """ "Fax was mapped: choose another field." """
        names = ", ".join(self.gone_mapped)
        if len(self.gone_mapped) == 1:
            return f"{names} was mapped: choose another field."
        return f"{names} were mapped: choose other fields." if names else ""

    def as_detail(self) -> JsonObject:
        """As history keeps it."""
        return {"new": [*self.new], "gone": [*self.gone], "mapped": [*self.gone_mapped]}


def refresh(app: ConsoleApp, visitor: Visitor, now: float) -> Refreshed:
    """Ask the org anew. Raises Unavailable, QuotaReached, ReconnectRequired, StoreUnavailable."""
    workspace = visitor.workspace
    before = _known_facts(app, workspace)
    after = app.orgs.crm(workspace).facts(refresh=True)
    mapped = _mapped(app, workspace)
    refreshed = compared(before, after, mapped)
    line = HistoryLine(now, "fields_refreshed", visitor.name, refreshed.as_detail())
    app.store.note(workspace, line)
    return refreshed


def _known_facts(app: ConsoleApp, workspace: str) -> OrgFacts | None:
    """The org's facts as they were last read."""
    known = app.orgs.known_facts(workspace)
    return known.facts if known is not None else None


def compared(before: OrgFacts | None, after: OrgFacts, mapped: frozenset[_Place]) -> Refreshed:
    """The difference between two readings, for those who map. `mapped` are (object, API name in
    lower case)."""
    if before is None:
        return Refreshed(first=True)
    was, now = _labels(before), _labels(after)
    gone, new = was.keys() - now.keys(), now.keys() - was.keys()
    lost = {place for place in gone if _in_lower_case(place) in mapped}
    return Refreshed(_in_order(now, new), _in_order(was, gone), _in_order(was, lost))


def _in_lower_case(place: _Place) -> _Place:
    return place[0], place[1].lower()


def _in_order(labels: Mapping[_Place, str], places: Set[_Place]) -> tuple[str, ...]:
    return tuple(labels[place] for place in sorted(places))


def _labels(facts: OrgFacts) -> dict[_Place, str]:
    """The label of every field, in the objects that the page shows."""
    known = [(name, facts.describes[name]) for name in OBJECTS if name in facts.describes]
    return {
        (object_, field.name): field.label
        for object_, describe in known
        for field in describe.fields.values()
    }


def _mapped(app: ConsoleApp, workspace: str) -> frozenset[_Place]:
    fields = for_everyone(app.rulebook.rules(workspace)).fields
    return frozenset(
        (object_, rule.field.lower())
        for object_, table in fields.items()
        for rule in table.values()
    )
