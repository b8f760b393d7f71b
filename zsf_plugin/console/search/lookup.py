"""Looks up pasted prospects as a seller's search would, and what each result means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.badges import Colour
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.console.presenters.timelines import has_timeline
from zsf_plugin.console.search.reading import Parsed
from zsf_plugin.model import (
    COLOURS,
    Connection,
    JsonObject,
    ResultPresence,
    UnknownReason,
    prospect_name,
    text_at,
)
from zsf_plugin.own_calls import own_calls
from zsf_plugin.wiring.apps import ConsoleApp
from zsf_plugin.wiring.status import WorkspaceStatus

_NAMES = (("email",), ("linkedin_url",), ("phone",), ("id",))
_COMPANIES = (
    ("company", "name"),
    ("company", "domain"),
    ("company", "website"),
    ("company", "linkedin_url"),
)


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One prospect and what a search `found`. `has_timeline`: Zaplify sent an event about them."""

    prospect: JsonObject
    found: ResultPresence
    connection: Connection | None
    has_timeline: bool = False

    @property
    def name(self) -> str:
        """Its name, else its e-mail address or another identifier."""
        return prospect_name(self.prospect) or _first(self.prospect, _NAMES) or ""

    @property
    def detail(self) -> str:
        """A detail that distinguishes people: the job title, else the e-mail address."""
        title = text_at(self.prospect, "title") or ""
        if title or not prospect_name(self.prospect):
            return title
        return text_at(self.prospect, "email") or ""

    @property
    def company_name(self) -> str | None:
        """The company, if it names one."""
        return _first(self.prospect, _COMPANIES)

    @property
    def person_url(self) -> str | None:
        """The URL of the person's record in Salesforce, if known."""
        return record_url(self.connection, self.found.person.id)

    @property
    def company_url(self) -> str | None:
        """The URL of the company's record in Salesforce, if known."""
        return record_url(self.connection, self.found.company.id)

    @property
    def person_colour(self) -> Colour:
        """The person's badge."""
        return COLOURS[self.found.person.status]

    @property
    def company_colour(self) -> Colour:
        """The company's badge."""
        return COLOURS[self.found.company.status]

    def was_known_at(self, moment: float) -> bool:
        """Whether the result was already known at that time (seconds since 1970)."""
        found = self.found
        return found.by is not None and (found.at is None or found.at < moment)


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The outcome of a look-up. `calls` are its own API calls, by purpose; `known` rows took
    none. `status` is the workspace's status afterwards."""

    rows: tuple[PreviewRow, ...]
    calls: Mapping[str, int]
    known: int
    status: WorkspaceStatus

    @property
    def throttled_until(self) -> float | None:
        """Until when badges are throttled (seconds since 1970), if they are."""
        return self.status.throttled_until.get("badges")

    @property
    def throttled_from(self) -> float | None:
        """The share of the org's calls from which badges are throttled."""
        return self.status.shares.get("badges")

    @property
    def people(self) -> Counter[Colour]:
        """How many people have each badge."""
        return Counter(row.person_colour for row in self.rows)

    @property
    def has(self) -> frozenset[UnknownReason]:
        """The reasons why rows are unknown."""
        return frozenset(row.found.why for row in self.rows if row.found.why is not None)


def look_up(app: ConsoleApp, workspace: str, parsed: Parsed) -> SearchOutcome:
    """Look up the prospects within the deadline for badges. Writes nothing. Raises
    StoreUnavailable."""
    started, before = app.clock.now(), own_calls()
    rows = _look(app, workspace, [row.prospect for row in parsed.rows])
    calls = own_calls() - before
    known = sum(row.was_known_at(started) for row in rows)
    return SearchOutcome(rows, calls, known, app.status(workspace))


def _look(
    app: ConsoleApp, workspace: str, prospects: Sequence[JsonObject]
) -> tuple[PreviewRow, ...]:
    found = app.badges.find(workspace, prospects, {}, app.settings.badges_deadline_s)
    connection = app.store.connection(workspace)
    return tuple(
        PreviewRow(one, found[id_], connection, has_timeline(app, workspace, id_))
        for one in prospects
        for id_ in [str(one["id"])]
    )


def _first(prospect: JsonObject, paths: Iterable[tuple[str, ...]]) -> str | None:
    """The first text at one of the paths."""
    texts = (text_at(prospect, *path) for path in paths)
    return next(filter(None, texts), None)
