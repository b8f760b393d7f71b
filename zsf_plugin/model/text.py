"""Text as an org stores it and as match keys compare it.

Everything written, queried or compared passes through here, so that all three treat the same text
the same way (salesforce-api.md §6, §9 traps 49 and 57). Two values match if their normal forms are
equal. A value without a normal form matches nothing: it is empty, malformed, or a web domain that
many share.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from urllib.parse import unquote

from zsf_plugin.model.email import PLAIN_ADDRESS as PLAIN_ADDRESS
from zsf_plugin.model.email import email_address
from zsf_plugin.model.email import email_addresses as email_addresses
from zsf_plugin.model.hosts import HAS_FORMS, ascii_form, company_host, host_forms
from zsf_plugin.model.json import Json
from zsf_plugin.model.rules import Compare

#: Control characters that no field can store: all except tab and line breaks.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\t\x85\u2028\u2029]+")
#: Blanks that look like any other, and only keep a line from being broken there.
_NO_BREAK = dict.fromkeys((0xA0, 0x2007, 0x202F), " ")
#: Marks that nobody sees and that make equal texts differ: soft hyphen, zero width space, word
#: joiner, byte order mark, marks of direction, and other format characters that need no keeping.
_MARKS = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
#: They join letters of some scripts and parts of an emoji, so they stay inside a word.
_NO_JOINERS = dict.fromkeys((0x200C, 0x200D))
_LOOSE_JOINERS = re.compile(r"(?<!\S)[\u200c\u200d]++|(?<![\u200c\u200d])[\u200c\u200d]++(?!\S)")
_LINKEDIN = re.compile(
    r"linkedin\.com/((?:in|company|school|sales/lead|pub)/[^/?#\s]+)", re.IGNORECASE
)
#: A whole double below this has a short text without an exponent.
_MAX_PLAIN_FLOAT = 1e15
_MAX_FLOAT = sys.float_info.max
_MIN_PHONE_DIGITS = 7
#: How many normal forms are kept in memory, and up to which length of the text: as many as 1,000
#: prospects and the 1,000 planned ahead have, up to four each. In a long backlog older ones are
#: seldom compared again.
_MAX_REMEMBERED = 8_192
_MAX_REMEMBERED_LENGTH = 256
#: What people type where a phone number is required.
_COUNTED = frozenset({"1234567", "12345678", "123456789", "1234567890", "0123456789"})


def storable_text(text: str) -> str:
    """The text without characters that no field can store. Everything else stays, including leading
    and trailing blanks; a multi-line field stores the result, trimmed.

    A surrogate pair becomes the character it encodes, as in JSON; a lone surrogate is dropped.
    """
    if text.isprintable():
        return text
    if _HALVES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _UNHELD.sub("", text)


def stored_text(text: str) -> str:
    """The text as a multi-line field stores it: trimmed, in NFC, without marks that nobody sees,
    with plain line breaks. Idempotent."""
    if text.isascii() and text.isprintable():
        return text.strip()
    whole = unicodedata.normalize("NFC", _MARKS.sub("", storable_text(text)))
    if not whole.isprintable():
        whole = _LOOSE_JOINERS.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))
    return whole.strip()


def one_line(text: str) -> str:
    """The text as a single-line field stores it: as `stored_text`, with line breaks, tabs and
    no-break spaces as spaces."""
    whole = stored_text(text)
    if whole.isprintable():
        return whole
    return _LINE_BREAKS.sub(" ", whole).translate(_NO_BREAK)


def without_joiners(text: str) -> str:
    """The text as an address, URL or number stores it: as `stored_text`, without any joiners."""
    return stored_text(text if text.isascii() else text.translate(_NO_JOINERS))


def as_text(value: Json, *, joined: bool = True) -> str | None:
    """The stored text of a text, number or boolean; None for anything else. A number has no
    exponent and no decimals that say nothing. Unless `joined`, a text is `without_joiners`."""
    if isinstance(value, str):
        is_plain = joined or value.isascii()
        return stored_text(value if is_plain else value.translate(_NO_JOINERS))
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (int, float)) or not abs(value) <= _MAX_FLOAT:  # true for nan
        return None
    if isinstance(value, int) or (value == int(value) and abs(value) < _MAX_PLAIN_FLOAT):
        return str(int(value))
    plain = format(Decimal(repr(value)), "f")
    return plain.removesuffix(".0")


def utf16_length(text: str) -> int:
    """Length as Salesforce counts it: UTF-16 units (trap 49)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def normal_form(compare: Compare, value: str) -> str | None:
    """The normal form of `value` for that kind of comparison; None if it must not be used to
    match."""
    if len(value) > _MAX_REMEMBERED_LENGTH:
        return _normal_form(compare, value)
    return _remembered_form(compare, value)


def _normal_form(compare: Compare, value: str) -> str | None:
    return _FORMS[compare](one_line(value)) or None


#: A batch compares the same values many times.
_remembered_form = lru_cache(maxsize=_MAX_REMEMBERED)(_normal_form)


def email_forms(value: str) -> tuple[str, ...]:
    """The address as given and, if its host may be written in letters or punycode, with each form:
    an org may hold either."""
    name, at, host = value.rpartition("@")
    if not at or not HAS_FORMS.search(host):
        return (value,)
    return tuple(dict.fromkeys((value, *(f"{name}@{form}" for form in host_forms(host)))))


def _email(value: str) -> str | None:
    """The address in lower case, its host in punycode."""
    if PLAIN_ADDRESS.fullmatch(value):
        return value.lower()
    address = email_address(stored_text(value.translate(_NO_JOINERS)))
    if address is None or address.isascii():
        return address
    name, _, host = address.rpartition("@")
    return f"{name}@{ascii_form(host) or host}"


def _linkedin(value: str) -> str | None:
    found = _LINKEDIN.search(unquote(value))
    return found.group(1).casefold() if found else None


def _phone(value: str) -> str | None:
    """The digits, without the `00` before a country code and the `(0)` after it."""
    if "(0)" in value and value.startswith(("+", "00")):
        value = value.replace("(0)", "")
    digits = "".join(filter(str.isdigit, value.removeprefix("00")))
    is_made_up = len(set(digits)) == 1 or digits in _COUNTED
    return digits if len(digits) >= _MIN_PHONE_DIGITS and not is_made_up else None


_FORMS: dict[Compare, Callable[[str], str | None]] = {
    "text": str.casefold,
    "email": _email,
    "domain": company_host,
    "linkedin": _linkedin,
    "phone": _phone,
}
