"""The OAuth pages and the token endpoint (browser, code, refresh, revoke)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
import requests

from tests.emulator.client import CALLBACK, TIMEOUT_S, Client


def page(org: Client, **changes: str | None) -> requests.Response:
    where = f"{org.url}/services/oauth2/authorize"
    return requests.get(where, params=org.authorize_query(**changes), timeout=TIMEOUT_S)


def denied(answer: requests.Response, error: str, words: str) -> None:
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": words}


def test_the_authorize_page_offers_active_users_and_marks_the_hinted_one(org: Client) -> None:
    shown = page(org, login_hint="robin@acme.example")
    assert shown.status_code == 200
    assert shown.headers["Content-Type"].startswith("text/html")
    assert '<option value="robin@acme.example" selected>Robin Reyes</option>' in shown.text
    assert '<option value="admin@acme.example">' in shown.text
    assert "gone@acme.example" not in shown.text


def test_its_pages_cut_the_tie_to_the_window_that_opened_them(org: Client) -> None:
    assert page(org).headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_login_page_leads_to_a_consent_page_that_names_app_and_scopes(org: Client) -> None:
    form = {
        **org.authorize_query(),
        "step": "login",
        "username": "admin@acme.example",
        "password": "any",
    }
    consent = org.oauth("authorize", form)
    assert consent.status_code == 200
    assert "<li>refresh_token</li>" in consent.text
    assert "3MVG9.test.consumer.key asks, for admin@acme.example" in consent.text
    assert 'value="allow"' in consent.text
    assert 'value="deny"' in consent.text


def test_the_pages_escape_what_the_app_sends(org: Client) -> None:
    shown = page(org, state='"><script>alert(1)</script>')
    assert shown.status_code == 200
    assert "<script>" not in shown.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"response_type": "token"}, "unsupported_response_type: response type not supported"),
        ({"client_id": None}, "invalid_client_id: client identifier invalid"),
        ({"redirect_uri": None}, "redirect_uri_mismatch: redirect_uri must match configuration"),
        ({"code_challenge": None}, "invalid_request: missing required code challenge"),
        ({"code_challenge_method": "plain"}, "invalid_request: missing required code challenge"),
    ],
)
def test_a_wrong_authorize_request_stays_on_an_error_page(
    org: Client, changes: dict[str, str], words: str
) -> None:
    shown = page(org, **changes)
    assert shown.status_code == 400
    assert shown.headers["Content-Type"].startswith("text/html")
    assert words in shown.text


def test_allowing_sends_the_browser_back_with_code_and_state(org: Client) -> None:
    back = org.decide()
    assert back["state"] == "st4te"
    assert back["code"].startswith("aPrx")
    assert back["code"].endswith("==")


def test_denying_sends_the_browser_back_with_access_denied(org: Client) -> None:
    words = "end-user denied authorization"
    assert org.decide("deny") == {
        "error": "access_denied",
        "error_description": words,
        "state": "st4te",
    }


def test_an_inactive_user_cannot_log_in(org: Client) -> None:
    form = {
        **org.authorize_query(),
        "step": "consent",
        "username": "gone@acme.example",
        "decision": "allow",
    }
    answer = org.oauth("authorize", form, allow_redirects=False)
    assert answer.status_code == 400
    assert "authentication failure" in answer.text


def test_the_first_tokens_have_the_documented_shape(org: Client) -> None:
    tokens = org.sign_in()
    assert tokens["instance_url"] == org.url
    assert tokens["token_type"] == "Bearer"
    assert set(tokens["scope"].split()) == {"refresh_token", "api", "id"}
    assert tokens["refresh_token"].startswith("5Aep")
    assert "expires_in" not in tokens
    assert tokens["issued_at"].isdigit()
    assert len(tokens["issued_at"]) == 13
    organization, user = tokens["id"].split("/")[-2:]
    assert (len(organization), organization[:3], len(user), user[:3]) == (18, "00D", 18, "005")
    assert tokens["access_token"].split("!")[0] == organization[:15]


def test_the_signature_proves_the_identity_url(org: Client) -> None:
    tokens = org.sign_in()
    text = (tokens["id"] + tokens["issued_at"]).encode()
    assert (
        tokens["signature"]
        == base64.b64encode(hmac.digest(b"s3cret", text, hashlib.sha256)).decode()
    )


def test_a_wrong_verifier_is_an_invalid_grant(org: Client) -> None:
    denied(
        org.redeem(org.decide()["code"], code_verifier="w" * 64),
        "invalid_grant",
        "invalid code verifier",
    )


def test_a_missing_verifier_is_an_invalid_grant(org: Client) -> None:
    denied(
        org.redeem(org.decide()["code"], code_verifier=""), "invalid_grant", "invalid code verifier"
    )


def test_a_code_works_once_only(org: Client) -> None:
    code = org.decide()["code"]
    assert org.redeem(code).status_code == 200
    denied(org.redeem(code), "invalid_grant", "invalid authorization code")


def test_a_doubly_encoded_code_is_unknown(org: Client) -> None:
    code = org.decide()["code"].replace("=", "%3D")
    denied(org.redeem(code), "invalid_grant", "invalid authorization code")


def test_the_callback_must_equal_the_one_of_the_authorize_request(org: Client) -> None:
    answer = org.redeem(org.decide()["code"], redirect_uri=f"{CALLBACK}/")
    denied(answer, "redirect_uri_mismatch", "redirect_uri must match configuration")


def test_another_apps_code_is_refused(org: Client) -> None:
    answer = org.redeem(org.decide()["code"], client_id="another")
    denied(answer, "invalid_client_id", "client identifier invalid")


def test_an_unknown_grant_type_is_refused(org: Client) -> None:
    denied(
        org.oauth("token", {"grant_type": "password"}),
        "unsupported_grant_type",
        "grant type not supported",
    )


def test_any_invalid_token_is_refused_with_a_message(org: Client) -> None:
    denied(org.refresh("ключ"), "invalid_grant", "expired access/refresh token")
    assert org.oauth("revoke", {"token": "ключ"}).status_code == 400


def test_no_refresh_token_is_issued_without_its_scope(org: Client) -> None:
    answer = org.redeem(org.decide(scope="api id")["code"])
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert set(answer.json()["scope"].split()) == {"api", "id"}
