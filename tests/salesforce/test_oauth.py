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

from zsf_plugin.errors import ConfigurationError, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.salesforce.http import Answer
from zsf_plugin.salesforce.oauth import TokenBusy, read_token

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
    return read_token(Answer(status, {}, raw), refreshing=refreshing, client_secret=secret)


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


@pytest.mark.parametrize("url", ["https://evil.example", "http://acme.my.salesforce.com", "", None])
def test_an_instance_that_must_not_be_followed_is_refused(url: Any) -> None:
    with pytest.raises(ReconnectRequired):
        read({**GOOD, "instance_url": url})


@pytest.mark.parametrize("identity", ["", "x", "https://login.salesforce.com/id/x/y", None])
def test_an_answer_that_names_no_org_is_refused(identity: Any) -> None:
    with pytest.raises(ReconnectRequired):
        read({**GOOD, "id": identity})


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
        ("invalid_client", "invalid client credentials", ConfigurationError, None),
        ("invalid_client_id", "client identifier invalid", ConfigurationError, None),
        (
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
            ConfigurationError,
            None,
        ),
        ("unsupported_grant_type", "grant type not supported", ConfigurationError, None),
        ("rate_limit_exceeded", "login rate exceeded", Unavailable, None),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", ReconnectRequired, "blocked"),
        ("server_error", "", Unavailable, None),
        ("unknown_error", "retry your request", Unavailable, None),
        ("a_new_error", "nobody knows", ReconnectRequired, "login"),
    ],
)
def test_each_refusal_of_a_refresh_is_told_by_who_must_act(
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


def test_a_verifier_that_does_not_fit_was_not_finished_where_it_was_started() -> None:
    found = refusal("invalid_grant", "invalid code verifier", refreshing=False)
    assert isinstance(found, ReconnectRequired)
    assert found.code == "not_finished_here"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_or_a_5xx_is_never_a_revocation(status: int) -> None:
    with pytest.raises(Unavailable):
        read(b"<html>maintenance</html>", status)
    assert type(refusal("invalid_grant", "expired access/refresh token", status)) is Unavailable


@given(st.integers(100, 599), st.binary(max_size=100))
def test_bytes_from_nowhere_are_an_error_of_ours(status: int, body: bytes) -> None:
    with pytest.raises(ZsfError):
        read(body, status)
