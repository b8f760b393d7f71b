"""What to ask instead of a query that the org refuses, until only the lookups are left that it
refuses for good. Pure.

A statement that mixes several searches is divided by its columns; one that searches by LIKE is
asked by equality (salesforce-api.md §9 trap 61); else its lookups are divided into five parts. If
all parts are refused, it is about the columns, so every lookup of theirs is refused; if some are,
it is about a value, and they are divided again. One that is too large is halved.

For 200 lookups that takes at most one call for the columns, one for equality and four for values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from zsf_plugin.model import GATEWAY_REFUSED, Lookup, OrgFacts
from zsf_plugin.salesforce.lookup_queries import (
    LookupQuery,
    build_queries,
    columns_key,
    fingerprint_of,
)
from zsf_plugin.salesforce.querying import TOO_LARGE, Refusals

#: The parts of one refused query, or a query alone.
Family = list[LookupQuery]
#: As many as one composite carries (§3.6).
_PARTS = 5
#: Codes that may be about one value: a lone lookup that gets one says nothing about its columns.
_ABOUT_A_VALUE = frozenset({"MALFORMED_QUERY", "INVALID_QUERY_FILTER_OPERATOR", *TOO_LARGE})


@dataclass(slots=True, eq=False)
class Narrower:
    """Narrows down the queries of one `find`. `facts` are replaced when the org is described again.

    `columns` are the refused columns, `refused` the refused lookups, `undescribed` the lookups that
    the describe has no place for, which may be out of date; `by_usual_forms` are as in
    `LookupAnswers`.
    """

    facts: OrgFacts
    select: Mapping[str, Sequence[str]]
    columns: dict[str, str]
    refused: dict[Lookup, str]
    undescribed: dict[Lookup, str]
    by_usual_forms: set[Lookup]
    has_learned: bool = False

    def narrowed(self, families: Sequence[Family], refusals: Refusals) -> list[Family]:
        """The queries to run next, after those of `families` were run and some refused."""
        outdated, self.undescribed = list(self.undescribed), {}
        following = self._apart(outdated)
        codes = {id(query): error.code for query, error in refusals}
        for family in families:
            refused = [query for query in family if id(query) in codes]
            for query in refused:
                code = codes[id(query)]
                if len(refused) == len(family) > 1:
                    self._refuse(query, code)
                else:
                    has_siblings = len(family) > 1
                    following += self._instead_of(query, code, has_siblings=has_siblings)
        self.refused.update(self.undescribed)
        self.undescribed = {}
        return following

    def refuse_at_gateway(self, lookups: Sequence[Lookup], status: int) -> None:
        """A gateway refuses those lookups for good, with that status."""
        self.refused.update(dict.fromkeys(lookups, _by_gateway(status)))

    def refuse_columns(self, query: LookupQuery, lookups: Collection[Lookup], status: int) -> None:
        """A gateway refuses, with that status, every search by the columns of those lookups, by
        LIKE and by equality."""
        for columns, searched in query.by_columns.items():
            if set(searched).isdisjoint(lookups):
                continue
            equal = tuple(replace(column, is_like=False) for column in columns)
            for refused in (columns, equal):
                key = columns_key(query.object, query.described, refused)
                self.columns[key] = _by_gateway(status)
            self.has_learned = True

    def refuse_like(self, query: LookupQuery) -> None:
        """Compare its columns by equality instead, because a gateway lets no LIKE through."""
        for key in _like_columns(query):
            self.columns[key] = GATEWAY_REFUSED
            self.has_learned = True

    def allow_like(self, query: LookupQuery) -> None:
        """Take `refuse_like` back: LIKE is not what is refused."""
        for key in _like_columns(query):
            self.columns.pop(key, None)

    def _apart(self, lookups: Sequence[Lookup]) -> list[Family]:
        """The queries for those lookups, none a part of another."""
        return [[query] for query in self.packed(lookups)]

    def packed(self, lookups: Sequence[Lookup]) -> list[LookupQuery]:
        """The queries for those lookups; notes those that have none."""
        packed = build_queries(lookups, self.select, self.facts, self.columns)
        self.refused.update(packed.refused)
        self.undescribed.update(packed.undescribed)
        self.by_usual_forms.update(packed.by_usual_forms)
        return packed.queries

    def _instead_of(self, query: LookupQuery, code: str, *, has_siblings: bool) -> list[Family]:
        """The queries that replace a refused one; none if its only lookup is refused for good.
        `has_siblings`: other lookups by the same columns were answered."""
        lookups = query.lookups
        if self._is_outdated(query):
            return self._apart(lookups)
        if code in TOO_LARGE and len(lookups) > 1:
            middle = len(lookups) // 2
            return [*self._apart(lookups[:middle]), *self._apart(lookups[middle:])]
        if len(query.by_columns) > 1:
            return [one for part in query.by_columns.values() for one in self._apart(part)]
        if query.searches_by_like:
            self._learn(query, code)
            return self._apart(lookups)
        if len(lookups) > 1:
            return [[one for part in _divided(lookups) for one in self.packed(part)]]
        is_about_columns = not has_siblings and code not in _ABOUT_A_VALUE
        self._refuse(query, code, is_about_columns=is_about_columns)
        return []

    def _is_outdated(self, query: LookupQuery) -> bool:
        """Whether the object was described again since the query was built."""
        return query.described != fingerprint_of(query.object, self.facts)

    def _refuse(self, query: LookupQuery, code: str, *, is_about_columns: bool = True) -> None:
        """Its lookups are refused for good."""
        self.refused.update(dict.fromkeys(query.lookups, code))
        if is_about_columns:
            self._learn(query, code)

    def _learn(self, query: LookupQuery, code: str) -> None:
        """Its columns are refused."""
        for columns in query.by_columns:
            self.columns[columns_key(query.object, query.described, columns)] = code
            self.has_learned = True


def _by_gateway(status: int) -> str:
    return f"{GATEWAY_REFUSED} {status}"


def _like_columns(query: LookupQuery) -> list[str]:
    """The names of its columns that LIKE compares."""
    found = []
    for columns in query.by_columns:
        if any(column.is_like for column in columns):
            found.append(columns_key(query.object, query.described, columns))
    return found


def _divided(lookups: Sequence[Lookup]) -> list[Sequence[Lookup]]:
    """Up to five parts of about the same size."""
    size = -(-len(lookups) // _PARTS)
    return [lookups[start : start + size] for start in range(0, len(lookups), size)]
