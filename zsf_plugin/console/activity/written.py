"""What was written, field by field, before and after: as the journal has it. Pure.

With the contents switch off nothing of a message's text is shown, though it may have been written while it was on.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.telling.records import record_url
from zsf_plugin.console.telling.values import label_of, value_text
from zsf_plugin.console.words import plural
from zsf_plugin.decision.identity import EXTERNAL_ID_FIELD
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import JournalLine

#: (field, value) of an activity that hold no text which must not be shown.
Shown = frozenset[tuple[str, str]]

#: References that the sync sets itself: what people want is the way to the record.
_REFERENCES = frozenset({"WhoId", "OwnerId", "AccountId"})
#: Fields of a Task that the sync sets itself: they never hold what a message said.
_WITHOUT_TEXT = _REFERENCES | {"Status", "ActivityDate", "TaskSubtype"}


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field before and after. `hidden`: it may carry what a message said. `url` opens what a reference leads to."""

    label: str
    before: str | None
    after: str
    hidden: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """One write of the journal."""

    heading: str
    url: str | None
    fields: tuple[WrittenField, ...]


def written_record(
    line: JournalLine, connection: Connection | None, facts: OrgFacts | None, texts: Shown
) -> WrittenRecord:
    """One line of the journal as a page shows it."""
    names = [name for name in line.after if not name.endswith(EXTERNAL_ID_FIELD)]
    has_id = len(names) < len(line.after)
    count = f"{plural(len(names), 'field', 'fields')}{' and the Zaplify ID' if has_id else ''}"
    where = f"on a new {line.object}" if line.action == "create" else f"on the {line.object}"
    fields = tuple(_field(line, name, connection, facts, texts) for name in names)
    return WrittenRecord(f"{count} {where}", record_url(connection, line.record_id), fields)


def _field(
    line: JournalLine, name: str, connection: Connection | None, facts: OrgFacts | None, texts: Shown
) -> WrittenField:
    after, before = value_text(line.after[name]), line.before.get(name)
    label = label_of(facts, line.object, name)
    if line.object == "Task" and name not in _WITHOUT_TEXT and (name, after) not in texts:
        return WrittenField(label, None, "", hidden=True)
    url = record_url(connection, after) if name in _REFERENCES else None
    return WrittenField(label, None if before in (None, "") else value_text(before), after, url=url)
