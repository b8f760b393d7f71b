"""Converts values to columns, and rows to the port's dataclasses. Runs no statement.

A database's text is UTF-8, which has no lone surrogates, and PostgreSQL's no NUL, but hosts send
them: `column` writes such text as JSON after a marker that no other text in a column can start
with, and `text_from_column` reads it. Everything that is neither text nor a number is stored as
JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import starmap
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from zsf_plugin import model, ports

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from zsf_plugin.model import Cause, Link
    from zsf_plugin.ports import Entry, JournalLine

Value: TypeAlias = str | bytes | int | float | None
#: The columns of a row.
Columns: TypeAlias = tuple[Value, ...]


class Row(Protocol):
    """A row: its columns by name or place, and in order."""

    def __getitem__(self, key: int | str, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...


def _fields_of(one: DataclassInstance) -> list[object]:
    """The fields of a dataclass; `dataclasses.astuple` also copies all that is in them."""
    values = []
    for field in fields(one):
        values.append(getattr(one, field.name))
    return values


#: Compact ASCII JSON that preserves every text, lone surrogates included. A dataclass becomes the
#: list of its fields.
encode = json.JSONEncoder(separators=(",", ":"), default=_fields_of).encode

_MARK = "\ufdd0"
_NEEDS_MARK = re.compile(f"\\A{_MARK}|[\0\ud800-\udfff]")


def column(value: object) -> Value:
    """A value for a column: text, numbers, None and bytes as they are; lists, mappings and
    dataclasses as JSON."""
    if isinstance(value, str):
        is_plain = (value.isascii() and "\0" not in value) or not _NEEDS_MARK.search(value)
        return value if is_plain else _MARK + encode(value)
    if value is None or isinstance(value, int | float | bytes):
        return value
    return encode(value)


def text_from_column(content: bytes) -> str:
    """The text that `column` wrote, from a column's bytes. Raises UnicodeDecodeError."""
    text = content.decode()
    return cast(str, json.loads(text[1:])) if text.startswith(_MARK) else text


def column_list(texts: Iterable[str]) -> str:
    """Texts in column form, as a JSON list for `json_each`."""
    return encode(list(map(column, texts)))


#: The fields of a cause with a column, named `cause_` and the field.
CAUSE_FIELDS = ("code", "group", "key", "object", "field", "data", "fingerprint", "detail")
#: The values of those columns of an entry that is not held.
NO_CAUSE: dict[str, object] = dict.fromkeys(CAUSE_FIELDS)
#: The part of an UPDATE that empties those columns.
CLEAR_CAUSE = ", ".join(f"cause_{name} = NULL" for name in CAUSE_FIELDS)

#: No more digits than an SQLite row id can have.
_ENTRY_ID = re.compile("e[1-9][0-9]{0,17}")

#: The public id of an entry's row.
entry_id = "e{}".format


def row_id(entry: str) -> int | None:
    """The row id of `e17`; None for a text that is not an entry's id."""
    return int(entry[1:]) if _ENTRY_ID.fullmatch(entry) else None


def cause_values(cause: Cause) -> dict[str, object]:
    """A cause's column values by field."""
    return {name: getattr(cause, name) for name in CAUSE_FIELDS}


def cause_of(row: Row, *, with_detail: bool = True) -> Cause:
    """The cause in an entry's row; without detail for a group, since the detail is one entry's."""
    return model.Cause(
        code=row["cause_code"],
        object=row["cause_object"],
        field=row["cause_field"],
        data=json.loads(row["cause_data"]),
        fingerprint=row["cause_fingerprint"],
        detail=row["cause_detail"] if with_detail else None,
    )


def entry_from_row(row: Row) -> Entry:
    """The entry in a complete row."""
    payload, reason = json.loads(row["payload"]), row["reason"]
    return ports.Entry(
        id=entry_id(row["id"]),
        event=model.Event(
            row["kind"], row["workspace"], row["event_id"], row["occurred_at"], payload
        ),
        lane=row["lane"],
        state=row["state"],
        received_at=row["received_at"],
        not_before=row["not_before"],
        attempts=row["attempts"],
        sent_at=row["sent_at"],
        sent_at_org=row["sent_at_org"],
        sent_as=tuple(json.loads(row["sent_as"])),
        settled_at=row["settled_at"],
        reason=reason and model.Step(*json.loads(reason)),
        cause=cause_of(row) if row["cause_code"] is not None else None,
        steps=tuple(starmap(model.Step, json.loads(row["steps"]))),
        org_id=row["org_id"],
        arrived=row["id"],
    )


def link_of(row: Row) -> Link:
    """The link in its row."""
    _, _, kind, host_id, object_, record_id, written, *others = row
    return model.Link(kind, host_id, object_, record_id, json.loads(written), *others)


def journal_line_of(row: Row) -> JournalLine:
    """The journal line in its row."""
    return ports.JournalLine(
        entry_id=entry_id(row["entry"]),
        object=row["object"],
        record_id=row["record_id"],
        action=row["action"],
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        at=row["at"],
        org_id=row["org_id"],
        rules=row["rules"],
    )
