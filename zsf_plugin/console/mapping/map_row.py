"""A row of the mapping as the page shows it: what fills a field, a sample, the policy, who decides,
and what is wrong; and the choices it offers: sources, free fields and translations of values.

Pure. `rows` builds the rows; `picker` lists the fields. A translation is a line of `values` in the
field's rule; "" leaves the value out (`schemas/rule.schema.json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.console.mapping.drafts import COMBINED, FIXED, NEED, NEW, PostedRow, policy_named
from zsf_plugin.console.mapping.fitting import Sample, picklist_choices, type_words, unfit
from zsf_plugin.console.mapping.mapping_context import MappingContext
from zsf_plugin.console.presenters.deciders import Decider, short
from zsf_plugin.console.presenters.sources import Source, Words
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.fit import fit
from zsf_plugin.model import (
    FieldDescribe,
    FieldRule,
    Json,
    JsonObject,
    ObjectDescribe,
    Overwrite,
    PlannedField,
)

_NO_SAMPLE = Sample()

#: Picklist values that are offered as fixed values.
_MAX_VALUES = 200
_YES_NO = [(f"{FIXED}true", "Yes"), (f"{FIXED}false", "No")]

#: Groups of (heading, (value, label)).
Choices: TypeAlias = "Sequence[tuple[str, Sequence[tuple[str, str]]]]"

#: Choices that are not a value of the picklist; those begin with FIXED.
AS_IT_IS, LEFT_OUT = "", "leave-out"
#: Values of recent prospects that are listed.
_MAX_RECENT_VALUES = 50

#: A Zaplify value, the choice for it, and whether the picklist has the chosen value.
ValueLine: TypeAlias = "tuple[str, str, bool]"


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row. `key` is its name in the form, `field` the Salesforce field in the draft ("": none),
    `was` the saved policy.

    `locked` is the rule file that sets the row, `partial_files` are those that set it for some
    prospects. `problem` says what is wrong. `leaves_required`: the draft unmaps a required field.
    `held` counts the entries that are held until this field is filled. `is_inherited`: a channel
    has it from what is set for every channel.
    """

    object: str
    key: str
    words: Words
    field: str = ""
    describe: FieldDescribe | None = None
    overwrite: Overwrite = "if_blank"
    was: Overwrite = "if_blank"
    sample: Sample = _NO_SAMPLE
    layer: str = ""
    problem: str = ""
    locked: str | None = None
    partial_files: tuple[Decider, ...] = ()
    changed: bool = False
    leaves_required: bool = False
    held: int = 0
    is_inherited: bool = False
    posted: PostedRow | None = None
    rule: FieldRule | None = None

    @property
    def is_translatable(self) -> bool:
        """Whether values can be mapped: the field is a picklist that an expression fills."""
        return self._has_picklist and self._has_sources and not self.locked

    @property
    def _has_picklist(self) -> bool:
        return self.describe is not None and bool(self.describe.picklist)

    @property
    def _has_sources(self) -> bool:
        return self.rule is not None and bool(self.rule.sources)

    @property
    def is_combined(self) -> bool:
        """Whether the draft fills it with several fields or texts, which no list offers."""
        return self.posted is not None and self.posted.source.startswith(COMBINED)

    @property
    def is_default(self) -> bool:
        """Whether it is the shipped default."""
        return self.layer == "shipped" and not self.changed

    @property
    def is_required_gap(self) -> bool:
        """Whether the field is required and no saved rule fills it."""
        return self.key.startswith(NEED)

    @property
    def is_unfilled(self) -> bool:
        """Whether the field is required and the draft does not fill it either."""
        return self.is_required_gap and not self.changed

    @property
    def fills(self) -> bool:
        """Whether the row fills a field."""
        return bool(self.field) and not self.is_unfilled

    @property
    def is_moved(self) -> bool:
        """Whether the draft maps the row to another field."""
        return self.posted is not None and self.field.lower() != self.key.lower()

    @property
    def is_blank(self) -> bool:
        """Whether a person added the row and has not chosen anything yet."""
        return self.is_added and not self.changed

    @property
    def change(self) -> str:
        """Its name among the changes: what fills it, or the field while no rule does."""
        is_field = self.rule is None and self.describe is not None
        return self.describe.label if is_field and self.describe else self.words.name

    @property
    def type_words(self) -> str:
        """The field's type in words; "" if the field is not known."""
        return type_words(self.describe) if self.describe is not None else ""

    @property
    def as_posted(self) -> PostedRow:
        """The row as the form posts it."""
        return PostedRow(self.object, self.key, self.field, self.overwrite, self.was)

    @property
    def depends_on_others(self) -> bool:
        """Whether its problem depends on other rows of the draft."""
        return self.is_required_gap or self.leaves_required

    @property
    def is_unsaved(self) -> bool:
        """Whether no saved rule has the row yet."""
        return self.is_added or self.is_required_gap

    @property
    def is_added(self) -> bool:
        """Whether a person added the row, and no saved rule has it yet."""
        return self.key.startswith(NEW)

    @property
    def fills_in_draft(self) -> bool:
        """Whether the row fills its field in the draft."""
        if self.posted is None or not self.field:
            return False
        return self.posted.has_source or not self.posted.is_new

    @property
    def name(self) -> str:
        """The prefix of the row's names in the form."""
        return f"{self.object}.{self.key}"

    def edited(self, posted: PostedRow) -> MapRow:
        """The saved row with the source, policy and translations of the draft."""
        overwrite = policy_named(posted.overwrite) or self.was
        is_other = posted.is_moved or bool(posted.source) or posted.translations is not None
        return replace(
            self,
            overwrite=overwrite,
            changed=is_other or overwrite != self.was,
            posted=posted,
            rule=posted.filled(self.rule) if self.rule is not None else None,
        )


def choices(row: MapRow, context: MappingContext) -> Choices:
    """What can fill a row that no rule fills yet."""
    groups = (
        ("Fixed value", _fixed_options(row.describe)),
        ("Zaplify field", _sources(row, context.sources)),
    )
    return [(heading, options) for heading, options in groups if options]


def _fixed_options(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values of the field, and “Fixed value…” if it takes others."""
    values = _fixed_values(field)
    return values if values and _is_closed(field) else [*values, (FIXED, "Fixed value…")]


def _sources(row: MapRow, sources: Iterable[Source]) -> list[tuple[str, str]]:
    """The Zaplify fields that fit: (path, label)."""
    return [(source.path, source.label) for source in sources if _is_offered(source, row)]


def _is_offered(source: Source, row: MapRow) -> bool:
    """Whether the field takes that kind of value; an added row can still take another field."""
    return row.describe is None or row.is_added or unfit(source.kind, row.describe) is None


def _fixed_values(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field lists: (source, label)."""
    if field is None:
        return []
    if field.type == "boolean":
        return _YES_NO
    return picklist_choices(field)[:_MAX_VALUES]


def _is_closed(field: FieldDescribe | None) -> bool:
    """Whether the field takes only the values it lists."""
    return field is not None and (field.type == "boolean" or field.restricted)


def fields_filled(rows: Iterable[MapRow], but: str = "") -> Mapping[str, str]:
    """Why each filled field is taken, by its API name in lower case. Leaves out the row `but`."""
    return {row.field.lower(): _why_taken(row) for row in rows if row.fills and row.key != but}


def _why_taken(row: MapRow) -> str:
    return f"Set by {short(row.locked)}" if row.locked else f"Already filled by {row.words.name}"


def value_lines(
    rule: FieldRule, field: FieldDescribe, describe: ObjectDescribe, scopes: Iterable[JsonObject]
) -> tuple[ValueLine, ...]:
    """Values of recent prospects that the picklist lacks, then existing translations."""
    values = rule.values or {}
    fresh = [
        (source, AS_IT_IS, False)
        for source in _source_values(rule, scopes)
        if source not in values and not _fits(source, field, describe)
    ]
    kept = [
        (source, _choice(target), _is_known(target, field)) for source, target in values.items()
    ]
    return (*fresh[:_MAX_RECENT_VALUES], *kept)


def value_choices(field: FieldDescribe) -> list[tuple[str, str]]:
    """The choices for a value: (choice, words)."""
    return [(AS_IT_IS, "Unchanged"), (LEFT_OUT, "Leave out"), *picklist_choices(field)]


def translations_in(form: Mapping[str, str]) -> str:
    """The translations in a posted form, as the draft stores them."""
    table = {source: _translation(target) for source, target in _choices_in(form)}
    return json.dumps(table, ensure_ascii=False)


def _choices_in(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(Zaplify value, choice) in a posted form, without values that stay unchanged."""
    for name, source in form.items():
        target = form.get(f"target-{name.removeprefix('source-')}", AS_IT_IS)
        is_chosen = target == LEFT_OUT or target.startswith(FIXED)
        if name.startswith("source-") and source.strip() and is_chosen:
            yield source.strip(), target


def _translation(choice: str) -> str:
    """The value that a choice means: the reverse of `_choice`."""
    return "" if choice == LEFT_OUT else choice.removeprefix(FIXED)


def _source_values(rule: FieldRule, scopes: Iterable[JsonObject]) -> list[str]:
    """The distinct values of the rule's sources, in the order of the prospects."""
    found = (_source_value(rule, scope) for scope in scopes)
    return list(dict.fromkeys(filter(None, found)))


def _source_value(rule: FieldRule, scope: JsonObject) -> str | None:
    """The first text of the sources for a prospect."""
    values = (evaluate(source, scope) for source in rule.sources)
    return next((one for one in values if isinstance(one, str) and one.strip()), None)


def _fits(source: str, field: FieldDescribe, describe: ObjectDescribe) -> bool:
    planned = PlannedField(field.name, source, "if_blank", "leave_out", "shorten", "")
    return _is_known(source, field) and fit(planned, field, describe).misfit is None


def _is_known(target: Json, field: FieldDescribe) -> bool:
    """Whether the picklist has the value, by name or label."""
    text = str(target).casefold()
    return not text or text in _names(field)


def _names(field: FieldDescribe) -> set[str]:
    """The active values of the picklist and their labels, case-folded."""
    return {
        name.casefold() for one in field.picklist if one.active for name in (one.value, one.label)
    }


def _choice(target: Json) -> str:
    return f"{FIXED}{target}" if target != "" else LEFT_OUT
