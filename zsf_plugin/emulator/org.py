"""One org in memory: its objects, rows, users, limits and counters, behind one lock. Speaks no
HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from zsf_plugin.emulator.conditions import Conditions
from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.grants_of_fields import granted
from zsf_plugin.emulator.ids import canonical, make_id
from zsf_plugin.emulator.permissions import Permissions
from zsf_plugin.emulator.refusals import RefusalScript
from zsf_plugin.emulator.schema import SETUP_OBJECTS, Field, ObjectType, stock_objects
from zsf_plugin.emulator.spec import OrgSpec

Row = dict[str, Json]
#: Types of fields that have no length.
_NO_LENGTH = frozenset({"boolean", "date", "datetime", "double", "int", "currency", "percent"})


class Org:
    """State of one org. Use `lock` around anything that must be seen whole; `undo_on_error` to take
    writes back."""

    def __init__(self, spec: OrgSpec) -> None:
        self.spec = spec
        self.lock = threading.RLock()
        self.objects: dict[str, ObjectType] = stock_objects()
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in self.objects}
        self.hidden: set[tuple[str, str]] = set()
        self._field_ids: dict[tuple[str, str], str] = {}
        self.conditions = Conditions()
        self.refusals = RefusalScript()
        self.permissions: dict[str, Permissions] = {}
        self.acting = ""
        self.locked: set[str] = set()
        self.unindexed: set[str] = set()
        self.clock_ahead_s = 0
        self.session_minutes = 120
        self.idle_days = 30
        self.save_size = 1
        self.record_types: dict[str, dict[str, str]] = {}
        self.daily_limit = spec.daily_limit
        self.used = 0
        self.page_size = spec.page_size
        self.latency_ms = spec.latency_ms
        self.cursors: list[list[dict[str, Json]]] = []
        self.resources: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._undo: list[tuple[str, str, Row | None]] | None = None
        self._written: set[bool] = set()
        self.org_id = make_id("00D", 4_000_017)
        self.admin_id = ""
        self.assignment_owner: str | None = None
        self._furnish()

    def object_type(self, name: str) -> ObjectType:
        """The object of that name, in whatever case. Raises NOT_FOUND."""
        found = self.objects.get(name) or next(
            (o for o in self.objects.values() if o.name.lower() == name.lower()), None
        )
        if found is None or found.name in self.allowed().hidden_objects:
            raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
        return found

    def active_user(self, username: str) -> Row | None:
        """The active user of that username, or None."""
        for row in self.rows["User"].values():
            if row["Username"] == username and row["IsActive"]:
                return row
        return None

    def allowed(self, user_id: str | None = None) -> Permissions:
        """What a user may, or whoever the request at hand is from."""
        return self.permissions.get(user_id or self.acting) or Permissions()

    def visible(self, object_: ObjectType, name: str) -> Field | None:
        """The field as the acting user has it; None where field-level security hides it (§8)."""
        field = object_.find(name)
        if field is not None and (object_.name, field.name) in self.hidden:
            field = granted(self.rows, self.acting, object_.name, field)
        if field is None:
            return None
        allowed, whole = self.allowed(), f"{object_.name}.{field.name}"
        if whole in allowed.hidden_fields:
            return None
        return (
            replace(field, createable=False, updateable=False)
            if whole in allowed.read_only_fields
            else field
        )

    def visible_fields(self, object_: ObjectType) -> list[Field]:
        """All fields the acting user sees."""
        found = (self.visible(object_, name) for name in object_.fields)
        return [field for field in found if field is not None]

    def shared(self, row: Mapping[str, Json]) -> bool:
        """Whether the acting user may see the row at all."""
        return row.get("Id") not in self.allowed().unshared

    def set_permissions(self, user: str, document: Mapping[str, Json]) -> None:
        """Change what a user, named by id or by Username, may. Raises ValueError."""
        user_id = self._user_id(user)
        if user_id is not None:
            self.permissions[user_id] = self.allowed(user_id).changed(document)
            for object_ in self.objects.values():
                object_.changed = _http_now()

    def merge(self, object_name: str, winner: str, loser: str) -> None:
        """Merge two rows as a person would in the browser: the loser goes, and names the winner (§9
        trap 24)."""
        rows = self.rows[self.object_type(object_name).name]
        kept, gone = rows[canonical(winner) or winner], rows[canonical(loser) or loser]
        gone |= {"IsDeleted": True, "MasterRecordId": kept["Id"], "SystemModstamp": stamp()}
        for task in self.rows["Task"].values():
            task["WhoId"] = kept["Id"] if task.get("WhoId") == gone["Id"] else task.get("WhoId")

    def get(self, record_id: object, *, deleted: bool = False) -> tuple[ObjectType, Row] | None:
        """The row of that id, in either form; a deleted one only when asked for."""
        whole = canonical(record_id)
        for name, rows in self.rows.items():
            row = rows.get(whole or "")
            if row is not None:
                return (self.objects[name], row) if deleted or not row["IsDeleted"] else None
        return None

    def put(self, object_: ObjectType, row: Row) -> None:
        """Store a row, old or new, remembering what was there while `undo_on_error` runs."""
        record_id = str(row["Id"])
        if self._undo is not None:
            self._refuse_mixed(object_)
            old = self.rows[object_.name].get(record_id)
            self._undo.append((object_.name, record_id, dict(old) if old is not None else None))
        self.rows[object_.name][record_id] = row
        if self.conditions.search_lag:
            self.unindexed.add(record_id)

    def new_id(self, object_: ObjectType) -> str:
        """The object's next id."""
        self._numbers[object_.prefix] += 1
        return make_id(object_.prefix, self._numbers[object_.prefix])

    @contextmanager
    def undo_on_error(self) -> Iterator[None]:
        """Take back every write of the block when it raises."""
        outer, self._undo = self._undo, []
        self._written = self._written if outer is not None else set()
        counted = Counter(self.writes)
        try:
            yield
        except BaseException:
            for name, record_id, old in reversed(self._undo):
                if old is None:
                    del self.rows[name][record_id]
                else:
                    self.rows[name][record_id] = old
            self.writes = counted
            self._undo = outer
            raise
        if outer is not None:
            outer += self._undo
        self._undo = outer

    def _refuse_mixed(self, object_: ObjectType) -> None:
        """Rows of setup and of data share no transaction (§9 trap 40)."""
        self._written.add(object_.name in SETUP_OBJECTS)
        if len(self._written) > 1:
            words = (
                "DML operation on setup object is not permitted after you have updated a "
                "non-setup object"
            )
            raise bad("MIXED_DML_OPERATION", f"{words} (or vice versa): {object_.name}")

    def add_field(self, spec: Mapping[str, Json], *, hidden: bool = False) -> None:
        """Create a custom field; one of `Activity` shows on Task and Event (§8)."""
        for name in ("Task", "Event") if spec["object"] == "Activity" else (str(spec["object"]),):
            self._add_field(self.object_type(name), spec, hidden=hidden)

    def _add_field(self, object_: ObjectType, spec: Mapping[str, Json], *, hidden: bool) -> None:
        made = _custom_field(spec)
        object_.fields[made.name] = made
        object_.changed = _http_now()
        for row in self.rows[object_.name].values():
            row.setdefault(made.name, made.default)
        if hidden or spec.get("hidden"):
            self.hidden.add((object_.name, made.name))

    def field_id(self, table: str, name: str) -> str:
        """The id of a custom field's own record; `table` is Activity for those of Task and
        Event."""
        return self._field_ids.setdefault((table, name), make_id("00N", len(self._field_ids) + 1))

    def seed(
        self, object_name: str, values: Mapping[str, Json], names: dict[str, str] | None = None
    ) -> str:
        """Insert a row as an admin's import would: no rules, no accounting. Returns its id."""
        object_ = self.object_type(object_name)
        known = names if names is not None else {}
        row: Row = {field.name: field.default for field in object_.fields.values()}
        given = {key: value for key, value in values.items() if key != "$id"}
        row |= {
            key: known.get(value, value) if isinstance(value, str) else value
            for key, value in given.items()
        }
        now = stamp()
        row |= {
            "Id": self.new_id(object_),
            "IsDeleted": False,
            "CreatedDate": row.get("CreatedDate") or now,
        }
        row |= {key: row.get(key) or now for key in ("LastModifiedDate", "SystemModstamp")}
        if "OwnerId" in object_.fields and not row.get("OwnerId"):
            row["OwnerId"] = self.admin_id
        derive(self, object_, row)
        self.rows[object_.name][str(row["Id"])] = row
        if isinstance(values.get("$id"), str):
            known[f"${values['$id']}"] = str(row["Id"])
        return str(row["Id"])

    def empty(self) -> None:
        """Forget every Lead, Contact, Account and Task: a fresh start for another rehearsal in the
        same org."""
        for name in ("Lead", "Contact", "Account", "Task"):
            self.rows[name].clear()

    def _furnish(self) -> None:
        for pointer, values in self.spec.picklists.items():
            self._set_picklist(pointer, values)
        for field in self.spec.fields:
            self.add_field(field)
        for name in ("Account", "Contact") if self.spec.person_accounts else ():
            flag: dict[str, Json] = {"object": name, "name": "IsPersonAccount", "type": "boolean"}
            self.add_field({**flag, "label": "Is Person Account"})
        for object_name, types in self.spec.record_types.items():
            self._add_record_types(object_name, list(types))
        names: dict[str, str] = {}
        users = [
            self.seed("User", _copied(user) if self.spec.is_sandbox else user, names)
            for user in self.spec.users
        ]
        self.admin_id = users[0]
        self.assignment_owner = self._user_id(self.spec.assignment_rule_owner)
        organization: Row = {
            "Name": self.spec.name,
            "IsSandbox": self.spec.is_sandbox,
            "OrganizationType": "Enterprise Edition",
        }
        record_id = self.seed("Organization", organization)
        self.rows["Organization"][self.org_id] = self.rows["Organization"].pop(record_id) | {
            "Id": self.org_id
        }
        for status in self.spec.task_statuses:
            self.seed("TaskStatus", status)
        for at, value in enumerate(self.objects["Lead"].fields["Status"].picklist):
            converted = value == "Closed - Converted"
            status = {
                "ApiName": value,
                "MasterLabel": value,
                "IsDefault": at == 0,
                "IsConverted": converted,
            }
            self.seed(
                "LeadStatus",
                {**status, "SortOrder": at + 1, "IsClosed": value.startswith("Closed")},
            )
        for object_name, rows in self.spec.records.items():
            for row in rows:
                self.seed(object_name, row, names)

    def _add_record_types(self, object_name: str, names: list[str]) -> None:
        reference = Field(
            "RecordTypeId", "reference", 18, label="Record Type", references=("RecordType",)
        )
        object_ = self.object_type(object_name)
        object_.fields["RecordTypeId"] = replace(reference, relationship="RecordType")
        self.record_types[object_.name] = {
            self.seed(
                "RecordType", {"Name": name, "DeveloperName": name, "SobjectType": object_.name}
            ): name
            for name in names
        }

    def _user_id(self, owner: str | None) -> str | None:
        """The id of a user named by id or by username. Raises ValueError for an unknown one."""
        if owner is None:
            return None
        users = self.rows["User"]
        found = next(
            (
                one
                for one, row in users.items()
                if owner == row["Username"] or canonical(owner) == one
            ),
            None,
        )
        if found is None:
            raise ValueError(f"{owner!r} is no user; name one by Username or id")
        return found

    def _set_picklist(self, pointer: str, values: Json) -> None:
        object_name, _, name = pointer.partition(".")
        object_ = self.object_type(object_name)
        table = values if isinstance(values, dict) else {"values": values}
        items = tuple(str(item) for item in table["values"])  # type: ignore[union-attr]  # a list by the spec
        restricted = bool(table.get("restricted", object_.fields[name].restricted))
        object_.fields[name] = replace(object_.fields[name], picklist=items, restricted=restricted)


def stamp() -> str:
    """Now, as Salesforce writes a dateTime (“Values in JSON”)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _copied(user: Mapping[str, Json]) -> Mapping[str, Json]:
    """A user as a sandbox's copy has it: mail to it leads nowhere (§9 trap 27)."""
    email = str(user.get("Email"))
    return {**user, "Email": email if email.endswith(".invalid") else f"{email}.invalid"}


def _http_now() -> str:
    return datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def derive(org: Org, object_: ObjectType, row: Row) -> None:
    """What the org computes in the same save: a person's compound Name (§9 trap 47), a Task's state
    and account."""
    if "LastName" in row:
        row["Name"] = (
            " ".join(str(row[key]) for key in ("FirstName", "LastName") if row.get(key)) or None
        )
    if object_.name == "Task":
        closed = {
            status["ApiName"] for status in org.rows["TaskStatus"].values() if status["IsClosed"]
        }
        row["IsClosed"] = row.get("Status") in closed
        row["CompletedDateTime"] = (
            (row.get("CompletedDateTime") or stamp()) if row["IsClosed"] else None
        )
        near = [
            found for key in ("WhatId", "WhoId") if (found := org.get(row.get(key))) is not None
        ]
        accounts = [
            other["Id"] if kind.name == "Account" else other.get("AccountId")
            for kind, other in near
        ]
        row["AccountId"] = next((account for account in accounts if account), None)


def _custom_field(spec: Mapping[str, Json]) -> Field:
    kind = str(spec.get("type", "string")).lower()
    kind = {
        "text": "string",
        "longtextarea": "textarea",
        "number": "double",
        "checkbox": "boolean",
    }.get(kind, kind)
    raw = spec.get("picklist")
    length = spec.get("length")
    return Field(
        name=str(spec["name"]),
        type=kind,
        length=int(length)
        if isinstance(length, (int, float))
        else 0
        if kind in _NO_LENGTH
        else 255,
        label=str(spec.get("label") or spec["name"]),
        required=bool(spec.get("required")),
        custom=True,
        filterable=kind != "textarea",
        external_id=bool(spec.get("externalId")),
        unique=bool(spec.get("unique")),
        case_sensitive=bool(spec.get("caseSensitive")),
        restricted=bool(spec.get("restricted")),
        picklist=tuple(str(item) for item in raw) if isinstance(raw, list) else (),
        default=False if kind == "boolean" else None,
        defaulted=kind == "boolean",
        precision=_size(spec, "precision"),
        scale=_size(spec, "scale"),
    )


def _size(spec: Mapping[str, Json], name: str) -> int:
    size = spec.get(name)
    return int(size) if isinstance(size, (int, float)) else 0
