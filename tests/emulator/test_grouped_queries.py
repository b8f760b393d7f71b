"""Aggregates and groups in SOQL (salesforce-api.md §3.12, §6, §9 trap 61)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Client, refused
from tests.emulator.conftest import Make

ROWS: list[dict[str, Any]] = [
    {"LastName": "A", "Company": "X", "Email": "a@x.example", "AnnualRevenue": 10},
    {"LastName": "B", "Company": "x", "Email": "a@x.example", "AnnualRevenue": 30},
    {"LastName": "C", "Company": "Y", "Email": "c@x.example"},
]


@pytest.fixture
def org(make: Make) -> Client:
    return make(records={"Lead": ROWS})


def values(rows: list[Any]) -> list[dict[str, Any]]:
    assert all(row["attributes"] == {"type": "AggregateResult"} for row in rows)
    return [{name: row[name] for name in row if name != "attributes"} for row in rows]


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("COUNT(Id)", {"expr0": 3}),
        ("COUNT(AnnualRevenue) filled", {"filled": 2}),
        ("COUNT_DISTINCT(Email), MIN(LastName)", {"expr0": 2, "expr1": "A"}),
        ("MAX(LastName) last, SUM(AnnualRevenue)", {"last": "C", "expr1": 40}),
        ("AVG(AnnualRevenue)", {"expr0": 20}),
    ],
)
def test_an_aggregate_is_a_value_of_all_rows(
    org: Client, selected: str, expected: dict[str, Any]
) -> None:
    assert values(org.rows(f"SELECT {selected} FROM Lead")) == [expected]


def test_an_aggregate_of_no_row_is_still_a_result(org: Client) -> None:
    soql = "SELECT COUNT(Id), SUM(AnnualRevenue), MAX(LastName) FROM Lead WHERE LastName = 'Z'"
    assert values(org.rows(soql)) == [{"expr0": 0, "expr1": None, "expr2": None}]


def test_groups_ignore_case_as_comparisons_do(org: Client) -> None:
    soql = "SELECT Company, COUNT(Id) n FROM Lead GROUP BY Company ORDER BY Company DESC"
    assert values(org.rows(soql)) == [{"Company": "Y", "n": 1}, {"Company": "X", "n": 2}]
    assert len(org.rows(f"{soql} LIMIT 1")) == 1


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT LastName, COUNT(Id) FROM Lead GROUP BY Company", "MALFORMED_QUERY"),
        ("SELECT LastName, COUNT(Id) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Description, COUNT(Id) FROM Lead GROUP BY Description", "INVALID_FIELD"),
        ("SELECT SUM(LastName) FROM Lead", "INVALID_FIELD"),
        ("SELECT COUNT(Nothing) FROM Lead", "INVALID_FIELD"),
    ],
)
def test_what_is_neither_grouped_nor_aggregated_is_refused(
    org: Client, soql: str, code: str
) -> None:
    refused(org.query(soql), 400, code)


@pytest.mark.parametrize("scheme", ["probabilistic", "deterministic", "deterministic_exact"])
@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Email, COUNT(Id) FROM Lead GROUP BY Email",
        "SELECT MAX(Email) FROM Lead",
        "SELECT COUNT_DISTINCT(Email) FROM Lead",
    ],
)
def test_an_encrypted_field_is_neither_grouped_nor_compared(
    org: Client, soql: str, scheme: str
) -> None:
    org.control("PATCH", "fields", {"object": "Lead", "name": "Email", "encrypted": scheme})
    refused(org.query(soql), 400, "INVALID_FIELD")
