"""Runs SOQL queries: five per composite, and each further page in a call of its own
(salesforce-api.md §3.6, §3.12).

Which queries, and what follows from a refused one, is decided in `finding` and `narrowing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from zsf_plugin.errors import GatewayRefused, Rejected, Unavailable
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Json, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import addresses, answers, gateways, http, ids, in_flight
from zsf_plugin.salesforce.body_limits import BodyLimit
from zsf_plugin.salesforce.composites import (
    MAX_HEAVY_SUBREQUESTS,
    Composite,
    RestRequest,
    parse_composite,
)
from zsf_plugin.salesforce.lookup_queries import LookupQuery
from zsf_plugin.salesforce.session import SalesforceSession

#: The org refuses the statement as too large (§4.2): split it.
TOO_LARGE = frozenset(
    {"QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE", "HTTP_413", "HTTP_414", "HTTP_431"}
)
#: The names of the parts of a composite.
_NAMES = tuple(f"q{number}" for number in range(MAX_HEAVY_SUBREQUESTS))
#: Bytes of a composite, and of each of its parts, beside the paths.
_PART_BYTES = 90
#: Refused queries, each with its refusal.
Refusals = list[tuple[LookupQuery, Rejected]]


def run_queries(
    session: SalesforceSession,
    queries: Sequence[LookupQuery],
    purpose: Purpose,
    found: dict[RecordKey, Record],
) -> Refusals:
    """Add what these queries find to `found`, and return those that are refused. One call per five
    queries, and one more per further page.

    Raises Unavailable, also for a composite that is refused as a whole, which says nothing about
    its queries (GatewayRefused, if something before the org refused it); QuotaReached,
    ReconnectRequired.
    """
    refused: Refusals = []
    rest, limit = queries, session.body_limit
    while rest:
        batches = [rest[:MAX_HEAVY_SUBREQUESTS]]
        if limit.bytes is not None:
            batches = [_allowed(batches[0], limit)]
        elif len(rest) > MAX_HEAVY_SUBREQUESTS:
            starts = range(0, len(rest), MAX_HEAVY_SUBREQUESTS)[: session.in_flight.max_calls]
            batches = [rest[start : start + MAX_HEAVY_SUBREQUESTS] for start in starts]
        rest = rest[sum(map(len, batches)) :]
        for batch, answer in zip(batches, _ask(session, batches, purpose), strict=True):
            try:
                body = answers.result_of(answer, writes=False)
                if not isinstance(body, dict) or "compositeResponse" not in body:
                    raise GatewayRefused(answer.status, "json")
                responses = parse_composite(body, _NAMES[: len(batch)], writes=False).values()
            except Rejected as error:
                if gateways.status_of_size(error) is not None:
                    raise GatewayRefused(answer.status, "text") from error
                refused += _all_refused(batch, error)
                continue
            for query, response in zip(batch, responses, strict=True):
                try:
                    first = parse_page(query.object, response.result(writes=False))
                    if first.records or first.total or first.next is not None:
                        _read_pages(session, query, first, purpose, found)
                except Rejected as error:
                    refused.append((query, error))
    return refused


def _ask(
    session: SalesforceSession, batches: Sequence[Sequence[LookupQuery]], purpose: Purpose
) -> list[http.HttpResponse]:
    """The responses to a composite for each batch. Several are asked for at the same time."""
    calls = []
    for batch in batches:
        reads = {}
        for name, query in zip(_NAMES, batch, strict=False):
            path = addresses.query(query.statement, archived=query.archived)
            reads[name] = RestRequest("GET", path)
        calls.append(partial(session.call, Composite(reads), purpose))
    if len(calls) == 1:
        return [calls[0]()]
    return [future.result() for future in in_flight.made_together(calls)]


def fit(queries: Sequence[LookupQuery], limit: BodyLimit) -> bool:
    """Whether a gateway lets each query through, in a request of its own if need be."""
    return all(limit.allows(partial(_size_of, [query])) for query in queries)


def largest(queries: Sequence[LookupQuery], limit: BodyLimit) -> int:
    """The bytes of the largest request that these queries take."""
    size, rest = 0, queries
    while rest:
        batch = _allowed(rest[:MAX_HEAVY_SUBREQUESTS], limit)
        size, rest = max(size, _size_of(batch)), rest[len(batch) :]
    return size


def _allowed(queries: Sequence[LookupQuery], limit: BodyLimit) -> Sequence[LookupQuery]:
    """The first of the queries that a gateway lets through in one request. Raises GatewayRefused if
    the first alone is too large, and can be divided."""
    if len(queries[0].lookups) > 1 and not fit(queries[:1], limit):
        raise GatewayRefused(gateways.BODY_TOO_LARGE, "empty")
    while len(queries) > 1 and not limit.allows(partial(_size_of, queries)):
        queries = queries[:-1]
    return queries


def _size_of(queries: Sequence[LookupQuery]) -> int:
    """The bytes of their request's body, almost."""
    size = 0
    for query in queries:
        path = addresses.query(query.statement, archived=query.archived)
        size += len(path) + _PART_BYTES
    return size + _PART_BYTES


def _read_pages(
    session: SalesforceSession,
    query: LookupQuery,
    page: QueryPage,
    purpose: Purpose,
    found: dict[RecordKey, Record],
) -> None:
    """Add the records of this page and of all that follow it.

    Raises Unavailable if they are fewer than the org counts, if one lacks what it was found by, or
    if a page comes again: what is missing must not count as "no such record".
    """
    total, seen, count = page.total, set[str](), 0
    while True:
        for record in give_way_between(page.records):
            is_whole = query.selected <= record.values.keys()
            if not is_whole and not query.can_compare(record.values):
                raise Unavailable("no_records")
            found[record.object, record.id] = record
        count += len(page.records)
        if page.next is None:
            break
        if page.next in seen:
            raise Unavailable("no_page")
        seen.add(page.next)
        page = _next_page(session, query.object, page.next, purpose)
    if total is not None and count < total:
        raise Unavailable("no_records")


def _all_refused(queries: Sequence[LookupQuery], error: Rejected) -> Refusals:
    """The queries of a composite that is refused as a whole. Raises Unavailable unless it is too
    large: it says nothing about its queries."""
    if error.code not in TOO_LARGE:
        raise answers.unexpected_refusal(error) from error
    return [(query, error) for query in queries]


def _next_page(session: SalesforceSession, object_: str, path: str, purpose: Purpose) -> QueryPage:
    """Fetch a further page, in a call of its own."""
    answer = session.call(RestRequest("GET", path), purpose)
    return parse_page(object_, answers.result_of(answer, writes=False))


@dataclass(frozen=True, slots=True)
class QueryPage:
    """The records of one page; `next` is the path of the page after it, None after the last.
    `total` counts the records of all pages, if the response says it."""

    records: list[Record]
    next: str | None
    total: int | None = None


def parse_page(object_: str, body: Json) -> QueryPage:
    """One page of a query's response (§3.12), its records without their `attributes`.

    Raises Unavailable for anything else, including one row without an id, and a next page that is
    missing or leads elsewhere: an unreadable response must not count as "no such record".
    """
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise Unavailable("no_records")
    records = []
    for row in give_way_between(body["records"]):
        values = dict(row) if isinstance(row, dict) else {}
        record_id = ids.long_id(str(values.get("Id")))
        if record_id is None:
            raise Unavailable("no_records")
        values.pop("attributes", None)
        records.append(Record(object_, record_id, values))
    size = body.get("totalSize")
    total = size if isinstance(size, int) and not isinstance(size, bool) else None
    if body.get("done") is True:
        return QueryPage(records, None, total)
    given = body.get("nextRecordsUrl")
    if not isinstance(given, str):
        raise Unavailable("no_page")
    return QueryPage(records, addresses.next_page_path(given), total)
