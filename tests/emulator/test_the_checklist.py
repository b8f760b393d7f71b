"""The checklist for an emulator (salesforce-api.md §9.1), letter by letter, by plain requests.

One test or more a letter, named by it. The files beside this one go into the depth of each.
"""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.emulator.client import CLIENT_ID, DATA, Client, refused
from tests.emulator.conftest import ADMIN, GONE, KEY, ROBIN, TASK_KEY, Make

LEAD = {"LastName": "Okafor", "Company": "Brightwell Ltd"}
LOOSE = {**KEY, "name": "Loose__c", "unique": False}


def sub(name: str, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    made: dict[str, Any] = {"referenceId": name, "method": method, "url": f"{DATA}/{path}"}
    return (
        made
        | ({"body": body} if body is not None else {})
        | ({"httpHeaders": headers} if headers else {})
    )


def answers(response: requests.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    return {one["referenceId"]: one for one in response.json()["compositeResponse"]}


def me(org: Client) -> str:
    return str(org.tokens["id"].rpartition("/")[2])


def permit(org: Client, **permissions: Any) -> None:
    org.control("POST", "permissions", {"user": "admin@acme.example", **permissions})


def test_a_fields_and_records_can_be_hidden_from_one_user(org: Client) -> None:
    lead = org.create("Lead", **LEAD, Email="ngozi@brightwell.example")
    permit(org, unshared=[lead], hidden_fields=["Lead.Email"])
    assert org.rows("SELECT Id FROM Lead") == []
    refused(org.call("GET", f"sobjects/Lead/{lead}"), 404, "NOT_FOUND")
    refused(org.query("SELECT Email FROM Lead"), 400, "INVALID_FIELD")
    org.sign_in("robin@acme.example")
    assert org.rows("SELECT Email FROM Lead")[0]["Email"] == "ngozi@brightwell.example"


def test_a_a_new_field_is_visible_only_with_its_permission_set(org: Client) -> None:
    made = {"FullName": "Lead.Made__c", "Metadata": {"label": "Made", "type": "Text", "length": 64}}
    assert org.call("POST", "tooling/sobjects/CustomField", made).status_code == 201
    held = org.create("PermissionSet", Name="Sync", Label="Sync")
    permission = {
        "ParentId": held,
        "SobjectType": "Lead",
        "Field": "Lead.Made__c",
        "PermissionsRead": True,
    }
    row = org.create("FieldPermissions", **permission)
    refused(org.query("SELECT Made__c FROM Lead"), 400, "INVALID_FIELD")
    org.create("PermissionSetAssignment", AssigneeId=me(org), PermissionSetId=held)
    assert org.rows("SELECT Made__c FROM Lead") == []
    locked = refused(
        org.call("POST", "sobjects/Lead", {**LEAD, "Made__c": "x"}),
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )
    assert locked["fields"] == ["Made__c"], "read but not edit"
    assert (
        org.call("PATCH", f"sobjects/FieldPermissions/{row}", {"PermissionsEdit": True}).status_code
        == 204
    )
    assert org.call("POST", "sobjects/Lead", {**LEAD, "Made__c": "x"}).status_code == 201
    org.sign_in("robin@acme.example")
    refused(org.query("SELECT Made__c FROM Lead"), 400, "INVALID_FIELD")


def test_a_the_tooling_query_returns_hidden_fields(org: Client) -> None:
    for name in ("Lead.Made__c", "Activity.Step__c"):
        metadata = {"label": "Made", "type": "Text", "length": 64}
        org.call("POST", "tooling/sobjects/CustomField", {"FullName": name, "Metadata": metadata})
    asked = "SELECT Id, DeveloperName, NamespacePrefix FROM CustomField WHERE TableEnumOrId = '{}' AND DeveloperName = '{}'"
    (row,) = org.rows(asked.format("Lead", "Made"), "tooling/query")
    assert (row["Id"][:3], row["DeveloperName"], row["NamespacePrefix"]) == ("00N", "Made", None)
    assert len(org.rows(asked.format("Activity", "Step"), "tooling/query")) == 1
    assert org.rows(asked.format("Lead", "Step"), "tooling/query") == []
    refused(org.query("SELECT Id FROM Nothing", "tooling/query"), 400, "MALFORMED_QUERY")


def test_a_a_field_of_activity_is_one_of_task_and_of_event(org: Client) -> None:
    for name in ("Task", "Event"):
        fields = [
            field["name"] for field in org.call("GET", f"sobjects/{name}/describe").json()["fields"]
        ]
        assert "StepKey__c" in fields
    refused(org.call("POST", "sobjects/Event", {"Subject": "Call"}), 400, "REQUIRED_FIELD_MISSING")
    start = {"StartDateTime": "2026-11-23T10:00:00Z", "DurationInMinutes": 30}
    assert org.create("Event", Subject="Call", StepKey__c="s1", **start).startswith("00U")


def test_a_sandbox_users_have_undeliverable_addresses(make: Make) -> None:
    org = make(is_sandbox=True, records={"Lead": [{**LEAD, "Email": "ngozi@brightwell.example"}]})
    assert "admin@acme.example.invalid" in [
        row["Email"] for row in org.rows("SELECT Email FROM User")
    ]
    assert org.rows("SELECT Email FROM Lead")[0]["Email"] == "ngozi@brightwell.example"
    assert org.rows("SELECT IsSandbox FROM Organization")[0]["IsSandbox"] is True


def test_b_tokens_are_opaque_end_early_and_rotate_at_once(org: Client) -> None:
    first = dict(org.tokens)
    assert "expires_in" not in first
    assert "!" in first["access_token"]
    org.control("POST", "sessions/expire")
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    second = org.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    replay = org.refresh(first["refresh_token"])
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert org.refresh(second["refresh_token"]).status_code == 400, (
        "a replay revokes the whole grant"
    )


def test_b_an_idle_session_ends_and_use_extends_it(org: Client) -> None:
    org.control("POST", "settings", {"session_minutes": 15})
    for minutes in (10, 20):
        org.control("POST", "settings", {"clock_ahead_s": minutes * 60})
        assert org.call("GET", "limits").status_code == 200
    org.control("POST", "settings", {"clock_ahead_s": 36 * 60})
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    assert org.refresh(org.tokens["refresh_token"]).status_code == 200


def test_b_a_grant_ends_after_thirty_days_without_a_refresh(org: Client) -> None:
    org.control("POST", "settings", {"clock_ahead_s": 29 * 86_400})
    kept = org.refresh(org.tokens["refresh_token"]).json()["refresh_token"]
    org.control("POST", "settings", {"clock_ahead_s": 58 * 86_400})
    kept = org.refresh(kept).json()["refresh_token"]
    org.control("POST", "settings", {"clock_ahead_s": 89 * 86_400})
    document = org.refresh(kept)
    assert (document.status_code, document.json()["error_description"]) == (
        400,
        "expired access/refresh token",
    )


def test_b_a_code_ends_after_fifteen_minutes(org: Client) -> None:
    code = org.decide()["code"]
    org.control("POST", "settings", {"clock_ahead_s": 16 * 60})
    document = org.redeem(code)
    assert (document.status_code, document.json()["error_description"]) == (
        400,
        "expired authorization code",
    )


def test_b_introspection_distinguishes_active_tokens(org: Client) -> None:
    document = org.oauth(
        "introspect", {"token": org.tokens["access_token"], "client_id": CLIENT_ID}
    ).json()
    assert (document["active"], document["username"], document["token_type"]) == (
        True,
        "admin@acme.example",
        "access_token",
    )
    assert document["exp"] > document["iat"] == document["nbf"]
    kind = org.oauth("introspect", {"token": org.tokens["refresh_token"]}).json()["token_type"]
    assert kind == "refresh_token"
    org.control("POST", "sessions/expire")
    assert org.oauth("introspect", {"token": org.tokens["access_token"]}).json() == {
        "active": False
    }


BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FOR_PRODUCTION = {
    "aud": "https://login.salesforce.com",
    "sub": "admin@acme.example",
    "iss": CLIENT_ID,
}


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {**FOR_PRODUCTION, "exp": int(time.time()) + 120, **changes}
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
        for one in ({"alg": "RS256"}, claims)
    ]
    signature = key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, base64.urlsafe_b64encode(signature).decode().rstrip("=")])


def test_b_a_signed_assertion_starts_a_session_without_a_refresh_token(org: Client) -> None:
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    org.control("POST", "keys", {"client_id": CLIENT_ID, "public_key": public})
    document = org.oauth("token", {"grant_type": BEARER, "assertion": assertion(key)})
    assert document.status_code == 200
    assert "refresh_token" not in document.json()
    org.tokens = document.json()
    assert org.call("GET", "limits").status_code == 200
    for signed, words in (
        (assertion(other), "invalid assertion"),
        (assertion(key, iss="another"), "invalid assertion"),
        (assertion(key, aud="https://example.org"), "audience is invalid"),
        (assertion(key, exp=1), "assertion expired"),
        (assertion(key, sub="nobody@acme.example"), "user hasn't approved this consumer"),
        ("a.b", "invalid assertion"),
    ):
        refusal = org.oauth("token", {"grant_type": BEARER, "assertion": signed})
        assert (refusal.status_code, refusal.json()) == (
            400,
            {"error": "invalid_grant", "error_description": words},
        )


def test_b_a_refresh_in_progress_elsewhere_has_its_own_message(org: Client) -> None:
    body = {
        "error": "invalid_grant",
        "error_description": "token request is already being processed",
    }
    fault = {
        "kind": "status",
        "status": 400,
        "body": body,
        "match": {"path_contains": "/oauth2/token"},
    }
    org.control("POST", "faults", fault)
    assert org.refresh(org.tokens["refresh_token"]).json() == body
    assert org.refresh(org.tokens["refresh_token"]).status_code == 200


def test_b_the_sixth_approval_ends_the_first(org: Client) -> None:
    first = org.tokens["refresh_token"]
    for _ in range(5):
        org.sign_in()
    assert org.refresh(first).json()["error_description"] == "expired access/refresh token"


def test_c_every_data_response_shows_the_usage_and_the_limit_is_hard(org: Client) -> None:
    usage = re.compile(r"api-usage=(\d+)/(\d+)")
    good, bad = org.call("GET", "limits"), org.call("POST", "sobjects/Lead", {})
    assert [
        usage.search(answer.headers["Sforce-Limit-Info"]) is not None for answer in (good, bad)
    ] == [True, True]
    assert "Sforce-Limit-Info" not in org.call("GET", "/services/data").headers
    org.control("POST", "settings", {"daily_limit": org.calls()["api_calls"]})
    refused(org.call("GET", "limits"), 403, "REQUEST_LIMIT_EXCEEDED")


def test_d_a_composite_keeps_order_resolves_references_and_halts_on_nulls(org: Client) -> None:
    found = answers(
        org.composite(
            sub("acc", "POST", "sobjects/Account", {"Name": "Brightwell Ltd"}),
            sub(
                "con", "POST", "sobjects/Contact", {"LastName": "Okafor", "AccountId": "@{acc.id}"}
            ),
            sub("none", "GET", "query?q=SELECT+Id+FROM+Lead"),
            sub("halted", "PATCH", "sobjects/Lead/@{none.records[0].Id}", {"Title": "x"}),
        )
    )
    assert [found[name]["httpStatusCode"] for name in ("acc", "con", "none", "halted")] == [
        201,
        201,
        200,
        400,
    ]
    assert found["halted"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert (
        "Invalid reference specified. No value for none.records[0].Id"
        in found["halted"]["body"][0]["message"]
    )


def test_d_all_or_none_rolls_back_and_reports_the_original_error(org: Client) -> None:
    bad = sub("bad", "POST", "sobjects/Lead", {"LastName": "x"})
    found = answers(org.composite(sub("good", "POST", "sobjects/Lead", LEAD), bad, whole=True))
    assert found["good"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert found["bad"]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert org.control("GET", "records")["Lead"] == []


def test_d_twenty_six_or_six_queries_are_refused_in_one_entry_without_a_name(org: Client) -> None:
    for subs in (
        [sub(f"r{n}", "GET", "limits") for n in range(26)],
        [sub(f"q{n}", "GET", "query?q=SELECT+Id+FROM+Lead") for n in range(6)],
    ):
        (entry,) = org.composite(*subs).json()["compositeResponse"]
        assert (entry["referenceId"], entry["httpStatusCode"]) == (None, 400)
        assert entry["body"][0]["errorCode"] == "LIMIT_EXCEEDED"


def test_d_outer_headers_do_not_reach_subrequests(make: Make) -> None:
    org = make(assignment_rule_owner="robin@acme.example")
    inner = sub("inner", "POST", "sobjects/Lead", LEAD, **{"Sforce-Auto-Assign": "FALSE"})
    found = answers(
        org.composite(
            sub("outer", "POST", "sobjects/Lead", LEAD), inner, Sforce_Auto_Assign="FALSE"
        )
    )
    owners = [org.row("Lead", found[name]["body"]["id"])["OwnerId"] for name in ("outer", "inner")]
    assert owners[0] != owners[1]


def test_d_an_encoded_reference_in_an_address_is_resolved(org: Client) -> None:
    found = answers(
        org.composite(
            sub("acc", "POST", "sobjects/Account", {"Name": "Brightwell Ltd"}),
            sub("seen", "GET", "query?q=SELECT+Name+FROM+Account+WHERE+Id%3D%27%40%7Bacc.id%7D%27"),
            sub("row", "GET", "sobjects/Account/@%7Bacc.id%7D"),
        )
    )
    assert found["seen"]["body"]["records"][0]["Name"] == "Brightwell Ltd"
    assert found["row"]["body"]["Name"] == "Brightwell Ltd"


def test_d_a_tree_is_created_as_a_whole_or_not_at_all(org: Client) -> None:
    def tree(**contact: Any) -> requests.Response:
        child = {
            "attributes": {"type": "Contact", "referenceId": "c1"},
            "LastName": "Okafor",
            **contact,
        }
        record = {"attributes": {"type": "Account", "referenceId": "a1"}, "Name": "Brightwell Ltd"}
        return org.call(
            "POST",
            "composite/tree/Account",
            {"records": [{**record, "Contacts": {"records": [child]}}]},
        )

    failed = tree(Email="nope")
    error = {
        "statusCode": "INVALID_EMAIL_ADDRESS",
        "message": "Email: invalid email address: nope",
        "fields": ["Email"],
    }
    assert (failed.status_code, failed.json()) == (
        400,
        {"hasErrors": True, "results": [{"referenceId": "c1", "errors": [error]}]},
    )
    assert org.control("GET", "records")["Account"] == []
    made = tree()
    assert (made.status_code, made.json()["hasErrors"]) == (201, False)
    account, contact = (one["id"] for one in made.json()["results"])
    assert org.row("Contact", contact)["AccountId"] == account


def test_d_graphs_are_atomic_and_independent(org: Client) -> None:
    def graph(name: str, email: str) -> dict[str, Any]:
        account = sub("acc", "POST", "sobjects/Account", {"Name": name})
        contact = sub(
            "con",
            "POST",
            "sobjects/Contact",
            {"LastName": "O", "AccountId": "@{acc.id}", "Email": email},
        )
        return {"graphId": name, "compositeRequest": [account, contact]}

    body = {"graphs": [graph("good", "n@b.example"), graph("bad", "nope")]}
    document = org.call("POST", "composite/graph", body)
    assert document.status_code == 200
    assert [(one["graphId"], one["isSuccessful"]) for one in document.json()["graphs"]] == [
        ("good", True),
        ("bad", False),
    ]
    bad = document.json()["graphs"][1]["graphResponse"]["compositeResponse"]
    assert [one["body"][0]["errorCode"] for one in bad] == [
        "PROCESSING_HALTED",
        "INVALID_EMAIL_ADDRESS",
    ]
    assert [row["Name"] for row in org.control("GET", "records")["Account"]] == ["good"]
    asks = {
        "graphs": [
            {"graphId": "q", "compositeRequest": [sub("q", "GET", "query?q=SELECT+Id+FROM+Lead")]}
        ]
    }
    refused(org.call("POST", "composite/graph", asks), 400, "INVALID_INPUT")
    refused(
        org.call("POST", "composite/graph", {"graphs": [graph("x", "")] * 76}),
        400,
        "LIMIT_EXCEEDED",
    )


def test_e_a_collection_keeps_order_and_keys_its_errors_statuscode(org: Client) -> None:
    records = [{"attributes": {"type": "Lead"}, **row} for row in (LEAD, {"LastName": "x"}, LEAD)]
    results = org.call("POST", "composite/sobjects", {"records": records}).json()
    assert [one["success"] for one in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert "id" not in results[1]
    whole = org.call("POST", "composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert whole[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"


def test_e_a_collection_takes_200_records_in_10_chunks(org: Client) -> None:
    lead, account = (
        {"attributes": {"type": "Lead"}, **LEAD},
        {"attributes": {"type": "Account"}, "Name": "Acme"},
    )
    refused(
        org.call("POST", "composite/sobjects", {"records": [lead] * 201}), 400, "EXCEEDED_ID_LIMIT"
    )
    refused(
        org.call("POST", "composite/sobjects", {"records": [lead, account] * 6}),
        400,
        "LIMIT_EXCEEDED",
    )


def test_f_an_upsert_creates_updates_lists_several_and_recognizes_its_keys(make: Make) -> None:
    org = make(fields=[KEY, LOOSE])
    assert org.call("PATCH", "sobjects/Lead/Key__c/k1", LEAD).status_code == 201
    assert org.call("PATCH", "sobjects/Lead/Key__c/k1", {"Title": "x"}).status_code == 200
    for _ in range(2):
        org.create("Lead", **LEAD, Loose__c="same")
    assert org.call("PATCH", "sobjects/Lead/Loose__c/same", {"Title": "x"}).status_code == 300
    refused(org.call("PATCH", "sobjects/Lead/Nope__c/k1", LEAD), 404, "NOT_FOUND")
    permit(org, view_all_data=False)
    refused(org.call("PATCH", "sobjects/Lead/Loose__c/new", LEAD), 403, "INSUFFICIENT_ACCESS")
    assert org.call("PATCH", "sobjects/Lead/Key__c/k1", {"Title": "y"}).status_code == 200


@pytest.mark.parametrize(("action", "overridden"), [("alert", True), ("block", False)])
def test_g_an_alert_gives_way_to_the_header_and_a_block_never(
    make: Make, action: str, overridden: bool
) -> None:
    org = make(duplicate_rules=[{"object": "Lead", "field": "Email", "action": action}])
    person = {**LEAD, "Email": "ngozi@brightwell.example"}
    org.create("Lead", **person)
    error = refused(org.call("POST", "sobjects/Lead", person), 400, "DUPLICATES_DETECTED")
    assert error["duplicateResut"]["allowSave"] is overridden
    again = org.call("POST", "sobjects/Lead", person, Sforce_Duplicate_Rule_Header="allowSave=true")
    assert again.status_code == (201 if overridden else 400)


def test_g_a_report_passes_and_the_result_key_has_two_spellings(make: Make) -> None:
    rule = {"object": "Lead", "field": "Email", "action": "report"}
    org = make(duplicate_rules=[rule, {**rule, "object": "Contact", "action": "block"}])
    org.create("Lead", **LEAD, Email="n@b.example")
    org.create("Lead", **LEAD, Email="n@b.example")
    org.control("POST", "settings", {"duplicate_key": "duplicateResult"})
    error = refused(
        org.call("POST", "sobjects/Contact", {"LastName": "O", "Email": "n@b.example"}),
        400,
        "DUPLICATES_DETECTED",
    )
    assert error["duplicateResult"]["matchResults"][0]["size"] == 2


def test_g_in_a_collection_a_duplicate_has_no_details(make: Make) -> None:
    org = make(duplicate_rules=[{"object": "Lead", "field": "Email", "action": "alert"}])
    record = {"attributes": {"type": "Lead"}, **LEAD, "Email": "n@b.example"}
    results = org.call("POST", "composite/sobjects", {"records": [record, record]}).json()
    assert results[1]["errors"] == [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    ]


def test_h_assignment_rules_run_unless_turned_off(make: Make) -> None:
    org = make(assignment_rule_owner="robin@acme.example")
    (robin,) = [
        user["Id"] for user in org.control("GET", "users") if user["Username"] == ROBIN["Username"]
    ]
    assigned, kept = (
        org.create("Lead", **LEAD),
        org.call("POST", "sobjects/Lead", LEAD, Sforce_Auto_Assign="FALSE"),
    )
    assert org.row("Lead", assigned)["OwnerId"] == robin
    assert org.row("Lead", kept.json()["id"])["OwnerId"] != robin


def test_i_converted_merged_deleted_and_archived_rows_behave_as_such(org: Client) -> None:
    converted, winner, loser, deleted = (org.create("Lead", **LEAD) for _ in range(4))
    org.control("PATCH", f"records/Lead/{converted}", {"IsConverted": True})
    org.control("POST", "merge", {"object": "Lead", "winner": winner, "loser": loser})
    org.call("DELETE", f"sobjects/Lead/{deleted}")
    refused(
        org.call("PATCH", f"sobjects/Lead/{converted}", {"Title": "x"}),
        400,
        "CANNOT_UPDATE_CONVERTED_LEAD",
    )
    refused(org.call("PATCH", f"sobjects/Lead/{loser}", {"Title": "x"}), 404, "ENTITY_IS_DELETED")
    assert {row["Id"] for row in org.rows("SELECT Id FROM Lead")} == {converted, winner}
    gone = org.rows(
        "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true ORDER BY Id", "queryAll"
    )
    assert [(row["Id"], row["MasterRecordId"]) for row in gone] == [
        (loser, winner),
        (deleted, None),
    ]
    task = org.create("Task", Subject="Hi", WhoId=winner)
    org.control("PATCH", f"records/Task/{task}", {"IsArchived": True})
    assert org.rows("SELECT Id FROM Task") == []
    assert len(org.rows("SELECT Id FROM Task", "queryAll")) == 1


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        (
            "SELECT Id FROM Lead WHERE Title = 'a' AND Company = 'b' OR City = 'c'",
            "MALFORMED_QUERY",
        ),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY"),
    ],
)
def test_j_what_salesforce_does_not_parse_is_refused(org: Client, soql: str, code: str) -> None:
    refused(org.query(soql), 400, code)


def test_j_text_is_compared_without_regard_to_case(org: Client) -> None:
    org.create("Lead", **LEAD, Email="Ngozi@Brightwell.example")
    assert len(org.rows("SELECT Id FROM Lead WHERE Email = 'ngozi@brightwell.EXAMPLE'")) == 1


def test_k_the_server_chooses_the_page_size(make: Make) -> None:
    org = make(page_size=2)
    for _ in range(5):
        org.create("Lead", **LEAD)
    page, sizes = org.query("SELECT Id FROM Lead").json(), []
    while True:
        sizes.append(len(page["records"]))
        if page["done"]:
            break
        page = org.call("GET", page["nextRecordsUrl"]).json()
    assert (sizes, page["totalSize"]) == ([2, 2, 1], 5)


def test_k_the_server_may_return_fewer_rows_than_the_batch_size(make: Make) -> None:
    org = make(records={"Lead": [LEAD] * 450})
    sizes = []
    for options in ("batchSize=200", "batchSize=10", "batchSize=9999"):
        page = org.call("GET", "query?q=SELECT+Id+FROM+Lead", Sforce_Query_Options=options).json()
        sizes.append((len(page["records"]), page["done"]))
    assert sizes == [(200, False), (200, False), (450, True)]
    org.control("POST", "settings", {"page_size": 150})
    page = org.call(
        "GET", "query?q=SELECT+Id+FROM+Lead", Sforce_Query_Options="batchSize=200"
    ).json()
    assert (len(page["records"]), page["totalSize"]) == (150, 450)


def test_k_a_search_finds_words_and_lags_behind_what_was_written(org: Client) -> None:
    find = "FIND {ngozi@brightwell.example} IN EMAIL FIELDS RETURNING Lead(Id, Email WHERE IsConverted = false), Contact(Id)"
    document = {
        "q": "ngozi@brightwell.example",
        "in": "EMAIL",
        "fields": ["Id"],
        "sobjects": [{"name": "Lead"}],
    }

    def found() -> list[int]:
        by_text = org.call("GET", f"search?q={requests.utils.quote(find, safe='')}").json()[
            "searchRecords"
        ]
        return [
            len(by_text),
            len(org.call("POST", "parameterizedSearch", document).json()["searchRecords"]),
        ]

    org.control("POST", "settings", {"search_lag": True})
    org.create("Lead", **LEAD, Email="Ngozi@brightwell.example")
    assert found() == [0, 0]
    org.control("POST", "settings", {"search_lag": False})
    assert found() == [1, 1]


def test_k_changes_and_deletions_are_reported_to_the_minute(org: Client) -> None:
    kept, gone = (org.create("Lead", **LEAD) for _ in range(2))
    org.call("DELETE", f"sobjects/Lead/{gone}")
    now = datetime.now(UTC)
    span = f"start={now - timedelta(days=1):%Y-%m-%dT%H:%M:00Z}&end={now + timedelta(minutes=2):%Y-%m-%dT%H:%M:00Z}"
    assert org.call("GET", f"sobjects/Lead/updated?{span}").json()["ids"] == [kept]
    (row,) = org.call("GET", f"sobjects/Lead/deleted?{span}").json()["deletedRecords"]
    assert row["id"] == gone


def test_l_a_write_under_a_locked_parent_fails_once(
    org: Client,
) -> None:
    busy, free = org.create("Account", Name="Busy"), org.create("Account", Name="Free")
    lock = {
        "code": "UNABLE_TO_LOCK_ROW",
        "object": "Contact",
        "where": {"AccountId": busy},
        "after": 1,
    }
    org.control("POST", "refusals", lock)
    codes = [
        org.call("POST", "sobjects/Contact", {"LastName": "x", "AccountId": account}).status_code
        for account in (busy, free, busy, busy)
    ]
    assert codes == [201, 201, 400, 201]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after_commit", "reset_mid_body"])
def test_m_a_connection_breaks_before_or_after_the_commit(org: Client, kind: str) -> None:
    org.control("POST", "faults", {"kind": kind, "match": {"path_contains": "/sobjects/Lead"}})
    with pytest.raises(requests.RequestException):
        org.call("POST", "sobjects/Lead", LEAD)
    assert len(org.control("GET", "records")["Lead"]) == (0 if kind == "drop_before" else 1)


def test_m_a_session_and_the_daily_limit_can_end_mid_run(org: Client) -> None:
    dead = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    org.control("POST", "faults", {"kind": "status", "status": 401, "body": dead, "after": 1})
    assert [org.call("GET", "limits").status_code for _ in range(3)] == [200, 401, 200]
    org.control("POST", "settings", {"daily_limit": org.calls()["api_calls"] + 1})
    assert [org.call("GET", "limits").status_code for _ in range(2)] == [200, 403]


def test_m_a_503_is_a_page_and_writes_nothing(org: Client) -> None:
    org.control("POST", "faults", {"kind": "html_503"})
    answer = org.call("POST", "sobjects/Lead", LEAD)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html;charset=UTF-8")
    assert org.control("GET", "records")["Lead"] == []


def test_m_several_matches_are_300_with_the_addresses_of_the_rows(org: Client) -> None:
    made = [org.create("Lead", **LEAD, Email="n@b.example") for _ in range(2)]
    answer = org.call("PATCH", "sobjects/Lead/Email/n@b.example", {"Title": "x"})
    assert (answer.status_code, answer.json()) == (
        300,
        [f"{DATA}/sobjects/Lead/{one}" for one in made],
    )


def test_n_ids_have_their_prefix_and_suffix_and_are_taken_in_both_forms(org: Client) -> None:
    lead = org.create("Lead", **LEAD)
    assert (lead[:3], len(lead)) == ("00Q", 18)
    assert org.call("GET", f"sobjects/Lead/{lead[:15]}").json()["Id"] == lead
    refused(org.call("PATCH", f"sobjects/Lead/{lead[:15]}ZZZ", {"Title": "x"}), 404, "NOT_FOUND")


def test_o_a_204_has_no_body(org: Client) -> None:
    answer = org.call("PATCH", f"sobjects/Lead/{org.create('Lead', **LEAD)}", {"Title": "x"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_p_describes_differ_by_user_and_an_unchanged_one_is_304(make: Make) -> None:
    org = make(users=[ADMIN, ROBIN, GONE], fields=[KEY, TASK_KEY])
    whole = org.call("GET", "sobjects/Lead/describe")
    since = whole.headers["Last-Modified"]
    again = org.call("GET", "sobjects/Lead/describe", If_Modified_Since=since)
    assert (again.status_code, again.content) == (304, b"")
    permit(org, hidden_fields=["Lead.Title"], read_only_fields=["Lead.Phone"])
    fields = {
        field["name"]: field for field in org.call("GET", "sobjects/Lead/describe").json()["fields"]
    }
    assert "Title" not in fields
    assert (fields["Phone"]["createable"], fields["Phone"]["updateable"]) == (False, False)
    org.sign_in(ROBIN["Username"])
    fields = {
        field["name"]: field for field in org.call("GET", "sobjects/Lead/describe").json()["fields"]
    }
    assert fields["Phone"]["createable"] is True
    assert "Title" in fields
