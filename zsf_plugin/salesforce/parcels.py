"""Parcels of writes: what one composite carries, and what its answer says of each write. Pure; sends nothing.

`Rows` are subrequests of their own with references between them (salesforce-api.md §3.6); `Collections` are up to 200
records a subrequest, whose references were filled in before (§3.7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from zsf_plugin.errors import Halted, OutcomeUnknown, Rejected, ZsfError
from zsf_plugin.model.changes import Outcome, Reference, Write, WriteValue
from zsf_plugin.model.json import Json
from zsf_plugin.salesforce import soql
from zsf_plugin.salesforce.answers import record_error
from zsf_plugin.salesforce.composites import MOST, MOST_HEAVY, Sub, SubAnswer
from zsf_plugin.salesforce.ids import long_id

_MOST_ROWS = 200
#: Characters of a collection's texts, so that five of them stay below a request's 50 MB however they are encoded.
_MOST_TEXT = 2_500_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an answer said: an outcome a write by its ref, and the collections refused as a whole, record unseen."""

    outcomes: Mapping[str, Outcome]
    refused: Sequence[Sequence[Write]] = ()


class Parcel(Protocol):
    """Writes that go in one call."""

    @property
    def writes(self) -> Sequence[Write]:
        """The writes, each once."""
        ...

    def subs(self) -> list[Sub]:
        """The subrequests that carry them."""
        ...

    def unpacked(self, found: Mapping[str, SubAnswer]) -> Unpacked:
        """What the subrequests' answers say."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """At most 25 writes as subrequests of their own, references between them left to Salesforce."""

    writes: Sequence[Write]

    def subs(self) -> list[Sub]:
        """A subrequest for each write."""
        names = {write.ref: f"w{number}" for number, write in enumerate(self.writes)}
        return [_row(write, names) for write in self.writes]

    def unpacked(self, found: Mapping[str, SubAnswer]) -> Unpacked:
        """Each write has an answer of its own, so none is refused in company."""
        answers = ((write, found[f"w{number}"]) for number, write in enumerate(self.writes))
        return Unpacked({write.ref: _row_outcome(write, answer) for write, answer in answers})


@dataclass(frozen=True, slots=True)
class Collections:
    """Up to five chunks of writes, each of one object, action and policies, each a collection."""

    chunks: Sequence[Sequence[Write]]

    @property
    def writes(self) -> Sequence[Write]:
        """The writes of all chunks."""
        return [write for chunk in self.chunks for write in chunk]

    def subs(self) -> list[Sub]:
        """A subrequest for each chunk."""
        return [_collection(f"c{number}", chunk) for number, chunk in enumerate(self.chunks)]

    def unpacked(self, found: Mapping[str, SubAnswer]) -> Unpacked:
        """Results by their place in each collection, whose length must agree."""
        outcomes: dict[str, Outcome] = {}
        refused: list[Sequence[Write]] = []
        for number, chunk in enumerate(self.chunks):
            try:
                results = found[f"c{number}"].result(writes=True)
            except Rejected:
                refused.append(chunk)
            except ZsfError as error:
                outcomes |= failed(chunk, error)
            else:
                outcomes |= _chunk_outcomes(chunk, results)
        return Unpacked(outcomes, refused)


def rows(writes: Sequence[Write]) -> Iterator[Rows]:
    """Parcels of rows, 25 each."""
    for start in range(0, len(writes), MOST):
        yield Rows(writes[start : start + MOST])


def collections(writes: Sequence[Write]) -> Iterator[Collections]:
    """Parcels of collections, five each: a thousand records of one kind fit one."""
    groups: dict[tuple[object, ...], list[Write]] = {}
    for write in writes:
        groups.setdefault((write.object, write.action, *_headers(write).items()), []).append(write)
    chunks = [chunk for group in groups.values() for chunk in _chunks(group)]
    for start in range(0, len(chunks), MOST_HEAVY):
        yield Collections(chunks[start : start + MOST_HEAVY])


def failed(writes: Sequence[Write], error: ZsfError) -> dict[str, Outcome]:
    """The same error for each of them."""
    return {write.ref: Outcome(write.ref, error=error) for write in writes}


def filled(write: Write, outcomes: Mapping[str, Outcome]) -> Write | Halted:
    """The write with the ids of what it refers to put in; Halted where one of those was not written."""
    values: dict[str, WriteValue] = {}
    for name, value in write.values.items():
        known = outcomes.get(value.ref) if isinstance(value, Reference) else None
        if isinstance(value, Reference) and (known is None or known.record_id is None):
            return Halted("a record it belongs to was not written")
        values[name] = value if known is None else known.record_id
    return replace(write, values=values)


def references(write: Write) -> set[str]:
    """The refs of the writes this one needs."""
    return {value.ref for value in write.values.values() if isinstance(value, Reference)}


def _chunks(writes: Sequence[Write]) -> Iterator[list[Write]]:
    chunk: list[Write] = []
    text = 0
    for write in writes:
        size = sum(len(value) for value in write.values.values() if isinstance(value, str))
        if chunk and (len(chunk) == _MOST_ROWS or text + size > _MOST_TEXT):
            yield chunk
            chunk, text = [], 0
        chunk.append(write)
        text += size
    if chunk:
        yield chunk


def _row(write: Write, names: Mapping[str, str]) -> Sub:
    creates = write.action == "create"
    path = f"/sobjects/{write.object}" + ("" if creates else f"/{soql.encoded(write.ref)}")
    body: dict[str, Json] = {
        name: f"@{{{names[value.ref]}.id}}" if isinstance(value, Reference) else value
        for name, value in write.values.items()
    }
    return Sub(names[write.ref], "POST" if creates else "PATCH", path, body, _headers(write))


def _collection(name: str, chunk: Sequence[Write]) -> Sub:
    body: Json = {"allOrNone": False, "records": [_record(write) for write in chunk]}
    method = "POST" if chunk[0].action == "create" else "PATCH"
    return Sub(name, method, "/composite/sobjects", body, _headers(chunk[0]))


def _record(write: Write) -> dict[str, Json]:
    values = {name: value for name, value in write.values.items() if not isinstance(value, Reference)}
    key: dict[str, Json] = {"id": write.ref} if write.action == "update" else {}
    return {"attributes": {"type": write.object}, **key, **values}


def _headers(write: Write) -> dict[str, str]:
    """Absent means TRUE: assignment rules would change owners (§9 trap 1). Outer headers do not reach in here.

    An alerting duplicate rule is overridden only where a rule file says so (§7); one that blocks never is.
    """
    assign = {"Sforce-Auto-Assign": "TRUE" if write.assignment_rules else "FALSE"}
    return assign | ({"Sforce-Duplicate-Rule-Header": "allowSave=true"} if write.save_alerted else {})


def _chunk_outcomes(chunk: Sequence[Write], results: Json) -> dict[str, Outcome]:
    if not isinstance(results, list) or len(results) != len(chunk):
        return failed(chunk, OutcomeUnknown("a collection's answer has not one result for each record"))
    return {write.ref: _record_outcome(write, result) for write, result in zip(chunk, results, strict=True)}


def _record_outcome(write: Write, result: Json) -> Outcome:
    table = result if isinstance(result, dict) else {}
    if table.get("success") is True:
        return _written(write, table.get("id"))
    if table.get("success") is not False:
        return Outcome(write.ref, error=OutcomeUnknown("a result that says neither yes nor no"))
    return Outcome(write.ref, error=record_error(table.get("errors")))


def _row_outcome(write: Write, answer: SubAnswer) -> Outcome:
    try:
        body = answer.result(writes=True)
    except ZsfError as error:
        return Outcome(write.ref, error=error)
    return _written(write, body.get("id") if isinstance(body, dict) else None)


def _written(write: Write, record_id: Json) -> Outcome:
    if write.action == "update":
        return Outcome(write.ref, write.ref)
    whole = long_id(record_id) if isinstance(record_id, str) else None
    if whole is None:
        return Outcome(write.ref, error=OutcomeUnknown("created, and the answer names no id"))
    return Outcome(write.ref, whole)
