"""What was written, field by field, before and after: as the journal has it. Pure.

Nothing of a message's text is shown, whatever the contents switch says: the field's name stays, its
value does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.console.activity.planned import WITH_TEXT, Planned, Textless
from zsf_plugin.console.labels import plural
from zsf_plugin.console.presenters.records import label_of, record_url, value_text
from zsf_plugin.model import EXTERNAL_ID_FIELD, Connection, OrgFacts
from zsf_plugin.ports import Entry, JournalLine

#: References that the sync sets itself: what people want is the way to the record.
_REFERENCES = frozenset({"WhoId", "OwnerId", "AccountId"})
#: Fields of a Task that the sync sets itself: they never hold what a message said.
_WITHOUT_TEXT = _REFERENCES | {"Status", "ActivityDate", "TaskSubtype"}


_MAYBE = "not shown: it may hold what the message said"


@dataclass(frozen=True, slots=True)
class Texts:
    """What is known beside the journal: an activity's values without any text, what its message
    said as far as it was kept, and `names` of records by id."""

    textless: Textless = frozenset()
    said: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def texts_of(entry: Entry, planned: Planned | None, names: Mapping[str, str]) -> Texts:
    """What tells the values of an activity that hold its text from those that do not."""
    touchpoint = entry.payload.get("touchpoint")
    subject, content = (
        (touchpoint.get(key) for key in ("subject", "content"))
        if isinstance(touchpoint, dict)
        else (None, None)
    )
    parts = (subject, *content.values()) if isinstance(content, dict) else (subject,)
    said = tuple(
        text for part in parts if isinstance(part, str) and (text := value_text(part).strip())
    )
    return Texts(planned.textless if planned is not None else frozenset(), said, names)


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field before and after. `hidden`: it holds, or may hold, what a message said, and `after`
    says so instead. `url` opens what a reference leads to."""

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
    line: JournalLine, connection: Connection | None, facts: OrgFacts | None, texts: Texts
) -> WrittenRecord:
    """One line of the journal as a page shows it."""
    names = [name for name in line.after if not name.endswith(EXTERNAL_ID_FIELD)]
    has_id = len(names) < len(line.after)
    count = f"{plural(len(names), 'field', 'fields')}{' and the Zaplify ID' if has_id else ''}"
    where = f"on a new {line.object}" if line.action == "create" else f"on the {line.object}"
    fields = tuple(_field(line, name, connection, facts, texts) for name in names)
    if line.object == "Task" and any(one.after == WITH_TEXT for one in fields):
        where += f", {WITH_TEXT}"
    elif line.object == "Task" and not any(one.hidden for one in fields):
        where += ", without its text"
    return WrittenRecord(f"{count} {where}", record_url(connection, line.record_id), fields)


def _field(
    line: JournalLine,
    name: str,
    connection: Connection | None,
    facts: OrgFacts | None,
    texts: Texts,
) -> WrittenField:
    after, before = value_text(line.after[name]), line.before.get(name)
    label = label_of(facts, line.object, name)
    if line.object == "Task" and name not in _WITHOUT_TEXT and (name, after) not in texts.textless:
        return WrittenField(
            label,
            None,
            WITH_TEXT if any(text in after for text in texts.said) else _MAYBE,
            hidden=True,
        )
    url = record_url(connection, after) if name in _REFERENCES else None
    if name in _REFERENCES:
        after = texts.names.get(after, after)
    return WrittenField(label, None if before in (None, "") else value_text(before), after, url=url)
