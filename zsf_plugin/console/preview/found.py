"""How the person of a preview was found, or not, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.badges import Colour
from zsf_plugin.console.labels import listed
from zsf_plugin.console.presenters.records import field_label, record_url
from zsf_plugin.explain.differences import ObjectDifference, found_in
from zsf_plugin.explain.preview import Preview
from zsf_plugin.model import Connection, OrgFacts, Plan, World

_BADGES: Mapping[Colour, str] = {
    "black": "In Salesforce",
    "grey": "Not in Salesforce",
    "unknown": "Not looked up",
}
_BY = {"link": "Connected before", "external_id": "Found by Zaplify ID"}
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


@dataclass(frozen=True, slots=True)
class Found:
    """How the person was found, or not: a badge's colour, a sentence whose `owner` stands out, the
    record's address."""

    colour: Colour
    text: str
    owner: str | None = None
    url: str | None = None

    @property
    def badge(self) -> str:
        """What the badge says."""
        return _BADGES[self.colour]


def found(
    preview: Preview, objects: Sequence[ObjectDifference], connection: Connection | None
) -> Found:
    """How the person was found; `objects` are the preview's differences."""
    if preview.world is None:
        return Found("unknown", "Not looked up")
    if preview.explanation.is_unchanged:
        return _left_as_it_is(preview.plan, preview.world, connection)
    return _matched(preview, preview.world, objects, connection)


def _left_as_it_is(plan: Plan, world: World, connection: Connection | None) -> Found:
    """What was left done before."""
    url = record_url(connection, _linked_record(plan, world))
    return Found("black", "Connected before, and left as the mapping wants it", url=url)


def _linked_record(plan: Plan, world: World) -> str | None:
    """The id of the record that the person's link names."""
    link = world.links.get(plan.targets["Lead"].link)
    return link.record_id if link is not None else None


def _matched(
    preview: Preview,
    world: World,
    objects: Sequence[ObjectDifference],
    connection: Connection | None,
) -> Found:
    several = found_in(preview.plan, world)[1].several
    if several:
        return Found("black", f"Found {several} that match, and no policy chooses one")
    person = objects[0] if objects else None
    if person is None or person.record is None:
        return Found("grey", _not_found(person, preview))
    text = f"{_how(person, world.facts)}: {_kind(person, preview.owner)}"
    return Found("black", text, preview.owner, record_url(connection, person.record))


def _not_found(person: ObjectDifference | None, preview: Preview) -> str:
    """“Not found: a new Lead is created”."""
    if person is None or preview.explanation.cause is not None:
        return "Not found"
    return f"Not found: a new {person.label} is created"


def _kind(person: ObjectDifference, owner: str | None) -> str:
    """“Lead of”, before the owner's name; else “a Lead”."""
    return f"{person.label} of " if owner else f"a {person.label}"


def _how(person: ObjectDifference, facts: OrgFacts) -> str:
    """“Found by e-mail”."""
    return _BY.get(person.by or "") or f"Found by {listed(_key_names(person, facts))}"


def _key_names(person: ObjectDifference, facts: OrgFacts) -> tuple[str, ...]:
    """What people call the fields of the match key, each name once."""
    describe = facts.describes.get(person.object)
    names = (_KEYS.get(name) or field_label(describe, name) for name in person.fields)
    return tuple(dict.fromkeys(names))
