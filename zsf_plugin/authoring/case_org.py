"""The org of a case: its facts, and its records in memory. What the event would write there comes
from the drain's own lookup and reconcile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from zsf_plugin.authoring.case_tables import WrongCase
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model import (
    Changes,
    Compare,
    FieldDescribe,
    Json,
    JsonObject,
    Lookup,
    LookupAnswers,
    LookupParts,
    ObjectDescribe,
    OrgFacts,
    Plan,
    Record,
    World,
)
from zsf_plugin.model.text import as_text, normal_form
from zsf_plugin.ports import Purpose
from zsf_plugin.sync.lookup import look_up_records

#: The facts of a new org with those fields, by object. Raises WrongOrg or another ValueError, which
#: says what is wrong.
FactsOf = Callable[[Mapping[str, Sequence[JsonObject]]], OrgFacts]

_PREFIXES = {"Lead": "00Q", "Contact": "003", "Account": "001", "Task": "00T", "User": "005"}


class WrongOrg(WrongCase):
    """A case's org cannot be."""


@dataclass(frozen=True, slots=True)
class CaseOrg:
    """The org of one case. Finds records as Salesforce does, in memory."""

    facts: OrgFacts
    records: Mapping[str, Sequence[Record]]

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> LookupAnswers:
        """As `Crm.find`. No record was merged into another."""
        del select, purpose  # every record has all fields, and nothing costs anything
        found: dict[str, Record] = {}
        for lookup in lookups:
            for record in self._matching(lookup):
                found[record.id] = record
        return LookupAnswers(list(found.values()))

    def _matching(self, lookup: Lookup) -> list[Record]:
        if lookup.merged:
            return []
        records = self.records.get(lookup.object, ())
        return [record for record in records if _matches(record, lookup.parts)]


@dataclass(slots=True)
class KnownFields:
    """The fields that orgs are known to have: those of a case's org, or of a new one, which is
    built once, if a case needs it."""

    build_facts: FactsOf
    _new: OrgFacts | None = None

    def of_org(self, org: CaseOrg | None) -> Callable[[str, str], bool]:
        """Whether an org has that field of that object."""

        def has_field(object_: str, name: str) -> bool:
            describe = self._facts(org).describes.get(object_)
            fields = () if describe is None else describe.fields
            return name.lower() in map(str.lower, fields)

        return has_field

    def _facts(self, org: CaseOrg | None) -> OrgFacts:
        if org is not None:
            return org.facts
        if self._new is None:
            self._new = self.build_facts({})
        return self._new


def changes_in(plan: Plan, org: CaseOrg) -> Changes:
    """What a plan would write in that org, as the drain decides it."""
    world = look_up_records([plan], World(org.facts), org, "purchases")
    return reconcile(plan, world)[0]


def org_of(document: JsonObject, facts_of: FactsOf) -> CaseOrg:
    """The org that a case describes. Raises WrongOrg."""
    facts = _facts(_rows_by_object(document, "fields"), facts_of)
    records = {}
    for object_, rows in _rows_by_object(document, "records").items():
        records[object_] = _records(facts.describes[object_], rows)
    return CaseOrg(facts, records)


def _rows_by_object(document: JsonObject, name: str) -> Mapping[str, Sequence[JsonObject]]:
    return cast("Mapping[str, Sequence[JsonObject]]", document.get(name, {}))


def _facts(fields: Mapping[str, Sequence[JsonObject]], facts_of: FactsOf) -> OrgFacts:
    try:
        return facts_of(fields)
    except WrongOrg:
        raise
    except ValueError as error:
        raise WrongOrg(("org", "fields"), str(error)) from error


def _records(describe: ObjectDescribe, rows: Sequence[JsonObject]) -> list[Record]:
    """Those that `Crm.find` finds: of users, only active ones."""
    records = [_record(describe, index, row) for index, row in enumerate(rows)]
    return [record for record in records if record.values.get("IsActive") is not False]


def _record(describe: ObjectDescribe, index: int, row: JsonObject) -> Record:
    values = _blank_values(describe)
    for name, value in row.items():
        if name != "Id":
            values[_field_name(describe, index, name)] = value
    id_of_row = f"{_PREFIXES[describe.name]}{index:012d}AAA"
    return Record(describe.name, str(row.get("Id", id_of_row)), values)


def _blank_values(describe: ObjectDescribe) -> dict[str, Json]:
    """What a record has whose fields nobody filled."""
    values = {field.name: _blank_value(field) for field in describe.fields.values()}
    return {**values, "IsActive": True}


def _blank_value(field: FieldDescribe) -> Json:
    return False if field.type == "boolean" else None


def _field_name(describe: ObjectDescribe, index: int, name: str) -> str:
    """The name as the org spells it."""
    known = describe.field(name)
    if known is not None:
        return known.name
    if name == "IsActive":
        return name
    raise WrongOrg(("org", "records", describe.name, index, name), _unknown(describe, name))


def _unknown(describe: ObjectDescribe, name: str) -> str:
    near = get_close_matches(name, describe.fields, 1)
    hint = f"did you mean '{near[0]}'?" if near else "add it to [case.org.fields]"
    return f"{describe.name} has no field '{name}' in this org; {hint}"


def _matches(record: Record, parts: LookupParts) -> bool:
    return all(_has(record, *part) for part in parts)


def _has(record: Record, name: str, compare: Compare, value: str) -> bool:
    """Whether the record has that value, as it is compared."""
    text = as_text(record.value_of(name))
    wanted = normal_form(compare, value)
    if text is None or wanted is None:
        return False
    return normal_form(compare, text) == wanted
