"""A preview in words: how the prospect was found, what changes, stays and is left out, what it
costs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.badges import Colour
from zsf_plugin.console import labels
from zsf_plugin.console.mapping.prospects import Prospect
from zsf_plugin.console.presenters.records import record_url, value_text
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.decision.fit import MisfitCode
from zsf_plugin.explain.cost import Cost
from zsf_plugin.explain.differences import Difference, ObjectDifference, differences, found_in
from zsf_plugin.explain.preview import Preview
from zsf_plugin.messages.availability import PREVIEW_IS_PLAN_ALONE, PREVIEW_WITHOUT_ANSWER
from zsf_plugin.messages.text import (
    cause_advice,
    cause_text,
    misfit_text,
    step_about_field,
    step_text,
)
from zsf_plugin.model import (
    PERSON_OBJECTS,
    Availability,
    Changes,
    Connection,
    FieldDescribe,
    Json,
    ObjectDescribe,
    OrgFacts,
    Plan,
    PlannedField,
    Target,
)

#: Why a value stays although Zaplify has another, where “Stays” alone would puzzle.
_WHY_KEPT = {"on_create": ", on create only", "if_ours": "; somebody else wrote this"}
_BY_SYNC = "Set by the sync"
_KEYS = {
    "Email": "e-mail",
    "Website": "web domain",
    "Company": "company",
    "AccountId": "company",
    "Phone": "phone",
}
_NOT_IN_PICKLIST: MisfitCode = "not_in_picklist"
#: Steps that explain a choice; the others are shown as fields.
_CHOICES = ("chosen", "unlinked", "unmatched")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know before the rest: `action` names what may be done about it."""

    title: str
    text: RichText
    action: Literal["", "connect", "again"] = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How the person was found, or not: a badge, a sentence whose `owner` stands out, the record's
    address."""

    colour: Colour
    badge: str
    text: str
    owner: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its names, what becomes of it, before and after (None: blank), and a remark.
    `can_map_values`: its picklist lacks the value, which a mapping of values can mend."""

    label: str
    api: str
    fate: str
    remark: str
    before: str | None = None
    after: str | None = None
    note: str = ""
    is_new: bool = False
    can_map_values: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One object: a summary, the lines to see at once, and those that stay as they are."""

    title: str
    summary: str
    lines: tuple[Line, ...] = ()
    same: tuple[Line, ...] = ()
    same_words: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the panel shows of one preview. `live`: the org was looked at."""

    prospect: Prospect
    notices: tuple[Notice, ...]
    found: Found
    parts: tuple[Part, ...]
    remarks: tuple[str, ...]
    cost: str
    live: bool

    @property
    def summary(self) -> str:
        """The outcome in one line, for those who cannot see it."""
        return "; ".join(f"{part.title}: {part.summary}" for part in self.parts)


def shown(
    preview: Preview,
    prospect: Prospect,
    connection: Connection | None,
    known: OrgFacts | None = None,
) -> Shown:
    """The panel's content. `known` are the org's facts as last read: they name fields where it was
    not looked at."""
    explanation = preview.explanation
    plan, changes = explanation.plan, explanation.changes
    if plan is None:  # a purchase always has one
        raise ValueError("a preview without a plan")
    unchanged = changes is not None and any(step.code == "unchanged" for step in changes.steps)
    told = (
        ()
        if preview.world is None or changes is None or unchanged
        else differences(plan, preview.world, changes)
    )
    return Shown(
        prospect=prospect,
        notices=tuple(_notices(preview, prospect)),
        found=_left(plan, preview, connection)
        if unchanged
        else _found(plan, told, preview, connection),
        parts=tuple(_part(one, connection, changes) for one in told)
        or tuple(_planned(plan, preview, known)),
        remarks=tuple(_remarks(changes, prospect)),
        cost=_cost(explanation.cost),
        live=changes is not None,
    )


def _notices(preview: Preview, prospect: Prospect) -> Iterator[Notice]:
    changes = preview.explanation.changes
    if preview.unknown is not None:
        yield _unknown(preview.unknown)
    if preview.explanation.skipped is not None:
        now = " This one came before that, and is still sent." if prospect.on_its_way else ""
        text = (
            f"New purchases are skipped, with this reason.{now} Shown is what the mapping "
            f"makes of one."
        )
        yield Notice("Sync prospects is off.", (text,))
    if changes is not None and changes.cause is not None:
        yield Notice(
            "It would be held.",
            (
                f"{labels.sentence(cause_text(changes.cause))} "
                f"{labels.sentence(cause_advice(changes.cause))}",
            ),
        )


def _unknown(unknown: Availability) -> Notice:
    """Why the org was not looked at, and until when where that is known."""
    at: RichText = ("", At(unknown.until), ".") if unknown.until is not None else ("later.",)
    why = PREVIEW_IS_PLAN_ALONE.get(unknown.code)
    if why is None:
        return Notice("Salesforce didn’t answer.", (PREVIEW_WITHOUT_ANSWER, *at), "again")
    title = "What Salesforce has is unknown right now."
    if unknown.code in ("not_connected", "reconnect"):
        return Notice(title, (why,), "connect")
    return Notice(title, (why, *at))


def _found(
    plan: Plan, told: Sequence[ObjectDifference], preview: Preview, connection: Connection | None
) -> Found:
    if preview.world is None:
        return Found("unknown", "Not looked up", "Not looked up")
    if several := found_in(plan, preview.world)[1].several:
        return Found(
            "black", "In Salesforce", f"Found {several} that match, and no policy chooses one"
        )
    person = told[0] if told else None
    if person is None or person.record is None:
        held = (
            preview.explanation.changes is not None
            and preview.explanation.changes.cause is not None
        )
        made = "" if held or person is None else f": a new {person.label} is created"
        return Found("grey", "Not in Salesforce", f"Not found{made}")
    how = f"{_how(person, preview.world.facts)}: "
    kind = f"{person.label} of " if preview.owner else f"a {person.label}"
    return Found(
        "black", "In Salesforce", how + kind, preview.owner, record_url(connection, person.record)
    )


def _left(plan: Plan, preview: Preview, connection: Connection | None) -> Found:
    """What was left done before: its link says which record it is."""
    link = preview.world.links.get(plan.targets["Lead"].link) if preview.world is not None else None
    record = link.record_id if link is not None else None
    return Found(
        "black",
        "In Salesforce",
        "Connected before, and left as the mapping wants it",
        url=record_url(connection, record),
    )


def _how(found: ObjectDifference, facts: OrgFacts) -> str:
    """“Found by e-mail”."""
    if found.by == "link":
        return "Connected before"
    if found.by == "external_id":
        return "Found by Zaplify ID"
    describe = facts.describes.get(found.object)
    names = [
        _KEYS.get(name) or _name_of(name, describe.field(name) if describe else None)
        for name in found.fields
    ]
    distinct = tuple(dict.fromkeys(names))
    return f"Found by {labels.listed(distinct)}"


def _name_of(name: str, field: object) -> str:
    if name in ("FirstName", "LastName", "Name"):
        return "name"
    return str(getattr(field, "label", name))


def _part(one: ObjectDifference, connection: Connection | None, changes: Changes | None) -> Part:
    lines = [_line(line, is_new=one.action == "create") for line in one.lines]
    same = tuple(line for line in lines if line.fate == "stays" and not line.note)
    held = changes is not None and changes.cause is not None
    return Part(
        title=one.label,
        summary="" if held else _summary(one),
        lines=tuple(line for line in lines if line not in same),
        same=same,
        same_words=labels.plural(
            len(same), "field is as the mapping wants it", "fields are as the mapping wants them"
        ),
        url=record_url(connection, one.record) if one.object == "Account" else None,
    )


def _summary(one: ObjectDifference) -> str:
    """“3 change, 7 stay, 1 left out”."""
    changed, stay, left = one.count("changes"), one.count("stays"), one.count("left_out")
    if one.action == "create":
        first = f"New, {changed} filled"
    else:
        first = _number(changed, "changes", "change") or "Nothing changes"
    said = (first, _number(stay, "stays", "stay"), f"{left} left out" if left else "")
    return ", ".join(part for part in said if part)


def _number(number: int, one: str, many: str) -> str:
    return labels.plural(number, one, many) if number else ""


def _line(line: Difference, *, is_new: bool) -> Line:
    if line.fate == "left_out":
        return Line(
            line.label,
            line.field,
            "left_out",
            "Left out",
            note=_left_out(line),
            can_map_values=_misfit(line).get("misfit") == _NOT_IN_PICKLIST,
        )
    before = value_text(line.before) or None
    if line.fate == "stays":
        return Line(line.label, line.field, "stays", "Stays", before, note=_why_kept(line))
    remark = labels.OVERWRITES[line.overwrite] if line.overwrite is not None else _BY_SYNC
    after = value_text(line.after) or None
    if line.refers_to is not None:
        after = f"the new {line.refers_to}"
    note = labels.sentence(step_about_field(line.step)) if line.step is not None else ""
    return Line(line.label, line.field, "changes", remark, before, after, note, is_new)


def _why_kept(line: Difference) -> str:
    """Why a value stays although Zaplify has another; nothing where it has none."""
    if line.ours is None:
        return ""
    return f"Zaplify has {value_text(line.ours)}{_WHY_KEPT.get(line.overwrite or '', '')}"


def _misfit(line: Difference) -> Mapping[str, Json]:
    """Why the value does not fit, as `misfit_text` reads it."""
    return line.step.data if line.step is not None else {}


def _left_out(line: Difference) -> str:
    value = value_text(line.ours)
    misfit = _misfit(line)
    if misfit.get("misfit") == _NOT_IN_PICKLIST:
        return f"“{value}” is not in the picklist."
    note = labels.sentence(misfit_text(misfit))
    return f"“{value}”: {note}" if value else note


def _planned(plan: Plan, preview: Preview, known: OrgFacts | None) -> Iterator[Part]:
    """The plan alone, where nothing is known of the org, or nothing of it was asked."""
    facts = preview.world.facts if preview.world is not None else known
    person = plan.targets[PERSON_OBJECTS[plan.mode]]
    link = preview.world.links.get(person.link) if preview.world is not None else None
    if link is not None:
        person = plan.targets.get(link.object, person)
    account = plan.targets.get("Account") if plan.mode == "contact" else None
    for target in (person, account):
        if target is not None:
            describe = facts.describes.get(target.object) if facts is not None else None
            yield _plan_part(target, describe, unchanged=preview.world is not None)


def _plan_part(target: Target, describe: ObjectDescribe | None, *, unchanged: bool) -> Part:
    lines = tuple(
        _plan_line(one, describe.field(one.field) if describe else None) for one in target.fields
    )
    title = describe.label if describe is not None else target.object
    if unchanged:
        told = labels.plural(
            len(lines), "field that the mapping fills", "fields that the mapping fills"
        )
        return Part(title, "Nothing changes", same=lines, same_words=told)
    return Part(title, f"{len(lines)} planned", lines)


def _plan_line(one: PlannedField, field: FieldDescribe | None) -> Line:
    label = field.label if field is not None else one.field
    return Line(
        label,
        one.field,
        "changes",
        labels.OVERWRITES[one.overwrite],
        after=value_text(one.value) or None,
        is_new=True,
    )


def _remarks(changes: Changes | None, prospect: Prospect) -> Iterator[str]:
    """Why somebody was chosen, left unlinked, or gets no owner (nobody made up has one)."""
    for step in changes.steps if changes is not None else ():
        ownerless = step.code == "no_owner" and not prospect.made_up
        if step.code in _CHOICES or ownerless:
            yield labels.sentence(step_text(step))


def _cost(cost: Cost) -> str:
    if cost.looked is None or cost.to_write is None:
        return f"Cost when it runs: at most {labels.plural(cost.at_most, 'call', 'calls')}."
    if not cost.looked + cost.to_write:
        return "Cost when it runs: no call."
    look = f"{labels.plural(cost.looked, 'call', 'calls')} to look"
    return f"Cost when it runs: {look}, {cost.to_write or 'none'} to write."
