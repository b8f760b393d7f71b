"""The final state of org and store after a run, indexed for the oracle.

A record is identified by its person's last name, a Task by its person and step: every plan writes
both, and the second user changes neither. Records that the second user deleted may be missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.simulation.final_drains import AGAIN
from tests.simulation.org import KEY, ORG_ID, US, Row, WriteEvent
from tests.simulation.scenario import FedEvent
from tests.simulation.second_user import PERSON
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Json, Link, LinkKey, text_at
from zsf_plugin.ports import Entry

_PEOPLE = ("Contact", "Lead")


class Evidence:
    """Entries and fed events by (workspace, event id); one org's links by workspace and key, and its
    history by record."""

    def __init__(self, run: Simulation, org_id: str = ORG_ID) -> None:
        self.run = run
        self.org = run.orgs[org_id]
        self.fed: dict[tuple[str, str], FedEvent] = {fed.key: fed for fed in run.scenario.fed}
        self.entries: dict[tuple[str, str], Entry] = {
            (of, it.event.event_id): it
            for of in run.scenario.workspaces
            for it in run.store.entries(of, limit=500)
            if not it.event.event_id.endswith(AGAIN)
        }
        self.links: dict[tuple[str, LinkKey], Link] = {}
        for of in run.scenario.workspaces:
            keys = {key for fed in self.fed.values() for key in keys_of(fed)}
            self.links |= {
                (of, key): link for key, link in run.store.links(of, org_id, keys).items()
            }
        self.removed = {
            it.id for it in self.org.history if it.by == PERSON and it.action == "delete"
        }
        self._history: dict[str, list[WriteEvent]] = defaultdict(list)
        for it in self.org.history:
            self._history[it.id].append(it)

    def writes(self, record_id: str) -> Sequence[WriteEvent]:
        """All writes to a record."""
        return self._history.get(record_id, ())

    def made_by(self, whom: str, record_id: str) -> bool:
        """Whether `whom` created the record."""
        return any(it.by == whom and it.action == "create" for it in self.writes(record_id))

    def was_edited(self, record_id: str, name: str) -> bool:
        """Whether the second user edited this field of the record."""
        return any(
            it.by == PERSON and it.action == "update" and name in it.after
            for it in self.writes(record_id)
        )

    def row(self, link: Link) -> Row | None:
        """The linked record, even if it has been deleted."""
        return self.org.rows[link.object].get(link.record_id) or self.org.deleted[link.object].get(
            link.record_id
        )

    def is_alive(self, link: Link) -> bool:
        """Whether the linked person exists; for a converted Lead, whether its Contact does."""
        row = self.org.rows[link.object].get(link.record_id)
        return row is not None and row.get("ConvertedContactId") not in self.removed

    def name_of(self, record_id: str) -> str:
        """The last name of the record's person, even if it has been deleted."""
        for table in (self.org.rows, self.org.deleted):
            for object_ in _PEOPLE:
                if record_id in table[object_]:
                    return str(table[object_][record_id].get("LastName"))
        return "nobody"

    def records_of(self, name: str) -> list[str]:
        """The ids of all records that a person ever had."""
        tables = [
            table[object_] for table in (self.org.rows, self.org.deleted) for object_ in _PEOPLE
        ]
        return [
            record_id
            for rows in tables
            for record_id, row in rows.items()
            if row.get("LastName") == name
        ]

    def person_is_gone(self, name: str) -> bool:
        """Whether the second user deleted a record of the person: the next lookup drops its link."""
        return any(record_id in self.removed for record_id in self.records_of(name))

    def count_late_recreations(self, name: str) -> int:
        """The number of the person's records that a late request created after the second user had
        deleted the retry's record with the same id. Nothing can prevent these: docs/promises.md."""
        created_again = 0
        for record_id in self.records_of(name):
            for write in self.writes(record_id):
                is_late_create = write.by == US and write.action == "create" and write.late
                if is_late_create and self._was_deleted(write.after.get(KEY), write.turn):
                    created_again += 1
        return created_again

    def _was_deleted(self, our_id: Json, turn: int) -> bool:
        """Whether the second user had deleted a record with this external id before that turn."""
        for write in self.org.history:
            if write.by == PERSON and write.action == "delete" and write.turn < turn:
                row = self.org.deleted[write.object].get(write.id, {})
                if our_id is not None and row.get(KEY) == our_id:
                    return True
        return False

    def is_ambiguous(self, name: str) -> bool:
        """Whether the person or the company exists several times: then only a rule may choose."""
        people = [
            record_id
            for object_ in _PEOPLE
            for record_id in self.records_of(name)
            if record_id in self.org.rows[object_]
        ]
        names = self.companies(name)
        return (
            len(people) > 1
            or sum(row.get("Name") in names for row in self.org.rows["Account"].values()) > 1
        )

    def names(self, workspace: str, key: LinkKey) -> set[str]:
        """The last names of the persons behind a link's key."""
        return {
            fed.name for (of, _), fed in self.fed.items() if of == workspace and key in keys_of(fed)
        }

    def companies(self, name: str) -> set[str | None]:
        """The company names that the host sent for a person."""
        return {
            text_at(fed.call, "prospect", "company", "name")
            for fed in self.fed.values()
            if fed.name == name
        }


def keys_of(fed: FedEvent) -> set[LinkKey]:
    """The link keys of an event."""
    keys: set[LinkKey] = {("prospect", str(text_at(fed.call, "prospect", "id")))}
    touch = text_at(fed.call, "touchpoint", "id")
    if touch is not None:
        keys.add(("touchpoint", touch))
    return keys


def is_blank(value: object) -> bool:
    """Whether a value is None or blank text."""
    return value is None or (isinstance(value, str) and not value.strip())
