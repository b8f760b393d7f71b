"""What is fixed on this page itself: values that a picklist does not know, and required fields for
which prospects have no value.

A fix is a line in the console's layer for that field, `values` for the one and `default` for the
other; everything else the field's rule says stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.console.console_rules import (
    SaveOutcome,
    entry_of,
    lock_of,
    save_console_rules,
    with_field,
)
from zsf_plugin.console.labels import small
from zsf_plugin.console.telling.causes import HeldCause
from zsf_plugin.console.telling.sources import words_for
from zsf_plugin.decision.expressions import evaluate
from zsf_plugin.decision.fit import fit, is_blank
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe
from zsf_plugin.model.event import Event
from zsf_plugin.model.json import Json, JsonObject
from zsf_plugin.model.plan import PlannedField
from zsf_plugin.model.rules import FieldRule
from zsf_plugin.ports.store import Entry, HistoryLine
from zsf_plugin.sync.planned import plan_of
from zsf_plugin.wiring.console import ConsoleApp

#: So many different values are offered at once, from so many entries of the cause.
MAX_VALUES = 10
MAX_ENTRIES = 200
MAX_FALLBACK_LENGTH = 255
#: In a translation: the value is dropped.
LEAVE_OUT = ""


@dataclass(frozen=True, slots=True)
class PicklistFix:
    """What a person has to say: for each value that Zaplify has (with how many entries), what
    Salesforce gets.

    `others` of the entries have another value, or none. `options` are the picklist's own (value,
    label). `locked`: the rule file that decides instead of the console. `required`: nothing can be
    left out.
    """

    object: str
    field: str
    label: str
    values: tuple[tuple[str, int], ...]
    others: int
    options: tuple[tuple[str, str], ...]
    required: bool
    locked: str | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """A required field that `source` fills, and prospects that have none.

    `options` are the picklist's own (value, label); empty where any text will do. `locked`: the
    rule file that decides.
    """

    object: str
    field: str
    label: str
    source: str
    options: tuple[tuple[str, str], ...]
    locked: str | None

    def title(self, entries: int) -> str:
        """`This prospect has no last name`."""
        is_one = entries == 1
        if self.source.casefold() == self.label.casefold():
            whom = "This prospect has" if is_one else f"These {entries:,} prospects have"
            return f"{whom} no {small(self.source)}"
        none = "this prospect has none" if is_one else f"these {entries:,} prospects have none"
        return f"{self.object} {self.label} is mapped from {self.source}, and {none}"

    def todo(self, entries: int) -> str:
        """What helps."""
        what = "drop it" if entries == 1 else "drop those that are not worth it"
        return (
            f"Salesforce refuses a new {self.object} without {self.label}. Say what to "
            f"write then, or {what}."
        )


def picklist_fix(
    app: ConsoleApp, workspace: str, group: str, object_: str, field: str
) -> PicklistFix | None:
    """The fix of one cause; None where the org's picklist is not known, or no value of the entries
    is the reason."""
    describe, known = _described(app, workspace, object_, field)
    if describe is None or known is None or not known.picklist:
        return None
    entries = app.store.entries(workspace, state="held", cause=group, limit=MAX_ENTRIES)
    values = _unknown_values(app, entries, describe, known)
    if not values:
        return None
    return PicklistFix(
        object=object_,
        field=known.name,
        label=known.label or known.name,
        values=tuple(values),
        others=len(entries) - sum(number for _, number in values),
        options=_options(known),
        required=known.required,
        locked=_lock(app, workspace, object_, known.name),
    )


def _unknown_values(
    app: ConsoleApp, entries: Sequence[Entry], describe: ObjectDescribe, field: FieldDescribe
) -> list[tuple[str, int]]:
    """The values that the picklist lacks, the most frequent first, with how many entries each."""
    counted: Counter[str] = Counter()
    for entry in entries:
        value = _unknown_value(app, entry.event, describe, field)
        if value is not None:
            counted[value] += 1
    return counted.most_common(MAX_VALUES)


def save_translation(
    app: ConsoleApp, workspace: str, fix: PicklistFix, chosen: Mapping[str, str], by: str
) -> SaveOutcome:
    """Put the choices into the console's layer. Values that the picklist lacks are left aside."""
    rule = _rule_for_everyone(app, workspace, fix.object, fix.field)
    good = _offered(fix, chosen)
    if rule is None or not good:
        return "refused"
    translated = replace(rule, values={**(rule.values or {}), **good})
    return _save_rule(app, workspace, fix.object, translated, by)


def _offered(fix: PicklistFix, chosen: Mapping[str, str]) -> dict[str, str]:
    """The choices that the fix offers."""
    known = {value for value, _ in fix.values}
    allowed = {value for value, _ in fix.options}
    if not fix.required:
        allowed.add(LEAVE_OUT)
    return {raw: value for raw, value in chosen.items() if raw in known and value in allowed}


def fallback_for(
    app: ConsoleApp, workspace: str, cause: HeldCause, sample: Sequence[Entry]
) -> Fallback | None:
    """What a cause comes to whose field is mapped; None where nothing fills the field, or the
    newest has a value."""
    if cause.fix != "fill" or not cause.object or not cause.field or not sample:
        return None
    rule = _rule_without_value(app, sample[0].event, cause.object, cause.field)
    if rule is None:
        return None
    _, known = _described(app, workspace, cause.object, cause.field)
    return Fallback(
        object=cause.object,
        field=rule.field,
        label=cause.label or rule.field,
        source=words_for(rule).label,
        options=_options(known) if known is not None else (),
        locked=_lock(app, workspace, cause.object, rule.field),
    )


def _rule_without_value(
    app: ConsoleApp, event: Event, object_: str, field: str
) -> FieldRule | None:
    """The rule that fills the field, where it has no value for that event."""
    rule = app.rulebook.rules_for(event.workspace, event.scope).filling(object_, field)
    if rule is None or not rule.sources or rule.default is not None:
        return None
    return rule if _first_value(rule.sources, event.scope) is None else None


def save_fallback(
    app: ConsoleApp, workspace: str, fallback: Fallback, value: str, by: str
) -> SaveOutcome | None:
    """Put the value into the console's layer. None where the field cannot hold it."""
    rule = _rule_for_everyone(app, workspace, fallback.object, fallback.field)
    if rule is None or not 0 < len(value) <= MAX_FALLBACK_LENGTH:
        return None
    describe, known = _described(app, workspace, fallback.object, fallback.field)
    if not _fits(rule, value, describe, known):
        return None
    return _save_rule(app, workspace, fallback.object, replace(rule, default=value), by)


def _save_rule(
    app: ConsoleApp, workspace: str, object_: str, rule: FieldRule, by: str
) -> SaveOutcome:
    document, version = app.store.console_rule(workspace)
    document = with_field(document, object_, rule.field, entry_of(rule))
    line = HistoryLine(app.clock.now(), "mapping", by, {"fields": [f"{object_}.{rule.field}"]})
    return save_console_rules(app, workspace, document, version, line)


def _rule_for_everyone(
    app: ConsoleApp, workspace: str, object_: str, field: str
) -> FieldRule | None:
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    return rules.filling(object_, field)


def _lock(app: ConsoleApp, workspace: str, object_: str, field: str) -> str | None:
    """The rule file that decides on the field instead of the console."""
    return lock_of(app.rulebook.rules(workspace), "fields", object_, field)


def _described(
    app: ConsoleApp, workspace: str, object_: str, field: str
) -> tuple[ObjectDescribe | None, FieldDescribe | None]:
    org = app.orgs.known_facts(workspace)
    describe = org.facts.describe(object_) if org is not None else None
    return describe, describe.field(field) if describe is not None else None


def _options(field: FieldDescribe) -> tuple[tuple[str, str], ...]:
    """What the picklist has, as (value, label)."""
    return tuple((item.value, item.label) for item in field.picklist if item.active)


def _fits(
    rule: FieldRule, value: str, describe: ObjectDescribe | None, field: FieldDescribe | None
) -> bool:
    """Whether the org's field takes the value; what is not known of it is left to Salesforce."""
    if describe is None or field is None:
        return True
    planned = PlannedField(field.name, value, rule.overwrite, rule.misfit, "hold", "", True)
    return fit(planned, field, describe).misfit is None


def _unknown_value(
    app: ConsoleApp, event: Event, describe: ObjectDescribe, field: FieldDescribe
) -> str | None:
    """What Zaplify says for the field, where the picklist lacks it."""
    target = plan_of(app.rulebook, event).targets.get(describe.name)
    planned = target.planned(field.name) if target is not None else None
    if planned is None or fit(planned, field, describe).misfit is None:
        return None
    rules = app.rulebook.rules_for(event.workspace, event.scope)
    rule = rules.filling(describe.name, field.name)
    value = _first_value(rule.sources, event.scope) if rule is not None else None
    return value if isinstance(value, str) else None


def _first_value(sources: Sequence[str], scope: JsonObject) -> Json:
    """What the first source that has anything says; None where none does."""
    for source in sources:
        value = evaluate(source, scope)
        if not is_blank(value):
            return value
    return None
