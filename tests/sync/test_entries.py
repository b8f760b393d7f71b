"""The writes of a round: in order, each with its entry, and what became of them."""

from __future__ import annotations

from tests.fakes.events import prospect, purchase
from tests.sync.planned import LEAD, changes, create, planned, update
from zsf_plugin.errors import Halted, Rejected
from zsf_plugin.model import Outcome, Reference
from zsf_plugin.sync.entries import content_of, plan_writes, resolved_values, with_outcomes

ADA = planned(purchase(prospect(1), "e1"))
BOB = planned(purchase(prospect(2), "e2"))


def test_a_record_that_two_entries_write_is_written_once_for_each_under_its_own_name() -> None:
    batch = plan_writes(
        [
            (ADA, changes(update("Lead", LEAD, Title="CTO"))),
            (BOB, changes(update("Lead", LEAD, City="Bonn"), create("Account", "new:0"))),
        ]
    )
    assert [write.token for write in batch.writes] == [LEAD, f"{LEAD}#1", "new:0"]
    assert batch.owners == (0, 1, 1)


def test_each_entry_gets_what_became_of_its_own_writes() -> None:
    batch = plan_writes(
        [
            (ADA, changes(create("Account", "new:0"), create("Contact", "new:1"))),
            (BOB, changes(update("Lead", LEAD, Title="CTO"))),
        ]
    )
    refused, halted = Rejected("NO"), Halted("its Account was refused")
    outcomes = [
        Outcome("new:0", error=refused),
        Outcome("new:1", error=halted),
        Outcome(LEAD, LEAD),
    ]
    first, second = with_outcomes(batch, outcomes).entries
    assert [error for _, error in first.failed] == [refused, halted]
    assert first.done == ()
    assert second.done == batch.writes[2:]
    assert second.failed == ()


def test_a_create_that_is_done_gives_its_reference_an_id() -> None:
    batch = plan_writes([(ADA, changes(create("Account", "new:0"), create("Contact", "new:1")))])
    done = with_outcomes(batch, [Outcome("new:0", "001"), Outcome("new:1", error=Rejected("NO"))])
    assert done.ids == {"new:0": "001"}
    write = create("Contact", "new:1", AccountId=Reference("new:0"), LastName="Byron")
    assert resolved_values(write, done.ids) == {"AccountId": "001", "LastName": "Byron"}


def test_two_writes_say_the_same_where_action_object_record_and_values_are_the_same() -> None:
    first = content_of(create("Lead", "new:0", LastName="Byron", Title=None), {})
    assert first == content_of(create("Lead", "new:7", Title=None, LastName="Byron"), {})
    assert first != content_of(create("Contact", "new:0", LastName="Byron", Title=None), {})
    assert first != content_of(create("Lead", "new:0", LastName="Byron"), {})
    changed = content_of(update("Lead", "new:0", Title="CTO"), {"new:0": LEAD})
    assert changed == content_of(update("Lead", LEAD, Title="CTO"), {})
    assert changed != content_of(update("Lead", "00Q2", Title="CTO"), {})
