"""Refusals on demand, by action, object and row."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.org.conditions import RefusalScript

LOCK = {"code": "UNABLE_TO_LOCK_ROW"}


def is_refused(script: RefusalScript, action: str, row: dict[str, Any]) -> bool:
    try:
        if action == "query":
            script.check_query("Lead", lambda name, value: row.get(name) == value)
        else:
            script.check(action, "Lead", row)
    except SalesforceError:
        return True
    return False


def test_a_refusal_has_its_own_code_status_and_fields() -> None:
    script = RefusalScript()
    script.add({**LOCK, "status": 403, "message": "busy", "fields": ["AccountId"]})
    with pytest.raises(SalesforceError) as caught:
        script.check("create", "Lead", {})
    error = caught.value
    assert (error.status, error.code) == (403, "UNABLE_TO_LOCK_ROW")
    assert (error.message, error.fields) == ("busy", ["AccountId"])


@pytest.mark.parametrize(
    ("document", "action", "refused"),
    [
        ({}, "create", True),
        ({}, "query", False),
        ({"action": "query"}, "query", True),
        ({"action": "update"}, "create", False),
        ({"object": "Contact"}, "create", False),
        ({"where": {"Email": "a"}}, "create", True),
        ({"where": {"Email": "b"}}, "create", False),
        ({"above": 1}, "create", False),
    ],
)
def test_a_refusal_matches_action_object_and_values(
    document: dict[str, Any], action: str, refused: bool
) -> None:
    script = RefusalScript()
    script.add({**LOCK, **document})
    assert is_refused(script, action, {"Email": "a"}) == refused


def test_a_refusal_skips_after_and_refuses_times_writes() -> None:
    script = RefusalScript()
    script.add({**LOCK, "after": 1, "times": 2})
    assert [is_refused(script, "create", {}) for _ in range(4)] == [False, True, True, False]


@pytest.mark.parametrize("document", [{}, {**LOCK, "action": "dance"}])
def test_a_refusal_without_a_code_or_with_an_unknown_action_is_invalid(
    document: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"needs a code|unknown action"):
        RefusalScript().add(document)
