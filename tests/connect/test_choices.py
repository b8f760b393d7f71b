"""Which app signs in: the first that is named; a rehearsal on this machine needs none."""

from __future__ import annotations

import pytest

from zsf_plugin.connect.choices import LOGINS, REHEARSAL, client_id_for, is_rehearsal


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1:1/login", "http://[::1]:9"]
)
def test_a_login_on_this_machine_is_a_rehearsal(url: str) -> None:
    assert is_rehearsal(url)
    assert client_id_for(url, None, "") == REHEARSAL


@pytest.mark.parametrize("url", [*LOGINS.values(), "https://localhost.example", "", "nonsense"])
def test_any_other_login_needs_an_app_that_somebody_named(url: str) -> None:
    assert not is_rehearsal(url)
    assert client_id_for(url, None, "") is None


def test_the_first_app_that_is_named_signs_in() -> None:
    assert client_id_for(LOGINS["sandbox"], None, "option", "setting") == "option"
    assert client_id_for("http://localhost", "", "setting") == "setting"
