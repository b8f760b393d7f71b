"""Events that the outbox keeps, tried under rules beside an org: the values that their fields do
not take whole, and the events that cannot be tried. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.decision.fit import fit
from zsf_plugin.errors import unexpected_text
from zsf_plugin.messages.text import misfit_text
from zsf_plugin.model import Event, FieldDescribe, ObjectDescribe, OrgFacts, PlannedField
from zsf_plugin.ports import RulesInForce


class Sample(NamedTuple):
    """An event as the outbox keeps it, and the id of its entry."""

    entry: str
    event: Event


class Misfit(NamedTuple):
    """What values of a rule's field are: the rule by its name, the field, and why they do not
    fit."""

    file: str
    object: str
    field: str
    why: str


@dataclass(slots=True)
class SampleTrials:
    """What was found so far, in how many events. `failed` are the entries whose events could not be
    tried, by why."""

    count: int = 0
    misfits: Counter[Misfit] = field(default_factory=Counter)
    failed: dict[str, list[str]] = field(default_factory=dict)

    def take(self, sample: Sample, in_force: RulesInForce, facts: OrgFacts) -> None:
        """Try one event. What a host sent, or another version stored, may be odd in any way."""
        try:
            found = {*_misfits(sample.event, in_force, facts)}
        except Exception as error:  # noqa: BLE001 - one odd event must not end the check of the rules
            self.failed.setdefault(unexpected_text(error), []).append(sample.entry)
            return
        self.count += 1
        self.misfits.update(found)


def _misfits(event: Event, in_force: RulesInForce, facts: OrgFacts) -> Iterator[Misfit]:
    decided = decide_arriving(event, in_force)
    if decided.skipped is not None:
        return
    for target in decided.plan.targets.values():
        describe = facts.describes.get(target.object)
        if describe is None:
            continue
        for planned in target.fields:
            known = describe.field(planned.field)
            why = "" if known is None else _why_unfit(planned, known, describe)
            if why:
                yield Misfit(planned.origin, target.object, planned.field, why)


def _why_unfit(planned: PlannedField, known: FieldDescribe, describe: ObjectDescribe) -> str:
    """Why the value is left out or shortened, in words; empty if it fits."""
    if known.name in describe.address_lists:
        return ""  # the other parts of the record's address decide
    fitted = fit(planned, known, describe)
    if fitted.misfit is not None:
        return misfit_text(fitted.misfit_data)
    return misfit_text({"misfit": "too_long", "limit": known.length}) if fitted.shortened else ""
