"""Entries sent together in one round: only those that would write the same whatever happens to the
others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.planned import (
    ACCOUNT,
    CONTACT,
    LEAD,
    NOW,
    fingerprint,
    planned,
    record,
    round_of,
    state_of,
    with_entry,
    world_of,
)
from zsf_plugin.errors import DuplicateFound, DuplicateRecord, Rejected
from zsf_plugin.model import Json, Link, Record, Step, World
from zsf_plugin.ports import Moment, Settlement
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S
from zsf_plugin.sync.entries import PlannedEntry, content_of
from zsf_plugin.sync.in_doubt import InDoubtWrites
from zsf_plugin.sync.rounds import RoundPlanner

EMPTY = world_of()
ALWAYS: dict[str, Json] = {
    "fields": {"Lead": {"City": {"from": "prospect.location.city", "overwrite": "always"}}}
}
TO_LEAD = Link("prospect", "p1", "Lead", LEAD, {})


def lists(planner: RoundPlanner) -> tuple[list[str], list[str], list[str], list[str]]:
    """The ids of (sending, settled, deferred, awaiting)."""
    return (
        [one.entry.id for one, _ in planner.sending],
        [one.entry_id for one in planner.settled],
        [one.entry.id for one in planner.deferred],
        [one.entry_id for one in planner.awaiting],
    )


def sent(entries: Sequence[PlannedEntry], world: World) -> list[str]:
    return lists(round_of(entries, world))[0]


def test_unrelated_people_are_sent_together() -> None:
    entries = [planned(purchase(prospect(n), f"e{n}")) for n in range(3)]
    assert sent(entries, EMPTY) == ["e0", "e1", "e2"]


def test_a_second_purchase_of_a_new_person_is_sent_with_the_first() -> None:
    entries = [
        planned(purchase(prospect(1), "e1")),
        planned(purchase(prospect(1), "e2")),
    ]
    assert sent(entries, EMPTY) == ["e1", "e2"]


def test_a_touchpoint_waits_for_the_purchase_that_creates_its_person() -> None:
    entries = [planned(purchase(prospect(1), "e1")), planned(touchpoint(prospect(1), "t1"))]
    assert lists(round_of(entries, EMPTY))[::2] == (["e1"], ["t1"])


def test_two_people_of_a_new_company_are_written_in_one_round() -> None:
    company = prospect(1)["company"]
    entries = [
        planned(purchase(prospect(1), "e1"), "contact"),
        planned(purchase(prospect(2, company=company), "e2"), "contact"),
    ]
    assert sent(entries, EMPTY) == ["e1", "e2"]


def test_an_entry_that_relies_on_a_new_company_without_referring_to_it_waits() -> None:
    """If the company were refused, this entry might be created differently."""
    entries = [
        planned(purchase(prospect(1), "e1"), "contact"),
        planned(purchase(prospect(2, company=prospect(1)["company"]), "e2")),
    ]
    assert lists(round_of(entries, EMPTY))[::2] == (["e1"], ["e2"])


def test_an_entry_that_may_yet_need_a_company_delays_the_one_that_creates_it() -> None:
    """The first has an Account and needs none; decided again, it might."""
    contact = record(
        "Contact", CONTACT, LastName="L", Email="ada1@acme1.example", AccountId="001000000000009AAA"
    )
    entries = [
        planned(purchase(prospect(1), "e1"), "contact"),
        planned(purchase(prospect(2, company=prospect(1)["company"]), "e2"), "contact"),
    ]
    assert lists(round_of(entries, world_of(contact)))[::2] == (["e1"], ["e2"])


ELSEWHERE = record(
    "Contact",
    CONTACT,
    FirstName="Ada1",
    LastName="Lovelace1",
    Email="ada1@acme1.example",
    Title="Engineer",
    AccountId="001000000000009AAA",
    Zaplify_Id__c="z",
)
NEW_TITLE: dict[str, Json] = {
    "fields": {"Contact": {"Title": {"from": "prospect.title", "overwrite": "always"}}}
}


def test_an_entry_that_writes_nothing_and_relies_on_nothing_delays_no_other() -> None:
    entries = [
        planned(purchase(prospect(1), "e1"), "contact"),
        planned(purchase(prospect(2, company=prospect(1)["company"]), "e2"), "contact"),
    ]
    planner = round_of(entries, world_of(ELSEWHERE))
    assert [(one.entry.id, len(change.writes)) for one, change in planner.sending] == [
        ("e1", 0),
        ("e2", 2),
    ]


def test_an_entry_that_relies_on_an_update_and_might_need_a_company_delays_the_one_that_creates_it() -> (
    None
):
    """The second writes nothing, but may be invalidated; the first is unrelated to the company."""
    entries = [
        planned(purchase(prospect(1, title="CTO", company=None), "e1"), "contact", NEW_TITLE),
        planned(purchase(prospect(1, title="CTO"), "e2"), "contact", NEW_TITLE),
        planned(purchase(prospect(2, company=prospect(1)["company"]), "e3"), "contact"),
    ]
    planner = round_of(entries, world_of(ELSEWHERE))
    assert [(one.entry.id, len(change.writes)) for one, change in planner.sending] == [
        ("e1", 1),
        ("e2", 0),
    ]
    assert lists(planner)[2] == ["e3"]


def test_a_second_purchase_is_written_with_the_company_that_the_first_creates() -> None:
    contact = record("Contact", CONTACT, LastName="L", Email="ada1@acme1.example")
    entries = [
        planned(purchase(prospect(1), "e1"), "contact"),
        planned(purchase(prospect(1), "e2"), "contact"),
    ]
    planner = round_of(entries, world_of(contact))
    assert lists(planner)[0] == ["e1", "e2"]
    assert [write.action for write in planner.sending[0][1].writes] == ["create", "update"]


def test_an_entry_that_does_not_rely_on_an_overlapping_write_waits() -> None:
    """Both could match by the company's name; the second has a link to another record."""
    known = record("Lead", LEAD, LastName="Byron", Company="Old")
    entries = [
        planned(purchase(prospect(1), "e1")),
        planned(purchase(prospect(2, email="ada1@acme1.example"), "e2")),
    ]
    world = world_of(known, links=[replace(TO_LEAD, host_id="p2")])
    assert lists(round_of(entries, world))[::2] == (["e1"], ["e2"])


def test_a_waiting_entry_delays_those_that_overlap_with_it() -> None:
    known = record("Lead", LEAD, LastName="Byron", Company="Old")
    entries = [
        planned(purchase(prospect(1), "e1")),
        planned(purchase(prospect(2, email="ada1@acme1.example"), "e2")),
        planned(purchase(prospect(2, email="ada1@acme1.example"), "e3")),
        planned(purchase(prospect(4), "e4")),
    ]
    world = world_of(known, links=[replace(TO_LEAD, host_id="p2")])
    assert lists(round_of(entries, world))[::2] == (["e1", "e4"], ["e2", "e3"])


def test_a_waiting_entry_also_delays_those_that_rely_on_what_is_written() -> None:
    """The third relies on the same record that the first writes; the second comes before it."""
    bonn, umea = {"city": "Bonn"}, {"city": "Umeå"}
    first = planned(purchase(prospect(1, location=bonn), "e1"), rule=ALWAYS)
    second = planned(purchase(prospect(1, location=umea), "e2"), rule=ALWAYS)
    third = planned(purchase(prospect(1, location=bonn), "e3"), rule=ALWAYS)
    world = world_of(record("Lead", LEAD, LastName="L", Company="C"), links=[TO_LEAD])
    assert lists(round_of([first, second, third], world))[::2] == (["e1"], ["e2", "e3"])


def test_an_entry_with_nothing_left_to_write_after_an_earlier_update_is_sent_along() -> None:
    """If the earlier update fails, this entry is invalidated and makes it itself."""
    world = world_of(record("Lead", LEAD, LastName="L", Company="C"), links=[TO_LEAD])
    entries = [planned(purchase(prospect(1), "e1")), planned(purchase(prospect(1), "e2"))]
    planner = round_of(entries, world)
    assert lists(planner)[0] == ["e1", "e2"]
    assert [len(change.writes) for _, change in planner.sending] == [1, 0]


BONN: dict[str, Json] = {"city": "Bonn"}


def filled(id_: str, host_id: str, **values: Json) -> tuple[Record, Link]:
    """A Lead with every field filled except those given, and the link to it."""
    given: dict[str, Json] = {"Email": "a@b.example", "Website": "w", "Zaplify_Id__c": id_}
    base: dict[str, Json] = {"FirstName": "A", "LastName": "L", "Company": "C", "Title": "T"}
    return record("Lead", id_, None, **{**base, **given, **values}), replace(
        TO_LEAD, host_id=host_id, record_id=id_
    )


def test_an_entry_with_the_same_update_as_an_earlier_one_is_sent_with_it() -> None:
    """If the earlier update fails, this entry is invalidated and makes it itself."""
    lead, link = filled(LEAD, "p1", City="Paris")
    first = planned(purchase(prospect(1, location=BONN), "e1"), rule=ALWAYS)
    second = planned(purchase(prospect(1, location=BONN, title="CTO"), "e2"), rule=ALWAYS)
    planner = round_of([first, second], world_of(lead, links=[link]))
    assert [
        (one.entry.id, [dict(write.values) for write in change.writes])
        for one, change in planner.sending
    ] == [("e1", [{"City": "Bonn"}]), ("e2", [])]


def test_an_entry_that_updates_another_field_than_an_earlier_one_is_sent_along() -> None:
    """It writes the same whether or not the earlier update succeeds."""
    lead, link = filled(LEAD, "p1", City="Paris", Title=None)
    first = planned(purchase(prospect(1, location=BONN, title=None), "e1"), rule=ALWAYS)
    second = planned(purchase(prospect(1, title="CTO"), "e2"), rule=ALWAYS)
    planner = round_of([first, second], world_of(lead, links=[link]))
    assert [
        (one.entry.id, [dict(write.values) for write in change.writes])
        for one, change in planner.sending
    ] == [("e1", [{"City": "Bonn"}]), ("e2", [{"Title": "CTO"}])]


def test_a_person_is_written_with_the_company_that_an_earlier_entry_changes() -> None:
    """The company's update does not matter to it: it would be created the same way."""
    city: dict[str, Json] = {"from": "prospect.location.city", "overwrite": "always"}
    rule: dict[str, Json] = {"fields": {"Account": {"BillingCity": city}}}
    account = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example", BillingCity="P")
    company = prospect(1)["company"]
    entries = [
        planned(purchase(prospect(1, location=BONN), "e1"), "contact", rule),
        planned(purchase(prospect(2, company=company), "e2"), "contact", rule),
    ]
    planner = round_of(entries, world_of(account))
    assert [
        (one.entry.id, [(write.action, write.object) for write in change.writes])
        for one, change in planner.sending
    ] == [
        ("e1", [("update", "Account"), ("create", "Contact")]),
        ("e2", [("create", "Contact")]),
    ]


def test_a_second_purchase_of_a_new_person_under_an_updated_company_is_sent_along() -> None:
    """If the company's update failed, the person would be created anyway."""
    city: dict[str, Json] = {"from": "prospect.location.city", "overwrite": "always"}
    rule: dict[str, Json] = {"fields": {"Account": {"BillingCity": city}}}
    account = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example", BillingCity="P")
    entries = [
        planned(purchase(prospect(1, location=BONN, title=None), "e1"), "contact", rule),
        planned(purchase(prospect(1, title="CTO"), "e2"), "contact", rule),
    ]
    planner = round_of(entries, world_of(account))
    assert lists(planner)[0] == ["e1", "e2"]
    (title,) = planner.sending[1][1].writes
    assert (title.object, title.ref, title.values) == ("Contact", "new:0", {"Title": "CTO"})


def test_people_of_an_existing_company_are_sent_together() -> None:
    account = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example")
    company = prospect(1)["company"]
    entries = [
        planned(purchase(prospect(n, company=company), f"e{n}"), "contact") for n in (1, 2, 3)
    ]
    assert sent(entries, world_of(account)) == ["e1", "e2", "e3"]


def test_a_touchpoint_delays_no_purchase_of_its_person() -> None:
    """It only ever writes its Task."""
    lead, link = filled(LEAD, "p1", City="Paris")
    entries = [
        planned(touchpoint(prospect(1), "t1")),
        planned(purchase(prospect(1, location=BONN), "e1"), rule=ALWAYS),
    ]
    assert sent(entries, world_of(lead, links=[link])) == ["t1", "e1"]


def test_an_entry_matched_only_through_an_earlier_update_waits() -> None:
    """If that update failed, this person would be created."""
    by_email: dict[str, Json] = {
        "fields": {"Lead": {"Email": {"from": "prospect.email", "overwrite": "always"}}}
    }
    lead, link = filled(LEAD, "p1")
    same = "ada@acme.example"
    first = planned(purchase(prospect(1, email=same), "e1"), rule=by_email)
    second = planned(purchase(prospect(2, email=same), "e2"), rule=by_email)
    planner = round_of([first, second], world_of(lead, links=[link]))
    assert lists(planner)[::2] == (["e1"], ["e2"])


def test_an_entry_that_only_reverts_an_earlier_update_waits() -> None:
    """The org has Umeå, the first writes Bonn, the second Umeå again: if the first failed, nothing
    would be left to write."""
    lead = record("Lead", LEAD, LastName="L", Company="C", City="Umeå", Zaplify_Id__c="z")
    settled = planned(purchase(prospect(1, location={"city": "Umeå"}), "e2"), rule=ALWAYS)
    filled = {"FirstName": "A", "Title": "T", "Email": "a@b.example", "Website": "w"}
    world = world_of(replace(lead, values={**lead.values, **filled}), links=[TO_LEAD])
    first = planned(purchase(prospect(1, location={"city": "Bonn"}), "e1"), rule=ALWAYS)
    assert lists(round_of([first, settled], world))[::2] == (["e1"], ["e2"])


def test_an_entry_that_nothing_can_be_written_for_is_held_without_being_sent() -> None:
    one = planned(purchase(prospect(1, first_name=None, last_name=None)))
    planner = round_of([one], EMPTY)
    assert lists(planner) == ([], ["e1"], [], [])
    (held,) = planner.settled
    assert held.cause is not None
    assert (held.state, held.cause.fingerprint) == ("held", fingerprint(held.cause))


def test_a_held_entry_names_the_records_that_an_earlier_refusal_named() -> None:
    one = replace(
        planned(purchase(prospect(1, first_name=None, last_name=None))),
        candidates=(DuplicateRecord("Lead", LEAD),),
    )
    (held,) = round_of([one], EMPTY).settled
    assert Step("named", "Lead", None, {"record": LEAD}) in held.steps


def after_refusal(
    entries: Sequence[PlannedEntry], world: World, error: Rejected, write: int = 0
) -> RoundPlanner:
    """A round of these entries after a write of the first was refused."""
    content = content_of(round_of(entries[:1], world).sending[0][1].writes[write], {})
    state = replace(state_of(entries, world), refusals={content: error})
    planner = RoundPlanner(state, fingerprint)
    for one in entries:
        planner.add(one)
    return planner


REFUSED = Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", fields=("City",))


def test_a_refused_write_is_not_resent_unchanged() -> None:
    one, other = planned(purchase(prospect(1), "e1")), planned(purchase(prospect(2), "e2"))
    planner = after_refusal([one, other], EMPTY, REFUSED)
    assert lists(planner)[:2] == (["e2"], ["e1"])
    (held,) = planner.settled
    assert held.cause is not None
    assert (held.cause.code, held.cause.object, held.cause.field) == (REFUSED.code, "Lead", "City")
    assert held.steps == ()


def test_an_unsent_write_names_the_records_that_the_refusal_named() -> None:
    refusal = DuplicateFound("DUPLICATES_DETECTED", "", (DuplicateRecord("Lead", LEAD),))
    (held,) = after_refusal([planned(purchase(prospect(1)))], EMPTY, refusal).settled
    assert held.steps == (Step("named", "Lead", None, {"record": LEAD}),)


def test_an_entry_that_needs_a_refused_record_is_not_sent_without_it() -> None:
    planner = after_refusal([planned(purchase(prospect(1)), "contact")], EMPTY, REFUSED)
    assert lists(planner)[:2] == ([], ["e1"])
    assert planner.settled[0].cause is not None
    assert planner.settled[0].cause.object == "Account"


def test_the_first_write_is_tried_if_only_a_later_one_was_refused() -> None:
    """It may succeed now: it refers to a record that is only created in this round."""
    one = planned(purchase(prospect(1)), "contact")
    assert lists(after_refusal([one], EMPTY, REFUSED, write=1))[:2] == (["e1"], [])


def test_an_unsent_write_keeps_the_links_earlier_values() -> None:
    link = replace(TO_LEAD, written={"City": "Paris"}, plan_digest="of before")
    world = world_of(record("Lead", LEAD, LastName="L", City="Paris"), links=[link])
    one = planned(purchase(prospect(1, location=BONN)), rule=ALWAYS)
    planner = after_refusal([one], world, REFUSED)
    (held,) = planner.settled
    assert [(kept.written, kept.plan_digest) for kept in held.links] == [({"City": "Paris"}, "")]
    assert planner.world.links[link.key].plan_digest == ""


def test_an_entry_after_one_that_is_not_sent_again_is_planned_as_usual() -> None:
    """The third is sent with the second, whose update it does not depend on."""
    other = "00Q000000000002AAA"
    refused_lead, refused_link = filled(LEAD, "p1", City="Paris")
    lead, link = filled(other, "p2", City="Paris", Title=None)
    entries = [
        planned(purchase(prospect(1, location=BONN), "e1"), rule=ALWAYS),
        planned(purchase(prospect(2, location=BONN, title=None), "e2"), rule=ALWAYS),
        planned(purchase(prospect(2, title="CTO"), "e3"), rule=ALWAYS),
    ]
    world = world_of(refused_lead, lead, links=[refused_link, link])
    assert lists(after_refusal(entries, world, REFUSED))[:2] == (["e2", "e3"], ["e1"])


def test_while_a_lost_create_may_arrive_the_entry_stays_in_doubt_and_says_until_when() -> None:
    world = world_of(org=facts(external_id=False))
    one = with_entry(planned(purchase(prospect(1))), state="writing", sent_at=NOW, attempts=1)
    state = replace(state_of([one], world), in_doubt=InDoubtWrites(Moment(NOW + 1)))
    planner = RoundPlanner(state, fingerprint)
    planner.add(one)
    (awaiting,) = planner.awaiting
    assert awaiting == Settlement("e1", "writing", not_before=NOW + MAX_ARRIVAL_DELAY_S)
    assert lists(planner)[:3] == ([], [], [])


def test_two_purchases_of_a_person_in_doubt_without_match_key_are_both_held() -> None:
    world = world_of(org=facts(external_id=False))
    nameless = prospect(1, email=None, company=None)
    lost = with_entry(
        planned(purchase(nameless, "e1")), state="writing", sent_at=NOW, sent_as=("Lead",)
    )
    entries = [lost, planned(purchase(nameless, "e2"))]
    state = replace(
        state_of(entries, world), in_doubt=InDoubtWrites(Moment(NOW + MAX_ARRIVAL_DELAY_S))
    )
    planner = RoundPlanner(state, fingerprint)
    for one in entries:
        planner.add(one)
    assert lists(planner) == ([], ["e1", "e2"], [], [])


@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_an_existing_person_is_updated_and_linked(object_: str) -> None:
    known = record(object_, CONTACT, LastName="Lovelace", Email="ada1@acme1.example")
    planner = round_of([planned(purchase(prospect(1)))], world_of(known))
    ((_, change),) = planner.sending
    assert change.depends_on == {CONTACT}
    assert [write.action for write in change.writes] == ["update"]


def test_the_rounds_world_has_what_its_entries_create() -> None:
    planner = round_of([planned(purchase(prospect(1)))], EMPTY)
    assert planner.world.records.get(("Lead", "new:0")) is not None
    assert ("Lead", "new:0") not in EMPTY.records
