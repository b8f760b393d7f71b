"""One approval of an app: its refresh token, those spent, its sessions."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.sign_in.credentials import Grant

NOW = 1_000.0


@pytest.fixture
def grant() -> Grant:
    return Grant("005", "app", "first", ("api", "refresh_token"), NOW)


def test_a_rotated_token_is_still_known_and_no_longer_refreshes(grant: Grant) -> None:
    grant.rotate()
    assert (grant.is_refreshed_by("first"), grant.is_shown_by("first", None)) == (False, True)
    assert grant.is_refreshed_by(grant.refresh)


def test_a_living_token_is_known_from_its_own_app_alone(grant: Grant) -> None:
    assert grant.is_shown_by("first", "app")
    assert not grant.is_shown_by("first", "another")
    assert not grant.is_shown_by("second", "app")


def test_a_session_lives_while_it_is_used(grant: Grant) -> None:
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
def test_scopes_say_whether_it_lasts(scopes: tuple[str, ...], lasting: bool) -> None:
    assert Grant("005", "app", "first", scopes, NOW).is_lasting is lasting
