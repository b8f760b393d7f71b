"""What a query is refused for, how answers are paged, and what the length of a URI allows."""

from __future__ import annotations

import pytest

from tests.emulator.client import DATA, Client, refused
from tests.emulator.conftest import Make


@pytest.mark.parametrize(
    ("soql", "token"),
    [
        ("SELECT Id FROM Lead WHERE LastName = 'a' AND Company = 'b' OR Email = 'c'", "OR"),
        ("SELECT Id FROM Lead WHERE LastName = 'a' OR Company = 'b' AND Email = 'c'", "AND"),
        ("SELECT Id FROM Lead WHERE LastName = 'a' AND NOT (Company = 'b')", "(Company"),
        ("SELECT Id FROM Lead WHERE LastName = 'O''Brien'", "'Brien'"),
        ("SELECT Id FROM Lead WHERE LastName = 'a\\x'", "'a\\x'"),
        ("SELECT Id FROM Lead WHERE LastName = 'a\nb'", "'a"),
        ("SELECT Id FROM Lead WHERE LastName = 'a", "'a"),
        ('SELECT Id FROM Lead WHERE LastName = "a"', '"a"'),
        ("SELECT * FROM Lead", "*"),
        ("SELECT Id FROM Lead WHERE", "<EOF>"),
        ("SELECT Id FROM Lead LIMIT 1 ORDER BY Id", "ORDER"),
        ("SELECT Id FROM Lead; DROP TABLE Lead", ";"),
        ("DELETE FROM Lead", "DELETE"),
        ("", "<EOF>"),
    ],
)
def test_invalid_soql_is_a_malformed_query_naming_the_token(
    org: Client, soql: str, token: str
) -> None:
    error = refused(org.query(soql), 400, "MALFORMED_QUERY")
    assert error["message"] == f"unexpected token: '{token}'"


def test_an_unknown_field_is_marked_with_a_caret(org: Client) -> None:
    error = refused(org.query("SELECT Id, Foo FROM Lead"), 400, "INVALID_FIELD")
    start = "\nSELECT Id, Foo FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Lead'."
    assert error["message"].startswith(start)


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        ("SELECT Id FROM Lead WHERE Foo = 'x'", "No such column 'Foo' on entity 'Lead'."),
        ("SELECT Id FROM Lead ORDER BY Foo", "No such column 'Foo' on entity 'Lead'."),
        ("SELECT Account.Foo FROM Contact", "No such column 'Foo' on entity 'Account'."),
        ("SELECT Boss.Name FROM Contact", "Didn't understand relationship 'Boss' in field path."),
        ("SELECT Who.Email FROM Task", "No such column 'Email' on entity 'Name'."),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Task WHERE Description LIKE '%x'",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Task ORDER BY Description",
            "field 'Description' can not be sorted in a query call",
        ),
        (
            "SELECT Id FROM Lead WHERE CreatedDate > '2026-11-23T00:00:00Z'",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in"
            " quotes",
        ),
        (
            "SELECT Id FROM Task WHERE ActivityDate = '2026-11-23'",
            "value of filter criterion for field 'ActivityDate' must be of type date and should not be enclosed in"
            " quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE CreatedDate > 2026-11-23",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in"
            " quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE IsConverted = 'false'",
            "value of filter criterion for field 'IsConverted' must be of type boolean and should not be enclosed in"
            " quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE LastName = 5",
            "value of filter criterion for field 'LastName' must be of type string and should be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE NumberOfEmployees > NULL",
            "invalid operator on field 'NumberOfEmployees': >",
        ),
    ],
)
def test_a_field_used_in_a_clause_that_does_not_allow_it_is_an_invalid_field(
    org: Client, soql: str, words: str
) -> None:
    assert words in refused(org.query(soql), 400, "INVALID_FIELD")["message"]


def test_an_unknown_object_is_an_invalid_type(org: Client) -> None:
    error = refused(org.query("SELECT Id FROM Foo"), 400, "INVALID_TYPE")
    assert "sObject type 'Foo' is not supported." in error["message"]


def test_an_invalid_id_is_refused(org: Client) -> None:
    error = refused(
        org.query("SELECT Id FROM Lead WHERE Id = 'abc'"), 400, "INVALID_QUERY_FILTER_OPERATOR"
    )
    assert error["message"] == "invalid ID field: abc"


@pytest.mark.parametrize(
    "where",
    [
        "(Id IN (SELECT WhoId FROM Task) OR LastName = 'x')",
        "Id IN (SELECT WhoId FROM Task) OR LastName = 'x'",
        "LastName = 'x' AND (Id IN (SELECT WhoId FROM Task))",
    ],
)
def test_a_semi_join_below_the_top_level_is_refused(org: Client, where: str) -> None:
    error = refused(org.query(f"SELECT Id FROM Lead WHERE {where}"), 400, "MALFORMED_QUERY")
    assert error["message"].startswith(
        "Semi join sub-selects are only allowed at the top level WHERE expressions"
    )


def test_a_third_semi_join_and_one_of_the_same_object_are_refused(org: Client) -> None:
    one = "Id IN (SELECT WhoId FROM Task)"
    refused(
        org.query(f"SELECT Id FROM Lead WHERE {one} AND {one} AND {one}"), 400, "MALFORMED_QUERY"
    )
    assert org.query(f"SELECT Id FROM Lead WHERE {one} AND {one}").status_code == 200
    refused(
        org.query("SELECT Id FROM Lead WHERE Id IN (SELECT Id FROM Lead)"), 400, "MALFORMED_QUERY"
    )


def test_an_offset_above_two_thousand_is_refused(org: Client) -> None:
    error = refused(org.query("SELECT Id FROM Lead OFFSET 2001"), 400, "NUMBER_OUTSIDE_VALID_RANGE")
    assert error["message"] == "Maximum SOQL offset allowed is 2000"


def test_there_is_no_query_by_post(org: Client) -> None:
    error = refused(org.call("POST", "query?q=SELECT+Id+FROM+Lead", {}), 405, "METHOD_NOT_ALLOWED")
    assert error["message"] == "HTTP Method 'POST' not allowed. Allowed are GET,HEAD"


def test_rows_come_in_pages_behind_locators(make: Make) -> None:
    org = make(
        page_size=2, records={"Lead": [{"LastName": f"L{n}", "Company": "C"} for n in range(5)]}
    )
    body = org.query("SELECT LastName FROM Lead ORDER BY LastName").json()
    found = []
    sizes = []
    while True:
        found += [row["LastName"] for row in body["records"]]
        sizes.append((body["totalSize"], len(body["records"]), body["done"]))
        if body["done"]:
            break
        assert body["nextRecordsUrl"].startswith(f"{DATA}/query/0r8")
        body = org.call("GET", body["nextRecordsUrl"]).json()
    assert found == ["L0", "L1", "L2", "L3", "L4"]
    assert sizes == [(5, 2, False), (5, 2, False), (5, 1, True)]
    assert "nextRecordsUrl" not in body


def test_a_page_does_not_shift_when_rows_are_written(make: Make) -> None:
    org = make(
        page_size=2, records={"Lead": [{"LastName": f"L{n}", "Company": "C"} for n in range(3)]}
    )
    following = org.query("SELECT LastName FROM Lead ORDER BY LastName").json()["nextRecordsUrl"]
    org.create("Lead", LastName="L0a", Company="C")
    assert [row["LastName"] for row in org.call("GET", following).json()["records"]] == ["L2"]


@pytest.mark.parametrize(
    "locator", ["0r85g0000000000099-2000", "0r85g0000000000000-9999", "nonsense"]
)
def test_an_unknown_locator_is_refused(make: Make, locator: str) -> None:
    org = make(
        page_size=1, records={"Lead": [{"LastName": f"L{n}", "Company": "C"} for n in range(3)]}
    )
    org.query("SELECT Id FROM Lead")
    error = refused(org.call("GET", f"query/{locator}"), 400, "INVALID_QUERY_LOCATOR")
    assert error["message"] == "invalid query locator"


def test_a_uri_above_16384_bytes_is_414(org: Client) -> None:
    def ask(length: int) -> int:
        start = f"{DATA}/query?q=SELECT+Id+FROM+Lead+WHERE+LastName='"
        path = f"{start}{'x' * (length - len(start) - 1)}'"
        assert len(path) == length
        answer = org.call("GET", path)
        return answer.status_code

    assert ask(16_385) == 414
    assert ask(16_384) == 431
    assert ask(15_000) == 200


def test_uri_and_headers_above_16384_bytes_are_431(org: Client) -> None:
    answer = org.call("GET", "limits", X_Padding="x" * 16_300)
    assert answer.status_code == 431
