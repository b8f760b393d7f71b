"""jsforce works with the emulator, including its error handling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.client import CALLBACK, CLIENT_ID, VERIFIER, Client
from tests.real_clients.conftest import KEY
from tests.real_clients.node import run
from zsf_plugin.emulator import Emulator, OrgSpec


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Any]]:
    """The results of the scenario, run once."""
    with Emulator(OrgSpec(fields=(KEY,), page_size=2)) as server:
        client = Client(server.url)
        code = client.decide()["code"]
        given = {
            "url": server.url,
            "code": code,
            "verifier": VERIFIER,
            "clientId": CLIENT_ID,
            "redirectUri": CALLBACK,
        }
        yield run("scenario.mjs", json.dumps(given))
        client.close()


def test_it_signs_in_by_authorization_code_and_learns_who_it_is(results: dict[str, Any]) -> None:
    assert results["login"]["user"].startswith("005")
    assert results["login"]["org"].startswith("00D")
    assert results["identity"] == "admin@acme.example"


def test_an_expired_session_is_refreshed_automatically(results: dict[str, Any]) -> None:
    assert results["refresh"] == {"again": True, "rows": 0}


def test_it_describes_the_org_and_an_object(results: dict[str, Any]) -> None:
    assert {"Lead", "Contact", "Account", "Task"} <= set(results["global"])
    assert results["describe"] == ["Zaplify_Id__c"]


def test_it_creates_reads_updates_finds_and_deletes(results: dict[str, Any]) -> None:
    assert results["create"]["success"] is True
    assert results["retrieve"] == "Brightwell Ltd"
    assert results["update"]["success"] is True
    assert results["find"] == ["Head"]
    assert results["destroy"]["success"] is True


def test_an_upsert_creates_once_and_then_updates(results: dict[str, Any]) -> None:
    assert results["upsert"] == [True, False, True]


def test_a_collection_reports_each_record(results: dict[str, Any]) -> None:
    assert results["createMany"] == ["ok", "ok", "REQUIRED_FIELD_MISSING", "ok", "ok"]


def test_pages_are_followed_to_the_end(results: dict[str, Any]) -> None:
    assert results["paging"] == 4


def test_a_composite_resolves_its_references(results: dict[str, Any]) -> None:
    assert results["composite"] == [201, 201]


def test_refusals_are_read_as_its_own_errors(results: dict[str, Any]) -> None:
    assert results["refused"]["failed"]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert results["badQuery"]["failed"]["errorCode"] == "INVALID_FIELD"
    assert results["gone"]["failed"]["errorCode"] in ("ENTITY_IS_DELETED", "NOT_FOUND")


def test_the_limits_are_reported_by_resource_and_header(results: dict[str, Any]) -> None:
    assert results["limits"] == {"max": 115_000, "header": 115_000}
