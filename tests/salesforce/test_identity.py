"""Sign-ins whose answer does not name the org: it is asked for, and stays pinned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import CLIENT, AdapterBench, Owners
from tests.salesforce.wire import ACME, FRESH, LOST, ORG, TOKEN, USER, Wire, connected
from zsf_plugin.errors import ReconnectRequired, Unavailable
from zsf_plugin.model import SignInKey, Tokens
from zsf_plugin.ports import Store
from zsf_plugin.salesforce import identity
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.login import SalesforceLogin
from zsf_plugin.salesforce.oauth import TokenAnswer
from zsf_plugin.salesforce.tokens import Refresher

UNNAMED = {"access_token": "fr3sh", "instance_url": ACME, "scope": "api"}
USER_INFO = {"organization_id": ORG[:15], "user_id": USER, "preferred_username": "ada"}
RESOURCES = {"query": "/services/data/v68.0/query", "identity": FRESH["id"]}
KEY = SignInKey("client_credentials", "s3cret")
STALE = Tokens("a!ccess", None, 0, 1000.0)
ROOT = "/services/data/v68.0/"
NO_SCOPE = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]
#: Answers to the user info that name no org.
UNTOLD: list[tuple[Any, int]] = [
    (b"Bad_OAuth_Token", 403),
    ({"organization_id": ORG}, 200),
    ({"organization_id": "x", "user_id": USER}, 200),
    ([], 200),
    (b"<html>", 503),
    (LOST, 0),
]


@pytest.fixture
def org(wire: Wire) -> Wire:
    """An org whose answer to a key names neither org nor user."""
    wire.answer(TOKEN, UNNAMED)
    wire.answer("/services/data", [{"version": "68.0"}])
    wire.answer("/services/oauth2/userinfo", USER_INFO)
    wire.answer(ROOT, RESOURCES)
    wire.answer("/query", {"records": []})
    wire.answer("/id/", {"username": "ada"})
    wire.answer("/services/oauth2/revoke")
    return wire


def renewed(store: Store, clock: FakeClock) -> Tokens:
    """Tokens by the key, of a workspace that is connected to `ORG`."""
    store.save_connection(connected(store, STALE), STALE, key=KEY)
    stale = store.tokens("w")
    assert stale is not None
    return Refresher("w", store, clock, Http(), None, Owners()).refresh(stale)


def signed_in(clock: FakeClock) -> Any:
    return SalesforceLogin("s3cret", clock).sign_in_as_app(ACME, CLIENT)


def test_a_sign_in_whose_answer_names_no_org_asks_for_it(org: Wire, clock: FakeClock) -> None:
    grant = signed_in(clock)
    assert (grant.org_id, grant.user_id, grant.username) == (ORG, USER, "ada")
    assert org.to("userinfo")[0].headers["Authorization"] == "Bearer fr3sh"
    assert len([sent for sent in org.sent if sent.url.endswith(ROOT)]) == 0


@pytest.mark.parametrize(("body", "status"), UNTOLD)
def test_without_user_info_the_list_of_resources_names_the_org(
    org: Wire, clock: FakeClock, body: Any, status: int
) -> None:
    org.instead("/services/oauth2/userinfo", body, status)
    grant = signed_in(clock)
    assert (grant.org_id, grant.user_id) == (ORG, USER)


def test_a_code_whose_answer_names_no_org_asks_for_it_too(org: Wire, clock: FakeClock) -> None:
    login = SalesforceLogin(None, clock)
    begun = login.begin("https://login.salesforce.com", CLIENT, "http://localhost/cb")
    assert login.finish(begun, {"code": "x", "state": begun.state}).org_id == ORG


@pytest.mark.parametrize(("body", "status"), [({"query": "x"}, 200), ([], 200), (NO_SCOPE, 403)])
def test_an_org_that_is_named_nowhere_says_which_scopes_the_app_lacks(
    org: Wire, clock: FakeClock, body: Any, status: int
) -> None:
    org.instead("/services/oauth2/userinfo", b"Bad_OAuth_Token", 403)
    org.instead(ROOT, body, status)
    with pytest.raises(ReconnectRequired, match="scopes api and id") as caught:
        signed_in(clock)
    assert caught.value.code == "no_org_named"
    assert org.to("revoke")[0].form == {"token": "fr3sh"}


def test_a_user_without_api_access_is_named_instead(org: Wire, clock: FakeClock) -> None:
    org.instead("/services/oauth2/userinfo", {})
    org.instead(ROOT, [{"errorCode": "API_CURRENTLY_DISABLED", "message": "x"}], 403)
    with pytest.raises(ReconnectRequired) as caught:
        signed_in(clock)
    assert caught.value.code == "user_no_api"


def test_a_key_renews_a_session_whose_answer_names_no_org(
    org: Wire, store: Store, clock: FakeClock
) -> None:
    assert renewed(store, clock).access == "fr3sh"
    kept = store.connection("w")
    assert kept is not None
    assert (kept.state, kept.org_id) == ("connected", ORG)


def test_a_key_that_leads_to_another_org_is_not_trusted_because_that_is_not_named(
    org: Wire, store: Store, clock: FakeClock
) -> None:
    other = "00D5g000004TyUjEAK"
    org.instead("/services/oauth2/userinfo", {**USER_INFO, "organization_id": other})
    with pytest.raises(ReconnectRequired) as caught:
        renewed(store, clock)
    assert caught.value.code == "org_changed"
    kept = store.tokens("w")
    assert kept is not None
    assert kept.access == "a!ccess"


BUSY = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html>", 503), (b"<html>", 403), (LOST, 0), (BUSY, 403), (BUSY, 503)]
)
def test_an_org_that_cannot_be_asked_asks_for_nobody(
    org: Wire, store: Store, clock: FakeClock, body: Any, status: int
) -> None:
    org.instead("/services/oauth2/userinfo", body, status)
    org.instead(ROOT, body, status)
    with pytest.raises(Unavailable):
        renewed(store, clock)
    kept = store.connection("w")
    assert kept is not None
    assert kept.state == "connected"


def test_an_org_that_lists_no_versions_is_asked_again_later(org: Wire, clock: FakeClock) -> None:
    org.instead("/services/oauth2/userinfo", {})
    org.instead("/services/data", None)
    with pytest.raises(Unavailable) as caught:
        signed_in(clock)
    assert caught.value.code == "no_versions"


@pytest.mark.parametrize("has_user_info", [True, False])
def test_the_emulator_names_the_org_in_both_places(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch, has_user_info: bool
) -> None:
    tokens = bench.store.tokens("w")
    assert tokens is not None
    if not has_user_info:
        monkeypatch.setattr(identity, "_ids_of_user", lambda *_: None)
    unnamed = TokenAnswer(tokens.access, None, bench.server.url, "", "")
    found = identity.identified(Http(), unnamed)
    org = bench.server.org
    assert (found.org_id, found.user_id) == (org.org_id, org.admin_id)
