"""E-mail addresses as Salesforce takes and stores them (salesforce-api.md §9 traps 57 and 58).

What was certainly meant is cleaned: `mailto:`, a display name, quotes or brackets around it,
letters in full width. The grammar is Salesforce's, not that of the RFCs: dots may stand anywhere in
the local part but at its beginning. Letters of other scripts in the local part pass here; some orgs
refuse them.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

_DISPLAY_NAME = re.compile(r'(?:"[^"]*"\s*|[^<>"]*)<([^<>]*)>')
#: What a sentence or a list leaves behind an address.
_ENDS = ".,; "
#: What may stand around an address, besides `<>`.
_AROUND = frozenset({("'", "'"), ('"', '"'), ("[", "]"), ("(", ")")})
#: ASCII as East Asian keyboards type it, in full width, and their full stop.
_FULL_WIDTH = {0xFF01 + index: 0x21 + index for index in range(94)} | {0x3002: "."}
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_LOCAL_PART = r"(?!\.)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]{1,64}"
_LABEL = r"(?!-)[A-Za-z0-9\-\u0080-\U0010ffff]{1,63}(?<!-)"
_TOP_LEVEL = r"(?:xn--[a-z0-9\-]{1,59}|[A-Za-z\u0080-\U0010ffff]{2,63})(?<!-)"
_ADDRESS = re.compile(rf"{_LOCAL_PART}@(?:{_LABEL}\.)+{_TOP_LEVEL}", re.IGNORECASE)


def email_address(text: str) -> str | None:
    """The one address in that text, in lower case; None if Salesforce takes no such address.

    `text` is free of invisible marks and of blanks around it.
    """
    text = text.translate(_FULL_WIDTH)
    found = _ADDRESS.fullmatch(text) or _ADDRESS.fullmatch(_cleaned(text))
    if found is None:
        return None
    address = found.group()
    return address.lower() if address.isascii() or _has_only_letters(address) else None


def _cleaned(text: str) -> str:
    """The text without a display name, `mailto:` with its query, and a comma or stop at its end."""
    text = text.rstrip(_ENDS)
    if (text[:1], text[-1:]) in _AROUND:
        text = text[1:-1].strip()
    named = _DISPLAY_NAME.fullmatch(text)
    address = (named.group(1) if named is not None else text).strip().rstrip(_ENDS)
    if _MAILTO.match(address):
        address = unquote(address[len("mailto:") :].partition("?")[0])
    return address.strip()


def _has_only_letters(address: str) -> bool:
    """Whether all that is not ASCII are letters, their marks, or digits."""
    return all(char.isascii() or unicodedata.category(char)[0] in "LMN" for char in address)
