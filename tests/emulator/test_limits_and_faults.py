"""Call accounting, the daily limit, faults on demand and the surface behind the org's back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.emulator.client import DATA, PATIENCE_S, TIMEOUT_S, Client, refused, wait_until
from tests.emulator.conftest import Make

LEAD = {"LastName": "A", "Company": "C"}
PATHS = ("limits", "nothing")


def fault(org: Client, kind: str, **more: Any) -> None:
    org.control("POST", "faults", {"kind": kind, **more})


def test_every_data_response_shows_the_usage(make: Make) -> None:
    org = make(daily_limit=50)
    paths = [
        "limits",
        "sobjects/Lead/describe",
        "query?q=SELECT+Id+FROM+Lead",
        "query?q=wrong",
        "nothing",
    ]
    for used, path in enumerate(paths, start=1):
        assert org.call("GET", path).headers["Sforce-Limit-Info"] == f"api-usage={used}/50", path
    made = org.call("POST", "sobjects/Lead", LEAD)
    assert made.headers["Sforce-Limit-Info"] == "api-usage=6/50"
    gone = org.call("DELETE", f"sobjects/Lead/{made.json()['id']}")
    assert (gone.status_code, gone.headers["Sforce-Limit-Info"]) == (204, "api-usage=7/50")


def test_every_answer_says_the_orgs_time_which_may_be_ahead(org: Client) -> None:
    for path in PATHS:
        org.control("POST", "settings", {"clock_ahead_s": 0})
        before = parsedate_to_datetime(org.call("GET", path).headers["Date"])
        org.control("POST", "settings", {"clock_ahead_s": 86_400})
        ahead = parsedate_to_datetime(org.call("GET", path).headers["Date"])
        assert timedelta(days=1) <= ahead - before < timedelta(days=1, seconds=PATIENCE_S)


def test_an_org_may_send_no_date(make: Make) -> None:
    org = make(sends_date=False)
    assert all("Date" not in org.call("GET", path).headers for path in PATHS)
    org.control("POST", "settings", {"sends_date": True})
    assert "Date" in org.call("GET", "limits").headers


def test_tokens_and_identities_are_not_counted(org: Client) -> None:
    org.sign_in()
    answer = org.call("GET", org.tokens["id"].removeprefix(org.url))
    assert "Sforce-Limit-Info" not in answer.headers
    assert org.calls()["api_calls"] == 0


def test_at_the_daily_limit_every_call_is_403_and_does_nothing(make: Make) -> None:
    org = make(daily_limit=2)
    for _ in range(2):
        assert org.call("GET", "limits").status_code == 200
    for method, path, body in (("GET", "limits", None), ("POST", "sobjects/Lead", LEAD)):
        answer = org.call(method, path, body)
        assert (
            refused(answer, 403, "REQUEST_LIMIT_EXCEEDED")["message"]
            == "TotalRequests Limit exceeded."
        )
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    assert org.calls()["created"] == 0
    assert requests.get(f"{org.url}/services/data", timeout=TIMEOUT_S).status_code == 200


def test_the_limit_and_the_usage_can_be_set_by_command(org: Client) -> None:
    org.control("POST", "settings", {"daily_limit": 100, "used": 99})
    body = org.call("GET", "limits").json()
    assert body["DailyApiRequests"] == {"Max": 100, "Remaining": 0}
    refused(org.call("GET", "limits"), 403, "REQUEST_LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("POST", "settings", {"nonsense": 1}),
        ("POST", "faults", {"kind": "flood"}),
        ("POST", "fields", {"name": "X__c"}),
        ("PATCH", "records/Lead/00Q5g00000zzzzz", {}),
    ],
)
def test_an_invalid_command_is_400_with_a_message(
    org: Client, method: str, name: str, body: Any
) -> None:
    answer = org.http.request(method, f"{org.url}/_emulator/{name}", json=body, timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_unknown_command_is_404(org: Client) -> None:
    answer = org.http.get(f"{org.url}/_emulator/weather", timeout=TIMEOUT_S)
    assert (answer.status_code, answer.json()) == (404, {"error": "no such command"})


def test_calls_are_counted_by_resource_and_reset(org: Client) -> None:
    made = org.create("Lead", **LEAD)
    org.call("PATCH", f"sobjects/Lead/{made}", {"Title": "CEO"})
    org.rows("SELECT Id FROM Lead")
    org.call("DELETE", f"sobjects/Lead/{made}")
    counted = org.calls()
    assert counted["api_calls"] == 4
    assert (counted["writes"], counted["created"], counted["updated"], counted["deleted"]) == (
        3,
        1,
        1,
        1,
    )
    assert counted["by_resource"] == {"sobjects": 3, "query": 1}
    org.control("POST", "calls/reset")
    assert (org.calls()["api_calls"], org.calls()["writes"]) == (0, 0)


def test_an_admins_rows_skip_the_rules_and_cost_nothing(make: Make) -> None:
    org = make(duplicate_rules=[{"object": "Lead", "field": "Email", "action": "block"}])
    twins = [
        org.control("POST", "records/Lead", {**LEAD, "Email": "a@b.example"})["id"]
        for _ in range(2)
    ]
    org.control("PATCH", f"records/Lead/{twins[0][:15]}", {"FirstName": "Ada"})
    org.control("DELETE", f"records/Lead/{twins[1]}")
    (row,) = org.control("GET", "records")["Lead"]
    assert (row["Id"], row["Name"]) == (twins[0], "Ada A")
    assert (org.calls()["api_calls"], org.calls()["writes"]) == (0, 0)
    closed = org.control("POST", "records/Task", {"Subject": "x", "Status": "Completed"})["id"]
    assert org.row("Task", closed)["IsClosed"] is True


def test_the_latest_requests_are_logged_with_body_and_status(org: Client) -> None:
    org.call("POST", "sobjects/Lead", {"LastName": "Ж"})
    last = org.control("GET", "requests")[-1]
    assert (last["method"], last["path"], last["status"]) == ("POST", f"{DATA}/sobjects/Lead", 400)
    assert "LastName" in last["body"]


def test_a_connection_dropped_before_leaves_nothing_written(org: Client) -> None:
    fault(org, "drop_before", match={"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        org.call("POST", "sobjects/Lead", LEAD)
    assert org.rows("SELECT Id FROM Lead") == []
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201


@pytest.mark.parametrize("kind", ["drop_after_commit", "reset_mid_body"])
def test_a_connection_lost_after_the_commit_leaves_the_row_written(org: Client, kind: str) -> None:
    fault(org, kind, match={"method": "POST", "path_contains": "sobjects/Lead"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        org.call("POST", "sobjects/Lead", LEAD)
    assert len(org.rows("SELECT Id FROM Lead")) == 1


def test_a_503_is_a_page_and_does_nothing(org: Client) -> None:
    fault(org, "html_503")
    answer = org.call("POST", "sobjects/Lead", LEAD)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (503, "text/html")
    assert "Service Unavailable" in answer.text
    assert org.rows("SELECT Id FROM Lead") == []


def test_any_status_and_body_can_be_given(org: Client) -> None:
    body = [
        {
            "errorCode": "UNABLE_TO_LOCK_ROW",
            "message": "unable to obtain exclusive access to this record",
        }
    ]
    fault(org, "status", status=400, body=body, match={"method": "PATCH"})
    answer = org.call("PATCH", "sobjects/Lead/Key__c/k", LEAD)
    assert (answer.status_code, answer.json()) == (400, body)


def test_faults_also_apply_to_the_token_endpoint(org: Client) -> None:
    body = {
        "error": "invalid_grant",
        "error_description": "token request is already being processed",
    }
    fault(org, "status", status=400, body=body, match={"path_contains": "oauth2/token"})
    token = org.tokens["refresh_token"]
    assert org.refresh(token).json() == body
    assert org.refresh(token).status_code == 200


def test_a_delayed_request_still_gets_its_response(org: Client) -> None:
    fault(org, "delay", held=True)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(org.call, "GET", "limits")
        other = Client(org.url)
        wait_until(lambda: other.control("GET", "faults")["met"] == {"delay": 1})
        assert other.calls()["api_calls"] == 0, "the org has not acted yet"
        other.control("POST", "faults/release")
        assert answer.result(TIMEOUT_S).status_code == 200
    other.close()


def test_a_delay_waits_the_given_milliseconds(org: Client) -> None:
    fault(org, "delay", delay_ms=20)
    start = time.monotonic()
    assert org.call("GET", "limits").status_code == 200
    assert time.monotonic() - start >= 0.02


def test_a_fault_skips_after_and_hits_times_requests(org: Client) -> None:
    fault(org, "status", status=500, body=[], after=1, times=2, match={"path_contains": "/limits"})
    assert [org.call("GET", "limits").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert org.call("GET", "sobjects").status_code == 200


def test_faults_can_be_cleared(org: Client) -> None:
    fault(org, "html_503", times=5)
    org.control("DELETE", "faults")
    assert org.call("GET", "limits").status_code == 200
