"""What the entries that a round defers will find, and how they will leave records, as far as that
is known. An entry behind them that may find or leave the same must wait too.

Looked up by normal forms, since a batch may defer most of its entries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from zsf_plugin.decision.search import COMPANY, PEOPLE, searches_for
from zsf_plugin.model import Compare, LookupParts, Plan, Record, World, form_of
from zsf_plugin.model.text import normal_form

#: An object, and the fields that are compared together.
_Compared = tuple[str, tuple[tuple[str, Compare], ...]]


@dataclass(slots=True, eq=False)
class Expected:
    """The records and searches of the entries deferred so far; `world` is any world of the
    batch."""

    world: World
    #: The refs of records that deferred entries rely on, or would if earlier writes failed.
    _refs: set[str] = field(default_factory=set)
    #: The records that they are likely to update, as they will be then, each version by itself.
    _left: World = field(init=False)
    _left_count: int = 0
    #: The normal forms that they search records by.
    _searched: dict[_Compared, set[tuple[str | None, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left = World(self.world.facts)

    def add_outcome(self, refs: Collection[str], updated: Sequence[Record]) -> None:
        """A deferred entry is likely to rely on those records, and to leave others so."""
        self._refs.update(refs)
        versions = []
        for record in updated:
            self._left_count += 1
            versions.append(replace(record, id=f"version {self._left_count}"))
        if versions:
            self._left = self._left.with_records(versions)

    def add_searches(self, plan: Plan) -> None:
        """A deferred entry searches for its company and person."""
        for object_, parts in _compared_by(plan, self.world):
            compared = object_, tuple([(name, compare) for name, compare, _ in parts])
            forms = tuple([normal_form(compare, value) for _, compare, value in parts])
            self._searched.setdefault(compared, set()).add(forms)

    def concerns(self, plan: Plan, refs: Collection[str], updated: Sequence[Record]) -> bool:
        """Whether an entry with that plan, which relies on those records and would leave others so,
        relies on a record that a deferred one relies on, may find one as that would leave it, or
        would leave one as that may find it."""
        if not self._refs.isdisjoint(refs):
            return True
        for object_, parts in _compared_by(plan, self.world):
            if self._left.matching(object_, parts):
                return True
        return any(map(self._may_be_found, updated))

    def _may_be_found(self, record: Record) -> bool:
        """Whether a deferred entry's search would find the record."""
        for (object_, compared), searched in self._searched.items():
            if object_ == record.object:
                forms = tuple([form_of(record, name, compare) for name, compare in compared])
                if None not in forms and forms in searched:
                    return True
        return False


def _compared_by(plan: Plan, world: World) -> list[tuple[str, LookupParts]]:
    """What the plan's records are searched by, in whatever company a person is."""
    found = []
    for objects in (COMPANY, PEOPLE):
        for search in searches_for(plan, objects, world):
            parts = search.parts(None, partly=True)
            if parts:
                found.append((search.object, parts))
    return found
