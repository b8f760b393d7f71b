"""The order of search, used for lookups and matching."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from tests.sync.planned import ACCOUNT, CONTACT, LEAD, record, world_of
from zsf_plugin.decision.search import (
    COMPANY,
    MAX_SUCCESSORS,
    PEOPLE,
    follow_successors,
    key_search,
    searches_for,
)
from zsf_plugin.model import KeyPart, Link, OrgFacts, Record, RecordSearch, Unasked

ADA = plan(purchase(prospect(1)))
EMPTY = world_of()


def hidden(*objects: str) -> OrgFacts:
    """An org that hides these objects from the connected user."""
    org = facts()
    visible = {name: one for name, one in org.describes.items() if name not in objects}
    return replace(org, describes=visible)


def test_link_then_external_id_then_match_keys_and_a_contact_before_a_lead() -> None:
    world = world_of(links=[Link("prospect", "p1", "Lead", LEAD, {})])
    ways = [(search.found_by, search.object) for search in searches_for(ADA, PEOPLE, world)]
    assert ways[:3] == [("link", "Lead"), ("external_id", "Contact"), ("external_id", "Lead")]
    keys = ways[3:]
    assert {way for way, _ in keys} == {"match_key"}
    assert [object_ for _, object_ in keys] == ["Contact", "Lead"] * (len(keys) // 2)


def test_each_key_is_tried_on_both_objects_before_the_next() -> None:
    fields = [
        search.fields
        for search in searches_for(ADA, PEOPLE, EMPTY)
        if search.found_by == "match_key"
    ]
    assert fields[0] == fields[1] == ("Email",)


def test_a_company_is_searched_among_accounts_only() -> None:
    found = searches_for(ADA, COMPANY, EMPTY)
    assert {search.object for search in found} == {"Account"}
    assert [search.found_by for search in found][:2] == ["external_id", "match_key"]


def test_without_a_company_there_is_no_search_for_one() -> None:
    assert searches_for(plan(purchase(prospect(1, company=None))), COMPANY, EMPTY) == ()
    assert searches_for(ADA, COMPANY, world_of(org=hidden("Account"))) == ()


def test_searches_are_computed_once_per_plan_and_the_link_is_read_each_time() -> None:
    world = world_of()
    unlinked = searches_for(ADA, PEOPLE, world)
    assert searches_for(ADA, PEOPLE, world) is unlinked
    linked = world.with_link(Link("prospect", "p1", "Lead", LEAD, {}))
    first, *others = searches_for(ADA, PEOPLE, linked)
    assert (first.found_by, first.object) == ("link", "Lead")
    assert tuple(others) == unlinked
    assert searches_for(ADA, PEOPLE, world_of(org=facts(external_id=False))) != unlinked
    assert searches_for(ADA, COMPANY, world) != unlinked


def test_searches_under_other_describes_are_computed_again() -> None:
    org = facts()
    searches_for(ADA, PEOPLE, world_of(org=org))
    fewer = replace(org, describes={"Lead": org.describes["Lead"]})
    found = searches_for(ADA, PEOPLE, world_of(org=fewer))
    assert {one.object for one in found if one.unasked is None} == {"Lead"}


def test_searches_are_kept_for_a_number_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsf_plugin.decision.search.MAX_KNOWN_SEARCHES", 2)
    world = world_of()
    first = searches_for(ADA, PEOPLE, world)
    for number in (2, 3):
        searches_for(plan(purchase(prospect(number))), PEOPLE, world)
    again = searches_for(ADA, PEOPLE, world)
    assert (again == first, again is first) == (True, False)


def test_two_plans_of_a_batch_are_each_searched_by_their_own_values() -> None:
    world = world_of()
    bob = plan(purchase(prospect(2)))
    assert searches_for(ADA, PEOPLE, world) != searches_for(bob, PEOPLE, world)


def test_an_object_that_is_hidden_is_not_searched() -> None:
    found = searches_for(ADA, PEOPLE, world_of(org=hidden("Contact")))
    assert {search.object for search in found if search.unasked is None} == {"Lead"}
    (contact,) = [search for search in found if search.object == "Contact"]
    assert (contact.fields, contact.unasked) == (("Email",), Unasked("object_hidden"))
    assert contact.parts(None) is None


def test_without_the_id_field_there_is_no_search_by_our_id() -> None:
    found = searches_for(ADA, PEOPLE, world_of(org=facts(external_id=False)))
    assert {search.found_by for search in found} == {"match_key"}


def test_the_companys_part_of_a_key_is_its_record_id_once_known() -> None:
    search = next(
        one
        for one in searches_for(ADA, PEOPLE, EMPTY)
        if any(part.value is None for part in one.key)
    )
    assert search.parts(None) is None
    parts = search.parts(record("Account", ACCOUNT))
    assert parts is not None
    assert ("AccountId", "text", ACCOUNT) in parts
    assert search.parts(None, partly=True) == tuple(
        part for part in parts if part[0] != "AccountId"
    )


def test_a_key_has_the_orgs_spelling_and_needs_filterable_fields() -> None:
    lead = facts().describes["Lead"]
    email = KeyPart("Email", "email", "a@b.example")
    assert key_search((email._replace(field="EMAIL"),), lead) == RecordSearch(
        "Lead", "match_key", (email,), ("EMAIL",)
    )
    nowhere = KeyPart("Nowhere__c", "text", "x")
    assert key_search((email, nowhere), lead).unasked == Unasked("hidden", "Nowhere__c")
    for flags, reason in (({}, "not_filterable"), ({"encrypted": True}, "encrypted")):
        closed = replace(lead.fields["Email"], filterable=False, **flags)
        search = key_search((email,), replace(lead, fields={"Email": closed}))
        assert search.unasked == Unasked(reason, "Email")  # type: ignore[arg-type]
        assert search.parts(None) is None
        assert search.parts(None, partly=True) is None


def lost(id_: str, winner: str, object_: str = "Lead") -> Record:
    """A record that was merged into another."""
    return record(object_, id_, MasterRecordId=winner)


def test_a_live_record_leads_to_itself() -> None:
    lead = record("Lead", LEAD)
    assert follow_successors(lead, world_of(lead)) == (lead, [])
    assert follow_successors(None, EMPTY) == (None, [])


def test_a_merged_record_leads_to_the_winner_and_its_conversion() -> None:
    contact = record("Contact", CONTACT)
    winner = record("Lead", "00Q2", IsConverted=True, ConvertedContactId=CONTACT)
    world = world_of(lost("00Q1", "00Q2"), winner, contact)
    way = [("Lead", "00Q2"), ("Contact", CONTACT)]
    assert follow_successors(world.records.get(("Lead", "00Q1")), world) == (contact, way)


def test_successors_end_at_an_unknown_record() -> None:
    loser = lost("00Q1", "00Q2")
    assert follow_successors(loser, world_of(loser)) == (None, [("Lead", "00Q2")])


def test_a_converted_lead_without_a_contact_leads_to_no_record() -> None:
    lead = record("Lead", LEAD, IsConverted=True)
    assert follow_successors(lead, world_of(lead))[0] is None


@pytest.mark.timeout(10)
def test_a_cycle_of_records_leads_to_no_record() -> None:
    first, second = lost("00Q1", "00Q2"), lost("00Q2", "00Q1")
    living, way = follow_successors(first, world_of(first, second))
    assert living is None
    assert len(way) == MAX_SUCCESSORS


def test_three_merges_and_a_conversion_are_followed() -> None:
    chain = [lost(f"00Q{n}", f"00Q{n + 1}") for n in range(3)]
    last = record("Lead", "00Q3", IsConverted=True, ConvertedContactId=CONTACT)
    world = world_of(*chain, last, record("Contact", CONTACT))
    living, _ = follow_successors(chain[0], world)
    assert living is not None
    assert living.id == CONTACT


@pytest.mark.parametrize(
    "name", ["Verein " * 60, "Müller & Söhne " * 30, "ab" * 126 + "\U0001f600xyz"]
)
def test_a_name_that_is_too_long_is_searched_as_we_and_as_others_cut_it(name: str) -> None:
    company = {"id": "c1", "name": name}
    found = searches_for(plan(purchase(prospect(1, company=company))), COMPANY, EMPTY)
    values = [str(one.key[0].value) for one in found if one.fields == ("Name",)]
    shortened, as_cut = values
    assert shortened == f"{as_cut[: len(shortened) - 1].strip()}…"
    assert name.startswith(as_cut)
    assert 253 <= len(as_cut.encode("utf-16-le")) / 2 <= 255


def test_a_name_that_fits_is_searched_once_though_it_ends_in_an_ellipsis() -> None:
    company = {"id": "c1", "name": "And so on…"}
    found = searches_for(plan(purchase(prospect(1, company=company))), COMPANY, EMPTY)
    assert [one.key[0].value for one in found if one.fields == ("Name",)] == ["And so on…"]
