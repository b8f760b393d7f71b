"""The time by an org's own clock, as its answers show it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.salesforce.org_clock import OrgClock


def seen(clock: FakeClock, ahead_s: float) -> OrgClock:
    """The clock of an org that answered now, that many seconds ahead of ours."""
    org = OrgClock(clock)
    date = format_datetime(datetime.fromtimestamp(clock.now() + ahead_s, UTC), usegmt=True)
    org.last = (date, clock.monotonic())
    return org


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 10:00:00 GMT"])
def test_without_a_usable_date_our_clock_counts(date: str) -> None:
    clock = FakeClock()
    org = OrgClock(clock)
    org.last = (date, clock.monotonic())
    assert org.now() == clock.now()


@pytest.mark.parametrize("ahead_s", [0.0, 45.0, -45.0])
def test_within_a_minute_our_clock_counts(ahead_s: float) -> None:
    clock = FakeClock()
    assert seen(clock, ahead_s).now() == clock.now()


@pytest.mark.parametrize("ahead_s", [86_400.0, -86_400.0, 90.0, 1.7e9])
def test_beyond_a_minute_the_orgs_clock_counts(ahead_s: float) -> None:
    clock = FakeClock()
    org = seen(clock, ahead_s)
    assert org.now() == clock.now() + ahead_s
    clock.sleep(30)
    assert org.now() == clock.now() + ahead_s


def test_a_clock_that_is_set_after_the_answer_does_not_count() -> None:
    clock = FakeClock()
    org, right = seen(clock, 0.0), clock.now()
    clock.set_by(86_400.0)
    clock.sleep(10)
    assert org.now() == right + 10
