"""A row of the mapping as the page shows it: what fills a field, with a sample, its policy, who
decides, what is wrong; and what may be chosen for it: sources, free fields, what a picklist gets.

Pure; `rows` builds them, and the list of fields is `picker`'s. A translation is a line of `values`
in the field's rule; "" leaves the value out (`schemas/rule.schema.json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.console.mapping.drafts import FIXED, NEED, NEW, PostedRow, policy_named
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

#: Values of a picklist that are offered as fixed values at most.
_MAX_VALUES = 200
_YES_NO = [(f"{FIXED}true", "Yes"), (f"{FIXED}false", "No")]

#: (heading, (value, label)) in groups.
Choices: TypeAlias = "Sequence[tuple[str, Sequence[tuple[str, str]]]]"

#: What a choice stands for beside a value of the picklist, which FIXED begins.
AS_IT_IS, LEFT_OUT = "", "leave-out"
#: Values of recent prospects that are listed.
_MAX_RECENT_VALUES = 50

#: One value that Zaplify says, what it becomes (as a choice), and whether the picklist knows that.
ValueLine: TypeAlias = "tuple[str, str, bool]"


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
    posted: PostedRow | None = None
    rule: FieldRule | None = None

    @property
    def is_translatable(self) -> bool:
        """Whether what Zaplify says can be translated for the field: a picklist that an expression
        fills."""
        return self._has_picklist and self._has_sources and not self.locked

    @property
    def _has_picklist(self) -> bool:
        return self.describe is not None and bool(self.describe.picklist)

    @property
    def _has_sources(self) -> bool:
        return self.rule is not None and bool(self.rule.sources)

    @property
    def is_default(self) -> bool:
        """Whether it is as we ship it."""
        return self.layer == "shipped" and not self.changed

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
    def is_moved(self) -> bool:
        """Whether it fills another field in the draft than it filled."""
        return self.posted is not None and self.field.lower() != self.key.lower()

    @property
    def is_blank(self) -> bool:
        """Whether a person added the row and chose nothing in it yet."""
        return self.is_added and not self.changed

    @property
    def type_words(self) -> str:
        """The field's type as people call it, where the field is known."""
        return type_words(self.describe) if self.describe is not None else ""

    @property
    def as_posted(self) -> PostedRow:
        """The row as the form posts it."""
        return PostedRow(self.object, self.key, self.field, self.overwrite, self.was)

    @property
    def depends_on_others(self) -> bool:
        """Whether what is wrong with the row depends on what the draft fills in other rows."""
        return self.is_required_gap or self.leaves_required

    @property
    def is_unsaved(self) -> bool:
        """Whether no rule stands behind the row yet."""
        return self.is_added or self.is_required_gap

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

    def edited(self, posted: PostedRow) -> MapRow:
        """A saved row with the policy and the translations that a person chose."""
        overwrite = policy_named(posted.overwrite) or self.was
        is_other = posted.is_moved or posted.translations is not None
        return replace(
            self,
            overwrite=overwrite,
            changed=is_other or overwrite != self.was,
            posted=posted,
            rule=_translated(self.rule, posted),
        )


def _translated(rule: FieldRule | None, posted: PostedRow) -> FieldRule | None:
    """The rule with the draft's translations of values, where it has some."""
    if rule is None or posted.translations is None:
        return rule
    return replace(rule, values=posted.translations)


def choices(row: MapRow, context: MappingContext) -> Choices:
    """What may fill a row that no rule fills yet: (heading, (value, label)) in groups."""
    groups = (
        ("Fixed value", _fixed_options(row.describe)),
        ("Zaplify field", _sources(row, context.sources)),
    )
    return [(heading, options) for heading, options in groups if options]


def _fixed_options(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field offers, and one to type where it takes others."""
    values = _fixed_values(field)
    return values if values and _is_closed(field) else [*values, (FIXED, "Fixed value…")]


def _sources(row: MapRow, sources: Iterable[Source]) -> list[tuple[str, str]]:
    """The fields of Zaplify that fit: (path, label)."""
    return [(source.path, source.label) for source in sources if _is_offered(source, row)]


def _is_offered(source: Source, row: MapRow) -> bool:
    """Whether the field takes that kind of value; a row that was added may take another field."""
    return row.describe is None or row.is_added or unfit(source.kind, row.describe) is None


def _fixed_values(field: FieldDescribe | None) -> list[tuple[str, str]]:
    """The values that the field itself offers: (as a source, label)."""
    if field is None:
        return []
    if field.type == "boolean":
        return _YES_NO
    return picklist_choices(field)[:_MAX_VALUES]


def _is_closed(field: FieldDescribe | None) -> bool:
    """Whether no other values than those it offers can be written."""
    return field is not None and (field.type == "boolean" or field.restricted)


def fields_filled(rows: Iterable[MapRow], but: str = "") -> Mapping[str, str]:
    """Why a field is not free for another row, by its API name in lower case. `but` is the row that
    asks."""
    return {row.field.lower(): _why_taken(row) for row in rows if row.fills and row.key != but}


def _why_taken(row: MapRow) -> str:
    return f"Set by {short(row.locked)}" if row.locked else f"Already filled by {row.words.label}"


def value_lines(
    rule: FieldRule, field: FieldDescribe, describe: ObjectDescribe, scopes: Iterable[JsonObject]
) -> tuple[ValueLine, ...]:
    """Values of recent prospects that the picklist lacks, then what is translated already."""
    values = rule.values or {}
    fresh = [
        (said, AS_IT_IS, False)
        for said in _source_values(rule, scopes)
        if said not in values and not _fits(said, field, describe)
    ]
    kept = [(said, _choice(into), _is_known(into, field)) for said, into in values.items()]
    return (*fresh[:_MAX_RECENT_VALUES], *kept)


def value_choices(field: FieldDescribe) -> list[tuple[str, str]]:
    """What can be chosen for a value: (choice, words)."""
    return [(AS_IT_IS, "Unchanged"), (LEFT_OUT, "Leave out"), *picklist_choices(field)]


def translations_in(form: Mapping[str, str]) -> str:
    """The translations of a posted page, as the draft carries them."""
    table = {said: _translation(into) for said, into in _choices_in(form)}
    return json.dumps(table, ensure_ascii=False)


def _choices_in(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(what Zaplify says, the choice for it) of a posted page; what stays as it is has none."""
    for name, said in form.items():
        into = form.get(f"into-{name.removeprefix('said-')}", AS_IT_IS)
        is_chosen = into == LEFT_OUT or into.startswith(FIXED)
        if name.startswith("said-") and said.strip() and is_chosen:
            yield said.strip(), into


def _translation(choice: str) -> str:
    """What a choice stands for: the reverse of `_choice`."""
    return "" if choice == LEFT_OUT else choice.removeprefix(FIXED)


def _source_values(rule: FieldRule, scopes: Iterable[JsonObject]) -> list[str]:
    """What the rule's sources give, each once, in the order of the prospects."""
    found = (_source_value(rule, scope) for scope in scopes)
    return list(dict.fromkeys(filter(None, found)))


def _source_value(rule: FieldRule, scope: JsonObject) -> str | None:
    """The first text that one of the sources gives for a prospect."""
    values = (evaluate(source, scope) for source in rule.sources)
    return next((one for one in values if isinstance(one, str) and one.strip()), None)


def _fits(said: str, field: FieldDescribe, describe: ObjectDescribe) -> bool:
    planned = PlannedField(field.name, said, "if_blank", "leave_out", "shorten", "")
    return _is_known(said, field) and fit(planned, field, describe).misfit is None


def _is_known(into: Json, field: FieldDescribe) -> bool:
    """Whether the picklist has the value, by name or label."""
    text = str(into).casefold()
    return not text or text in _names(field)


def _names(field: FieldDescribe) -> set[str]:
    """The values of the picklist and their labels, in one case."""
    return {
        name.casefold() for one in field.picklist if one.active for name in (one.value, one.label)
    }


def _choice(into: Json) -> str:
    return f"{FIXED}{into}" if into != "" else LEFT_OUT
