"""How grants live and end: rotation, theft, five approvals, revocation, dead sessions, identity."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.client import CLIENT_ID, Client, refused
from tests.emulator.conftest import Make


def rotated_out(org: Client, token: str) -> None:
    answer = org.refresh(token)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "expired access/refresh token",
    }


def alive(org: Client) -> bool:
    return org.call("GET", "limits").status_code == 200


def test_a_refresh_issues_new_tokens_and_invalidates_the_old_refresh_token(org: Client) -> None:
    first = org.tokens
    answer = org.refresh(first["refresh_token"])
    assert answer.status_code == 200
    fresh = answer.json()
    assert fresh["refresh_token"] != first["refresh_token"]
    assert fresh["access_token"] != first["access_token"]
    assert org.refresh(fresh["refresh_token"]).status_code == 200


def test_replaying_a_rotated_token_revokes_the_whole_grant(org: Client) -> None:
    old = org.tokens["refresh_token"]
    org.tokens = org.refresh(old).json()
    assert alive(org)
    rotated_out(org, old)
    rotated_out(org, org.tokens["refresh_token"])
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")


def test_without_rotation_a_refresh_returns_no_refresh_token_and_can_be_repeated(
    make: Make,
) -> None:
    org = make(refresh_rotation=False)
    for _ in range(2):
        answer = org.refresh(org.tokens["refresh_token"])
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()


def app_signs_in(org: Client, **changes: str) -> requests.Response:
    """What an app with a secret gets that signs in itself (client credentials)."""
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": "s3cret",
        **changes,
    }
    return org.oauth("token", form)


def test_an_app_signs_in_itself_as_the_user_it_runs_as(org: Client) -> None:
    app = {"client_id": CLIENT_ID, "client_secret": "s3cret", "run_as": "admin@acme.example"}
    org.control("POST", "apps", app)
    answer = app_signs_in(org)
    assert answer.status_code == 200
    org.tokens = answer.json()
    assert org.tokens["token_type"] == "Bearer"
    assert "refresh_token" not in org.tokens
    assert org.call("GET", "limits").status_code == 200
    userinfo = org.call("GET", "/services/oauth2/userinfo").json()
    assert userinfo["preferred_username"] == "admin@acme.example"
    org.control("POST", "sessions/expire")
    assert org.call("GET", "limits").status_code == 401
    assert app_signs_in(org).status_code == 200


@pytest.mark.parametrize(
    ("run_as", "changes", "error", "words"),
    [
        (
            "admin@acme.example",
            {"client_id": "x"},
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            "admin@acme.example",
            {"client_secret": "x"},
            "invalid_client",
            "invalid client credentials",
        ),
        (
            "admin@acme.example",
            {"client_secret": ""},
            "invalid_client",
            "invalid client credentials",
        ),
        (None, {}, "invalid_grant", "no client credentials user enabled"),
        ("nobody@acme.example", {}, "invalid_grant", "inactive user"),
    ],
)
def test_an_app_that_may_not_sign_in_itself_is_refused(
    org: Client, run_as: str | None, changes: dict[str, str], error: str, words: str
) -> None:
    org.control(
        "POST", "apps", {"client_id": CLIENT_ID, "client_secret": "s3cret", "run_as": run_as}
    )
    refused = app_signs_in(org, **changes)
    expected = {"error": error, "error_description": words}
    assert (refused.status_code, refused.json()) == (400, expected)


def test_an_app_signs_in_itself_at_the_orgs_own_address_only(org: Client) -> None:
    app = {"client_id": CLIENT_ID, "client_secret": "s3cret", "run_as": "admin@acme.example"}
    org.control("POST", "apps", app)
    org.http.headers["Host"] = "login.salesforce.com"
    refused = app_signs_in(org)
    assert refused.json()["error_description"] == "request not supported on this domain"


def test_an_app_with_a_secret_gives_it_with_every_code_and_refresh(org: Client) -> None:
    org.control("POST", "apps", {"client_id": CLIENT_ID, "client_secret": "s3cret"})
    wrong = org.redeem(org.decide()["code"], client_secret="another")
    assert wrong.json()["error"] == "invalid_client"
    tokens = org.redeem(org.decide()["code"]).json()
    assert org.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert org.refresh(tokens["refresh_token"], client_secret="s3cret").status_code == 200


def test_a_session_without_the_scope_of_the_api_is_invalid_there(org: Client) -> None:
    org.tokens = org.redeem(org.decide(scope="refresh_token id")["code"]).json()
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    assert org.call("GET", "/services/oauth2/userinfo").status_code == 200
    org.tokens = org.redeem(org.decide(scope="full")["code"]).json()
    assert org.call("GET", "limits").status_code == 200


def test_another_app_cannot_use_the_refresh_token(org: Client) -> None:
    assert (
        org.refresh(org.tokens["refresh_token"], client_id="another").json()["error"]
        == "invalid_grant"
    )
    assert org.refresh(org.tokens["refresh_token"]).status_code == 200


def test_a_deactivated_user_cannot_refresh(org: Client) -> None:
    org.control("PATCH", f"records/User/{org.tokens['id'].split('/')[-1]}", {"IsActive": False})
    answer = org.refresh(org.tokens["refresh_token"])
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "inactive user"}


def test_a_sixth_approval_silently_ends_the_first(org: Client) -> None:
    first = org.tokens
    later = [org.sign_in() for _ in range(5)]
    rotated_out(org, first["refresh_token"])
    org.tokens = first
    assert not alive(org)
    assert all(org.refresh(tokens["refresh_token"]).status_code == 200 for tokens in later)


def test_approvals_of_another_user_do_not_count(org: Client) -> None:
    first = org.tokens
    for _ in range(5):
        org.sign_in("robin@acme.example")
    assert org.refresh(first["refresh_token"]).status_code == 200


def test_revoking_the_refresh_token_ends_its_sessions(org: Client) -> None:
    answer = org.oauth("revoke", {"token": org.tokens["refresh_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    rotated_out(org, org.tokens["refresh_token"])


def test_revoking_an_access_token_ends_that_session_only(org: Client) -> None:
    assert org.oauth("revoke", {"token": org.tokens["access_token"]}).status_code == 200
    assert not alive(org)
    assert org.refresh(org.tokens["refresh_token"]).status_code == 200


def test_revoking_an_expired_token_is_an_invalid_token(org: Client) -> None:
    answer = org.oauth("revoke", {"token": "dead"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


def test_the_identity_url_identifies_the_bearer(org: Client) -> None:
    answer = org.call("GET", org.tokens["id"].removeprefix(org.url))
    assert answer.status_code == 200
    document = answer.json()
    assert document["id"] == org.tokens["id"]
    assert document["username"] == document["email"] == "admin@acme.example"
    assert (document["display_name"], document["active"], document["user_type"]) == (
        "Ada Admin",
        True,
        "STANDARD",
    )


def test_userinfo_names_organization_and_user(org: Client) -> None:
    document = org.call("GET", "/services/oauth2/userinfo").json()
    assert [document["organization_id"], document["user_id"]] == org.tokens["id"].split("/")[-2:]


@pytest.mark.parametrize(
    ("token", "words"), [("dead", "Bad_OAuth_Token"), (None, "Missing_OAuth_Token")]
)
def test_the_identity_url_answers_a_bad_token_with_403_in_plain_text(
    org: Client, token: str | None, words: str
) -> None:
    where = org.tokens["id"].removeprefix(org.url)
    org.tokens = {"access_token": token} if token else {}
    answer = org.call("GET", where)
    assert (answer.status_code, answer.text) == (403, words)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("token", ["dead", None])
def test_an_expired_session_is_401_with_a_list_of_one_error(org: Client, token: str | None) -> None:
    org.tokens = {"access_token": token} if token else {}
    answer = org.call("GET", "sobjects/Lead/describe")
    assert answer.status_code == 401
    assert answer.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_sessions_can_be_expired_by_command_and_refreshed(org: Client) -> None:
    org.control("POST", "sessions/expire")
    refused(org.call("GET", "limits"), 401, "INVALID_SESSION_ID")
    org.tokens = org.refresh(org.tokens["refresh_token"]).json()
    assert alive(org)


def test_grants_can_be_revoked_by_command(org: Client) -> None:
    org.control("POST", "grants/revoke")
    rotated_out(org, org.tokens["refresh_token"])
    assert not alive(org)
