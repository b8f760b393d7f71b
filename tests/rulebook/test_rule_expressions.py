"""Where a rule holds expressions, and that each is checked at its place."""

from __future__ import annotations

import pytest

from zsf_plugin.model import JsonObject
from zsf_plugin.rulebook.document_violations import expression_violations

BAD = "prospect.["


def places(document: JsonObject) -> list[tuple[str | int, ...]]:
    return [path for path, _ in expression_violations(document)]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"when": BAD}, ("when",)),
        ({"owner": {"from": BAD}}, ("owner", "from")),
        ({"owner": {"from": ["user.email", BAD]}}, ("owner", "from", 1)),
        ({"fields": {"Lead": {"Email": BAD}}}, ("fields", "Lead", "Email")),
        ({"fields": {"Lead": {"Email": [BAD]}}}, ("fields", "Lead", "Email", 0)),
        ({"fields": {"Lead": {"Email": {"from": BAD}}}}, ("fields", "Lead", "Email", "from")),
        ({"activity": {"*": {"Subject": BAD}}}, ("activity", "*", "Subject")),
    ],
)
def test_a_wrong_expression_is_found_at_its_place(
    document: JsonObject, path: tuple[str | int, ...]
) -> None:
    assert places(document) == [path]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"when": "prospect.email"},
        {"owner": {"from": False}},
        {"fields": {"Lead": {"Email": False, "LeadSource": {"value": BAD}}}},
        {"match": {"Lead": [BAD]}, "name": BAD},
    ],
)
def test_other_values_are_not_read_as_expressions(document: JsonObject) -> None:
    assert places(document) == []
