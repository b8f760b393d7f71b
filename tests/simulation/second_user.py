"""A Salesforce user who edits, deletes and converts records while our processes work on them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.simulation.org import CREATED, KEY, Org
from zsf_plugin.model import Json, Write

PERSON = "person"


class SecondUser:
    """Edits match keys (email) only if `edits_keys`: then our external id identifies the records."""

    def __init__(self, org: Org, rng: Random, *, edits_keys: bool) -> None:
        self._org = org
        self._rng = rng
        self._edits_keys = edits_keys
        self._edits = 0

    def act(self, now: float) -> str:
        """Do one random thing to one record; returns a description."""
        choice = self._rng.random()
        if choice < 0.6:
            return self._edit(now)
        if choice < 0.8:
            return self._convert(now)
        return self._delete(now)

    def merge_any(self, now: float) -> str | None:
        """Merge a person into a copy; the id of the one that was merged, or None."""
        object_, record_id = self._any("Lead", "Contact")
        if record_id is not None:
            self._merge(object_, record_id, now)
        return record_id

    def meddle(self, writes: Sequence[Write], now: float) -> str | None:
        """Change a person to whom these writes go, right before; the id of one that was merged."""
        for write in writes:
            for record_id in (write.ref, write.values.get("WhoId")):
                for object_ in ("Lead", "Contact"):
                    row = self._org.rows[object_].get(str(record_id))
                    if row is not None and not row.get("IsConverted"):
                        return self._change(object_, str(record_id), now)
        return None

    def _change(self, object_: str, record_id: str, now: float) -> str | None:
        choice = self._rng.random()
        if object_ == "Lead" and choice < 0.4:
            self._org.convert(record_id, PERSON, now)
            return None
        if choice < 0.7:
            self._org.delete(object_, record_id, PERSON, now)
            return None
        self._merge(object_, record_id, now)
        return record_id

    def _merge(self, object_: str, record_id: str, now: float) -> None:
        """Make a copy of the person and merge them into it."""
        row = self._org.rows[object_][record_id]
        copy = {name: value for name, value in row.items() if name not in (KEY, CREATED)}
        master = self._org.create(object_, copy, PERSON, now)
        for task, it in self._org.rows["Task"].items():
            if it.get("WhoId") == record_id:
                self._org.update("Task", task, {"WhoId": master}, PERSON, now)
        self._org.delete(object_, record_id, PERSON, now, MasterRecordId=master)

    def _edit(self, now: float) -> str:
        object_, record_id = self._any("Lead", "Contact")
        if record_id is None:
            return "a person finds nothing to edit"
        self._edits += 1
        values: dict[str, Json] = {"Title": f"edited {self._edits}"}
        if self._rng.random() < 0.3:
            values["Phone"] = f"+1 555 000 {1000 + self._edits}"
        if self._edits_keys and self._rng.random() < 0.2:
            values["Email"] = f"moved{self._edits}@elsewhere.example"
        self._org.update(object_, record_id, values, PERSON, now)
        return f"a person edits {object_} {record_id}"

    def _convert(self, now: float) -> str:
        _, record_id = self._any("Lead")
        if record_id is None:
            return "a person finds nothing to convert"
        return f"a person converts Lead {record_id} to {self._org.convert(record_id, PERSON, now)}"

    def _delete(self, now: float) -> str:
        object_, record_id = self._any("Lead", "Contact", "Task")
        if record_id is None:
            return "a person finds nothing to delete"
        self._org.delete(object_, record_id, PERSON, now)
        return f"a person deletes {object_} {record_id}"

    def _any(self, *objects: str) -> tuple[str, str | None]:
        found = [
            (name, i)
            for name in objects
            for i, row in self._org.rows[name].items()
            if not row.get("IsConverted")
        ]
        return found[int(self._rng.random() * len(found))] if found else ("", None)
