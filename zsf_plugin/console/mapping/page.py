"""The page as its templates show it: tables with the draft applied, and messages. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from zsf_plugin.console import labels
from zsf_plugin.console.mapping.document import digest_in, drafted_rules
from zsf_plugin.console.mapping.drafts import MODE, TASK, Draft
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.org_fields import NewField
from zsf_plugin.console.mapping.overtaken import SavedChange
from zsf_plugin.console.mapping.rows import RowBuilder
from zsf_plugin.console.mapping.table_places import places_of
from zsf_plugin.console.presenters.deciders import Decider
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.merge import applies, merge, merge_unconditional
from zsf_plugin.model import Mode, Plan

#: A change in the draft beside what someone else saved: (row, saved now, yours, its name in the
#: form).
Compared: TypeAlias = "tuple[str, str, str, str]"


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Someone else saved since the draft was begun: the digest of the rules it was begun with, and
    what they changed, if that is known."""

    begun_with: str
    theirs: tuple[SavedChange, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One object. `described` is False if the org was not read, or if it hides the object from the
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
        """How many required fields nothing fills."""
        return sum(row.is_unfilled for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a page, and the mode with the rule files that set it."""

    mode: Mode
    mode_was: Mode
    mode_locked: str | None
    mode_some: tuple[Decider, ...]
    tables: tuple[Table, ...]

    def table(self, object_: str) -> Table:
        """That object's table."""
        return next(table for table in self.tables if table.object == object_)

    def row(self, name: str) -> MapRow | None:
        """The row of that name in the form; None if there is none, or if a rule file sets it."""
        return next((row for row in self._open_rows if row.name == name), None)

    def row_filling(self, name: str) -> MapRow | None:
        """The row of that name, else the one that fills the field of that name: a preview only
        knows fields."""
        filling = (row for row in self._open_rows if f"{row.object}.{row.field}" == name)
        return self.row(name) or next(filling, None)

    @property
    def _open_rows(self) -> Iterator[MapRow]:
        """The rows that no rule file sets."""
        return (row for row in self.rows if not row.locked)

    @property
    def changed(self) -> tuple[str, ...]:
        """What the draft changes, in words."""
        mode = [f"Mode: {labels.MODES[self.mode]}"] if self.mode != self.mode_was else []
        return (*mode, *(row.change for row in self.rows if row.changed))

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects of the tables."""
        return tuple(table.object for table in self.tables)

    @property
    def rows(self) -> Iterator[MapRow]:
        """The rows of all tables."""
        for table in self.tables:
            yield from table.rows

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables of the mode; those of a channel are shown in either."""
        names = ("Lead",) if self.mode == "lead" else ("Contact", "Account")
        return tuple(table for table in self.tables if table.object in (*names, TASK))


@dataclass(frozen=True, slots=True)
class Note:
    """A message above the tables, with a time (`at`, seconds since 1970) if it has one. `new` are
    fields that can be mapped now."""

    kind: str
    title: str
    text: str = ""
    at: float | None = None
    lines: tuple[str, ...] = ()
    new: tuple[NewField, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingPage:
    """The whole page. `seen` is the digest of the rules it was rendered from; `just_read`: the
    org's fields were requested just now."""

    tables: Tables
    context: MappingContext
    seen: str
    notes: tuple[Note, ...] = ()
    compared: tuple[Compared, ...] = ()
    overtaken: Overtaken | None = None
    just_read: bool = False

    @property
    def is_connected(self) -> bool:
        """Whether there is an org to map to."""
        return self.context.connection is not None

    @property
    def is_unread(self) -> bool:
        """Whether there is an org whose fields were never read."""
        return self.is_connected and self.context.read_at is None

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables of the mode."""
        return self.tables.shown

    @property
    def changes(self) -> int:
        """The number of unsaved changes."""
        return len(self.tables.changed)


def mapping_page(
    context: MappingContext,
    draft: Draft | None = None,
    notes: Sequence[Note] = (),
    overtaken: Overtaken | None = None,
) -> MappingPage:
    """The saved mapping with the draft applied; `overtaken` also compares the two."""
    made = tables(context, draft)
    compared = tuple(_compared(made, tables(context))) if overtaken else ()
    seen = digest_in(context.rules, context.channel)
    return MappingPage(made, context, seen, tuple(notes), compared, overtaken)


def tables(context: MappingContext, draft: Draft | None = None) -> Tables:
    """The saved tables with the draft applied."""
    draft = draft or Draft()
    saved = merge_unconditional(context.rules)
    plan = _plan(context, draft)
    places = places_of(context.channel)
    made = tuple(_table(RowBuilder(context, saved, plan, draft, place)) for place in places)
    lock = context.lock("mode")
    mode = (draft.mode if lock is None else None) or saved.mode
    return Tables(mode, saved.mode, lock, context.deciders("mode"), made)


def _table(builder: RowBuilder) -> Table:
    return Table(builder.object, builder.rows(), builder.describe is not None)


def _plan(context: MappingContext, draft: Draft) -> Plan | None:
    """The plan for the sample prospect under the draft."""
    event = context.event
    if event is None:
        return None
    rules = drafted_rules(context.rules, draft)
    return decide(event, merge([rule for rule in rules if applies(rule, event.scope)]))


def _compared(made: Tables, now: Tables) -> Iterator[Compared]:
    """Each change in the draft beside what is saved `now`."""
    if made.mode != made.mode_was:
        yield "Mode", labels.MODES[made.mode_was], labels.MODES[made.mode], MODE
    saved = {row.name: row for row in now.rows if not row.is_unsaved}
    for row in made.rows:
        if row.changed:
            yield _compared_row(row, saved.get(row.name))


def _compared_row(row: MapRow, saved: MapRow | None) -> Compared:
    """The row beside the one that is `saved`, if it is."""
    if saved is None:
        return f"{row.object}: {row.words.name}", "Nothing", _target(row), row.name
    is_refilled = saved.words != row.words
    yours = f"{_target(row)}, filled by {row.words.name}" if is_refilled else _target(row)
    return f"{row.object}: {saved.words.name}", _target(saved), yours, row.name


def _target(row: MapRow) -> str:
    """`Title, if blank`; a Task is never overwritten."""
    if not row.field or row.object == TASK:
        return row.field or "Not mapped"
    return f"{row.field}, {labels.small(labels.OVERWRITES[row.overwrite])}"
