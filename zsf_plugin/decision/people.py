"""The person's part of a plan, which all events about one prospect share: planned once a drain.

It is the same for two events if they have the same prospect and user, and the rules in force read
nothing else of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from zsf_plugin.decision.planned_values import Inputs
from zsf_plugin.decision.targets import person_targets
from zsf_plugin.model import Rules, Step, Target

#: About 20 MB: plans by the shipped rules take 9 KB each.
MAX_KNOWN_PEOPLE = 2_000

#: The attributes of a planned field that affect the outcome; its rule file does not.
_DIGESTED_ATTRIBUTES = attrgetter(
    "field", "value", "overwrite", "misfit", "too_long", "is_static", "is_default"
)
_ALTERNATIVES, _FALLBACKS = attrgetter("alternatives"), attrgetter("fallbacks")
_KEY_ATTRIBUTES = attrgetter("field", "compare", "value")


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """The targets of a person and their company. `digest` is a hash of everything that affects what
    is written of them, except the owner, which a linked record keeps; `notes` are the fields whose
    expressions cost too much, and `units_left` what later expressions of the event may cost.
    `rules` are kept, or others might get their identity."""

    targets: Mapping[str, Target]
    digest: str
    notes: tuple[Step, ...]
    units_left: int
    rules: Rules


@dataclass(slots=True, eq=False)
class KnownPeople:
    """The people planned so far. For one thread; it forgets all if they are too many."""

    _people: dict[tuple[int, str], PlannedPerson] = field(default_factory=dict)

    def planned(self, inputs: Inputs) -> PlannedPerson:
        """The event's person. Fields whose expressions cost too much are added to the inputs'
        notes."""
        event, rules, key = inputs.event, inputs.rules, None
        if rules.shares_people:
            read = [event.workspace, event.payload.get("prospect"), event.payload.get("user")]
            key = (id(rules), json.dumps(read))
            known = self._people.get(key)
            if known is not None:
                inputs.notes.extend(known.notes)
                inputs.shared.left = known.units_left
                return known
        targets = person_targets(inputs)
        settings = [rules.mode, rules.many, rules.alerts, rules.assignment_rules]
        policies: list[object] = []
        if rules.shared_mailbox != "next_key":
            policies.append(rules.shared_mailbox)
        if rules.unasked != "hold":
            policies.append(rules.unasked)
        digest = digest_of(settings, targets.values(), policies)
        notes, units_left = tuple(inputs.notes), inputs.shared.left
        made = PlannedPerson(targets, digest, notes, units_left, rules)
        if key is not None:
            if len(self._people) >= MAX_KNOWN_PEOPLE:
                self._people.clear()
            self._people[key] = made
        return made


def digest_of(
    before: Sequence[object], targets: Iterable[Target], after: Sequence[object] = ()
) -> str:
    """A hash of what affects the outcome of the targets, and of what JSON can write before and
    after them."""
    shapes = []
    for target in targets:
        # `dataclasses.asdict` takes ten times as long
        fields: list[object] = list(map(_DIGESTED_ATTRIBUTES, target.fields))
        # appended only if there are any: a different digest makes a known person be looked up
        fields += filter(None, map(_ALTERNATIVES, target.fields))
        fields += filter(None, map(_FALLBACKS, target.fields))
        keys = []
        for key in target.keys:
            keys.append(list(map(_KEY_ATTRIBUTES, key)))
        shapes.append((target.object, target.link, target.external_id, keys, fields))
    text = json.dumps([*before, shapes, *after], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
