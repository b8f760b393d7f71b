"""Every kind of fault on demand, by plain requests: what the client sees, and what the org holds
afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.emulator.client import DATA, TIMEOUT_S, Client, refused, wait_until
from tests.emulator.conftest import Make

LEAD = {"LastName": "Okafor", "Company": "Brightwell"}
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def fault(org: Client, kind: str, **more: Any) -> None:
    org.control("POST", "faults", {"kind": kind, **more})


def leads(org: Client) -> list[Any]:
    return list(org.control("GET", "records")["Lead"])


def sub(name: str, body: Any, object_: str = "Lead") -> dict[str, Any]:
    return {
        "referenceId": name,
        "method": "POST",
        "url": f"{DATA}/sobjects/{object_}",
        "body": body,
    }


def document(answer: requests.Response) -> dict[str, tuple[int, str | None]]:
    """By name, each subrequest's status and error code."""
    assert answer.status_code == 200, answer.text
    entries = answer.json()["compositeResponse"]
    return {
        entry["referenceId"]: (
            entry["httpStatusCode"],
            entry["body"][0].get("errorCode")
            if isinstance(entry["body"], list) and entry["body"]
            else None,
        )
        for entry in entries
    }


def late(org: Client) -> int:
    return int(org.control("GET", "faults")["late"])


def test_a_late_commit_happens_after_the_client_gave_up(org: Client) -> None:
    fault(org, "late_commit", held=True, match={"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        org.call("POST", "sobjects/Lead", LEAD)
    assert leads(org) == []
    assert late(org) == 1
    org.control("POST", "faults/release")
    wait_until(lambda: late(org) == 0)
    assert [row["LastName"] for row in leads(org)] == ["Okafor"]
    assert org.control("GET", "requests")[-1]["status"] == 201


def test_a_late_commit_that_is_not_held_happens_without_a_release(org: Client) -> None:
    fault(org, "late_commit", delay_ms=1, match={"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        org.call("POST", "sobjects/Lead", LEAD)
    wait_until(lambda: len(leads(org)) == 1)


def test_a_connection_can_hang_until_the_client_times_out(
    org: Client,
) -> None:
    longer_than_any_client_ms = 600_000
    fault(
        org,
        "late_commit",
        held=True,
        hang_ms=longer_than_any_client_ms,
        match={"method": "POST"},
    )
    headers = {"Authorization": f"Bearer {org.tokens['access_token']}"}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(
            f"{org.url}{DATA}/sobjects/Lead",
            json=LEAD,
            headers=headers,
            timeout=(TIMEOUT_S, 0.1),
        )
    assert leads(org) == []
    org.control("POST", "faults/release")
    wait_until(lambda: len(leads(org)) == 1)


def test_truncated_json_is_a_complete_response_that_does_not_parse(org: Client) -> None:
    fault(org, "truncated_json", match={"method": "POST"})
    answer = org.call("POST", "sobjects/Lead", LEAD)
    assert answer.status_code == 201
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert len(leads(org)) == 1


@pytest.mark.parametrize("status", [200, 500, 502])
@pytest.mark.parametrize("committed", [False, True])
def test_a_proxy_page_has_any_status_whether_or_not_the_org_acted(
    org: Client, status: int, committed: bool
) -> None:
    fault(org, "html_page", status=status, committed=committed)
    answer = org.call("POST", "sobjects/Lead", LEAD)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        status,
        "text/html",
    )
    assert len(leads(org)) == (1 if committed else 0)


def test_a_session_ends_at_the_matched_call_and_a_refresh_starts_another(org: Client) -> None:
    fault(org, "session_expired", after=1, match={"path_contains": "/sobjects/Lead"})
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201
    refused(org.call("POST", "sobjects/Lead", LEAD), 401, "INVALID_SESSION_ID")
    org.tokens |= org.refresh(org.tokens["refresh_token"]).json()
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201
    assert len(leads(org)) == 2


def test_a_revoked_grant_ends_session_and_refresh_alike(org: Client) -> None:
    fault(org, "grant_revoked", match={"path_contains": "/limits"})
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    body = org.refresh(org.tokens["refresh_token"]).json()
    assert body == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def test_a_busy_token_endpoint_rotates_nothing(org: Client) -> None:
    fault(org, "token_busy")
    token = org.tokens["refresh_token"]
    assert org.call("GET", "limits").status_code == 200
    busy = org.refresh(token)
    assert (busy.status_code, busy.json()["error_description"]) == (
        400,
        "token request is already being processed",
    )
    assert org.refresh(token).status_code == 200


def test_a_lost_rotation_ends_the_grant_when_the_old_token_is_reused(
    org: Client,
) -> None:
    fault(org, "rotation_lost")
    token = org.tokens["refresh_token"]
    with pytest.raises(BROKEN):
        org.refresh(token)
    assert org.call("GET", "limits").status_code == 200
    assert org.refresh(token).json()["error"] == "invalid_grant"
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")


def test_the_daily_limit_lasts_for_times_calls_and_shows_in_the_usage(make: Make) -> None:
    org = make(daily_limit=1000)
    fault(org, "daily_limit", after=1, times=2)
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201
    for _ in range(2):
        answer = org.call("POST", "sobjects/Lead", LEAD)
        assert (
            refused(answer, 403, "REQUEST_LIMIT_EXCEEDED")["message"]
            == "TotalRequests Limit exceeded."
        )
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=1000/1000"
    assert (
        org.call("POST", "sobjects/Lead", LEAD).headers["Sforce-Limit-Info"] == "api-usage=2/1000"
    )
    assert len(leads(org)) == 2


def test_concurrent_requests_have_their_own_limit(org: Client) -> None:
    fault(org, "concurrent_limit")
    document = refused(org.call("POST", "sobjects/Lead", LEAD), 403, "REQUEST_LIMIT_EXCEEDED")
    assert document["message"].startswith("ConcurrentRequests")
    assert leads(org) == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("lock_row", "UNABLE_TO_LOCK_ROW"),
        ("duplicate_detected", "DUPLICATES_DETECTED"),
        ("null_reference", "PROCESSING_HALTED"),
    ],
)
def test_one_write_of_a_composite_is_refused_while_the_others_are_done(
    org: Client, kind: str, code: str
) -> None:
    fault(org, kind, sub=1)
    query = {"referenceId": "q", "method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Lead"}
    answer = org.composite(query, sub("a", LEAD), sub("b", LEAD), sub("c", LEAD))
    assert document(answer) == {
        "q": (200, None),
        "a": (201, None),
        "b": (400, code),
        "c": (201, None),
    }
    assert len(leads(org)) == 2


@pytest.mark.parametrize("kind", ["lock_row", "duplicate_detected", "null_reference"])
def test_a_single_write_is_refused_and_a_read_is_not(org: Client, kind: str) -> None:
    fault(org, kind)
    assert org.call("GET", "limits").status_code == 200
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 400
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201
    assert len(leads(org)) == 1


def test_in_a_collection_each_record_is_refused_in_its_own_result(org: Client) -> None:
    fault(org, "lock_row")
    records = [{"attributes": {"type": "Lead"}, **LEAD} for _ in range(2)]
    results = org.call("POST", "composite/sobjects", {"records": records}).json()
    assert [result["errors"][0]["statusCode"] for result in results] == ["UNABLE_TO_LOCK_ROW"] * 2
    assert leads(org) == []


@pytest.mark.parametrize(
    ("status", "code"), [(500, "UNKNOWN_EXCEPTION"), (503, "SERVER_UNAVAILABLE")]
)
@pytest.mark.parametrize("committed", [False, True])
def test_a_subrequest_fails_though_its_write_may_have_happened(
    org: Client, status: int, code: str, committed: bool
) -> None:
    fault(org, "sub_failure", sub=1, status=status, committed=committed)
    answer = org.composite(sub("a", LEAD), sub("b", LEAD))
    assert document(answer) == {"a": (201, None), "b": (status, code)}
    assert len(leads(org)) == (2 if committed else 1)


def test_a_failed_subrequest_halts_those_that_refer_to_it(org: Client) -> None:
    fault(
        org,
        "sub_failure",
        status=400,
        body=[{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no"}],
    )
    account = sub("acc", {"Name": "Brightwell"}, "Account")
    contact = sub("con", {"LastName": "Okafor", "AccountId": "@{acc.id}"}, "Contact")
    assert document(org.composite(account, contact)) == {
        "acc": (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        "con": (400, "PROCESSING_HALTED"),
    }


def test_a_staged_text_is_a_page_and_a_staged_document_is_json(org: Client) -> None:
    fault(org, "status", status=200, body="<html>Sign in</html>")
    page = org.call("GET", "limits")
    assert (page.text, page.headers["Content-Type"]) == (
        "<html>Sign in</html>",
        "text/html;charset=UTF-8",
    )
    fault(org, "status", status=403, body={"blocked": True})
    assert org.call("GET", "limits").json() == {"blocked": True}


def test_injected_faults_are_counted_by_kind(org: Client) -> None:
    fault(org, "html_503", times=2)
    fault(org, "lock_row", times=3)
    for _ in range(2):
        org.call("GET", "limits")
    document = org.control("GET", "faults")
    assert document == {"met": {"html_503": 2}, "staged": {"lock_row": 3}, "late": 0}
    org.control("DELETE", "faults")
    assert org.control("GET", "faults") == {"met": {}, "staged": {}, "late": 0}


def a_day(org: Client, calls: int = 60) -> list[object]:
    """The outcome of each call."""
    seen: list[object] = []
    for _ in range(calls):
        try:
            seen.append(org.call("GET", "limits").status_code)
        except BROKEN as error:
            seen.append(type(error).__name__)
    return seen


def test_chaos_is_reproducible_by_seed(org: Client) -> None:
    kinds = ["drop_before", "html_503", "html_page", "truncated_json", "delay"]
    days = []
    for seed in (1, 1, 2):
        org.control("POST", "chaos", {"seed": seed, "share": 0.3, "kinds": kinds})
        days.append(a_day(org))
    org.control("DELETE", "chaos")
    assert days[0] == days[1] != days[2]
    assert a_day(org, 20) == [200] * 20
    assert sum(org.control("GET", "faults")["met"].values()) > 20


def test_chaos_hits_about_the_requested_share(org: Client) -> None:
    org.control("POST", "chaos", {"seed": 7, "share": 0.2, "kinds": ["html_503"]})
    assert 20 <= a_day(org, 200).count(503) <= 60


def test_chaos_by_default_ends_no_approval(org: Client) -> None:
    org.control("POST", "chaos", {"seed": 3, "share": 1})
    for _ in range(40):
        try:
            answer = org.refresh(org.tokens["refresh_token"])
        except BROKEN:
            continue
        if answer.status_code == 200 and "json" in answer.headers["Content-Type"]:
            org.tokens |= answer.json()
    org.control("DELETE", "chaos")
    assert org.refresh(org.tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "body", [{"share": 2}, {"share": True}, {"kinds": []}, {"kinds": ["flood"]}]
)
def test_invalid_chaos_is_400_with_a_message(org: Client, body: Any) -> None:
    answer = org.http.post(f"{org.url}/_emulator/chaos", json=body, timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert "must be" in answer.json()["error"] or "it must" in answer.json()["error"]


@pytest.mark.parametrize("body", [{"skip": 1}, {"match": {"path": "/composite"}}])
def test_a_fault_with_an_unknown_key_is_400_instead_of_hitting_other_requests(
    org: Client, body: Any
) -> None:
    answer = org.http.post(
        f"{org.url}/_emulator/faults", json={"kind": "delay", **body}, timeout=TIMEOUT_S
    )
    assert (answer.status_code, "unknown key" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("body", [{"times": -1}, {"after": "2"}, {"sub": True}, {"delay_ms": 1.5}])
def test_an_invalid_number_in_a_fault_is_400_with_a_message(org: Client, body: Any) -> None:
    answer = org.http.post(
        f"{org.url}/_emulator/faults", json={"kind": "delay", **body}, timeout=TIMEOUT_S
    )
    assert (answer.status_code, "integer" in answer.json()["error"]) == (400, True)
