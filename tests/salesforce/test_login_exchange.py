"""What a sign-in sends, what it makes of each answer, and what its errors carry; the org is played."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.wire import ACME, LOST, NEVER_SENT, ORG, USER, Wire
from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Unavailable
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import PendingSignIn, SignInResult
from zsf_plugin.salesforce.login import SalesforceLogin

LOGIN = "https://login.salesforce.com"
TOKENS = {
    "access_token": "a!ccess",
    "refresh_token": "r3fresh",
    "instance_url": ACME,
    "id": f"{LOGIN}/id/{ORG}/{USER}",
}
BEGUN = PendingSignIn(
    "", LOGIN, "the-app", "http://localhost/callback", "our-state", "our-verifier"
)
CALLBACK = {"state": "our-state", "code": "the-code"}
FORM_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}
ORGANIZATION = quote("SELECT Id, Name, IsSandbox FROM Organization")


@pytest.fixture
def org(wire: Wire) -> Wire:
    """An org that answers everything a sign-in asks."""
    wire.answer("/services/oauth2/token", TOKENS)
    wire.answer("/services/data", [{"version": "67.0"}, {"version": "68.0"}, {"version": "70.0"}])
    wire.answer("/query", {"records": [{"Name": "Acme", "IsSandbox": False}]})
    wire.answer("/services/oauth2/userinfo", {"preferred_username": "ada@acme.example"})
    wire.answer("/id/", {"username": "ada@acme.example"})
    wire.answer("/services/oauth2/revoke")
    return wire


def finish(secret: str | None = None, login_url: str = LOGIN, **more: Any) -> SignInResult:
    begun = replace(BEGUN, login_url=login_url)
    return SalesforceLogin(secret, FakeClock(1000.0), **more).finish(begun, CALLBACK)


def test_the_browser_is_sent_with_a_challenge_that_only_our_verifier_answers() -> None:
    begun = SalesforceLogin(None, FakeClock()).begin(
        " https://acme.lightning.force.com/x ", "the app", "http://localhost/back?a=1"
    )
    address, _, query = begun.authorize_url.partition("?")
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    assert address == f"{ACME}/services/oauth2/authorize"
    assert dict(parse_qsl(query)) == {
        "response_type": "code",
        "client_id": "the app",
        "redirect_uri": "http://localhost/back?a=1",
        "scope": "api refresh_token id",
        "state": begun.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert (begun.login_url, begun.client_id) == (ACME, "the app")
    assert begun.redirect_uri == "http://localhost/back?a=1"


def test_state_and_verifier_are_of_32_and_64_random_bytes() -> None:
    begun = SalesforceLogin(None, FakeClock()).begin(LOGIN, "app", "http://localhost")
    assert (len(begun.state), len(begun.verifier)) == (43, 86)


def test_a_login_address_is_checked_and_brought_to_its_base() -> None:
    login = SalesforceLogin(None, FakeClock())
    assert login.trusted_base("https://acme.my.salesforce.com/login?x") == ACME
    with pytest.raises(ConfigurationError, match=r"evil\.example"):
        login.trusted_base("https://evil.example")


@pytest.mark.parametrize(
    ("secret", "more"), [(None, {}), ("", {}), ("s3cret", {"client_secret": "s3cret"})]
)
def test_the_code_is_exchanged_with_the_verifier_and_the_secret_if_there_is_one(
    org: Wire, secret: str | None, more: dict[str, str]
) -> None:
    finish(secret)
    (sent,) = org.to("oauth2/token")
    assert (sent.method, sent.url, sent.headers) == (
        "POST",
        f"{LOGIN}/services/oauth2/token",
        FORM_HEADERS,
    )
    assert sent.form == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "client_id": "the-app",
        "redirect_uri": "http://localhost/callback",
        "code_verifier": "our-verifier",
        **more,
    }


def test_an_answer_that_another_secret_signed_gives_no_grant(org: Wire) -> None:
    org.instead("/services/oauth2/token", {**TOKENS, "signature": "bWFkZS11cA=="})
    with pytest.raises(ReconnectRequired) as caught:
        finish("s3cret")
    assert caught.value.code == "not_signed"


def test_a_grant_says_who_signed_in_where_and_when(org: Wire) -> None:
    grant = finish()
    tokens = grant.tokens
    assert (tokens.access, tokens.refresh, tokens.version) == ("a!ccess", "r3fresh", 0)
    assert tokens.refreshed_at == 1000.0
    assert (grant.org_id, grant.org_name, grant.user_id) == (ORG, "Acme", USER)
    assert (grant.username, grant.instance_url) == ("ada@acme.example", ACME)
    assert (grant.is_sandbox, grant.api_version) == (False, "68.0")


def test_after_the_code_three_documents_are_fetched_the_versions_without_the_token(
    org: Wire,
) -> None:
    finish()
    plain = {"Accept": "application/json"}
    with_token = {**plain, "Authorization": "Bearer a!ccess"}
    assert [(sent.method, sent.url, sent.headers) for sent in org.sent[1:]] == [
        ("GET", f"{ACME}/services/data", plain),
        ("GET", f"{ACME}/services/data/v68.0/query?q={ORGANIZATION}", with_token),
        ("GET", f"{ACME}/services/oauth2/userinfo", with_token),
    ]


def test_an_answer_is_waited_for_as_long_as_was_set(org: Wire) -> None:
    finish(read_timeout_s=7.0)
    assert {sent.read_timeout_s for sent in org.sent} == {7.0}


@pytest.mark.parametrize(
    ("versions", "used"),
    [
        (["70.0", "68.0", "66.0"], "68.0"),
        (["66.0", "67.0"], "67.0"),
        (["99.0", "100.0"], "100.0"),
        (["60.0"], "60.0"),
        (["60.0", "x", "200", ""], "60.0"),
    ],
)
def test_our_api_version_is_used_if_the_org_has_it_else_its_newest(
    org: Wire, versions: list[str], used: str
) -> None:
    org.instead("/services/data", [*[{"version": one} for one in versions], "stray"])
    org.instead("/query", {"records": []})
    assert finish().api_version == used
    assert len(org.to(f"/services/data/v{used}/query")) == 1


@pytest.mark.parametrize("versions", [[], ["59.0"], ["x"]])
def test_an_org_without_a_version_that_is_new_enough_is_refused(
    org: Wire, versions: list[str]
) -> None:
    org.instead("/services/data", [{"version": one} for one in versions])
    with pytest.raises(ConfigurationError, match=r"60\.0"):
        finish()


@pytest.mark.parametrize(
    ("body", "status"), [({}, 200), (None, 200), ([], 404), ([{"version": "68.0"}], 500)]
)
def test_an_org_that_does_not_list_its_versions_is_retried_after_30_s(
    org: Wire, body: Any, status: int
) -> None:
    org.instead("/services/data", body, status)
    with pytest.raises(Unavailable) as caught:
        finish()
    assert (caught.value.code, caught.value.retry_after_s) == ("no_versions", 30.0)


REFUSED = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]
HALF_AN_ANSWER = b'{"records": [{"Name": "Ac'


@pytest.mark.parametrize(
    ("row", "name", "is_sandbox"),
    [
        ({"Name": "Acme", "IsSandbox": True}, "Acme", True),
        ({"Name": "Acme", "IsSandbox": "true"}, "Acme", False),
        ({"Name": "Acme"}, "Acme", False),
        ({"Name": "", "IsSandbox": False}, "acme.my.salesforce.com", False),
        ({"IsSandbox": True}, "acme.my.salesforce.com", True),
    ],
)
def test_the_org_says_its_name_and_whether_it_is_a_sandbox(
    org: Wire, row: dict[str, Any], name: str, is_sandbox: bool
) -> None:
    org.instead("/query", {"records": [row, {"Name": "Another", "IsSandbox": not is_sandbox}]})
    grant = finish()
    assert (grant.org_name, grant.is_sandbox) == (name, is_sandbox)


@pytest.mark.parametrize("instance", [ACME, "https://acme--uat.sandbox.my.salesforce.com"])
@pytest.mark.parametrize("login_url", [LOGIN, "https://test.salesforce.com"])
@pytest.mark.parametrize(("body", "status"), [(REFUSED, 403), (HALF_AN_ANSWER, 200), (LOST, 0)])
def test_name_and_kind_come_from_the_addresses_if_the_user_may_not_query_them(
    org: Wire, instance: str, login_url: str, body: Any, status: int
) -> None:
    org.instead("/services/oauth2/token", {**TOKENS, "instance_url": instance})
    org.instead("/query", body, status)
    grant = finish(login_url=login_url)
    assert grant.org_name == instance.removeprefix("https://")
    assert grant.is_sandbox is ("sandbox" in instance or "test." in login_url)


@pytest.mark.parametrize(
    ("userinfo", "identity", "name"),
    [
        ({"preferred_username": "ada"}, {"username": "bob"}, "ada"),
        ({"preferred_username": "ada", "username": "eve"}, {"username": "bob"}, "ada"),
        ({"username": "eve"}, {"username": "bob"}, "eve"),
        ({}, {"username": "bob"}, "bob"),
        ([], {"username": "bob"}, "bob"),
        ({"preferred_username": 7}, {"username": "bob"}, "bob"),
        ({}, {}, USER),
    ],
)
def test_the_user_is_named_by_the_first_document_that_names_one_else_by_id(
    org: Wire, userinfo: Any, identity: Any, name: str
) -> None:
    org.instead("/services/oauth2/userinfo", userinfo)
    org.instead("/id/", identity)
    assert finish().username == name
    identities = [f"{ACME}/id/{ORG}/{USER}"]
    assert [sent.url for sent in org.to("/id/")] == (identities if name in ("bob", USER) else [])


def test_a_lost_answer_to_the_code_requires_a_new_sign_in_after_30_s(org: Wire) -> None:
    org.instead("/services/oauth2/token", LOST)
    with pytest.raises(Unavailable) as caught:
        finish()
    assert (caught.value.code, caught.value.retry_after_s) == ("sign_in_lost", 30.0)


@pytest.mark.parametrize(
    ("status", "location", "body", "code"),
    [
        (301, "https://acme2.my.salesforce.com/services/oauth2/token", b"", "address_moved"),
        (404, "", b"<html>URL No Longer Exists</html>", "address_moved"),
        (421, "", b"", "address_moved"),
        (302, "http://portal.hotel.example/welcome", b"", "login_moved"),
    ],
)
def test_a_login_address_that_has_moved_says_to_sign_in_at_the_new_one(
    org: Wire, status: int, location: str, body: bytes, code: str
) -> None:
    org.instead("/services/oauth2/token", LOST)
    org.answer("/services/oauth2/token", body, status, {"location": location})
    with pytest.raises(Unavailable):
        finish()
    with pytest.raises((ReconnectRequired, Unavailable)) as caught:
        finish()
    assert caught.value.code == code
    assert "My Domain" in str(caught.value)
    assert all("acme2" not in sent.url for sent in org.sent)


def refused(answer: dict[str, str]) -> Any:
    with pytest.raises((ReconnectRequired, Unavailable)) as caught:
        SalesforceLogin(None, FakeClock()).finish(BEGUN, answer)
    return caught.value


def test_a_callback_without_a_state_is_refused() -> None:
    assert refused({"code": "the-code"}).code == "foreign_state"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error": "app_blocked", "code": "the-code"}, "blocked"),
        ({"error": "x", "error_description": "IP restricted"}, "address_not_allowed"),
        ({"error": "inactive_user"}, "inactive"),
        ({"error": "", "code": ""}, "no_code"),
        ({}, "no_code"),
    ],
)
def test_an_error_in_the_callback_counts_before_a_code(answer: dict[str, str], code: str) -> None:
    assert refused({"state": "our-state", **answer}).code == code


SHUT = [
    ("API_DISABLED_FOR_ORG", "no_api"),
    ("API_CURRENTLY_DISABLED", "user_no_api"),
    ("CLIENT_NOT_ACCESSIBLE_FOR_USER", "not_installed"),
]


@pytest.mark.parametrize(("said", "code"), SHUT)
@pytest.mark.parametrize("part", ["/query", "/services/oauth2/userinfo", "/id/"])
def test_a_user_without_api_access_gets_the_reason_and_the_grant_is_revoked(
    org: Wire, part: str, said: str, code: str
) -> None:
    org.instead("/services/oauth2/userinfo", {})
    org.instead(part, [{"errorCode": said, "message": "x"}], 403)
    with pytest.raises(ReconnectRequired) as caught:
        finish()
    assert caught.value.code == code
    (revoked,) = org.to("oauth2/revoke")
    assert (revoked.url, revoked.form) == (f"{LOGIN}/services/oauth2/revoke", {"token": "r3fresh"})


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("API_DISABLED_FOR_ORG", 400),
        ("INVALID_SESSION_ID", 403),
        ("INSUFFICIENT_ACCESS", 403),
        ("REQUEST_LIMIT_EXCEEDED", 403),
    ],
)
def test_any_other_refusal_is_about_that_one_document(org: Wire, said: str, status: int) -> None:
    org.instead("/query", [{"errorCode": said, "message": "x"}], status)
    assert finish().org_name == "acme.my.salesforce.com"
    assert org.to("revoke") == []


def test_without_a_refresh_token_an_unusable_access_token_is_revoked(org: Wire) -> None:
    org.instead("/services/oauth2/token", {**TOKENS, "refresh_token": None})
    org.instead("/query", [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}], 403)
    with pytest.raises(ReconnectRequired):
        finish()
    assert org.to("revoke")[0].form == {"token": "a!ccess"}


@pytest.mark.parametrize(("answer", "status"), [(None, 503), (LOST, 0), (NEVER_SENT, 0)])
def test_the_reason_is_reported_even_if_the_grant_cannot_be_revoked(
    org: Wire, answer: Any, status: int
) -> None:
    org.instead("/services/oauth2/revoke", answer, status)
    org.instead("/query", [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}], 403)
    with pytest.raises(ReconnectRequired) as caught:
        finish()
    assert caught.value.code == "no_api"


CONNECTION = Connection(
    workspace="w",
    org_id=ORG,
    user_id=USER,
    username="ada",
    environment="sandbox",
    login_url="https://test.salesforce.com/",
    instance_url=ACME,
    client_id="the-app",
    is_sandbox=True,
    api_version="68.0",
    connected_at=1.0,
)


@pytest.mark.parametrize(
    ("tokens", "ended"), [(Tokens("a", "r"), "r"), (Tokens("a", None), "a"), (Tokens("a", ""), "a")]
)
def test_leaving_ends_the_refresh_token_and_with_it_the_grant(
    org: Wire, tokens: Tokens, ended: str
) -> None:
    SalesforceLogin(None, FakeClock()).revoke(CONNECTION, tokens)
    (sent,) = org.sent
    assert (sent.method, sent.url) == (
        "POST",
        "https://test.salesforce.com/services/oauth2/revoke",
    )
    assert (sent.headers, sent.form) == (FORM_HEADERS, {"token": ended})


@pytest.mark.parametrize("status", [200, 204, 400])
def test_an_ended_or_dead_grant_counts_as_revoked(wire: Wire, status: int) -> None:
    wire.answer("revoke", status=status)
    SalesforceLogin(None, FakeClock()).revoke(CONNECTION, Tokens("a", "r"))


@pytest.mark.parametrize("status", [201, 205, 401, 429, 503])
def test_any_other_answer_leaves_it_open_whether_the_grant_is_ended(
    wire: Wire, status: int
) -> None:
    wire.answer("revoke", status=status)
    with pytest.raises(Unavailable) as caught:
        SalesforceLogin(None, FakeClock()).revoke(CONNECTION, Tokens("a", "r"))
    error = caught.value
    assert (error.code, error.retry_after_s, error.data) == ("login", 30.0, {"status": status})
