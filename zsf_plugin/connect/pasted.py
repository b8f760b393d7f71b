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
    """The queries that the text may mean, the most likely first: those of an address that a line
    break tears last, since a part of it may be missing."""
    readings = [html.unescape(_PASTE_MARKS.sub("", text).strip())]
    torn: list[dict[str, str]] = []
    for _ in range(_MAX_ENCODINGS):
        # a line break may be encoded, too, and may stand within what is encoded
        readings = list(dict.fromkeys(readings + ["".join(one.split()) for one in readings]))
        for reading in readings:
            found = _fields_in(reading)
            if found and _is_torn(reading, found):
                torn.append(_values_of(found))
            elif found:
                yield _values_of(found)
        readings = list(map(unquote, readings))
    yield from torn


def _fields_in(text: str) -> dict[str, re.Match[str]]:
    """The first place of each field in the text."""
    found = {name: field.search(text) for name, field in _FIELDS.items()}
    return {name: match for name, match in found.items() if match is not None}


def _is_torn(text: str, found: dict[str, re.Match[str]]) -> bool:
    """Whether the fields are not in one piece."""
    starts = [match.start(1) for match in found.values()]
    return re.search(r"\s", text[min(starts) : max(starts)]) is not None


def _values_of(found: dict[str, re.Match[str]]) -> dict[str, str]:
    return {name: _decoded(name, match[1].rstrip(_AFTER_URL)) for name, match in found.items()}


def _decoded(name: str, value: str) -> str:
    """The value of a field. A code contains no percent sign: one that is left was encoded twice
    (salesforce-api.md §1.3)."""
    if name != "code":
        return unquote_plus(value)
    for _ in range(_MAX_ENCODINGS):
        value = unquote(value)
    return value
