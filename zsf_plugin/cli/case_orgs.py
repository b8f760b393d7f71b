"""The orgs of cases: what a new org of Salesforce's describes, with the fields that a case adds or
changes. Nothing is called: the emulator builds the describes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import cast

from zsf_plugin.authoring.case_org import WrongOrg
from zsf_plugin.emulator import OrgSpec
from zsf_plugin.emulator.org.populate import new_org
from zsf_plugin.emulator.org.spec import STATUSES
from zsf_plugin.emulator.org.stock import stock_objects
from zsf_plugin.emulator.resources.describe import object_describe
from zsf_plugin.model import EXTERNAL_ID_FIELD, JsonObject, OrgFacts, is_external_id
from zsf_plugin.wiring.described import facts_of_describes

_OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
#: As `zsf provision` creates it.
_ID_FIELD: JsonObject = {
    "name": EXTERNAL_ID_FIELD,
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}
_ID_FIELDS: tuple[JsonObject, ...] = (
    {"object": "Lead", **_ID_FIELD},
    {"object": "Contact", **_ID_FIELD},
    {"object": "Account", **_ID_FIELD},
    {"object": "Activity", **_ID_FIELD},
)
#: What the emulator changes of a field only once it exists.
_RIGHTS = frozenset({"createable", "updateable"})


def facts_of_case(fields: Mapping[str, Sequence[JsonObject]]) -> OrgFacts:
    """The facts of a new org with `Zaplify_Id__c` and those fields, by object. Raises WrongOrg
    for what no org has."""
    org_fields = _OrgFields()
    for object_, documents in fields.items():
        for index, document in enumerate(documents):
            org_fields.take(_CaseField(object_, index, document))
    return _facts(OrgSpec(fields=org_fields.added, field_changes=org_fields.changes))


def _facts(spec: OrgSpec) -> OrgFacts:
    org = new_org(spec)
    describes = {}
    for name in _OBJECTS:
        describes[name] = cast(JsonObject, object_describe(org, org.object_type(name)))
    return facts_of_describes(describes, [dict(status) for status in STATUSES])


@cache
def _standard_fields(object_: str) -> dict[str, tuple[str, str]]:
    """(name, type) of each field of a new org, by the name in lower case."""
    fields = stock_objects()[object_].fields.values()
    return {known.name.lower(): (known.name, known.type) for known in fields}


@dataclass(frozen=True, slots=True)
class _CaseField:
    """A field as a case describes it, and its place among those of its object."""

    object: str
    index: int
    document: JsonObject

    @property
    def name(self) -> str:
        return str(self.document["name"])

    def only(self, names: Collection[str]) -> JsonObject:
        """Its object, and those of its properties."""
        kept = {name: value for name, value in self.document.items() if name in names}
        return {"object": self.object, **kept}

    def check_type(self, standard: str) -> None:
        """Raise WrongOrg if it has another type than the standard field it changes."""
        if self.document.get("type", standard) != standard:
            said = f"{self.object}.{self.name} is a standard field of type {standard}"
            place = ("org", "fields", self.object, self.index, "type")
            raise WrongOrg(place, f"{said}; leave its type out")


@dataclass(slots=True)
class _OrgFields:
    """How the fields of an org differ from those of a new one."""

    added: list[JsonObject] = field(default_factory=lambda: list(_ID_FIELDS))
    changes: list[JsonObject] = field(default_factory=list)

    def take(self, one: _CaseField) -> None:
        """Take in a field, unless each org has it here."""
        if is_external_id(one.name):
            return
        standard = _standard_fields(one.object).get(one.name.lower())
        if standard is None:
            self._add(one)
        else:
            self._change(one, *standard)

    def _add(self, one: _CaseField) -> None:
        self.added.append(one.only(one.document.keys() - _RIGHTS))
        self.changes.append(one.only({"name", *_RIGHTS}))

    def _change(self, one: _CaseField, name: str, type_: str) -> None:
        one.check_type(type_)
        changed = one.only(one.document.keys() - {"type"})
        self.changes.append({**changed, "name": name})
