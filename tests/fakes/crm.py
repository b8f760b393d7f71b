"""A CRM in memory behind the `Crm` port: it finds, creates and refuses like an org, and counts its
calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from zsf_plugin.errors import DuplicateFound, DuplicateRecord, Halted, Rejected, ZsfError
from zsf_plugin.model import (
    Connection,
    Json,
    KnownFacts,
    Lookup,
    LookupAnswers,
    OrgFacts,
    Record,
    Reference,
    Write,
    WriteOutcome,
)
from zsf_plugin.model.text import normal_form
from zsf_plugin.ports import Usage, do_nothing

PREFIXES = {"Lead": "00Q", "Contact": "003", "Account": "001", "Task": "00T", "User": "005"}


class FakeCrm:
    """One org. `refuse(write)` may return an error for a write, `refuse_lookup(lookup)` a code for a
    lookup; `before_write` may raise; `fail_answer` may lose an answer;
    `org_time` is the org's clock."""

    def __init__(self, facts: OrgFacts, users: Mapping[str, str] | None = None) -> None:
        self.org = facts
        self.rows: dict[str, dict[str, dict[str, Json]]] = {name: {} for name in PREFIXES}
        self.merged: dict[str, dict[str, dict[str, Json]]] = {name: {} for name in PREFIXES}
        self.finds = 0
        self.usage_calls = 0
        self.reported_usage: Usage | ZsfError | None = None
        self.written: list[Write] = []
        self.refuse: Callable[[Write], ZsfError | None] = lambda write: None
        self.refuse_lookup: Callable[[Lookup], str | None] = lambda lookup: None
        self.before_write: Callable[[], None] = lambda: None
        self.fail_answer: Callable[[Write], ZsfError | None] = lambda write: None
        self.org_time: Callable[[], float | None] = lambda: None
        for email, record_id in (users or {}).items():
            self.rows["User"][record_id] = {"Email": email}

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        return self.org

    def known_facts(self, _: Connection) -> KnownFacts:
        """They were read long ago."""
        return KnownFacts(self.org, 0.0)

    def usage(self) -> Usage | None:
        self.usage_calls += 1
        if isinstance(self.reported_usage, ZsfError):
            raise self.reported_usage
        return self.reported_usage

    def cost(self, writes: Sequence[Write]) -> int:
        return 1 if writes else 0

    def keep_alive(self) -> None:
        """Sign-ins never expire here."""

    def add(self, object_: str, **values: Json) -> str:
        record_id = f"{PREFIXES[object_]}{len(self.rows[object_]):012d}AAA"
        self.rows[object_][record_id] = dict(values)
        return record_id

    def merge(self, object_: str, loser: str, winner: str) -> None:
        """The loser is deleted and names the winner."""
        self.merged[object_][loser] = {**self.rows[object_].pop(loser), "MasterRecordId": winner}

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> LookupAnswers:
        self.finds += 1
        found: dict[str, Record] = {}
        refused: dict[Lookup, str] = {}
        for lookup in lookups:
            code = self.refuse_lookup(lookup)
            if code is not None:
                refused[lookup] = code
                continue
            for record_id, row in (self.merged if lookup.merged else self.rows)[
                lookup.object
            ].items():
                if all(_matches(record_id, row, part) for part in lookup.parts):
                    found[record_id] = Record(
                        lookup.object, record_id, self._seen(lookup.object, row)
                    )
        return LookupAnswers(list(found.values()), refused)

    def write(
        self,
        writes: Sequence[Write],
        purpose: str,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        before_each(writes)
        self.before_write()
        ids: dict[str, str] = {}
        return [self._one(write, ids) for write in writes]

    def _seen(self, object_: str, row: Mapping[str, Json]) -> dict[str, Json]:
        describe = self.org.describes.get(object_)
        names = describe.fields if describe is not None else row
        return {name: row.get(name) for name in names}

    def _one(self, write: Write, ids: dict[str, str]) -> WriteOutcome:
        missing = [
            v.ref for v in write.values.values() if isinstance(v, Reference) and v.ref not in ids
        ]
        if missing or (
            write.action == "update" and ids.get(write.ref, write.ref).startswith("new:")
        ):
            return WriteOutcome(write.token, error=Halted("a reference has no value"))
        values = {
            name: ids[v.ref] if isinstance(v, Reference) else v for name, v in write.values.items()
        }
        held = self.rows[write.object].get(ids.get(write.ref, write.ref), {})
        whole = replace(write, values={**held, **write.values})  # an org's rules see all fields
        error = self.refuse(whole) or self._refused(write, values, ids.get(write.ref, write.ref))
        if error is not None:
            return WriteOutcome(write.token, error=error)
        self.written.append(write)
        record_id = ids.get(write.ref, write.ref)
        if write.action == "create":
            record_id = ids[write.ref] = self.add(write.object, **values)
        else:
            self.rows[write.object][record_id].update(values)
        lost = self.fail_answer(write)
        return (
            WriteOutcome(write.token, error=lost)
            if lost is not None
            else WriteOutcome(write.token, record_id)
        )

    def _refused(self, write: Write, values: Mapping[str, Json], record_id: str) -> ZsfError | None:
        describe = self.org.describes[write.object]
        unknown = sorted(set(values) - set(describe.fields))
        if unknown:
            return Rejected("INVALID_FIELD", "No such column", tuple(unknown))
        empty = [f.name for f in describe.fields.values() if f.required and not values.get(f.name)]
        if write.action == "create" and empty:
            return Rejected("REQUIRED_FIELD_MISSING", "Required fields are missing", tuple(empty))
        key = values.get("Zaplify_Id__c")
        twin = next(
            (
                i
                for i, r in self.rows[write.object].items()
                if key and r.get("Zaplify_Id__c") == key
            ),
            None,
        )
        if twin is not None and twin != record_id:
            return DuplicateFound(
                "DUPLICATE_VALUE", "duplicate value found", (DuplicateRecord(write.object, twin),)
            )
        return None


def _matches(record_id: str, row: Mapping[str, Json], part: tuple[str, str, str]) -> bool:
    name, compare, value = part
    held = record_id if name == "Id" else row.get(name)
    form = normal_form(compare, value)  # type: ignore[arg-type]
    return isinstance(held, str) and form is not None and normal_form(compare, held) == form  # type: ignore[arg-type]
