"""Searches in parts, where something before Salesforce refuses the whole: by size, by LIKE, or
because of what one lookup holds (salesforce-api.md §9 trap 67)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from zsf_plugin.errors import Unavailable
from zsf_plugin.model import Lookup, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import bisection, gateways, querying
from zsf_plugin.salesforce.lookup_queries import LookupQuery
from zsf_plugin.salesforce.narrowing import Narrower
from zsf_plugin.salesforce.session import SalesforceSession

#: So many lookups refused alone by a gateway that lets none through: it refuses searching as such,
#: or if other queries get through, searching by those columns.
_MAX_REFUSED_ALONE = 4
#: Requests of one `find` that a gateway may refuse; badges are not worth many calls.
_MAX_REFUSED = 200
_MAX_REFUSED_FOR_BADGES = 20
#: How long to wait for a gateway that refuses to search.
_NO_SEARCH_DELAY_S = 900.0


@dataclass(slots=True, eq=False)
class SearchInParts:
    """Asks in parts for what a gateway refused to pass, until the lookups that it refuses are
    alone; `narrower` then has those, `refusals` the queries that the org refuses.

    Raises Unavailable if it lets no search through, or too few.
    """

    session: SalesforceSession
    narrower: Narrower
    purpose: Purpose
    found: dict[RecordKey, Record]
    refusals: querying.Refusals = field(default_factory=list)
    #: Of the query at hand.
    _alone: list[Lookup] = field(default_factory=list)
    _got_through: int = 0
    _refused: int = 0
    #: The status with which all other lookups of the query at hand count as refused.
    _closed: int | None = None
    _has_others: bool = False

    def after(self, error: Unavailable, status: int, queries: Sequence[LookupQuery]) -> None:
        """Search in parts after that refusal of these queries. Raises it again if it is an outage,
        and for badges, which are not worth the calls."""
        if status == gateways.BODY_TOO_LARGE:
            self._by_size(queries)
            return
        if self.purpose == "badges" or not self.session.reaches_salesforce():
            raise error
        suspects = list(queries)
        if len(queries) > 1:
            suspects = [query for query in queries if not self._runs([query])]
        if len(suspects) > 1 and not self._got_through:
            for query in suspects:
                if self._passes(query.lookups[:1]):
                    break
        for query in suspects:
            if not self._passes_by_equality(query):
                self._has_others = self._has_others or self._got_through > 0
                self._alone, self._got_through = [], 0
                bisection.send_in_parts(query.lookups, self._passes)
                if self._closed is not None:
                    self.narrower.refuse_columns(query, self._alone, self._closed)
                self._closed = None

    def _by_size(self, queries: Sequence[LookupQuery]) -> None:
        """Search in halves that are small enough."""
        limit = self.session.body_limit
        waiting: list[Sequence[Lookup]] = [list(chain.from_iterable(q.lookups for q in queries))]
        while waiting:
            part = waiting.pop()
            packed = self.narrower.packed(part)
            middle = (len(part) + 1) // 2
            halves = [part[middle:], part[:middle]] if len(part) > 1 else []
            if halves and limit.bytes is not None and not querying.fit(packed, limit):
                waiting += halves
                continue
            try:
                self._run(packed)
            except Unavailable as error:
                status = gateways.status_of_refusal(error)
                if status is None:
                    raise
                if status == gateways.BODY_TOO_LARGE:
                    size = querying.largest(packed, limit)
                    limit.note_refused(size, is_alone=not halves)
                self._note_refused(part, error, status)
                if status == gateways.BODY_TOO_LARGE:
                    waiting += halves
                elif halves:
                    bisection.send_in_parts(part, self._passes)
            else:
                limit.note_passed(querying.largest(packed, limit))

    def _passes_by_equality(self, query: LookupQuery) -> bool:
        """Whether its lookups get through without LIKE; then that is remembered."""
        if not query.searches_by_like:
            return False
        self.narrower.refuse_like(query)
        if self._runs(self.narrower.packed(query.lookups)):
            return True
        self.narrower.allow_like(query)
        return False

    def _passes(self, part: Sequence[Lookup]) -> bool:
        """Whether these lookups get through; a lone one that does not is refused."""
        if self._closed is not None:
            self.narrower.refuse_at_gateway(part, self._closed)
            return True  # there is nothing to send
        return self._runs(self.narrower.packed(part), part)

    def _runs(self, queries: Sequence[LookupQuery], part: Sequence[Lookup] = ()) -> bool:
        """Whether these queries get through; `part` are the lookups to refuse if they do not."""
        try:
            self._run(queries)
        except Unavailable as error:
            status = gateways.status_of_refusal(error)
            if status is None:
                raise
            self._note_refused(part, error, status)
            return False
        return True

    def _run(self, queries: Sequence[LookupQuery]) -> None:
        refused = querying.run_queries(self.session, queries, self.purpose, self.found)
        self.refusals.extend(refused)
        self._got_through += 1

    def _note_refused(self, part: Sequence[Lookup], error: Unavailable, status: int) -> None:
        """Count a refusal, which is final for a lone lookup."""
        self._refused += 1
        self._alone += part if len(part) == 1 else ()
        most = _MAX_REFUSED_FOR_BADGES if self.purpose == "badges" else _MAX_REFUSED
        is_closed = len(self._alone) >= _MAX_REFUSED_ALONE and not self._got_through
        if (is_closed and not self._has_others) or self._refused > most:
            data = {"status": status}
            raise Unavailable("gateway_searches", _NO_SEARCH_DELAY_S, data) from error
        if is_closed:
            self._closed = status
        if len(part) == 1:
            self.narrower.refuse_at_gateway(part, status)
