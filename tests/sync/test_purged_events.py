"""A host repeats an event whose entry was removed: it is a new one, and finds what the first made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench, LiveOwners
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.sync.leases import LeaseParts, Sightings
from zsf_plugin.sync.retention import DAY_S, purge


@pytest.fixture(params=["with the field", "without it"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    org = facts(external_id=request.param == "with the field")
    yield Bench(store, FakeClock(), FakeCrm(org))
    store.close()


def forget(bench: Bench) -> None:
    """A purge, long after everything ended; what is newer keeps its place."""
    bench.clock.time += 500 * DAY_S
    bench.feed(purchase(prospect(9), "newest"))
    parts = LeaseParts(bench.store, bench.clock, LiveOwners(), Sightings())
    assert purge(parts, 400, stopping=lambda: False).done == 2


def test_its_purchase_and_its_touchpoint_write_no_second_record(bench: Bench) -> None:
    events = (purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    first = bench.feed(*events)
    bench.drain()
    people, tasks = bench.rows("Lead"), bench.rows("Task")
    assert (len(people), len(tasks)) == (1, 1)
    forget(bench)
    again = bench.feed(*events)
    assert set(again).isdisjoint(first)
    bench.drain()
    assert [bench.entry(one).state for one in again] == ["done", "done"]
    assert len(bench.rows("Lead")) == 2  # and that of the newest
    assert bench.rows("Task") == tasks
    assert people[0] in bench.rows("Lead")
