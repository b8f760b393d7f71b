"""Records as a page shows them: links into Salesforce, names of fields, values as text. Pure.

Nothing becomes a link but a record's id at an address that an org can have.
"""

from __future__ import annotations

import re

from zsf_plugin.console.labels import clipped
from zsf_plugin.model import Connection, Json, OrgFacts
from zsf_plugin.ports import Entry

#: A value is shown up to so many characters.
_MAX_VALUE_LENGTH = 600
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
#: An org's own address, or the loopback of a rehearsal; nothing else is ever made a link of.
_BASE = re.compile(
    r"https://[a-z0-9.-]+|http://(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?"
)


def record_url(connection: Connection | None, record_id: str | None) -> str | None:
    """Where the record opens, or None."""
    if connection is None or record_id is None or not _ID.fullmatch(record_id):
        return None
    base = connection.instance_url.rstrip("/")
    return f"{base}/{record_id}" if _BASE.fullmatch(base) else None


def field_setup_url(connection: Connection | None, object_: str, field: str) -> str | None:
    """Where an admin of the org edits a field, or None."""
    if (
        connection is None
        or not re.fullmatch(r"[A-Za-z]\w*", object_)
        or not re.fullmatch(r"[A-Za-z]\w*", field)
    ):
        return None
    base = connection.instance_url.rstrip("/")
    path = f"lightning/setup/ObjectManager/{object_}/FieldsAndRelationships/{field}/view"
    return f"{base}/{path}" if _BASE.fullmatch(base) else None


def named_records(entry: Entry, connection: Connection | None) -> tuple[tuple[str, str, str], ...]:
    """(object, id, address) of the records that Salesforce named when it refused."""
    named: list[tuple[str, str, str]] = []
    for step in entry.steps:
        record = step.data.get("record")
        if step.code == "named" and isinstance(record, str):
            url = record_url(connection, record)
            if url is not None:
                named.append((step.object or "Record", record, url))
    return tuple(named)


def label_of(facts: OrgFacts | None, object_: str, name: str) -> str:
    """What people call the field; its API name where nobody knows."""
    describe = facts.describes.get(object_) if facts is not None else None
    field = describe.field(name) if describe is not None else None
    return clipped(field.label) if field is not None and field.label else name


def value_text(value: Json) -> str:
    """A value as people write it, on one line that any page can hold; "" for blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    if isinstance(value, list):
        texts = [value_text(one) for one in value]
        return clipped(", ".join(text for text in texts if text), _MAX_VALUE_LENGTH)
    return clipped(str(value), _MAX_VALUE_LENGTH)
