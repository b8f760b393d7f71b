"""Requests that write: their bodies, and the outcome of each write from the response. Pure.

A `CompositeRequest` carries up to 25 writes as subrequests of their own, with references between
them (salesforce-api.md §3.6). A `CollectionRequest` carries up to five collections of 200 records,
a `StandaloneRequest` one collection outside of any composite (§3.7); references in both must be
resolved before. Each request also knows how to split itself; `batching` makes the first requests of
a batch. Outcomes are named by the writes' tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from zsf_plugin.errors import Halted, OutcomeUnknown, Rejected, ZsfError
from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Json, Reference, Write, WriteOutcome
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import record_error
from zsf_plugin.salesforce.composites import (
    MAX_HEAVY_SUBREQUESTS,
    MAX_SUBREQUESTS,
    Composite,
    RestRequest,
    SubResponse,
    in_mid_call,
    parse_composite,
)
from zsf_plugin.salesforce.ids import long_id

_Item = TypeVar("_Item")

_NOT_ASSIGNED = {"Sforce-Auto-Assign": "FALSE"}
_ASSIGNED = {"Sforce-Auto-Assign": "TRUE"}
_SAVED = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
#: The headers of a write by its policies: whether assignment rules run, and whether it is saved
#: although a duplicate rule alerts. Headers of a composite do not reach its subrequests. A missing
#: Sforce-Auto-Assign means TRUE: assignment rules would change owners (§9 trap 1). An alerting
#: duplicate rule is overridden only if a rule file says so (§7); a blocking one never is.
_POLICY_HEADERS = {
    (False, False): _NOT_ASSIGNED,
    (True, False): _ASSIGNED,
    (False, True): _NOT_ASSIGNED | _SAVED,
    (True, True): _ASSIGNED | _SAVED,
}
#: The names of a composite's subrequests: one for each write, or for each collection.
_WRITE_NAMES = tuple(f"w{number}" for number in range(MAX_SUBREQUESTS))
_CHUNK_NAMES = tuple(f"c{number}" for number in range(MAX_HEAVY_SUBREQUESTS))
#: A collection of at most this many records is not narrowed further: each record becomes its own
#: subrequest, saved independently.
_MIN_COLLECTION_RECORDS = 40
#: Refusals by the customer's own code, which may work for one record and fail for two hundred
#: (§2.3).
_BULK_FAILURES = frozenset(
    {
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "APEX_ERROR",
        "LIMIT_EXCEEDED",
    }
)


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """A parsed response: an outcome for each write by its token, and smaller requests to try.

    Those repeat writes that were refused together with others: either no record was processed (the
    write has no outcome yet), or too many records at once made the org's own code fail (§2.3; the
    outcome stands unless a smaller request brings another).
    """

    outcomes: Mapping[str, WriteOutcome]
    smaller: Sequence[WriteRequest] = ()


class WriteRequest(Protocol):
    """Writes of one API call."""

    @property
    def writes(self) -> Sequence[Write]:
        """The writes, each once."""
        ...

    def build(self, root: str) -> RestRequest:
        """The REST request for an org with that API root (`/services/data/v68.0`)."""
        ...

    def parse(self, body: Json) -> ParsedResponse:
        """Parse the body of a successful response. Raises Rejected if all were refused as one."""
        ...

    def split(self) -> Sequence[WriteRequest]:
        """The same writes in smaller requests; for a request with more than one write."""
        ...

    def only(self, writes: Sequence[Write]) -> WriteRequest:
        """Those of its writes in a request of the same kind."""
        ...


@dataclass(frozen=True, slots=True)
class CompositeRequest:
    """At most 25 writes, each a subrequest; Salesforce resolves references between them."""

    writes: Sequence[Write]

    def build(self, root: str) -> RestRequest:
        """One subrequest for each write."""
        names: dict[str, str] = {}
        subrequests = {}
        for name, write in zip(_WRITE_NAMES[: len(self.writes)], self.writes, strict=True):
            names[write.token] = name
            # References point to earlier writes only (`Delivery._resolve` sees to that).
            subrequests[name] = _subrequest(write, names)
        return Composite(subrequests).build(root)

    def parse(self, body: Json) -> ParsedResponse:
        """Each write has its own response, so no smaller request is needed."""
        responses = parse_composite(body, _WRITE_NAMES[: len(self.writes)], writes=True)
        outcomes = {}
        for write, response in zip(self.writes, responses.values(), strict=True):
            try:
                result = response.result(writes=True)
            except ZsfError as error:
                outcomes[write.token] = _failed(write, error)
            else:
                record_id = result.get("id") if isinstance(result, dict) else None
                outcomes[write.token] = _written(write, record_id)
        return ParsedResponse(outcomes)

    def split(self) -> Sequence[WriteRequest]:
        """Two halves; the second may refer to records of the first."""
        return [CompositeRequest(half) for half in _halves(self.writes)]

    def only(self, writes: Sequence[Write]) -> WriteRequest:
        """Those of its writes; they may refer to records of others."""
        return CompositeRequest(writes)


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """Up to five chunks of at most 200 writes with the same object, action and policies."""

    chunks: Sequence[Sequence[Write]]

    @property
    def writes(self) -> Sequence[Write]:
        """The writes of all chunks."""
        return [write for chunk in self.chunks for write in chunk]

    def build(self, root: str) -> RestRequest:
        """One subrequest for each chunk."""
        names = _CHUNK_NAMES[: len(self.chunks)]
        subrequests = dict(zip(names, map(_collection, self.chunks), strict=True))
        return Composite(subrequests).build(root)

    def parse(self, body: Json) -> ParsedResponse:
        """Match results by position in each collection, whose length must agree."""
        responses = parse_composite(body, _CHUNK_NAMES[: len(self.chunks)], writes=True)
        outcomes: dict[str, WriteOutcome] = {}
        smaller: list[WriteRequest] = []
        for chunk, response in zip(self.chunks, responses.values(), strict=True):
            parsed = _parse_chunk(chunk, response)
            outcomes |= parsed.outcomes
            smaller += parsed.smaller
        return ParsedResponse(outcomes, smaller)

    def split(self) -> Sequence[WriteRequest]:
        """One request per chunk; a single chunk is split by `_narrow`."""
        if len(self.chunks) > 1:
            return [CollectionRequest([chunk]) for chunk in self.chunks]
        return _narrow(self.chunks[0])

    def only(self, writes: Sequence[Write]) -> WriteRequest:
        """Those of its writes, in the chunks that they had."""
        tokens = {write.token for write in writes}
        chunks = []
        for chunk in self.chunks:
            kept = [write for write in chunk if write.token in tokens]
            if kept:
                chunks.append(kept)
        return CollectionRequest(chunks)


@dataclass(frozen=True, slots=True)
class StandaloneRequest:
    """One chunk of at most 200 writes with the same object, action and policies, outside of
    composites: for texts that a composite would take for a reference.
    """

    writes: Sequence[Write]

    def build(self, root: str) -> RestRequest:  # noqa: ARG002 - as of every WriteRequest
        """The collection itself; its headers apply to all of its records."""
        return _collection(self.writes)

    def parse(self, body: Json) -> ParsedResponse:
        """Match results by position; their number must agree."""
        outcomes = _record_outcomes(self.writes, body)
        failed = _failed_in_bulk(self.writes, outcomes)
        return ParsedResponse(outcomes, StandaloneRequest(failed).split() if failed else ())

    def split(self) -> Sequence[WriteRequest]:
        """Two halves, never subrequests."""
        return [StandaloneRequest(half) for half in _halves(self.writes)]

    def only(self, writes: Sequence[Write]) -> WriteRequest:
        """Those of its writes, in one chunk."""
        return StandaloneRequest(writes)


def has_reference_syntax(write: Write) -> bool:
    """Whether a text of the write looks like a reference to another subrequest.

    A composite would replace such a text (`@{…}`, §3.6) or halt, and there is no escape for it.
    """
    return "@{" in " ".join(map(str, write.values.values()))


def fails_in_bulk(error: ZsfError | None) -> bool:
    """Whether the customer's own code failed, which may succeed with fewer records (§2.3)."""
    return isinstance(error, Rejected) and error.code in _BULK_FAILURES


def with_error(writes: Sequence[Write], error: ZsfError) -> dict[str, WriteOutcome]:
    """The same error as the outcome of each write."""
    return {write.token: WriteOutcome(write.token, error=error) for write in writes}


def _subrequest(write: Write, names: Mapping[str, str]) -> RestRequest:
    body: dict[str, Json] = {}
    for field, value in write.values.items():
        body[field] = _id_of(names[value.ref]) if isinstance(value, Reference) else value
    headers = _POLICY_HEADERS[write.assignment_rules, write.save_alerted]
    if write.action == "create":
        return RestRequest("POST", addresses.records(write.object), body, headers)
    return RestRequest("PATCH", _record_path(write, names), body, headers)


def _record_path(write: Write, names: Mapping[str, str]) -> str:
    """An update's path; Salesforce fills in the id of a record that the same composite creates."""
    if write.ref.startswith("new:"):
        return f"{addresses.records(write.object)}/{_id_of(names[write.ref])}"
    return addresses.record(write.object, write.ref)


def _id_of(name: str) -> str:
    """The reference that Salesforce replaces by the id of the record a subrequest creates."""
    return f"@{{{name}.id}}"


def _collection(chunk: Sequence[Write]) -> RestRequest:
    records: list[Json] = list(map(_record, give_way_between(chunk)))
    method = "POST" if chunk[0].action == "create" else "PATCH"
    body: Json = {"allOrNone": False, "records": records}
    headers = _POLICY_HEADERS[chunk[0].assignment_rules, chunk[0].save_alerted]
    return RestRequest(method, addresses.COLLECTIONS, body, headers)


def _record(write: Write) -> dict[str, Json]:
    own = {"id": write.ref} if write.action == "update" else {}
    return {"attributes": {"type": write.object}, **own, **_plain_values(write)}


def _plain_values(write: Write) -> dict[str, Json]:
    """The values. Raises ValueError for a reference, which no collection can carry: a link must not
    be lost silently."""
    values: dict[str, Json] = {}
    for field, value in write.values.items():
        if isinstance(value, Reference):
            raise ValueError(f"{field} of {write.token} refers to {value.ref}: resolve it first")
        values[field] = value
    return values


def _halves(writes: Sequence[Write]) -> list[Sequence[Write]]:
    """Two halves, the first the larger; one if there is only one write."""
    return slices(writes, (len(writes) + 1) // 2)


def _narrow(chunk: Sequence[Write]) -> list[WriteRequest]:
    """A large chunk in five, still in one call; a small one as a subrequest per record."""
    if len(chunk) <= _MIN_COLLECTION_RECORDS:
        return list(map(CompositeRequest, slices(chunk, MAX_SUBREQUESTS)))
    size = -(-len(chunk) // MAX_HEAVY_SUBREQUESTS)
    return [CollectionRequest(slices(chunk, size))]


def slices(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    """The items in order, in slices of `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _parse_chunk(chunk: Sequence[Write], response: SubResponse) -> ParsedResponse:
    try:
        results = response.result(writes=True)
    except Rejected:
        return ParsedResponse({}, _narrow(chunk))
    except ZsfError as error:
        return ParsedResponse(with_error(chunk, error))
    outcomes = _record_outcomes(chunk, results)
    return ParsedResponse(outcomes, _narrow(_failed_in_bulk(chunk, outcomes)))


def _failed_in_bulk(chunk: Sequence[Write], outcomes: Mapping[str, WriteOutcome]) -> list[Write]:
    """The writes that may succeed in a smaller request; none if the chunk had only one."""
    if len(chunk) == 1:
        return []
    return [write for write in chunk if fails_in_bulk(outcomes[write.token].error)]


def _record_outcomes(chunk: Sequence[Write], results: Json) -> dict[str, WriteOutcome]:
    if not isinstance(results, list) or len(results) != len(chunk):
        return with_error(chunk, OutcomeUnknown("no_results"))
    outcomes = map(_record_outcome, give_way_between(chunk), results)
    return {outcome.token: outcome for outcome in outcomes}


def _record_outcome(write: Write, result: Json) -> WriteOutcome:
    values = result if isinstance(result, dict) else {}
    success = values.get("success")
    if success is True:
        return _written(write, values.get("id"))
    if success is not False:
        return WriteOutcome(write.token, error=OutcomeUnknown("no_verdict"))
    error = in_mid_call(record_error(values.get("errors")))
    return WriteOutcome(write.token, error=error)


def _failed(write: Write, error: ZsfError) -> WriteOutcome:
    """The outcome of a subrequest that failed. If it was halted but depends on no other write, that
    is a refusal: it must not be tried again as a mere consequence."""
    if isinstance(error, Halted) and not write.references:
        error = Rejected("PROCESSING_HALTED", "halted, although it refers to no other record")
    return WriteOutcome(write.token, error=error)


def _written(write: Write, record_id: Json) -> WriteOutcome:
    if write.action == "update":
        return WriteOutcome(write.token, write.ref)
    created_id = long_id(record_id) if isinstance(record_id, str) else None
    if created_id is None:
        return WriteOutcome(write.token, error=OutcomeUnknown("no_record_id"))
    return WriteOutcome(write.token, created_id)
