"""The prospects by which a mapping is looked at: those purchased lately, and one made up where
there is none yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zsf_plugin.console.options import Visitor
from zsf_plugin.model import Event, Json, JsonObject, State, name_of, text_at
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

#: How many a person can choose from, each prospect once; so many entries are looked at for them.
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
class Prospect:
    """A choice: the entry's id ("" for the one made up), what people call it, its event, and its
    entry's state."""

    id: str
    name: str
    event: Event
    state: State | None = None

    @property
    def made_up(self) -> bool:
        """Whether nobody purchased it."""
        return not self.id

    @property
    def on_its_way(self) -> bool:
        """Whether its entry will still be sent."""
        return self.state in ("pending", "writing")

    def is_same_person(self, entry: Entry) -> bool:
        """Whether another entry is about the same prospect, or the same e-mail address."""
        email = _email(self.event.payload)
        is_same_address = bool(email) and email == _email(entry.payload)
        return is_same_address or entry.lane == self.event.prospect_id


def _email(payload: JsonObject) -> str:
    """A prospect's e-mail address, as addresses are compared."""
    return (text_at(payload.get("prospect"), "email") or "").strip().casefold()


def recent(app: ConsoleApp, visitor: Visitor) -> tuple[Prospect, ...]:
    """Those purchased lately, newest first; never none. Raises StoreUnavailable."""
    page = app.store.page(
        visitor.workspace,
        EntryFilter(kind="purchase"),
        limit=_MAX_ENTRIES,
        look_at=_MAX_ENTRIES,
    )
    found = _each_once(filter(None, map(_prospect_of, page.entries)))
    return found[:_MAX_PROSPECTS] or (made_up(visitor),)


def _each_once(prospects: Iterable[Prospect]) -> tuple[Prospect, ...]:
    """The first of each prospect's entries."""
    found: dict[str, Prospect] = {}
    for prospect in prospects:
        found.setdefault(prospect.event.prospect_id, prospect)
    return tuple(found.values())


def chosen(
    app: ConsoleApp, visitor: Visitor, entry_id: str, among: tuple[Prospect, ...]
) -> Prospect:
    """The prospect of that entry; the first there is, where the entry is gone or was none of the
    workspace's."""
    known = next((prospect for prospect in among if prospect.id == entry_id), None)
    if known is None and entry_id:
        known = _stored(app, visitor, entry_id)
    return known or among[0]


def _stored(app: ConsoleApp, visitor: Visitor, entry_id: str) -> Prospect | None:
    entry = app.store.entry(visitor.workspace, entry_id)
    return _prospect_of(entry) if entry is not None else None


def made_up(visitor: Visitor) -> Prospect:
    """Somebody nobody knows, purchased by the visitor."""
    user: JsonObject = {"id": visitor.id or "made-up", "name": visitor.name}
    event = Event(
        "purchase",
        visitor.workspace,
        "made-up",
        "2026-01-01T00:00:00Z",
        {"prospect": MADE_UP, "user": user},
    )
    return Prospect("", _name(MADE_UP), event)


def _prospect_of(entry: Entry) -> Prospect | None:
    """The prospect of a purchase whose payload was kept: of none that was skipped, or that broke
    its schema."""
    person = entry.payload.get("prospect")
    if entry.kind != "purchase" or not isinstance(person, dict):
        return None
    return Prospect(entry.id, _name(person), entry.event, entry.state)


def _name(prospect: Json) -> str:
    """First and last name, else the e-mail address, else the host's id."""
    return name_of(prospect) or text_at(prospect, "email") or text_at(prospect, "id") or "Nameless"
