"""Planned entries, worlds and writes for tests of one round, built without an org."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.fakes.events import plan
from tests.fakes.org import facts
from zsf_plugin.decision.overlap import overlap_groups
from zsf_plugin.model import (
    Cause,
    Changes,
    Event,
    Json,
    Link,
    Mode,
    OrgFacts,
    Record,
    Reference,
    World,
    Write,
)
from zsf_plugin.ports import Entry
from zsf_plugin.sync.entries import PlannedEntry, WrittenEntry
from zsf_plugin.sync.rounds import RoundPlanner, RoundState
from zsf_plugin.sync.settlements import EntryOutcome

NOW = 1_790_000_000.0
LEAD = "00Q000000000001AAA"
CONTACT = "003000000000001AAA"
ACCOUNT = "001000000000001AAA"


def planned(event: Event, mode: Mode = "lead", rule: dict[str, Json] | None = None) -> PlannedEntry:
    """An entry of that event with its plan; its id is the event's."""
    entry = Entry(event.event_id, event, event.prospect_id, "pending", NOW)
    return PlannedEntry(entry, plan(event, mode, **(rule or {})))


def with_entry(one: PlannedEntry, **changes: object) -> PlannedEntry:
    """The planned entry with changes to its entry."""
    return replace(one, entry=replace(one.entry, **changes))  # type: ignore[arg-type]


def record(object_: str, id_: str, org: OrgFacts | None = None, **values: Json) -> Record:
    """A record with every described field."""
    describe = (org or facts()).describes[object_]
    return Record(object_, id_, {**dict.fromkeys(describe.fields), **values})


def world_of(*records: Record, links: Iterable[Link] = (), org: OrgFacts | None = None) -> World:
    """A world with those records and links."""
    world = World(org or facts(), {link.key: link for link in links})
    for one in records:
        world = world.with_records([one])
    return world


def state_of(entries: Sequence[PlannedEntry], world: World) -> RoundState:
    """The state before a round of these entries in that world."""
    groups = overlap_groups([one.plan for one in entries], world)
    return RoundState(world, {one.entry.id: of for one, of in zip(entries, groups, strict=True)})


def round_of(entries: Sequence[PlannedEntry], world: World) -> RoundPlanner:
    """A round of these entries, planned."""
    planner = RoundPlanner(state_of(entries, world), fingerprint)
    for one in entries:
        planner.add(one)
    return planner


def fingerprint(cause: Cause) -> str:
    return f"print of {cause.code}"


def create(object_: str, ref: str, **values: Json | Reference) -> Write:
    return Write("create", object_, ref, values)


def update(object_: str, ref: str, **values: Json | Reference) -> Write:
    return Write("update", object_, ref, values)


def changes(*writes: Write, depends_on: Iterable[str] = (), links: Iterable[Link] = ()) -> Changes:
    return Changes(tuple(writes), tuple(links), depends_on=frozenset(depends_on))


def no_defect(_: WrittenEntry, error: Exception) -> EntryOutcome:
    """For rounds in which no settlement meets a defect."""
    raise error
