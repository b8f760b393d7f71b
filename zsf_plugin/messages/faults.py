"""Texts for the faults of a document: an event or a rule file. Data and rendering only.

A fault is data: its code under `fault`, and the values its text needs; never a value of the
document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Each follows the place: "/prospect/id: ".
FAULTS: Mapping[str, str] = {
    "missing": "is required and missing",
    "wrong_type": "must be {expected}, not {given}",
    "empty": "must not be empty",
    "blank": "must be text that is not blank",
    "too_long": "must be at most {limit} characters long",
    "not_a_moment": "must be a date and time in ISO 8601, such as 2026-11-01T10:00:00Z",
    "not_json": "is not JSON (bytes, NaN, a cycle, an object of another type)",
    "too_deep": "is nested deeper than {limit} levels",
    "too_many_values": "has more than {limit} values, all levels together",
    "others": "holds {limit} more values that are not JSON or of a wrong type",
}

#: Names of JSON's types.
KINDS: Mapping[str, str] = {
    "object": "a table",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def fault_text(data: Mapping[str, object]) -> str:
    """What is wrong, and what was given: `must be text or null, not a list`."""
    return _filled(FAULTS.get(str(data.get("fault")), "{fault}"), data)


def fault_remedy(data: Mapping[str, object]) -> str:
    """What the value must be, for a page: `must be text`."""
    if data.get("fault") != "wrong_type":
        return fault_text(data)
    kinds = [kind for kind in _names(data.get("expected")) if kind != "null"]
    return _filled("must be {expected}", {**data, "expected": kinds})


def _filled(template: str, data: Mapping[str, object]) -> str:
    expected = " or ".join(KINDS.get(kind, kind) for kind in _names(data.get("expected")))
    given = KINDS.get(str(data.get("given")), "")
    values = {"fault": "", "limit": "", **data, "expected": expected, "given": given}
    return template.format_map(values)


def _names(names: object) -> Sequence[str]:
    return [str(name) for name in names] if isinstance(names, (list, tuple)) else []
