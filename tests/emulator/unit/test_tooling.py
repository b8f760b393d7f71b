"""The statements of the tooling query: what is read, what answers them, what is refused."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.errors import Json, SalesforceError
from zsf_plugin.emulator.resources.tooling import parse_tooling_query

ROW: dict[str, Json] = {
    "Id": "00N5g0000000001EAA",
    "DeveloperName": "Key",
    "NamespacePrefix": None,
    "TableEnumOrId": "Lead",
}


def where(conditions: str) -> str:
    return f"SELECT Id FROM CustomField WHERE {conditions}"


def test_columns_and_conditions_use_the_documented_spelling() -> None:
    text = "select id, developername from customfield where tableenumorid = 'Lead'"
    statement = parse_tooling_query(text)
    assert statement.columns == ("Id", "DeveloperName")
    assert statement.conditions == (("TableEnumOrId", ("Lead",)),)


def test_the_objects_of_a_query_are_listed_once_each() -> None:
    both = parse_tooling_query(
        where("DeveloperName = 'Key' AND TableEnumOrId IN ('Lead', 'Activity', 'Lead')")
    )
    assert both.tables == ("Lead", "Activity")


def test_a_query_without_an_object_covers_all() -> None:
    assert parse_tooling_query(where("DeveloperName = 'Key'")).tables == ()


@pytest.mark.parametrize(
    "conditions",
    [
        "DeveloperName = 'KEY'",
        "NamespacePrefix = null",
        "NamespacePrefix = NULL AND TableEnumOrId = 'lead'",
        "DeveloperName IN ('Other','Key')",
        "Id = '00N5g0000000001'",
        "Id = '00N5g0000000001EAA'",
    ],
)
def test_matching_ignores_case(conditions: str) -> None:
    assert parse_tooling_query(where(conditions)).fits(ROW)


@pytest.mark.parametrize(
    "conditions",
    [
        "DeveloperName = 'Other'",
        "DeveloperName = null",
        "NamespacePrefix = 'acme'",
        "DeveloperName = 'Key' AND TableEnumOrId = 'Contact'",
        "Id = '00n5g0000000001'",
    ],
)
def test_other_values_and_ids_in_another_case_do_not_match(conditions: str) -> None:
    assert not parse_tooling_query(where(conditions)).fits(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT Id FROM CustomField",
        "SELECT Id FROM CustomObject WHERE DeveloperName = 'Key'",
        where("DeveloperName != 'Key'"),
        where("DeveloperName LIKE 'K%'"),
        where("DeveloperName = 'Key' OR DeveloperName = 'Other'"),
        where("DeveloperName IN ()"),
    ],
)
def test_an_unsupported_query_is_refused(text: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        parse_tooling_query(text)
    assert caught.value.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    "text",
    [where("Length = '5'"), "SELECT Length FROM CustomField WHERE DeveloperName = 'Key'"],
)
def test_an_unknown_column_is_refused_by_name(text: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        parse_tooling_query(text)
    assert caught.value.code == "INVALID_FIELD"
    assert "'Length'" in caught.value.message
