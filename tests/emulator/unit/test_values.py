"""Moments as Salesforce writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zsf_plugin.emulator.org.values import format_datetime, next_http_date, parse_moment

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-02T12:00:00", "2026-11-02T12:00:00Z", "2026-11-02T13:00:00.000+0100"],
)
def test_a_datetime_without_an_offset_is_in_utc(text: str) -> None:
    assert parse_moment(text) == NOON


def test_a_datetime_is_formatted_in_utc_without_fractions() -> None:
    moment = parse_moment("2026-11-02T13:00:00.999+01:00")
    assert format_datetime(moment) == "2026-11-02T12:00:00.000+0000"


def test_an_invalid_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        parse_moment("yesterday")


def test_two_changes_never_have_the_same_date() -> None:
    first = next_http_date("Mon, 02 Nov 2026 08:00:00 GMT")
    assert next_http_date(first) != first
    assert next_http_date("Sat, 01 Jan 3020 00:00:59 GMT") == "Sat, 01 Jan 3020 00:01:00 GMT"
