"""What an entry wrote whose answer was lost, or whose process died before it was stored: as far as
the org shows it afterwards. Pure.

A record that carries our id was created by the entry, and is journaled as such. What else arrived
is not known: a step says so, and undoing the entry leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zsf_plugin.decision.fit import fit
from zsf_plugin.model import Json, Step, Target, World
from zsf_plugin.ports import WITH_ID, JournalLine, Settlement
from zsf_plugin.sync.entries import WrittenEntry

_FOUND = ("found", "already_logged")


def with_lost_writes(
    settlement: Settlement, written: WrittenEntry, world: World, now: float
) -> Settlement:
    """The settlement of an entry that ends now, and was `writing` before this drain, with what it
    wrote then."""
    created = list(_created(written))
    ours = [step for step in created if _has_our_id(step, written, world)]
    lost = [Step("answer_lost", step.object) for step in created if step not in ours]
    if not (created or settlement.journal or written.changes.writes):
        lost.append(Step("answer_lost"))
    return replace(
        settlement,
        steps=(*settlement.steps, *lost),
        journal=(*[_line(step, written, world, now) for step in ours], *settlement.journal),
    )


def _created(written: WrittenEntry) -> Iterator[Step]:
    """The steps that found what the entry may have created: not by a link, which is stored with the
    answer."""
    sent = {name.removesuffix(WITH_ID) for name in written.planned.entry.sent_as}
    for step in written.changes.steps:
        if step.code in _FOUND and step.object in sent and step.data.get("by") != "link":
            yield step


def _has_our_id(step: Step, written: WrittenEntry, world: World) -> bool:
    """Whether the record that was found carries the id that the entry sent."""
    target, name = _target(step, written), world.facts.id_fields.get(str(step.object))
    record = world.records.get((target.object, str(step.data.get("record"))))
    if record is None or name is None:
        return False
    was_sent_with_id = target.object + WITH_ID in written.planned.entry.sent_as
    return was_sent_with_id and record.value_of(name) == target.external_id


def _target(step: Step, written: WrittenEntry) -> Target:
    return written.planned.plan.targets[str(step.object)]


def _line(step: Step, written: WrittenEntry, world: World, now: float) -> JournalLine:
    """The create of that record, with our id, its Account and the values of its plan."""
    target, planned = _target(step, written), written.planned
    describe = world.facts.describes[target.object]
    after: dict[str, Json] = {world.facts.id_fields[target.object]: target.external_id}
    account = _account(written) if target.object == "Contact" else None
    if account is not None:
        after["AccountId"] = account
    for one in target.fields:
        described = describe.field(one.field)
        fitted = fit(one, described, describe) if described and described.createable else None
        if fitted is not None and fitted.misfit is None and fitted.value is not None:
            after[one.field] = fitted.value
    what = (planned.entry.id, target.object, str(step.data["record"]))
    return JournalLine(*what, "create", {}, after, now, rules=planned.rules)


def _account(written: WrittenEntry) -> str | None:
    """The id of the Account that the entry settled on, unless it was created only now."""
    for link in written.changes.links:
        if link.kind == "company" and not link.record_id.startswith("new:"):
            return link.record_id
    return None
