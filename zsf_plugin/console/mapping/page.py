"""The page as its templates show it: tables with a draft on them, messages. Pure;
knows no request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console import labels
from zsf_plugin.console.mapping.document import digest_in, drafted_rules
from zsf_plugin.console.mapping.drafts import OBJECTS, Draft
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.rows import RowBuilder
from zsf_plugin.console.presenters.deciders import Decider
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.merge import applies, merge, merge_unconditional
from zsf_plugin.model import Mode, Overwrite, Plan

#: A person's change beside what someone else has saved: (row, saved now, theirs).
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
        return sum(bool(row.field) and not row.is_required_gap for row in self.rows)

    @property
    def empty(self) -> int:
        """How many fields Salesforce demands and nothing fills."""
        return sum(row.is_unfilled for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, and the mode with who decides on it."""

    mode: Mode
    mode_was: Mode
    mode_locked: str | None
    mode_some: tuple[Decider, ...]
    tables: tuple[Table, ...]

    def table(self, object_: str) -> Table:
        """That object's table."""
        return next(table for table in self.tables if table.object == object_)

    def row(self, name: str) -> MapRow | None:
        """The row of that name in the form; None where there is none, or a file sets it."""
        return next((row for row in self._open_rows if row.name == name), None)

    def row_filling(self, name: str) -> MapRow | None:
        """The row of that name, else the one that fills the field of that name: a preview knows
        fields alone."""
        filling = (row for row in self._open_rows if f"{row.object}.{row.field}" == name)
        return self.row(name) or next(filling, None)

    @property
    def _open_rows(self) -> Iterator[MapRow]:
        """The rows that no file sets."""
        return (row for row in self.rows if not row.locked)

    @property
    def changed(self) -> tuple[str, ...]:
        """What the draft changes, as people call it."""
        mode = [f"Mode: {labels.MODES[self.mode]}"] if self.mode != self.mode_was else []
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
class MappingPage:
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


def mapping_page(
    context: MappingContext,
    draft: Draft | None = None,
    notes: Sequence[Note] = (),
    *,
    overtaken: bool = False,
) -> MappingPage:
    """The page with a draft laid over what is saved; `overtaken` sets them side by side."""
    made = tables(context, draft)
    compared = tuple(_compared(made)) if overtaken else ()
    return MappingPage(made, context, digest_in(context.rules), tuple(notes), compared)


def tables(context: MappingContext, draft: Draft | None = None) -> Tables:
    """The tables with a draft laid over what is saved."""
    draft = draft or Draft()
    saved = merge_unconditional(context.rules)
    plan = _plan(context, draft)
    made = tuple(_table(RowBuilder(context, saved, plan, draft, name)) for name in OBJECTS)
    lock = context.lock("mode")
    mode = (draft.mode if lock is None else None) or saved.mode
    return Tables(mode, saved.mode, lock, context.deciders("mode"), made)


def _table(builder: RowBuilder) -> Table:
    return Table(builder.object, builder.rows(), builder.describe is not None)


def _plan(context: MappingContext, draft: Draft) -> Plan | None:
    """What the draft would ask for the prospect at hand."""
    event = context.event
    if event is None:
        return None
    rules = drafted_rules(context.rules, draft)
    return decide(event, merge([rule for rule in rules if applies(rule, event.scope)]))


def _compared(made: Tables) -> Iterator[Compared]:
    """Each change of the draft beside what is saved now."""
    if made.mode != made.mode_was:
        yield "Mode", labels.MODES[made.mode_was], labels.MODES[made.mode]
    for row in made.rows:
        if row.changed:
            yield _compared_row(row)


def _compared_row(row: MapRow) -> Compared:
    now = "Nothing" if row.is_unsaved else _target(row.key, row.was)
    return f"{row.object}: {row.words.label}", now, _target(row.field, row.overwrite)


def _target(field: str, overwrite: Overwrite) -> str:
    return f"{field}, {labels.small(labels.OVERWRITES[overwrite])}" if field else "Not mapped"
