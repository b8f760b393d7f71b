"""An org that no longer serves the API version of its connection: another is chosen from its list,
once, and a person is asked only if all are too old."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.gateway import Gateway, page
from tests.salesforce.support import Owners
from tests.salesforce.wire import ACME, FRESH, TOKEN, connected
from zsf_plugin.errors import ReconnectRequired, Unavailable
from zsf_plugin.model import Connection
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.composites import RestRequest
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.salesforce.versions import best_of, listed_in

LIST = "/services/data"
DONE = HttpResponse(200, {}, b'{"done":true}')
READ = RestRequest("GET", "/query?q=x")
BATCH = RestRequest("POST", "/composite", {})


def answer(status: int, body: Any) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(body).encode())


def coded(status: int, code: str) -> HttpResponse:
    return answer(status, [{"errorCode": code, "message": "x"}])


def parts(*codes: str | None) -> HttpResponse:
    """A composite's answer: the code of each part's error, None for a part that is done."""
    found: list[Any] = []
    for number, code in enumerate(codes):
        body: Any = {"id": "x"} if code is None else [{"errorCode": code, "message": "x"}]
        status = 201 if code is None else 410
        found.append({"referenceId": f"w{number}", "httpStatusCode": status, "body": body})
    return answer(200, {"compositeResponse": found})


RETIRED = coded(410, "UNSUPPORTED_API_VERSION")
NOT_THERE = coded(404, "NOT_FOUND")


class Org:
    """A played org: the versions that it lists and serves, and what it answers to others."""

    def __init__(self, gateway: Gateway, store: Store) -> None:
        self.gateway, self.store, self.clock = gateway, store, FakeClock(2000.0)
        self.listed: Any = [{"version": one} for one in ("59.0", "66.0", "67.0")]
        self.served = "67.0"
        self.refusal = RETIRED
        self.list_answer: HttpResponse | None = None
        self.sent_with_token: list[str] = []
        gateway.play = self.play
        refresher = Refresher("w", store, self.clock, Http(), None, Owners())
        self.session = SalesforceSession("w", store, self.clock, Http(), refresher, 1000.0)

    def play(self, _: str, url: str, __: bytes) -> HttpResponse:
        if TOKEN in url:
            return answer(200, {**FRESH, "instance_url": ACME})
        if url == ACME + LIST:
            return self.list_answer or answer(200, self.listed)
        return DONE if f"/v{self.served}/" in url else self.refusal

    def paths(self) -> list[str]:
        return [url.removeprefix(ACME) for _, url in self.gateway.sent]

    def connection(self) -> Connection:
        connection = self.store.connection("w")
        assert connection is not None
        return connection


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch, store: Store) -> Org:
    connected(store)
    return Org(Gateway(monkeypatch), store)


REFUSALS = [
    RETIRED,
    coded(410, "GONE"),
    coded(404, "UNSUPPORTED_API_VERSION"),
    coded(400, "UNSUPPORTED_API_VERSION"),
    HttpResponse(410, {}, b""),
    NOT_THERE,
    parts("UNSUPPORTED_API_VERSION", "UNSUPPORTED_API_VERSION"),
]


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_another_version_is_chosen_from_the_list_and_the_call_made_in_it(
    org: Org, refusal: HttpResponse, *, writes: bool
) -> None:
    org.refusal = refusal
    assert org.session.call(READ, "purchases", writes=writes) == DONE
    assert org.paths() == [f"{LIST}/v68.0/query?q=x", LIST, f"{LIST}/v67.0/query?q=x"]
    assert (org.connection().api_version, org.connection().state) == ("67.0", "connected")
    org.gateway.sent.clear()
    org.session.call(READ, "purchases")
    assert org.paths() == [f"{LIST}/v67.0/query?q=x"]


def test_the_list_is_read_without_the_token_and_costs_no_call(org: Org) -> None:
    org.session.call(READ, "purchases")
    used = org.store.allocation(org.connection().org_id, org.clock.now()).by_purpose
    assert used == {"purchases": 2}


def test_our_version_is_taken_again_once_the_org_has_it(org: Org) -> None:
    connected(org.store, api_version="66.0")
    org.listed, org.served = [{"version": "68.0"}, {"version": "70.0"}], "68.0"
    org.session.call(READ, "purchases")
    assert org.connection().api_version == "68.0"


@pytest.mark.parametrize("listed", [[{"version": "59.0"}], [{"version": "x"}]])
def test_where_all_versions_are_too_old_a_person_is_asked(org: Org, listed: Any) -> None:
    org.listed = listed
    with pytest.raises(ReconnectRequired) as caught:
        org.session.call(READ, "purchases")
    assert caught.value.code == "version"
    assert len(org.paths()) == 2


@pytest.mark.parametrize(
    "listed", [page(200), page(503), answer(200, {}), answer(200, []), answer(404, [])], ids=repr
)
def test_an_org_that_lists_none_is_waited_for(org: Org, listed: HttpResponse) -> None:
    org.list_answer = listed
    with pytest.raises(Unavailable) as caught:
        org.session.call(READ, "purchases")
    assert caught.value.data == {"code": "UNSUPPORTED_API_VERSION"}
    assert org.connection().state == "connected"
    assert len(org.paths()) == 2


@pytest.mark.parametrize("refusal", [RETIRED, NOT_THERE], ids=repr)
def test_composites_that_are_refused_in_a_version_that_is_listed_are_an_outage(
    org: Org, refusal: HttpResponse
) -> None:
    org.refusal, org.listed = refusal, [{"version": "68.0"}]
    with pytest.raises(Unavailable):
        org.session.call(BATCH, "purchases")
    assert len(org.paths()) == 2


def test_one_resource_that_is_not_found_is_no_version(org: Org) -> None:
    org.refusal, org.listed = NOT_THERE, [{"version": "68.0"}]
    for _ in range(3):
        assert org.session.call(READ, "upkeep") == NOT_THERE
    assert org.paths().count(LIST) == 1
    org.clock.time += 3600.0
    org.session.call(READ, "upkeep")
    assert org.paths().count(LIST) == 2


@pytest.mark.parametrize(
    "other", [page(410), page(403), coded(403, "API_DISABLED_FOR_ORG"), parts(None, "GONE")]
)
def test_other_answers_ask_for_no_list(org: Org, other: HttpResponse) -> None:
    org.refusal = other
    org.session.call(READ, "purchases")
    assert LIST not in org.paths()


def test_a_choice_does_not_change_a_later_sign_in(org: Org) -> None:
    before = org.connection()
    connected(org.store, connected_at=3000.0)
    org.store.choose_api_version(before, "60.0")
    assert org.connection().api_version == "68.0"


@given(st.lists(st.text("0123456789.x", max_size=6)))
def test_the_best_version_is_ours_else_the_newest_that_is_listed(listed: list[str]) -> None:
    best = best_of(listed)
    assert best is None or (best in listed and float(best) >= 60.0)
    assert best_of([*listed, "68.0"]) == "68.0"
    assert listed_in([{"version": one} for one in listed]) == listed
