"""Where the rules of a table are: `[fields.Lead]` for a Lead, `[activity.email]` for the Task of an
e-mail. Pure. `document` edits the tables; `rows` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.mapping.drafts import OBJECTS, TASK
from zsf_plugin.model import ANY_CHANNEL, FieldRule, Json, JsonObject, Rules, table_in


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table of rules, by its section and its name: an object, or a channel."""

    section: Literal["fields", "activity"]
    name: str

    @property
    def object(self) -> str:
        """The Salesforce object that the table fills."""
        return TASK if self.section == "activity" else self.name

    @property
    def inherits(self) -> bool:
        """Whether it has what it does not set itself from another table."""
        return self.section == "activity" and self.name != ANY_CHANNEL

    def path(self, field: str) -> tuple[str, str, str]:
        """The path of a field's rule in a rule document."""
        return self.section, self.name, field

    def rules_in(self, rules: Rules) -> Mapping[str, FieldRule]:
        """The table's rules among merged ones; a channel without a table inherits that of every
        channel."""
        if self.section == "fields":
            return rules.fields.get(self.name, {})
        every = rules.activities.get(ANY_CHANNEL, {})
        return rules.activities.get(self.name, every)

    def rule_in(self, rules: Rules, name: str) -> FieldRule | None:
        """The rule of a field among merged ones; names are not case-sensitive."""
        table = self.rules_in(rules).values()
        return next((rule for rule in table if rule.field.lower() == name.lower()), None)

    def table_of(self, document: JsonObject) -> dict[str, Json]:
        """A copy of the table in a document; empty if the document has none."""
        return dict(table_in(table_in(document, self.section), self.name))


def places_of(channel: str) -> tuple[TablePlace, ...]:
    """The tables of one page: those of prospects, or with a `channel` that of its activities."""
    if channel:
        return (TablePlace("activity", channel),)
    return tuple(TablePlace("fields", object_) for object_ in OBJECTS)


def with_tables(
    document: JsonObject, tables: Mapping[TablePlace, Mapping[str, Json]]
) -> JsonObject:
    """The document with those tables, without empty ones."""
    made = dict(document)
    for place, table in tables.items():
        section = {**table_in(made, place.section), place.name: dict(table)}
        if not table:
            del section[place.name]
        made[place.section] = section
        if not section:
            del made[place.section]
    return made


def without_tables(document: JsonObject, places: Iterable[TablePlace]) -> JsonObject:
    """The document without those tables."""
    return with_tables(document, {place: {} for place in places})
