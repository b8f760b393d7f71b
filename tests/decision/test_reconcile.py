"""A plan and the world give the changes and the next world; what is already so is not written."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import describe, facts
from tests.sync.planned import LEAD, record, world_of
from zsf_plugin.decision.purchase import link_digest
from zsf_plugin.decision.reconcile import is_unchanged, reconcile
from zsf_plugin.model import Changes, Link, Step, World

ADA = plan(purchase(prospect(1)))


def left_done(world: World) -> World:
    """The world in which the purchase was done before."""
    digest = link_digest(ADA, world)
    return world.with_link(Link("prospect", "p1", "Lead", LEAD, {}, digest))


def test_a_purchase_that_was_done_under_the_same_plan_asks_and_writes_nothing() -> None:
    world = left_done(world_of())
    changes, after = reconcile(ADA, world)
    assert changes == Changes(steps=(Step("unchanged"),), depends_on=frozenset({LEAD}))
    assert after is world


def test_a_link_that_remembers_another_plan_is_no_proof() -> None:
    world = world_of(links=[Link("prospect", "p1", "Lead", LEAD, {}, "another")])
    assert not is_unchanged(ADA, world)
    assert not is_unchanged(plan(purchase(prospect(1, title="CTO"))), left_done(world_of()))


def test_an_object_that_is_described_otherwise_by_now_is_looked_at_again() -> None:
    world = left_done(world_of())
    more = replace(describe("Lead"), fingerprint="of another describe")
    org = replace(facts(), describes={**facts().describes, "Lead": more})
    assert is_unchanged(ADA, world)
    assert not is_unchanged(ADA, replace(world, facts=org))


def test_a_touchpoint_that_was_logged_is_not_logged_again() -> None:
    world = world_of(links=[Link("touchpoint", "t1", "Task", "00T1", {})])
    assert is_unchanged(plan(touchpoint(prospect(1))), world)
    assert not is_unchanged(plan(touchpoint(prospect(1), "t2")), world)


def test_the_next_entry_sees_what_this_one_creates() -> None:
    first, world = reconcile(ADA, world_of())
    second, _ = reconcile(plan(purchase(prospect(1), "e2")), world)
    assert [write.ref for write in first.writes] == ["new:0"]
    assert (second.writes, second.depends_on) == ((), {"new:0"})


def test_a_held_entry_leaves_the_world_as_it_was() -> None:
    world = world_of()
    changes, after = reconcile(plan(touchpoint(prospect(1))), world)
    assert changes.cause is not None
    assert after is world


def test_a_record_that_has_all_of_it_is_connected_and_not_written() -> None:
    first, world = reconcile(ADA, world_of())
    created = world.records.get(("Lead", "new:0"))
    assert created is not None
    held = record("Lead", LEAD, **created.values)
    changes, _ = reconcile(ADA, world_of(held))
    assert changes.writes == ()
    assert [link.record_id for link in changes.links] == [LEAD]
    assert len(first.writes) == 1


def test_a_held_contact_tells_of_no_account_that_would_have_been_created_for_it() -> None:
    nameless = prospect(1, first_name=None, last_name=None)
    changes, _ = reconcile(plan(purchase(nameless), "contact"), world_of())
    assert changes.cause is not None
    assert changes.writes == ()
    steps = [(step.code, step.object) for step in changes.steps]
    assert steps == [("no_owner", "Account"), ("no_owner", "Contact")]
