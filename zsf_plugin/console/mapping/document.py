"""The console's rule document as a draft would have it: only what a person changed, only what
differs from the layers below. Pure; saving it is `drafting`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.console.console_rules import (
    console_document,
    entry_of,
    findings_in,
    lock_of,
    without_field,
)
from zsf_plugin.console.labels import small
from zsf_plugin.console.mapping.drafts import MAX_ROWS, OBJECTS, Draft, PostedRow, policy_named
from zsf_plugin.console.mapping.fitting import is_ours
from zsf_plugin.console.presenters.deciders import set_by
from zsf_plugin.console.presenters.sources import is_field, words_for
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.model import FieldRule, Json, JsonObject, Mode, Overwrite, Rule

MAX_VALUE_LENGTH = 4_000
_MAX_TRANSLATIONS_LENGTH = 100_000
#: From an object and a field to why it cannot be filled, None where it can.
Unfit: TypeAlias = "Callable[[str, str], str | None]"
_Table: TypeAlias = "dict[str, Json]"


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a draft comes to: the document, the rows that it changes, and why some changes were not
    taken in."""

    document: JsonObject
    changed: tuple[PostedRow, ...] = ()
    mode: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many changes a person sees."""
        return len(self.changed) + self.mode


def seen_of(document: JsonObject) -> str:
    """A digest of what of the console's document this page shows: saving compares it, and switches
    do not matter."""
    content = [document.get("mode"), document.get("fields")]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _nobody_knows(_object: str, _field: str) -> str | None:
    """Where nothing was read of the org yet, nothing is known against a field."""
    return None


def drafted(rules: Sequence[Rule], draft: Draft, unfit: Unfit = _nobody_knows) -> Drafted:
    """The console's document as the draft would have it, over the rules as they are now. `unfit`
    says in words why a field cannot be filled."""
    document = console_document(rules)
    if len(draft.rows) > MAX_ROWS:
        refusal = f"A mapping is saved with up to {MAX_ROWS} rows at once."
        return Drafted(document, refusals=(refusal,))
    edits = _Edits(rules, document, unfit)
    for object_ in OBJECTS:
        edits.apply(object_, [row for row in draft.rows if row.object == object_])
    mode = edits.new_mode(draft)
    if mode is not None:
        document = _with_mode(document, mode, edits.below.mode)
    return _checked(edits, document, mode_changed=mode is not None)


def _checked(edits: _Edits, document: JsonObject, *, mode_changed: bool) -> Drafted:
    """What the edits come to, unless the document would then be no valid rule."""
    refusals = tuple(edits.refusals)
    if not edits.changed and not mode_changed:
        return Drafted(document, refusals=refusals)
    made = _with_tables(document, edits.tables)
    findings = findings_in(made)
    if findings:
        return Drafted(edits.document, refusals=(*refusals, *map(str, findings)))
    return Drafted(made, tuple(edits.changed), mode_changed, refusals)


class _Edits:
    """Takes the touched rows of one object after the other into the document's tables."""

    def __init__(self, rules: Sequence[Rule], document: JsonObject, unfit: Unfit) -> None:
        self._rules = rules
        self._unfit = unfit
        self.document = document
        self.below = for_everyone([rule for rule in rules if rule.layer == "shipped"])
        self.base = for_everyone([rule for rule in rules if rule.layer in ("shipped", "console")])
        self.tables = _tables(document)
        self.changed: list[PostedRow] = []
        self.refusals: list[str] = []

    def apply(self, object_: str, rows: Sequence[PostedRow]) -> None:
        """First what leaves its field, then what fills one: two rows may change places."""
        accepted = self._without_clashes(object_, self._understood(rows))
        table = self.tables.setdefault(object_, {})
        for row, _ in accepted:
            if not row.is_new:
                table = _taken_out(table, self.below.filling(object_, row.key), row.key)
        for row, rule in accepted:
            table = _put_in(table, self.below.filling(object_, row.to), row.to, rule)
        self.tables[object_] = table
        self.changed += [row for row, _ in accepted]

    def new_mode(self, draft: Draft) -> Mode | None:
        """The mode that the draft changes to; None where it changes none, or may not."""
        if draft.mode is None or draft.mode in (draft.mode_was, self.base.mode):
            return None
        lock = lock_of(self._rules, "mode")
        if lock is None:
            return draft.mode
        self.refusals.append(set_by("What prospects become", lock))
        return None

    def _understood(self, rows: Sequence[PostedRow]) -> list[tuple[PostedRow, FieldRule]]:
        """The touched rows, each with what it is to fill its field with; why not is noted."""
        understood: list[tuple[PostedRow, FieldRule]] = []
        for row in rows:
            if not row.is_touched:
                continue
            found = self._locked(row) or self._unfillable(row) or self._rule_of(row)
            if isinstance(found, str):
                self.refusals.append(found)
            else:
                understood.append((row, found))
        return understood

    def _without_clashes(
        self, object_: str, rows: Sequence[tuple[PostedRow, FieldRule]]
    ) -> list[tuple[PostedRow, FieldRule]]:
        """The rows that fill a field which no other row fills."""
        taken = self._staying(object_, (row for row, _ in rows))
        accepted: list[tuple[PostedRow, FieldRule]] = []
        for row, rule in rows:
            clash = _clash(row, rule, taken)
            if clash is not None:
                self.refusals.append(clash)
                continue
            accepted.append((row, rule))
            taken[row.to.lower()] = words_for(rule).label
        return accepted

    def _staying(self, object_: str, leaving: Iterable[PostedRow]) -> dict[str, str]:
        """Fields that other rows go on to fill, in lower case, each with that row's name."""
        gone = {row.key.lower() for row in leaving if not row.is_new}
        staying: dict[str, str] = {}
        for rule in self.base.fields.get(object_, {}).values():
            if rule.field.lower() not in gone:
                staying[rule.field.lower()] = words_for(rule).label
        return staying

    def _locked(self, row: PostedRow) -> str | None:
        """Which file decides on one of the row's fields."""
        for name in (row.to, "" if row.is_new else row.key):
            file = lock_of(self._rules, "fields", row.object, name) if name else None
            if file is not None:
                return set_by(f"{row.object}.{name}", file)
        return None

    def _unfillable(self, row: PostedRow) -> str | None:
        """Why the field that the row turns to cannot be filled; one that it fills already is left
        to its warning."""
        stays = not row.is_new and row.to.lower() == row.key.lower()
        if not row.to or stays:
            return None
        why = "Filled by the sync itself" if is_ours(row.to) else self._unfit(row.object, row.to)
        return f"{row.object}.{row.to} cannot be chosen: {small(why)}." if why else None

    def _rule_of(self, row: PostedRow) -> FieldRule | str:
        """What the row is to fill its field with; in words why not."""
        if len(row.values) > _MAX_TRANSLATIONS_LENGTH:
            return f"That is too much to translate at once for {row.object}.{row.key}."
        rule = _new_rule(row) if row.is_new else self._changed_rule(row)
        if isinstance(rule, str) or row.translations is None:
            return rule
        return replace(rule, values=row.translations or None)

    def _changed_rule(self, row: PostedRow) -> FieldRule | str:
        """The rule that filled the row's field, with the policy that was chosen."""
        rule = self.base.filling(row.object, row.key) or self.below.filling(row.object, row.key)
        if rule is None:
            return f"{row.object}.{row.key} is not mapped any more: map it anew."
        overwrite = policy_named(row.overwrite)
        if overwrite is None or overwrite == row.was:
            return rule
        return replace(rule, overwrite=overwrite)


def _new_rule(row: PostedRow) -> FieldRule | str:
    """The rule of a row that has none yet."""
    overwrite = policy_named(row.overwrite) or "if_blank"
    if not row.source:
        return f"Choose what fills {row.to}."
    if row.fixed is not None:
        return _fixed_rule(row, row.fixed, overwrite)
    if not is_field(row.source):
        return f"Choose what fills {row.to} from the list: other expressions are for rule files."
    return FieldRule(row.to, (row.source,), overwrite=overwrite)


def _fixed_rule(row: PostedRow, value: str, overwrite: Overwrite) -> FieldRule | str:
    if len(value) > MAX_VALUE_LENGTH:
        return (
            f"A fixed value has up to {MAX_VALUE_LENGTH:,} characters, and this one {len(value):,}."
        )
    if value:
        return FieldRule(row.to, value=value, overwrite=overwrite)
    return f"Type the fixed value for {row.to}." if row.to else "Type the fixed value."


def _clash(row: PostedRow, rule: FieldRule, taken: Mapping[str, str]) -> str | None:
    """Why a row cannot be taken in: it names no field, or one that another row fills."""
    label = words_for(rule).label
    if row.is_new and not row.to:
        return f"Choose a Salesforce field for {label}."
    other = taken.get(row.to.lower()) if row.to else None
    if other is None:
        return None
    return f"{row.to} is filled by {other} already. Choose another field for {label}."


def _taken_out(table: _Table, below: FieldRule | None, name: str) -> _Table:
    """The table without that field; False unmaps one that the layers below fill."""
    left = without_field(table, name)
    return left if below is None else {**left, below.field: False}


def _put_in(table: _Table, below: FieldRule | None, name: str, rule: FieldRule) -> _Table:
    """The table with that field's rule, where it differs from that of the layers below. A row
    without a field adds nothing."""
    if not name:
        return table
    left = without_field(table, name)
    entry = entry_of(replace(rule, field=name))
    if below is None:
        return {**left, name: entry}
    if entry_of(replace(below, field=name)) == entry:
        return left
    return {**left, below.field: entry}


def _with_mode(document: JsonObject, mode: Mode, below: Mode) -> JsonObject:
    """The document with that mode, where it differs from that of the layers below."""
    made = {key: value for key, value in document.items() if key != "mode"}
    return made if mode == below else {**made, "mode": mode}


def _tables(document: JsonObject) -> dict[str, _Table]:
    """The document's tables of fields, to be changed."""
    fields = document.get("fields")
    tables = fields.items() if isinstance(fields, Mapping) else ()
    return {name: dict(table) for name, table in tables if isinstance(table, Mapping)}


def _with_tables(document: JsonObject, tables: Mapping[str, _Table]) -> JsonObject:
    """The document with those tables; nothing is kept that says nothing."""
    kept: dict[str, Json] = {name: table for name, table in tables.items() if table}
    made = {key: value for key, value in document.items() if key != "fields"}
    return {**made, "fields": kept} if kept else made
