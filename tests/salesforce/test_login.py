"""Signing in at the emulator with a scripted browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.fakes.clock import FakeClock
from tests.salesforce.support import CALLBACK, CLIENT, AdapterBench, browse, sign_in
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import ConfigurationError, MissingExtra, ReconnectRequired, Unavailable
from zsf_plugin.salesforce.login import SalesforceLogin


def test_the_authorize_url_carries_pkce_state_and_our_scopes() -> None:
    login = SalesforceLogin(None, FakeClock())
    begun = login.begin("https://login.salesforce.com", CLIENT, CALLBACK)
    query = {
        key: values[0] for key, values in parse_qs(urlsplit(begun.authorize_url).query).items()
    }
    assert begun.authorize_url.startswith("https://login.salesforce.com/services/oauth2/authorize?")
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    assert query["state"] == begun.state
    assert query["redirect_uri"] == CALLBACK
    assert set(query["scope"].split()) >= {"api", "refresh_token"}
    assert 64 <= len(begun.verifier) <= 128
    assert begun.verifier not in begun.authorize_url


def test_two_sign_ins_share_neither_state_nor_verifier() -> None:
    login = SalesforceLogin(None, FakeClock())
    one, other = (login.begin("https://login.salesforce.com", CLIENT, CALLBACK) for _ in range(2))
    assert one.state != other.state
    assert one.verifier != other.verifier


def test_a_host_that_must_not_be_followed_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError):
        SalesforceLogin(None, FakeClock()).begin("http://login.salesforce.com", CLIENT, CALLBACK)


@pytest.mark.parametrize("secret", [None, "s3cret"])
def test_a_person_who_allows_the_access_gives_a_grant(
    server: Emulator, clock: FakeClock, secret: str | None
) -> None:
    _, grant = sign_in(server, clock, secret)
    assert grant.org_id == server.org.org_id
    assert grant.user_id == server.org.admin_id
    assert (grant.username, grant.org_name) == ("admin@acme.example", "Acme (emulator)")
    assert (grant.instance_url, grant.api_version, grant.is_sandbox) == (server.url, "68.0", False)
    assert grant.tokens.refresh


def test_the_org_says_whether_it_is_a_sandbox(clock: FakeClock) -> None:
    with Emulator(OrgSpec(is_sandbox=True)) as server:
        assert sign_in(server, clock)[1].is_sandbox


def test_denied_access_says_what_to_do(server: Emulator, clock: FakeClock) -> None:
    login = SalesforceLogin(None, clock)
    begun = login.begin(server.url, CLIENT, CALLBACK)
    with pytest.raises(ReconnectRequired) as caught:
        login.finish(begun, browse(begun, decision="deny"))
    assert caught.value.code == "refused"
    assert "Allow" in str(caught.value)


def callback(**answer: str) -> Any:
    login = SalesforceLogin(None, FakeClock())
    begun = login.begin("https://login.salesforce.com", CLIENT, CALLBACK)
    with pytest.raises(ReconnectRequired) as caught:
        login.finish(begun, {"state": begun.state, **answer})
    return caught.value


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        ("access_denied", "end-user denied authorization", "refused"),
        ("access-denied", "", "refused"),
        ("invalid_client", "app must be installed into org", "not_installed"),
        ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred", "not_installed"),
        (
            "OAUTH_APP_ACCESS_DENIED",
            "user is not admin approved to access this app",
            "not_authorised",
        ),
        ("inactive_user", "", "inactive"),
        ("anything", "else", "login"),
    ],
)
def test_a_callback_with_an_error_has_a_code_of_its_own(error: str, words: str, code: str) -> None:
    assert callback(error=error, error_description=words).code == code


def test_a_callback_without_a_code_is_a_failed_login() -> None:
    assert callback().code == "no_code"


@pytest.mark.parametrize("state", ["", "other", "ünicode", "\udc80"])
def test_a_callback_of_another_sign_in_is_refused(state: str) -> None:
    assert callback(state=state, code="stolen").code == "foreign_state"


def test_a_code_works_once(server: Emulator, clock: FakeClock) -> None:
    login = SalesforceLogin(None, clock)
    begun = login.begin(server.url, CLIENT, CALLBACK)
    answer = browse(begun)
    login.finish(begun, answer)
    with pytest.raises(ReconnectRequired) as caught:
        login.finish(begun, answer)
    assert caught.value.code == "expired"


@pytest.mark.parametrize("path", ["userinfo", "/id/", "query"])
def test_optional_requests_may_fail(server: Emulator, clock: FakeClock, path: str) -> None:
    server.control.answer(
        "POST", ["faults"], {"kind": "drop_before", "match": {"path_contains": path}, "times": 2}
    )
    assert sign_in(server, clock)[1].org_id == server.org.org_id


def test_a_user_who_may_not_be_queried_is_known_by_id(server: Emulator, clock: FakeClock) -> None:
    for path in ("userinfo", "/id/"):
        server.control.answer(
            "POST", ["faults"], {"kind": "status", "status": 403, "match": {"path_contains": path}}
        )
    assert sign_in(server, clock)[1].username == server.org.admin_id


def versions(server: Emulator, known: Any, status: int = 200) -> None:
    server.control.answer(
        "POST",
        ["faults"],
        {"kind": "status", "status": status, "body": known, "match": {"path_contains": "/data"}},
    )


def test_an_org_that_lags_behind_is_spoken_to_in_its_newest_version(
    server: Emulator, clock: FakeClock
) -> None:
    versions(
        server, [{"version": "66.0"}, {"version": "67.0"}, {"version": "9.0"}, {"version": "x"}]
    )
    assert sign_in(server, clock)[1].api_version == "67.0"


def test_an_org_that_knows_only_old_versions_is_refused(server: Emulator, clock: FakeClock) -> None:
    versions(server, [{"version": "41.0"}])
    with pytest.raises(ConfigurationError):
        sign_in(server, clock)


def test_an_org_that_does_not_answer_is_retried_later(server: Emulator, clock: FakeClock) -> None:
    versions(server, None, status=503)
    with pytest.raises(Unavailable):
        sign_in(server, clock)


def test_a_lost_answer_to_the_code_is_not_retried(server: Emulator, clock: FakeClock) -> None:
    server.control.answer(
        "POST",
        ["faults"],
        {"kind": "drop_after_commit", "match": {"path_contains": "oauth2/token"}},
    )
    with pytest.raises(Unavailable):
        sign_in(server, clock)
    assert sum("oauth2/token" in str(line["path"]) for line in server.requests) == 1


def test_disconnecting_ends_the_grant_and_twice_is_no_error(bench: AdapterBench) -> None:
    login, tokens = SalesforceLogin(None, bench.clock), bench.store.tokens("w")
    assert tokens is not None
    login.revoke(bench.connection(), tokens)
    assert bench.server.oauth.grants == []
    login.revoke(bench.connection(), tokens)


def test_disconnecting_needs_a_login_that_answers(bench: AdapterBench) -> None:
    bench.fault("html_503", "revoke")
    tokens = bench.store.tokens("w")
    assert tokens is not None
    with pytest.raises(Unavailable):
        SalesforceLogin(None, bench.clock).revoke(bench.connection(), tokens)


def _key() -> bytes:
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_key_signs_in_by_a_short_lived_assertion(server: Emulator, clock: FakeClock) -> None:
    from joserfc import jwk, jwt

    key = _key()
    with pytest.raises(
        (ReconnectRequired, ConfigurationError)
    ):  # the emulator has that flow switched off
        SalesforceLogin(None, clock).sign_in_with_jwt(server.url, CLIENT, "admin@acme.example", key)
    sent = next(
        str(line["body"]) for line in server.requests if "oauth2/token" in str(line["path"])
    )
    form = {name: values[0] for name, values in parse_qs(sent).items()}
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    token = jwt.decode(form["assertion"], jwk.RSAKey.import_key(key), algorithms=["RS256"])
    assert token.claims == {
        "iss": CLIENT, "sub": "admin@acme.example", "aud": server.url, "exp": int(clock.now()) + 180,
    }  # fmt: skip


def _encrypted_key() -> bytes:
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )


def _public_key() -> bytes:
    return (
        rsa.generate_private_key(65537, 2048)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _elliptic_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("make", [_encrypted_key, _public_key, _elliptic_key])
def test_a_key_that_cannot_sign_is_refused(make: Callable[[], bytes], clock: FakeClock) -> None:
    with pytest.raises(ConfigurationError, match="without a passphrase"):
        SalesforceLogin(None, clock).sign_in_with_jwt(
            "https://login.salesforce.com", CLIENT, "u", make()
        )


@pytest.mark.parametrize(
    "pem", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_without_a_key_is_reported(pem: bytes, clock: FakeClock) -> None:
    with pytest.raises(ConfigurationError, match="jwt-key"):
        SalesforceLogin(None, clock).sign_in_with_jwt(
            "https://login.salesforce.com", CLIENT, "u", pem
        )


def test_a_key_without_the_extra_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(MissingExtra, match=r"zsf-plugin\[jwt\]"):
        SalesforceLogin(None, clock).sign_in_with_jwt(
            "https://login.salesforce.com", CLIENT, "u", b""
        )


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("settings", {"api_enabled": False}, "no_api"),
        ("permissions", {"user": "admin@acme.example", "api_enabled": False}, "user_no_api"),
        ("permissions", {"user": "admin@acme.example", "app_allowed": False}, "not_installed"),
    ],
)
def test_a_user_without_api_access_keeps_no_grant(
    server: Emulator, clock: FakeClock, path: str, body: dict[str, Any], code: str
) -> None:
    requests.post(f"{server.url}/_emulator/{path}", json=body, timeout=60).raise_for_status()
    with pytest.raises(ReconnectRequired) as caught:
        sign_in(server, clock)
    assert caught.value.code == code
    assert not server.oauth.grants
