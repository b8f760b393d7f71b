"""Runs SOQL queries: five per composite, and each further page in a call of its own
(salesforce-api.md §3.6, §3.12).

Which queries, and what follows from a refused one, is decided in `finding` and `narrowing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zsf_plugin.errors import Rejected, Unavailable
from zsf_plugin.model import Json, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import addresses, answers, ids
from zsf_plugin.salesforce.composites import (
    MAX_HEAVY_SUBREQUESTS,
    Composite,
    RestRequest,
    parse_composite,
)
from zsf_plugin.salesforce.lookup_queries import LookupQuery
from zsf_plugin.salesforce.session import SalesforceSession

#: The org refuses the statement as too large (§4.2): split it.
TOO_LARGE = frozenset({"QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE", "HTTP_414", "HTTP_431"})
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
    its queries; QuotaReached, ReconnectRequired.
    """
    refused: Refusals = []
    for start in range(0, len(queries), MAX_HEAVY_SUBREQUESTS):
        batch = queries[start : start + MAX_HEAVY_SUBREQUESTS]
        reads = {}
        for number, query in enumerate(batch):
            path = addresses.query(query.statement, archived=query.archived)
            reads[f"q{number}"] = RestRequest("GET", path)
        answer = session.call(Composite(reads), purpose)
        try:
            body = answers.result_of(answer, writes=False)
            responses = parse_composite(body, reads, writes=False)
        except Rejected as error:
            refused += _all_refused(batch, error)
            continue
        for query, response in zip(batch, responses.values(), strict=True):
            try:
                page = parse_page(query.object, response.result(writes=False))
                while True:
                    for record in page.records:
                        found[record.object, record.id] = record
                    if page.next is None:
                        break
                    page = _next_page(session, query.object, page.next, purpose)
            except Rejected as error:
                refused.append((query, error))
    return refused


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
    """The records of one page; `next` is the path of the page after it, None after the last."""

    records: list[Record]
    next: str | None


def parse_page(object_: str, body: Json) -> QueryPage:
    """One page of a query's response (§3.12).

    Raises Unavailable for anything else, including one row without an id, and a next page that is
    missing or leads elsewhere: an unreadable response must not count as "no such record".
    """
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise Unavailable("no_records")
    records = []
    for row in body["records"]:
        records.append(_record_of(object_, row))
    if body.get("done") is True:
        return QueryPage(records, None)
    given = body.get("nextRecordsUrl")
    if not isinstance(given, str):
        raise Unavailable("no_page")
    return QueryPage(records, addresses.next_page_path(given))


def _record_of(object_: str, row: Json) -> Record:
    """The record of a row, without its `attributes`."""
    values = dict(row) if isinstance(row, dict) else {}
    record_id = ids.long_id(str(values.get("Id")))
    if record_id is None:
        raise Unavailable("no_records")
    values.pop("attributes", None)
    return Record(object_, record_id, values)
