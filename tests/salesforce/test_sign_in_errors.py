"""Each error of Salesforce's login has words of its own, and says who must act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import AppRefused, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.salesforce.sign_in_errors import DESCRIBED, ERRORS, sign_in_error

CALLBACK = "http://localhost:17717/oauth/callback"


@pytest.mark.parametrize(
    ("error", "description", "kind", "words"),
    [
        ("access_denied", "end-user denied authorization", ReconnectRequired, "choose Allow"),
        ("access-denied", "", ReconnectRequired, "choose Allow"),
        ("immediate_unsuccessful", "", ReconnectRequired, "nobody signed in"),
        ("login_required", "", ReconnectRequired, "nobody signed in"),
        ("invalid_scope", "the requested scope is not allowed", AppRefused, "scopes api,"),
        ("invalid_grant", "no valid scopes defined", AppRefused, "scopes api,"),
        ("redirect_uri_mismatch", "redirect_uri must match", AppRefused, CALLBACK),
        ("redirect_uri_missing", "redirect_uri not provided", AppRefused, CALLBACK),
        ("invalid_client_id", "client identifier invalid", AppRefused, "ZSF_CLIENT_ID"),
        ("invalid_client", "client identifier invalid", AppRefused, "ZSF_CLIENT_ID"),
        ("app_not_found", "", AppRefused, "ZSF_CLIENT_ID"),
        ("invalid_client", "invalid client credentials", AppRefused, "ZSF_CLIENT_SECRET"),
        ("invalid_client", "app must be installed into org", ReconnectRequired, "install"),
        ("OAUTH_EC_APP_NOT_FOUND", "External client app is not…", ReconnectRequired, "install"),
        ("OAUTH_APPROVAL_ERROR_GENERIC", "", ReconnectRequired, "install"),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", ReconnectRequired, "unblock"),
        ("fail_close_app_blocked", "", ReconnectRequired, "unblock"),
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved", ReconnectRequired, "authorize"),
        ("invalid_app_access", "", ReconnectRequired, "authorize"),
        ("access_denied", "user is not admin approved", ReconnectRequired, "authorize"),
        ("invalid_grant", "user hasn't approved this consumer", ReconnectRequired, "authorize"),
        (
            "OAUTH_AUTHORIZATION_BLOCKED",
            "Cross-org OAuth flows are not supported for this external client app",
            ReconnectRequired,
            "belongs to another org",
        ),
        ("unsupported_response_type", "", AppRefused, "enable the flow"),
        ("unauthorized_client", "", AppRefused, "enable the flow"),
        ("oauth_flow_disabled", "", AppRefused, "enable the flow"),
        ("invalid_request", "must use HTTPS", AppRefused, "check the app's OAuth settings"),
        ("invalid_request", "missing required code challenge", ReconnectRequired, "start the"),
        ("invalid_request", "invalid code verifier", ReconnectRequired, "start the"),
        ("invalid_code_challenge", "", ReconnectRequired, "start the"),
        ("inactive_user", "user is inactive", ReconnectRequired, "reactivate"),
        ("inactive_org", "", ReconnectRequired, "reactivate"),
        ("invalid_session_level", "", ReconnectRequired, "multi-factor"),
        ("invalid_grant", "audience is invalid", ReconnectRequired, "login address"),
        ("invalid_grant", "Audience validation failed", ReconnectRequired, "login address"),
        ("invalid_assertion_type", "", ReconnectRequired, "clock"),
        ("invalid_grant", "invalid assertion", ReconnectRequired, "clock"),
        ("invalid_grant", "no client credentials user enabled", AppRefused, "run as"),
        ("invalid_grant", "request not supported on this domain", AppRefused, "--login-url"),
        ("invalid_grant", "ip restricted or invalid login hours", Unavailable, "IP address"),
        ("invalid_grant", "ip restricted or invalid login hours", Unavailable, "login hours"),
        ("invalid_grant", "invalid login hours", Unavailable, "hour"),
        ("invalid_grant", "login rate exceeded", Unavailable, "too often"),
        ("invalid_grant", "user account is locked out", ReconnectRequired, "unlock"),
        ("invalid_grant", "password lockout", ReconnectRequired, "unlock"),
        ("invalid_grant", "organization is locked", ReconnectRequired, "unlock"),
        ("invalid_request", "missing client_secret", AppRefused, "ZSF_CLIENT_SECRET"),
        ("invalid_client", "client secret is required", AppRefused, "ZSF_CLIENT_SECRET"),
        ("temporarily_unavailable", "", Unavailable, "for now"),
        ("server_error", "", Unavailable, "for now"),
        ("unknown_error", "retry your request", Unavailable, "for now"),
        ("rate_limit_exceeded", "login rate exceeded", Unavailable, "too often"),
    ],
)
def test_an_error_says_who_must_change_what(
    error: str, description: str, kind: type[ZsfError], words: str
) -> None:
    found = sign_in_error(error, description, CALLBACK)
    assert type(found) is kind
    assert words in str(found)


@pytest.mark.parametrize("error", ERRORS)
def test_every_known_code_is_shown_with_its_words(error: str) -> None:
    found = sign_in_error(error, "", CALLBACK)
    assert f"({error})" in str(found)
    assert "?" not in str(found)


@pytest.mark.parametrize("fragment", DESCRIBED)
def test_every_fragment_decides_a_grant_that_is_refused(fragment: str) -> None:
    assert "invalid_grant: " not in str(sign_in_error("invalid_grant", fragment, CALLBACK))


def test_an_unknown_error_is_named_by_its_code_and_the_beginning_of_its_text() -> None:
    found = sign_in_error(
        "OAUTH_NEW_THING", "See\r\nada@acme.example <b>here</b>\x1b[31m", CALLBACK
    )
    assert str(found) == (
        "Salesforce refused the sign-in (OAUTH_NEW_THING: See … <b>here</b> [31m): "
        "ask a Salesforce admin what this means, then run `zsf connect` again"
    )


@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_salesforce_says_is_one_short_harmless_line(error: str, description: str) -> None:
    found = sign_in_error(error, description, CALLBACK)
    assert isinstance(found, AppRefused | ReconnectRequired | Unavailable)
    said = str(found)
    assert said.isprintable()
    assert len(said) < 500
    code = str(found.data["error"])
    assert len(code) <= 64
    assert not set(code) & set("<>&\"' ")
