"""Names of which Salesforce has one half: they are completed, and never mixed with another person's."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.model import Json, Mode, Step
from zsf_plugin.ports import Store

EMAIL = "nadia@acme1.example"
LEFT_OUT = {"misfit": "other_last_name"}


def bought(event_id: str, first: Json, last: Json) -> object:
    return purchase(prospect(1, first_name=first, last_name=last, email=EMAIL), event_id)


def names(bench: Bench, object_: str) -> list[tuple[object, object]]:
    return [(row.get("FirstName"), row["LastName"]) for row in bench.rows(object_)]


@pytest.mark.parametrize(("mode", "object_"), [("lead", "Lead"), ("contact", "Contact")])
def test_a_first_name_that_stood_in_for_the_last_gives_way_to_it(
    store: Store, clock: FakeClock, mode: Mode, object_: str
) -> None:
    bench = Bench(store, clock, FakeCrm(facts()), mode=mode)
    bench.feed(bought("e1", "Nadia", None))
    bench.drain()
    assert names(bench, object_) == [(None, "Nadia")]
    bench.feed(bought("e2", "Nadia", "Berg"))
    bench.drain()
    assert names(bench, object_) == [("Nadia", "Berg")]


@pytest.mark.parametrize("typed", ["Nadia", "Nadja", "One"])
def test_a_last_name_that_a_person_typed_gets_no_other_persons_first_name(
    store: Store, clock: FakeClock, typed: str
) -> None:
    bench = Bench(store, clock, FakeCrm(facts()))
    bench.crm.add("Lead", LastName=typed, Email=EMAIL, Company="Acme 1")
    (entry_id,) = bench.feed(bought("e1", "Nadia", "Berg"))
    bench.drain()
    assert names(bench, "Lead") == [(None, typed)]
    entry = bench.store.entry("default", entry_id)
    assert entry is not None
    assert Step("left_out", "Lead", "FirstName", LEFT_OUT) in entry.steps


def test_a_last_name_that_is_the_events_gets_its_first_name(store: Store, clock: FakeClock) -> None:
    bench = Bench(store, clock, FakeCrm(facts()))
    bench.crm.add("Lead", LastName="BERG", Email=EMAIL, Company="Acme 1")
    bench.feed(bought("e1", "Nadia", "Berg"))
    bench.drain()
    assert names(bench, "Lead") == [("Nadia", "BERG")]
