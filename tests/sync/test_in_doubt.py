"""In-doubt creates: when a lookup settles them, how long they are waited for, what is held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.planned import (
    CONTACT,
    LEAD,
    NOW,
    changes,
    create,
    planned,
    record,
    update,
    with_entry,
    world_of,
)
from zsf_plugin.decision.refusals import RefusedValue, without_refused
from zsf_plugin.model import Changes, OrgFacts
from zsf_plugin.ports import Moment
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S
from zsf_plugin.sync.entries import PlannedEntry
from zsf_plugin.sync.in_doubt import MAX_UNKNOWN_OUTCOMES, InDoubtWrites, names_of_creates

EARLY = InDoubtWrites(Moment(NOW + 1))
LATE = InDoubtWrites(Moment(NOW + MAX_ARRIVAL_DELAY_S))
WITH_ID, WITHOUT = facts(), facts(external_id=False)
ADA = planned(purchase(prospect(1)))
NAMELESS = planned(purchase(prospect(1, email=None, company=None)))
NEW_LEAD = changes(create("Lead", "new:0", Zaplify_Id__c="z"))


def lost(one: PlannedEntry, *sent_as: str) -> PlannedEntry:
    """The entry once the answer to its create was lost."""
    return with_entry(one, state="writing", sent_at=NOW, sent_as=sent_as, attempts=1)


def code(
    in_doubt: InDoubtWrites, one: PlannedEntry, change: Changes, org: OrgFacts = WITH_ID
) -> str | None:
    cause = in_doubt.cause(one, change, world_of(org=org))
    return cause.code if cause is not None else None


def test_nothing_is_open_of_an_entry_that_never_lost_an_answer() -> None:
    assert code(EARLY, ADA, NEW_LEAD) is None
    assert EARLY.until(ADA.entry) is None


@pytest.mark.parametrize(
    ("after_s", "open_"),
    [(0.0, True), (MAX_ARRIVAL_DELAY_S - 1, True), (MAX_ARRIVAL_DELAY_S, False)],
)
def test_a_lost_create_may_arrive_until_ten_minutes_are_over(after_s: float, open_: bool) -> None:
    until = InDoubtWrites(Moment(NOW + after_s)).until(lost(ADA).entry)
    assert until == (NOW + MAX_ARRIVAL_DELAY_S if open_ else None)


def test_with_a_unique_id_a_late_arrival_collides_so_it_is_created_again_at_once() -> None:
    assert code(EARLY, lost(ADA, "Lead/id"), NEW_LEAD) is None


def test_without_the_id_a_create_waits_while_the_lost_one_may_arrive() -> None:
    assert code(EARLY, lost(ADA, "Lead"), NEW_LEAD, WITHOUT) == "OUTCOME_UNCLEAR"
    assert code(LATE, lost(ADA, "Lead"), NEW_LEAD, WITHOUT) is None


def test_an_entry_without_a_record_of_its_creates_may_have_sent_anything() -> None:
    assert code(EARLY, lost(ADA), NEW_LEAD) == "OUTCOME_UNCLEAR"


def test_a_found_record_counts_as_the_sent_one() -> None:
    found = world_of(record("Lead", LEAD), org=WITHOUT)
    assert EARLY.cause(lost(ADA, "Lead"), changes(depends_on=(LEAD,)), found) is None


GIVES_ID = update("Lead", LEAD, Zaplify_Id__c="z")
RENAMES = update("Lead", LEAD, Title="CTO")


@pytest.mark.parametrize(
    ("sent_as", "by_key", "change", "is_open"),
    [
        pytest.param("Lead", False, changes(), False, id="our link leads to it"),
        pytest.param("Lead", True, changes(), False, id="sent without our id it has none either"),
        pytest.param("Lead/id", False, changes(), False, id="our link or our id leads to it"),
        pytest.param("Lead/id", True, changes(), True, id="ours would come with an id"),
        pytest.param("Lead/id", True, changes(RENAMES), True, id="it gets no id now"),
        pytest.param("Lead/id", True, changes(GIVES_ID), False, id="it gets our id, ours collides"),
        pytest.param("Lead/id", True, changes(GIVES_ID, RENAMES), False, id="and more"),
    ],
)
def test_a_late_arrival_beside_a_record_that_was_found_is_ruled_out_by_our_id_or_the_keys(
    sent_as: str, by_key: bool, change: Changes, is_open: bool
) -> None:
    matched_by_key = frozenset({"Lead"} if by_key else ())
    settled = replace(change, depends_on=frozenset({LEAD}), matched_by_key=matched_by_key)
    cause = EARLY.cause(lost(ADA, sent_as), settled, world_of(record("Lead", LEAD)))
    assert (cause is not None) is is_open


def test_a_late_arrival_without_our_id_does_not_collide_with_a_create_that_has_it() -> None:
    """The field was created after the first attempt; also if a second attempt carried it."""
    assert code(EARLY, lost(ADA, "Lead"), NEW_LEAD) == "OUTCOME_UNCLEAR"
    assert code(EARLY, lost(ADA, "Lead", "Lead/id"), NEW_LEAD) == "OUTCOME_UNCLEAR"


def test_a_late_arrival_does_not_collide_if_the_org_has_lost_the_id_field() -> None:
    assert code(EARLY, lost(ADA, "Lead/id"), NEW_LEAD, WITHOUT) == "OUTCOME_UNCLEAR"


@pytest.mark.parametrize(("object_", "id_"), [("Lead", LEAD), ("Contact", CONTACT)])
def test_after_ten_minutes_any_person_that_was_settled_on_resolves_the_write(
    object_: str, id_: str
) -> None:
    found = world_of(record(object_, id_), org=WITHOUT)
    assert LATE.cause(lost(NAMELESS, "Lead"), changes(depends_on=(id_,)), found) is None


def test_a_person_without_match_key_is_held_after_ten_minutes_too() -> None:
    assert code(LATE, lost(NAMELESS, "Lead"), NEW_LEAD, WITHOUT) == "OUTCOME_UNCLEAR"
    assert code(LATE, lost(NAMELESS, "Lead/id"), NEW_LEAD) is None


def test_a_task_sent_without_the_id_is_not_found_by_one() -> None:
    sent = lost(planned(touchpoint(prospect(1))), "Task")
    task = changes(create("Task", "new:0"))
    assert code(LATE, sent, task) == "OUTCOME_UNCLEAR"
    assert code(LATE, sent, task, WITHOUT) is None


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [(MAX_UNKNOWN_OUTCOMES - 1, None), (MAX_UNKNOWN_OUTCOMES, True)],
)
def test_whose_answer_was_lost_five_times_is_held(attempts: int, expected: bool | None) -> None:
    one = with_entry(lost(ADA, "Lead/id"), attempts=attempts)
    assert (code(EARLY, one, NEW_LEAD) is not None) == bool(expected)


@pytest.mark.parametrize(
    ("in_doubt", "one", "lost_"),
    [
        pytest.param(EARLY, lost(ADA, "Lead"), "once", id="one may arrive"),
        pytest.param(EARLY.with_lane("p1"), NAMELESS, "once", id="another of them is held"),
        pytest.param(
            EARLY,
            with_entry(ADA, attempts=MAX_UNKNOWN_OUTCOMES),
            "every_time",
            id="five answers are lost",
        ),
    ],
)
def test_a_cause_names_the_object_in_doubt_and_how_often_its_answer_was_lost(
    in_doubt: InDoubtWrites, one: PlannedEntry, lost_: str
) -> None:
    cause = in_doubt.cause(one, changes(create("Lead", "new:0")), world_of(org=WITHOUT))
    assert cause is not None
    assert (cause.object, cause.data) == ("Lead", {"lost": lost_})


def test_another_purchase_of_an_unidentifiable_person_in_doubt_is_held() -> None:
    in_doubt = EARLY.with_lane("p1")
    assert code(in_doubt, NAMELESS, NEW_LEAD) == "OUTCOME_UNCLEAR"
    assert code(in_doubt, ADA, NEW_LEAD) is None
    assert code(EARLY.with_lane("p2"), NAMELESS, NEW_LEAD) is None


def test_existing_records_of_a_person_in_doubt_may_be_updated() -> None:
    assert code(EARLY.with_lane("p1"), NAMELESS, changes(RENAMES)) is None


def test_a_create_is_remembered_by_its_object_and_whether_it_carries_a_unique_id() -> None:
    both = changes(create("Account", "new:0"), create("Lead", "new:1", Zaplify_Id__c="z"))
    assert names_of_creates(both, ADA.plan, WITH_ID) == {"Account", "Lead/id"}
    assert names_of_creates(both, ADA.plan, WITHOUT) == {"Account", "Lead"}
    assert names_of_creates(changes(), ADA.plan, WITH_ID) == set()


EMAIL = RefusedValue(
    "Lead", "Email", "ada1@acme1.example", "ada1@acme1.example", "INVALID_EMAIL_ADDRESS"
)
FIRST = RefusedValue("Lead", "FirstName", "Ada1", "Ada1", "A_CODE")
SUBJECT = RefusedValue("Task", "Subject", "Email, step 1", "Email, step 1", "A_CODE")
CALL = planned(touchpoint(prospect(1)))


@pytest.mark.parametrize(
    ("one", "object_", "refused", "name"),
    [
        (ADA, "Lead", [EMAIL], "Lead"),  # its name and company are a key too
        (ADA, "Lead", [EMAIL, FIRST], "Lead/no key"),
        (NAMELESS, "Lead", [FIRST], "Lead/no key"),
        (NAMELESS, "Lead", [], "Lead"),
        (CALL, "Task", [], "Task"),
        (CALL, "Task", [SUBJECT], "Task/no key"),
    ],
)
def test_a_create_is_remembered_without_a_key_if_values_of_all_keys_were_refused(
    one: PlannedEntry, object_: str, refused: list[RefusedValue], name: str
) -> None:
    plan = without_refused(one.plan, refused)
    change = changes(create(object_, "new:0", Zaplify_Id__c="z"))
    assert names_of_creates(change, plan, WITHOUT) == {name}
    assert names_of_creates(change, plan, WITH_ID) == {f"{object_}/id"}


@pytest.mark.parametrize("object_", ["Lead", "Task", "Account"])
def test_a_lost_create_that_no_key_finds_is_not_repeated(object_: str) -> None:
    again = changes(create(object_, "new:0"))
    assert code(LATE, lost(ADA, f"{object_}/no key"), again, WITHOUT) == "OUTCOME_UNCLEAR"
    assert code(LATE, lost(ADA, object_, f"{object_}/no key"), again, WITHOUT) == "OUTCOME_UNCLEAR"
    assert code(LATE, lost(ADA, object_), again, WITHOUT) is None
    assert code(LATE, lost(ADA, f"{object_}/no key"), changes(), WITHOUT) == (
        "OUTCOME_UNCLEAR" if object_ == "Lead" else None
    )


def test_another_purchase_of_a_person_in_doubt_is_held_once_values_of_all_keys_are_refused() -> (
    None
):
    in_doubt = EARLY.with_lane("p1")
    marked = replace(ADA, plan=without_refused(ADA.plan, [EMAIL, FIRST]))
    assert code(in_doubt, marked, NEW_LEAD) == "OUTCOME_UNCLEAR"


def test_an_id_that_two_records_can_share_is_not_remembered_as_unique() -> None:
    lead = WITH_ID.describes["Lead"]
    shared = replace(lead.fields["Zaplify_Id__c"], unique=False)
    described = replace(lead, fields={**lead.fields, "Zaplify_Id__c": shared})
    org = replace(WITH_ID, describes={**WITH_ID.describes, "Lead": described})
    assert names_of_creates(NEW_LEAD, ADA.plan, org) == {"Lead"}
