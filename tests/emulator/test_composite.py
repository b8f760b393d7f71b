"""Composite: order, references, roll-back, caps, headers of each subrequest alone; and batch."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.client import DATA, Client, refused
from tests.emulator.conftest import Make

HALTED = "The transaction was rolled back since another operation in the same transaction failed."


def sub(name: str, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    made: dict[str, Any] = {"referenceId": name, "method": method, "url": f"{DATA}/{path}"}
    if body is not None:
        made["body"] = body
    if headers:
        made["httpHeaders"] = {key.replace("_", "-"): value for key, value in headers.items()}
    return made


def ask(name: str, soql: str) -> dict[str, Any]:
    return sub(name, "GET", f"query?q={quote(soql, safe='@{}')}")


def lead(name: str, **values: Any) -> dict[str, Any]:
    return sub(name, "POST", "sobjects/Lead", {"LastName": name, "Company": "C", **values})


def entries(org: Client, *subrequests: Any, whole: bool = False, **headers: str) -> list[Any]:
    answer = org.composite(*subrequests, whole=whole, **headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["compositeResponse"])


def test_subrequests_are_answered_in_order_with_status_headers_and_body(org: Client) -> None:
    found, made, bad = entries(
        org,
        ask("found", "SELECT Id FROM Contact"),
        lead("made"),
        lead("bad", Email="nope"),
        whole=False,
    )
    assert found == {
        "body": {"totalSize": 0, "done": True, "records": []},
        "httpHeaders": {},
        "httpStatusCode": 200,
        "referenceId": "found",
    }
    assert (made["httpStatusCode"], made["referenceId"]) == (201, "made")
    assert made["httpHeaders"]["Location"] == f"{DATA}/sobjects/Lead/{made['body']['id']}"
    assert (bad["httpStatusCode"], bad["body"][0]["errorCode"]) == (400, "INVALID_EMAIL_ADDRESS")
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Lead")] == ["made"]


def test_a_later_subrequest_sees_what_an_earlier_one_wrote(org: Client) -> None:
    _, found = entries(org, lead("made"), ask("found", "SELECT LastName FROM Lead"))
    assert found["body"]["totalSize"] == 1


def test_references_reach_into_bodies_urls_and_lists(org: Client) -> None:
    task = {"Subject": "x", "WhoId": "@{con.id}"}
    answers = entries(
        org,
        sub("acc", "POST", "sobjects/Account", {"Name": "Brightwell"}),
        sub("con", "POST", "sobjects/Contact", {"LastName": "Okafor", "AccountId": "@{acc.id}"}),
        sub("found", "GET", "query?q=SELECT+Id,Account.Name+FROM+Contact+WHERE+Id='@{con.id}'"),
        sub(
            "changed",
            "PATCH",
            "sobjects/Contact/@{found.records[0].Id}",
            {"Title": "@{found.records[0].Account.Name}"},
        ),
        sub(
            "many",
            "POST",
            "composite/sobjects",
            {"records": [{"attributes": {"type": "Task"}, **task}]},
        ),
        sub("last", "PATCH", "sobjects/Task/@{many[0].id}", {"Subject": "y"}),
    )
    assert [one["httpStatusCode"] for one in answers] == [201, 201, 200, 204, 200, 204]
    assert answers[3]["body"] is None
    (contact,) = org.rows("SELECT Title, Account.Name FROM Contact")
    assert (contact["Title"], contact["Account"]["Name"]) == ("Brightwell", "Brightwell")
    assert org.rows("SELECT Subject FROM Task")[0]["Subject"] == "y"


@pytest.mark.parametrize(
    ("name", "path"),
    [("byMail", ".records[0].Id"), ("nobody", ".id"), ("byMail", ".nothing"), ("nulls", "[0].id")],
)
def test_a_reference_to_nothing_halts_that_subrequest_only(
    org: Client, name: str, path: str
) -> None:
    answers = entries(
        org,
        ask("byMail", "SELECT Id FROM Contact WHERE Email = 'x@y.example'"),
        lead("halted", Title=f"@{{{name}{path}}}"),
        lead("after"),
    )
    assert [one["httpStatusCode"] for one in answers] == [200, 400, 201]
    (error,) = answers[1]["body"]
    assert error["errorCode"] == "PROCESSING_HALTED"
    assert error["message"].startswith(
        f"Invalid reference specified. No value for {name}{path} found in {name}."
    )


def test_a_reference_to_a_null_halts(org: Client) -> None:
    _, _, third = entries(
        org, lead("a"), ask("q", "SELECT Email FROM Lead"), lead("b", Email="@{q.records[0].Email}")
    )
    assert third["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_all_or_none_rolls_every_row_back_and_reports_the_cause(org: Client) -> None:
    kept = org.create("Lead", LastName="kept", Company="C")
    before = org.row("Lead", kept)
    answers = entries(
        org,
        lead("one"),
        sub("two", "PATCH", f"sobjects/Lead/{kept}", {"Title": "CEO"}),
        sub("gone", "DELETE", f"sobjects/Lead/{kept}"),
        lead("bad", Email="nope"),
        lead("last"),
        whole=True,
    )
    assert [one["httpStatusCode"] for one in answers] == [400] * 5
    assert [one["referenceId"] for one in answers] == ["one", "two", "gone", "bad", "last"]
    assert [one["body"][0]["errorCode"] for one in answers if one["referenceId"] != "bad"] == [
        "PROCESSING_HALTED"
    ] * 4
    assert answers[0]["body"][0]["message"] == HALTED
    assert answers[3]["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert org.row("Lead", kept) == before
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Lead", "queryAll")] == [
        "kept"
    ]
    assert org.calls()["created"] == 1


def test_all_or_none_of_the_composite_overrides_its_collections(org: Client) -> None:
    records = [
        {"attributes": {"type": "Task"}, "Subject": "x"},
        {"attributes": {"type": "Task"}, "WhoId": "nope"},
    ]
    answers = entries(
        org,
        lead("one"),
        sub("many", "POST", "composite/sobjects", {"records": records}),
        whole=True,
    )
    assert answers[0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    codes = [row["errors"][0]["statusCode"] for row in answers[1]["body"]]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]
    assert org.rows("SELECT Id FROM Lead") == org.rows("SELECT Id FROM Task") == []


def test_twenty_five_subrequests_cost_one_call_and_twenty_six_are_one_error(org: Client) -> None:
    org.control("POST", "calls/reset")
    assert len(entries(org, *(lead(f"r{n}") for n in range(25)))) == 25
    assert org.calls()["api_calls"] == 1
    (only,) = entries(org, *(lead(f"r{n}") for n in range(26)))
    assert (only["httpStatusCode"], only["referenceId"]) == (400, None)
    message = "The request can’t contain more than 25 operations."
    assert only["body"] == [{"errorCode": "LIMIT_EXCEEDED", "message": message}]
    assert len(org.rows("SELECT Id FROM Lead")) == 25


def test_a_sixth_query_or_collection_is_refused(org: Client) -> None:
    queries = [ask(f"q{n}", "SELECT Id FROM Lead") for n in range(5)]
    assert len(entries(org, *queries, lead("more"))) == 6
    many = sub("many", "POST", "composite/sobjects", {"records": []})
    (only,) = entries(org, *queries, many)
    assert (only["body"][0]["errorCode"], only["referenceId"]) == ("LIMIT_EXCEEDED", None)


def test_reference_ids_must_be_words_and_differ(org: Client) -> None:
    for names in (["a", "a"], ["a-b"], [""], ["_a"]):
        (only,) = entries(org, *(lead(name) for name in names))
        assert only["body"][0]["errorCode"] == "INVALID_INPUT"
    assert org.rows("SELECT Id FROM Lead") == []


def test_only_a_subrequests_own_headers_count(make: Make) -> None:
    org = make(assignment_rule_owner="robin@acme.example")
    (robin,) = org.rows("SELECT Id FROM User WHERE LastName = 'Reyes'")
    outer, inner = lead("outer"), {**lead("inner"), "httpHeaders": {"Sforce-Auto-Assign": "FALSE"}}
    entries(org, outer, inner, Sforce_Auto_Assign="FALSE")
    owners = {
        row["LastName"]: row["OwnerId"] for row in org.rows("SELECT LastName, OwnerId FROM Lead")
    }
    assert owners["outer"] == robin["Id"]
    assert owners["inner"] != robin["Id"]


def test_subrequests_can_be_describes_and_upserts(org: Client) -> None:
    body = {"LastName": "A", "Company": "C"}
    document, made = entries(
        org,
        sub("d", "GET", "sobjects/Lead/describe"),
        sub("u", "PATCH", "sobjects/Lead/Key__c/k", body),
    )
    assert (document["httpStatusCode"], document["body"]["name"]) == (200, "Lead")
    assert (made["httpStatusCode"], made["body"]["created"]) == (201, True)


def test_a_composite_that_is_not_an_object_is_a_parser_error(org: Client) -> None:
    refused(org.call("POST", "composite", []), 400, "JSON_PARSER_ERROR")


def batch(org: Client, *requests: Any, halt: bool = False) -> Any:
    answer = org.call(
        "POST", "composite/batch", {"haltOnError": halt, "batchRequests": list(requests)}
    )
    assert answer.status_code == 200, answer.text
    return answer


def test_each_subrequest_of_a_batch_counts_as_a_call(org: Client) -> None:
    made = org.create("Lead", LastName="A", Company="C")
    org.control("POST", "calls/reset")
    where = f"v68.0/sobjects/Lead/{made}"
    answer = batch(
        org,
        {"method": "PATCH", "url": where, "richInput": {"Title": "CEO"}},
        {"method": "GET", "url": where},
    )
    assert not answer.json()["hasErrors"]
    first, second = answer.json()["results"]
    assert first == {"statusCode": 204, "result": None}
    assert (second["statusCode"], second["result"]["Title"]) == (200, "CEO")
    assert org.calls()["api_calls"] == 2
    assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=2/")


@pytest.mark.parametrize(("halt", "second"), [(False, 200), (True, 412)])
def test_a_batch_continues_after_an_error_unless_halt_on_error_is_set(
    org: Client, halt: bool, second: int
) -> None:
    bad = {"method": "POST", "url": "v68.0/sobjects/Lead", "richInput": {}}
    body = batch(org, bad, {"method": "GET", "url": "v68.0/limits"}, halt=halt).json()
    assert body["hasErrors"]
    assert [one["statusCode"] for one in body["results"]] == [400, second]
    if halt:
        assert body["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
