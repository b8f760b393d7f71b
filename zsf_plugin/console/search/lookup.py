"""Pasted prospects, looked up as a seller's search would be: rows for the page. The answers are
those of `presence`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.badges import Colour
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.console.search.reading import Parsed
from zsf_plugin.model import COLOURS, Connection, Finding, JsonObject, Why, name_of, text_at
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
class PreviewRow:
    """One prospect with what a search `found` of it. `company_name` is None where it names none;
    the addresses open the records in Salesforce, where they are known."""

    name: str
    detail: str
    company_name: str | None
    found: Finding
    person_url: str | None
    company_url: str | None

    @property
    def person_colour(self) -> Colour:
        """The person's badge."""
        return COLOURS[self.found.person.status]

    @property
    def company_colour(self) -> Colour:
        """The company's badge."""
        return COLOURS[self.found.company.status]

    def was_known_at(self, moment: float) -> bool:
        """Whether it had been found out by then (seconds since 1970)."""
        found = self.found
        return found.by is not None and (found.at is None or found.at < moment)


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
        return Counter(row.person_colour for row in self.rows)

    @property
    def has(self) -> frozenset[Why]:
        """Every reason that a row has."""
        return frozenset(row.found.why for row in self.rows if row.found.why is not None)


def look_up(app: ConsoleApp, workspace: str, parsed: Parsed) -> Preview:
    """Look up the prospects within the deadline of a search. Writes nothing. Raises
    StoreUnavailable."""
    started, before = app.clock.now(), app.orgs.calls(workspace)
    prospects = [row.prospect for row in parsed.rows]
    found = app.badges.look(workspace, prospects, {}, app.settings.badges_deadline_s)
    calls = spent(before, app.orgs.calls(workspace))
    rows = _rows(prospects, found, app.store.connection(workspace))
    status = app.status(workspace)
    return Preview(
        rows=rows,
        calls=_ours(calls),
        known=sum(row.was_known_at(started) for row in rows),
        rests_until=status.resting.get("badges"),
        rests_from=status.shares.get("badges"),
    )


def _ours(calls: Mapping[str, int]) -> dict[str, int]:
    """What the look-up itself may have spent: others may have spent meanwhile."""
    return {purpose: calls[purpose] for purpose in _SPENDS if purpose in calls}


def _rows(
    prospects: Sequence[JsonObject], found: Mapping[str, Finding], connection: Connection | None
) -> tuple[PreviewRow, ...]:
    return tuple(_row(one, found[str(one["id"])], connection) for one in prospects)


def _row(prospect: JsonObject, found: Finding, connection: Connection | None) -> PreviewRow:
    name, detail = _name(prospect)
    return PreviewRow(
        name=name,
        detail=detail,
        company_name=_first(prospect, _COMPANIES),
        found=found,
        person_url=record_url(connection, found.person.id),
        company_url=record_url(connection, found.company.id),
    )


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
