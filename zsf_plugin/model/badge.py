"""Badges: whether the people and companies in a search result exist in Salesforce. Plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from zsf_plugin.badges import Colour
from zsf_plugin.model.connection import AvailabilityCode
from zsf_plugin.model.event import PLUGIN
from zsf_plugin.model.host_values import READING_ERRORS, id_text

Existence = Literal["exists", "missing", "unknown"]
#: Why a person is unknown: the org is not available now, or one of these. A person is `missing`
#: only after a lookup.
UnknownReason = Literal[
    AvailabilityCode,
    "late",  # no answer in time; a late one is cached
    "crowded",  # too many searches are querying the org, or no thread is free
    "no_key",  # no match key has a usable value
    "not_askable",  # Salesforce cannot be searched by a match key, and nothing was found
    "unreadable",  # not a valid prospect by the schema
    "defect",  # an error in the plugin
]
#: How a person is known: from our link, from a record we created, or from a lookup.
KnownBy = Literal["link", "our_write", "looking"]

COLOURS: Mapping[Existence, Colour] = {"exists": "black", "missing": "grey", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Presence:
    """One person or company in the org. If several records match and no policy chooses one, `id` is
    None and `several` is their number."""

    status: Existence
    object: str | None = None
    id: str | None = None
    several: int | None = None


UNKNOWN_PRESENCE = Presence("unknown")
_UNKNOWN: Mapping[str, str | None] = {"status": "unknown", "object": None, "id": None, "url": None}


@dataclass(frozen=True, slots=True)
class ResultPresence:
    """What is known about one search result. `at` is when the org was queried (seconds since
    1970), None if it was not; `why` is set if the person is unknown."""

    person: Presence = UNKNOWN_PRESENCE
    company: Presence = UNKNOWN_PRESENCE
    by: KnownBy | None = None
    at: float | None = None
    why: UnknownReason | None = None

    @property
    def exists(self) -> bool:
        """Whether both exist, so that records we create cannot change the result."""
        return self.person.status == self.company.status == "exists"


class Badge(TypedDict):
    """One result's badge, as returned to the host; the colour is the person's. `person` and
    `company` have `status` (exists, missing, unknown), `object`, `id`, and `url`, which opens the
    record in Salesforce."""

    badge: Colour
    person: dict[str, str | None]
    company: dict[str, str | None]


class SearchAnswer(TypedDict):
    """The result of `on_search_results` (a fixed interface)."""

    plugin: str
    results: dict[str, Badge]


def badge_of(found: ResultPresence, base: str | None) -> Badge:
    """The badge for a result. Without `base`, the org's address, there are no record URLs."""
    if found.person is found.company is UNKNOWN_PRESENCE:  # there may be very many
        return Badge(badge="unknown", person={**_UNKNOWN}, company={**_UNKNOWN})
    return Badge(
        badge=COLOURS[found.person.status],
        person=_document(found.person, base),
        company=_document(found.company, base),
    )


def search_answer(findings: Mapping[str, ResultPresence], base: str | None) -> SearchAnswer:
    """The result of `on_search_results`: a badge for each search result, by its id."""
    badges = {id_: badge_of(found, base) for id_, found in findings.items()}
    return SearchAnswer(plugin=PLUGIN, results=badges)


def all_unknown(results: object) -> SearchAnswer:
    """The result if nothing could be found out: every search result with an id is unknown."""
    ids = map(result_id, _rows_of(results))
    return search_answer({id_: ResultPresence() for id_ in ids if id_}, None)


def _rows_of(results: object) -> list[object]:
    """The rows of a sequence; none if they cannot be read, as those of a query that fails."""
    try:
        return list(results) if isinstance(results, Sequence) else []
    except READING_ERRORS:  # the hook that asks answers whatever the host hands over
        return []


def result_id(result: object) -> str:
    """A search result's id as text; empty if it has none."""
    if type(result) is dict and type(id_ := result.get("id")) is str:
        return id_
    try:
        id_ = result.get("id") if isinstance(result, Mapping) else None
    except READING_ERRORS:  # a mapping of the host's own may fail when it is read
        return ""
    return id_text(id_) or ""


def _document(seen: Presence, base: str | None) -> dict[str, str | None]:
    url = f"{base}/{seen.id}" if base is not None and seen.id is not None else None
    return {"status": seen.status, "object": seen.object, "id": seen.id, "url": url}
