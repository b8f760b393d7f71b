"""Links into Salesforce: made only of an org's own address and an id that is one."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
#: An org's own address, or the loopback of a rehearsal; nothing else is ever made a link of.
_BASE = re.compile(r"https://[a-z0-9.-]+|http://(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?")


def record_url(base: str | None, record_id: str | None) -> str | None:
    """Where the record opens, or None."""
    if base is None or record_id is None or not _ID.fullmatch(record_id):
        return None
    base = base.rstrip("/")
    return f"{base}/{record_id}" if _BASE.fullmatch(base) else None
