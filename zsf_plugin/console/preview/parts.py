"""A preview of each object in words: what is filled, changes, stays and is left out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.console.labels import OVERWRITES, plural, sentence
from zsf_plugin.console.presenters.people import OWNER, Person, person_named
from zsf_plugin.console.presenters.records import field_label, record_url, value_text
from zsf_plugin.decision.misfits import MisfitCode
from zsf_plugin.explain.differences import Difference, Effect, ObjectDifference
from zsf_plugin.explain.preview import Preview
from zsf_plugin.messages.text import misfit_text, step_about_field
from zsf_plugin.model import (
    PERSON_OBJECTS,
    Connection,
    Json,
    KnownFacts,
    Link,
    LinkKey,
    ObjectDescribe,
    OrgFacts,
    Plan,
    PlannedField,
    Record,
    Target,
    World,
)

#: Why a value stays although Zaplify has another, if “Stays” alone would be unclear.
_WHY_KEPT = {"on_create": ", written on create only", "if_ours": "; someone else wrote this"}
_NOT_WRITTEN: Mapping[Effect, str] = {"stays": "Stays", "left_out": "Left out"}
_NOT_IN_PICKLIST: MisfitCode = "not_in_picklist"


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field as the template shows it. `is_new`: its record is created; `users` are the org's
    users by ID, for an owner's name."""

    difference: Difference
    is_new: bool = False
    users: Mapping[str, Record] = field(default_factory=dict)

    @property
    def remark(self) -> str:
        """The policy by which it is written, or that it is not."""
        return _NOT_WRITTEN.get(self.difference.effect) or _policy(self.difference)

    @property
    def before(self) -> str | None:
        """The value in the org; None for blank."""
        return self._text(self.difference.before) or None

    @property
    def after(self) -> str | None:
        """The value to write; None for blank."""
        if self.difference.refers_to is not None:
            return f"the new {self.difference.refers_to}"
        return self._text(self.difference.after) or None

    @property
    def hint(self) -> str:
        """The e-mail address of the owner that is written; "" for any other field."""
        owner = self._owner(self.difference.after)
        return owner.email if owner is not None else ""

    def _text(self, value: Json) -> str:
        owner = self._owner(value)
        return owner.name if owner is not None else value_text(value)

    def _owner(self, value: Json) -> Person | None:
        """The owner with that ID; None for any other field, and for a blank owner."""
        if self.difference.field != OWNER or not isinstance(value, str):
            return None
        return person_named(value, self.users)

    @property
    def note(self) -> str:
        """How the value was changed, or why it is not written."""
        return _NOTES[self.difference.effect](self.difference)

    @property
    def can_map_values(self) -> bool:
        """Whether its picklist lacks the value, which mapping values can fix."""
        return _is_outside_picklist(self.difference)

    @property
    def agrees(self) -> bool:
        """Whether the org already has the value."""
        return self.difference.effect == "stays" and not self.note


@dataclass(frozen=True, slots=True)
class ObjectPart:
    """One object: a summary, the lines shown at once, and the folded lines that stay the same."""

    title: str
    summary: str
    lines: tuple[FieldLine, ...] = ()
    same: tuple[FieldLine, ...] = ()
    same_words: str = ""
    url: str | None = None


def parts(
    preview: Preview,
    objects: Sequence[ObjectDifference],
    connection: Connection | None,
    known: KnownFacts | None,
) -> tuple[ObjectPart, ...]:
    """The objects in words: the preview's differences, or only the plan if there are none. `known`
    are the org's facts as last read: they name the fields of a plan."""
    if not objects:
        return tuple(_planned(preview, known))
    return tuple(_part(one, preview, connection) for one in objects)


def _part(one: ObjectDifference, preview: Preview, connection: Connection | None) -> ObjectPart:
    is_held = preview.explanation.cause is not None
    users = _users(preview.world) if preview.world is not None else {}
    lines = [FieldLine(difference, one.is_new, users) for difference in one.lines]
    same = tuple(line for line in lines if line.agrees)
    return ObjectPart(
        title=one.label,
        summary="" if is_held else _summary(one),
        lines=tuple(line for line in lines if not line.agrees),
        same=same,
        same_words=_unchanged(len(same)),
        url=_company_url(one, connection),
    )


def _users(world: World) -> Mapping[str, Record]:
    """The users that were looked up for the preview, by ID."""
    return {key: one for (object_, key), one in world.records.items() if object_ == "User"}


def _company_url(one: ObjectDifference, connection: Connection | None) -> str | None:
    """The URL of a company; a person's is above the objects."""
    return record_url(connection, one.record) if one.object == "Account" else None


def _unchanged(number: int) -> str:
    return plural(number, "field is already up to date", "fields are already up to date")


def _summary(one: ObjectDifference) -> str:
    """`3 change, 7 stay, 1 left out`."""
    stay, left = one.count("stays"), one.count("left_out")
    counts = (
        _what_changes(one),
        plural(stay, "stays", "stay") if stay else "",
        f"{left} left out" if left else "",
    )
    return ", ".join(filter(None, counts))


def _what_changes(one: ObjectDifference) -> str:
    changed = one.count("changes")
    if one.is_new:
        return f"New, {changed} filled"
    return plural(changed, "changes", "change") if changed else "Nothing changes"


def _policy(field: Difference) -> str:
    """The policy by which a value is written."""
    policy = field.overwrite
    return OVERWRITES[policy] if policy is not None else "Set by Zaplify"


def _how_changed(field: Difference) -> str:
    """How a value was changed to fit, for example shortened."""
    return sentence(step_about_field(field.step)) if field.step is not None else ""


def _why_kept(field: Difference) -> str:
    """Why a value stays although Zaplify has another; "" if it has none."""
    if field.ours is None:
        return ""
    return f"Zaplify has {value_text(field.ours)}{_WHY_KEPT.get(field.overwrite or '', '')}"


def _misfit(field: Difference) -> Mapping[str, Json]:
    """Why the value does not fit, for `misfit_text`."""
    return field.step.data if field.step is not None else {}


def _is_outside_picklist(field: Difference) -> bool:
    return _misfit(field).get("misfit") == _NOT_IN_PICKLIST


def _why_left_out(field: Difference) -> str:
    value = value_text(field.ours)
    if _is_outside_picklist(field):
        return f"“{value}” is not in the picklist."
    note = sentence(misfit_text(_misfit(field)))
    return f"“{value}”: {note}" if value else note


#: The note about a field, by its outcome.
_NOTES: Mapping[Effect, Callable[[Difference], str]] = {
    "changes": _how_changed,
    "stays": _why_kept,
    "left_out": _why_left_out,
}


def _planned(preview: Preview, known: KnownFacts | None) -> Iterator[ObjectPart]:
    """Only the plan: nothing was compared with the org."""
    facts, world = _facts(preview, known), preview.world
    for target in _targets(preview.plan, world.links if world is not None else {}):
        describe = facts.describes.get(target.object) if facts is not None else None
        yield _plan_part(target, describe, is_unchanged=world is not None)


def _facts(preview: Preview, known: KnownFacts | None) -> OrgFacts | None:
    """The facts of the preview, else those last read."""
    if preview.world is not None:
        return preview.world.facts
    return known.facts if known is not None else None


def _targets(plan: Plan, links: Mapping[LinkKey, Link]) -> Iterator[Target]:
    """The person, and the company of a Contact."""
    yield _person(plan, links)
    if plan.mode == "contact" and "Account" in plan.targets:
        yield plan.targets["Account"]


def _person(plan: Plan, links: Mapping[LinkKey, Link]) -> Target:
    """The person as the linked object, else as the object of the mode."""
    person = plan.targets[PERSON_OBJECTS[plan.mode]]
    link = links.get(person.link)
    return plan.targets.get(link.object, person) if link is not None else person


def _plan_part(
    target: Target, describe: ObjectDescribe | None, *, is_unchanged: bool
) -> ObjectPart:
    lines = tuple(_plan_line(one, describe) for one in target.fields)
    title = describe.label if describe is not None else target.object
    if is_unchanged:
        return ObjectPart(title, "Nothing changes", same=lines, same_words=_filled(len(lines)))
    return ObjectPart(title, f"{len(lines)} planned", lines)


def _filled(number: int) -> str:
    return plural(number, "mapped field", "mapped fields")


def _plan_line(one: PlannedField, describe: ObjectDescribe | None) -> FieldLine:
    label = field_label(describe, one.field)
    planned = Difference(one.field, label, "changes", after=one.value, overwrite=one.overwrite)
    return FieldLine(planned, is_new=True)
