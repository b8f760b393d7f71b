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
from zsf_plugin.model import Event, Link, LinkKey, Plan
from zsf_plugin.model.link import MAX_UNCHECKED_S
from zsf_plugin.ports import Store

BOUGHT = plan(purchase(prospect(1)))
SENT = plan(touchpoint(prospect(1), "t1"))


def explained(bench: Bench, event: Event) -> list[tuple[str, str]]:
    """(action, object) of each write that would be made."""
    live = LiveOrg(bench.crm, lambda: 0)
    changes = explain(event, bench.parts.rules, bench.store, bench.clock.now(), live=live).changes
    assert changes is not None
    return [(write.action, write.object) for write in changes.writes]


def test_an_activity_similar_to_another_is_estimated_as_created_like_in_a_drain(
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


NOW = 1_790_000_000.0


def person(digest: str) -> Link:
    return Link("prospect", "p1", "Lead", "00Q", {}, digest, NOW)


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
def test_unchanged_entries_that_are_done_cost_no_call(
    asked: Plan, link: Link | None, at_most: int
) -> None:
    links = {link.key: link} if link is not None else {}
    assert upper_bound(asked, links, NOW) == Cost(None, None, at_most)


def test_an_unchanged_purchase_of_which_nothing_was_heard_for_an_hour_is_looked_up() -> None:
    link = person(BOUGHT.digest)
    links: dict[LinkKey, Link] = {link.key: link}
    assert upper_bound(BOUGHT, links, NOW + MAX_UNCHECKED_S - 1).at_most == 0
    assert upper_bound(BOUGHT, links, NOW + MAX_UNCHECKED_S).at_most == 3


def test_after_a_lookup_the_cost_is_exact() -> None:
    assert exact_cost(2, 1) == Cost(looked=2, to_write=1, at_most=3)
