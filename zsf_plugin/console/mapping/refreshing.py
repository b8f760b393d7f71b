"""Reading the org's own fields anew, and what is new or gone by then. Making one that is missing is
`new_field`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console.labels import plural
from zsf_plugin.console.mapping.drafts import OBJECTS
from zsf_plugin.console.options import Visitor
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.model import JsonObject, OrgFacts
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

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
        new = plural(len(self.new), "new field", "new fields") if self.new else "No new field"
        return f"{new}, {len(self.gone)} gone." if self.gone else f"{new}."

    @property
    def text(self) -> str:
        """ "Fax was mapped: choose another field." """
        if not self.gone_mapped:
            return ""
        verb = "was" if len(self.gone_mapped) == 1 else "were"
        which = "another field" if len(self.gone_mapped) == 1 else "other fields"
        return f"{', '.join(self.gone_mapped)} {verb} mapped: choose {which}."

    def as_detail(self) -> JsonObject:
        """As history keeps it."""
        return {"new": [*self.new], "gone": [*self.gone], "mapped": [*self.gone_mapped]}


def refresh(app: ConsoleApp, visitor: Visitor, now: float) -> Refreshed:
    """Ask the org anew. Raises Unavailable, QuotaReached, ReconnectRequired, StoreUnavailable."""
    workspace = visitor.workspace
    before = app.orgs.known_facts(workspace)
    after = app.orgs.crm(workspace).facts(refresh=True)
    mapped = _mapped(app, workspace)
    refreshed = compared(before.facts if before is not None else None, after, mapped)
    line = HistoryLine(now, "fields_refreshed", visitor.name, refreshed.as_detail())
    app.store.note(workspace, line)
    return refreshed


def compared(before: OrgFacts | None, after: OrgFacts, mapped: frozenset[_Place]) -> Refreshed:
    """The difference between two readings, for those who map. `mapped` are (object, API name in
    lower case)."""
    if before is None:
        return Refreshed(first=True)
    was, now = _labels(before), _labels(after)
    gone = {place: label for place, label in was.items() if place not in now}
    new = {place: label for place, label in now.items() if place not in was}
    lost = {one: label for one, label in gone.items() if (one[0], one[1].lower()) in mapped}
    return Refreshed(_in_order(new), _in_order(gone), _in_order(lost))


def _in_order(labels: Mapping[_Place, str]) -> tuple[str, ...]:
    return tuple(labels[place] for place in sorted(labels))


def _labels(facts: OrgFacts) -> dict[_Place, str]:
    found: dict[_Place, str] = {}
    for name in OBJECTS:
        describe = facts.describes.get(name)
        for field in describe.fields.values() if describe is not None else ():
            found[name, field.name] = field.label
    return found


def _mapped(app: ConsoleApp, workspace: str) -> frozenset[_Place]:
    places: set[_Place] = set()
    for object_, table in for_everyone(app.rulebook.rules(workspace)).fields.items():
        places |= {(object_, rule.field.lower()) for rule in table.values()}
    return frozenset(places)
