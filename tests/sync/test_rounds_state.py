"""The state after a round: with what was written and what was refused."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.planned import (
    LEAD,
    NOW,
    changes,
    create,
    fingerprint,
    no_defect,
    planned,
    record,
    update,
    world_of,
)
from zsf_plugin.errors import Rejected, ZsfError
from zsf_plugin.model import Changes, Link, Reference, World, WriteOutcome
from zsf_plugin.ports import Moment, Settlement
from zsf_plugin.sync.entries import content_of, plan_writes, with_outcomes
from zsf_plugin.sync.rounds import RoundState, state_after_round
from zsf_plugin.sync.settlements import entry_outcomes

ADA = planned(purchase(prospect(1), "e1"))
EMPTY_STATE = RoundState(World(facts()))


def after(change: Changes, *errors: ZsfError | None, state: RoundState = EMPTY_STATE) -> RoundState:
    """The state after a round of one entry whose writes met these errors (None: done)."""
    batch = plan_writes([(ADA, change)])
    outcomes = [
        WriteOutcome(
            write.token, None if error else write.ref.replace("new:", "made-"), error=error
        )
        for write, error in zip(batch.writes, errors, strict=True)
    ]
    batch = with_outcomes(batch, outcomes)
    ended = entry_outcomes(batch, state.world, Moment(NOW), fingerprint, no_defect)
    settlements = [outcome.settlement for outcome in ended]
    return state_after_round(state, batch, ended, settlements, state.world)


def test_a_created_record_has_its_id_and_blank_unwritten_fields() -> None:
    state = after(changes(create("Lead", "new:0", LastName="Byron")), None)
    made = state.world.records.get(("Lead", "made-0"))
    assert made is not None
    assert made.values["LastName"] == "Byron"
    assert made.values["Title"] is None


def test_an_update_changes_what_it_writes_and_keeps_the_rest() -> None:
    state = RoundState(world_of(record("Lead", LEAD, Title="CTO", City="Bonn")))
    state = after(changes(update("Lead", LEAD, Title="CEO")), None, state=state)
    found = state.world.records.get(("Lead", LEAD))
    assert found is not None
    assert (found.values["Title"], found.values["City"]) == ("CEO", "Bonn")


def test_a_record_of_an_undescribed_object_has_its_written_values() -> None:
    state = after(changes(create("Case", "new:0", Subject="Hello")), None)
    assert state.world.records["Case", "made-0"].values == {"Subject": "Hello"}


def test_references_are_known_by_the_ids_that_came_of_them() -> None:
    change = changes(
        create("Account", "new:0", Name="Acme"),
        create("Contact", "new:1", AccountId=Reference("new:0")),
    )
    made = after(change, None, None).world.records.get(("Contact", "made-1"))
    assert made is not None
    assert made.values["AccountId"] == "made-0"


def test_a_refused_record_is_not_there_and_its_content_is_remembered() -> None:
    change, error = changes(create("Lead", "new:0", LastName="Byron")), Rejected("NO")
    state = after(change, error)
    assert state.world.records == {}
    assert state.refusals == {content_of(change.writes[0], {}): error}


def test_a_refused_update_is_remembered_by_its_records_id_even_if_new() -> None:
    change, error = (
        changes(create("Lead", "new:0"), update("Lead", "new:0", City="B")),
        Rejected(""),
    )
    state = after(change, None, error)
    assert state.refusals == {content_of(update("Lead", "made-0", City="B"), {}): error}


def test_refusals_of_earlier_rounds_stay_known() -> None:
    earlier = Rejected("EARLIER")
    state = replace(EMPTY_STATE, refusals={("create",): earlier})
    state = after(changes(create("Lead", "new:0")), Rejected("NO"), state=state)
    assert state.refusals["create",] is earlier
    assert len(state.refusals) == 2


def test_links_to_records_that_exist_are_known() -> None:
    link = Link("prospect", "p1", "Lead", "new:0", {}, "digest")
    state = after(changes(create("Lead", "new:0"), links=(link,)), None)
    assert state.world.links[link.key] == replace(link, record_id="made-0")


def test_only_a_written_task_is_taken_by_its_touchpoint() -> None:
    state = after(changes(create("Task", "new:0"), create("Lead", "new:1")), None, None)
    assert state.world.claimed == {"made-0"}


def test_creates_that_the_round_numbered_stay_counted() -> None:
    state = after(changes(create("Lead", "new:0")), Rejected("NO"))
    batch = plan_writes([])
    planned_world = replace(state.world, created_count=7, claimed=frozenset({"00T"}))
    world = state_after_round(state, batch, [], [], planned_world).world
    assert (world.created_count, world.claimed) == (7, frozenset({"00T"}))


def test_links_of_an_entry_held_before_sending_are_known() -> None:
    link = Link("prospect", "p1", "Lead", LEAD, {}, "")
    held = Settlement(ADA.entry.id, "held", links=(link,))
    state = state_after_round(EMPTY_STATE, plan_writes([]), [], [held], EMPTY_STATE.world)
    assert state.world.links[link.key] == link
