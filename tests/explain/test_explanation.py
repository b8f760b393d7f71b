"""An event explained beside an org: it says what a drain does."""

from __future__ import annotations

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.explain.explanation import Live, explain
from zsf_plugin.model import Event
from zsf_plugin.ports import Store


def explained(bench: Bench, event: Event) -> list[tuple[str, str]]:
    """(action, object) of each write that would be made."""
    live = Live(bench.crm, lambda: 0)
    changes = explain(event, bench.parts.rules, bench.store, live=live).changes
    assert changes is not None
    return [(write.action, write.object) for write in changes.writes]


def test_an_activity_that_looks_like_another_is_said_to_be_created_as_the_drain_does(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(store, clock, FakeCrm(facts(external_id=False)))
    bench.feed(purchase(prospect(1)), touchpoint(prospect(1), "t1"))
    bench.drain()
    alike = touchpoint(prospect(1), "t2")
    assert explained(bench, alike) == [("create", "Task")]
    bench.feed(alike)
    bench.drain()
    assert len(bench.rows("Task")) == 2
