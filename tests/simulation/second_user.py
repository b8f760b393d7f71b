"""A Salesforce user who edits, deletes and converts records while our processes work on them."""

from __future__ import annotations

from random import Random

from tests.simulation.org import Org
from zsf_plugin.model import Json

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
