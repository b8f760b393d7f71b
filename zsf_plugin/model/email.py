"""E-mail addresses as Salesforce takes and stores them (salesforce-api.md §9 traps 57 and 58).

What was certainly meant is cleaned: `mailto:`, a display name, a caption (`E-mail: …`), a remark in
parentheses, quotes, brackets or marks around it, letters in full width. Of several addresses the
first is taken. The grammar is Salesforce's, not that of the RFCs: dots may stand anywhere in the
local part but at its beginning. Letters of other scripts in the local part pass here; some orgs
refuse them.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

_DISPLAY_NAME = re.compile(r'(?:"[^"]*"\s*|[^<>"]*)<([^<>]*)>?')
#: What a sentence, a list or half a pair of brackets leaves before and behind an address.
_BEFORE, _BEHIND = "<([ ,;:", ".,;:!>)]/\\ "
#: What may stand around an address, besides `<>`.
_AROUND = frozenset({("'", "'"), ('"', '"'), ("[", "]"), ("(", ")")})
#: ASCII as East Asian keyboards type it, in full width, and their full stop.
_FULL_WIDTH = {0xFF01 + index: 0x21 + index for index in range(94)} | {0x3002: "."}
_MAILTO = re.compile(r"(?:mailto:(?://)?\s*)+", re.IGNORECASE)
#: A link as Markdown writes it.
_LINK = re.compile(r"\[[^\[\]]*\]\s*\(\s*(mailto:[^()\s]*)\s*\)", re.IGNORECASE)
#: What people write before an address.
_CAPTION = re.compile(
    r"(?:(?:work|business|private|personal|office|company|direct|my)\s+)?"
    r"(?:e-?mail|mail|courriel|correo|e-?post|e|m|work|office|home|private|primary|main)"
    r"(?:[\s-]+(?:address|adresse|adress|work|business|private|office))?"
    r"\s*(?:\([^()@]*\)\s*)?:\s*",
    re.IGNORECASE,
)
#: A remark before or behind an address: in parentheses, with no sign of doubt.
_REMARK = re.compile(r"\s*\(([^()@?]*)\)$|^\(([^()@?]*)\)\s*")
#: Words of a remark after which the address is not certain to be used.
_NOT_USED = """
    old ex former formerly invalid inactive bounce bounces bounced wrong dead left gone not no never
    dont don do unsubscribed disabled expired closed retired outdated obsolete false fake unknown
    unverified maybe alt ungültig ungueltig falsch inaktiv nicht kein ancien
    antiguo vecchio gammal
"""
_DEAD = frozenset(_NOT_USED.split())
_QUOTES = "'\"\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
#: What `mailto:` adds to an address.
_QUERY = re.compile(r"\?[a-z]+=.*", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(r"[^\W\d_]+")
#: What stands between several addresses; the first if each has a caption or a remark.
_BETWEEN_CAPTIONS = re.compile(r"\s*[;,|\r\n]\s*|\s+/\s+")
_BETWEEN = re.compile(
    r"[\s,;|&]+(?:(?:and|or|und|oder|et|ou|och|eller|y|o|e|/)\s+)?|(?<=\w)/(?=\w)"
)
#: A longer text is no list of addresses, and would take long to read.
_MAX_LENGTH = 2000
#: All but the ASCII characters that may not stand there: a set of those that may compiles slowly.
_LOCAL_PART = r"(?!\.)[^\x00- \"(),:;<>@\[\\\]\x7f]{1,64}"
_LABEL = r"(?!-)[^\x00-,./:-@\[-`{-\x7f]{1,63}(?<!-)"
_TOP_LEVEL = r"(?:[Xx][Nn]--[A-Za-z0-9\-]{1,59}|[^\x00-@\[-`{-\x7f]{2,63})(?<!-)"
_ADDRESS = re.compile(rf"{_LOCAL_PART}@(?:{_LABEL}\.)+{_TOP_LEVEL}")
#: The usual way to write an address, which needs no further reading.
PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_+\-][A-Za-z0-9_+.\-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]{2,63}"
)


def email_address(text: str) -> str | None:
    """The address in that text, or the first of several, in lower case; None if Salesforce takes no
    such address.

    `text` is free of invisible marks and of blanks around it.
    """
    found = email_addresses(text)
    return found[0] if found else None


def email_addresses(text: str) -> tuple[str, ...]:
    """The addresses in that text, each once, as `email_address`; empty if it has anything that is
    none."""
    if len(text) > _MAX_LENGTH:
        return ()
    whole = _whole(text)
    if whole or text.count("@") < 2:
        return whole
    for parts in (_with_display_names(text), _BETWEEN_CAPTIONS.split(text), _BETWEEN.split(text)):
        found = [address for part in filter(None, parts) for address in _whole(part) or ("",)]
        if found and all(found):
            return tuple(dict.fromkeys(found))
    return ()


def _whole(text: str) -> tuple[str, ...]:
    """The address that is all of the text, in lower case; empty if there is none."""
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)
    found = _ADDRESS.fullmatch(text)
    if found is None or not _has_only_letters(text):
        text = _cleaned(text)
        found = _ADDRESS.fullmatch(text)
    return (text.lower(),) if found is not None and _has_only_letters(text) else ()


def _with_display_names(text: str) -> list[str]:
    """What the brackets of a list such as `Ann <ann@x.example>, Bo <bo@x.example>` hold; empty if
    an address stands outside of them."""
    inside = re.findall(r"<([^<>]*)>", text)
    return inside if sum(part.count("@") for part in inside) == text.count("@") else []


def _cleaned(text: str) -> str:
    """The text without a caption, remark or display name, without `mailto:` and a query, and
    without what is left of quotes, brackets and sentences."""
    caption = _CAPTION.match(text)
    text = _without_remark(text[caption.end() :] if caption else text).rstrip(".,;: ")
    if (text[:1], text[-1:]) in _AROUND:
        text = text[1:-1].strip()
    named = _DISPLAY_NAME.fullmatch(text) or _LINK.fullmatch(text)
    address = (named.group(1) if named is not None else text).strip().strip(_QUOTES)
    address = address.lstrip(_BEFORE).rstrip(_BEHIND)
    mailto = _MAILTO.match(address)
    if mailto is not None:
        address = unquote(address[mailto.end() :])
    name, at, host = address.partition("@")
    return f"{name}{at}{_QUERY.sub('', host)}".strip().rstrip(_BEHIND)


def _without_remark(text: str) -> str:
    """The text without a remark, unless the remark says that the address is not used."""
    remark = _REMARK.search(text)
    if remark is None:
        return text
    words = _WORDS.findall((remark[1] or remark[2] or "").lower())
    return text if _DEAD.intersection(words) else text[: remark.start()] + text[remark.end() :]


def _has_only_letters(text: str) -> bool:
    """Whether all that is not ASCII are letters, their marks, or digits."""
    return text.isascii() or all(
        char.isascii() or unicodedata.category(char)[0] in "LMN" for char in text
    )
