"""Finds the answer to a sign-in in a text that a person pasted: the callback URL, whatever is
around it, and however a chat, a mail program or a shell has changed it. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

#: What some terminals put around pasted text.
_PASTE_MARKS = re.compile(r"\x1b\[20[01]~")
#: The fields of a callback, with what may stand in them: quotes, brackets and control characters
#: end a URL. A description may hold an apostrophe.
_FIELDS = {
    name: re.compile(rf"(?:^|[?&#;\s]){name}=({signs})")
    for name, signs in {
        "code": r"[A-Za-z0-9._~%+/=!$*,:@-]*",
        "state": r"[A-Za-z0-9._~%-]*",
        "error": r"[A-Za-z0-9._~%+-]*",
        "error_description": r'[^&#\s"<>]*',
    }.items()
}
#: A sentence may end behind the URL.
_AFTER_URL = ".,:!"
#: A mail program's link may hold the URL encoded, and that be encoded again.
_MAX_ENCODINGS = 3


def answers_in(text: str) -> Iterator[dict[str, str]]:
    """The queries that the text may mean, the most likely first."""
    pasted = _PASTE_MARKS.sub("", text).strip()
    for unwrapped in (pasted, "".join(pasted.split())):
        reading = html.unescape(unwrapped)
        for _ in range(_MAX_ENCODINGS):
            fields = _fields_in(reading)
            if fields:
                yield fields
            reading = unquote(reading)


def _fields_in(text: str) -> dict[str, str]:
    """The first value of each field in the text."""
    found = {name: field.search(text) for name, field in _FIELDS.items()}
    return {
        name: _decoded(name, match[1].rstrip(_AFTER_URL)) for name, match in found.items() if match
    }


def _decoded(name: str, value: str) -> str:
    """The value of a field. A code contains no percent sign: one that is left was encoded twice
    (salesforce-api.md §1.3)."""
    if name != "code":
        return unquote_plus(value)
    for _ in range(_MAX_ENCODINGS):
        value = unquote(value)
    return value
