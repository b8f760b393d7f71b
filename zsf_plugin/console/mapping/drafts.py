"""A draft of the mapping: what a posted form changes, and the console's rule document as it would
then be saved. Pure.

A draft is a set of changes, not a copy of the page: what a person did not touch stays as it is in
force by then, even where somebody else has saved in between. The document holds only what differs
from the layers below.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias, cast, get_args

from zsf_plugin.console.console_rules import entry_of, lock_of
from zsf_plugin.console.mapping.fitting import is_ours
from zsf_plugin.console.telling.deciders import set_by
from zsf_plugin.console.telling.sources import is_field, words_for
from zsf_plugin.decision.merge import for_everyone
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.rules import FieldRule, Mode, Overwrite, Rule, Rules
from zsf_plugin.rulebook.files import check_document
from zsf_plugin.rulebook.rulebook import CONSOLE

#: The objects that a prospect fills, in the order of the page.
OBJECTS = ("Lead", "Contact", "Account")
OVERWRITES: tuple[Overwrite, ...] = get_args(Overwrite)
#: What the key of a row begins with that no rule has yet: one that a person adds, one for an empty
#: required field.
NEW, NEED = "new-", "need-"
#: A source that begins so is a fixed value.
FIXED = "="

#: More than any page has; a draft with more of either is refused.
MOST_ROWS, LONGEST_VALUE, _LONGEST_VALUES = 600, 4_000, 100_000
#: From an object and a field to why it cannot be filled, None where it can.
Unfit: TypeAlias = "Callable[[str, str], str | None]"

_NAME = re.compile(
    rf"({'|'.join(OBJECTS)})\.([A-Za-z0-9_-]{{1,90}})\.(to|overwrite|was|source|values?)"
)
_MODES = get_args(Mode)


@dataclass(frozen=True, slots=True)
class PostedRow:
    """A row as the form has it. `key` is the field it filled when the page was made, or begins with
    NEW or NEED.

    `to` is the field it is to fill ("": none), `was` its policy when the page was made. `source` is
    there for rows without a rule: an expression, or FIXED with a value ("=": the one in `value`).
    `values`, as JSON, are translations that a person changed.
    """

    object: str
    key: str
    to: str = ""
    overwrite: str = ""
    was: str = ""
    source: str = ""
    value: str = ""
    values: str = ""

    @property
    def is_new(self) -> bool:
        """Whether no rule stands behind the row yet."""
        return self.key.startswith((NEW, NEED))

    @property
    def fixed(self) -> str | None:
        """The fixed value that fills it, or None where an expression does."""
        if not self.source.startswith(FIXED):
            return None
        return (self.source.removeprefix(FIXED) or self.value).strip()

    @property
    def translations(self) -> Mapping[str, Json] | None:
        """What the values are translated to; None where nobody changed that."""
        try:
            told = json.loads(self.values) if self.values else None
        except (ValueError, RecursionError):
            return None
        return (
            {str(key): str(value) for key, value in told.items()}
            if isinstance(told, dict)
            else None
        )

    @property
    def is_touched(self) -> bool:
        """Whether a person changed it since the page was made."""
        if self.is_new:
            return bool(self.source) or (bool(self.to) and self.key.startswith(NEW))
        if self.translations is not None:
            return True
        return self.to.lower() != self.key.lower() or (
            bool(self.was and self.overwrite) and self.overwrite != self.was
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A posted form. `mode` is None where the form has none; `seen` is the digest of what it was
    made from."""

    mode: Mode | None = None
    mode_was: str = ""
    rows: tuple[PostedRow, ...] = ()
    seen: str = ""

    @property
    def touched(self) -> Draft:
        """What a person changed, and no more: the rest is as it is in force by now, whoever saved
        meanwhile."""
        kept = (row for row in self.rows if row.is_new or row.is_touched)
        rows = tuple(
            replace(row, overwrite="") if not row.is_new and row.overwrite == row.was else row
            for row in kept
        )
        return replace(self, mode=None if self.mode == self.mode_was else self.mode, rows=rows)


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


def draft_of(form: Iterable[tuple[str, str]]) -> Draft:
    """The draft in a form's names and values; what is no part of the mapping is left alone."""
    plain: dict[str, str] = {}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in form:
        place = _NAME.fullmatch(name)
        if place is None:
            plain.setdefault(name, value)
        else:
            rows.setdefault((place[1], place[2]), {}).setdefault(place[3], value)
    mode = plain.get("mode")
    return Draft(
        mode=cast(Mode, mode) if mode in _MODES else None,
        mode_was=plain.get("mode.was", ""),
        rows=tuple(
            PostedRow(object_, key, **parts)
            for (object_, key), parts in islice(rows.items(), MOST_ROWS + 1)
        ),
        seen=plain.get("seen", ""),
    )


def is_of_draft(name: str) -> bool:
    """Whether a form's field belongs to a draft: what a page beside the mapping carries on."""
    return name in ("mode", "mode.was", "seen") or _NAME.fullmatch(name) is not None


def seen_of(document: JsonObject) -> str:
    """A digest of what of the console's document this page shows: saving compares it, and switches
    do not matter."""
    content = [document.get("mode"), document.get("fields")]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def console_document(rules: Sequence[Rule]) -> JsonObject:
    """The console's document among the rules in force."""
    return next((rule.document for rule in rules if rule.layer == "console"), {})


def with_console(rules: Sequence[Rule], document: JsonObject) -> tuple[Rule, ...]:
    """The rules as they would be with that document in the console's place."""
    below = [rule for rule in rules if rule.layer == "shipped"]
    above = [rule for rule in rules if rule.layer not in ("shipped", "console")]
    own = [Rule(CONSOLE, "console", document)] if document else []
    return (*below, *own, *above)


def _nobody_knows(_object: str, _field: str) -> str | None:
    """Where nothing was read of the org yet, nothing is known against a field."""
    return None


def drafted(rules: Sequence[Rule], draft: Draft, unfit: Unfit = _nobody_knows) -> Drafted:
    """The console's document as the draft would have it, over the rules as they are now. `unfit`
    says in words why a field cannot be filled."""
    document = console_document(rules)
    if len(draft.rows) > MOST_ROWS:
        return Drafted(
            document, refusals=(f"A mapping is saved with up to {MOST_ROWS} rows at once.",)
        )
    below = for_everyone([rule for rule in rules if rule.layer == "shipped"])
    base = for_everyone([rule for rule in rules if rule.layer in ("shipped", "console")])
    work = _Work(
        rules, below, base, {name: dict(table) for name, table in _tables(document).items()}, unfit
    )
    for object_ in OBJECTS:
        work.take(object_, [row for row in draft.rows if row.object == object_ and row.is_touched])
    mode_changed, mode_fault = _new_mode(rules, base, draft)
    refusals = [*work.refusals, *mode_fault]
    if not work.changed and not mode_changed:
        return Drafted(document, refusals=tuple(refusals))
    made = _document(document, work.tables, draft.mode if mode_changed else None, below.mode)
    findings = check_document(CONSOLE, made) if made else ()
    if findings:
        return Drafted(document, (), False, (*refusals, *(str(finding) for finding in findings)))
    return Drafted(made, tuple(work.changed), mode_changed, tuple(refusals))


class _Work:
    """Takes the touched rows of one object after the other into the document's tables."""

    def __init__(
        self,
        rules: Sequence[Rule],
        below: Rules,
        base: Rules,
        tables: dict[str, dict[str, Json]],
        unfit: Unfit,
    ) -> None:
        self._rules = rules
        self._unfit = unfit
        self._below = below
        self._base = base
        self.tables = tables
        self.changed: list[PostedRow] = []
        self.refusals: list[str] = []

    def take(self, object_: str, rows: Sequence[PostedRow]) -> None:
        """First what leaves its field, then what fills one: two rows may change places."""
        meant: list[tuple[PostedRow, FieldRule]] = []
        for row in rows:
            found = self._locked(row) or self._unfillable(row) or self._rule_of(row)
            if isinstance(found, str):
                self.refusals.append(found)
            else:
                meant.append((row, found))
        taken = self._staying(object_, [row for row, _ in meant])
        accepted: list[tuple[PostedRow, FieldRule]] = []
        for row, rule in meant:
            fault = _fault(row, rule, taken)
            if fault is None:
                accepted.append((row, rule))
                taken[row.to.lower()] = words_for(rule).label
            else:
                self.refusals.append(fault)
        self._write(object_, accepted)
        self.changed += [row for row, _ in accepted]

    def _rule_of(self, row: PostedRow) -> FieldRule | str:
        """What the row is to fill its field with; in words why not."""
        if len(row.values) > _LONGEST_VALUES:
            return f"That is too much to translate at once for {row.object}.{row.key}."
        rule = self._untranslated(row)
        if isinstance(rule, str) or row.translations is None:
            return rule
        return replace(rule, values=row.translations or None)

    def _untranslated(self, row: PostedRow) -> FieldRule | str:
        overwrite = next((policy for policy in OVERWRITES if policy == row.overwrite), None)
        if not row.is_new:
            rule = self._base.filling(row.object, row.key) or self._below.filling(
                row.object, row.key
            )
            if rule is None:
                return f"{row.object}.{row.key} is not mapped any more: map it anew."
            return (
                replace(rule, overwrite=overwrite)
                if overwrite is not None and overwrite != row.was
                else rule
            )
        if not row.source:
            return f"Choose what fills {row.to}."
        if row.fixed is None and not is_field(row.source):
            return (
                f"Choose what fills {row.to} from the list: other expressions are for rule files."
            )
        if row.fixed is None:
            return FieldRule(row.to, (row.source,), overwrite=overwrite or "if_blank")
        if len(row.fixed) > LONGEST_VALUE:
            return (
                f"A fixed value has up to {LONGEST_VALUE:,} characters, and this one "
                f"{len(row.fixed):,}."
            )
        if not row.fixed:
            return f"Type the fixed value for {row.to}." if row.to else "Type the fixed value."
        return FieldRule(row.to, value=row.fixed, overwrite=overwrite or "if_blank")

    def _staying(self, object_: str, leaving: Sequence[PostedRow]) -> dict[str, str]:
        """Fields that other rows go on to fill, in lower case, each with that row's name."""
        gone = {row.key.lower() for row in leaving if not row.is_new}
        staying = self._base.fields.get(object_, {}).values()
        return {
            rule.field.lower(): words_for(rule).label
            for rule in staying
            if rule.field.lower() not in gone
        }

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
        if not row.to or (not row.is_new and row.to.lower() == row.key.lower()):
            return None
        why = "Filled by the sync itself" if is_ours(row.to) else self._unfit(row.object, row.to)
        return (
            f"{row.object}.{row.to} cannot be chosen: {why[0].lower()}{why[1:]}." if why else None
        )

    def _write(self, object_: str, rows: Sequence[tuple[PostedRow, FieldRule]]) -> None:
        table = self.tables.setdefault(object_, {})
        for row, _ in rows:
            if not row.is_new:
                self._take_out(table, object_, row.key)
        for row, rule in rows:
            if row.to:
                self._put(table, object_, row.to, rule)

    def _take_out(self, table: dict[str, Json], object_: str, name: str) -> None:
        below = self._below.filling(object_, name)
        _drop(table, name)
        if below is not None:
            table[below.field] = False

    def _put(self, table: dict[str, Json], object_: str, name: str, rule: FieldRule) -> None:
        below = self._below.filling(object_, name)
        _drop(table, name)
        if below is None or entry_of(replace(below, field=name)) != entry_of(
            replace(rule, field=name)
        ):
            table[below.field if below is not None else name] = entry_of(rule)


def _fault(row: PostedRow, rule: FieldRule, taken: Mapping[str, str]) -> str | None:
    """Why a row cannot be taken in: it names no field, or one that another row fills."""
    label = words_for(rule).label
    if row.is_new and not row.to:
        return f"Choose a Salesforce field for {label}."
    if row.to and row.to.lower() in taken:
        return (
            f"{row.to} is filled by {taken[row.to.lower()]} already. Choose another field "
            f"for {label}."
        )
    return None


def _new_mode(rules: Sequence[Rule], base: Rules, draft: Draft) -> tuple[bool, list[str]]:
    """Whether the draft changes the mode, and why it may not."""
    was = draft.mode_was or base.mode
    if draft.mode is None or draft.mode in (was, base.mode):
        return False, []
    file = lock_of(rules, "mode")
    if file is not None:
        return False, [set_by("What prospects become", file)]
    return True, []


def _tables(document: JsonObject) -> dict[str, Mapping[str, Json]]:
    fields = document.get("fields")
    tables = fields.items() if isinstance(fields, Mapping) else ()
    return {name: table for name, table in tables if isinstance(table, Mapping)}


def _document(
    document: JsonObject, tables: Mapping[str, Mapping[str, Json]], mode: Mode | None, below: Mode
) -> JsonObject:
    """The document with those tables, and with the mode where it is a new one; nothing is kept that
    says nothing."""
    kept = {name: table for name, table in tables.items() if table}
    made = {key: value for key, value in document.items() if key != "fields"}
    if mode is not None:
        made.pop("mode", None)
        made |= {} if mode == below else {"mode": mode}
    return {**made, "fields": kept} if kept else made


def _drop(table: dict[str, Json], name: str) -> None:
    for known in [key for key in table if key.lower() == name.lower()]:
        del table[known]
