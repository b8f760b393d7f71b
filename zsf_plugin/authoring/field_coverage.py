"""Which keys of fields a plan reached: the source that gave a field's value, or what leaves the
field out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zsf_plugin.authoring.channels import activity_fields, filled_channel
from zsf_plugin.authoring.rule_coverage import CountedPlan, RuleCoverage
from zsf_plugin.authoring.rule_keys import KeyPath
from zsf_plugin.authoring.used_sources import first_used, rows_of
from zsf_plugin.model import ANY_CHANNEL, FieldRule, Json, Target


@dataclass(frozen=True, slots=True)
class _Table:
    """What fills an object, and the section and name of the table by which rules do so."""

    section: str
    name: str
    rules: Mapping[str, FieldRule]


def count_fields(plan: CountedPlan, target: Target) -> None:
    """Count what filled the fields of a target, and what unmapped others."""
    table = _table(plan, target.object)
    planned = {field.field for field in target.fields}
    for rule in table.rules.values():
        if rule.field in planned:
            _count_field(plan, table, rule, target.object)
    for setter in plan.rules.values():
        _count_unmapped(plan, table, setter)


def _table(plan: CountedPlan, object_: str) -> _Table:
    rules, event = plan.decided.rules, plan.event
    if object_ == "Task":
        return _Table("activity", filled_channel(rules, event), activity_fields(rules, event))
    return _Table("fields", object_, rules.fields.get(object_, {}))


def _count_field(plan: CountedPlan, table: _Table, rule: FieldRule, object_: str) -> None:
    setter = plan.rules.get(rule.origin)
    if setter is None:
        return
    path = setter.entry(table.section, table.name, rule.field)
    if path in setter.missing:
        for key in _used_keys(plan, rule, object_, setter.value_at(path)):
            setter.reach((*path, *key))


def _used_keys(plan: CountedPlan, rule: FieldRule, object_: str, entry: Json) -> Iterator[KeyPath]:
    """The keys that gave a field's value, below the path of its entry."""
    if rule.value is not None:
        yield ("value",)
        return
    used = first_used(plan, rule, object_)
    if used is None:
        yield ("default",)
        return
    sources: KeyPath = ("from",) if isinstance(entry, dict) else ()
    yield sources
    yield (*sources, used.index)
    for row in rows_of(used.value, rule.values or {}):
        yield ("values", row)


def _count_unmapped(plan: CountedPlan, table: _Table, setter: RuleCoverage) -> None:
    """Count the entries of a rule that unmap a field, and that no other rule overrode."""
    for path in _missing_entries(table, setter):
        is_unmapped = setter.value_at(path) is False
        if is_unmapped and _origin(plan, table, str(path[-1])) == setter.rule.file:
            setter.reach(path)


def _missing_entries(table: _Table, setter: RuleCoverage) -> list[KeyPath]:
    """The entries of that table of which a key was not reached."""
    found = []
    for (section, name, _), path in setter.entries.items():
        is_here = section == table.section and name in (table.name, ANY_CHANNEL)
        if is_here and path in setter.missing:
            found.append(path)
    return found


def _origin(plan: CountedPlan, table: _Table, field: str) -> str | None:
    """The file that set the entry of a field: names are compared without case."""
    wanted = f"/{table.section}/{table.name}/{field}".lower()
    for pointer, file in plan.decided.rules.origins.items():
        if pointer.lower() == wanted:
            return file
    return None
