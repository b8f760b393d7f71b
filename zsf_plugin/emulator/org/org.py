"""One org in memory: its objects, rows, users, limits and counters, behind one lock. Speaks no
HTTP."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from zsf_plugin.emulator.errors import Json, SalesforceError, not_found
from zsf_plugin.emulator.org.address_lists import ADDRESSES, AddressLists
from zsf_plugin.emulator.org.conditions import Conditions, RefusalScript
from zsf_plugin.emulator.org.permissions import Permissions, granted
from zsf_plugin.emulator.org.records import Records, set_derived_fields
from zsf_plugin.emulator.org.schema import Field, NewRow, ObjectType, Row
from zsf_plugin.emulator.org.spec import RULES, OrgSpec, TypeValues
from zsf_plugin.emulator.org.values import (
    canonical_id,
    find_folded,
    make_id,
    now_as_datetime,
)

#: Ids are made of six digits of base 62: the first ones are drawn so that none has fewer, and each
#: object has room for millions.
_FIRST_NUMBERS = range(62**5, 62**6 - 62**4)


@dataclass(slots=True, eq=False)
class Org:
    """State of one org. Hold `lock` around anything that must be consistent.

    `acting_user_id`: the user of the current request. `hidden`: (object, field) pairs that no user
    sees until granted. `locked`: ids locked by an approval process. `unindexed`: ids that search
    does not find yet. `save_size`: number of records in the current save. `cursors`: the rows
    behind each locator. `jobs`: those of Bulk API 2.0, by id. `resources`: requests by resource.
    `rules`: by kind of rule, the rules in force, as in the spec. `record_types`: by object, each
    type's name by id. `type_values`: by object and type, the values it offers by field.
    `default_types`: by object, the type of rows that name none. `address_lists`: None while state
    and country picklists are off. `clock_ahead_s`: seconds added to the clock, for codes, sessions,
    approvals and `Date`.
    """

    spec: OrgSpec
    objects: dict[str, ObjectType]
    lock: threading.RLock = field(default_factory=threading.RLock)
    records: Records = field(init=False)
    daily_limit: int = field(init=False)
    page_size: int = field(init=False)
    latency_ms: int = field(init=False)
    conditions: Conditions = field(default_factory=Conditions)
    refusals: RefusalScript = field(default_factory=RefusalScript)
    permissions: dict[str, Permissions] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    unindexed: set[str] = field(default_factory=set)
    rules: dict[str, list[Mapping[str, Json]]] = field(init=False)
    record_types: dict[str, dict[str, str]] = field(default_factory=dict)
    type_values: dict[str, dict[str, TypeValues]] = field(default_factory=dict)
    default_types: dict[str, str] = field(default_factory=dict)
    address_lists: AddressLists | None = None
    cursors: list[list[dict[str, Json]]] = field(default_factory=list)
    jobs: dict[str, object] = field(default_factory=dict)
    resources: Counter[str] = field(default_factory=Counter)
    acting_user_id: str = ""
    save_size: int = 1
    used: int = 0
    clock_ahead_s: int = 0
    session_minutes: int = 120
    idle_days: int = 30
    org_id: str = ""
    admin_id: str = ""
    assignment_owner: str | None = None
    _field_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)
    _first_number: int = 0

    def __post_init__(self) -> None:
        chance = random.Random(self.spec.seed)  # noqa: S311 - reproducible, not secret
        self.org_id = _org_id(self.spec.org_id, chance.choice(_FIRST_NUMBERS))
        self._first_number = chance.choice(_FIRST_NUMBERS)
        self.records = Records(self.objects)
        self.rules = {name: list(getattr(self.spec, name)) for name in RULES}
        self.default_types |= self.spec.default_record_types
        self.daily_limit = self.spec.daily_limit
        self.page_size = self.spec.page_size
        self.latency_ms = self.spec.latency_ms
        self.conditions.sends_date = self.spec.sends_date

    @property
    def remaining(self) -> int:
        """Calls left of the daily limit."""
        return max(self.daily_limit - self.used, 0)

    def check_request(self) -> None:
        """Raises SalesforceError if the org, or the acting user, may not call the API."""
        self.conditions.check_request()
        self.permissions_of().check_request()

    @property
    def rows(self) -> Mapping[str, Mapping[str, Row]]:
        """Every object's rows by id, to read."""
        return self.records.rows

    def object_type(self, name: str) -> ObjectType:
        """The object of that name, ignoring case. Raises NOT_FOUND."""
        found = find_folded(self.objects, name)
        if found is not None and found.name not in self.permissions_of().hidden_objects:
            return found
        raise not_found()

    # -- Users and what they can see -------------------------------------------------------------

    def active_user(self, username: str) -> Row | None:
        """The active user with that username, or None."""
        named = self.records.find("User", "Username", username)
        return next((row for row in named if row["IsActive"]), None)

    def record_type_name(self, object_: ObjectType, type_id: Json) -> str | None:
        """The name of an object's record type, or None for an unknown id."""
        return self.record_types_of(object_).get(str(type_id))

    def record_types_of(self, object_: ObjectType) -> Mapping[str, str]:
        """An object's record type names by id, without the master record type."""
        return self.record_types.get(object_.name, {})

    def default_record_type(self, object_: ObjectType) -> str | None:
        """The id of the type of rows that name none; None if that is the master record type."""
        wanted = self.default_types.get(object_.name)
        types = self.record_types_of(object_)
        return next((type_id for type_id, name in types.items() if name == wanted), None)

    def allowed_values(self, object_: ObjectType, record_type: str | None) -> TypeValues:
        """By field, the values that a record type allows; empty for an unknown type."""
        return self.type_values.get(object_.name, {}).get(record_type or "", {})

    def user_id(self, user: str) -> str:
        """The id of a user named by id or by Username. Raises ValueError for an unknown one."""
        for record_id, row in self.rows["User"].items():
            if user == row["Username"] or canonical_id(user) == record_id:
                return record_id
        raise ValueError(f"unknown user {user!r}; give a Username or an id")

    def permissions_of(self, user_id: str | None = None) -> Permissions:
        """The permissions of a user, by default of the acting user."""
        return self.permissions.get(user_id or self.acting_user_id) or Permissions()

    def set_permissions(self, user: str, document: Mapping[str, Json]) -> None:
        """Change the permissions of a user, given by id or Username. Raises ValueError."""
        user_id = self.user_id(user)
        self.permissions[user_id] = self.permissions_of(user_id).with_changes(document)
        for object_ in self.objects.values():
            object_.mark_changed()

    def visible(self, object_: ObjectType, name: str) -> Field | None:
        """The field as the acting user sees it; None if field-level security hides it (§8)."""
        found = object_.find(name)
        if found is not None and (object_.name, found.name) in self.hidden:
            found = granted(self.records, self.acting_user_id, object_.name, found)
        return found and self.permissions_of().as_seen(object_.name, found)

    def visible_fields(self, object_: ObjectType) -> list[Field]:
        """All fields the acting user can see."""
        found = (self.visible(object_, name) for name in object_.fields)
        return [one for one in found if one is not None]

    def shared(self, row: Mapping[str, Json]) -> bool:
        """Whether the acting user can see the row."""
        return row.get("Id") not in self.permissions_of().unshared

    def visible_objects(self) -> list[ObjectType]:
        """All objects the acting user can see."""
        hidden = self.permissions_of().hidden_objects
        return [one for one in self.objects.values() if one.name not in hidden]

    def visible_rows(self, object_: ObjectType) -> list[Row]:
        """The object's rows that the acting user can see, including the recycle bin."""
        return [row for row in self.rows[object_.name].values() if self.shared(row)]

    # -- Administration --------------------------------------------------------------------------

    def add_field(self, object_: ObjectType, new: Field, *, hidden: bool = False) -> None:
        """Add a field to an object, and its default value to every row."""
        object_.fields[new.name] = new
        object_.mark_changed()
        for row in list(self.rows[object_.name].values()):
            if new.name not in row:
                self.records.store(object_.name, {**row, new.name: new.default})
        if hidden:
            self.hidden.add((object_.name, new.name))

    def replace_field(self, object_: ObjectType, changed: Field) -> None:
        """Put a field in the place of the one of its name."""
        object_.fields[changed.name] = changed
        object_.mark_changed()

    def use_address_lists(self, states: Mapping[str, Json]) -> None:
        """Turn on state and country picklists, the usual ones if none are given: addresses get code
        fields, and the values of existing rows their codes."""
        self.address_lists = lists = AddressLists.of(states)
        for name, prefixes in ADDRESSES.items():
            object_ = self.objects[name]
            for prefix in prefixes:
                for code in lists.fields(prefix):
                    self.add_field(object_, code)
            for stored in list(self.rows[name].values()):
                row = dict(stored)
                self._keep_in_step(object_, row, row)
                self.records.store(name, row)

    def _keep_in_step(self, object_: ObjectType, row: NewRow, changes: NewRow) -> None:
        """Set the labels and codes that go with an admin's changes; what is off the lists stays."""
        if self.address_lists is not None:
            with suppress(SalesforceError):
                row |= self.address_lists.settled(object_.name, row, changes)

    def field_id(self, table: str, name: str) -> str:
        """The id of a custom field's own record; `table` is Activity for fields of Task and
        Event."""
        new_id = self._make_id("00N", len(self._field_ids))
        return self._field_ids.setdefault((table, name), new_id)

    def new_id(self, object_: ObjectType) -> str:
        """Allocate the object's next record id."""
        number = self._numbers[object_.prefix]
        self._numbers[object_.prefix] += 1
        return self._make_id(object_.prefix, number)

    def add_job(self, job: object) -> str:
        """Store a job under a new id, and return that."""
        job_id = self._make_id("750", len(self.jobs))
        self.jobs[job_id] = job
        return job_id

    def _make_id(self, prefix: str, number: int) -> str:
        """The id of the org's record with that number, counted from 0."""
        return make_id(prefix, self._first_number + number)

    def seed(
        self, object_name: str, values: Mapping[str, Json], names: dict[str, str] | None = None
    ) -> str:
        """Insert a row without checks or counting, like an admin's import. Returns its id.

        `names`: the ids that "$name" stands for so far; a row with a `$id` adds its own.
        """
        object_ = self.object_type(object_name)
        names = names if names is not None else {}
        own_name, given = values.get("$id"), _resolved(values, names)
        record_id = self.new_id(object_)
        row = object_.defaults() | given | {"Id": record_id, "IsDeleted": False}
        self._keep_in_step(object_, row, row)
        self._complete(object_, row)
        self.records.store(object_.name, row)
        if isinstance(own_name, str):
            names[f"${own_name}"] = record_id
        return record_id

    def _complete(self, object_: ObjectType, row: NewRow) -> None:
        """Fill in a row's timestamps, owner and derived fields."""
        now = now_as_datetime()
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            row[name] = row.get(name) or now
        if "OwnerId" in object_.fields:
            row["OwnerId"] = row.get("OwnerId") or self.admin_id
        set_derived_fields(self.records, object_, row)

    def edit(self, object_name: str, record_id: str, changes: Mapping[str, Json]) -> str:
        """Change a row without checks, as an administrator. Returns its id. Raises KeyError."""
        old, object_ = self.row(object_name, record_id), self.object_type(object_name)
        now = now_as_datetime()
        row = {**old, "SystemModstamp": now, "LastModifiedDate": now, **changes}
        row["LastModifiedById"] = changes.get("LastModifiedById") or self.admin_id
        self._keep_in_step(object_, row, dict(changes))
        set_derived_fields(self.records, object_, row)
        self.records.store(object_.name, row)
        return str(row["Id"])

    def lock_record(self, value: Json) -> None:
        """Lock a record, like an approval process. Raises ValueError for an invalid id."""
        record_id = canonical_id(value)
        if record_id is None:
            raise ValueError(f"{value!r} is not a record id")
        self.locked.add(record_id)

    def row(self, object_name: str, record_id: str) -> Row:
        """A row by either form of its id, including deleted ones. Raises KeyError."""
        rows = self.rows[self.object_type(object_name).name]
        return rows[canonical_id(record_id) or record_id]

    def clear_records(self) -> None:
        """Remove every Lead, Contact, Account and Task."""
        for name in ("Lead", "Contact", "Account", "Task"):
            self.records.clear(name)


def _org_id(given: str | None, number: int) -> str:
    """The org id of a spec, or one of this number. Raises ValueError."""
    org_id = make_id("00D", number) if given is None else canonical_id(given)
    if org_id is None or not org_id.startswith("00D"):
        raise ValueError(f"org_id is {given!r}; it must be an id that begins with 00D")
    return org_id


def _resolved(values: Mapping[str, Json], names: Mapping[str, str]) -> NewRow:
    """A row's values, with "$name" references replaced by ids."""
    return {key: _with_id(value, names) for key, value in values.items() if key != "$id"}


def _with_id(value: Json, names: Mapping[str, str]) -> Json:
    """A "$name" as the id that it stands for; any other value as it is."""
    return names.get(value, value) if isinstance(value, str) else value
