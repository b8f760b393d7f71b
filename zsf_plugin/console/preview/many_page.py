"""The preview over many as its page shows it: a table of field by change, and a few samples. Pure;
`many` gathers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import OVERWRITES, Labels
from zsf_plugin.console.mapping.mapping_context import Prospect
from zsf_plugin.console.presenters.records import value_text
from zsf_plugin.explain.many import ChangeKind, FieldChange, ManyChanges
from zsf_plugin.model import Json

_MAX_SAMPLES = 3
_MAX_SAMPLE_LINES = 4
_PLAN_KINDS: tuple[tuple[ChangeKind, str], ...] = (
    ("filled", "Newly filled"),
    ("changed", "Other value"),
    ("policy", "Other overwrite"),
    ("removed", "No longer written"),
)
_ORG_KINDS: tuple[tuple[ChangeKind, str], ...] = (
    ("filled", "Filled"),
    ("changed", "Changed"),
    ("left_out", "Left out"),
)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field with the number of prospects by kind of change."""

    object: str
    field: str
    label: str
    counts: Mapping[ChangeKind, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """One prospect with its first changes, each (label, before, after), and the number of
    others."""

    name: str
    lines: tuple[tuple[str, str, str], ...]
    others: int


@dataclass(frozen=True, slots=True)
class ManyPage:
    """The page for these prospects and their changes. `unsaved` counts the changes of the draft,
    `wrong` says why it cannot be saved, `failure` why it was not compared with Salesforce."""

    prospects: tuple[Prospect, ...]
    found: ManyChanges
    labels: Labels
    unsaved: int
    wrong: tuple[str, ...] = ()
    failure: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it is compared with Salesforce."""
        return self.found.calls is not None

    @property
    def made_up(self) -> bool:
        """Whether nobody was purchased yet."""
        return any(one.made_up for one in self.prospects)

    @property
    def kinds(self) -> tuple[tuple[ChangeKind, str], ...]:
        """The columns of the table: those kinds of change that the comparison knows."""
        return _ORG_KINDS if self.is_live else _PLAN_KINDS

    @property
    def rows(self) -> tuple[FieldRow, ...]:
        """The fields that change for anybody."""
        return tuple(
            FieldRow(object_, field, self.labels(object_, field), counts)
            for (object_, field), counts in self.found.by_field.items()
        )

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The first prospects with a change; those first that have a value overwritten."""
        pairs = zip(self.prospects, map(_overwritten_first, self.found.prospects), strict=True)
        changed = [pair for pair in pairs if pair[1]]
        first = sorted(changed, key=lambda pair: pair[1][0].kind != "changed")[:_MAX_SAMPLES]
        return tuple(self._sample(prospect, changes) for prospect, changes in first)

    def _sample(self, prospect: Prospect, changes: Sequence[FieldChange]) -> Sample:
        lines = tuple(map(self._line, changes[:_MAX_SAMPLE_LINES]))
        return Sample(prospect.name, lines, len(changes) - len(lines))

    def _line(self, change: FieldChange) -> tuple[str, str, str]:
        label = self.labels(change.object, change.field)
        if change.kind == "left_out":
            return label, value_text(change.after), "left out"
        words = _overwrite_text if change.kind == "policy" else value_text
        return label, words(change.before), words(change.after)


def _overwrite_text(policy: Json) -> str:
    return next((words for name, words in OVERWRITES.items() if name == policy), "")


def _overwritten_first(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """The changes, those first that overwrite a value."""
    return sorted(changes, key=lambda one: one.kind != "changed")
