"""Building headers: visible ASCII or nothing."""

from __future__ import annotations

import pytest

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.salesforce import headers

DATE = "Mon, 23 Nov 2026 10:15:30 GMT"
BAD_TOKENS = ["", "a b", "a\r\nX: y", "a\n", "é", "a\x7f", "a\x00"]


def test_a_token_is_sent_as_bearer() -> None:
    assert headers.authorized("00D5g!AQ.x_y~", {}) == {"Authorization": "Bearer 00D5g!AQ.x_y~"}
    assert headers.is_token("!~")


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_a_token_that_no_header_can_carry_requires_a_new_sign_in(token: str) -> None:
    assert not headers.is_token(token)
    with pytest.raises(ReconnectRequired) as caught:
        headers.authorized(token, {})
    assert caught.value.code == "damaged"
    assert not token or token not in str(caught.value)


def test_a_session_is_carried_beside_other_headers_and_never_replaced_by_one() -> None:
    given = {"Sforce-Auto-Assign": "FALSE", "Authorization": "other"}
    assert headers.authorized("t", given) == {
        "Sforce-Auto-Assign": "FALSE",
        "Authorization": "Bearer t",
    }


def test_a_date_from_a_response_requests_only_later_changes() -> None:
    assert headers.if_modified_since(DATE) == {"If-Modified-Since": DATE}


@pytest.mark.parametrize("date", [None, "", "yesterday", f"{DATE}\r\nX: y", DATE[:-4], f"x{DATE}"])
def test_anything_else_requests_everything(date: str | None) -> None:
    assert headers.if_modified_since(date) == {}
