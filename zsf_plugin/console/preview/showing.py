"""A preview in words, as its panel shows it: notices (no comparison with the org, would be skipped
or held), how the person was found, and what sending costs. Pure. `parts` describes each object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.badges import Colour
from zsf_plugin.console.labels import listed, plural, sentence
from zsf_plugin.console.mapping.mapping_context import Prospect
from zsf_plugin.console.presenters.records import field_label, record_url
from zsf_plugin.console.preview.parts import ObjectPart, parts
from zsf_plugin.console.rich_text import At, RichText
from zsf_plugin.decision.matching import match_person
from zsf_plugin.explain.differences import ObjectDifference
from zsf_plugin.explain.preview import Preview
from zsf_plugin.messages.availability import PREVIEW_IS_PLAN_ALONE, PREVIEW_WITHOUT_ANSWER
from zsf_plugin.messages.steps import CHECKED_WHEN_WRITTEN
from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model import Availability, Cause, Connection, KnownFacts, OrgFacts, Plan, World

#: Steps that explain a choice; the others are shown as fields.
_CHOICES = (
    *("ignored", "undecided", "unasked", "usual_forms"),
    *("chosen", "unlinked", "unmatched", "names_none"),
)

_BADGES: Mapping[Colour, str] = {
    "black": "In Salesforce",
    "grey": "Not in Salesforce",
    "unknown": "Not looked up",
}
_BY = {"link": "Already linked", "external_id": "Found by Zaplify ID"}
_KEYS = {
    "FirstName": "name",
    "LastName": "name",
    "Name": "name",
    "Email": "e-mail",
    "Website": "web domain",
    "Company": "company",
    "AccountId": "company",
    "Phone": "phone",
}

#: Reasons that the notices above the page explain in full.
_EXPLAINED_ABOVE = {
    "not_connected": "This is the plan only: there is no org to compare it with.",
    "reconnect": "This is the plan only: reconnect to compare it with the org.",
    "quota": "This is the plan only: sending is paused.",
}

_SKIPPED = "New purchases are skipped, with this reason."
_STILL_SENT = " This one was purchased before and is still sent."
_WHAT_IS_SHOWN = " The preview shows what the mapping would write."


@dataclass(frozen=True, slots=True)
class PreviewContent:
    """The whole panel for one preview."""

    preview: Preview
    prospect: Prospect
    found: PersonLine
    parts: tuple[ObjectPart, ...]

    @property
    def live(self) -> bool:
        """Whether it was compared with the org."""
        return self.preview.changes is not None

    @property
    def summary(self) -> str:
        """The outcome in one line, for screen readers."""
        return "; ".join(f"{part.title}: {part.summary}" for part in self.parts)

    @property
    def notices(self) -> tuple[PreviewNotice, ...]:
        """The notices above the preview."""
        return tuple(notices(self.preview, self.prospect))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was ignored, why a record was chosen or left unlinked, or why there is no owner. A
        made-up prospect has none, so that goes unsaid. What is true of a Contact and its Account is
        said once."""
        codes = _CHOICES if self.prospect.made_up else (*_CHOICES, "no_owner")
        steps = self.preview.explanation.steps
        said = [sentence(step_text(step)) for step in steps if step.code in codes]
        return tuple(dict.fromkeys(said))

    @property
    def cost(self) -> str:
        """The API calls that sending it takes."""
        cost = self.preview.explanation.cost
        if not cost.at_most:
            return "When sent: no API calls."
        if cost.looked is None or cost.to_write is None:
            return f"When sent: at most {_calls(cost.at_most)}."
        return f"When sent: {_counted(cost.looked, cost.to_write)}."

    @property
    def unknown(self) -> str:
        """What it cannot know; "" if nothing would be written."""
        return f"{CHECKED_WHEN_WRITTEN}." if self.preview.explanation.cost.to_write else ""


def _counted(looked: int, to_write: int) -> str:
    """`1 API call to look up, none to write`."""
    return f"{_calls(looked)} to look up, {to_write or 'none'} to write"


def _calls(number: int) -> str:
    return plural(number, "API call", "API calls")


def preview_content(
    preview: Preview,
    prospect: Prospect,
    connection: Connection | None,
    known: KnownFacts | None = None,
) -> PreviewContent:
    """The panel's content. `known` are the org's facts as last read: they name the fields of a
    preview that was not compared with the org."""
    objects = preview.differences()
    return PreviewContent(
        preview,
        prospect,
        found(preview, objects, connection),
        parts(preview, objects, connection, known),
    )


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How the person was found, or not: the badge's colour, a sentence, the owner to highlight, and
    the record's URL."""

    colour: Colour
    text: str
    owner: str | None = None
    url: str | None = None

    @property
    def badge(self) -> str:
        """The badge's alternative text."""
        return _BADGES[self.colour]


def found(
    preview: Preview, objects: Sequence[ObjectDifference], connection: Connection | None
) -> PersonLine:
    """How the person was found; `objects` are the preview's differences."""
    if preview.world is None:
        return PersonLine("unknown", "Not looked up")
    if preview.explanation.is_unchanged:
        return _up_to_date(preview.plan, preview.world, connection)
    return _matched(preview, preview.world, objects, connection)


def _up_to_date(plan: Plan, world: World, connection: Connection | None) -> PersonLine:
    """A person who is linked already, with nothing to change."""
    url = record_url(connection, _linked_record(plan, world))
    return PersonLine("black", "Already linked and up to date", url=url)


def _linked_record(plan: Plan, world: World) -> str | None:
    """The ID of the linked record."""
    link = world.links.get(plan.targets["Lead"].link)
    return link.record_id if link is not None else None


def _matched(
    preview: Preview,
    world: World,
    objects: Sequence[ObjectDifference],
    connection: Connection | None,
) -> PersonLine:
    several = match_person(preview.plan, world).several
    if several:
        return PersonLine("black", f"{several} records match, and no policy chooses one")
    person = objects[0] if objects else None
    if person is None or person.record is None:
        return PersonLine("grey", _not_found(person, preview))
    text = f"{_how(person, world.facts)}: {_kind(person, preview.owner)}"
    return PersonLine("black", text, preview.owner, record_url(connection, person.record))


def _not_found(person: ObjectDifference | None, preview: Preview) -> str:
    """`Not found: a new Lead will be created`."""
    if person is None or preview.explanation.cause is not None:
        return "Not found"
    return f"Not found: a new {person.label} will be created"


def _kind(person: ObjectDifference, owner: str | None) -> str:
    """`Lead of ` before an owner's name, else `a Lead`."""
    return f"{person.label} of " if owner else f"a {person.label}"


def _how(person: ObjectDifference, facts: OrgFacts) -> str:
    """`Found by e-mail`."""
    return _BY.get(person.by or "") or f"Found by {listed(_key_names(person, facts))}"


def _key_names(person: ObjectDifference, facts: OrgFacts) -> tuple[str, ...]:
    """The labels of the match key's fields, each once."""
    describe = facts.describes.get(person.object)
    names = (_KEYS.get(name) or field_label(describe, name) for name in person.fields)
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class PreviewNotice:
    """A notice above the preview; `action` names the button it has."""

    title: str
    text: RichText
    action: Literal["", "again"] = ""


def notices(preview: Preview, prospect: Prospect) -> Iterator[PreviewNotice]:
    """The notices, in order."""
    if preview.unknown is not None:
        yield _unknown(preview.unknown)
    if preview.explanation.skipped is not None:
        yield _skipped(prospect)
    if preview.explanation.cause is not None:
        yield _held(preview.explanation.cause)


def _skipped(prospect: Prospect) -> PreviewNotice:
    now = _STILL_SENT if prospect.on_its_way else ""
    return PreviewNotice("Sync prospects is off.", (f"{_SKIPPED}{now}{_WHAT_IS_SHOWN}",))


def _held(cause: Cause) -> PreviewNotice:
    text = f"{sentence(cause_text(cause))} {sentence(cause_advice(cause))}"
    return PreviewNotice("This would be held.", (text,))


def _unknown(unknown: Availability) -> PreviewNotice:
    """Why it was not compared with the org, and until when, if known."""
    why = PREVIEW_IS_PLAN_ALONE.get(unknown.code)
    if why is not None:
        return _plan_alone(unknown, why)
    text = (PREVIEW_WITHOUT_ANSWER, *_until(unknown))
    return PreviewNotice("Salesforce didn’t answer.", text, "again")


def _plan_alone(unknown: Availability, why: str) -> PreviewNotice:
    title = "Not compared with Salesforce."
    if unknown.code in _EXPLAINED_ABOVE:
        return PreviewNotice(title, (_EXPLAINED_ABOVE[unknown.code],))
    return PreviewNotice(title, (why, *_until(unknown)))


def _until(unknown: Availability) -> RichText:
    return ("", At(unknown.until), ".") if unknown.until is not None else ("later.",)
