"""What the status says of a workspace that sends nothing while a write is in doubt."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from tests.sync.test_lost_answers import LateWrites, bench_of
from zsf_plugin.ports import Store
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.wiring.status import JUST_NOW_S, WorkspaceStatus, status_of


def status(bench: Bench, workspace: str = "default") -> WorkspaceStatus:
    availability = OrgAvailability(bench.store, bench.parts.rules, bench.clock)
    return status_of(
        bench.store,
        bench.parts.rules,  # type: ignore[arg-type]
        bench.clock,
        availability,
        workspace,
        None,
    )


def test_a_lost_answer_is_shown_as_long_as_the_drain_waits_for_its_outcome(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1), "e1"))
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == "in_doubt"
    assert status(bench).paused == replace(report.paused, since=clock.time)
    late.arrive()
    late.losing = False
    clock.time = report.paused.until or 0.0
    bench.drain()
    assert status(bench).counts.done == 1
    assert status(bench).paused is None


def test_purchases_that_wait_for_another_workspaces_write_are_paused_and_not_undrained(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    LateWrites(bench)
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    sent_at = clock.time
    connection = store.connection("default")
    assert connection is not None
    store.save_connection(replace(connection, workspace="south"), store.tokens("default"))
    bench.feed(replace(purchase(prospect(2), "e2"), workspace="south"))
    clock.time += JUST_NOW_S + 1
    found = status(bench, "south")
    assert found.paused is not None
    assert (found.paused.code, found.paused.until) == ("in_doubt", sent_at + 600)
    assert not found.is_undrained
    clock.time = sent_at + 600
    assert status(bench, "south").paused is None
    assert status(bench, "south").is_undrained
