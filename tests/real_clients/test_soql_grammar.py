"""The emulator's SOQL grammar agrees with soql-parser-js on valid and invalid queries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.real_clients.node import run
from zsf_plugin.emulator.errors import SalesforceError
from zsf_plugin.emulator.soql.grammar import parse_query

#: "+" parses, "-" does not; after "~" the other parser says the opposite, for the reason that
#: stands above the line.
QUERIES = [
    (line.partition(" ")[0], line.partition(" ")[2])
    for line in (Path(__file__).parent / "queries.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def parses(query: str) -> bool:
    try:
        parse_query(query)
    except SalesforceError as error:
        return error.code != "MALFORMED_QUERY"
    return True


@pytest.mark.parametrize(("expected", "query"), QUERIES)
def test_the_emulator_parses_what_salesforce_does(expected: str, query: str) -> None:
    assert parses(query) is expected.endswith("+")


def test_soql_parser_js_agrees_on_each_but_those_that_say_why_not() -> None:
    theirs = run("parse.mjs", stdin=json.dumps([query for _, query in QUERIES]))
    wanted = [expected.endswith("+") is not expected.startswith("~") for expected, _ in QUERIES]
    assert [
        query
        for (_, query), says, want in zip(QUERIES, theirs, wanted, strict=True)
        if says is not want
    ] == []


def test_there_are_enough_of_both_kinds() -> None:
    agreed = [expected for expected, _ in QUERIES if not expected.startswith("~")]
    assert agreed.count("+") >= 100
    assert agreed.count("-") >= 40
    assert len(agreed) >= 150
