"""Staged refusals of queries: by the object asked, and by what is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused

STAGED = {"action": "query", "code": "QUERY_TIMEOUT", "object": "Lead"}
BY_EMAIL = {**STAGED, "where": {"Email": "ada@acme.example"}}


@pytest.mark.parametrize(
    ("staged", "soql"),
    [
        (STAGED, "SELECT Id FROM Lead"),
        (STAGED, "SELECT COUNT() FROM lead WHERE LastName LIKE 'A%'"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE Email = 'ada@acme.example'"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE email IN ('x@y.example', 'ADA@acme.example')"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE (Email = 'ada@acme.example') OR LastName = 'A'"),
        (
            {**STAGED, "where": {"IsConverted": False}},
            "SELECT Id FROM Lead WHERE IsConverted = FALSE",
        ),
        ({**STAGED, "where": {"Email": None}}, "SELECT Id FROM Lead WHERE Email = null"),
    ],
)
def test_a_query_that_asks_for_what_is_staged_is_refused(
    org: Client, staged: dict[str, Any], soql: str
) -> None:
    org.control("POST", "refusals", staged)
    refused(org.query(soql), 400, "QUERY_TIMEOUT")
    assert org.query(soql).status_code == 200


@pytest.mark.parametrize(
    ("staged", "soql"),
    [
        (STAGED, "SELECT Id FROM Contact"),
        (BY_EMAIL, "SELECT Id FROM Lead"),
        (BY_EMAIL, "SELECT Email FROM Lead WHERE Email = 'eve@acme.example'"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE Email NOT IN ('ada@acme.example')"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE Email != 'ada@acme.example'"),
        (BY_EMAIL, "SELECT Id FROM Lead WHERE LastName = 'ada@acme.example'"),
        ({**STAGED, "action": "any"}, "SELECT Id FROM Lead"),
    ],
)
def test_any_other_query_is_answered(org: Client, staged: dict[str, Any], soql: str) -> None:
    org.control("POST", "refusals", staged)
    assert org.query(soql).status_code == 200


def test_a_malformed_query_uses_up_no_refusal(org: Client) -> None:
    org.control("POST", "refusals", STAGED)
    refused(org.query("SELECT Id FROM Lead WHERE"), 400, "MALFORMED_QUERY")
    refused(org.query("SELECT Id FROM Lead"), 400, "QUERY_TIMEOUT")
