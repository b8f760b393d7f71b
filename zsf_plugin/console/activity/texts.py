"""Which values of an activity hold what its message said: those are never shown, whatever the
contents switch says and whatever was kept. Pure but for the rules in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.decision.decide import without_text
from zsf_plugin.model import table_in
from zsf_plugin.ports import Entry, RuleSource
from zsf_plugin.sync.planned import plan_of

#: What a value that is not shown holds: some of the message, or maybe some.
Hidden = Literal["text", "maybe"]
#: What stands in its place.
IN_ITS_PLACE: Mapping[Hidden, str] = {
    "text": "with its text",
    "maybe": "not shown: it may hold what the message said",
}
#: References that the sync sets itself: what people want is the way to the record.
REFERENCES = frozenset({"WhoId", "OwnerId", "AccountId"})
#: Fields of a Task that the sync sets itself: they never hold what a message said.
_WITHOUT_TEXT = REFERENCES | {"Status", "ActivityDate", "TaskSubtype"}


@dataclass(frozen=True, slots=True)
class Texts:
    """`textless`: (field, value) of the activity that would be the same of an empty message;
    `said`: what its message said, as far as it was kept."""

    textless: frozenset[tuple[str, str]] = frozenset()
    said: tuple[str, ...] = ()

    def hidden(self, field: str, value: str) -> Hidden | None:
        """What keeps a written value of the activity from being shown."""
        if field in _WITHOUT_TEXT or (field, value) in self.textless:
            return None
        return "text" if self._is_said_in(value) else "maybe"

    def _is_said_in(self, value: str) -> bool:
        return any(text in value for text in self.said)


def is_planned(entry: Entry) -> bool:
    """Whether enough of the event was kept to plan it."""
    return isinstance(entry.payload.get("prospect"), dict)


def texts_of(rules: RuleSource, entry: Entry) -> Texts:
    """What tells the values of an activity that hold its text from those that do not."""
    textless = _textless_values(rules, entry) if is_planned(entry) else ()
    return Texts(frozenset(textless), _message(entry))


def _textless_values(rules: RuleSource, entry: Entry) -> Iterator[tuple[str, str]]:
    """(field, value) of the activity, planned of an empty message."""
    task = plan_of(rules, without_text(entry.event)).targets.get("Task")
    for field in task.fields if task else ():
        yield field.field, value_text(field.value)


def _message(entry: Entry) -> tuple[str, ...]:
    """What the message said, in the form in which values are shown."""
    texts = (value_text(part).strip() for part in _message_parts(entry))
    return tuple(filter(None, texts))


def _message_parts(entry: Entry) -> list[str]:
    """Subject and contents, as far as they were kept."""
    touchpoint = table_in(entry.payload, "touchpoint")
    parts = (touchpoint.get("subject"), *table_in(touchpoint, "content").values())
    return [part for part in parts if isinstance(part, str)]
