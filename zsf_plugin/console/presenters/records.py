"""Links into Salesforce: the address of a record, where both the org's address and the id are what
they should be."""

from __future__ import annotations

import re

from zsf_plugin.model.link import Connection
from zsf_plugin.ports.store import Entry

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
