"""The page as its templates show it: tables with a draft on them, messages, what can be chosen.
Pure; knows no request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console import labels
from zsf_plugin.console.console_rules import decided_for_some, lock_of
from zsf_plugin.console.mapping.document import console_document, drafted, seen_of, with_console
from zsf_plugin.console.mapping.drafts import FIXED, OBJECTS, Draft
from zsf_plugin.console.mapping.fitting import unfit
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.rows import MapRow, RowBuilder
from zsf_plugin.console.telling.causes import key_of
from zsf_plugin.console.telling.deciders import decides, short
from zsf_plugin.console.telling.sources import Source
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.merge import applies, for_everyone, merge
from zsf_plugin.model.cause import REQUIRED_EMPTY, Cause
from zsf_plugin.model.describe import FieldDescribe
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.rules import Mode, Overwrite

#: Values of a picklist that are offered as fixed values at most.
_MAX_VALUES = 200

#: (heading, (value, label)) in groups.
Choices: TypeAlias = "Sequence[tuple[str, Sequence[tuple[str, str]]]]"
#: One of a person's changes beside what somebody else saved meanwhile: (row, saved now, theirs).
Compared: TypeAlias = "tuple[str, str, str]"


@dataclass(frozen=True, slots=True)
class Table:
    """One object. `described` is False where the org was not read, or hides the object from the
    connected user."""

    object: str
    rows: tuple[MapRow, ...]
    described: bool

    @property
    def mapped(self) -> int:
        """How many fields are filled."""
        return sum(bool(row.field) and not row.is_need for row in self.rows)

    @property
    def empty(self) -> int:
        """How many fields Salesforce demands and nothing fills."""
        return sum(row.is_need and not row.changed for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, and the mode with who decides on it."""

    mode: Mode
    mode_was: Mode
    mode_locked: str | None
    mode_some: tuple[str, ...]
    tables: tuple[Table, ...]

    def table(self, object_: str) -> Table:
        """That object's table."""
        return next(table for table in self.tables if table.object == object_)

    @property
    def changed(self) -> tuple[str, ...]:
        """What the draft changes, as people call it."""
        mode = ["Prospects become"] if self.mode != self.mode_was else []
        return (*mode, *(row.words.label for row in self.rows if row.changed))

    @property
    def rows(self) -> Iterator[MapRow]:
        """The rows of all tables."""
        for table in self.tables:
            yield from table.rows

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables that the mode needs."""
        names = ("Lead",) if self.mode == "lead" else ("Contact", "Account")
        return tuple(self.table(name) for name in names)


@dataclass(frozen=True, slots=True)
class Note:
    """A message above the tables. `at` (seconds since 1970) is told as a time where there is
    one."""

    kind: str
    title: str
    text: str = ""
    at: float | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """All that is shown. `seen` is the digest of what it was made from; `asked`: fields were asked
    for just now."""

    tables: Tables
    context: MappingContext
    seen: str
    notes: tuple[Note, ...] = ()
    compared: tuple[Compared, ...] = ()
    asked: bool = False

    @property
    def is_connected(self) -> bool:
        """Whether there is an org to map to."""
        return self.context.connection is not None

    @property
    def is_unread(self) -> bool:
        """Whether the org's fields were never read, though there is an org."""
        return self.is_connected and self.context.read_at is None

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables that the mode needs."""
        return self.tables.shown

    @property
    def changes(self) -> int:
        """How many changes are not saved."""
        return len(self.tables.changed)


def page(
    context: MappingContext,
    draft: Draft | None = None,
    notes: Sequence[Note] = (),
    *,
    overtaken: bool = False,
) -> Page:
    """The page with a draft laid over what is saved; `overtaken` sets them side by side."""
    made = tables(context, draft)
    compared = tuple(_compared(made)) if overtaken else ()
    seen = seen_of(console_document(context.rules))
    return Page(made, context, seen, tuple(notes), compared)


def tables(context: MappingContext, draft: Draft | None = None) -> Tables:
    """The tables with a draft laid over what is saved."""
    draft = draft or Draft()
    saved = for_everyone(context.rules)
    plan = _plan(context, draft)
    made = tuple(_table(RowBuilder(context, saved, plan, draft, name)) for name in OBJECTS)
    lock = lock_of(context.rules, "mode")
    mode = draft.mode if draft.mode is not None and lock is None else saved.mode
    some = [decides(file, when) for file, when in decided_for_some(context.rules, "mode")]
    return Tables(mode, saved.mode, lock, tuple(some), made)


def _table(builder: RowBuilder) -> Table:
    return Table(builder.object, builder.rows(), builder.describe is not None)


def _plan(context: MappingContext, draft: Draft) -> Plan | None:
    """What the draft would ask for the prospect at hand."""
    event = context.event
    if event is None:
        return None
    rules = with_console(context.rules, drafted(context.rules, draft).document)
    return decide(event, merge([rule for rule in rules if applies(rule, event.scope)]))


def fields_filled(table: Table, but: str = "") -> Mapping[str, str]:
    """Why a field is not free for another row, by its API name in lower case. `but` is the row that
    asks."""
    refused: dict[str, str] = {}
    for row in table.rows:
        is_empty = not row.field or (row.is_need and not row.changed)
        if is_empty or row.key == but:
            continue
        why = f"Already filled by {row.words.label}"
        refused[row.field.lower()] = f"Set by {short(row.locked)}" if row.locked else why
    return refused


def held_key(row: MapRow) -> str:
    """The key, on the page Held, of the cause that the row's field is empty."""
    name = row.describe.name if row.describe is not None else row.field
    return key_of(Cause(REQUIRED_EMPTY, row.object, name).group)


def choices(row: MapRow, context: MappingContext) -> Choices:
    """What may fill a row that no rule fills yet: (heading, (value, label)) in groups."""
    fixed = _fixed_values(row.describe)
    if not fixed or not _is_closed(row.describe):
        fixed.append((FIXED, "A fixed value…"))
    fitting = [source for source in context.sources if _is_offered(source, row)]
    sources = [(source.path, source.label) for source in fitting]
    groups = (("Fixed value", fixed), ("Zaplify field", sources))
    return [(heading, options) for heading, options in groups if options]


def _is_offered(source: Source, row: MapRow) -> bool:
    """Whether the field takes that kind of value; a row that was added may take another field."""
    return row.describe is None or row.is_new or unfit(source.kind, row.describe) is None


def _fixed_values(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field itself offers: (as a source, label)."""
    if field is None:
        return []
    if field.type == "boolean":
        return [(f"{FIXED}true", "Yes"), (f"{FIXED}false", "No")]
    active = [value for value in field.picklist if value.active]
    return [(FIXED + value.value, value.label) for value in active[:_MAX_VALUES]]


def _is_closed(field: FieldDescribe | None) -> bool:
    """Whether no other values than those it offers can be written."""
    return field is not None and (field.type == "boolean" or field.restricted)


def _compared(made: Tables) -> Iterator[Compared]:
    """Each change of the draft beside what is saved now."""
    if made.mode != made.mode_was:
        yield "Prospects become", labels.MODES[made.mode_was], labels.MODES[made.mode]
    for row in made.rows:
        if row.changed:
            is_unsaved = row.is_new or row.is_need
            now = "Nothing" if is_unsaved else _target(row.key, row.was)
            yield f"{row.object}: {row.words.label}", now, _target(row.field, row.overwrite)


def _target(field: str, overwrite: Overwrite) -> str:
    return f"{field}, {labels.small(labels.OVERWRITES[overwrite])}" if field else "Not mapped"
