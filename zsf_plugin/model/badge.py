"""Badges: whether what a search shows exists in Salesforce. Plain data; never how it was found
out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from zsf_plugin.badges import Colour
from zsf_plugin.model.connection import AvailabilityCode
from zsf_plugin.model.event import PLUGIN

Existence = Literal["exists", "missing", "unknown"]
#: Why a person is unknown: the org may not be asked, or one of these. What nobody looked for is
#: never called missing.
UnknownReason = Literal[
    AvailabilityCode,
    "late",  # no answer in time; it may still come, and is kept then
    "crowded",  # as many searches as may ask the org at once do, or no thread can be had
    "no_key",  # it has no value that the org could be asked by
    "unreadable",  # it is no prospect by the schema
    "defect",  # ours
]
#: How a person is known: by our link, because we created the record, or because the org was asked.
KnownBy = Literal["link", "our_write", "looking"]

COLOURS: Mapping[Existence, Colour] = {"exists": "black", "missing": "grey", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Presence:
    """One person or company in the org. `id` is None also where it exists several times and no
    policy chooses; then `several` says how many were found."""

    status: Existence
    object: str | None = None
    id: str | None = None
    several: int | None = None


UNKNOWN_PRESENCE = Presence("unknown")


@dataclass(frozen=True, slots=True)
class ResultPresence:
    """What is known of one search result, and how: `at` is when the org was asked (seconds since
    1970; None where it was not), `why` is set where the person is unknown."""

    person: Presence = UNKNOWN_PRESENCE
    company: Presence = UNKNOWN_PRESENCE
    by: KnownBy | None = None
    at: float | None = None
    why: UnknownReason | None = None

    @property
    def exists(self) -> bool:
        """Whether both are there: our own creations can add nothing to that."""
        return self.person.status == self.company.status == "exists"


class Badge(TypedDict):
    """One result's badge as hosts get it; the colour is the person's. A person and a company have
    `status` (exists, missing, unknown), `object`, `id`, and `url`, which opens the record in
    Salesforce."""

    badge: Colour
    person: dict[str, str | None]
    company: dict[str, str | None]


class SearchAnswer(TypedDict):
    """The answer of `on_search_results` (design: fixed interfaces)."""

    plugin: str
    results: dict[str, Badge]


def badge_of(found: ResultPresence, base: str | None) -> Badge:
    """The badge of what is known; `base` is the address of the org, without which nothing can be
    opened."""
    return Badge(
        badge=COLOURS[found.person.status],
        person=_document(found.person, base),
        company=_document(found.company, base),
    )


def search_answer(findings: Mapping[str, ResultPresence], base: str | None) -> SearchAnswer:
    """The answer of `on_search_results`: a badge for each result by its id."""
    badges = {id_: badge_of(found, base) for id_, found in findings.items()}
    return SearchAnswer(plugin=PLUGIN, results=badges)


def all_unknown(results: object) -> SearchAnswer:
    """The answer where nothing could be found out: every result that has an id is unknown."""
    rows = results if isinstance(results, (list, tuple)) else ()
    ids = (row.get("id") for row in rows if isinstance(row, Mapping))
    return search_answer({id_: ResultPresence() for id_ in ids if isinstance(id_, str)}, None)


def _document(seen: Presence, base: str | None) -> dict[str, str | None]:
    url = f"{base}/{seen.id}" if base is not None and seen.id is not None else None
    return {"status": seen.status, "object": seen.object, "id": seen.id, "url": url}
