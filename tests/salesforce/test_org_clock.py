"""The org's clock: which answers say it, and what the time is since."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import Owners
from tests.salesforce.wire import ACME, Wire, connected
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.composites import RestRequest
from zsf_plugin.salesforce.http import Http
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.tokens import Refresher

DATE = "Sun, 29 Nov 2026 20:15:00 GMT"
AT = 1_795_983_300.0
USED = {"Sforce-Limit-Info": "api-usage=18/5000"}
DAY_S = 86_400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(2000.0)


@pytest.fixture
def session(store: Store, clock: FakeClock) -> SalesforceSession:
    connected(store)
    refresher = Refresher("w", store, clock, Http(), None, Owners())
    return SalesforceSession("w", store, clock, Http(), refresher, 1000.0)


def call(session: SalesforceSession) -> None:
    session.call(RestRequest("GET", "/limits"), "upkeep")


def test_before_the_first_answer_the_orgs_time_is_unknown(session: SalesforceSession) -> None:
    assert session.org_clock.now() is None


def test_since_an_answer_the_orgs_time_goes_on_whatever_our_clock_is_set_to(
    wire: Wire, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, {}, headers={"Date": DATE, **USED})
    call(session)
    assert session.org_clock.now() == AT
    clock.sleep(90)
    for set_by in (DAY_S, -2 * DAY_S):
        clock.set_by(set_by)
        assert session.org_clock.now() == AT + 90


def test_since_an_answer_the_orgs_time_goes_on_while_the_machine_sleeps(
    wire: Wire, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, {}, headers={"Date": DATE, **USED})
    call(session)
    clock.suspend(DAY_S)
    assert session.org_clock.now() == AT + DAY_S


@pytest.mark.parametrize(
    "happens",
    [lambda it: it.suspend(DAY_S), lambda it: it.set_by(DAY_S), lambda it: it.set_by(-600.0)],
    ids=["slept", "set ahead", "set back"],
)
def test_without_a_clock_that_counts_sleep_the_orgs_time_is_unknown_from_a_jump_until_an_answer(
    wire: Wire, clock: FakeClock, session: SalesforceSession, happens: Callable[[FakeClock], None]
) -> None:
    clock.has_boot_clock = False
    wire.answer(ACME, {}, headers={"Date": DATE, **USED})
    wire.answer(ACME, {}, headers={"Date": "Sun, 29 Nov 2026 21:15:00 GMT", **USED})
    call(session)
    clock.sleep(90)
    assert session.org_clock.now() == AT + 90
    happens(clock)
    assert session.org_clock.now() is None
    call(session)
    assert session.org_clock.now() == AT + 3600


def test_the_latest_answer_says_the_time(
    wire: Wire, clock: FakeClock, session: SalesforceSession
) -> None:
    wire.answer(ACME, {}, headers={"Date": DATE, **USED})
    wire.answer(ACME, {}, headers={"Date": "Sun, 29 Nov 2026 20:16:07 GMT", **USED})
    for _ in range(2):
        call(session)
        clock.sleep(60)
    assert session.org_clock.now() == AT + 127


def test_a_refusal_of_salesforce_says_the_time_too(wire: Wire, session: SalesforceSession) -> None:
    refusal = [{"errorCode": "MALFORMED_QUERY"}]
    wire.answer(ACME, refusal, 400, headers={"Date": DATE, **USED})
    call(session)
    assert session.org_clock.now() == AT


@pytest.mark.parametrize(
    "headers",
    [{"Date": DATE}, {"Date": DATE, "Age": "3600", **USED}, USED],
    ids=["gateway", "cache", "no date"],
)
def test_an_answer_of_another_or_without_a_date_leaves_the_time_as_it_was(
    wire: Wire, clock: FakeClock, session: SalesforceSession, headers: dict[str, str]
) -> None:
    wire.answer(ACME, {}, headers={"Date": "Sun, 29 Nov 2026 20:10:00 GMT", **USED})
    wire.answer(ACME, {}, headers=headers)
    for _ in range(2):
        call(session)
        clock.sleep(60)
    assert session.org_clock.now() == AT - 180


@pytest.mark.parametrize("date", ["", "soon", "Sun, 29 Nov 2026 20:15:00 -0000", "1 Jan 99999 0:0"])
def test_a_date_that_cannot_be_read_says_no_time(
    wire: Wire, session: SalesforceSession, date: str
) -> None:
    wire.answer(ACME, {}, headers={"Date": date, **USED})
    call(session)
    assert session.org_clock.now() is None
