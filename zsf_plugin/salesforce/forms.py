"""The forms in which an org may hold a value, as SOQL literals: by comparison and field type. Pure.

Salesforce compares text without regard to case (salesforce-api.md §6), so one form stands for all
spellings of it. How literals become statements is for `questions`.
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
    value: str, compare: Compare, field: FieldDescribe | None, *, sandbox_user: bool = False
) -> Sequence[str]:
    """The literals to ask for (for `LIKE_COMPARISONS`: patterns), each once.

    None at all where the field cannot hold such a value. `sandbox_user`: a sandbox's users have
    `.invalid` behind their address (§1.1).
    """
    type_ = field.type if field is not None else "string"
    value = holdable(value) if type_ == "textarea" else one_line(value)
    if type_ in _ID_TYPES:
        record_id = long_id(value)
        return _given([soql.literal(record_id) if record_id is not None else None])
    if type_ in _BARE_KINDS:
        return _given([soql.bare(_BARE_KINDS[type_], value)])
    if not value or units(value) > _MAX_UNITS:
        return ()
    if compare in LIKE_COMPARISONS:
        return _patterns(value, compare)
    literals = [soql.literal(value)]
    if compare == "phone":
        digits = normal_form("phone", value)
        if digits:
            literals += [soql.literal(digits), soql.literal(f"+{digits}")]
    elif sandbox_user:
        literals.append(soql.literal(f"{value}.invalid"))
    return _given(literals)


def comparison_key(literal: str, field: FieldDescribe | None) -> str:
    """What tells two literals apart for the org: case only where the field minds it, as ids do."""
    if field is not None and (field.case_sensitive or field.type in _ID_TYPES):
        return literal
    return literal.translate(_TO_LOWER)


def _patterns(value: str, compare: Compare) -> Sequence[str]:
    """A domain as its bare host; a LinkedIn path as people see it and as browsers write it, which
    differ beyond ASCII."""
    if compare == "domain":
        return _given([soql.containing(bare_domain(value) or value)])
    path = normal_form("linkedin", value) or unquote(value)
    as_written = addresses.as_browsers_write(path)
    return _given([soql.containing(f"/{path}"), soql.containing(f"/{as_written}")])


def _given(literals: Sequence[str | None]) -> Sequence[str]:
    """Those that there are, each once: one that is too long to be asked by is None."""
    return tuple(dict.fromkeys(filter(None, literals)))
