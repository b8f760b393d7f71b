"""Fit texts, addresses, picklists and booleans to their fields, in the form that Salesforce stores.

Sources: salesforce-api.md §3.11 (lengths, picklists), §9 traps 47, 49, 57, 58.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter

from zsf_plugin.decision.misfits import Fitted
from zsf_plugin.model import FieldDescribe, Json, is_blank
from zsf_plugin.model.hosts import bare_domain
from zsf_plugin.model.text import (
    PLAIN_ADDRESS,
    as_text,
    email_addresses,
    one_line,
    stored_text,
    utf16_length,
    without_joiners,
)

_LINE_BREAKS = re.compile(r"[\r\n\t]")
#: What stands between several websites, each of which has no blanks.
_BETWEEN_SITES = re.compile(r"[\s,;|]+")
#: What a single website has not: an address, a remark, another site.
_ODD_SITE = re.compile(r"[@\s,;|]")
#: Ends a shortened text.
ELLIPSIS = "…"
#: How many choices that do not fit are named, and how much of each.
_MAX_NAMED = 3
_MAX_NAMED_LENGTH = 40
_BOOLEANS = {"true": True, "false": False}


def fit_text(value: Json, field: FieldDescribe) -> Fitted:
    """A text, shortened to its field's length."""
    text = as_text(value)
    if not text:
        return Fitted(misfit="not_text")
    if field.type != "textarea":
        text = one_line(text)
    if not field.length or utf16_length(text) <= field.length:
        return Fitted(text)
    lengths = {"from": utf16_length(text), "to": field.length}
    return Fitted(cut(text, field.length - 1) + ELLIPSIS, data=lengths, shortened=True)


def cut(text: str, length: int) -> str:
    """The text cut to `length` UTF-16 units, without splitting a character."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * length]
    return stored_text(encoded.decode("utf-16-le", "ignore"))


def fit_whole_text(value: Json, field: FieldDescribe) -> Fitted:
    """A text that must not be cut: an e-mail address (in lower case), a URL, a phone number. Of
    several addresses the first is taken."""
    text = as_text(value, joined=False)
    if not text:
        return Fitted(misfit="not_one_line")
    if field.type == "email" and PLAIN_ADDRESS.fullmatch(text):
        text = text.lower()
    elif field.type == "email":
        return _fit_email(text, field)
    elif field.type == "url" and _ODD_SITE.search(text):
        return _fit_odd_website(text, field)
    elif _LINE_BREAKS.search(text):
        return Fitted(misfit="not_one_line")
    if field.length and utf16_length(text) > field.length:
        return Fitted(misfit="too_long_to_cut", data={"limit": field.length})
    return Fitted(text)


def _fit_email(text: str, field: FieldDescribe) -> Fitted:
    """The e-mail address in a text, or the first of several."""
    addresses = email_addresses(text)
    if not addresses:
        return Fitted(misfit="not_one_line" if _LINE_BREAKS.search(text) else "not_email")
    return _first_of(addresses, field)


def _fit_odd_website(text: str, field: FieldDescribe) -> Fitted:
    """A website with others or a remark as it was written; the first of several that are too long
    together, or on lines of their own. An e-mail address is none."""
    before = text.partition("@")[0].lower().removeprefix("mailto://")
    if "/" not in before and email_addresses(text):
        return Fitted(misfit="not_website")
    lines = list(filter(None, map(str.strip, _LINE_BREAKS.split(text))))
    if len(lines) > 1:
        is_list = all(map(bare_domain, lines))
        return _first_of(lines, field) if is_list else Fitted(misfit="not_one_line")
    sites = list(filter(bare_domain, _BETWEEN_SITES.split(text)))
    is_too_long = field.length and utf16_length(text) > field.length
    is_list = len(sites) > 1 and text.startswith(sites[0])
    return _first_of(sites if is_too_long and is_list else lines, field)


def _first_of(values: Sequence[str], field: FieldDescribe) -> Fitted:
    """The first of the values, if it is no longer than its field, which takes one."""
    if field.length and utf16_length(values[0]) > field.length:
        return Fitted(misfit="too_long_to_cut", data={"limit": field.length})
    others = len(values) - 1
    return Fitted(values[0], dropped={"count": others, "misfit": "one_only"} if others else {})


def fit_picklist(value: Json, field: FieldDescribe) -> Fitted:
    """The active value with that API name, else the first whose name or label differs only by
    case."""
    text = as_text(value)
    if not text:
        return Fitted(misfit="not_text")
    active = list(filter(attrgetter("active"), field.picklist))
    for item in active:
        if item.value == text:
            return Fitted(text)
    folded = text.casefold()
    for item in active:
        if folded in (stored_text(item.value).casefold(), stored_text(item.label).casefold()):
            return Fitted(item.value)
    return Fitted(misfit="not_in_picklist") if field.restricted else fit_whole_text(text, field)


def fit_multipicklist(value: Json, field: FieldDescribe) -> Fitted:
    """The parts that fit, each once, in the order of the field's list (§9 trap 57); blank parts are
    nothing."""
    values: dict[str, None] = {}
    unfit: list[Fitted] = []
    named: list[Json] = []
    for part in _parts(value):
        fitted = fit_picklist(part, field)
        if fitted.misfit is None:
            values[str(fitted.value)] = None
            continue
        unfit.append(fitted)
        text = as_text(part)
        if text and len(named) < _MAX_NAMED:
            is_short = utf16_length(text) <= _MAX_NAMED_LENGTH
            named.append(text if is_short else cut(text, _MAX_NAMED_LENGTH) + ELLIPSIS)
    if not values:
        return unfit[0] if unfit else Fitted(misfit="not_text")
    dropped: dict[str, Json] = {}
    if unfit:
        dropped = {"count": len(unfit), "values": named, **unfit[0].misfit_data}
    return Fitted(";".join(in_list_order(values, field)), dropped=dropped)


def in_list_order(values: Sequence[str] | dict[str, None], field: FieldDescribe) -> list[str]:
    """The values in the order of the field's list; those that it lacks come last."""
    order = {item.value: index for index, item in enumerate(field.picklist)}
    return sorted(values, key=lambda value: order.get(value, len(order)))


def _parts(value: Json) -> list[Json]:
    """The parts of a list, or of a text with semicolons, that are not blank."""
    found: list[Json] = []
    for item in value if isinstance(value, list) else [value]:
        found += item.split(";") if isinstance(item, str) else [item]
    return [part for part in found if not is_blank(part)]


def fit_boolean(value: Json, _: FieldDescribe) -> Fitted:
    """A boolean, or the text of one."""
    if isinstance(value, str):
        value = _BOOLEANS.get(without_joiners(value).lower())
    return Fitted(value) if isinstance(value, bool) else Fitted(misfit="not_boolean")
