"""Text as an org stores it and as match keys compare it.

Everything written, queried or compared passes through here, so that all three treat the same text
the same way (salesforce-api.md §6, §9 trap 49). Two values match if their normal forms are equal. A
value without a normal form matches nothing: it is empty, malformed, or a web domain that many
share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

from zsf_plugin.model.hosts import HAS_FORMS, ascii_form, company_host, host_forms
from zsf_plugin.model.rules import Compare

#: Control characters that no field can store: all except tab and line breaks.
_UNHELD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LINKEDIN = re.compile(
    r"linkedin\.com/((?:in|company|school|sales/lead|pub)/[^/?#\s]+)", re.IGNORECASE
)
_MIN_PHONE_DIGITS = 7


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


def one_line(text: str) -> str:
    """The text as a single-line field stores it: trimmed, with line breaks and tabs as spaces."""
    whole = storable_text(text).strip()
    return whole if whole.isprintable() else _LINE_BREAKS.sub(" ", whole)


def utf16_length(text: str) -> int:
    """Length as Salesforce counts it: UTF-16 units (trap 49)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normal_form(compare: Compare, value: str) -> str | None:
    """The normal form of `value` for that kind of comparison; None if it must not be used to
    match."""
    return _FORMS[compare](unicodedata.normalize("NFC", one_line(value))) or None


def email_forms(value: str) -> tuple[str, ...]:
    """The address as given and, if its host may be written in letters or punycode, with each form:
    an org may hold either."""
    name, at, host = value.rpartition("@")
    if not at or not HAS_FORMS.search(host):
        return (value,)
    return tuple(dict.fromkeys((value, *(f"{name}@{form}" for form in host_forms(host)))))


def _email(value: str) -> str | None:
    """The address in lower case, its host in punycode."""
    if not _EMAIL.fullmatch(value):
        return None
    if value.isascii():
        return value.casefold()
    name, _, host = value.casefold().rpartition("@")
    return f"{name}@{ascii_form(host) or host}"


def _linkedin(value: str) -> str | None:
    found = _LINKEDIN.search(unquote(value))
    return found.group(1).casefold() if found else None


def _phone(value: str) -> str | None:
    digits = "".join(filter(str.isdigit, value.removeprefix("00")))
    return digits if len(digits) >= _MIN_PHONE_DIGITS else None


_FORMS: dict[Compare, Callable[[str], str | None]] = {
    "text": str.casefold,
    "email": _email,
    "domain": company_host,
    "linkedin": _linkedin,
    "phone": _phone,
}
