"""Finds records: sends packed queries as composites and follows their pages (salesforce-api.md
§3.6, §3.12).

Compares nothing. `lookup_queries` builds the statements, `users` caches users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from zsf_plugin.errors import Rejected, Unavailable
from zsf_plugin.model import Json, Lookup, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import addresses, answers, ids, lookup_queries
from zsf_plugin.salesforce.composites import (
    MAX_HEAVY_SUBREQUESTS,
    Composite,
    RestRequest,
    parse_composite,
)
from zsf_plugin.salesforce.facts import FactCache
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.users import UserCache

#: A field or object of the describe is gone or hidden now: describe again, query once more (§9 trap
#: 33).
_VANISHED = frozenset({"INVALID_FIELD", "INVALID_TYPE"})
#: The org refuses the statement as too large (§4.2): split it, except for badges, which are not
#: worth the calls.
_TOO_LARGE = frozenset({"QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE", "HTTP_414", "HTTP_431"})


class Finder:
    """Answers lookups from the user cache and from the org."""

    def __init__(self, session: SalesforceSession, facts: FactCache, users: UserCache) -> None:
        self._session = session
        self._facts = facts
        self._users = users

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> list[Record]:
        """The records that the lookups find, each once. Raises as `Crm.find`.

        Lookups that are too many for one statement are split in halves; if a field has vanished,
        the org is described again and queried once more.
        """
        found: dict[RecordKey, Record] = {}
        pending = [lookups] if lookups else []
        is_refreshed = False
        while pending:
            part = pending.pop()
            try:
                records = self._query(part, select, purpose)
            except Rejected as error:
                if error.code in _VANISHED and not is_refreshed:
                    is_refreshed = True
                    self._facts.facts(refresh=True)
                    pending.append(part)
                elif _is_worth_splitting(error, part, purpose):
                    pending += _halves(part)
                else:
                    raise answers.unexpected_refusal(error) from error
                continue
            for record in records:
                found[record.object, record.id] = record
        return list(found.values())

    def _query(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> list[Record]:
        """Cached users, and what the org finds for the other lookups, five queries per call."""
        facts = self._facts.facts()
        wanted = lookup_queries.columns("User", select.get("User", ()), facts)
        known, unanswered = self._users.known(facts.org_id, lookups, wanted)
        packed = lookup_queries.build_queries(unanswered, select, facts)
        records: list[Record] = []
        for start in range(0, len(packed), MAX_HEAVY_SUBREQUESTS):
            records += self._fetch(packed[start : start + MAX_HEAVY_SUBREQUESTS], purpose)
        return known + self._users.learn(facts.org_id, unanswered, records)

    def _fetch(
        self, queries: Sequence[lookup_queries.LookupQuery], purpose: Purpose
    ) -> list[Record]:
        """The records that these queries find: one call, and one more for each further page."""
        reads = {}
        for number, query in enumerate(queries):
            path = addresses.query(query.statement, archived=query.archived)
            reads[f"q{number}"] = RestRequest("GET", path)
        answer = self._session.call(Composite(reads), purpose)
        body = answers.result_of(answer, writes=False)
        records = []
        responses = parse_composite(body, reads, writes=False)
        for query, response in zip(queries, responses.values(), strict=True):
            page = parse_page(query.object, response.result(writes=False))
            records += page.records
            while page.next is not None:
                page = self._next_page(query.object, page.next, purpose)
                records += page.records
        return records

    def _next_page(self, object_: str, path: str, purpose: Purpose) -> QueryPage:
        """Fetch a further page, in a call of its own."""
        answer = self._session.call(RestRequest("GET", path), purpose)
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
    records = list(map(_record_of, repeat(object_), body["records"]))
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


def _is_worth_splitting(error: Rejected, lookups: Sequence[Lookup], purpose: Purpose) -> bool:
    """Whether to split lookups whose statement was too large."""
    return error.code in _TOO_LARGE and len(lookups) > 1 and purpose != "badges"


def _halves(lookups: Sequence[Lookup]) -> list[Sequence[Lookup]]:
    """Both halves, the first one last, because it is popped next."""
    middle = len(lookups) // 2
    return [lookups[middle:], lookups[:middle]]
