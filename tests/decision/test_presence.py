"""Whether a search result's person and company exist: unknown if they could not be looked up,
missing only if they could."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from tests.sync.planned import ACCOUNT, CONTACT, LEAD, record, world_of
from zsf_plugin.decision.presence import (
    collect_lookups,
    linked_presence,
    lookups_of_successors,
    merge_presence,
    presence_of,
    with_newly_created,
)
from zsf_plugin.model import UNKNOWN_PRESENCE, Link, Lookup, Presence, ResultPresence

ADA = plan(purchase(prospect(1)))
THERE, MISSING = Presence("exists", "Lead", LEAD), Presence("missing")


def test_a_found_person_exists_and_one_without_a_match_is_missing() -> None:
    lead = record("Lead", LEAD, Email="ada1@acme1.example")
    assert presence_of(ADA, world_of(lead)) == ResultPresence(THERE, MISSING)
    assert presence_of(ADA, world_of()) == ResultPresence(MISSING, MISSING)


def test_several_matches_exist_without_an_id() -> None:
    twins = [record("Lead", f"00Q{n}", Email="ada1@acme1.example") for n in (1, 2)]
    person = presence_of(ADA, world_of(*twins)).person
    assert person == Presence("exists", "Lead", None, several=2)


def test_a_found_company_exists_and_identifies_its_people() -> None:
    account = record("Account", ACCOUNT, Website="acme1.example")
    namesake = record("Contact", CONTACT, FirstName="Ada1", LastName="Lovelace1")
    here = replace(namesake, values={**namesake.values, "AccountId": ACCOUNT})
    found = Presence("exists", "Account", ACCOUNT)
    assert presence_of(ADA, world_of(account, here)) == ResultPresence(
        Presence("exists", "Contact", CONTACT), found
    )
    assert presence_of(ADA, world_of(account, namesake)) == ResultPresence(MISSING, found)


@pytest.mark.parametrize("hidden", ["Contact", "Lead"])
def test_a_person_is_missing_only_if_both_objects_could_be_queried(hidden: str) -> None:
    visible = {name: one for name, one in facts().describes.items() if name != hidden}
    found = presence_of(ADA, world_of(org=replace(facts(), describes=visible)))
    assert found == ResultPresence(UNKNOWN_PRESENCE, MISSING, why="not_askable")


def test_a_person_is_unknown_if_any_usable_key_could_not_be_queried_and_nothing_was_found() -> None:
    lead = facts().describes["Lead"]
    fields = {name: one for name, one in lead.fields.items() if name != "Email"}
    org = replace(facts(), describes={**facts().describes, "Lead": replace(lead, fields=fields)})
    assert presence_of(ADA, world_of(org=org)).person == UNKNOWN_PRESENCE
    by_name = record("Lead", LEAD, FirstName="Ada1", LastName="Lovelace1", Company="Acme 1")
    assert presence_of(ADA, world_of(by_name, org=org)).person == Presence("exists", "Lead", LEAD)


def test_a_person_without_a_usable_key_is_unknown() -> None:
    nameless = plan(purchase(prospect(1, email=None, company=None)))
    assert presence_of(nameless, world_of()) == ResultPresence(UNKNOWN_PRESENCE, UNKNOWN_PRESENCE)
    hidden = replace(facts(), describes={"Lead": facts().describes["Lead"]})
    assert presence_of(ADA, world_of(org=hidden)) == ResultPresence(
        UNKNOWN_PRESENCE, UNKNOWN_PRESENCE, why="not_askable"
    )


def test_all_results_are_looked_up_in_one_round_each_lookup_once() -> None:
    lookups, fields = collect_lookups([ADA, ADA, plan(purchase(prospect(2)))], facts())
    assert len(lookups) == len(set(lookups))
    assert {lookup.object for lookup in lookups} == {"Contact", "Lead", "Account"}
    assert "Email" in fields["Lead"]
    assert all(
        value is not None and not value.startswith("new:")
        for lookup in lookups
        for _, _, value in lookup.parts
    )


def test_results_that_would_stay_unknown_are_not_looked_up() -> None:
    assert (
        collect_lookups([plan(purchase(prospect(1, email=None, company=None)))], facts())[0] == []
    )


def test_an_unknown_result_does_not_stop_the_lookup_of_others() -> None:
    nameless = plan(purchase(prospect(1, email=None, company=None)))
    assert collect_lookups([nameless, ADA], facts()) == collect_lookups([ADA], facts())


def test_only_matched_fields_are_read_for_badges() -> None:
    _, fields = collect_lookups([ADA], facts())
    assert {"Email", "Zaplify_Id__c", "IsConverted"} <= set(fields["Lead"])
    assert "Website" in fields["Account"]
    assert "Title" not in fields["Lead"]


def test_a_lead_that_is_not_converted_leads_to_no_contact() -> None:
    lead = record(
        "Lead", LEAD, Email="ada1@acme1.example", IsConverted=False, ConvertedContactId=CONTACT
    )
    assert lookups_of_successors([ADA], world_of(lead)) == []


def test_a_converted_leads_contact_is_looked_up_once() -> None:
    lead = record(
        "Lead", LEAD, Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=CONTACT
    )
    contact = Lookup.by_id("Contact", CONTACT)
    world = world_of(lead)
    assert contact in lookups_of_successors([ADA], world)
    followed = world.with_records([record("Contact", CONTACT)], [contact])
    assert contact not in lookups_of_successors([ADA], followed)


def test_our_own_creates_add_missing_people_and_remove_none() -> None:
    lead = record("Lead", LEAD, Email="ada1@acme1.example")
    known = ResultPresence(MISSING, Presence("exists", "Account", ACCOUNT))
    assert with_newly_created(ADA, known, world_of(lead)) == ResultPresence(THERE, known.company)
    assert with_newly_created(ADA, known, world_of()) == known
    other = ResultPresence(Presence("exists", "Contact", CONTACT), UNKNOWN_PRESENCE)
    account = record("Account", "001000000000002AAA", Website="acme1.example")
    assert with_newly_created(ADA, other, world_of(lead, account)) == ResultPresence(
        other.person, Presence("exists", "Account", account.id)
    )
    assert with_newly_created(ADA, other, world_of()) == other


def test_a_link_proves_existence() -> None:
    assert linked_presence(None) == UNKNOWN_PRESENCE
    assert linked_presence(Link("prospect", "p1", "Lead", LEAD, {})) == THERE


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (THERE, MISSING, THERE),
        (MISSING, THERE, MISSING),
        (UNKNOWN_PRESENCE, THERE, THERE),
        (UNKNOWN_PRESENCE, UNKNOWN_PRESENCE, UNKNOWN_PRESENCE),
    ],
)
def test_the_first_known_presence_wins(first: Presence, second: Presence, counts: Presence) -> None:
    assert merge_presence(
        ResultPresence(first, UNKNOWN_PRESENCE), ResultPresence(second, MISSING)
    ) == ResultPresence(counts, MISSING)
    assert merge_presence(
        ResultPresence(UNKNOWN_PRESENCE, first), ResultPresence(MISSING, second)
    ) == ResultPresence(MISSING, counts)
