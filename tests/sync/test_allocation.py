"""Drains within the org's allocation: what is throttled, what goes on, and what a wake costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import QuotaReached, Unavailable
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Store, Usage
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.sync.due import next_work

SELLER = {"seller@zaplify.example": "005000000000001AAA"}


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts(), SELLER))


def availability(bench: Bench) -> OrgAvailability:
    return OrgAvailability(bench.store, bench.parts.rules, bench.clock)


def report_usage(bench: Bench, used: int) -> None:
    bench.store.note_usage(bench.crm.org.org_id, used, 100, bench.clock.now())


def failing(bench: Bench, error: Exception, times: int = 1) -> list[float]:
    """Let the CRM's next lookups fail; returns when each was tried."""
    find, tries = bench.crm.find, []

    def fail(*arguments: object) -> object:
        tries.append(bench.clock.now())
        if len(tries) <= times:
            raise error
        return find(*arguments)  # type: ignore[arg-type]

    bench.crm.find = fail  # type: ignore[method-assign,assignment]
    return tries


def sibling(bench: Bench) -> Callable[[], str | None]:
    """Another workspace of the same org, with a purchase; returns the code of its drain's pause."""
    connection = bench.store.connection("default")
    assert connection is not None
    bench.store.save_connection(
        replace(connection, workspace="sibling"), Tokens("access", "refresh")
    )
    bench.feed(replace(purchase(prospect(5), "other"), workspace="sibling"))

    def code() -> str | None:
        report = drain(bench.parts, "sibling", DrainLimits())
        return report.paused.code if report.paused is not None else None

    return code


def test_a_purchase_is_sent_while_activities_are_throttled(bench: Bench) -> None:
    bench.feed(purchase(prospect(1), "known"))
    bench.drain()
    report_usage(bench, 75)
    (activity,) = bench.feed(touchpoint(prospect(1), "t1"))
    report = bench.drain()
    assert (report.paused, bench.store.paused("default")) == (None, None)
    assert (list(report.throttled_until), bench.entry(activity).state) == (
        ["activities", "badges"],
        "pending",
    )
    (bought,) = bench.feed(purchase(prospect(2), "new"))
    assert bench.drain().done == 1
    assert (bench.entry(bought).state, bench.entry(activity).state) == ("done", "pending")
    assert bench.crm.usage_calls == 0


def test_throttled_activities_wake_by_themselves_at_the_next_check_and_a_purchase_at_once(
    bench: Bench,
) -> None:
    report_usage(bench, 75)
    bench.feed(touchpoint(prospect(1), "t1"))
    until = bench.clock.now() + 900
    assert bench.drain().next_due_at == until
    assert next_work(bench.store, availability(bench), "default") == until
    bench.feed(purchase(prospect(2), "new"))
    assert next_work(bench.store, availability(bench), "default") == 0.0


def test_the_end_of_throttling_costs_one_call_which_may_prolong_it(bench: Bench) -> None:
    report_usage(bench, 85)
    (entry,) = bench.feed(purchase(prospect(1)))
    assert bench.drain().paused is not None
    bench.crm.reported_usage = Usage(82, 100)
    bench.clock.time += 901
    report = bench.drain()
    assert report.paused is not None
    assert (report.paused.until, bench.crm.usage_calls, bench.crm.finds) == (
        bench.clock.now() + 900,
        1,
        0,
    )
    bench.crm.reported_usage = Usage(40, 100)
    bench.clock.time += 901
    assert bench.drain().done == 1
    assert (bench.crm.usage_calls, bench.entry(entry).state) == (2, "done")


def test_when_the_org_does_not_report_usage_the_next_calls_header_does(bench: Bench) -> None:
    report_usage(bench, 85)
    bench.feed(purchase(prospect(1)))
    bench.drain()
    bench.clock.time += 901
    assert bench.drain().done == 1


def test_the_daily_limit_pauses_the_whole_org_and_costs_one_call_to_find_out(bench: Bench) -> None:
    report_usage(bench, 70)
    tries = failing(bench, QuotaReached("daily", 1800.0))
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert (report.paused.code, len(tries)) == ("quota", 1)
    other = sibling(bench)
    assert (other(), len(tries), bench.crm.usage_calls) == ("quota", 1, 0)
    bench.crm.reported_usage = QuotaReached("daily", 1800.0)
    bench.clock.time += 1801
    again = bench.drain()
    assert again.paused is not None
    assert (again.paused.until, len(tries), bench.crm.usage_calls) == (
        bench.clock.now() + 1800,
        1,
        1,
    )
    assert (other(), bench.crm.usage_calls) == ("quota", 1)
    bench.crm.reported_usage = Usage(10, 100)
    bench.clock.time += 1801
    assert (bench.drain().done, bench.crm.usage_calls) == (1, 2)
    assert (other(), bench.crm.usage_calls) == (None, 2)


def test_the_limit_of_our_app_pauses_the_workspace_and_says_nothing_of_the_org(
    bench: Bench,
) -> None:
    report_usage(bench, 10)
    tries = failing(bench, QuotaReached("app", 1800.0))
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert (report.paused.code, len(tries)) == ("quota", 1)
    assert bench.store.allocation(bench.crm.org.org_id, bench.clock.now()).used == 10
    assert sibling(bench)() is None


@pytest.mark.parametrize(("asked_s", "tries"), [(2.0, 4), (4.0, 4), (20.0, 1), (3600.0, 1)])
def test_a_pause_that_the_answer_asks_for_is_kept(bench: Bench, asked_s: float, tries: int) -> None:
    error = Unavailable("http_503", asked_s)
    error.is_asked = True
    tried = failing(bench, error, times=99)
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert len(tried) == tries
    assert report.paused is not None
    assert report.paused.until == bench.clock.now() + asked_s


def test_the_concurrent_limit_backs_off_longer_each_time_and_continues(bench: Bench) -> None:
    tries = failing(bench, QuotaReached("concurrent", 30.0), times=4)
    bench.feed(purchase(prospect(1)))
    assert bench.drain().done == 1
    waits = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_a_lasting_concurrent_limit_is_a_short_pause_and_not_the_daily_limit(
    bench: Bench,
) -> None:
    report_usage(bench, 10)
    failing(bench, QuotaReached("concurrent", 30.0), times=99)
    (entry,) = bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert (report.paused.code, report.paused.until) == ("concurrent", bench.clock.now() + 30)
    assert bench.store.allocation(bench.crm.org.org_id, bench.clock.now()).used == 10
    assert (bench.entry(entry).state, bench.entry(entry).attempts) == ("pending", 0)


def test_a_refusal_of_writes_for_too_many_at_once_loses_nothing(bench: Bench) -> None:
    refused = [QuotaReached("concurrent", 30.0)]
    bench.crm.refuse = lambda _: refused.pop() if refused else None
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    bench.clock.time += 31
    bench.drain()
    assert (bench.entry(entry).state, len(bench.rows("Lead"))) == ("done", 1)
