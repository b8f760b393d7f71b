"""Pasted prospects, looked up as a seller's search would be: rows for the page. The answers are
those of `presence`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.badges import Colour
from zsf_plugin.console.search.reading import Parsed, Row
from zsf_plugin.console.telling.records import record_url
from zsf_plugin.model.badge import COLOURS, Finding, KnownBy, Sighting, Why
from zsf_plugin.model.event import name_of, text_at
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.sync.report import spent
from zsf_plugin.wiring.console import ConsoleApp

#: What a look-up may spend: the question itself, and the org's own facts where they have to be read
#: first.
_SPENDS = ("badges", "upkeep")
_NAMES = (("email",), ("linkedin_url",), ("phone",), ("id",))
_COMPANIES = (
    ("company", "name"),
    ("company", "domain"),
    ("company", "website"),
    ("company", "linkedin_url"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """A person or a company of a row: its badge, and its record where one is known. `url` opens it,
    checked."""

    colour: Colour
    object: str | None
    several: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One prospect with what a search would show of it. `company` is None where it names none.

    `why` is set where the person is unknown; `by` and `at` say how and when it was found out.
    """

    name: str
    detail: str
    person: Side
    company_name: str | None
    company: Side
    why: Why | None
    by: KnownBy | None
    at: float | None

    def was_known_at(self, moment: float) -> bool:
        """Whether it had been found out by then (seconds since 1970)."""
        return self.by is not None and (self.at is None or self.at < moment)


@dataclass(frozen=True, slots=True)
class Preview:
    """A look-up's outcome. `calls` are ours while it lasted, by purpose; `known` cost none of them.

    `rests_until` (seconds since 1970) is set where badges rest, `rests_from` is the share from
    which they do.
    """

    rows: tuple[PreviewRow, ...]
    calls: Mapping[str, int]
    known: int
    rests_until: float | None = None
    rests_from: float | None = None

    @property
    def people(self) -> Counter[Colour]:
        """How many people have each badge."""
        return Counter(row.person.colour for row in self.rows)

    @property
    def has(self) -> frozenset[Why]:
        """Every reason that a row has."""
        return frozenset(row.why for row in self.rows if row.why is not None)


def look_up(app: ConsoleApp, workspace: str, parsed: Parsed) -> Preview:
    """Look up the prospects within the deadline of a search. Writes nothing. Raises
    StoreUnavailable."""
    started, before = app.clock.now(), app.orgs.calls(workspace)
    prospects = [row.prospect for row in parsed.rows]
    found = app.badges.look(workspace, prospects, {}, app.settings.badges_deadline_s)
    spent_on = spent(before, app.orgs.calls(workspace))
    rows = _rows(parsed, found, app.store.connection(workspace))
    status = app.status(workspace)
    return Preview(
        rows=rows,
        calls={purpose: spent_on[purpose] for purpose in _SPENDS if purpose in spent_on},
        known=sum(row.was_known_at(started) for row in rows),
        rests_until=status.resting.get("badges"),
        rests_from=status.shares.get("badges"),
    )


def _rows(
    parsed: Parsed, results: Mapping[str, Finding], connection: Connection | None
) -> tuple[PreviewRow, ...]:
    return tuple(_row(row, results[str(row.prospect["id"])], connection) for row in parsed.rows)


def _row(row: Row, found: Finding, connection: Connection | None) -> PreviewRow:
    name, detail = _name(row.prospect)
    return PreviewRow(
        name=name,
        detail=detail,
        person=_side(found.person, connection),
        company_name=_first(row.prospect, _COMPANIES),
        company=_side(found.company, connection),
        why=found.why,
        by=found.by,
        at=found.at,
    )


def _side(seen: Sighting, connection: Connection | None) -> Side:
    return Side(COLOURS[seen.status], seen.object, seen.several, record_url(connection, seen.id))


def _name(prospect: JsonObject) -> tuple[str, str]:
    """(who it is, what else helps to tell them apart)."""
    name, title = name_of(prospect), text_at(prospect, "title") or ""
    if not name:
        return _first(prospect, _NAMES) or "", title
    return name, title or text_at(prospect, "email") or ""


def _first(prospect: JsonObject, paths: tuple[tuple[str, ...], ...]) -> str | None:
    """What the first path that leads to a text leads to."""
    for path in paths:
        found = text_at(prospect, *path)
        if found:
            return found
    return None
