"""What to look up before a plan can be reconciled: what is not known yet, each lookup once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes.events import plan, plans, prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.planned import ACCOUNT, CONTACT, LEAD, record, world_of
from zsf_plugin.decision.lookups import (
    MAX_NAME_ONLY_LOOKUPS,
    SYSTEM_FIELDS,
    fields_to_read,
    missing_lookups,
)
from zsf_plugin.model import Json, Link, Lookup, Plan, Record, World

ADA = plan(purchase(prospect(1)))
TO_LEAD = Link("prospect", "p1", "Lead", LEAD, {})
TO_ACCOUNT = Link("company", "c1", "Account", ACCOUNT, {})
BY_ID = Lookup.by_id("Lead", LEAD)


def with_answers(world: World, made: Sequence[Plan], *records: Record) -> World:
    """The world after these records answered all lookups that are missing now."""
    return world.with_records(records, missing_lookups(made, world))


def objects(lookups: Sequence[Lookup]) -> set[str]:
    return {lookup.object for lookup in lookups}


def fields(lookup: Lookup) -> list[str]:
    return [name for name, _, _ in lookup.parts]


def test_an_unlinked_person_is_looked_up_by_our_id_and_each_key_on_both_objects() -> None:
    lookups = missing_lookups([ADA], world_of())
    assert objects(lookups) == {"User", "Account", "Contact", "Lead"}
    for object_ in ("Contact", "Lead"):
        of_object = [fields(one) for one in lookups if one.object == object_]
        assert of_object[:2] == [["Zaplify_Id__c"], ["Email"]]


def test_answered_lookups_are_not_repeated() -> None:
    assert missing_lookups([ADA], with_answers(world_of(), [ADA])) == []


def test_a_lookup_shared_by_two_plans_is_sent_once() -> None:
    twice = plans([purchase(prospect(1), "e1"), purchase(prospect(1), "e2")])
    assert missing_lookups(twice, world_of()) == missing_lookups([ADA], world_of())


def test_a_linked_person_is_only_read_by_id() -> None:
    world = world_of(links=[TO_LEAD, TO_ACCOUNT])
    lookups = missing_lookups([ADA], world)
    assert [one for one in lookups if one.object != "User"] == [
        Lookup.by_id("Account", ACCOUNT),
        BY_ID,
    ]
    found = with_answers(world, [ADA], record("Lead", LEAD), record("Account", ACCOUNT))
    assert missing_lookups([ADA], found) == []


def test_a_link_to_a_missing_record_is_searched_among_merged_records_and_by_every_other_search() -> (
    None
):
    world = with_answers(world_of(links=[TO_LEAD]), [ADA])
    lookups = missing_lookups([ADA], world)
    assert replace(BY_ID, merged=True) in lookups
    assert {"Email"} <= {name for one in lookups for name in fields(one)}


def test_a_merged_record_leads_to_a_lookup_of_the_winner() -> None:
    world = with_answers(world_of(links=[TO_LEAD]), [ADA])
    loser = record("Lead", LEAD, MasterRecordId="00Q2")
    assert missing_lookups([ADA], with_answers(world, [ADA], loser)) == [
        Lookup.by_id("Lead", "00Q2")
    ]


@pytest.mark.timeout(10)
def test_a_cycle_of_merged_records_ends_the_lookups() -> None:
    world = with_answers(world_of(links=[TO_LEAD]), [ADA])
    circle = [
        record("Lead", LEAD, MasterRecordId="00Q2"),
        record("Lead", "00Q2", MasterRecordId=LEAD),
    ]
    world = with_answers(world, [ADA], *circle)
    assert missing_lookups([ADA], with_answers(world, [ADA])) == []


def test_a_converted_lead_leads_to_a_lookup_of_its_contact() -> None:
    converted = record(
        "Lead",
        LEAD,
        Email="ada1@acme1.example",
        IsConverted=True,
        ConvertedContactId=CONTACT,
    )
    world = with_answers(world_of(), [ADA], converted)
    assert missing_lookups([ADA], world) == [Lookup.by_id("Contact", CONTACT)]


def test_few_people_are_looked_up_by_name_only_and_many_wait_for_their_company() -> None:
    many = plans([purchase(prospect(n), f"e{n}") for n in range(1, MAX_NAME_ONLY_LOOKUPS + 2)])
    by_name = ["LastName", "FirstName"]

    def names(lookups: Sequence[Lookup]) -> list[list[str]]:
        return [sorted(fields(one)) for one in lookups if one.object == "Contact"]

    assert sorted(by_name) in names(missing_lookups(many[:-1], world_of()))
    assert sorted(by_name) not in names(missing_lookups(many, world_of()))
    account = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example")
    second_round = missing_lookups(many, with_answers(world_of(), many, account))
    assert names(second_round) == [sorted([*by_name, "AccountId"])]


def test_colleagues_who_share_a_prospect_each_look_under_the_company_of_their_own() -> None:
    many = plans([purchase(prospect(n), f"e{n}") for n in range(2, MAX_NAME_ONLY_LOOKUPS + 2)])
    ada = plan(purchase(prospect(1)), match={"many": "same_owner"})
    many += [ada, replace(ada, event_id="e0", owner_email="other@zaplify.example")]
    users, accounts = [], []
    for number, made in enumerate(many[-2:]):
        owner, ours = f"00500000000000{number}AAA", f"00100000000000{number}AAA"
        users.append(Record("User", owner, {"Email": made.owner_email}))
        accounts.append(record("Account", ours, Website="acme1.example", OwnerId=owner))
    lookups = missing_lookups(many, with_answers(world_of(), many, *users, *accounts))
    companies = {value for one in lookups for name, _, value in one.parts if name == "AccountId"}
    assert companies == {account.id for account in accounts}


def test_a_company_created_by_this_batch_is_not_used_in_lookups() -> None:
    many = plans([purchase(prospect(n), f"e{n}") for n in range(1, MAX_NAME_ONLY_LOOKUPS + 2)])
    world = with_answers(world_of(), many)
    new = record("Account", "new:0", Name="Acme 1", Website="acme1.example")
    assert missing_lookups(many, world.with_records([new])) == []


def test_a_touchpoint_of_a_linked_person_looks_up_no_company() -> None:
    made = plan(touchpoint(prospect(1)))
    assert "Account" not in objects(missing_lookups([made], world_of(links=[TO_LEAD])))
    assert "Account" in objects(missing_lookups([made], world_of()))


def probes(lookups: list[Lookup]) -> list[Lookup]:
    return [one for one in lookups if one.object == "Task"]


def test_without_the_id_field_a_task_is_looked_up_once_its_person_is_known() -> None:
    org = facts(external_id=False)
    made = plan(touchpoint(prospect(1)))
    world = world_of(org=org)
    assert probes(missing_lookups([made], world)) == []
    found = record("Lead", LEAD, org, Email=prospect(1)["email"])
    (probe,) = missing_lookups([made], with_answers(world, [made], found))
    assert ("WhoId", "text", LEAD) in probe.parts


def test_the_task_of_a_linked_person_is_looked_up_with_them_and_again_if_they_were_merged() -> None:
    org = facts(external_id=False)
    made = plan(touchpoint(prospect(1)))
    world = world_of(links=[TO_LEAD], org=org)
    (probe,) = probes(missing_lookups([made], world))
    assert ("WhoId", "text", LEAD) in probe.parts
    assert missing_lookups([made], with_answers(world, [made], record("Lead", LEAD, org))) == []
    winner = "00Q5g00000WiNnEEAV"
    loser = record("Lead", LEAD, org, MasterRecordId=winner)
    merged = with_answers(world, [made], loser, record("Lead", winner, org))
    (second,) = probes(missing_lookups([made], merged))
    assert ("WhoId", "text", winner) in second.parts


def test_with_the_id_field_a_task_is_looked_up_at_once() -> None:
    made = plan(touchpoint(prospect(1)))
    (task,) = [one for one in missing_lookups([made], world_of()) if one.object == "Task"]
    assert fields(task) == ["Zaplify_Id__c"]


def test_the_fields_read_are_those_planned_compared_or_needed_to_choose() -> None:
    read = fields_to_read([ADA], facts())
    assert set(SYSTEM_FIELDS["Lead"]) | {"Email", "Title", "Zaplify_Id__c"} <= set(read["Lead"])
    assert "Zaplify_Id__c" not in fields_to_read([ADA], facts(external_id=False))["Lead"]


def test_a_touchpoint_reads_only_the_matched_fields_of_its_person() -> None:
    read = fields_to_read([plan(touchpoint(prospect(1)))], facts())["Lead"]
    assert "Email" in read
    assert "Title" not in read


def test_lookups_are_ordered_owner_task_company_person() -> None:
    lookups = missing_lookups([plan(touchpoint(prospect(1)))], world_of())
    in_order = list(dict.fromkeys(lookup.object for lookup in lookups))
    assert in_order == ["User", "Task", "Account", "Contact", "Lead"]
    assert len(lookups) == len(set(lookups))


def test_without_owner_and_company_only_the_person_is_looked_up() -> None:
    made = plan(purchase(prospect(1, company=None)), owner={"from": False})
    assert objects(missing_lookups([made], world_of())) == {"Contact", "Lead"}


def test_a_key_that_waits_for_its_company_holds_up_no_later_key() -> None:
    many = plans([purchase(prospect(n), f"e{n}") for n in range(1, MAX_NAME_ONLY_LOOKUPS + 2)])
    match: dict[str, Json] = {"Contact": [["LastName", "AccountId"], "Email"], "Lead": []}
    many[0] = plan(purchase(prospect(1)), match=match)
    asked = [fields(one) for one in missing_lookups(many, world_of()) if one.object == "Contact"]
    assert ["Email"] in asked
    assert ["LastName"] not in asked


def test_successors_are_looked_up_together_with_everything_else() -> None:
    match: dict[str, Json] = {"Lead": ["Email", "Title"], "Contact": []}
    made = plan(purchase(prospect(1)), match=match)
    converted = record(
        "Lead", LEAD, Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=CONTACT
    )
    lookups = missing_lookups([made], world_of(converted))
    assert Lookup.by_id("Contact", CONTACT) in lookups
    assert ["Email"] in [fields(one) for one in lookups]
    assert ["Title"] in [fields(one) for one in lookups]


def test_a_touchpoint_of_a_linked_person_is_looked_up_by_id_only() -> None:
    made = plan(touchpoint(prospect(1)), owner={"from": False})
    lookups = missing_lookups([made], world_of(links=[TO_LEAD]))
    assert [one for one in lookups if one.object != "Task"] == [BY_ID]


def test_merged_records_are_not_looked_up_if_the_object_does_not_show_them() -> None:
    org = facts()
    lead = org.describes["Lead"]
    shown = {name: one for name, one in lead.fields.items() if name != "MasterRecordId"}
    org = replace(org, describes={**org.describes, "Lead": replace(lead, fields=shown)})
    world = with_answers(world_of(links=[TO_LEAD], org=org), [ADA])
    assert not [one for one in missing_lookups([ADA], world) if one.merged]
    hidden = replace(org, describes={"Contact": org.describes["Contact"]})
    world = with_answers(world_of(links=[TO_LEAD], org=hidden), [ADA])
    assert not [one for one in missing_lookups([ADA], world) if one.merged]


def test_a_task_is_probed_for_the_person_identified_by_the_company() -> None:
    org = facts(external_id=False)
    made = plan(touchpoint(prospect(1, email=None)))
    account = record("Account", ACCOUNT, org, Name="Acme 1", Website="acme1.example")
    person = record(
        "Contact", CONTACT, org, FirstName="Ada1", LastName="Lovelace1", AccountId=ACCOUNT
    )
    probes = [one for one in missing_lookups([made], world_of(account, person, org=org)) if one.object == "Task"]  # fmt: skip
    assert [("WhoId", "text", CONTACT) in probe.parts for probe in probes] == [True]
    assert not [
        one for one in missing_lookups([made], world_of(person, org=org)) if one.object == "Task"
    ]
