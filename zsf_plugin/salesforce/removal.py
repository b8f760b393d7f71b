"""Implements the `RecordRemoval` port: reads records by id, asks what a deletion would take along,
and deletes (salesforce-api.md §3.4, §3.7, §3.11). Decides nothing.

API calls: reading 1 for five objects; dependents 1 for the describes, and 1 for five kinds of
children; deleting 1 for 200 records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from zsf_plugin.errors import Fenced, OutcomeUnknown, Rejected, Unavailable, ZsfError
from zsf_plugin.model import Json, Record, RecordKey, WriteOutcome
from zsf_plugin.ports import Dependent, Dependents, Purpose, WantedRecords, do_nothing
from zsf_plugin.salesforce import addresses, answers, ids, soql
from zsf_plugin.salesforce.composites import (
    MAX_HEAVY_SUBREQUESTS,
    Composite,
    RestRequest,
    SubResponse,
    in_mid_call,
    parse_composite,
)
from zsf_plugin.salesforce.querying import parse_page
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.write_requests import slices

_IS_DELETED = "IsDeleted"
_MAX_DELETED = 200
#: Ids of one statement: each takes 21 characters of an address.
_MAX_IDS = 200
_GONE = "ENTITY_IS_DELETED"
#: Columns of one statement, which is part of an address: names have up to 43 characters.
_MAX_FIELDS = 150
#: Old ones are archived, and go with their record all the same.
_ACTIVITIES = frozenset({"Task", "Event"})
#: Asked for also where a describe does not say that they go: activities, and what an Account has.
_ALWAYS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId")),
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
}
#: Rows that Salesforce itself keeps for each record, and views of other objects.
_OF_SALESFORCE = ("Share", "History", "Feed", "ChangeEvent")
_VIEWS = frozenset(
    {
        "AccountContactRelation",
        "ActivityHistory",
        "AttachedContentDocument",
        "CombinedAttachment",
        "DuplicateRecordItem",
        "EmailStatus",
        "EntitySubscription",
        "LookedUpFromActivity",
        "NoteAndAttachment",
        "OpenActivity",
        "ProcessInstance",
        "RecordAction",
        "TaskRelation",
        "TaskWhoRelation",
        "EventRelation",
        "EventWhoRelation",
        "TopicAssignment",
        "UserEntityAccess",
    }
)


class _Children(NamedTuple):
    """The records of one object that refer to those to be deleted, by one field."""

    parent: str
    object: str
    field: str


class _Query(NamedTuple):
    """A query for records of one object."""

    object: str
    request: RestRequest


class SalesforceRemoval:
    """The records of one workspace's org, with the connected user's permissions."""

    def __init__(self, session: SalesforceSession) -> None:
        self._session = session

    def read(self, wanted: Sequence[WantedRecords], purpose: Purpose) -> Mapping[RecordKey, Record]:
        """Those of the records that exist. Raises as `RecordRemoval`."""
        queries = []
        for one in wanted:
            for part in slices(one.ids, _MAX_IDS):
                for fields in slices(one.fields, _MAX_FIELDS) or [()]:
                    queries.append(_query(one.object, "Id", part, fields, archived=True))
        found: dict[RecordKey, Record] = {}
        for query, response in self._ask(queries, purpose):
            try:
                for record in self._records(query, response, purpose):
                    known = found.get((record.object, record.id), record)
                    values = {**known.values, **record.values}
                    found[record.object, record.id] = replace(record, values=values)
            except Rejected as error:
                raise answers.unexpected_refusal(error) from error
        return found

    def dependents(self, records: Mapping[str, Sequence[str]], purpose: Purpose) -> Dependents:
        """What deleting these would take along. Raises as `RecordRemoval`."""
        describes = self._describes(list(records), purpose)
        queries, asked = [], []
        for object_ in records:
            for child in _children_in(object_, describes[object_]):
                for part in slices(records[object_], _MAX_IDS):
                    archived = child.object in _ACTIVITIES
                    queries.append(_query(child.object, child.field, part, (), archived=archived))
                    asked.append(child)
        found: dict[tuple[str, str, str], Dependent] = {}
        unread: dict[str, set[str]] = {}
        for child, (query, response) in zip(asked, self._ask(queries, purpose), strict=True):
            try:
                for record in self._records(query, response, purpose):
                    parent = ids.long_id(str(record.value_of(child.field))) or ""
                    key = (child.object, record.id)
                    found[(*key, child.field)] = Dependent(*key, parent, child.field)
            except Rejected:
                unread.setdefault(child.parent, set()).add(child.object)
        protected = [name for name in records if describes[name].get("deletable") is False]
        return Dependents(list(found.values()), unread, frozenset(protected))

    def _records(self, query: _Query, response: SubResponse, purpose: Purpose) -> Iterator[Record]:
        """The records of all pages, without those in the recycle bin. Raises Rejected for a query
        that the org refuses; Unavailable."""
        page = parse_page(query.object, response.result(writes=False))
        seen = set[str]()
        while True:
            for record in page.records:
                if record.value_of(_IS_DELETED) is not True:
                    yield record
            if page.next is None:
                return
            if page.next in seen:
                raise Unavailable("no_page")
            seen.add(page.next)
            answer = self._session.call(RestRequest("GET", page.next), purpose)
            page = parse_page(query.object, answers.result_of(answer, writes=False))

    def delete(
        self,
        records: Sequence[RecordKey],
        purpose: Purpose,
        before_each: Callable[[Sequence[RecordKey]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Delete the records, in order; one outcome for each. Raises Fenced, of `before_each`."""
        outcomes: list[WriteOutcome] = []
        stopped: ZsfError | None = None
        for part in slices(records, _MAX_DELETED):
            try:
                if stopped is not None:
                    raise stopped
                outcomes += self._delete(part, purpose, partial(before_each, part))
            except Fenced:
                raise
            except ZsfError as error:
                stopped = error
                outcomes += [WriteOutcome(record_id, error=error) for _, record_id in part]
        return outcomes

    def _delete(
        self, records: Sequence[RecordKey], purpose: Purpose, before_sending: Callable[[], None]
    ) -> list[WriteOutcome]:
        record_ids = [record_id for _, record_id in records]
        request = RestRequest("DELETE", addresses.deletion(record_ids))
        answer = self._session.call(request, purpose, writes=True, before_sending=before_sending)
        results = answers.result_of(answer, writes=True)
        if not isinstance(results, list) or len(results) != len(record_ids):
            raise OutcomeUnknown("no_results")
        return [_outcome(one, result) for one, result in zip(record_ids, results, strict=True)]

    def _describes(self, objects: Sequence[str], purpose: Purpose) -> dict[str, Mapping[str, Json]]:
        """The describes of the objects, as they are now."""
        reads = {name: RestRequest("GET", addresses.describe(name)) for name in objects}
        found: dict[str, Mapping[str, Json]] = {}
        for name, response in self._composite(reads, purpose).items():
            try:
                body = response.result(writes=False)
            except Rejected as error:
                raise answers.unexpected_refusal(error) from error
            if not isinstance(body, dict):
                raise Unavailable("no_part")
            found[name] = body
        return found

    def _ask(
        self, queries: Sequence[_Query], purpose: Purpose
    ) -> Iterator[tuple[_Query, SubResponse]]:
        """Each query with its response."""
        for part in slices(queries, MAX_HEAVY_SUBREQUESTS):
            reads = {f"q{number}": query.request for number, query in enumerate(part)}
            responses = self._composite(reads, purpose)
            yield from zip(part, responses.values(), strict=True)

    def _composite(
        self, reads: Mapping[str, RestRequest], purpose: Purpose
    ) -> dict[str, SubResponse]:
        answer = self._session.call(Composite(reads), purpose)
        try:
            body = answers.result_of(answer, writes=False)
            return parse_composite(body, reads, writes=False)
        except Rejected as error:
            raise answers.unexpected_refusal(error) from error


def _query(
    object_: str, field: str, record_ids: Sequence[str], fields: Sequence[str], *, archived: bool
) -> _Query:
    """The query for the records whose field has one of these ids; `archived` includes the recycle
    bin, and says what is in there."""
    columns = dict.fromkeys(("Id", field, *fields))
    if archived:
        columns[_IS_DELETED] = None
    statement = soql.by_ids(list(columns), object_, field, record_ids)
    return _Query(object_, RestRequest("GET", addresses.query(statement, archived=archived)))


def _children_in(object_: str, describe: Mapping[str, Json]) -> list[_Children]:
    """The children that go with a record of the object, by its describe."""
    names = dict.fromkeys(_ALWAYS.get(object_, ()))
    for child in answers.objects_in(describe, "childRelationships"):
        name, field = str(child.get("childSObject")), str(child.get("field"))
        is_known = soql.is_identifier(name) and soql.is_identifier(field)
        is_own = name in _VIEWS or name.endswith(_OF_SALESFORCE)
        if child.get("cascadeDelete") is True and is_known and not is_own:
            names[name, field] = None
    return [_Children(object_, name, field) for name, field in names]


def _outcome(record_id: str, result: Json) -> WriteOutcome:
    """The outcome of one deletion; a record that was deleted before is deleted."""
    values = result if isinstance(result, dict) else {}
    success = values.get("success")
    if success is True:
        return WriteOutcome(record_id, record_id)
    if success is not False:
        return WriteOutcome(record_id, error=OutcomeUnknown("no_verdict"))
    error = in_mid_call(answers.record_error(values.get("errors")))
    if isinstance(error, Rejected) and error.code == _GONE:
        return WriteOutcome(record_id, record_id)
    return WriteOutcome(record_id, error=error)
