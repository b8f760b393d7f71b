"""The field that a cause is about: what the org and the rules in force for everyone say of it, and
saving another rule for it. What is wrong with its values is `fixes`'s."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.console.console_rules import (
    SaveOutcome,
    entry_of,
    lock_of,
    save_console_rules,
    with_field,
)
from zsf_plugin.model import FieldDescribe, FieldRule, ObjectDescribe
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.console import ConsoleApp


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
        return self.describe.field(self.name) if self.describe is not None else None

    @property
    def label(self) -> str:
        """What people call it."""
        return (self.known.label if self.known is not None else "") or self.name

    @property
    def options(self) -> list[tuple[str, str]]:
        """What its picklist has, as (value, label); none where any text will do."""
        picklist = self.known.picklist if self.known is not None else ()
        return [(item.value, item.label) for item in picklist if item.active]

    @property
    def required(self) -> bool:
        """Whether nothing can be left out."""
        return self.known is not None and self.known.required


def mapped_field(app: ConsoleApp, workspace: str, object_: str, name: str) -> MappedField:
    """The field as it stands. Raises StoreUnavailable."""
    org = app.orgs.known_facts(workspace)
    describe = org.facts.describes.get(object_) if org is not None else None
    known = describe.field(name) if describe is not None else None
    rule = app.rulebook.rules_for(workspace, {"workspace": workspace}).filling(object_, name)
    if known is not None:
        name = known.name
    elif rule is not None:
        name = rule.field
    locked = lock_of(app.rulebook.rules(workspace), "fields", object_, name)
    return MappedField(workspace, object_, name, describe, rule, locked)


def save_rule(app: ConsoleApp, field: MappedField, rule: FieldRule, by: str) -> SaveOutcome:
    """Put a rule for the field into the console's layer. Raises StoreUnavailable."""
    document, version = app.store.console_rule(field.workspace)
    document = with_field(document, field.object, rule.field, entry_of(rule))
    changed = f"{field.object}.{rule.field}"
    line = HistoryLine(app.clock.now(), "mapping", by, {"fields": [changed]})
    return save_console_rules(app, field.workspace, document, version, line)
