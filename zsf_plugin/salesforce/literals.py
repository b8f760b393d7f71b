"""The SOQL literals that a value is searched by: every form in which the org may store it, by
comparison and field type (salesforce-api.md §6). Pure.

LIKE finds a part of a text, so one pattern covers all the ways to write a web domain, or to group
the digits of a phone number. Where only equality works (§9 trap 61), the usual ways are listed, and
`is_by_usual_forms` says so. Salesforce ignores case when it compares text, so one form covers all
spellings, except in some encrypted and case-sensitive fields; the caller compares exactly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import product
from urllib.parse import unquote

from zsf_plugin.model import Compare, FieldDescribe
from zsf_plugin.model.hosts import HAS_FORMS, bare_domain, host_forms
from zsf_plugin.model.text import (
    email_forms,
    normal_form,
    one_line,
    storable_text,
    utf16_length,
)
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.salesforce.phones import usual_spellings

#: Comparisons that search for a part of the field's text, where the field allows it.
LIKE_COMPARISONS: frozenset[Compare] = frozenset({"domain", "linkedin", "phone"})
#: Field types that LIKE may search, unless the field is encrypted (§9 trap 61).
PLAIN_TEXT_TYPES = frozenset({"string", "url", "email", "phone", "textarea", "combobox"})
_ID_TYPES = frozenset({"id", "reference"})
#: Field type → the kind of its unquoted literals in `soql.bare`.
_UNQUOTED_TYPES = {
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
}
#: No filterable field is longer, so longer text matches nothing.
_MAX_TEXT_UNITS = 255
#: Only ASCII is folded: for other letters the org's rules of case may differ from ours, and a
#: second literal costs little.
_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
#: How a web address may begin and end around its host or path.
_URL_FRAMES = tuple(product(("", "http://", "https://"), ("", "www."), ("", "/")))
#: Longer hosts and paths are searched as they are, so that a condition fits a URL.
_MAX_FRAMED_CHARS = 48


def search_literals(
    value: str,
    compare: Compare,
    field: FieldDescribe,
    *,
    is_like: bool = False,
    sandbox_user: bool = False,
) -> dict[str, str]:
    """The literals to search for (patterns if `is_like`), keyed by their text, which is case-folded
    unless the field is case-sensitive, so that each spelling counts once.

    Empty if the field cannot store such a value. `sandbox_user`: e-mail addresses of a sandbox's
    users end in `.invalid` (§1.1).
    """
    # a deterministic encryption scheme may distinguish case
    is_exact = field.case_sensitive or field.encrypted or field.type in _ID_TYPES
    found: dict[str, str] = {}
    for literal in _literals_by_type(value, compare, field, is_like=is_like):
        if literal is not None:
            found.setdefault(literal if is_exact else literal.translate(_TO_LOWER), literal)
    if sandbox_user:
        found.update(search_literals(f"{value}.invalid", compare, field))
    return found


def is_by_usual_forms(compare: Compare, field: FieldDescribe) -> bool:
    """Whether a record may hold the value in a form that is not among the literals for equality, so
    that it is not found."""
    if field.external_id or field.type not in PLAIN_TEXT_TYPES:
        return False  # our own ids are written one way, and lists have one form of a value
    # Salesforce stores an Email in lower case (§9 trap 57)
    return compare in LIKE_COMPARISONS or (field.encrypted and field.type != "email")


def _literals_by_type(
    value: str, compare: Compare, field: FieldDescribe, *, is_like: bool
) -> list[str | None]:
    """The literals by the field's type; None for one that is too long or invalid."""
    # An empty list means “no such record”: no field of that type can store the value.
    value = storable_text(value).strip() if field.type == "textarea" else one_line(value)
    if field.type in _ID_TYPES:
        record_id = long_id(value)
        return [soql.literal(record_id)] if record_id is not None else []
    if field.type in _UNQUOTED_TYPES:
        return [soql.bare(_UNQUOTED_TYPES[field.type], value)]
    if compare == "phone" and is_like:
        digits = normal_form("phone", value)
        return [soql.in_order(digits)] if digits is not None else []
    is_exact = not field.external_id and (field.case_sensitive or field.encrypted)
    host = bare_domain(value) if compare == "domain" else None
    if host is None and (not value or utf16_length(value) > _MAX_TEXT_UNITS):
        return []
    if host is not None and is_like:
        texts = list(host_forms(host)) if HAS_FORMS.search(host) else [host]
    elif not is_exact and (
        compare == "text" or (compare == "email" and not HAS_FORMS.search(value))
    ):
        texts = [value]
    else:
        texts = _texts(value, compare, field, is_like=is_like)
    if not all(map(str.isascii, texts)):
        texts = _composed(texts)
    return list(map(soql.containing if is_like else soql.literal, texts))


def _texts(value: str, compare: Compare, field: FieldDescribe, *, is_like: bool) -> list[str]:
    """The texts that compare equal to the value, or the parts of them; the usual ones, if there are
    too many."""
    if compare == "phone":
        return usual_spellings(value)
    if compare == "text":
        return [value, value.lower(), value.upper(), value.title()]
    if compare == "domain":
        host = bare_domain(value)
        whole = [value] if utf16_length(value) <= _MAX_TEXT_UNITS else []
        return whole if host is None else [*whole, *_framed(host_forms(host))]
    if compare == "linkedin":
        paths = _profile_paths(value)
        if is_like:
            return [f"/{path}" for path in paths]
        return [value, *_framed([f"linkedin.com/{path}" for path in paths])]
    forms = email_forms(value)
    return [*forms, *(map(str.lower, forms) if field.encrypted else ())]


def _framed(texts: Iterable[str]) -> list[str]:
    """The texts as web addresses, with and without a scheme, `www.` and a final slash."""
    framed: list[str] = []
    for text in dict.fromkeys(texts):
        if len(text) > _MAX_FRAMED_CHARS:
            framed.append(text)
            continue
        framed += [f"{scheme}{www}{text}{end}" for scheme, www, end in _URL_FRAMES]
    return framed


def _profile_paths(value: str) -> list[str]:
    """The path of a profile, as people see it and as browsers encode it (they differ for non-ASCII
    letters)."""
    path = normal_form("linkedin", value) or unquote(value)
    return [path, addresses.as_browsers_write(path)]


def _composed(texts: Iterable[str]) -> list[str]:
    """The texts with their accents composed and, where that differs, decomposed: an org stores
    either, and compares them as different."""
    composed: list[str] = []
    for text in texts:
        composed.append(unicodedata.normalize("NFC", text))
        apart = unicodedata.normalize("NFD", text)
        if utf16_length(apart) <= _MAX_TEXT_UNITS:
            composed.append(apart)
    return composed
