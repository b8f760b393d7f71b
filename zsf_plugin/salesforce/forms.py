"""A value in the forms an org may hold it in, as SOQL literals; by how it is compared and by its
field's type. Pure.

Salesforce compares text without regard to case (salesforce-api.md §6), so one form stands for all
spellings of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from zsf_plugin.model.compare import bare_domain, normal_form
from zsf_plugin.model.describe import FieldDescribe
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.text import holdable, one_line, units
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.ids import long_id

#: Kinds of comparison that look for a part of the field's text.
ALIKE: frozenset[Compare] = frozenset({"domain", "linkedin"})
_IDS = frozenset({"id", "reference"})
_BARE = {
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), "number"),
}
#: No field that can be filtered by holds more characters: longer text is found nowhere.
_LONGEST = 255


def forms(
    value: str, compare: Compare, field: FieldDescribe | None, *, sandbox_user: bool = False
) -> tuple[str, ...]:
    """The literals (for `ALIKE`: LIKE patterns) to ask for. None at all where the field cannot hold
    such a value.

    `sandbox_user`: a sandbox's users have `.invalid` behind their address (§1.1).
    """
    kind = field.type if field is not None else "string"
    value = holdable(value) if kind == "textarea" else one_line(value)
    if kind in _IDS:
        whole = long_id(value)
        return _askable([soql.literal(whole)]) if whole is not None else ()
    if kind in _BARE:
        plain = soql.bare(_BARE[kind], value)
        return (plain,) if plain is not None else ()
    if not value or units(value) > _LONGEST:
        return ()
    if compare == "domain":
        return _askable([soql.containing(bare_domain(value) or value)])
    if compare == "linkedin":
        return _profile(value)
    if compare == "phone":
        return _numbers(value)
    endings = ("", ".invalid") if sandbox_user else ("",)
    return _askable([soql.literal(value + ending) for ending in endings])


def distinct(form: str, field: FieldDescribe | None) -> str:
    """What tells two forms apart for the org: case only where the field minds it. An id's case
    counts."""
    minds = field is not None and (field.case_sensitive or field.type in _IDS)
    return form if minds else form.translate(_LOWER)


#: Only ASCII is folded: for other letters the org's idea of case need not be ours, and asking twice
#: costs little.
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _profile(value: str) -> tuple[str, ...]:
    """A LinkedIn path as people see it and as browsers write it, which differ beyond ASCII."""
    path = normal_form("linkedin", value) or unquote(value)
    return _askable(
        [soql.containing(f"/{form}") for form in (path, addresses.as_browsers_write(path))]
    )


def _numbers(value: str) -> tuple[str, ...]:
    """A phone number as given, in digits, and in digits with a plus."""
    digits = normal_form("phone", value)
    written = (value, digits, f"+{digits}") if digits else (value,)
    return _askable([soql.literal(form) for form in written])


def _askable(written: Sequence[str | None]) -> tuple[str, ...]:
    """The literals that are none too long, each once."""
    return tuple(dict.fromkeys(form for form in written if form is not None))
