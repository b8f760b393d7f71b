"""The fixes on the Held page: values that a picklist lacks, and required fields for which prospects
have no value.

`MappedField` is the field of a cause, as the org and the rules for everyone have it. A fix changes
`values` or `default` of the field's rule in the console's rules; the other keys stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import filterfalse

from zsf_plugin.console.console_rules import (
    SaveOutcome,
    locking_file,
    rule_entry,
    save_console_rules,
    with_field,
)
from zsf_plugin.console.labels import small
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.console.presenters.sources import words_for
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.fit import fit
from zsf_plugin.model import (
    Event,
    FieldDescribe,
    FieldRule,
    Json,
    ObjectDescribe,
    PicklistValue,
    PlannedField,
    is_blank,
)
from zsf_plugin.ports import HistoryLine
from zsf_plugin.sync.entries import plan_for
from zsf_plugin.wiring.apps import ConsoleApp

#: Different values that are offered at once.
MAX_VALUES = 10
#: Entries of the cause that are read to find them.
MAX_ENTRIES = 200
MAX_FALLBACK_LENGTH = 255
#: In a translation: the value is dropped.
LEAVE_OUT = ""


@dataclass(frozen=True, slots=True)
class MappedField:
    """A Salesforce field by its API name. `describe` is its object's, if known; `rule` fills it for
    everyone; `locked` is the rule file that sets it instead of the console."""

    workspace: str
    object: str
    name: str
    describe: ObjectDescribe | None = None
    rule: FieldRule | None = None
    locked: str | None = None

    @property
    def known(self) -> FieldDescribe | None:
        """The field as the org describes it."""
        return self.describe.field(self.name) if self.describe else None

    @property
    def label(self) -> str:
        """Its label, else its API name."""
        return (self.known.label if self.known else "") or self.name

    @property
    def picklist(self) -> Sequence[PicklistValue]:
        """The values of its picklist, inactive ones too; none if it is not a picklist."""
        return self.known.picklist if self.known else ()

    @property
    def options(self) -> list[tuple[str, str]]:
        """The active values of its picklist: (value, label)."""
        return [(item.value, item.label) for item in self.picklist if item.active]

    @property
    def required(self) -> bool:
        """Whether Salesforce requires it."""
        return self.known is not None and self.known.required

    @property
    def is_hidden(self) -> bool:
        """Whether the connected user cannot see it: its object is described without it."""
        return self.describe is not None and self.known is None

    @property
    def row(self) -> str:
        """The ID of the mapping row that fills it, else of its empty row."""
        key = self.rule.field if self.rule else f"need-{self.name}"
        return f"row-{self.object}-{key}"

    def holds(self, planned: PlannedField) -> bool:
        """Whether the planned value fits. An unknown field takes any value: Salesforce decides."""
        if not (self.describe and self.known):
            return True
        return fit(planned, self.known, self.describe).misfit is None


def mapped_field(app: ConsoleApp, workspace: str, object_: str, name: str) -> MappedField:
    """The field with its describe, rule and lock. Raises StoreUnavailable."""
    describe = known_org(app, workspace).describe(object_)
    rule = app.rulebook.rules_for(workspace, {"workspace": workspace}).field_rule(object_, name)
    name = _spelling(name, describe, rule)
    locked = locking_file(app.rulebook.rules(workspace), "fields", object_, name)
    return MappedField(workspace, object_, name, describe, rule, locked)


def _spelling(name: str, describe: ObjectDescribe | None, rule: FieldRule | None) -> str:
    """The name as the org spells it, else as the rule does."""
    known = describe.field(name) if describe else None
    if known:
        return known.name
    return rule.field if rule else name


def unknown_values(
    app: ConsoleApp, field: MappedField, group: str
) -> tuple[Sequence[tuple[str, int]], int]:
    """The Zaplify values that the field's picklist lacks, most frequent first, with the number of
    entries for each; and the number of entries with another value or none. No values if the
    picklist is not known."""
    if not field.picklist:
        return (), 0
    entries = app.store.entries(field.workspace, state="held", cause=group, limit=MAX_ENTRIES)
    found = (_unknown_value(app, field, entry.event) for entry in entries)
    values = Counter(value for value in found if value is not None).most_common(MAX_VALUES)
    return values, len(entries) - sum(number for _, number in values)


def save_translation(
    app: ConsoleApp,
    field: MappedField,
    values: Iterable[tuple[str, int]],
    chosen: Mapping[str, str],
    by: str,
) -> SaveOutcome:
    """Save the chosen translations of the `values` in the console's rules. Ignores choices that the
    picklist lacks."""
    allowed = _translations(field)
    good = {raw: chosen[raw] for raw, _ in values if chosen.get(raw) in allowed}
    if field.rule is None or not good:
        return "refused"
    rule = replace(field.rule, values={**(field.rule.values or {}), **good})
    return _save_rule(app, field, rule, by)


def _translations(field: MappedField) -> set[str]:
    """The values that can be chosen."""
    return {*dict(field.options), *([] if field.required else [LEAVE_OUT])}


def empty_source(app: ConsoleApp, field: MappedField, event: Event) -> str:
    """The label of the field's source if the event has no value for it; "" if the field is not
    mapped, has a default, or has a value."""
    rule = _rule_for(app, field, event)
    if not (rule and rule.sources) or rule.default is not None:
        return ""
    return words_for(rule).label if _value_of(rule, event) is None else ""


@dataclass(frozen=True, slots=True)
class Fallback:
    """A default value to enter: prospects have no value for the field's `source` (its label).
    `entries` are held for it."""

    field: MappedField
    source: str
    entries: int

    @property
    def title(self) -> str:
        """`This prospect has no last name`."""
        field, source, is_one = self.field, self.source, self.entries == 1
        if source.casefold() == field.label.casefold():
            owner = "This prospect has" if is_one else f"{self.entries:,} prospects have"
            return f"{owner} no {small(source)}"
        prospects = "this prospect" if is_one else f"{self.entries:,} prospects"
        return (
            f"{field.object} {field.label} is mapped from {source}, which is empty for {prospects}"
        )

    @property
    def todo(self) -> str:
        """What to do."""
        return (
            f"Salesforce refuses a new {self.field.object} without {self.field.label}. Enter a "
            f"default value, or drop {'it' if self.entries == 1 else 'those you do not need'}."
        )


def save_fallback(app: ConsoleApp, field: MappedField, value: str, by: str) -> SaveOutcome | None:
    """Save the value as the field's default in the console's rules. None if it does not fit."""
    rule = field.rule
    if rule is None or not 0 < len(value) <= MAX_FALLBACK_LENGTH:
        return None
    planned = PlannedField(field.name, value, rule.overwrite, rule.misfit, "hold", "", True)
    return (
        _save_rule(app, field, replace(rule, default=value), by) if field.holds(planned) else None
    )


def _unknown_value(app: ConsoleApp, field: MappedField, event: Event) -> str | None:
    """The Zaplify value for the field if it does not fit."""
    rule = _rule_for(app, field, event)
    value = _value_of(rule, event) if rule and _is_misfit(app, field, event) else None
    return value if isinstance(value, str) else None


def _is_misfit(app: ConsoleApp, field: MappedField, event: Event) -> bool:
    """Whether the planned value does not fit the field."""
    target = plan_for(app.rulebook, event).targets.get(field.object)
    planned = target.planned(field.name) if target else None
    return planned is not None and not field.holds(planned)


def _value_of(rule: FieldRule, event: Event) -> Json:
    """The value of the first source that is not blank, else None."""
    values = (evaluate(source, event.scope) for source in rule.sources)
    return next(filterfalse(is_blank, values), None)


def _rule_for(app: ConsoleApp, field: MappedField, event: Event) -> FieldRule | None:
    """The rule that fills the field for that event."""
    rules = app.rulebook.rules_for(event.workspace, event.scope)
    return rules.field_rule(field.object, field.name)


def _save_rule(app: ConsoleApp, field: MappedField, rule: FieldRule, by: str) -> SaveOutcome:
    """Save a rule for the field in the console's rules. Raises StoreUnavailable."""
    document, version = app.store.console_rule(field.workspace)
    document = with_field(document, field.object, rule.field, rule_entry(rule))
    changed = f"{field.object}.{rule.field}"
    line = HistoryLine(app.clock.now(), "mapping", by, {"fields": [changed]})
    return save_console_rules(app, field.workspace, document, version, line)
