"""One entry in full: what was found, what was written, field by field, and its plan.

What was found and written comes from the stored entry; only the plan uses the rules in force now.
Makes no API call. Message text is never shown, even if the contents switch is on: of a field with
text, only the name is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.console import labels
from zsf_plugin.console.activity.entry_head import EntryHead, entry_heads
from zsf_plugin.console.presenters.deciders import origins_of
from zsf_plugin.console.presenters.people import OWNER, person_named
from zsf_plugin.console.presenters.records import (
    AdjustedValue,
    KnownOrg,
    LookupRow,
    adjusted_values,
    findings,
    value_text,
)
from zsf_plugin.decision.admission import without_text
from zsf_plugin.model import (
    EXTERNAL_ID_FIELD,
    PERSON_OBJECTS,
    Json,
    Plan,
    PlannedField,
    Target,
    table_in,
)
from zsf_plugin.ports import Entry, JournalLine, RuleSource
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.wiring.apps import ConsoleApp

#: Why a value is hidden: it contains message text, or may contain some.
Hidden = Literal["text", "maybe"]
#: What is shown instead.
_PLACEHOLDERS: Mapping[Hidden, str] = {
    "text": "with its text",
    "maybe": "hidden: it may contain message text",
}
#: References that the sync sets itself; the page links to the record.
_REFERENCES = frozenset({"WhoId", OWNER, "AccountId"})
#: Fields of a Task that the sync sets itself: they never contain message text.
_WITHOUT_TEXT = _REFERENCES | {"Status", "ActivityDate", "TaskSubtype"}
_WITH_TEXT = f", {_PLACEHOLDERS['text']}"
#: Fields of an object that are shown at once; the others are folded.
_SHOWN_FIELDS = 6


@dataclass(frozen=True, slots=True)
class EntryView:
    """The whole entry. `plan` is None if only its IDs were stored, or it was not asked for."""

    head: EntryHead
    texts: MessageTexts
    plan: Sequence[PlannedObject] | None

    @property
    def found(self) -> tuple[LookupRow, ...]:
        """What the lookups found."""
        history = self.head.history
        org = self.head.org.only_in(history.entry.org_id)
        return findings(history.entry.steps, history.created, org.connection, org.label)

    @property
    def adjusted(self) -> tuple[AdjustedValue, ...]:
        """The values that were not written as they came."""
        return adjusted_values(self.head.history.entry.steps, self.head.org.label)

    @property
    def written(self) -> list[WrittenRecord]:
        """What was written."""
        journal = self.head.history.journal
        return [WrittenRecord(line, self.head, self.texts) for line in journal]


def entry_view(app: ConsoleApp, entry: Entry) -> EntryView:
    """The entry as the page shows it. Raises StoreUnavailable."""
    (view,) = views_without_plan(app, entry.event.workspace, [entry])
    return replace(view, plan=_planned_objects(app, view.head, view.texts))


def views_without_plan(
    app: ConsoleApp, workspace: str, entries: Sequence[Entry]
) -> list[EntryView]:
    """A workspace's entries as the pages show them, without their plans. Raises
    StoreUnavailable."""
    heads = entry_heads(app, workspace, entries)
    return [EntryView(head, _message_texts(app.rulebook, head.entry), None) for head in heads]


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field before and after. `hidden`: it contains, or may contain, message text, and `after`
    says so instead. `url` opens the record of a reference; `hint` is an owner's e-mail address."""

    label: str
    before: str | None
    after: str
    hidden: Hidden | None = None
    url: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """One write of the journal."""

    line: JournalLine
    head: EntryHead
    texts: MessageTexts

    @property
    def heading(self) -> str:
        """`3 fields and the Zaplify ID on a new Lead`."""
        count = labels.plural(len(self.fields), "field", "fields")
        also = " and the Zaplify ID" if len(self.fields) < len(self.line.after) else ""
        return f"{count}{also} on {self._record}{self._about_text}"

    @property
    def _record(self) -> str:
        object_ = self.line.object
        return f"a new {object_}" if self.line.action == "create" else f"the {object_}"

    @property
    def _about_text(self) -> str:
        return _text_note(self.fields) if self.line.object == "Task" else ""

    @property
    def url(self) -> str | None:
        """The URL of the record."""
        return self._org.url(self.line.record_id)

    @property
    def _org(self) -> KnownOrg:
        return self.head.org.only_in(self.line.org_id)

    @property
    def fields(self) -> list[WrittenField]:
        """Its fields without the Zaplify ID."""
        names = self.line.after
        return [self._field(name) for name in names if not name.endswith(EXTERNAL_ID_FIELD)]

    def _field(self, name: str) -> WrittenField:
        line, after = self.line, value_text(self.line.after[name])
        org, label = self._org, self.head.org.label(line.object, name)
        hidden = self.texts.hidden(name, after) if line.object == "Task" else None
        if hidden is not None:
            return WrittenField(label, None, _PLACEHOLDERS[hidden], hidden)
        before = _previous_value(line.before.get(name))
        if name not in _REFERENCES:
            return WrittenField(label, before, after)
        if name == OWNER:
            return self._owner(label, before, after)
        names = self.head.history.names
        return WrittenField(label, before, names.get(after, after), url=org.url(after))

    def _owner(self, label: str, before: str | None, after: str) -> WrittenField:
        """The owner by name, with the e-mail address."""
        users, url = self.head.owners, self._org.url(after)
        owner = person_named(after, users)
        earlier = person_named(before, users).name if before is not None else None
        return WrittenField(label, earlier, owner.name, url=url, hint=owner.email)


def _previous_value(value: Json) -> str | None:
    return None if value in (None, "") else value_text(value)


def _text_note(fields: Sequence[WrittenField]) -> str:
    """Whether an activity was written with its text; "" if that is uncertain."""
    hidden = {field.hidden for field in fields}
    if "text" in hidden:
        return _WITH_TEXT
    return "" if "maybe" in hidden else ", without its text"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: its planned value, policy and origin. `hidden`: a placeholder replaces the
    value."""

    label: str
    value: str
    policy: str
    origin: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """One object's planned fields and match keys. `origins` names each rule file for people."""

    target: Target
    head: EntryHead
    texts: MessageTexts
    origins: Mapping[str, str]

    @property
    def object(self) -> str:
        """Its API name."""
        return self.target.object

    @property
    def keys(self) -> list[str]:
        """Its match keys, in order: the labels of their fields."""
        return [" + ".join(self._label(part.field) for part in key) for key in self.target.keys]

    @property
    def fields(self) -> list[FieldRow]:
        """All of its fields."""
        return [self._value(field) for field in self.target.fields]

    @property
    def open(self) -> list[FieldRow]:
        """The fields that are shown at once."""
        return self.fields[:_SHOWN_FIELDS]

    @property
    def folded(self) -> list[FieldRow]:
        """The other fields."""
        return self.fields[_SHOWN_FIELDS:]

    def _label(self, field: str) -> str:
        return self.head.org.label(self.object, field)

    def _value(self, field: PlannedField) -> FieldRow:
        value = value_text(field.value)
        hidden = self.object == "Task" and (field.field, value) not in self.texts.textless
        return FieldRow(
            label=self._label(field.field),
            value=_PLACEHOLDERS["text"] if hidden else value,
            policy=labels.small(labels.OVERWRITES[field.overwrite]),
            origin=labels.clipped(self.origins.get(field.origin, field.origin)),
            hidden=hidden,
        )


def _planned_objects(
    app: ConsoleApp, head: EntryHead, texts: MessageTexts
) -> list[PlannedObject] | None:
    """The plan by the rules in force; None if only IDs were stored."""
    entry = head.history.entry
    if not _can_be_planned(entry):
        return None
    origins = origins_of(app.rulebook.rules(entry.event.workspace))
    targets = _targets(plan_for(app.rulebook, entry.event), head)
    return [PlannedObject(target, head, texts, origins) for target in targets]


def _targets(plan: Plan, head: EntryHead) -> list[Target]:
    """The activity; else the person, as the object it became, and the company."""
    names = ("Task",) if "Task" in plan.targets else _people(plan, head)
    return [plan.targets[name] for name in names if name in plan.targets]


def _people(plan: Plan, head: EntryHead) -> tuple[str, ...]:
    """The person's object, after the company's Account if it has one."""
    person = head.history.person_object or PERSON_OBJECTS[plan.mode]
    has_account = person == "Contact" or head.history.first_written(("Account",))
    return ("Account", person) if has_account else (person,)


@dataclass(frozen=True, slots=True)
class MessageTexts:
    """Decides which values of an activity contain message text.

    `textless` are its (field, value) pairs that would be the same for an empty message; `texts` are
    the stored parts of the message.
    """

    textless: frozenset[tuple[str, str]] = frozenset()
    texts: tuple[str, ...] = ()

    def hidden(self, field: str, value: str) -> Hidden | None:
        """Why a written value of the activity is hidden; None if it is shown."""
        if field in _WITHOUT_TEXT or (field, value) in self.textless:
            return None
        return "text" if self._contains_message(value) else "maybe"

    def _contains_message(self, value: str) -> bool:
        return any(text in value for text in self.texts)


def _can_be_planned(entry: Entry) -> bool:
    """Whether enough of the event was stored to plan it."""
    return isinstance(entry.payload.get("prospect"), dict)


def _message_texts(rules: RuleSource, entry: Entry) -> MessageTexts:
    """The message texts of an activity, and its values without any."""
    textless = _textless_values(rules, entry) if _can_be_planned(entry) else ()
    return MessageTexts(frozenset(textless), _message(entry))


def _textless_values(rules: RuleSource, entry: Entry) -> Iterator[tuple[str, str]]:
    """(field, value) of the activity, planned for an empty message."""
    task = plan_for(rules, without_text(entry.event)).targets.get("Task")
    for field in task.fields if task else ():
        yield field.field, value_text(field.value)


def _message(entry: Entry) -> tuple[str, ...]:
    """The parts of the message, formatted as values are shown."""
    texts = (value_text(part).strip() for part in _message_parts(entry))
    return tuple(filter(None, texts))


def _message_parts(entry: Entry) -> list[str]:
    """The stored subject and contents."""
    touchpoint = table_in(entry.payload, "touchpoint")
    parts = (touchpoint.get("subject"), *table_in(touchpoint, "content").values())
    return [part for part in parts if isinstance(part, str)]
