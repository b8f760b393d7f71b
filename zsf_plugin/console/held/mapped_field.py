"""The field that a cause is about: what the org and the rules in force for everyone say of it, and
saving another rule for it. What is wrong with its values is `fixes`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.console.console_rules import (
    SaveOutcome,
    entry_of,
    lock_of,
    save_console_rules,
    with_field,
)
from zsf_plugin.console.presenters.records import known_org
from zsf_plugin.decision.fit import fit
from zsf_plugin.model import (
    FieldDescribe,
    FieldRule,
    ObjectDescribe,
    PicklistValue,
    PlannedField,
)
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import ConsoleApp


@dataclass(frozen=True, slots=True)
class MappedField:
    """A Salesforce field by its API name. `describe` is its object's, where the org was read;
    `rule` fills it for everyone; `locked` is the rule file that decides instead of the console."""

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
        """What people call it."""
        return (self.known.label if self.known else "") or self.name

    @property
    def picklist(self) -> Sequence[PicklistValue]:
        """What its picklist has, what is out of use too; nothing where any text will do."""
        return self.known.picklist if self.known else ()

    @property
    def options(self) -> list[tuple[str, str]]:
        """What may be chosen of its picklist, as (value, label)."""
        return [(item.value, item.label) for item in self.picklist if item.active]

    @property
    def required(self) -> bool:
        """Whether nothing can be left out."""
        return self.known is not None and self.known.required

    @property
    def row(self) -> str:
        """The id of the mapping's row that fills it, of the empty one where none does."""
        key = self.rule.field if self.rule else f"need-{self.name}"
        return f"row-{self.object}-{key}"

    def holds(self, planned: PlannedField) -> bool:
        """Whether it takes what is planned for it; what is not known of it is left to
        Salesforce."""
        if not (self.describe and self.known):
            return True
        return fit(planned, self.known, self.describe).misfit is None


def mapped_field(app: ConsoleApp, workspace: str, object_: str, name: str) -> MappedField:
    """The field as it stands. Raises StoreUnavailable."""
    describe = known_org(app, workspace).describe(object_)
    rule = app.rulebook.rules_for(workspace, {"workspace": workspace}).filling(object_, name)
    name = _as_spelt(name, describe, rule)
    locked = lock_of(app.rulebook.rules(workspace), "fields", object_, name)
    return MappedField(workspace, object_, name, describe, rule, locked)


def _as_spelt(name: str, describe: ObjectDescribe | None, rule: FieldRule | None) -> str:
    """The name as the org spells it, else as the rule does."""
    known = describe.field(name) if describe else None
    if known:
        return known.name
    return rule.field if rule else name


def save_rule(app: ConsoleApp, field: MappedField, rule: FieldRule, by: str) -> SaveOutcome:
    """Put a rule for the field into the console's layer. Raises StoreUnavailable."""
    document, version = app.store.console_rule(field.workspace)
    document = with_field(document, field.object, rule.field, entry_of(rule))
    changed = f"{field.object}.{rule.field}"
    line = HistoryLine(app.clock.now(), "mapping", by, {"fields": [changed]})
    return save_console_rules(app, field.workspace, document, version, line)
