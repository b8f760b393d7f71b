"""An org's initial state: users, custom fields, rows, limits. Data only; can be loaded from a
JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeAlias

from zsf_plugin.emulator.errors import Json

#: By field, the values that a record type offers.
TypeValues: TypeAlias = "Mapping[str, Sequence[str]]"
#: Kinds of rule, each a list in the spec that can be added to later.
RULES = ("validation_rules", "duplicate_rules", "lookup_filters")
ADMIN: dict[str, Json] = {
    "Username": "admin@acme.example",
    "Email": "admin@acme.example",
    "FirstName": "Integration",
    "LastName": "User",
}
STATUSES: tuple[dict[str, Json], ...] = (
    {
        "ApiName": "Not Started",
        "MasterLabel": "Not Started",
        "IsDefault": True,
        "IsClosed": False,
        "SortOrder": 1,
    },
    {
        "ApiName": "In Progress",
        "MasterLabel": "In Progress",
        "IsDefault": False,
        "IsClosed": False,
        "SortOrder": 2,
    },
    {
        "ApiName": "Completed",
        "MasterLabel": "Completed",
        "IsDefault": False,
        "IsClosed": True,
        "SortOrder": 3,
    },
    {
        "ApiName": "Waiting on someone else",
        "MasterLabel": "Waiting on someone else",
        "IsDefault": False,
        "IsClosed": False,
        "SortOrder": 4,
    },
)


@dataclass(frozen=True, slots=True)
class OrgSpec:
    """The initial state of an org.

    `org_id`: by default a new one at each start, as are all record ids; `seed` makes the same ids
    again.
    `fields`: {object, name, type, length, externalId, unique, caseSensitive, picklist, restricted,
    required, hidden, encrypted, filterable}; fields of `Activity` appear on Task and Event.
    `field_changes`: {object, name} and the properties to change, as `change_field` takes them.
    `records`: rows by object; a row with `$id` "name" is referenced as "$name".
    `validation_rules`: {object, message} and {field, equals}, `where` or `blank`, as in
    `writes.validation`. `duplicate_rules`: {object, field,
    action}, where action is alert, block or report. `picklists`: {"Lead.Industry": [values] or
    {values, restricted}}. `assignment_rule_owner`: Username or id of the owner of each Lead
    written without `Sforce-Auto-Assign: FALSE`. `lookup_filters`: {object, field, where, equals}:
    the lookup accepts only rows whose field `where` has that value. `address_lists`: true turns on
    state and country picklists, with the usual countries and the states of Australia, Canada and
    the United States; `states` does so with other lists: {"Sweden": ["Stockholm"]} or {"Sweden":
    {"AB": "Stockholm"}}. `record_types`: {"Lead": {"Partner": {"Rating": ["Hot"]}}}, the values a
    type allows. `default_record_types`: {"Lead": "Partner"}, the type of a row that names none.
    `person_accounts` adds `IsPersonAccount`. `sends_date`: false leaves the `Date` header out.
    """

    name: str = "Acme (emulator)"
    org_id: str | None = None
    seed: int | None = None
    is_sandbox: bool = False
    users: Sequence[Mapping[str, Json]] = (ADMIN,)
    fields: Sequence[Mapping[str, Json]] = ()
    records: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    picklists: Mapping[str, Json] = field(default_factory=dict)
    task_statuses: Sequence[Mapping[str, Json]] = STATUSES
    validation_rules: Sequence[Mapping[str, Json]] = ()
    duplicate_rules: Sequence[Mapping[str, Json]] = ()
    assignment_rule_owner: str | None = None
    lookup_filters: Sequence[Mapping[str, Json]] = ()
    address_lists: bool = False
    states: Mapping[str, Json] = field(default_factory=dict)
    field_changes: Sequence[Mapping[str, Json]] = ()
    record_types: Mapping[str, Mapping[str, TypeValues]] = field(default_factory=dict)
    default_record_types: Mapping[str, str] = field(default_factory=dict)
    person_accounts: bool = False
    daily_limit: int = 115_000
    page_size: int = 2000
    refresh_rotation: bool = True
    latency_ms: int = 0
    sends_date: bool = True

    @classmethod
    def stock(cls) -> OrgSpec:
        """A stock org: one admin, no custom fields."""
        return cls()

    @classmethod
    def load(cls, path: Path) -> OrgSpec:
        """Load the spec from a JSON file. Raises ValueError for unknown keys and what is no JSON
        object."""
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise ValueError("not JSON in UTF-8") from error
        if not isinstance(document, dict):
            raise ValueError("not a JSON object")
        known = sorted(one.name for one in fields(cls))
        unknown = sorted(document.keys() - known)
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}: use {', '.join(known)}")
        if isinstance(document.get("users"), list):
            document["users"] = [ADMIN, *document["users"]]
        return cls(**document)
