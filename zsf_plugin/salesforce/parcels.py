"""Parcels of writes: what one composite carries, and what its answer says of each write. Pure;
sends nothing.

`Rows` are subrequests of their own with references between them (salesforce-api.md §3.6);
`Collections` are up to 200 records a subrequest, whose references were filled in before (§3.7).
`Apart` is one collection outside of any composite, for texts that a composite would take for a
reference. Outcomes are named by the writes' tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from zsf_plugin.errors import Halted, OutcomeUnknown, Rejected, ZsfError
from zsf_plugin.model.changes import Outcome, Reference, Write, WriteValue
from zsf_plugin.model.json import Json
from zsf_plugin.salesforce import addresses
from zsf_plugin.salesforce.answers import record_error
from zsf_plugin.salesforce.composites import MOST, MOST_HEAVY, Sub, SubAnswer
from zsf_plugin.salesforce.ids import long_id

_MOST_ROWS = 200
#: A collection of no more records is not parted again: as rows, each is saved and judged by itself.
_FEW = 40
#: Refusals by the customer's own code, which may work for one record and fail for two hundred
#: (§2.3).
_CROWDED = frozenset(
    {
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "APEX_ERROR",
        "LIMIT_EXCEEDED",
    }
)
#: Characters of a collection's texts, so that five of them stay below a request's 50 MB however
#: they are encoded.
_MOST_TEXT = 2_500_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an answer said: an outcome a write by its token, and the collections to be tried in
    smaller parts: refused as a whole, no record seen (no outcome yet), or failed for what so many
    records at once set off in the org (§2.3; the outcome stands unless a smaller part brings
    another)."""

    outcomes: Mapping[str, Outcome]
    refused: Sequence[Parcel] = ()


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

    def smaller(self) -> Sequence[Parcel]:
        """The same writes in smaller parcels, to find the bad ones by; of a parcel with more than
        one write."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """At most 25 writes as subrequests of their own, references between them left to Salesforce."""

    writes: Sequence[Write]

    def subs(self) -> list[Sub]:
        """A subrequest for each write."""
        names = {write.token: f"w{number}" for number, write in enumerate(self.writes)}
        return [_row(write, names) for write in self.writes]

    def unpacked(self, found: Mapping[str, SubAnswer]) -> Unpacked:
        """Each write has an answer of its own, so none is refused in company."""
        answers = ((write, found[f"w{number}"]) for number, write in enumerate(self.writes))
        return Unpacked({write.token: _row_outcome(write, answer) for write, answer in answers})

    def smaller(self) -> Sequence[Parcel]:
        """Two halves; what the second refers to may be made by the first."""
        middle = (len(self.writes) + 1) // 2
        return Rows(self.writes[:middle]), Rows(self.writes[middle:])


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
        refused: list[Parcel] = []
        for number, chunk in enumerate(self.chunks):
            try:
                results = found[f"c{number}"].result(writes=True)
            except Rejected:
                refused.append(Collections([chunk]))
            except ZsfError as error:
                outcomes |= failed(chunk, error)
            else:
                told = _chunk_outcomes(chunk, results)
                crowded = [
                    write
                    for write in chunk
                    if len(chunk) > 1 and _is_crowded(told[write.token].error)
                ]
                refused += [Collections([crowded])] if crowded else []
                outcomes |= told
        return Unpacked(outcomes, refused)

    def smaller(self) -> Sequence[Parcel]:
        """Chunk by chunk; a lone chunk in five, still one call, while it is large, and then each
        record by itself."""
        if len(self.chunks) > 1:
            return [Collections([chunk]) for chunk in self.chunks]
        (chunk,) = self.chunks
        if len(chunk) <= _FEW:
            return list(rows(chunk))
        size = -(-len(chunk) // MOST_HEAVY)
        return [Collections([chunk[start : start + size] for start in range(0, len(chunk), size)])]


@dataclass(frozen=True, slots=True)
class Apart:
    """One chunk of writes of one object, action and policies, as a request of its own."""

    writes: Sequence[Write]

    def subs(self) -> list[Sub]:
        """The one request; its headers count for the whole of it, outside of a composite."""
        return Collections([self.writes]).subs()

    def unpacked(self, found: Mapping[str, SubAnswer]) -> Unpacked:
        """As a collection's."""
        told = Collections([self.writes]).unpacked(found)
        return Unpacked(told.outcomes, [Apart(one.writes) for one in told.refused])

    def smaller(self) -> Sequence[Parcel]:
        """Two halves."""
        middle = (len(self.writes) + 1) // 2
        return [Apart(part) for part in (self.writes[:middle], self.writes[middle:]) if part]


def rows(writes: Sequence[Write]) -> Iterator[Rows]:
    """Parcels of rows, 25 each."""
    for start in range(0, len(writes), MOST):
        yield Rows(writes[start : start + MOST])


def collections(writes: Sequence[Write]) -> Iterator[Collections]:
    """Parcels of collections, five each: a thousand records of one kind fit one."""
    chunks = list(_alike(writes))
    for start in range(0, len(chunks), MOST_HEAVY):
        yield Collections(chunks[start : start + MOST_HEAVY])


def apart(writes: Sequence[Write]) -> Iterator[Apart]:
    """Requests of 200 writes of one kind."""
    return (Apart(chunk) for chunk in _alike(writes))


def misread(write: Write) -> bool:
    """Whether a composite would take a text of the write for a reference to another subrequest
    (`@{…}`, §3.6): it would put something else in its place, or halt. Nothing escapes it there."""
    return any(isinstance(value, str) and "@{" in value for value in write.values.values())


def failed(writes: Sequence[Write], error: ZsfError) -> dict[str, Outcome]:
    """The same error for each of them."""
    return {write.token: Outcome(write.token, error=error) for write in writes}


def filled(
    write: Write, outcomes: Mapping[str, Outcome], made: Collection[str] = ()
) -> Write | Halted:
    """The write with the ids of what it refers to put in; references to records in `made`, which
    are created along with it, stay. Halted where a record that it needs was not written."""
    ids = {
        ref: outcome.record_id
        for ref in write.references
        if ref not in made and (outcome := outcomes.get(ref))
    }
    if any(ids.get(ref) is None for ref in write.references.difference(made)):
        return Halted("a record it belongs to was not written")
    values: dict[str, WriteValue] = {
        name: ids[value.ref] if isinstance(value, Reference) and value.ref in ids else value
        for name, value in write.values.items()
    }
    return replace(write, name=write.token, ref=ids.get(write.ref) or write.ref, values=values)


def _alike(writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    """Chunks of one object, action and policies."""
    groups: dict[tuple[object, ...], list[Write]] = {}
    for write in writes:
        groups.setdefault((write.object, write.action, *_headers(write).items()), []).append(write)
    return (chunk for group in groups.values() for chunk in _chunks(group))


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


def _is_crowded(error: ZsfError | None) -> bool:
    """Whether a save failed in the customer's own code, which may work for one record and fail for
    200 (§2.3)."""
    return isinstance(error, Rejected) and error.code in _CROWDED


def _row(write: Write, names: Mapping[str, str]) -> Sub:
    creates = write.action == "create"
    path = addresses.records(write.object) if creates else _record_of(write, names)
    body: dict[str, Json] = {
        name: f"@{{{names[value.ref]}.id}}" if isinstance(value, Reference) else value
        for name, value in write.values.items()
    }
    return Sub(names[write.token], "POST" if creates else "PATCH", path, body, _headers(write))


def _record_of(write: Write, names: Mapping[str, str]) -> str:
    """An update's path: the id of a record that this composite makes is put in by Salesforce."""
    if not write.ref.startswith("new:"):
        return addresses.record(write.object, write.ref)
    return addresses.records(write.object) + f"/@{{{names[write.ref]}.id}}"


def _collection(name: str, chunk: Sequence[Write]) -> Sub:
    body: Json = {"allOrNone": False, "records": [_record(write) for write in chunk]}
    method = "POST" if chunk[0].action == "create" else "PATCH"
    return Sub(name, method, addresses.COLLECTIONS, body, _headers(chunk[0]))


def _record(write: Write) -> dict[str, Json]:
    values = {
        name: value for name, value in write.values.items() if not isinstance(value, Reference)
    }
    key: dict[str, Json] = {"id": write.ref} if write.action == "update" else {}
    return {"attributes": {"type": write.object}, **key, **values}


def _headers(write: Write) -> dict[str, str]:
    """Absent means TRUE: assignment rules would change owners (§9 trap 1). Outer headers do not
    reach in here.

    An alerting duplicate rule is overridden only where a rule file says so (§7); one that blocks
    never is.
    """
    assign = {"Sforce-Auto-Assign": "TRUE" if write.assignment_rules else "FALSE"}
    return assign | (
        {"Sforce-Duplicate-Rule-Header": "allowSave=true"} if write.save_alerted else {}
    )


def _chunk_outcomes(chunk: Sequence[Write], results: Json) -> dict[str, Outcome]:
    if not isinstance(results, list) or len(results) != len(chunk):
        return failed(
            chunk, OutcomeUnknown("a collection's answer has not one result for each record")
        )
    return {
        write.token: _record_outcome(write, result)
        for write, result in zip(chunk, results, strict=True)
    }


def _record_outcome(write: Write, result: Json) -> Outcome:
    table = result if isinstance(result, dict) else {}
    if table.get("success") is True:
        return _written(write, table.get("id"))
    if table.get("success") is not False:
        return Outcome(write.token, error=OutcomeUnknown("a result that says neither yes nor no"))
    return Outcome(write.token, error=record_error(table.get("errors")))


def _row_outcome(write: Write, answer: SubAnswer) -> Outcome:
    try:
        body = answer.result(writes=True)
    except Halted as error:
        # One that needs no other is no consequence: it must not be tried again as if it were.
        alone = Rejected("PROCESSING_HALTED", "halted, though it refers to no other record")
        return Outcome(write.token, error=error if write.references else alone)
    except ZsfError as error:
        return Outcome(write.token, error=error)
    return _written(write, body.get("id") if isinstance(body, dict) else None)


def _written(write: Write, record_id: Json) -> Outcome:
    if write.action == "update":
        return Outcome(write.token, write.ref)
    whole = long_id(record_id) if isinstance(record_id, str) else None
    if whole is None:
        return Outcome(write.token, error=OutcomeUnknown("created, and the answer names no id"))
    return Outcome(write.token, whole)
