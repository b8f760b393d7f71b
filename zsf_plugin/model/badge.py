"""Badges: whether what a search shows exists in Salesforce. Plain data; never how it was found
out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

from zsf_plugin.badges import Colour
from zsf_plugin.model.availability import AvailabilityCode
from zsf_plugin.model.event import PLUGIN

Existence = Literal["exists", "missing", "unknown"]
#: Why a person is unknown: the org may not be asked, or one of these. What nobody looked for is
#: never called missing.
Why = Literal[
    AvailabilityCode,
    "late",  # no answer in time; it may still come, and is kept then
    "crowded",  # as many searches as may be are under way
    "no_key",  # it has no value that the org could be asked by
    "unreadable",  # it is no prospect by the schema
    "defect",  # ours
]
#: How a person is known: by our link, because we created the record, or because the org was asked.
KnownBy = Literal["link", "our_write", "looking"]

COLOURS: Mapping[Existence, Colour] = {"exists": "black", "missing": "grey", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person or company in the org. `id` is None also where it exists several times and no
    policy chooses; then `several` says how many were found."""

    status: Existence
    object: str | None = None
    id: str | None = None
    several: int | None = None


UNSEEN = Sighting("unknown")


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one search result."""

    person: Sighting = UNSEEN
    company: Sighting = UNSEEN

    @property
    def exists(self) -> bool:
        """Whether both are there: our own creations can add nothing to that."""
        return self.person.status == self.company.status == "exists"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a search result, and how: `at` is when the org was asked (seconds since
    1970; None where it was not), `why` is set where the person is unknown."""

    presence: Presence = Presence()
    by: KnownBy | None = None
    at: float | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class SearchFindings:
    """A search's answer before it becomes a document: what is known of each result, and the org's
    address."""

    results: Mapping[str, Seen]
    base: str | None

    def answer(self) -> SearchAnswer:
        """The answer of `on_search_results`."""
        return SearchAnswer(
            plugin=PLUGIN,
            results={id_: badge_of(seen.presence, self.base) for id_, seen in self.results.items()},
        )


class SightingDocument(TypedDict):
    """A sighting as hosts get it. `url` opens the record in Salesforce."""

    status: Existence
    object: str | None
    id: str | None
    url: str | None


class Badge(TypedDict):
    """One result's badge as hosts get it; the colour is the person's."""

    badge: Colour
    person: SightingDocument
    company: SightingDocument


class SearchAnswer(TypedDict):
    """The answer of `on_search_results` (design: fixed interfaces)."""

    plugin: str
    results: dict[str, Badge]


def badge_of(seen: Presence, base: str | None) -> Badge:
    """The badge of what is known; `base` is the address of the org, without which nothing can be
    opened."""
    return Badge(
        badge=COLOURS[seen.person.status],
        person=_document(seen.person, base),
        company=_document(seen.company, base),
    )


def all_unknown(results: object) -> SearchAnswer:
    """The answer where nothing could be found out: every result that has an id is unknown."""
    rows = results if isinstance(results, (list, tuple)) else ()
    ids = (row.get("id") for row in rows if isinstance(row, Mapping))
    return SearchAnswer(
        plugin=PLUGIN,
        results={id_: badge_of(Presence(), None) for id_ in ids if isinstance(id_, str)},
    )


def _document(seen: Sighting, base: str | None) -> SightingDocument:
    url = f"{base}/{seen.id}" if base is not None and seen.id is not None else None
    return SightingDocument(status=seen.status, object=seen.object, id=seen.id, url=url)
