"""The org of a case: its facts, and its records in memory. What the event would write there comes
from the drain's own lookup and reconcile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model import (
    Changes,
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


class WrongOrg(ValueError):
    """A case's org cannot be: `place` is the path below the case, and the message says why."""

    def __init__(self, place: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.place = place


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
            for record in () if lookup.merged else self.records.get(lookup.object, ()):
                if _matches(record, lookup.parts):
                    found[record.id] = record
        return LookupAnswers([*found.values()])


def changes_in(plan: Plan, org: CaseOrg) -> Changes:
    """What a plan would write in that org, as the drain decides it."""
    world = look_up_records([plan], World(org.facts), org, "purchases")
    return reconcile(plan, world)[0]


def org_of(document: JsonObject, facts_of: FactsOf) -> CaseOrg:
    """The org that a case describes. Raises WrongOrg."""
    fields = cast("Mapping[str, Sequence[JsonObject]]", document.get("fields", {}))
    try:
        facts = facts_of(fields)
    except WrongOrg:
        raise
    except ValueError as error:
        raise WrongOrg(("org", "fields"), str(error)) from error
    rows = cast("Mapping[str, Sequence[JsonObject]]", document.get("records", {}))
    records: dict[str, Sequence[Record]] = {}
    for object_, given in rows.items():
        describe = facts.describes[object_]
        made = [_record(describe, index, row) for index, row in enumerate(given)]
        # as in `Crm.find`: only active users are found
        records[object_] = [one for one in made if one.values.get("IsActive") is not False]
    return CaseOrg(facts, records)


def _record(describe: ObjectDescribe, index: int, row: JsonObject) -> Record:
    values: dict[str, Json] = {}
    for field in describe.fields.values():
        values[field.name] = False if field.type == "boolean" and field.name != "IsActive" else None
    values["IsActive"] = True
    record_id = f"{_PREFIXES[describe.name]}{index:012d}AAA"
    for name, value in row.items():
        known = describe.field(name)
        if name == "Id":
            record_id = str(value)
        elif known is None and name != "IsActive":
            raise WrongOrg(_place(describe, index, name), _unknown(describe, name))
        else:
            values[known.name if known is not None else name] = value
    return Record(describe.name, record_id, values)


def _place(describe: ObjectDescribe, index: int, name: str) -> tuple[str | int, ...]:
    return ("org", "records", describe.name, index, name)


def _unknown(describe: ObjectDescribe, name: str) -> str:
    near = get_close_matches(name, describe.fields, 1)
    hint = f"did you mean '{near[0]}'?" if near else "add it to [case.org.fields]"
    return f"{describe.name} has no field '{name}' in this org; {hint}"


def _matches(record: Record, parts: LookupParts) -> bool:
    for name, compare, value in parts:
        text = as_text(record.value_of(name))
        wanted = normal_form(compare, value)
        if text is None or wanted is None or normal_form(compare, text) != wanted:
            return False
    return True
