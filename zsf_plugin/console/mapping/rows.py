"""The rows of one object's table: what fills each field, with a sample, its policy, who decides,
and what is wrong.

Pure. `document` applies a draft to the rules; `picker` offers the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import filterfalse
from operator import attrgetter

from zsf_plugin.console.mapping.drafts import NEED, Draft, PostedRow
from zsf_plugin.console.mapping.fitting import Sample, format_value, is_ours, sample, unfit
from zsf_plugin.console.mapping.map_row import MapRow
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.mapping.table_places import TablePlace
from zsf_plugin.console.presenters.deciders import Decider
from zsf_plugin.console.presenters.sources import (
    CATALOGUE,
    FIXED_VALUE,
    Kind,
    Source,
    Words,
    path_read,
    words_for,
)
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.merge import merge
from zsf_plugin.model import FieldDescribe, FieldRule, ObjectDescribe, Plan, Rule, Rules, is_blank

_ORDER = {source.path: place for place, source in enumerate(CATALOGUE)}


class RowBuilder:
    """Builds the rows of one object. `saved` are the rules in force for everyone; `plan` is the
    plan for the sample prospect under the draft."""

    def __init__(
        self,
        context: MappingContext,
        saved: Rules,
        plan: Plan | None,
        draft: Draft,
        place: TablePlace,
    ) -> None:
        self._context = context
        self._place = place
        self.object = object_ = place.object
        self.describe = context.describe(object_)
        self._saved = place.rules_in(saved)
        self._saved_names = {name.lower() for name in self._saved}
        self._target = plan.targets.get(object_) if plan is not None else None
        self._posted = draft.rows_of(object_)
        self._sources = context.sources_by_path

    def rows(self) -> tuple[MapRow, ...]:
        """All rows: empty required fields, fields that rules fill, new rows. A draft never moves a
        row."""
        mapped = list(map(self._with_draft, self._saved_rows()))
        added = sorted(self._added(), key=_added_place)
        filled = _filled((*mapped, *added))
        left = [self._with_left_field(row, filled) for row in mapped]
        return (*self._required_rows(filled), *left, *added)

    def _saved_rows(self) -> list[MapRow]:
        """The rows of saved rules."""
        return sorted([*self._mapped(), *self._only_some()], key=_saved_place)

    def _mapped(self) -> Iterator[MapRow]:
        """The saved rules that apply to every prospect."""
        layers = {rule.file: rule.layer for rule in self._context.rules}
        for rule in self._saved.values():
            yield self._saved_row(rule, layers.get(rule.origin, ""), self._lock(rule.field))

    def _only_some(self) -> Iterator[MapRow]:
        """Fields that a file fills for some prospects only: shown, but read-only here."""
        seen = set(self._saved_names)
        for file in filter(_is_for_some, self._context.rules):
            for rule in self._place.rules_in(merge([file])).values():
                if rule.field.lower() not in seen:
                    seen.add(rule.field.lower())
                    yield self._saved_row(rule, file.layer, file.file)

    def _saved_row(self, rule: FieldRule, layer: str, locked: str | None) -> MapRow:
        """The row of a saved rule."""
        row = MapRow(
            object=self.object,
            key=rule.field,
            words=words_for(rule, self._sources),
            overwrite=rule.overwrite,
            was=rule.overwrite,
            layer=layer,
            locked=locked,
            partial_files=self._deciders(rule.field),
            rule=rule,
            is_inherited=self._is_inherited(rule.field),
        )
        return self._with_field(row, rule.field)

    def _with_draft(self, row: MapRow) -> MapRow:
        """A saved row with the draft applied, unless a file sets it."""
        posted = self._posted_as(row.key)
        if posted is None or row.locked is not None:
            return row
        return self._with_field(self._with_source(row.edited(posted)), posted.to)

    def _with_source(self, row: MapRow) -> MapRow:
        """The row with the label of what fills it in the draft."""
        if row.rule is None or not row.changed:
            return row
        return replace(row, words=words_for(row.rule, self._sources))

    def _with_field(self, row: MapRow, field: str) -> MapRow:
        """The row with the field that it fills ("": none), its sample and its problem."""
        return replace(
            row,
            field=field,
            describe=self._field(field),
            sample=self._sample(field or row.key),
            problem=self._problem(field, row.words.kind, is_default=row.is_default),
        )

    def _with_left_field(self, row: MapRow, filled: Set[str]) -> MapRow:
        """The row, with a problem if it unmaps a required field. `filled` are the fields that the
        draft fills, in lower case."""
        left = self._field_left(row)
        if left is None:
            return row
        problem = row.problem or self._problem_without(left, filled)
        return replace(row, problem=problem, leaves_required=True)

    def _field_left(self, row: MapRow) -> FieldDescribe | None:
        """The required field that the draft unmaps in this row."""
        return self._required_field(row.key) if row.is_moved else None

    def _required_field(self, name: str) -> FieldDescribe | None:
        """The field, if Salesforce requires it."""
        field = self._field(name)
        return field if field is not None and field.required else None

    def _problem_without(self, left: FieldDescribe, filled: Set[str]) -> str:
        if left.name.lower() in filled:
            return ""
        return f"{left.label} would be empty. Salesforce would refuse new {self.object}s"

    def _required_rows(self, filled: Set[str]) -> list[MapRow]:
        """Rows for required fields that neither a saved rule nor the draft fills. A row with a
        choice stays."""
        rows = map(self._required_row, self._unmapped_required())
        kept = [row for row in rows if row.changed or row.field.lower() not in filled]
        return sorted(kept, key=attrgetter("field"))

    def _unmapped_required(self) -> Iterator[FieldDescribe]:
        """The required fields that no saved rule fills."""
        for field in self.describe.fields.values() if self.describe is not None else ():
            is_mapped = field.name.lower() in self._saved_names
            if field.required and not is_mapped and not is_ours(field.name):
                yield field

    def _required_row(self, field: FieldDescribe) -> MapRow:
        row = MapRow(
            object=self.object,
            key=NEED + field.name,
            words=Words(field.label, "", None),
            field=field.name,
            describe=field,
            problem=f"Salesforce would refuse new {self.object}s",
            locked=self._lock(field.name),
            partial_files=self._deciders(field.name),
            held=self._context.held.get((self.object, field.name), 0),
        )
        posted = self._posted_as(row.key)
        return row if posted is None else self._required_row_with_draft(row, posted)

    def _required_row_with_draft(self, row: MapRow, posted: PostedRow) -> MapRow:
        """The row of a required field with the draft applied."""
        row = replace(row, overwrite=posted.policy, posted=posted)
        if not posted.is_touched:
            return row
        words = _words_of(posted, self._sources)
        return replace(row, words=words, sample=self._sample(row.field), changed=True)

    def _added(self) -> Iterator[MapRow]:
        """Rows that a person added but has not saved yet."""
        return (self._added_row(posted) for posted in self._posted if posted.is_added)

    def _added_row(self, posted: PostedRow) -> MapRow:
        row = MapRow(
            object=self.object,
            key=posted.key,
            words=_words_of(posted, self._sources),
            overwrite=posted.policy,
            changed=posted.is_touched,
            posted=posted,
            rule=_rule_of(posted),
        )
        if posted.to:
            return self._with_field(row, posted.to)
        return replace(row, sample=Sample(self._value(posted)))

    def _value(self, posted: PostedRow) -> str:
        """The value of a row that has no field yet, for the sample prospect."""
        rule, event = _rule_of(posted), self._context.event
        if rule.value is not None or event is None:
            return format_value(rule.value)
        found = (evaluate(source, event.scope) for source in rule.sources)
        return format_value(next(filterfalse(is_blank, found), rule.default))

    def _posted_as(self, key: str) -> PostedRow | None:
        return next((row for row in self._posted if row.key.lower() == key.lower()), None)

    def _lock(self, field: str) -> str | None:
        return self._context.lock(*self._place.path(field))

    def _deciders(self, field: str) -> tuple[Decider, ...]:
        return self._context.deciders(*self._place.path(field))

    def _is_inherited(self, field: str) -> bool:
        """Whether a channel has the field from what is set for every channel."""
        return self._place.inherits and not self._context.is_set(*self._place.path(field))

    def _field(self, name: str) -> FieldDescribe | None:
        return self.describe.field(name) if self.describe is not None and name else None

    def _problem(self, name: str, kind: Kind | None, *, is_default: bool = False) -> str:
        """The problem with filling that field."""
        if self.describe is None or not name:
            return ""
        field = self.describe.field(name)
        if field is None:
            return _problem_of_missing(self.describe, name, is_default=is_default)
        return unfit(kind, field) or ""

    def _sample(self, name: str) -> Sample:
        return sample(self._target, self.describe, name) if self._target is not None else Sample()


def _problem_of_missing(describe: ObjectDescribe, name: str, *, is_default: bool) -> str:
    """The problem of a missing field; "" for a shipped default that the org never had."""
    if is_default and describe.gone_since(name) is None:
        return ""
    return "No longer in Salesforce. Choose another field"


def _is_for_some(rule: Rule) -> bool:
    """Whether a rule file applies to some prospects only."""
    return rule.when is not None and rule.layer not in ("shipped", "console")


def _filled(rows: Iterable[MapRow]) -> set[str]:
    """The fields that rows fill in the draft, in lower case."""
    return {row.field.lower() for row in rows if row.fills_in_draft}


def _rule_of(posted: PostedRow) -> FieldRule:
    """The rule of a new row."""
    return posted.filled(FieldRule(posted.to))


def _saved_place(row: MapRow) -> tuple[int, int, str]:
    """Sort key: saved rows with a problem first, by field; the others in the order of the
    catalogue."""
    order = _order(row.rule.sources if row.rule is not None else ())
    return (0, order, row.field) if row.problem and not row.locked else (1, order, "")


def _order(sources: Sequence[str]) -> int:
    """The place of the first source in the catalogue; last if it is not in it."""
    return _ORDER.get(path_read(sources[0]), len(_ORDER)) if sources else len(_ORDER)


def _added_place(row: MapRow) -> tuple[int, str]:
    """New rows as they were added: `new-10` comes after `new-2`."""
    return len(row.key), row.key


def _words_of(posted: PostedRow, known: Mapping[str, Source]) -> Words:
    """The source of a row that has no rule yet."""
    if posted.fixed == "":
        return Words(FIXED_VALUE, "", None)
    if not posted.combination:
        return Words("New row", "", None)
    return words_for(_rule_of(posted), known)
