"""The rows of one object's table: what fills each field, with a sample, its policy, who decides,
and what is wrong.

Pure: everything is handed in. What a draft makes of the rules is `document`'s; what may be chosen
is `picker`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

from zsf_plugin.console.mapping.drafts import NEED, NEW, Draft, PostedRow, policy_named
from zsf_plugin.console.mapping.fitting import Sample, is_ours, sample, shown, unfit
from zsf_plugin.console.mapping.mapping_context import MappingContext
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
from zsf_plugin.model import FieldDescribe, FieldRule, Overwrite, Plan, Rules

_ORDER = {source.path: place for place, source in enumerate(CATALOGUE)}


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row. `key` is its name in the form; `field` the Salesforce field of now ("": none); `was`
    the saved policy.

    `locked` names the rule file that sets it; `partial_files` tells files that decide for some;
    `problem` says what is wrong; `leaves_required` that the field which the row leaves in the draft
    is demanded by Salesforce. `held` counts entries that wait for this field to be filled.
    """

    object: str
    key: str
    words: Words
    field: str
    describe: FieldDescribe | None
    overwrite: Overwrite
    was: Overwrite
    sample: Sample
    layer: str = ""
    problem: str = ""
    locked: str | None = None
    partial_files: tuple[str, ...] = ()
    changed: bool = False
    leaves_required: bool = False
    held: int = 0
    posted: PostedRow | None = None
    rule: FieldRule | None = None

    @property
    def is_translatable(self) -> bool:
        """Whether what Zaplify says can be translated for the field: a picklist that an expression
        fills."""
        has_picklist = self.describe is not None and bool(self.describe.picklist)
        has_sources = self.rule is not None and bool(self.rule.sources)
        return has_picklist and has_sources and not self.locked

    @property
    def is_required_gap(self) -> bool:
        """Whether nothing fills the field, though Salesforce demands it."""
        return self.key.startswith(NEED)

    @property
    def is_unfilled(self) -> bool:
        """Whether nothing fills a field that Salesforce demands, in the draft either."""
        return self.is_required_gap and not self.changed

    @property
    def fills(self) -> bool:
        """Whether the row fills a field."""
        return bool(self.field) and not self.is_unfilled

    @property
    def depends_on_others(self) -> bool:
        """Whether what is wrong with the row depends on what the draft fills in other rows."""
        return self.is_required_gap or self.leaves_required

    @property
    def is_added(self) -> bool:
        """Whether a person added the row, and no rule stands behind it yet."""
        return self.key.startswith(NEW)

    @property
    def fills_in_draft(self) -> bool:
        """Whether the row fills its field as a person's draft has it."""
        if self.posted is None or not self.field:
            return False
        return self.posted.has_source or not self.posted.is_new

    @property
    def name(self) -> str:
        """What the row's names in the form begin with."""
        return f"{self.object}.{self.key}"


class RowBuilder:
    """Makes the rows of one object: `saved` are the rules in force for everyone, `plan` is what the
    draft asks for the prospect at hand (None: there is none)."""

    def __init__(
        self, context: MappingContext, saved: Rules, plan: Plan | None, draft: Draft, object_: str
    ) -> None:
        self._context = context
        self.object = object_
        self.describe = context.describe(object_)
        self._saved = saved.fields.get(object_, {})
        self._target = plan.targets.get(object_) if plan is not None else None
        self._posted_rows = [row for row in draft.rows if row.object == object_]
        self._sources = context.sources_by_path

    def rows(self) -> tuple[MapRow, ...]:
        """All of them: empty required fields, those that rules fill, new ones. A row keeps its
        place whatever a draft makes of it."""
        saved = sorted([*self._mapped(), *self._only_some()], key=_saved_place)
        mapped = [self._with_draft(row) for row in saved]
        added = sorted(self._added(), key=_added_place)
        filled = {row.field.lower() for row in (*mapped, *added) if row.fills_in_draft}
        mapped = [self._with_left_field(row, filled) for row in mapped]
        return (*self._needed(filled), *mapped, *added)

    def _mapped(self) -> Iterator[MapRow]:
        """What every prospect gets, as it is saved."""
        layers = {rule.file: rule.layer for rule in self._context.rules}
        for rule in self._saved.values():
            locked = self._context.lock("fields", self.object, rule.field)
            yield self._saved_row(rule, layers.get(rule.origin, ""), locked)

    def _only_some(self) -> Iterator[MapRow]:
        """Fields that a file fills for some prospects alone: told, and not to be changed here."""
        mapped = {name.lower() for name in self._saved}
        for file in self._context.rules:
            if file.when is None or file.layer in ("shipped", "console"):
                continue
            for rule in merge([file]).fields.get(self.object, {}).values():
                if rule.field.lower() not in mapped:
                    mapped.add(rule.field.lower())
                    yield self._saved_row(rule, file.layer, file.file)

    def _saved_row(self, rule: FieldRule, layer: str, locked: str | None) -> MapRow:
        """The row of a rule as it is saved."""
        words = words_for(rule, self._sources)
        return MapRow(
            object=self.object,
            key=rule.field,
            words=words,
            field=rule.field,
            describe=self._field(rule.field),
            overwrite=rule.overwrite,
            was=rule.overwrite,
            sample=self._sample(rule.field),
            layer=layer,
            problem=self._problem(rule.field, words.kind, is_default=layer == "shipped"),
            locked=locked,
            partial_files=self._context.deciders("fields", self.object, rule.field),
            rule=rule,
        )

    def _with_draft(self, row: MapRow) -> MapRow:
        """A saved row as the draft has it; one that a file sets is no draft's."""
        posted = self._posted(row.key) if row.locked is None else None
        if posted is None:
            return row
        overwrite = policy_named(posted.overwrite) or row.was
        is_moved = posted.to.lower() != row.key.lower()
        changed = is_moved or posted.translations is not None or overwrite != row.was
        is_default = row.layer == "shipped" and not changed
        return replace(
            row,
            field=posted.to,
            describe=self._field(posted.to),
            overwrite=overwrite,
            sample=self._sample(posted.to or row.key),
            problem=self._problem(posted.to, row.words.kind, is_default=is_default),
            changed=changed,
            posted=posted,
            rule=_translated(row.rule, posted),
        )

    def _with_left_field(self, row: MapRow, filled: Set[str]) -> MapRow:
        """The row, told what it means that it leaves a field which Salesforce demands. `filled` are
        the fields that the draft fills, in lower case."""
        left = self._field(row.key)
        if row.posted is None or row.field.lower() == row.key.lower():
            return row
        if left is None or not left.required:
            return row
        problem = f"{left.label} would be empty: new {self.object}s would be refused"
        is_filled = row.key.lower() in filled
        shown = row.problem if row.problem or is_filled else problem
        return replace(row, problem=shown, leaves_required=True)

    def _needed(self, filled: Set[str]) -> list[MapRow]:
        """What Salesforce demands on create, and neither a saved rule nor the draft fills. A
        default of the org's own fills it. A row in which a person chose something stays."""
        saved = {name.lower() for name in self._saved}
        rows: list[MapRow] = []
        for field in self.describe.fields.values() if self.describe is not None else ():
            name = field.name.lower()
            if not field.required or name in saved or is_ours(field.name):
                continue
            row = self._need(field)
            if row.changed or name not in filled:
                rows.append(row)
        return sorted(rows, key=lambda row: row.field)

    def _need(self, field: FieldDescribe) -> MapRow:
        row = MapRow(
            object=self.object,
            key=NEED + field.name,
            words=Words(field.label, "", None),
            field=field.name,
            describe=field,
            overwrite="if_blank",
            was="if_blank",
            sample=Sample(),
            problem=f"New {self.object}s would be refused",
            locked=self._context.lock("fields", self.object, field.name),
            partial_files=self._context.deciders("fields", self.object, field.name),
            held=self._context.held.get((self.object, field.name), 0),
        )
        posted = self._posted(row.key)
        return row if posted is None else self._need_with_draft(row, posted)

    def _need_with_draft(self, row: MapRow, posted: PostedRow) -> MapRow:
        """The row of a field that nothing fills, as the draft has it."""
        row = replace(row, overwrite=policy_named(posted.overwrite) or "if_blank", posted=posted)
        if not posted.is_touched:
            return row
        words = _words_of(posted, self._sources)
        return replace(row, words=words, sample=self._sample(row.field), changed=True)

    def _added(self) -> Iterator[MapRow]:
        """Rows that a person added and did not save yet."""
        for posted in self._posted_rows:
            if posted.key.startswith(NEW):
                yield self._new(posted)

    def _new(self, posted: PostedRow) -> MapRow:
        words = _words_of(posted, self._sources)
        return MapRow(
            object=self.object,
            key=posted.key,
            words=words,
            field=posted.to,
            describe=self._field(posted.to),
            overwrite=policy_named(posted.overwrite) or "if_blank",
            was="if_blank",
            sample=self._sample(posted.to) if posted.to else self._sample_without_field(posted),
            problem=self._problem(posted.to, words.kind),
            changed=posted.is_touched,
            posted=posted,
            rule=_rule_of(posted),
        )

    def _posted(self, key: str) -> PostedRow | None:
        for row in self._posted_rows:
            if row.key.lower() == key.lower():
                return row
        return None

    def _field(self, name: str) -> FieldDescribe | None:
        return self.describe.field(name) if self.describe is not None and name else None

    def _problem(self, name: str, kind: Kind | None, *, is_default: bool = False) -> str:
        """What is wrong with filling that field. That an org never had a field which we ship is
        nobody's fault."""
        if self.describe is None or not name:
            return ""
        field = self.describe.field(name)
        if field is not None:
            return unfit(kind, field) or ""
        if is_default and self.describe.gone_since(name) is None:
            return ""
        return "Gone from Salesforce: choose another field"

    def _sample(self, name: str) -> Sample:
        return sample(self._target, self.describe, name) if self._target is not None else Sample()

    def _sample_without_field(self, posted: PostedRow) -> Sample:
        """The sample of a row that has no field yet."""
        event = self._context.event
        if posted.fixed is not None or not posted.source or event is None:
            return Sample(posted.fixed or "")
        value = evaluate(posted.source, event.scope)
        return Sample("" if value is None else shown(value))


def _rule_of(posted: PostedRow) -> FieldRule | None:
    """The rule a new row would become, if an expression fills it."""
    if not posted.source or posted.fixed is not None:
        return None
    return FieldRule(posted.to, (posted.source,), values=posted.translations)


def _translated(rule: FieldRule | None, posted: PostedRow) -> FieldRule | None:
    """The rule with the draft's translations of values, where it has some."""
    if rule is None or posted.translations is None:
        return rule
    return replace(rule, values=posted.translations)


def _saved_place(row: MapRow) -> tuple[int, int, str]:
    """What is wrong as it is saved first, by field; the others in the order in which people know
    their sources."""
    sources = row.rule.sources if row.rule is not None else ()
    order = _ORDER.get(path_read(sources[0]), len(_ORDER)) if sources else len(_ORDER)
    return (0, order, row.field) if row.problem and not row.locked else (1, order, "")


def _added_place(row: MapRow) -> tuple[int, str]:
    """New rows as they were added: `new-10` comes after `new-2`."""
    return len(row.key), row.key


def _words_of(posted: PostedRow, known: Mapping[str, Source]) -> Words:
    """What fills a row that has no rule yet."""
    if posted.fixed:
        return words_for(FieldRule("", value=posted.fixed))
    if posted.fixed is not None:
        return Words(FIXED_VALUE, "", None)
    if not posted.source:
        return Words("New row", "", None)
    return words_for(FieldRule("", (posted.source,)), known)
