"""What the connected user may not do in the org, of what syncing by the rules takes: with objects,
and with mapped fields. Pure; the ID field is planned in `provision`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from zsf_plugin.explain.fields import OBJECTS, ObjectFields, object_fields
from zsf_plugin.model import Mode, ObjectDescribe, OrgFacts, Rule, Rules

Need = Literal["see", "create", "change"]
#: What syncing in each mode does with an object, besides reading it. A person who exists as the
#: other object is connected and updated; an Account is written only where people become Contacts.
_NEEDS: Mapping[str, Mapping[str, tuple[Need, ...]]] = {
    "lead": {"Lead": ("create", "change"), "Contact": ("change",), "Task": ("create",)},
    "contact": {
        "Lead": ("change",),
        "Contact": ("create", "change"),
        "Account": ("create", "change"),
        "Task": ("create",),
    },
}


@dataclass(frozen=True, slots=True)
class ObjectGap:
    """An object, and what the connected user has no right to do with it: `see` alone if it is
    hidden."""

    object: str
    lacks: tuple[Need, ...]


def modes_of(merged: Rules, rules: Sequence[Rule]) -> frozenset[Mode]:
    """The modes that some event may be synced in: that of every event, and those of rules with a
    `when`."""
    of_some = (rule.document.get("mode") for rule in rules if rule.when is not None)
    named = cast("set[Mode]", {mode for mode in of_some if mode in _NEEDS})
    return frozenset((merged.mode, *named))


def object_gaps(facts: OrgFacts, merged: Rules, rules: Sequence[Rule]) -> tuple[ObjectGap, ...]:
    """The objects with which the user may not do what the rules take."""
    modes = modes_of(merged, rules)
    gaps = [ObjectGap(name, _lacks(facts.describes.get(name), name, modes)) for name in OBJECTS]
    return tuple(gap for gap in gaps if gap.lacks)


def _lacks(describe: ObjectDescribe | None, name: str, modes: frozenset[Mode]) -> tuple[Need, ...]:
    if describe is None:
        return ("see",)
    may = {"create": describe.createable, "change": describe.updateable}
    needed = {need for mode in modes for need in _NEEDS[mode].get(name, ())}
    return tuple(need for need in ("create", "change") if need in needed and not may[need])


def closed_fields(facts: OrgFacts, merged: Rules, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The mapped fields that the user cannot see or write, as `Lead.Industry`, each once."""
    mapped = [object_fields(facts, name, merged, rules) for name in OBJECTS]
    paths = (path for fields in mapped if fields is not None for path in _closed_in(fields))
    return tuple(dict.fromkeys(paths))


def _closed_in(fields: ObjectFields) -> Iterator[str]:
    for mapping in (*fields.lacking, *fields.read_only):
        yield f"{fields.describe.name}.{mapping.field}"
