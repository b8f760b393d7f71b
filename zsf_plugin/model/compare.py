"""How the values of a match key are compared: each kind's normal form. Never which records are
asked for.

Two values match when their normal forms are equal. A value with no normal form never matches
anything: it is empty, malformed, or a web domain that millions share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from zsf_plugin.model.rules import Compare
from zsf_plugin.model.shared_domains import SHARED_DOMAINS
from zsf_plugin.model.text import one_line

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LINKEDIN = re.compile(
    r"linkedin\.com/((?:in|company|school|sales/lead|pub)/[^/?#\s]+)", re.IGNORECASE
)
_MIN_PHONE_DIGITS = 7


def normal_form(compare: Compare, value: str) -> str | None:
    """The normal form of `value` under that kind of comparison, or None where it must not be
    matched by."""
    return _FORMS[compare](unicodedata.normalize("NFC", one_line(value))) or None


def bare_domain(value: str) -> str | None:
    """The host of a URL, an e-mail address or a bare domain: lower case, no `www.`; None where
    there is none."""
    text = value.strip().lower()
    if "@" in text and "/" not in text:
        text = text.rpartition("@")[2]
    url = text if "//" in text else f"//{text}"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    host = host.removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else None


def _email(value: str) -> str | None:
    return value.casefold() if _EMAIL.fullmatch(value) else None


def _domain(value: str) -> str | None:
    """The host, unless it, or a parent of it (`acme.wixsite.com`), is one that unrelated companies
    share."""
    host = parent = bare_domain(value)
    while parent:
        if parent in SHARED_DOMAINS:
            return None
        parent = parent.partition(".")[2]
    return host


def _linkedin(value: str) -> str | None:
    found = _LINKEDIN.search(unquote(value))
    return found.group(1).casefold() if found else None


def _phone(value: str) -> str | None:
    digits = "".join(filter(str.isdigit, value.removeprefix("00")))
    return digits if len(digits) >= _MIN_PHONE_DIGITS else None


_FORMS: dict[Compare, Callable[[str], str | None]] = {
    "text": str.casefold,
    "email": _email,
    "domain": _domain,
    "linkedin": _linkedin,
    "phone": _phone,
}
