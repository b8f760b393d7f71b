"""Applies a draft to the console's rule document, which holds only what differs from the layers
below. Pure; `drafting` saves it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from zsf_plugin.console.console_rules import (
    console_document,
    findings_in,
    locking_file,
    rule_entry,
    with_console,
    without_field,
)
from zsf_plugin.console.labels import small
from zsf_plugin.console.mapping.drafts import MAX_ROWS, OBJECTS, Draft, PostedRow, policy_named
from zsf_plugin.console.mapping.fitting import is_ours
from zsf_plugin.console.presenters.deciders import set_by_text
from zsf_plugin.console.presenters.sources import is_field, words_for
from zsf_plugin.decision.merge import merge_unconditional
from zsf_plugin.model import FieldRule, Json, JsonObject, Layer, Mode, Rule, Rules, table_in

MAX_VALUE_LENGTH = 4_000
_MAX_TRANSLATIONS_LENGTH = 100_000
_TOO_MANY_ROWS = f"A mapping can have up to {MAX_ROWS} rows."
_TOO_LONG = "A fixed value can have up to {limit:,} characters; this one has {length:,}."
#: (object, field) → why it cannot be filled; None if it can.
Unfit: TypeAlias = "Callable[[str, str], str | None]"
_Table: TypeAlias = "dict[str, Json]"


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
        return self.row.is_new and self.row.fixed is None


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


def digest_of(document: JsonObject) -> str:
    """A digest of the mode and fields in the console's document, without switches: a save compares
    it."""
    content = [document.get("mode"), document.get("fields")]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def digest_in(rules: Sequence[Rule]) -> str:
    """The digest of the console's document among those rules."""
    return digest_of(console_document(rules))


def _accept_all(_object: str, _field: str) -> str | None:
    """Accept every field: the org was not read yet."""
    return None


def drafted(rules: Sequence[Rule], draft: Draft, unfit: Unfit = _accept_all) -> DraftResult:
    """The console's document with the draft applied to the rules in force. `unfit` says why a field
    cannot be filled."""
    if len(draft.rows) > MAX_ROWS:
        return DraftResult(console_document(rules), refusals=(_TOO_MANY_ROWS,))
    edits = _Edits(rules, unfit)
    for object_ in OBJECTS:
        edits.apply(object_, draft.touched_rows(object_))
    edits.choose_mode(draft)
    return edits.drafted()


def drafted_rules(rules: Sequence[Rule], draft: Draft) -> tuple[Rule, ...]:
    """The rules with the draft applied."""
    return with_console(rules, drafted(rules, draft).document)


class _Edits:
    """Applies the changed rows of one object after the other to the document's tables."""

    def __init__(self, rules: Sequence[Rule], unfit: Unfit) -> None:
        self._rules = rules
        self._unfit = unfit
        self._document = console_document(rules)
        self._below = _merged(rules, "shipped")
        self._base = _merged(rules, "shipped", "console")
        self._tables = _tables(self._document)
        self._mode: Mode | None = None
        self._changed: list[Edit] = []
        self._refusals: list[str] = []

    def apply(self, object_: str, rows: Iterable[PostedRow]) -> None:
        """Unmap the old fields, then map the new ones: two rows may swap fields."""
        accepted = self._without_conflicts(object_, self._parsed(rows))
        for row, _ in accepted:
            if not row.is_new:
                self._unmap(object_, row.key)
        for row, rule in accepted:
            if row.to:
                self._map(object_, replace(rule, field=row.to))
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
        return _with_tables(document, self._tables)

    def _parsed(self, rows: Iterable[PostedRow]) -> list[Edit]:
        """The rows with their rules; invalid rows become refusals."""
        understood: list[Edit] = []
        for row in rows:
            rule = self._locked(row) or self._unfillable(row) or self._rule_of(row)
            if isinstance(rule, str):
                self._refusals.append(rule)
            else:
                understood.append(Edit(row, rule))
        return understood

    def _without_conflicts(self, object_: str, edits: Sequence[Edit]) -> list[Edit]:
        """The edits whose field no other row fills."""
        taken = self._fields_kept(object_, edits)
        accepted: list[Edit] = []
        for edit in edits:
            conflict = edit.conflict(taken)
            if conflict is not None:
                self._refusals.append(conflict)
                continue
            accepted.append(edit)
            taken[edit.row.to.lower()] = edit.label
        return accepted

    def _fields_kept(self, object_: str, leaving: Iterable[Edit]) -> dict[str, str]:
        """Fields that other rows still fill, in lower case, each with that row's label."""
        gone = {edit.row.key.lower() for edit in leaving}
        labels = _labels_by_field(self._base.fields.get(object_, {}).values())
        return {field: label for field, label in labels.items() if field not in gone}

    def _locked(self, row: PostedRow) -> str | None:
        """Which file sets one of the row's fields, in words."""
        for field in row.fields:
            file = locking_file(self._rules, "fields", row.object, field)
            if file is not None:
                return set_by_text(f"{row.object}.{field}", file)
        return None

    def _unfillable(self, row: PostedRow) -> str | None:
        """Why the row's new field cannot be filled. A field that it fills already only gets a
        warning."""
        if not row.to or not (row.is_new or row.is_moved):
            return None
        why = self._why_unfit(row)
        return f"{row.object}.{row.to} cannot be chosen: {small(why)}." if why else None

    def _why_unfit(self, row: PostedRow) -> str | None:
        return "Filled by Zaplify" if is_ours(row.to) else self._unfit(row.object, row.to)

    def _rule_of(self, row: PostedRow) -> FieldRule | str:
        """The rule of the row, or why there is none."""
        if len(row.values) > _MAX_TRANSLATIONS_LENGTH:
            return f"Too many mapped values for {row.object}.{row.key}."
        rule = _new_rule(row) if row.is_new else self._changed_rule(row)
        return rule if isinstance(rule, str) else _translated(rule, row)

    def _changed_rule(self, row: PostedRow) -> FieldRule | str:
        """The rule of the row's field, with the chosen policy."""
        rule = self._filling(row.object, row.key)
        if rule is None:
            return f"{row.object}.{row.key} is no longer mapped. Map it again."
        return _with_policy(rule, row)

    def _filling(self, object_: str, name: str) -> FieldRule | None:
        """The rule that fills the field now, else the one below the console's."""
        return self._base.field_rule(object_, name) or self._below.field_rule(object_, name)

    def _unmap(self, object_: str, name: str) -> None:
        """Remove the field from the table; False unmaps one that the layers below map."""
        table = self._table_without(object_, name)
        below = self._below.field_rule(object_, name)
        self._tables[object_] = table if below is None else {**table, below.field: False}

    def _map(self, object_: str, rule: FieldRule) -> None:
        """Put the field's rule into the table, if it differs from the layers below."""
        table = self._table_without(object_, rule.field)
        # an unfilled field differs from every rule
        below = self._below.field_rule(object_, rule.field) or FieldRule(rule.field)
        if not _is_same(below, rule):
            table[below.field] = rule_entry(rule)
        self._tables[object_] = table

    def _table_without(self, object_: str, name: str) -> _Table:
        """The object's table without that field."""
        return without_field(self._tables.get(object_, {}), name)


def _is_same(one: FieldRule, other: FieldRule) -> bool:
    """Whether both rules would be written identically in a rule file."""
    return rule_entry(replace(one, field=other.field)) == rule_entry(other)


def _merged(rules: Iterable[Rule], *layers: Layer) -> Rules:
    """The rules of those layers, merged for everyone."""
    return merge_unconditional([rule for rule in rules if rule.layer in layers])


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


def _new_rule(row: PostedRow) -> FieldRule | str:
    """The rule of a row that has none yet."""
    if row.fixed is not None:
        return _fixed_rule(row, row.fixed)
    return _source_fault(row) or FieldRule(row.to, (row.source,), overwrite=row.policy)


def _source_fault(row: PostedRow) -> str | None:
    if not row.source:
        return f"Choose what fills {row.to}."
    if is_field(row.source):
        return None
    return f"Choose what fills {row.to} from the list. Other expressions need a rule file."


def _fixed_rule(row: PostedRow, value: str) -> FieldRule | str:
    return _value_fault(row, value) or FieldRule(row.to, value=value, overwrite=row.policy)


def _value_fault(row: PostedRow, value: str) -> str | None:
    if len(value) > MAX_VALUE_LENGTH:
        return _TOO_LONG.format(limit=MAX_VALUE_LENGTH, length=len(value))
    if value:
        return None
    return f"Enter the fixed value for {row.to}." if row.to else "Enter the fixed value."


def _with_mode(document: JsonObject, mode: Mode, below: Mode) -> JsonObject:
    """The document with that mode, if it differs from the layers below."""
    made = _without(document, "mode")
    return made if mode == below else {**made, "mode": mode}


def _tables(document: JsonObject) -> dict[str, _Table]:
    """Copies of the document's tables of fields."""
    return {
        name: dict(table)
        for name, table in table_in(document, "fields").items()
        if isinstance(table, dict)
    }


def _with_tables(document: JsonObject, tables: Mapping[str, _Table]) -> JsonObject:
    """The document with those tables, without empty ones."""
    kept: dict[str, Json] = {name: table for name, table in tables.items() if table}
    made = _without(document, "fields")
    return {**made, "fields": kept} if kept else made


def _without(document: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in document.items() if key != name}
