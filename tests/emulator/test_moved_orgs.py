"""An org that moved to another host name, and gateways that refuse one text (salesforce-api.md
§9 traps 52, 63 and 67)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.client import Client, refused

LEAD = {"LastName": "A", "Company": "B"}


def ask(org: Client, url: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {org.tokens['access_token']}"}
    address = f"{url}/services/data/v68.0/limits"
    return org.http.get(address, headers=headers, timeout=60, allow_redirects=False)


@pytest.mark.parametrize(
    ("answer", "status"),
    [("url_not_reset", 400), ("redirect", 301), ("misdirected", 421), ("page", 404)],
)
def test_an_org_that_moved_answers_at_the_address_that_a_refresh_names(
    org: Client, answer: str, status: int
) -> None:
    old = org.tokens["instance_url"]
    org.control("POST", "settings", {"moved_to": "localhost", "moved_answer": answer})
    refusal = ask(org, old)
    assert refusal.status_code == status
    renewed = org.refresh(org.tokens["refresh_token"]).json()
    org.tokens |= renewed
    assert renewed["instance_url"] == old.replace("127.0.0.1", "localhost")
    assert ask(org, renewed["instance_url"]).status_code == 200
    if answer == "url_not_reset":
        refused(refusal, 400, "URL_NOT_RESET")
    if answer == "redirect":
        assert refusal.headers["Location"].startswith(renewed["instance_url"])


def test_an_unknown_answer_of_a_moved_org_is_not_set(org: Client) -> None:
    address = f"{org.url}/_emulator/settings"
    assert org.http.post(address, json={"moved_answer": "silence"}, timeout=60).status_code == 400


@pytest.mark.parametrize("status", [403, 406, 413])
def test_a_gateway_can_refuse_one_text(org: Client, status: int) -> None:
    fault: dict[str, Any] = {
        "kind": "html_page",
        "status": status,
        "match": {"body_contains": "<script>"},
        "times": 5,
    }
    org.control("POST", "faults", fault)
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201
    answer = org.call("POST", "sobjects/Lead", {**LEAD, "Title": "<script>"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert len(org.control("GET", "records")["Lead"]) == 1


def test_an_org_serves_the_versions_that_it_lists(org: Client) -> None:
    org.control("POST", "settings", {"oldest_version": "66.0", "newest_version": "67.0"})
    listed = org.http.get(f"{org.url}/services/data", timeout=60).json()
    assert [row["version"] for row in listed] == ["66.0", "67.0"]
    assert org.call("GET", "/services/data/v67.0/limits").status_code == 200
    refused(org.call("GET", "/services/data/v65.0/limits"), 410, "UNSUPPORTED_API_VERSION")
    refused(org.call("GET", "/services/data/v68.0/limits"), 404, "NOT_FOUND")
