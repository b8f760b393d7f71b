"""An event explained: what it costs, a bound before anybody looked and a count after; beside an org
it says what a drain does."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.explain.explanation import Cost, LiveOrg, exact_cost, explain, upper_bound
from zsf_plugin.model import Event, Link, Plan
from zsf_plugin.ports import Store

BOUGHT = plan(purchase(prospect(1)))
SENT = plan(touchpoint(prospect(1), "t1"))


def explained(bench: Bench, event: Event) -> list[tuple[str, str]]:
    """(action, object) of each write that would be made."""
    live = LiveOrg(bench.crm, lambda: 0)
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


def person(digest: str) -> Link:
    return Link("prospect", "p1", "Lead", "00Q", {}, digest)


@pytest.mark.parametrize(
    ("asked", "link", "at_most"),
    [
        (BOUGHT, None, 3),
        (BOUGHT, person(""), 3),
        (BOUGHT, person(f"other:{BOUGHT.digest}"), 3),
        (BOUGHT, person(BOUGHT.digest), 0),
        (BOUGHT, person(f"{BOUGHT.digest}:describe"), 0),
        (SENT, None, 4),
        (SENT, person(SENT.digest), 4),
        (SENT, Link("touchpoint", "t1", "Task", "00T", {}), 0),
    ],
)
def test_nothing_is_spent_on_what_was_left_done_and_unchanged(
    asked: Plan, link: Link | None, at_most: int
) -> None:
    links = {link.key: link} if link is not None else {}
    assert upper_bound(asked, links) == Cost(None, None, at_most)


def test_after_looking_the_cost_is_what_looking_took_and_what_writing_takes() -> None:
    assert exact_cost(2, 1) == Cost(looked=2, to_write=1, at_most=3)
