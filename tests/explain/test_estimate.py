"""An estimate beside an org: it counts what a drain then does, and writes nothing."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, renamed, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.explain.estimate import Estimate, estimate
from zsf_plugin.explain.explanation import LiveOrg
from zsf_plugin.ports import Store


def estimated(bench: Bench, most: int = 500) -> Estimate:
    live = LiveOrg(bench.crm, lambda: bench.crm.finds)
    return estimate("default", bench.parts.rules, bench.store, live, bench.clock.now(), most)


@pytest.fixture(params=[True, False], ids=["with-the-id-field", "without"])
def bench(request: pytest.FixtureRequest, store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts(external_id=request.param)), mode="contact")


def test_it_counts_what_a_drain_then_does(bench: Bench) -> None:
    bench.crm.add("Contact", Email="ada1@acme1.example", LastName="Lovelace1")
    bench.crm.add("Contact", Email="ada2@acme2.example", LastName="Lovelace2")
    bench.crm.add("Contact", Email="ada2@acme2.example", LastName="Lovelace too")
    people = [prospect(number) for number in range(1, 5)]
    bench.feed(*(purchase(one, f"e{number}") for number, one in enumerate(people)))
    bench.feed(
        touchpoint(people[0], "t1"), touchpoint(people[3], "t2"), touchpoint(prospect(9), "t9")
    )
    reported = estimated(bench)
    assert (
        reported.connected,
        reported.activities,
        sum(reported.held.values()),
        reported.nothing,
    ) == (1, 2, 2, 0)
    assert dict(reported.created) == {"Contact": 2, "Account": 3}
    assert dict(reported.updated) == {"Contact": 1}
    assert bench.crm.written == []
    before = {name: len(rows) for name, rows in bench.crm.rows.items()}
    bench.drain()
    made = {
        name: len(rows) - before[name]
        for name, rows in bench.crm.rows.items()
        if len(rows) > before[name]
    }
    assert made == {**reported.created, "Task": reported.activities}
    assert bench.store.counts("default").held == sum(reported.held.values())


def test_one_person_twice_is_created_once(bench: Bench) -> None:
    first = purchase(prospect(1), "e1")
    bench.feed(first, renamed(first, "e2"))
    reported = estimated(bench)
    assert (reported.created["Contact"], reported.connected, reported.nothing) == (1, 0, 1)


def test_held_entries_are_counted_by_the_text_of_their_cause(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1), "t1"))
    assert dict(estimated(bench).held) == {"Task: the person is not in Salesforce yet": 1}


def test_an_estimate_of_many_entries_covers_the_first_and_says_so(bench: Bench) -> None:
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(5)))
    bench.feed(touchpoint(prospect(1), "t1"))
    reported = estimated(bench, most=3)
    assert (reported.waiting, reported.looked_at, reported.is_partial) == (6, 3, True)
    assert reported.created["Contact"] == 3
    assert not estimated(bench).is_partial


def test_calls_are_those_of_looking_and_of_writing(bench: Bench) -> None:
    bench.feed(purchase(prospect(1), "e1"))
    reported = estimated(bench)
    looked = bench.crm.finds
    assert reported.calls == looked + 1


def test_nothing_waiting_costs_nothing(bench: Bench) -> None:
    assert estimated(bench) == Estimate(0, 0, 0, {}, {}, 0, {}, 0, 0)
