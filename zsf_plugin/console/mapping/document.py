"""Applies a draft to the console's rule document, which holds only what differs from the layers
below. Pure; `drafting` saves it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from zsf_plugin.console.console_rules import (
    console_document,
    findings_in,
    locking_file,
    rule_entry,
    with_console,
    without_field,
)
from zsf_plugin.console.mapping.drafts import MAX_ROWS, Draft, PostedRow, policy_named
from zsf_plugin.console.mapping.filling import Unfit, filled_rule, unfillable
from zsf_plugin.console.mapping.table_places import (
    TablePlace,
    places_of,
    with_tables,
    without_tables,
)
from zsf_plugin.console.presenters.deciders import set_by_text
from zsf_plugin.console.presenters.sources import words_for
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import ANY_CHANNEL, FieldRule, JsonObject, Mode, Rule, table_in

_MAX_TRANSLATIONS_LENGTH = 100_000
_TOO_MANY_ROWS = f"A mapping can have up to {MAX_ROWS} rows."


class Edit(NamedTuple):
    """A row that a person changed, with its rule."""

    row: PostedRow
    rule: FieldRule

    @property
    def label(self) -> str:
        """The label of the field's source."""
        return words_for(self.rule).label

    def conflict(self, taken: Mapping[str, str]) -> str | None:
        """Why it conflicts: it names no field, or one that another row fills. `taken` are the
        filled fields in lower case, with what fills them."""
        if self.row.is_new and not self.row.to:
            return f"Choose a Salesforce field for {self.label}."
        other = taken.get(self.row.to.lower()) if self.row.to else None
        if other is None:
            return None
        return f"{self.row.to} is already filled by {other}. Choose another field for {self.label}."

    def as_detail(self) -> JsonObject:
        """The edit as stored in the history: labels and API names, never a value."""
        detail = {
            "object": self.row.object,
            "was": "" if self.row.is_new else self.row.key,
            "field": self.row.to,
            "overwrite": self.row.overwrite,
            "from": self.label if self._has_new_source else "",
        }
        return {name: text for name, text in detail.items() if text}

    @property
    def _has_new_source(self) -> bool:
        return bool(self.row.source) and self.row.fixed is None


@dataclass(frozen=True, slots=True)
class DraftResult:
    """The result of a draft: the document, the rows that it changes, and why some changes were
    refused."""

    document: JsonObject
    changed: tuple[Edit, ...] = ()
    mode: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of changes shown to a person."""
        return len(self.changed) + self.mode


def digest_of(document: JsonObject, channel: str = "") -> str:
    """A digest of what a page edits in the console's document, without switches: a save compares
    it. That is the mode and the fields, or the activities of the `channel` and what it inherits."""
    activities = table_in(document, "activity")
    content = [document.get("mode"), document.get("fields")]
    if channel:
        content = [activities.get(name) for name in (channel, ANY_CHANNEL)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def digest_in(rules: Sequence[Rule], channel: str = "") -> str:
    """The digest of the console's document among those rules."""
    return digest_of(console_document(rules), channel)


def _accept_all(_object: str, _field: str) -> str | None:
    """Accept every field: the org was not read yet."""
    return None


def drafted(rules: Sequence[Rule], draft: Draft, unfit: Unfit = _accept_all) -> DraftResult:
    """The console's document with the draft applied to the rules in force. `unfit` says why a field
    cannot be filled."""
    if len(draft.rows) > MAX_ROWS:
        return DraftResult(console_document(rules), refusals=(_TOO_MANY_ROWS,))
    places = places_of(draft.channel)
    edits = _Edits(rules, places, unfit)
    for place in places:
        edits.apply(place, draft.touched_rows(place.object))
    edits.choose_mode(draft)
    return edits.drafted()


def drafted_rules(rules: Sequence[Rule], draft: Draft) -> tuple[Rule, ...]:
    """The rules with the draft applied."""
    return with_console(rules, drafted(rules, draft).document)


class _Edits:
    """Applies the changed rows of one table after the other to those of the document.

    `_base` is what is in force for everyone, `_below` without the document's mode and tables. A
    rule file's keys are in both, but no row that it sets is ever edited.
    """

    def __init__(self, rules: Sequence[Rule], places: Sequence[TablePlace], unfit: Unfit) -> None:
        self._rules = rules
        self._unfit = unfit
        self._document = console_document(rules)
        others = _without(without_tables(self._document, places), "mode")
        self._below = merge_unconditional(with_console(rules, others))
        self._base = merge_unconditional(rules)
        self._tables = {place: place.table_of(self._document) for place in places}
        self._mode: Mode | None = None
        self._changed: list[Edit] = []
        self._refusals: list[str] = []

    def apply(self, place: TablePlace, rows: Iterable[PostedRow]) -> None:
        """Unmap the old fields, then map the new ones: two rows may swap fields."""
        accepted = self._without_conflicts(place, self._parsed(place, rows))
        for row, _ in accepted:
            if not row.is_new:
                self._unmap(place, row.key)
        for row, rule in accepted:
            if row.to:
                self._map(place, replace(rule, field=row.to))
        self._changed += accepted

    def choose_mode(self, draft: Draft) -> None:
        """Apply the draft's mode, if it changes and no file sets it."""
        if draft.new_mode is None or draft.mode == self._base.mode:
            return
        lock = locking_file(self._rules, "mode")
        if lock is None:
            self._mode = draft.mode
        else:
            self._refusals.append(set_by_text("The mode", lock))

    def drafted(self) -> DraftResult:
        """The result of the edits; refused if the document would be invalid."""
        refusals = tuple(self._refusals)
        has_mode = self._mode is not None
        if not self._changed and not has_mode:
            return DraftResult(self._document, refusals=refusals)
        edited = self._edited_document()
        findings = findings_in(edited)
        if findings:
            return DraftResult(self._document, refusals=(*refusals, *map(str, findings)))
        return DraftResult(edited, tuple(self._changed), has_mode, refusals)

    def _edited_document(self) -> JsonObject:
        """The document with the mode and the tables."""
        document = self._document
        if self._mode is not None:
            document = _with_mode(document, self._mode, self._below.mode)
        return with_tables(document, self._tables)

    def _parsed(self, place: TablePlace, rows: Iterable[PostedRow]) -> list[Edit]:
        """The rows with their rules; invalid rows become refusals."""
        understood: list[Edit] = []
        for row in rows:
            rule = (
                self._locked(place, row)
                or unfillable(row, self._unfit)
                or self._rule_of(place, row)
            )
            if isinstance(rule, str):
                self._refusals.append(rule)
            else:
                understood.append(Edit(row, rule))
        return understood

    def _without_conflicts(self, place: TablePlace, edits: Sequence[Edit]) -> list[Edit]:
        """The edits whose field no other row fills."""
        taken = self._fields_kept(place, edits)
        accepted: list[Edit] = []
        for edit in edits:
            conflict = edit.conflict(taken)
            if conflict is not None:
                self._refusals.append(conflict)
                continue
            accepted.append(edit)
            taken[edit.row.to.lower()] = edit.label
        return accepted

    def _fields_kept(self, place: TablePlace, leaving: Iterable[Edit]) -> dict[str, str]:
        """Fields that other rows still fill, in lower case, each with that row's label."""
        gone = {edit.row.key.lower() for edit in leaving}
        labels = _labels_by_field(place.rules_in(self._base).values())
        return {field: label for field, label in labels.items() if field not in gone}

    def _locked(self, place: TablePlace, row: PostedRow) -> str | None:
        """Which file sets one of the row's fields, in words."""
        for field in row.fields:
            file = locking_file(self._rules, *place.path(field))
            if file is not None:
                return set_by_text(f"{row.object}.{field}", file)
        return None

    def _rule_of(self, place: TablePlace, row: PostedRow) -> FieldRule | str:
        """The rule of the row, or why there is none."""
        if len(row.values) > _MAX_TRANSLATIONS_LENGTH:
            return f"Too many mapped values for {row.object}.{row.key}."
        rule = filled_rule(row) if row.is_new else self._changed_rule(place, row)
        return rule if isinstance(rule, str) else _translated(rule, row)

    def _changed_rule(self, place: TablePlace, row: PostedRow) -> FieldRule | str:
        """The rule of the row's field, with the chosen source and policy."""
        rule = self._filling(place, row.key)
        if rule is None:
            return f"{row.object}.{row.key} is no longer mapped. Map it again."
        filled = filled_rule(row, rule) if row.source else rule
        return filled if isinstance(filled, str) else _with_policy(filled, row)

    def _filling(self, place: TablePlace, name: str) -> FieldRule | None:
        """The rule that fills the field now, else the one below the console's."""
        return place.rule_in(self._base, name) or place.rule_in(self._below, name)

    def _unmap(self, place: TablePlace, name: str) -> None:
        """Remove the field from the table; False unmaps one that the layers below map."""
        table = without_field(self._tables[place], name)
        below = place.rule_in(self._below, name)
        self._tables[place] = table if below is None else {**table, below.field: False}

    def _map(self, place: TablePlace, rule: FieldRule) -> None:
        """Put the field's rule into the table, if it differs from the layers below."""
        table = without_field(self._tables[place], rule.field)
        # an unfilled field differs from every rule
        below = place.rule_in(self._below, rule.field) or FieldRule(rule.field)
        if not _is_same(below, rule):
            table[below.field] = rule_entry(rule)
        self._tables[place] = table


def _is_same(one: FieldRule, other: FieldRule) -> bool:
    """Whether both rules would be written identically in a rule file."""
    return rule_entry(replace(one, field=other.field)) == rule_entry(other)


def _labels_by_field(rules: Iterable[FieldRule]) -> dict[str, str]:
    """The label of what fills each field, by its name in lower case."""
    return {rule.field.lower(): words_for(rule).label for rule in rules}


def _translated(rule: FieldRule, row: PostedRow) -> FieldRule:
    """The rule with the row's translations of values, if changed."""
    translations = row.translations
    return rule if translations is None else replace(rule, values=translations or None)


def _with_policy(rule: FieldRule, row: PostedRow) -> FieldRule:
    """The rule with the chosen policy, if it changed."""
    overwrite = policy_named(row.overwrite)
    return replace(rule, overwrite=overwrite) if overwrite and overwrite != row.was else rule


def _with_mode(document: JsonObject, mode: Mode, below: Mode) -> JsonObject:
    """The document with that mode, if it differs from the layers below."""
    made = _without(document, "mode")
    return made if mode == below else {**made, "mode": mode}


def _without(document: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in document.items() if key != name}
