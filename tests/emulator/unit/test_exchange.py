"""A request as it arrived: what can be read off it."""

from __future__ import annotations

import pytest

from zsf_plugin.emulator.exchange import HttpRequest, parse_json

BEARER = {"Authorization": "Bearer 00D!token"}


def test_header_names_are_lower_cased() -> None:
    assert HttpRequest.parse("GET", "/", {"X-Kind": "A"}).headers == {"x-kind": "A"}


def test_the_session_is_what_follows_the_scheme() -> None:
    request = HttpRequest.parse("GET", "/", BEARER)
    assert (request.auth_scheme, request.bearer) == ("Bearer", "00D!token")


def test_without_the_header_there_is_no_session() -> None:
    request = HttpRequest.parse("GET", "/", {})
    assert (request.auth_scheme, request.bearer) == ("", "")


def test_segments_leave_the_query_string_out() -> None:
    request = HttpRequest.parse("GET", "/services/data/v68.0/query?q=SELECT+Id", {})
    assert request.segments == ["services", "data", "v68.0", "query"]
    assert request.query == {"q": "SELECT Id"}


def test_a_form_keeps_blank_fields_and_the_first_of_several_values() -> None:
    request = HttpRequest.parse("POST", "/", {}, b"a=1&a=2&b=")
    assert request.form == {"a": "1", "b": ""}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_not_json_reads_as_none(raw: bytes) -> None:
    assert parse_json(raw) is None


def test_json_is_parsed_only_once() -> None:
    assert HttpRequest.parse("POST", "/", {}, b'{"a": [1]}').body == {"a": [1]}
