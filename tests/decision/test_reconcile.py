"""Reconciling: a plan and the world give the changes and the next world; what is already true is
not written."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import describe, facts
from tests.sync.planned import LEAD, record, world_of
from zsf_plugin.decision.purchase import link_digest
from zsf_plugin.decision.reconcile import is_unchanged, reconcile
from zsf_plugin.model import Changes, Link, Step, World
from zsf_plugin.model.link import MAX_UNCHECKED_S

ADA = plan(purchase(prospect(1)))


def left_done(world: World) -> World:
    """The world after the purchase was carried out."""
    digest = link_digest(ADA, world)
    return world.with_link(Link("prospect", "p1", "Lead", LEAD, {}, digest))


def test_a_purchase_carried_out_under_the_same_plan_looks_up_and_writes_nothing() -> None:
    world = left_done(world_of())
    changes, after = reconcile(ADA, world)
    assert changes == Changes(steps=(Step("unchanged"),), depends_on=frozenset({LEAD}))
    assert after is world


def test_a_link_with_another_plan_digest_proves_nothing() -> None:
    world = world_of(links=[Link("prospect", "p1", "Lead", LEAD, {}, "another")])
    assert not is_unchanged(ADA, world)
    assert not is_unchanged(plan(purchase(prospect(1, title="CTO"))), left_done(world_of()))


@given(checked_at=st.floats(0, 4e9), now=st.floats(0, 4e9))
def test_a_link_never_proves_anything_an_hour_after_its_record_was_checked(
    checked_at: float, now: float
) -> None:
    world = left_done(world_of())
    (link,) = world.links.values()
    later = replace(world.with_link(replace(link, checked_at=checked_at)), now=now)
    assert is_unchanged(ADA, later) == (abs(now - checked_at) < MAX_UNCHECKED_S)


def test_a_purchase_that_is_looked_up_again_and_has_nothing_to_write_renews_its_link() -> None:
    lead, world = record("Lead", LEAD), left_done(world_of())
    (link,) = world.links.values()
    whole, _ = reconcile(ADA, world_of(lead))
    held = replace(lead, values={**lead.values, **whole.writes[0].values})
    later = replace(world.with_records([held]), now=MAX_UNCHECKED_S)
    changes, after = reconcile(ADA, later)
    assert changes.writes == ()
    assert changes.steps[-1] == Step("unchanged")
    assert after.links[link.key].checked_at == MAX_UNCHECKED_S
    assert is_unchanged(ADA, after)


def test_a_changed_describe_makes_the_plan_reconcile_again() -> None:
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


def test_a_held_entry_leaves_the_world_unchanged() -> None:
    world = world_of()
    changes, after = reconcile(plan(touchpoint(prospect(1))), world)
    assert changes.cause is not None
    assert after is world


def test_a_complete_record_is_linked_and_not_written() -> None:
    first, world = reconcile(ADA, world_of())
    created = world.records.get(("Lead", "new:0"))
    assert created is not None
    held = record("Lead", LEAD, **created.values)
    changes, _ = reconcile(ADA, world_of(held))
    assert changes.writes == ()
    assert [link.record_id for link in changes.links] == [LEAD]
    assert len(first.writes) == 1


def test_a_held_contact_reports_no_created_account() -> None:
    nameless = prospect(1, first_name=None, last_name=None)
    changes, _ = reconcile(plan(purchase(nameless), "contact"), world_of())
    assert changes.cause is not None
    assert changes.writes == ()
    steps = [(step.code, step.object) for step in changes.steps]
    assert steps == [("no_owner", "Account"), ("no_owner", "Contact")]
