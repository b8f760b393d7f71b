"""A simulated org: its records, and the history of every write with old values and author.

It refuses what Salesforce refuses (salesforce-api.md §4.2): duplicate external ids, empty required
fields, deleted or converted records. Each request takes effect at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.org import describe
from zsf_plugin.errors import DuplicateFound, DuplicateRecord, Halted, Rejected, RowBusy, ZsfError
from zsf_plugin.messages.causes import REFUSALS
from zsf_plugin.model import (
    FieldDescribe,
    Json,
    Lookup,
    OrgFacts,
    PicklistValue,
    Record,
    Reference,
    Write,
    WriteOutcome,
)
from zsf_plugin.model.text import normal_form

ORG_ID = "00D000000000001EAA"
#: The org that a workspace moves to for some time.
OTHER_ORG_ID = "00D000000000002EAA"
KEY = "Zaplify_Id__c"
US = "us"
PREFIXES = {"Lead": "00Q", "Contact": "003", "Account": "001", "Task": "00T", "User": "005"}
#: A title with this prefix is refused with the code that follows, while `refusing` is set.
REFUSED = "refused: "
#: A restricted picklist; its second value may be added during the run.
SEGMENT = "Segment__c"
SEGMENTS = ("Old", "New")

#: When a record was created, in order; no real date.
CREATED = "CreatedDate"

Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class WriteEvent:
    """One write: `turn` orders all events in the org. `late`: after its sender gave up waiting."""

    turn: int
    at: float
    by: str
    object: str
    id: str
    action: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    seen: int = 0
    late: bool = False


@dataclass(slots=True)
class Org:
    """Records by object and id; two orgs make the same ids. `deleted` holds deleted and merged records."""

    external_id: bool
    segments: int = 2
    org_id: str = ORG_ID
    refusing: bool = True
    has_active_users: bool = True
    locked: float = 0.0
    turn: int = 0
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in PREFIXES})
    deleted: dict[str, dict[str, Row]] = field(
        default_factory=lambda: {name: {} for name in PREFIXES}
    )
    history: list[WriteEvent] = field(default_factory=list)
    dropped: int = 0
    _made: int = 0
    _facts: OrgFacts | None = None

    def facts(self) -> OrgFacts:
        """The org's current describes."""
        if self._facts is None:
            names = ("Lead", "Contact", "Account", "Task")
            made = {
                name: describe(name, external_id=self.external_id, extra=self._extra(name))
                for name in names
            }
            prints = {
                name: replace(it, fingerprint=f"{it.fingerprint}{self.segments}")
                for name, it in made.items()
            }
            self._facts = OrgFacts(self.org_id, False, "Completed", prints)
        return self._facts

    def add_segment_value(self) -> None:
        """Add the missing value to the picklist, as an admin does."""
        self.segments, self._facts = 2, None

    def create(self, object_: str, values: Row, by: str, now: float) -> str:
        """Create a record; returns its id."""
        self._made += 1
        record_id = f"{PREFIXES[object_]}{self._made:012d}AAA"
        self.rows[object_][record_id] = {**values, CREATED: f"2026-{self._made:06d}"}
        self._store_usage(by, object_, record_id, "create", {}, values, now)
        return record_id

    def update(self, object_: str, record_id: str, values: Row, by: str, now: float) -> None:
        """Update fields of an existing record."""
        row = self.rows[object_][record_id]
        before = {name: row.get(name) for name in values}
        row.update(values)
        self._store_usage(by, object_, record_id, "update", before, values, now)

    def delete(self, object_: str, record_id: str, by: str, now: float, **marks: Json) -> None:
        """Delete a record and its Tasks."""
        self.deleted[object_][record_id] = {**self.rows[object_].pop(record_id), **marks}
        self._store_usage(by, object_, record_id, "delete", {}, {}, now)
        for task, row in list(self.rows["Task"].items()):
            if row.get("WhoId") == record_id:
                self.delete("Task", task, by, now)

    def convert(self, lead: str, by: str, now: float) -> str:
        """Convert a Lead to a Contact under an Account; the Lead stays, read-only, and its Tasks move
        to the Contact."""
        row = self.rows["Lead"][lead]
        account = next(
            (i for i, a in self.rows["Account"].items() if a.get("Name") == row.get("Company")),
            None,
        )
        account = account or self.create("Account", {"Name": row.get("Company")}, by, now)
        kept = {
            name: row.get(name) for name in ("FirstName", "LastName", "Email", "Title", "Phone")
        }
        contact = self.create("Contact", {**kept, "AccountId": account}, by, now)
        self.update("Lead", lead, {"IsConverted": True, "ConvertedContactId": contact}, by, now)
        for task, it in self.rows["Task"].items():
            if it.get("WhoId") == lead:
                self.update("Task", task, {"WhoId": contact}, by, now)
        return contact

    def deactivate_users(self) -> str:
        """Deactivate every user: none is found, and no record gets one as its owner."""
        self.has_active_users = False
        return "the users are deactivated"

    def find(self, lookups: Sequence[Lookup]) -> list[Record]:
        """The current records that match any of the lookups."""
        found: dict[str, Record] = {}
        for lookup in lookups:
            if lookup.object == "User" and not self.has_active_users:
                continue
            for record_id, row in (self.deleted if lookup.merged else self.rows)[
                lookup.object
            ].items():
                if lookup.merged and row.get("MasterRecordId") is None:
                    continue
                if all(_matches(record_id, row, part) for part in lookup.parts):
                    found[record_id] = Record(
                        lookup.object, record_id, self._seen(lookup.object, row)
                    )
        return list(found.values())

    def apply(
        self,
        writes: Sequence[Write],
        ids: dict[str, str],
        seen: Mapping[str, int],
        now: float,
        *,
        late: bool = False,
    ) -> list[WriteOutcome]:
        """Apply a request's rows in order, independently; `ids` collects the id of each `new:N`."""
        outcomes = []
        for write in writes:
            before = len(self.history)
            outcome = self._row(write, ids, now)
            if outcome.error is None:
                turn = seen.get(outcome.record_id or "", 0)
                self.history[before:] = [
                    replace(it, seen=turn, late=late) for it in self.history[before:]
                ]
            elif late:
                self.dropped += 1
            outcomes.append(outcome)
        return outcomes

    def _row(self, write: Write, ids: dict[str, str], now: float) -> WriteOutcome:
        refs = {value.ref for value in write.values.values() if isinstance(value, Reference)}
        record_id, token = ids.get(write.ref, write.ref), write.token
        if not refs <= ids.keys() or (write.action == "update" and record_id.startswith("new:")):
            return WriteOutcome(token, error=Halted("a record it belongs to is not there"))
        values = {
            name: ids[v.ref] if isinstance(v, Reference) else v for name, v in write.values.items()
        }
        error = self._refusal(write, record_id, values, now)
        if error is not None:
            return WriteOutcome(token, error=error)
        if write.action == "create":
            record_id = ids[write.ref] = self.create(write.object, values, US, now)
        else:
            self.update(write.object, record_id, values, US, now)
        return WriteOutcome(token, record_id)

    def _refusal(self, write: Write, record_id: str, values: Row, now: float) -> ZsfError | None:
        row = self.rows[write.object].get(record_id)
        if write.action == "update" and row is None:
            return Rejected("ENTITY_IS_DELETED", "entity is deleted")
        if row is not None and row.get("IsConverted"):
            return Rejected("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if now < self.locked:
            return RowBusy("unable to obtain exclusive access to this record", 3.0)
        return (
            self._bad_owner(values)
            or self._bad_value(write, values)
            or self._bad_reference(values)
            or self._find_duplicate(write, record_id, values)
        )

    def _bad_value(self, write: Write, values: Row) -> ZsfError | None:
        fields = self.facts().describes[write.object].fields
        unknown = sorted(set(values) - set(fields))
        if unknown:
            return Rejected("INVALID_FIELD", "No such column", tuple(unknown))
        empty = [it.name for it in fields.values() if it.required and not values.get(it.name)]
        if write.action == "create" and empty:
            return Rejected("REQUIRED_FIELD_MISSING", "Required fields are missing", tuple(empty))
        title = values.get("Title")
        if self.refusing and isinstance(title, str) and title.startswith(REFUSED):
            return Rejected(title.removeprefix(REFUSED), f"refused: {title}", ("Title",))
        segment = values.get(SEGMENT)
        if segment is not None and segment not in SEGMENTS[: self.segments]:
            return Rejected("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value", (SEGMENT,))
        return None

    def _bad_owner(self, values: Row) -> ZsfError | None:
        if self.has_active_users or values.get("OwnerId") is None:
            return None
        return Rejected("INACTIVE_OWNER_OR_USER", "operation performed with inactive user")

    def _bad_reference(self, values: Row) -> ZsfError | None:
        who, account = values.get("WhoId"), values.get("AccountId")
        person = self.rows["Contact"].get(str(who)) or self.rows["Lead"].get(str(who))
        if (who is not None and (person is None or person.get("IsConverted"))) or (
            account is not None and account not in self.rows["Account"]
        ):
            return Rejected("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        return None

    def _find_duplicate(self, write: Write, record_id: str, values: Row) -> ZsfError | None:
        key = values.get(KEY)
        table = self.rows[write.object]
        duplicate = next(
            (i for i, row in table.items() if key and row.get(KEY) == key and i != record_id), None
        )
        if duplicate is None:
            return None
        return DuplicateFound(
            "DUPLICATE_VALUE", "duplicate value found", (DuplicateRecord(write.object, duplicate),)
        )

    def _seen(self, object_: str, row: Row) -> Row:
        facts = self.facts().describes.get(object_)
        return {name: row.get(name) for name in (facts.fields if facts is not None else row)}

    def _store_usage(
        self,
        by: str,
        object_: str,
        record_id: str,
        action: str,
        before: Row,
        after: Row,
        now: float,
    ) -> None:
        self.turn += 1
        self.history.append(
            WriteEvent(self.turn, now, by, object_, record_id, action, dict(before), dict(after))
        )

    def _extra(self, name: str) -> tuple[FieldDescribe, ...]:
        if name not in ("Lead", "Contact"):
            return ()
        values = tuple(PicklistValue(value, value) for value in SEGMENTS[: self.segments])
        return (
            FieldDescribe(CREATED, "Created", "datetime", createable=False, updateable=False),
            FieldDescribe(
                SEGMENT,
                "Segment",
                "picklist",
                length=255,
                custom=True,
                picklist=values,
                restricted=True,
            ),
        )


#: Codes a record may be refused with, including an unknown one.
CODES = (*sorted(REFUSALS), "A_CODE_OF_NEXT_YEAR")


def _matches(record_id: str, row: Mapping[str, Json], part: tuple[str, str, str]) -> bool:
    name, compare, value = part
    held = record_id if name == "Id" else row.get(name)
    if not isinstance(held, str):
        return False
    if compare == "text":
        return held.casefold() == value.casefold()
    form = normal_form(compare, value)  # type: ignore[arg-type]
    return form is not None and normal_form(compare, held) == form  # type: ignore[arg-type]
