"""The page as its templates show it: tables with a draft on them, messages, what can be chosen.
Knows no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.console import labels
from zsf_plugin.console.mapping.drafts import FIXED, Draft, console_document, seen_of
from zsf_plugin.console.mapping.fitting import unfit
from zsf_plugin.console.mapping.mapping_context import Gathered
from zsf_plugin.console.mapping.rows import MapRow, Table, Tables, tables
from zsf_plugin.console.telling.causes import key_of
from zsf_plugin.decision.causes import REQUIRED_EMPTY
from zsf_plugin.model.cause import Cause
from zsf_plugin.model.describe import FieldDescribe
from zsf_plugin.model.rules import Overwrite

#: Values of a picklist that are offered as fixed values at most.
_MOST_VALUES = 200

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Note:
    """A message above the tables. `read_at` is told as a time where there is one; `by` did it
    `at`."""

    kind: str
    title: str
    text: str = ""
    at: float | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One of a person's changes beside what somebody else saved meanwhile."""

    label: str
    now: str
    yours: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that is shown. `seen` is the digest of what it was made from; `asked`: fields were asked
    for just now."""

    tables: Tables
    gathered: Gathered
    seen: str
    notes: tuple[Note, ...] = ()
    compared: tuple[Compared, ...] = ()
    asked: bool = False

    @property
    def is_connected(self) -> bool:
        """Whether there is an org to map to."""
        return self.gathered.connection is not None

    @property
    def is_unread(self) -> bool:
        """Whether the org's fields were never read, though there is an org."""
        return self.is_connected and self.gathered.read_at is None

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables that the mode needs."""
        return self.tables.shown

    @property
    def changes(self) -> int:
        """How many changes are not saved."""
        return len(self.tables.changed)


def page(
    gathered: Gathered,
    draft: Draft | None = None,
    notes: Sequence[Note] = (),
    *,
    overtaken: bool = False,
) -> Page:
    """The page with a draft laid over what is saved; `overtaken` sets them side by side."""
    made = tables(gathered.ground, draft)
    beside = _compared(made) if overtaken else ()
    return Page(
        made, gathered, seen_of(console_document(gathered.ground.rules)), tuple(notes), beside
    )


def held_key(row: MapRow) -> str:
    """The key, on the page Held, of the cause that the row's field is empty."""
    name = row.describe.name if row.describe is not None else row.field
    return key_of(Cause(REQUIRED_EMPTY, "", "", row.object, name).group)


def choices(row: MapRow, gathered: Gathered) -> Choices:
    """What may fill a row that no rule fills yet: (heading, (value, words)) in groups."""
    field = row.describe
    fixed = [(FIXED + value, words) for value, words in _values(field)] if field is not None else []
    free = [] if fixed and field is not None and _is_closed(field) else [(FIXED, "A fixed value…")]
    sources = [
        (source.path, source.label)
        for source in gathered.sources
        if field is None or row.is_new or unfit(source.kind, field) is None
    ]
    groups = (("Fixed value", [*fixed, *free]), ("Zaplify field", sources))
    return [(heading, options) for heading, options in groups if options]


def _values(field: FieldDescribe) -> list[tuple[str, str]]:
    if field.type == "boolean":
        return [("true", "Yes"), ("false", "No")]
    return [(one.value, one.label) for one in field.picklist if one.active][:_MOST_VALUES]


def _is_closed(field: FieldDescribe) -> bool:
    """Whether no other values than those it offers can be written."""
    return field.type == "boolean" or field.restricted


def _compared(made: Tables) -> tuple[Compared, ...]:
    beside = []
    if made.mode != made.mode_was:
        beside.append(
            Compared("Prospects become", labels.MODES[made.mode_was], labels.MODES[made.mode])
        )
    for table in made.tables:
        for row in table.rows:
            if row.changed:
                now = "Nothing" if row.is_new or row.is_need else _target(row.key, row.was)
                beside.append(
                    Compared(
                        f"{table.object}: {row.words.label}", now, _target(row.field, row.overwrite)
                    )
                )
    return tuple(beside)


def _target(field: str, overwrite: Overwrite) -> str:
    return f"{field}, {labels.small(labels.OVERWRITES[overwrite])}" if field else "Not mapped"
