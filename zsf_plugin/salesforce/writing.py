"""Writing: many records in few calls, one outcome each (salesforce-api.md §3.6, §3.7).

Up to 25 records go as rows of one composite, with references between them. More go as collections, stage by stage, so
that one bad Account cannot take two hundred Contacts along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zsf_plugin.errors import Halted, NotSent, OutcomeUnknown, Rejected, Unavailable, ZsfError
from zsf_plugin.model.changes import Outcome, Reference, Write, WriteValue
from zsf_plugin.model.json import Json
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.salesforce import composites
from zsf_plugin.salesforce.answers import record_error, result_of
from zsf_plugin.salesforce.composites import MOST, MOST_HEAVY, Sub, SubAnswer
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.salesforce.session import Session

_MOST_ROWS = 200
_ORDER = {"Account": 0, "Lead": 1, "Contact": 1, "Task": 2}


class Writer:
    """Writes batches to the connected org."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, writes: Sequence[Write], purpose: Purpose) -> list[Outcome]:
        """One outcome for each write, in order."""
        ordered = sorted(writes, key=lambda write: _ORDER.get(write.object, 1))
        outcomes: dict[str, Outcome] = {}
        if len(ordered) <= MOST:
            self._send(_Rows(ordered), purpose, outcomes)
        else:
            for stage in _stages(ordered):
                self._stage(stage, purpose, outcomes)
        return [outcomes[write.ref] for write in writes]

    def _stage(self, stage: Sequence[Write], purpose: Purpose, outcomes: dict[str, Outcome]) -> None:
        """One stage's collections, five a call, its references filled from earlier stages."""
        ready: list[Write] = []
        for write in stage:
            filled = _filled(write, outcomes)
            if isinstance(filled, ZsfError):
                outcomes[write.ref] = Outcome(write.ref, error=filled)
            else:
                ready.append(filled)
        chunks = _chunks(ready)
        for start in range(0, len(chunks), MOST_HEAVY):
            self._send(_Collections(chunks[start : start + MOST_HEAVY]), purpose, outcomes)

    def _send(self, parcel: _Rows | _Collections, purpose: Purpose, outcomes: dict[str, Outcome]) -> None:
        """One call. Once one failed as a whole, the rest is not sent: it would meet the same."""
        stopped = next((o.error for o in outcomes.values() if _stops(o.error)), None)
        if stopped is not None:
            error = stopped if not isinstance(stopped, OutcomeUnknown) else NotSent("an earlier part got no answer")
            outcomes.update({write.ref: Outcome(write.ref, error=error) for write in parcel.writes})
            return
        version = self._session.connection().api_version
        subs = parcel.subs(version)
        if not subs:
            return
        try:
            body = composites.request(subs, version)
            answer = self._session.call("POST", "/composite", purpose, body=body, writes=True)
            found = _answers(result_of(answer, writes=True), subs)
        except ZsfError as error:
            outcomes.update({write.ref: Outcome(write.ref, error=error) for write in parcel.writes})
            return
        outcomes.update(parcel.outcomes(found))


class _Rows:
    """Writes as subrequests of their own, references between them left to Salesforce."""

    def __init__(self, writes: Sequence[Write]) -> None:
        self.writes = writes
        self._names = {write.ref: f"w{number}" for number, write in enumerate(writes)}

    def subs(self, _: str) -> list[Sub]:
        """A subrequest for each write."""
        return [self._sub(write) for write in self.writes]

    def outcomes(self, found: Mapping[str, SubAnswer]) -> dict[str, Outcome]:
        """What each subrequest's answer says."""
        return {write.ref: _row_outcome(write, found[self._names[write.ref]]) for write in self.writes}

    def _sub(self, write: Write) -> Sub:
        path = f"/sobjects/{write.object}" + (f"/{write.ref}" if write.action == "update" else "")
        method = "POST" if write.action == "create" else "PATCH"
        body = {name: self._value(value) for name, value in write.values.items()}
        return Sub(self._names[write.ref], method, path, body, _headers(write))

    def _value(self, value: WriteValue) -> Json:
        return f"@{{{self._names[value.ref]}.id}}" if isinstance(value, Reference) else value


class _Collections:
    """Chunks of writes of one object and action, each a collection."""

    def __init__(self, chunks: Sequence[Sequence[Write]]) -> None:
        self.writes = [write for chunk in chunks for write in chunk]
        self._chunks = {f"c{number}": chunk for number, chunk in enumerate(chunks)}

    def subs(self, _: str) -> list[Sub]:
        """A subrequest for each chunk."""
        return [
            Sub(
                name,
                "POST" if chunk[0].action == "create" else "PATCH",
                "/composite/sobjects",
                {"allOrNone": False, "records": [_record(write) for write in chunk]},
                _headers(chunk[0]),
            )
            for name, chunk in self._chunks.items()
        ]

    def outcomes(self, found: Mapping[str, SubAnswer]) -> dict[str, Outcome]:
        """Results by their place in each collection, whose length must agree."""
        outcomes: dict[str, Outcome] = {}
        for name, chunk in self._chunks.items():
            outcomes |= _chunk_outcomes(chunk, found[name])
        return outcomes


def _chunk_outcomes(chunk: Sequence[Write], answer: SubAnswer) -> dict[str, Outcome]:
    try:
        results = answer.result(writes=True)
    except ZsfError as error:
        return {write.ref: Outcome(write.ref, error=error) for write in chunk}
    if not isinstance(results, list) or len(results) != len(chunk):
        lost = OutcomeUnknown("a collection's answer has not one result for each record")
        return {write.ref: Outcome(write.ref, error=lost) for write in chunk}
    return {write.ref: _record_outcome(write, result) for write, result in zip(chunk, results, strict=True)}


def _record_outcome(write: Write, result: Json) -> Outcome:
    table = result if isinstance(result, dict) else {}
    if table.get("success") is True:
        return _written(write, table.get("id"))
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


def _answers(body: Json, subs: Sequence[Sub]) -> dict[str, SubAnswer]:
    try:
        return composites.answers(body, subs, writes=True)
    except Unavailable as error:
        raise OutcomeUnknown("the answer to a write lacks a part") from error


def _filled(write: Write, outcomes: Mapping[str, Outcome]) -> Write | ZsfError:
    """The write with references put in; Halted where what it refers to was not written."""
    values: dict[str, WriteValue] = {}
    for name, value in write.values.items():
        if isinstance(value, Reference):
            known = outcomes.get(value.ref)
            if known is None or known.record_id is None:
                return Halted("a record it belongs to was not written")
            values[name] = known.record_id
        else:
            values[name] = value
    return replace(write, values=values)


def _stages(writes: Sequence[Write]) -> list[list[Write]]:
    """Accounts, then people, then Tasks; a stage whose writes need none of another goes along with it."""
    stages: list[list[Write]] = []
    for write in writes:
        needs = {value.ref for value in write.values.values() if isinstance(value, Reference)}
        if not stages or any(other.ref in needs for other in stages[-1]):
            stages.append([])
        stages[-1].append(write)
    return stages


def _chunks(writes: Sequence[Write]) -> list[list[Write]]:
    """At most 200 writes each, of one object, action and assignment policy."""
    groups: dict[tuple[str, str, bool], list[Write]] = {}
    for write in writes:
        groups.setdefault((write.object, write.action, write.assignment_rules), []).append(write)
    return [group[at : at + _MOST_ROWS] for group in groups.values() for at in range(0, len(group), _MOST_ROWS)]


def _record(write: Write) -> dict[str, Json]:
    values = {name: value for name, value in write.values.items() if not isinstance(value, Reference)}
    key: dict[str, Json] = {"id": write.ref} if write.action == "update" else {}
    return {"attributes": {"type": write.object}, **key, **values}


def _headers(write: Write) -> dict[str, str]:
    """Absent means TRUE: assignment rules would change owners (§9 trap 1). Outer headers do not reach in here."""
    return {"Sforce-Auto-Assign": "TRUE" if write.assignment_rules else "FALSE"}


def _stops(error: ZsfError | None) -> bool:
    """Whether an error is about the whole call, so that a further one would meet it too."""
    return error is not None and not isinstance(error, (Halted, Rejected)) and not _is_record_level(error)


def _is_record_level(error: ZsfError) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, NotSent) and "LOCK" in error.reason
