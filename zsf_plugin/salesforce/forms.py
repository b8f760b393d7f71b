"""The forms in which an org may hold a value, as SOQL literals: by comparison and field type. Pure.

Salesforce compares text without regard to case (salesforce-api.md §6), so one form stands for all
spellings of it. How literals become statements is for `questions`.
"""

from __future__ import annotations

from urllib.parse import unquote

from zsf_plugin.model import Compare, FieldDescribe
from zsf_plugin.model.text import bare_domain, kept, normal_form, one_line, units
from zsf_plugin.salesforce import addresses, soql
from zsf_plugin.salesforce.ids import long_id

#: Comparisons that look for a part of the field's text.
LIKE_COMPARISONS: frozenset[Compare] = frozenset({"domain", "linkedin"})
_ID_TYPES = frozenset({"id", "reference"})
#: Field type → kind of a literal that takes no quotes.
_BARE_KINDS = {
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
}
#: No field that can be filtered by holds more characters: longer text is found nowhere.
_MAX_UNITS = 255
#: Only ASCII is folded: for other letters the org's idea of case need not be ours, and asking twice
#: costs little.
_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def forms(
    value: str, compare: Compare, field: FieldDescribe, *, sandbox_user: bool = False
) -> dict[str, str]:
    """The literals to ask for (for `LIKE_COMPARISONS`: patterns), by what tells them apart.

    None at all where the field cannot hold such a value. `sandbox_user`: a sandbox's users have
    `.invalid` behind their address (§1.1).
    """
    is_exact = field.case_sensitive or field.type in _ID_TYPES
    found: dict[str, str] = {}
    for literal in _literals(value, compare, field, sandbox_user=sandbox_user):
        if literal is not None:
            found.setdefault(literal if is_exact else literal.translate(_TO_LOWER), literal)
    return found


def _literals(
    value: str, compare: Compare, field: FieldDescribe, *, sandbox_user: bool
) -> list[str | None]:
    """The literals by the field's type; None for one that is too long to be asked by, or is
    none."""
    value = kept(value).strip() if field.type == "textarea" else one_line(value)
    if field.type in _ID_TYPES:
        record_id = long_id(value)
        return [soql.literal(record_id)] if record_id is not None else []
    if field.type in _BARE_KINDS:
        return [soql.bare(_BARE_KINDS[field.type], value)]
    if not value or units(value) > _MAX_UNITS:
        return []
    if compare == "linkedin":
        return _of_profile(value)
    if compare == "domain":
        return [soql.containing(bare_domain(value) or value)]
    if compare == "phone":
        return _of_phone(value)
    literals = [soql.literal(value)]
    if sandbox_user:
        literals.append(soql.literal(f"{value}.invalid"))
    return literals


def _of_profile(value: str) -> list[str | None]:
    """The path of a profile, as people see it and as browsers write it, which differ beyond
    ASCII."""
    path = normal_form("linkedin", value) or unquote(value)
    as_written = addresses.as_browsers_write(path)
    return [soql.containing(f"/{path}"), soql.containing(f"/{as_written}")]


def _of_phone(value: str) -> list[str | None]:
    """The number as it is, and in its plain forms."""
    digits = normal_form("phone", value)
    numbers = (value, digits, f"+{digits}") if digits else (value,)
    return list(map(soql.literal, numbers))
