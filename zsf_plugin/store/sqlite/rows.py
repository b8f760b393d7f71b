"""Rows of the SQLite engine to the port's dataclasses and back. Runs no statement.

SQLite's text is UTF-8, which has no lone surrogates, and hosts send them: `stored` writes such text
as JSON behind a marker that no other stored text can start with.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import starmap
from typing import cast, overload

from zsf_plugin.model import Cause, Connection, Event, Json, JsonObject, Link, Reason, Step
from zsf_plugin.ports import Entry, Fact, HistoryLine, JournalLine, Pause

CAUSE_COLUMNS = (
    "cause_code, cause_group, cause_key, cause_object, cause_field, cause_data, "
    "cause_fingerprint, cause_detail"
)
_MARK = "\ufdd0"
#: No more digits than a row id of SQLite can have.
_ENTRY_ID = re.compile("e[1-9][0-9]{0,17}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: object) -> str:
    """JSON in as few ASCII bytes as it takes; every text survives, lone surrogates too."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


@overload
def stored(text: str) -> str: ...
@overload
def stored(text: None) -> None: ...
@overload
def stored(text: str | None) -> str | None: ...
def stored(text: str | None) -> str | None:
    """A text as a column holds it; None stays None."""
    if text is None or text.isascii():
        return text
    if text.startswith(_MARK) or _SURROGATE.search(text):
        return _MARK + encode(text)
    return text


@overload
def loaded(text: str) -> str: ...
@overload
def loaded(text: None) -> None: ...
@overload
def loaded(text: str | None) -> str | None: ...
def loaded(text: str | None) -> str | None:
    """The text that `stored` wrote; None stays None."""
    if text is None or not text.startswith(_MARK):
        return text
    return cast(str, json.loads(text[1:]))


def stored_list(texts: Iterable[str]) -> str:
    """Texts as columns hold them, as a JSON list for `json_each`."""
    return encode(list(map(stored, texts)))


def entry_id(row: int) -> str:
    """The id of an entry, as the outside knows it."""
    return f"e{row}"


def row_id(entry: str) -> int | None:
    """The row of `e17`; None for what is no entry's id."""
    return int(entry[1:]) if _ENTRY_ID.fullmatch(entry) else None


def row_ids(entries: Collection[str]) -> str:
    """The rows of those ids as a JSON list, for `json_each`."""
    rows = []
    for entry in entries:
        row = row_id(entry)
        if row is not None:
            rows.append(row)
    return encode(rows)


def cause_values(cause: Cause | None) -> tuple[str | None, ...]:
    """The values of `CAUSE_COLUMNS`."""
    if cause is None:
        return (None,) * 8
    return (
        stored(cause.code),
        stored(cause.group),
        stored(cause.key),
        stored(cause.object),
        stored(cause.field),
        encode(cause.data),
        stored(cause.fingerprint),
        stored(cause.detail),
    )


def cause_of(row: sqlite3.Row, *, with_detail: bool = True) -> Cause:
    """The cause of an entry's row; a group's has no detail, which is one entry's."""
    return Cause(
        code=loaded(row["cause_code"]),
        object=loaded(row["cause_object"]),
        field=loaded(row["cause_field"]),
        data=document_of(row["cause_data"]),
        fingerprint=loaded(row["cause_fingerprint"]),
        detail=loaded(row["cause_detail"]) if with_detail else None,
    )


def steps_text(steps: Sequence[Step]) -> str:
    """Steps as JSON."""
    values = []
    for step in steps:
        values.append([step.code, step.object, step.field, step.data])
    return encode(values)


def reason_json(reason: Step | None) -> str | None:
    """The step that is an entry's reason, as JSON."""
    if reason is None:
        return None
    return encode([reason.code, reason.object, reason.field, reason.data])


def reason_of(text: str | None) -> Step | None:
    """The step that `reason_json` wrote."""
    return None if text is None else Step(*json.loads(text))


def entry_of(row: sqlite3.Row) -> Entry:
    """An entry of a whole row."""
    return Entry(
        id=entry_id(row["id"]),
        event=_event_of(row),
        lane=loaded(row["lane"]),
        state=row["state"],
        received_at=row["received_at"],
        not_before=row["not_before"],
        attempts=row["attempts"],
        sent_at=row["sent_at"],
        sent_as=tuple(json.loads(row["sent_as"])),
        settled_at=row["settled_at"],
        reason=reason_of(row["reason"]),
        cause=cause_of(row) if row["cause_code"] is not None else None,
        steps=tuple(starmap(Step, json.loads(row["steps"]))),
    )


def _event_of(row: sqlite3.Row) -> Event:
    return Event(
        kind=row["kind"],
        workspace=loaded(row["workspace"]),
        event_id=loaded(row["event_id"]),
        occurred_at=loaded(row["occurred_at"]),
        payload=document_of(row["payload"]),
    )


def document_of(text: str) -> JsonObject:
    """A JSON object's text as the object."""
    return cast(JsonObject, json.loads(text))


def link_of(row: sqlite3.Row) -> Link:
    """A link of its row."""
    return Link(
        kind=row["kind"],
        host_id=loaded(row["host_id"]),
        object=loaded(row["object"]),
        record_id=loaded(row["record_id"]),
        written=document_of(row["written"]),
        plan_digest=loaded(row["plan_digest"]),
    )


def journal_line_of(row: sqlite3.Row) -> JournalLine:
    """A journal line of its row."""
    return JournalLine(
        entry_id=entry_id(row["entry"]),
        object=loaded(row["object"]),
        record_id=loaded(row["record_id"]),
        action=row["action"],
        before=document_of(row["before"]),
        after=document_of(row["after"]),
        at=row["at"],
    )


def connection_of(row: sqlite3.Row) -> Connection:
    """A connection of its row."""
    return Connection(
        workspace=loaded(row["workspace"]),
        org_id=loaded(row["org_id"]),
        user_id=loaded(row["user_id"]),
        username=loaded(row["username"]),
        environment=row["environment"],
        login_url=loaded(row["login_url"]),
        instance_url=loaded(row["instance_url"]),
        client_id=loaded(row["client_id"]),
        is_sandbox=bool(row["is_sandbox"]),
        api_version=loaded(row["api_version"]),
        connected_at=row["connected_at"],
        state=row["state"],
        reason=None if row["reason"] is None else Reason(*json.loads(row["reason"])),
        org_name=loaded(row["org_name"]),
        connected_by=loaded(row["connected_by"]),
    )


def pause_of(row: sqlite3.Row) -> Pause:
    """A pause of its row."""
    return Pause(loaded(row["code"]), loaded(row["reason"]), row["since"], row["until"])


def history_line_of(row: sqlite3.Row) -> HistoryLine:
    """A line of the history of its row."""
    return HistoryLine(
        row["at"], loaded(row["code"]), loaded(row["by"]), document_of(row["detail"])
    )


def fact_of(row: sqlite3.Row) -> Fact:
    """A cached answer of its row."""
    return Fact(
        cast(Json, json.loads(row["body"])), row["fetched_at"], loaded(row["last_modified"])
    )
