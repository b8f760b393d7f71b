"""The data of the page: rules, the org as last read, recent prospects (a made-up one if there is
none yet) and entries held for a field. Reads the store and the rules; makes no API call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zsf_plugin.console.console_rules import conditional_files, is_set, locking_file
from zsf_plugin.console.options import Visitor
from zsf_plugin.console.presenters.causes import can_mapping_release, key_of
from zsf_plugin.console.presenters.deciders import Decider, decider
from zsf_plugin.console.presenters.sources import Source, catalogue
from zsf_plugin.model import (
    REQUIRED_EMPTY,
    Cause,
    Connection,
    Event,
    FieldDescribe,
    Json,
    JsonObject,
    KnownFacts,
    ObjectDescribe,
    Rule,
    State,
    prospect_name,
    text_at,
)
from zsf_plugin.ports import Entry, EntryFilter, HeldGroup
from zsf_plugin.wiring.apps import ConsoleApp

#: Causes that filling a field fixes: ours, and Salesforce's for what no describe shows.
EMPTY_CAUSES = (REQUIRED_EMPTY, "REQUIRED_FIELD_MISSING")

#: Prospects to choose from, and the entries that are read to find them.
_MAX_PROSPECTS = 20
_MAX_ENTRIES = 200

MADE_UP: JsonObject = {
    "id": "made-up",
    "first_name": "Ragnhildur",
    "last_name": "Þorsteinsdóttir",
    "email": "ragnhildur.thorsteinsdottir@nordurljos.example",
    "phone": "+354 555 0142",
    "title": "Chief Financial Officer",
    "linkedin_url": "https://linkedin.example/in/ragnhildur-thorsteinsdottir",
    "location": {"city": "Reykjavík", "country": "Iceland", "country_code": "IS"},
    "company": {
        "id": "made-up",
        "name": "Norðurljós Orka hf.",
        "domain": "nordurljos.example",
        "website": "https://nordurljos.example",
        "industry": "Energy",
        "employees": 1240,
        "phone": "+354 555 0100",
        "address": {"city": "Reykjavík", "postal_code": "101", "country": "Iceland"},
    },
}


@dataclass(frozen=True, slots=True)
class MappingContext:
    """The data of the page without a draft: the rules, the org as last read (None: never), the
    connection, recent prospects and the one whose values are the samples, the sources that can be
    mapped, held entries by (object, field), and how many entries a change affects. `channel`: the
    page maps its activities, and `prospect` is a touchpoint ("": it maps prospects); `channels` are
    those that rules or touchpoints name; `is_new_channel`: `channel` is none of them yet."""

    rules: Sequence[Rule]
    org: KnownFacts | None = None
    connection: Connection | None = None
    prospect: Prospect | None = None
    recent_prospects: tuple[Prospect, ...] = ()
    sources: tuple[Source, ...] = ()
    held: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waiting: int = 0
    channel: str = ""
    channels: tuple[str, ...] = ()
    is_new_channel: bool = False

    def describe(self, object_: str) -> ObjectDescribe | None:
        """The object's describe, if known."""
        return self.org.facts.describes.get(object_) if self.org is not None else None

    def field(self, object_: str, name: str) -> FieldDescribe | None:
        """The org's field, if known."""
        return self.org.facts.field(object_, name) if self.org is not None else None

    @property
    def read_at(self) -> float | None:
        """When the org was last read (seconds since 1970)."""
        return self.org.read_at if self.org is not None else None

    def lock(self, *path: str) -> str | None:
        """The rule file that sets this key instead of the console."""
        return locking_file(self.rules, *path)

    def is_set(self, *path: str) -> bool:
        """Whether any rule sets this key."""
        return is_set(self.rules, *path)

    def deciders(self, *path: str) -> tuple[Decider, ...]:
        """The rule files that set this key for some prospects."""
        found = conditional_files(self.rules, *path)
        return tuple(decider(file, "decides", when) for file, when in found)

    @property
    def event(self) -> Event | None:
        """The purchase whose values are the samples."""
        return self.prospect.event if self.prospect is not None else None

    @property
    def sources_by_path(self) -> Mapping[str, Source]:
        """The sources, by path."""
        return {source.path: source for source in self.sources}


def gather(
    app: ConsoleApp, visitor: Visitor, entry_id: str, held: Sequence[HeldGroup], waiting: int
) -> MappingContext:
    """The context with the prospect of that entry, else the newest; a change of the mapping reaches
    `waiting` entries. Raises StoreUnavailable."""
    workspace = visitor.workspace
    recent_prospects = recent(app, visitor)
    return MappingContext(
        rules=app.rulebook.rules(workspace),
        org=app.orgs.known_facts(workspace),
        connection=app.store.connection(workspace),
        prospect=chosen(app, visitor, entry_id, recent_prospects),
        recent_prospects=recent_prospects,
        sources=catalogue(one.event.scope for one in recent_prospects if not one.made_up),
        held=_held(held),
        waiting=waiting,
    )


def _held(groups: Iterable[HeldGroup]) -> Mapping[tuple[str, str], int]:
    """How many entries are held for each required field that is empty."""
    held: Counter[tuple[str, str]] = Counter()
    for group in groups:
        place = _empty_field(group.cause)
        if place is not None:
            held[place] += group.entries
    return held


def _empty_field(cause: Cause) -> tuple[str, str] | None:
    """(object, field) if an empty required field is the cause."""
    if cause.code in EMPTY_CAUSES and cause.object and cause.field:
        return cause.object, cause.field
    return None


def entries_reached(app: ConsoleApp, workspace: str, held: Iterable[HeldGroup]) -> int:
    """How many entries a change of the mapping can reach: purchases that wait, and held entries
    that it may release. No activity has a field of this page. Raises StoreUnavailable."""
    releasable = (group.entries for group in held if can_mapping_release(group.cause))
    return app.store.waiting_purchases(workspace) + sum(releasable)


def held_key(object_: str, field: str) -> str:
    """The key of the cause “this field is empty” on the Held page."""
    return key_of(Cause(REQUIRED_EMPTY, object_, field).group)


@dataclass(frozen=True, slots=True)
class Prospect:
    """A prospect to preview: its entry's id ("" for the made-up one), name, event, and its entry's
    state."""

    id: str
    name: str
    event: Event
    state: State | None = None

    @property
    def made_up(self) -> bool:
        """Whether it is the made-up example."""
        return not self.id

    @property
    def on_its_way(self) -> bool:
        """Whether its entry is still to be sent."""
        return self.state in ("pending", "writing")

    def is_same_person(self, entry: Entry) -> bool:
        """Whether the entry has the same prospect or e-mail address."""
        email = _email(self.event.payload)
        is_same_address = bool(email) and email == _email(entry.payload)
        return is_same_address or entry.lane == self.event.prospect_id


def _email(payload: JsonObject) -> str:
    """A prospect's e-mail address, normalized for comparison."""
    return (text_at(payload.get("prospect"), "email") or "").strip().casefold()


def recent(app: ConsoleApp, visitor: Visitor, limit: int = _MAX_PROSPECTS) -> tuple[Prospect, ...]:
    """Recently purchased prospects, newest first; the made-up one if there are none. Raises
    StoreUnavailable."""
    page = app.store.page(
        visitor.workspace,
        EntryFilter(kind="purchase"),
        limit=_MAX_ENTRIES,
        max_scanned=_MAX_ENTRIES,
    )
    found = _unique_prospects(filter(None, map(_prospect_of, page.entries)))
    return found[:limit] or (made_up(visitor),)


def _unique_prospects(prospects: Iterable[Prospect]) -> tuple[Prospect, ...]:
    """Each prospect once, by its newest entry."""
    found: dict[str, Prospect] = {}
    for prospect in prospects:
        found.setdefault(prospect.event.prospect_id, prospect)
    return tuple(found.values())


def chosen(
    app: ConsoleApp, visitor: Visitor, entry_id: str, among: tuple[Prospect, ...]
) -> Prospect:
    """The prospect of that entry; the first of `among` if the workspace has no such entry."""
    known = next((prospect for prospect in among if prospect.id == entry_id), None)
    if known is None and entry_id:
        known = _stored(app, visitor, entry_id)
    return known or among[0]


def _stored(app: ConsoleApp, visitor: Visitor, entry_id: str) -> Prospect | None:
    entry = app.store.entry(visitor.workspace, entry_id)
    return _prospect_of(entry) if entry is not None else None


def made_up(visitor: Visitor) -> Prospect:
    """A made-up prospect, purchased by the visitor."""
    user: JsonObject = {"id": visitor.id or "made-up", "name": visitor.name}
    event = Event(
        "purchase",
        visitor.workspace,
        "made-up",
        "2026-01-01T00:00:00Z",
        {"prospect": MADE_UP, "user": user},
    )
    return Prospect("", name_of(MADE_UP), event)


def _prospect_of(entry: Entry) -> Prospect | None:
    """The prospect of a purchase; None for a touchpoint, and for an entry stored without its
    payload."""
    person = entry.payload.get("prospect")
    if entry.kind != "purchase" or not isinstance(person, dict):
        return None
    return Prospect(entry.id, name_of(person), entry.event, entry.state)


def name_of(prospect: Json) -> str:
    """First and last name, else the e-mail address, else the host's ID."""
    return (
        prospect_name(prospect)
        or text_at(prospect, "email")
        or text_at(prospect, "id")
        or "Nameless"
    )
