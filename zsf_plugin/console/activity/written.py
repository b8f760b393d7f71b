"""What was written, field by field, before and after: as the journal has it. Pure.

Nothing of a message's text is shown, whatever the contents switch says: the field's name stays, its
value does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.console.activity.entry_head import EntryHead
from zsf_plugin.console.activity.texts import IN_ITS_PLACE, REFERENCES, Hidden, Texts
from zsf_plugin.console.labels import plural
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.model import EXTERNAL_ID_FIELD, Json
from zsf_plugin.ports import JournalLine

_WITH_TEXT = f", {IN_ITS_PLACE['text']}"


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field before and after. `hidden`: it holds, or may hold, what a message said, and `after`
    says so instead. `url` opens what a reference leads to."""

    label: str
    before: str | None
    after: str
    hidden: Hidden | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """One write of the journal."""

    line: JournalLine
    head: EntryHead
    texts: Texts

    @property
    def heading(self) -> str:
        """`3 fields and the Zaplify ID on a new Lead`."""
        count = plural(len(self.fields), "field", "fields")
        also = " and the Zaplify ID" if len(self.fields) < len(self.line.after) else ""
        return f"{count}{also} on {self._record}{self._about_text}"

    @property
    def _record(self) -> str:
        object_ = self.line.object
        return f"a new {object_}" if self.line.action == "create" else f"the {object_}"

    @property
    def _about_text(self) -> str:
        return _text_words(self.fields) if self.line.object == "Task" else ""

    @property
    def url(self) -> str | None:
        """Where the record opens."""
        return self.head.org.url(self.line.record_id)

    @property
    def fields(self) -> list[WrittenField]:
        """Its fields, our own id left out."""
        names = self.line.after
        return [self._field(name) for name in names if not name.endswith(EXTERNAL_ID_FIELD)]

    def _field(self, name: str) -> WrittenField:
        line, after = self.line, value_text(self.line.after[name])
        org, label = self.head.org, self.head.org.label(line.object, name)
        hidden = self.texts.hidden(name, after) if line.object == "Task" else None
        if hidden is not None:
            return WrittenField(label, None, IN_ITS_PLACE[hidden], hidden)
        before = _before(line.before.get(name))
        if name not in REFERENCES:
            return WrittenField(label, before, after)
        names = self.head.history.names
        return WrittenField(label, before, names.get(after, after), url=org.url(after))


def _before(value: Json) -> str | None:
    return None if value in (None, "") else value_text(value)


def _text_words(fields: Sequence[WrittenField]) -> str:
    """Whether an activity was written with its text, where that is certain."""
    hidden = {field.hidden for field in fields}
    if "text" in hidden:
        return _WITH_TEXT
    return "" if "maybe" in hidden else ", without its text"
