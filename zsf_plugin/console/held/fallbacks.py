"""Required fields that are mapped, where prospects have no value: whose they are, and the value to
write instead.

The value is the `default` of the field's rule in the console's layer; everything else the rule says
stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zsf_plugin.console.console_rules import (
    Refused,
    Saved,
    Stale,
    entry_of,
    lock_of,
    read_console_rules,
    save_console_rules,
)
from zsf_plugin.console.held.picklists import first_value, with_field
from zsf_plugin.console.telling.causes import HeldCause
from zsf_plugin.console.telling.sources import words_for
from zsf_plugin.decision.fit import fit
from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe
from zsf_plugin.model.plan import PlannedField
from zsf_plugin.model.rules import FieldRule
from zsf_plugin.ports.store import Entry, HistoryLine
from zsf_plugin.wiring.console import ConsoleApp

LONGEST = 255


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
        if self.source.casefold() == self.label.casefold():
            whom = "This prospect has" if entries == 1 else f"These {entries:,} prospects have"
            return f"{whom} no {self.source[:1].lower()}{self.source[1:]}"
        whom = (
            "this prospect has none" if entries == 1 else f"these {entries:,} prospects have none"
        )
        return f"{self.object} {self.label} is mapped from {self.source}, and {whom}"

    def todo(self, entries: int) -> str:
        """What helps."""
        what = "drop it" if entries == 1 else "drop those that are not worth it"
        return (
            f"Salesforce refuses a new {self.object} without {self.label}. Say what to "
            f"write then, or {what}."
        )


def fallback_for(
    app: ConsoleApp, workspace: str, cause: HeldCause, sample: list[Entry]
) -> Fallback | None:
    """What a cause comes to whose field is mapped; None where nothing fills the field, or the
    newest has a value."""
    if cause.fix != "fill" or not cause.object or not cause.field or not sample:
        return None
    event = sample[0].event
    rule = app.rulebook.rules_for(workspace, event.scope).filling(cause.object, cause.field)
    if rule is None or not rule.sources or rule.default is not None:
        return None
    if first_value(rule.sources, event.scope) is not None:
        return None
    _, known = _described(app, workspace, cause.object, cause.field)
    active = (
        tuple((item.value, item.label) for item in known.picklist if item.active)
        if known is not None
        else ()
    )
    locked = lock_of(app.rulebook.rules(workspace), "fields", cause.object, rule.field)
    return Fallback(
        cause.object, rule.field, cause.label or rule.field, words_for(rule).label, active, locked
    )


def save_fallback(
    app: ConsoleApp, workspace: str, fallback: Fallback, value: str, by: str
) -> Saved | Stale | Refused | None:
    """Put the value into the console's layer. None where the field cannot hold it."""
    rules = app.rulebook.rules_for(workspace, {"workspace": workspace})
    rule = rules.filling(fallback.object, fallback.field)
    describe, known = _described(app, workspace, fallback.object, fallback.field)
    if rule is None or not value or len(value) > LONGEST or not _fits(rule, value, describe, known):
        return None
    layer = read_console_rules(app, workspace)
    entry = entry_of(replace(rule, default=value))
    line = HistoryLine(
        app.clock.now(), "mapping", by, {"fields": [f"{fallback.object}.{rule.field}"]}
    )
    return save_console_rules(
        app,
        workspace,
        with_field(layer.document, fallback.object, rule.field, entry),
        layer.version,
        line,
    )


def _described(
    app: ConsoleApp, workspace: str, object_: str, field: str
) -> tuple[ObjectDescribe | None, FieldDescribe | None]:
    org = app.orgs.known_facts(workspace)
    describe = org.facts.describe(object_) if org is not None else None
    return describe, describe.field(field) if describe is not None else None


def _fits(
    rule: FieldRule, value: str, describe: ObjectDescribe | None, field: FieldDescribe | None
) -> bool:
    """Whether the org's field takes the value; what is not known of it is left to Salesforce."""
    if describe is None or field is None:
        return True
    planned = PlannedField(field.name, value, rule.overwrite, rule.misfit, "hold", "", True)
    return fit(planned, field, describe).misfit is None
