"""One approval of an app: its refresh token, those spent, its sessions."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.sign_in.credentials import Grant

NOW = 1_000.0


@pytest.fixture
def grant() -> Grant:
    return Grant("005", "app", "first", ("api", "refresh_token"), NOW)


def test_a_rotated_token_is_recognized_but_does_not_refresh(grant: Grant) -> None:
    grant.rotate()
    assert (grant.is_refreshed_by("first"), grant.recognizes("first", None)) == (False, True)
    assert grant.is_refreshed_by(grant.refresh)


def test_a_current_token_is_accepted_only_from_its_own_app(grant: Grant) -> None:
    assert grant.recognizes("first", "app")
    assert not grant.recognizes("first", "another")
    assert not grant.recognizes("second", "app")


def test_use_extends_a_session(grant: Grant) -> None:
    assert not grant.has_session("token", NOW)
    grant.use("token", NOW)
    assert grant.has_session("token", NOW)
    assert not grant.has_session("token", NOW + 1)
    grant.use("token", NOW + 1)
    assert grant.has_session("token", NOW + 1)


@pytest.mark.parametrize(
    ("scopes", "lasting"),
    [(("api", "id"), False), (("refresh_token",), True), (("offline_access",), True)],
)
def test_scopes_decide_whether_a_refresh_token_is_issued(
    scopes: tuple[str, ...], lasting: bool
) -> None:
    assert Grant("005", "app", "first", scopes, NOW).issues_refresh_token is lasting
