"""One org in memory: its objects, rows, users, limits and counters, behind one lock. Speaks no
HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.emulator.errors import Json, not_found
from zsf_plugin.emulator.org.conditions import Conditions, RefusalScript
from zsf_plugin.emulator.org.permissions import Permissions, granted
from zsf_plugin.emulator.org.records import Records, Row, derive
from zsf_plugin.emulator.org.schema import Field, ObjectType, stock_objects
from zsf_plugin.emulator.org.spec import OrgSpec
from zsf_plugin.emulator.org.values import canonical, find_folded, http_now, make_id, stamp

_ORG_ID = make_id("00D", 4_000_017)


@dataclass(slots=True, eq=False)
class Org:
    """State of one org. Use `lock` around anything that must be seen whole.

    `acting`: the user of the request at hand. `hidden`: (object, field) that nobody sees until it
    is granted. `locked`: ids that an approval process holds. `unindexed`: ids that search does not
    find yet. `save_size`: records in the save at hand. `cursors`: the rows behind each locator.
    `resources`: requests by resource. `record_types`: by object, each type's name by its id.
    `clock_ahead_s`: seconds by which sessions are older than they are.
    """

    spec: OrgSpec
    lock: threading.RLock = field(default_factory=threading.RLock)
    objects: dict[str, ObjectType] = field(default_factory=stock_objects)
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
    record_types: dict[str, dict[str, str]] = field(default_factory=dict)
    cursors: list[list[dict[str, Json]]] = field(default_factory=list)
    resources: Counter[str] = field(default_factory=Counter)
    acting: str = ""
    save_size: int = 1
    used: int = 0
    clock_ahead_s: int = 0
    session_minutes: int = 120
    idle_days: int = 30
    org_id: str = _ORG_ID
    admin_id: str = ""
    assignment_owner: str | None = None
    _field_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.records = Records(self.objects)
        self.daily_limit = self.spec.daily_limit
        self.page_size = self.spec.page_size
        self.latency_ms = self.spec.latency_ms

    @property
    def remaining(self) -> int:
        """Calls that are left of today's allocation."""
        return max(self.daily_limit - self.used, 0)

    def check_request(self) -> None:
        """Raises SalesforceError where no request is served, or none of the acting user."""
        self.conditions.check_request()
        self.allowed().check_request()

    @property
    def rows(self) -> dict[str, dict[str, Row]]:
        """Every object's rows by id."""
        return self.records.rows

    def object_type(self, name: str) -> ObjectType:
        """The object of that name, in whatever case. Raises NOT_FOUND."""
        found = find_folded(self.objects, name)
        if found is not None and found.name not in self.allowed().hidden_objects:
            return found
        raise not_found()

    # -- Users, and what they may see ------------------------------------------------------------

    def active_user(self, username: str) -> Row | None:
        """The active user of that username, or None."""
        named = self.records.find("User", "Username", username)
        return next((row for row in named if row["IsActive"]), None)

    def record_type_name(self, object_: ObjectType, type_id: Json) -> str | None:
        """The name of an object's record type; None where it has none of that id."""
        return self.record_types_of(object_).get(str(type_id))

    def record_types_of(self, object_: ObjectType) -> Mapping[str, str]:
        """The names of an object's record types by their ids, the master aside."""
        return self.record_types.get(object_.name, {})

    def user_id(self, user: str) -> str:
        """The id of a user named by id or by Username. Raises ValueError for an unknown one."""
        for record_id, row in self.rows["User"].items():
            if user == row["Username"] or canonical(user) == record_id:
                return record_id
        raise ValueError(f"{user!r} is no user; name one by Username or id")

    def allowed(self, user_id: str | None = None) -> Permissions:
        """What a user may, or whoever the request at hand is from."""
        return self.permissions.get(user_id or self.acting) or Permissions()

    def set_permissions(self, user: str, document: Mapping[str, Json]) -> None:
        """Change what a user, named by id or by Username, may. Raises ValueError."""
        user_id = self.user_id(user)
        self.permissions[user_id] = self.allowed(user_id).changed(document)
        for object_ in self.objects.values():
            object_.changed = http_now()

    def visible(self, object_: ObjectType, name: str) -> Field | None:
        """The field as the acting user has it; None where field-level security hides it (§8)."""
        found = object_.find(name)
        if found is not None and (object_.name, found.name) in self.hidden:
            found = granted(self.records, self.acting, object_.name, found)
        return found and self.allowed().as_seen(object_.name, found)

    def visible_fields(self, object_: ObjectType) -> list[Field]:
        """All fields the acting user sees."""
        found = (self.visible(object_, name) for name in object_.fields)
        return [one for one in found if one is not None]

    def shared(self, row: Mapping[str, Json]) -> bool:
        """Whether the acting user may see the row at all."""
        return row.get("Id") not in self.allowed().unshared

    def visible_objects(self) -> list[ObjectType]:
        """All objects the acting user sees."""
        hidden = self.allowed().hidden_objects
        return [one for one in self.objects.values() if one.name not in hidden]

    def seen_rows(self, object_: ObjectType) -> list[Row]:
        """The object's rows that the acting user may see, those in the recycle bin as well."""
        return [row for row in self.rows[object_.name].values() if self.shared(row)]

    def living(self, object_: ObjectType) -> list[Row]:
        """The object's living rows that the acting user may see."""
        return [row for row in self.records.living(object_.name) if self.shared(row)]

    # -- What an admin does ----------------------------------------------------------------------

    def add_field(self, object_: ObjectType, new: Field, *, hidden: bool = False) -> None:
        """Give an object a field, with its default in every row."""
        object_.fields[new.name] = new
        object_.changed = http_now()
        for row in self.rows[object_.name].values():
            row.setdefault(new.name, new.default)
        if hidden:
            self.hidden.add((object_.name, new.name))

    def field_id(self, table: str, name: str) -> str:
        """The id of a custom field's own record; `table` is Activity for those of Task and
        Event."""
        new_id = make_id("00N", len(self._field_ids) + 1)
        return self._field_ids.setdefault((table, name), new_id)

    def new_id(self, object_: ObjectType) -> str:
        """The object's next id."""
        self._numbers[object_.prefix] += 1
        return make_id(object_.prefix, self._numbers[object_.prefix])

    def seed(
        self, object_name: str, values: Mapping[str, Json], names: dict[str, str] | None = None
    ) -> str:
        """Insert a row as an admin's import would: no rules, no accounting. Returns its id.

        `names`: the ids that "$name" means so far; a row with a `$id` adds its own.
        """
        object_ = self.object_type(object_name)
        names = names if names is not None else {}
        own_name, given = values.get("$id"), _resolved(values, names)
        record_id = self.new_id(object_)
        row = object_.defaults() | given | {"Id": record_id, "IsDeleted": False}
        self._complete(object_, row)
        self.rows[object_.name][record_id] = row
        if isinstance(own_name, str):
            names[f"${own_name}"] = record_id
        return record_id

    def _complete(self, object_: ObjectType, row: Row) -> None:
        """Fill in what a row has without being given it: its times, its owner, what is derived."""
        now = stamp()
        for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
            row[name] = row.get(name) or now
        if "OwnerId" in object_.fields:
            row["OwnerId"] = row.get("OwnerId") or self.admin_id
        derive(self.records, object_, row)

    def edit(self, object_name: str, record_id: str, changes: Mapping[str, Json]) -> str:
        """Change a row without a rule that could refuse it. Returns its id. Raises KeyError."""
        row = self._row(object_name, record_id)
        row |= {"SystemModstamp": stamp(), **changes}
        derive(self.records, self.object_type(object_name), row)
        return str(row["Id"])

    def lock_record(self, value: Json) -> None:
        """Have an approval process hold a record. Raises ValueError for what is no id."""
        record_id = canonical(value)
        if record_id is None:
            raise ValueError(f"{value!r} is no record id")
        self.locked.add(record_id)

    def merge(self, object_name: str, winner: str, loser: str) -> None:
        """Merge two rows as a person would in the browser: the loser goes, and names the winner (§9
        trap 24)."""
        kept, gone = self._row(object_name, winner)["Id"], self._row(object_name, loser)
        gone |= {"IsDeleted": True, "MasterRecordId": kept, "SystemModstamp": stamp()}
        for task in self.rows["Task"].values():
            if task.get("WhoId") == gone["Id"]:
                task["WhoId"] = kept

    def _row(self, object_name: str, record_id: str) -> Row:
        """A row by either form of its id, deleted or not. Raises KeyError."""
        rows = self.rows[self.object_type(object_name).name]
        return rows[canonical(record_id) or record_id]

    def empty(self) -> None:
        """Forget every Lead, Contact, Account and Task: a fresh start for another rehearsal in the
        same org."""
        for name in ("Lead", "Contact", "Account", "Task"):
            self.rows[name].clear()


def _resolved(values: Mapping[str, Json], names: Mapping[str, str]) -> Row:
    """A row's own values, with the ids that names among them mean."""
    row: Row = {}
    for key, value in values.items():
        row[key] = names.get(value, value) if isinstance(value, str) else value
    row.pop("$id", None)
    return row
