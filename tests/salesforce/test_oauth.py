"""The token endpoint's answers (salesforce-api.md §1.3-1.5), read without a network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import (
    AppRefused,
    ConfigurationError,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.oauth import TokenBusy, read_token, refresh_form

GOOD = {
    "access_token": "00D5g000004TyUi!made.up",
    "refresh_token": "5Aep.made.up",
    "instance_url": "https://acme.my.salesforce.com",
    "id": "https://login.salesforce.com/id/00D5g000004TyUi/0055g00000FnJpQ",
    "issued_at": "1795429230411",
}


def read(
    body: Any, status: int = 200, *, refreshing: bool = True, secret: str | None = None
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_token(HttpResponse(status, {}, raw), refreshing=refreshing, client_secret=secret)


def test_org_and_user_come_from_the_id_url_in_the_long_form() -> None:
    tokens = read(GOOD)
    assert (tokens.org_id, tokens.user_id) == ("00D5g000004TyUiEAK", "0055g00000FnJpQAAV")
    assert (tokens.access, tokens.refresh) == (GOOD["access_token"], GOOD["refresh_token"])


def test_without_rotation_there_is_no_new_refresh_token() -> None:
    assert (
        read({key: value for key, value in GOOD.items() if key != "refresh_token"}).refresh is None
    )


def test_a_token_answer_has_no_repr_of_its_secrets() -> None:
    assert "made.up" not in repr(read(GOOD))


def test_a_true_signature_passes_and_a_false_one_does_not() -> None:
    digest = hmac.digest(b"secret", (GOOD["id"] + GOOD["issued_at"]).encode(), hashlib.sha256)
    assert read({**GOOD, "signature": base64.b64encode(digest).decode()}, secret="secret").access
    with pytest.raises(ReconnectRequired):
        read({**GOOD, "signature": "bWFkZS11cA=="}, secret="secret")


def test_a_signature_counts_only_where_we_have_the_secret() -> None:
    assert read({**GOOD, "signature": "bWFkZS11cA=="}).access
    assert read(GOOD, secret="secret").access


def test_a_signature_that_is_not_text_is_none() -> None:
    assert read({**GOOD, "signature": 7}, secret="secret").access


@pytest.mark.parametrize("url", ["https://evil.example", "http://acme.my.salesforce.com", "", None])
def test_an_instance_that_must_not_be_followed_is_refused(url: Any) -> None:
    with pytest.raises(ReconnectRequired):
        read({**GOOD, "instance_url": url}, refreshing=False)


@pytest.mark.parametrize("identity", ["", "x", "https://login.salesforce.com/id/x/y", None])
@pytest.mark.parametrize("url", ["", None])
def test_an_answer_to_a_refresh_token_need_not_name_org_and_address(
    identity: Any, url: str | None
) -> None:
    tokens = read({**GOOD, "id": identity, "instance_url": url}, secret="secret")
    assert (tokens.org_id, tokens.user_id, tokens.instance_url) == ("", "", "")
    assert tokens.access == GOOD["access_token"]


@pytest.mark.parametrize(
    ("secret", "more"), [(None, {}), ("", {}), ("s3cret", {"client_secret": "s3cret"})]
)
def test_a_refresh_token_is_exchanged_with_the_secret_if_there_is_one(
    secret: str | None, more: dict[str, str]
) -> None:
    assert refresh_form("the-app", secret, "r3fresh") == {
        "grant_type": "refresh_token",
        "refresh_token": "r3fresh",
        "client_id": "the-app",
        **more,
    }


def refusal(error: str, words: str = "", status: int = 400, *, refreshing: bool = True) -> ZsfError:
    with pytest.raises(ZsfError) as caught:
        read({"error": error, "error_description": words}, status, refreshing=refreshing)
    return caught.value


@pytest.mark.parametrize(
    ("error", "words", "kind", "code"),
    [
        ("invalid_grant", "expired access/refresh token", ReconnectRequired, "revoked"),
        ("invalid_grant", "token request is already being processed", TokenBusy, None),
        ("invalid_grant", "expired authorization code", TokenBusy, None),
        (
            "invalid_grant",
            "authentication failure - Invalid Password",
            ReconnectRequired,
            "user_refused",
        ),
        ("invalid_grant", "user is inactive", ReconnectRequired, "inactive"),
        ("inactive_user", "", ReconnectRequired, "inactive"),
        ("inactive_org", "", ReconnectRequired, "inactive"),
        ("invalid_grant", "inactive organization", ReconnectRequired, "inactive"),
        ("invalid_grant", "ip restricted", Unavailable, None),
        ("invalid_grant", "ip not allowed", Unavailable, None),
        (
            "invalid_grant",
            "user hasn't approved this consumer",
            ReconnectRequired,
            "not_authorised",
        ),
        ("invalid_client", "app must be installed into org", ReconnectRequired, "not_installed"),
        ("invalid_client", "invalid client credentials", AppRefused, "consumer_secret"),
        ("invalid_client_id", "client identifier invalid", AppRefused, "consumer_key"),
        (
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
            AppRefused,
            "callback",
        ),
        ("unsupported_grant_type", "grant type not supported", AppRefused, "flow_off"),
        ("rate_limit_exceeded", "login rate exceeded", Unavailable, None),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", ReconnectRequired, "blocked"),
        ("server_error", "", Unavailable, None),
        ("unknown_error", "retry your request", Unavailable, None),
        ("a_new_error", "unknown text", ReconnectRequired, "login"),
    ],
)
def test_each_refusal_of_a_refresh_raises_the_error_of_who_must_act(
    error: str, words: str, kind: type[ZsfError], code: str | None
) -> None:
    found = refusal(error, words)
    assert type(found) is kind
    if code is not None:
        assert found.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", ["expired authorization code", "invalid authorization code"])
def test_an_old_code_at_sign_in_means_start_again(words: str) -> None:
    found = refusal("invalid_grant", words, refreshing=False)
    assert isinstance(found, ReconnectRequired)
    assert found.code == "expired"


def test_a_wrong_verifier_means_that_the_sign_in_began_elsewhere() -> None:
    found = refusal("invalid_grant", "invalid code verifier", refreshing=False)
    assert isinstance(found, ReconnectRequired)
    assert found.code == "not_finished_here"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_or_a_5xx_is_never_a_revocation(status: int) -> None:
    with pytest.raises(Unavailable):
        read(b"<html>maintenance</html>", status)
    assert type(refusal("invalid_grant", "expired access/refresh token", status)) is Unavailable


@pytest.mark.parametrize("error", ["", "invalid_grant", "OAUTH_NEW_THING"])
def test_too_many_requests_are_never_a_revocation(error: str) -> None:
    found = refusal(error, "expired access/refresh token", 429)
    assert isinstance(found, Unavailable)
    assert found.code == "login_rate"


@pytest.mark.parametrize(
    ("error", "words", "status", "code", "wait_s", "data"),
    [
        ("server_error", "", 400, "login_busy", 30.0, {"error": "server_error"}),
        (
            "unknown_error",
            "retry your request",
            400,
            "login_busy",
            30.0,
            {"error": "unknown_error"},
        ),
        ("", "", 404, "login", 30.0, {"status": 404}),
        ("invalid_client", "", 500, "login", 30.0, {"status": 500}),
        (
            "rate_limit_exceeded",
            "login rate exceeded",
            400,
            "login_rate",
            3600.0,
            {"error": "rate_limit_exceeded"},
        ),
        (
            "invalid_grant",
            "ip restricted",
            400,
            "address_not_allowed",
            3600.0,
            {"error": "invalid_grant"},
        ),
        (
            "invalid_grant",
            "IP not allowed",
            400,
            "address_not_allowed",
            3600.0,
            {"error": "invalid_grant"},
        ),
    ],
)
def test_a_temporary_failure_says_when_to_retry(
    error: str, words: str, status: int, code: str, wait_s: float, data: dict[str, Any]
) -> None:
    found = refusal(error, words, status)
    assert isinstance(found, Unavailable)
    assert (found.code, found.retry_after_s, found.data) == (code, wait_s, data)


@pytest.mark.parametrize("status", [200, 404, 503])
@pytest.mark.parametrize("body", [b"<html>", b'{"access_token": "a'])
def test_a_page_or_a_truncated_body_is_reported_with_its_status(status: int, body: bytes) -> None:
    with pytest.raises(Unavailable) as caught:
        read(body, status)
    error = caught.value
    assert (error.code, error.retry_after_s) == ("login_unreadable", 30.0)
    assert error.data == {"status": status}


@pytest.mark.parametrize(
    ("body", "status"), [([], 400), ("words", 400), (None, 400), ({}, 200), (GOOD, 201)]
)
def test_a_response_of_another_shape_is_temporary_and_has_no_tokens(body: Any, status: int) -> None:
    with pytest.raises(Unavailable) as caught:
        read(body, status)
    assert (caught.value.code, caught.value.data) == ("login", {"status": status})


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        ("invalid_client", "ZSF_CLIENT_SECRET"),
        ("invalid_client_id", "ZSF_CLIENT_ID"),
        ("redirect_uri_mismatch", "callback"),
        ("unsupported_grant_type", "enable the flow"),
    ],
)
def test_an_error_about_our_app_is_one_finding_that_says_how_to_fix_it(
    error: str, setting: str
) -> None:
    found = refusal(error)
    assert isinstance(found, ConfigurationError)
    assert len(found.findings) == 1
    assert setting in found.findings[0]


@pytest.mark.parametrize("words", ["already being processed", "Expired Authorization Code"])
def test_only_a_refresh_can_meet_another_one_of_its_token(words: str) -> None:
    assert isinstance(refusal("invalid_grant", words), TokenBusy)
    assert isinstance(refusal("invalid_grant", words, refreshing=False), ReconnectRequired)


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        ("invalid_grant", "Audience is invalid", "wrong_login_address"),
        ("invalid_grant", "user hasn't approved this consumer", "not_authorised"),
        ("invalid_client", "invalid assertion; app must be installed", "not_installed"),
        ("invalid_grant", "invalid assertion", "assertion_refused"),
        ("OAUTH_APP_ACCESS_DENIED", "", "not_authorised"),
        ("invalid_app_access", "user is not admin approved to access this app", "not_authorised"),
    ],
)
def test_a_refusal_is_recognized_by_a_fragment_in_any_case(
    error: str, words: str, code: str
) -> None:
    found = refusal(error, words, refreshing=False)
    assert isinstance(found, ReconnectRequired)
    assert found.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"access_token": "two words"}, "damaged_answer"),
        ({"access_token": None}, "damaged_answer"),
        ({"access_token": ""}, "damaged_answer"),
        ({"signature": "", "issued_at": None}, "not_signed"),
        ({"signature": "\ud800"}, "not_signed"),
    ],
)
def test_an_implausible_response_requires_a_new_sign_in(change: dict[str, Any], code: str) -> None:
    with pytest.raises(ReconnectRequired) as caught:
        read({**GOOD, **change}, refreshing=False, secret="secret")
    assert caught.value.code == code


def test_a_response_without_an_instance_requires_a_new_sign_in() -> None:
    with pytest.raises(ReconnectRequired):
        read({key: value for key, value in GOOD.items() if key != "instance_url"}, refreshing=False)


@pytest.mark.parametrize(
    "named",
    [
        "",
        None,
        "https://login.salesforce.com/id/00D5g000004TyUi",
        "00D5g000004TyUi",
        "https://login.salesforce.com/id/x/0055g00000FnJpQ",
        "https://login.salesforce.com/id/00D5g000004TyUi/x",
    ],
)
def test_a_response_that_names_no_org_and_user_leaves_them_open(named: str | None) -> None:
    tokens = read({**GOOD, "id": named}, refreshing=False)
    assert (tokens.org_id, tokens.user_id) == ("", "")


def test_ids_are_the_last_two_steps_of_the_address_also_with_a_slash_behind() -> None:
    tokens = read({**GOOD, "id": "00D5g000004TyUi/0055g00000FnJpQ/"})
    assert (tokens.org_id, tokens.user_id) == ("00D5g000004TyUiEAK", "0055g00000FnJpQAAV")


def test_the_instance_is_brought_to_its_base() -> None:
    assert read({**GOOD, "instance_url": f"{GOOD['instance_url']}/x"}).instance_url == (
        "https://acme.my.salesforce.com"
    )


@pytest.mark.parametrize(
    ("instance", "named"),
    [({"instance_url": "https://evil.example"}, "evil.example"), ({}, "an empty address")],
)
def test_an_instance_that_must_not_be_followed_is_named(
    instance: dict[str, str], named: str
) -> None:
    body = {key: value for key, value in GOOD.items() if key != "instance_url"}
    with pytest.raises(ReconnectRequired) as caught:
        read({**body, **instance}, refreshing=False)
    assert caught.value.code == "wrong_instance"
    assert named in caught.value.data["fault"]


@pytest.mark.parametrize(("given", "kept"), [("r", "r"), ("", None), (7, None), (None, None)])
def test_a_refresh_token_is_text_or_none(given: Any, kept: str | None) -> None:
    assert read({**GOOD, "refresh_token": given}).refresh == kept


@pytest.mark.parametrize("secret", ["sécret", "\ud800"])
@pytest.mark.parametrize("signed", [("id", "issued_at"), ("id",), ("issued_at",), ()])
def test_the_signature_covers_id_and_time_if_present(secret: str, signed: tuple[str, ...]) -> None:
    said = "".join(GOOD[name] for name in signed).encode()
    digest = hmac.digest(secret.encode("utf-8", "replace"), said, hashlib.sha256)
    body = {key: value for key, value in GOOD.items() if key not in {"id", "issued_at"} - {*signed}}
    body["signature"] = base64.b64encode(digest).decode()
    if "id" in signed:
        assert read(body, secret=secret).access
    else:  # there is nothing that the signature could prove
        body["signature"] += "x"
        assert read(body, refreshing=False, secret=secret).org_id == ""


@given(st.integers(100, 599), st.binary(max_size=100))
def test_bytes_from_nowhere_are_an_error_of_ours(status: int, body: bytes) -> None:
    with pytest.raises(ZsfError):
        read(body, status)


@pytest.mark.parametrize("status", [400, 401, 403, 407])
@pytest.mark.parametrize(
    "body",
    [
        {"error": "blocked"},
        {"error": "Forbidden", "message": "by policy"},
        {"message": "Unauthorized"},
        {"error": {"code": 403}},
        [],
    ],
)
def test_the_json_of_a_gateway_never_ends_a_sign_in(status: int, body: Any) -> None:
    with pytest.raises(Unavailable) as caught:
        read(body, status)
    assert caught.value.data["status"] == status


@pytest.mark.parametrize("status", [403, 429, 418])
def test_a_code_of_salesforces_with_another_status_is_a_gateways(status: int) -> None:
    described = {"error": "access_denied", "error_description": "denied by policy"}
    for body in (described, {"error": "access_denied"}):
        with pytest.raises(Unavailable):
            read(body, status)
