"""The writes of a round: their order, entries and outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from tests.fakes.events import plan, prospect, purchase, rules, touchpoint
from tests.sync.planned import LEAD, changes, create, planned, update
from zsf_plugin.errors import Halted, OutcomeUnknown, Rejected
from zsf_plugin.model import Event, JsonObject, Reference, Rules, WriteOutcome, resolved_values
from zsf_plugin.ports import RuleSource
from zsf_plugin.sync.entries import (
    WrittenEntry,
    content_of,
    plan_for,
    plan_writes,
    with_answers_lost,
    with_outcomes,
)

ADA = planned(purchase(prospect(1), "e1"))
BOB = planned(purchase(prospect(2), "e2"))


@dataclass
class RecordingRules:
    """The shipped rules; records which workspaces they were read for."""

    asked: list[tuple[str, JsonObject]] = field(default_factory=list)

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        self.asked.append((workspace, scope))
        return rules()


@pytest.mark.parametrize("event", [purchase(prospect(1)), touchpoint(prospect(1))])
def test_an_event_is_planned_by_the_rules_of_its_own_workspace_and_scope(event: Event) -> None:
    source = RecordingRules()
    assert plan_for(cast(RuleSource, source), event) == plan(event)
    assert source.asked == [(event.workspace, event.scope)]


def test_a_record_that_two_entries_write_is_written_once_for_each_under_its_own_name() -> None:
    batch = plan_writes(
        [
            (ADA, changes(update("Lead", LEAD, Title="CTO"))),
            (BOB, changes(update("Lead", LEAD, City="Bonn"), create("Account", "new:0"))),
        ]
    )
    assert [write.token for write in batch.writes] == [LEAD, f"{LEAD}#1", "new:0"]
    assert batch.owner_of == {LEAD: 0, f"{LEAD}#1": 1, "new:0": 1}
    assert [entry.planned for entry in batch.entries] == [ADA, BOB]
    assert [len(entry.changes.writes) for entry in batch.entries] == [1, 2]


def test_no_two_writes_of_a_batch_have_one_name() -> None:
    title = changes(update("Lead", LEAD, Title="CTO"))
    batch = plan_writes([(ADA, title), (BOB, title), (ADA, title), (BOB, title)])
    assert [write.token for write in batch.writes] == [LEAD, f"{LEAD}#1", f"{LEAD}#2", f"{LEAD}#3"]


def test_each_entry_gets_the_outcomes_of_its_own_writes() -> None:
    batch = plan_writes(
        [
            (ADA, changes(create("Account", "new:0"), create("Contact", "new:1"))),
            (BOB, changes(update("Lead", LEAD, Title="CTO"))),
        ]
    )
    refused, halted = Rejected("NO"), Halted("its Account was refused")
    outcomes = [
        WriteOutcome("new:0", error=refused),
        WriteOutcome("new:1", error=halted),
        WriteOutcome(LEAD, LEAD),
    ]
    ended = with_outcomes(batch, outcomes)
    first, second = ended.entries
    assert [error for _, error in first.failed] == [refused, halted]
    assert first.done == ()
    assert second.done == batch.writes[2:]
    assert second.failed == ()
    assert ended.ids == {}


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_answers_that_are_not_one_for_each_write_are_a_defect(answers: int) -> None:
    batch = plan_writes([(ADA, changes(create("Account", "new:0"), create("Contact", "new:1")))])
    with pytest.raises(ValueError, match="zip"):
        with_outcomes(batch, [WriteOutcome("new:0", "001")] * answers)


def test_an_entry_whose_answers_a_defect_lost_is_in_doubt_about_each_of_its_writes() -> None:
    first, second = create("Account", "new:0"), create("Contact", "new:1")
    one = with_answers_lost(WrittenEntry(ADA, changes(first, second), done=(first,)))
    assert (one.planned, one.done) == (ADA, ())
    assert [write for write, _ in one.failed] == [first, second]
    errors = [error for _, error in one.failed]
    assert all(isinstance(error, OutcomeUnknown) for error in errors)
    assert {cast(OutcomeUnknown, error).code for error in errors} == {"defect"}


def test_a_successful_create_resolves_its_reference() -> None:
    batch = plan_writes([(ADA, changes(create("Account", "new:0"), create("Contact", "new:1")))])
    done = with_outcomes(
        batch, [WriteOutcome("new:0", "001"), WriteOutcome("new:1", error=Rejected("NO"))]
    )
    assert done.ids == {"new:0": "001"}
    write = create("Contact", "new:1", AccountId=Reference("new:0"), LastName="Byron")
    assert resolved_values(write.values, done.ids) == {"AccountId": "001", "LastName": "Byron"}


def test_a_reference_to_what_is_not_known_to_be_done_stays_as_it_is() -> None:
    write = create("Contact", "new:1", AccountId=Reference("new:0"), LastName="Byron")
    assert resolved_values(write.values, {}) == {"AccountId": "new:0", "LastName": "Byron"}


def test_two_writes_are_equal_if_action_object_record_and_values_are() -> None:
    first = content_of(create("Lead", "new:0", LastName="Byron", Title=None), {})
    assert first == content_of(create("Lead", "new:7", Title=None, LastName="Byron"), {})
    assert first != content_of(create("Contact", "new:0", LastName="Byron", Title=None), {})
    assert first != content_of(create("Lead", "new:0", LastName="Byron"), {})
    assert first != content_of(create("Lead", "new:0", LastName="Byron", Title="CTO"), {})
    changed = content_of(update("Lead", "new:0", Title="CTO"), {"new:0": LEAD})
    assert changed == content_of(update("Lead", LEAD, Title="CTO"), {})
    assert changed != content_of(update("Lead", "00Q2", Title="CTO"), {})
