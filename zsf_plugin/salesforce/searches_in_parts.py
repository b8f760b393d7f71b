"""Searches in parts, where something before Salesforce refuses the whole: by size, by LIKE, or
because of what one lookup holds (salesforce-api.md §9 trap 67)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
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
#: Requests of one `find` that a gateway may refuse for badges, which are not worth many calls.
_MAX_REFUSED_FOR_BADGES = 20
#: How long to wait for a gateway that refuses to search.
_NO_SEARCH_DELAY_S = 900.0


@dataclass(slots=True, eq=False)
class SearchInParts:
    """Asks, for one `find`, in parts for what a gateway refused to pass, until the lookups that it
    refuses are alone; `narrower` then has those."""

    session: SalesforceSession
    narrower: Narrower
    purpose: Purpose
    found: dict[RecordKey, Record]
    _refusals: querying.Refusals = field(default_factory=list)
    #: What was refused alone, or got through, is that of the query at hand.
    _count: bisection.RefusalCount[Lookup] = field(
        default_factory=partial(bisection.RefusalCount, _MAX_REFUSED_ALONE)
    )
    #: The status with which all other lookups of the query at hand count as refused.
    _closed: int | None = None
    _has_others: bool = False

    def after(
        self, error: Unavailable, status: int, queries: Sequence[LookupQuery]
    ) -> querying.Refusals:
        """Search in parts after that refusal of these queries; return those that the org refuses.

        Raises the error again if it is an outage, and for badges, which are not worth the calls;
        Unavailable if the gateway lets no search through, or too few.
        """
        self._refusals, self._has_others = [], False
        if self.purpose == "badges":
            self._count.max_refused = _MAX_REFUSED_FOR_BADGES
        self._count.restart()
        self._count.note()
        if status == gateways.BODY_TOO_LARGE:
            self._by_size(queries)
        elif self.purpose == "badges" or not self.session.reaches_salesforce():
            raise error
        else:
            self._by_content(queries)
        return self._refusals

    def _by_content(self, queries: Sequence[LookupQuery]) -> None:
        """Search without LIKE, or in parts that do not hold what is refused."""
        suspects = list(queries)
        if len(queries) > 1:
            suspects = [query for query in queries if not self._runs([query])]
        if len(suspects) > 1 and not self._count.has_got_through:
            for query in suspects:
                if self._passes(query.lookups[:1]):
                    break
        for query in suspects:
            if not self._passes_by_equality(query):
                self._has_others = self._has_others or self._count.has_got_through
                self._count.restart()
                bisection.send_in_parts(query.lookups, self._passes)
                if self._closed is not None:
                    self.narrower.refuse_columns(query, self._count.alone, self._closed)
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
                limit.note_passed(partial(querying.largest, packed, limit))

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
        self._refusals.extend(refused)
        self._count.has_got_through = True

    def _note_refused(self, part: Sequence[Lookup], error: Unavailable, status: int) -> None:
        """Count a refusal, which is final for a lone lookup."""
        count = self._count
        count.note(part)
        if (count.is_closed and not self._has_others) or count.is_spent:
            data = {"status": status}
            raise Unavailable("gateway_searches", _NO_SEARCH_DELAY_S, data) from error
        if count.is_closed:
            self._closed = status
        if len(part) == 1:
            self.narrower.refuse_at_gateway(part, status)
