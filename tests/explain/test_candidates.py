"""Candidates: all records that match a key, the reasons for each, and none if there is nothing to
choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import describe, facts
from zsf_plugin.explain.candidates import Candidates, find_candidates
from zsf_plugin.model import FieldDescribe, Json, Link, OrgFacts
from zsf_plugin.ports import ORG_LEASE, Fence, NewEntry, Settlement, Store

_DATES = tuple(
    FieldDescribe(name, name, "datetime") for name in ("CreatedDate", "LastActivityDate")
)
ADA = prospect(1)
SELLER_ID = "005000000000001AAA"


def org() -> OrgFacts:
    """A stock org that reports when records were created and changed."""
    known = facts()
    return replace(
        known, describes={name: describe(name, extra=_DATES) for name in known.describes}
    )


def among(store: Store, crm: FakeCrm, **rules: Json) -> Candidates | None:
    return find_candidates(plan(purchase(ADA), **rules), store, "default", crm, 0.0)  # type: ignore[arg-type]


def contact(crm: FakeCrm, name: str, **values: Json) -> str:
    return crm.add("Contact", LastName=name, Email=ADA["email"], **values)


def test_all_matching_records_are_returned_with_their_reasons(store: Store) -> None:
    crm = FakeCrm(org(), {"seller@zaplify.example": SELLER_ID})
    acme = crm.add("Account", Name="Acme 1", Website="acme1.example")
    other = crm.add("Account", Name="Elsewhere")
    contact(crm, "Old", AccountId=other, CreatedDate="2021-01-01", LastActivityDate="2024-01-01")
    contact(
        crm,
        "Ours",
        CreatedDate="2023-01-01",
        LastActivityDate="2026-01-01",
        OwnerId=SELLER_ID,
        AccountId=acme,
    )
    contact(crm, "Plain", CreatedDate="2024-01-01")
    found = among(store, crm)
    assert found is not None
    assert found.link == ("prospect", "p1")
    assert {one.record.values["LastName"]: one.reasons for one in found.found} == {
        "Old": ("oldest",),
        "Ours": ("same_owner", "newest_activity"),
        "Plain": (),
    }
    assert {one.company for one in found.found} == {"Elsewhere", "Acme 1", None}


def test_one_record_leaves_nothing_to_choose(store: Store) -> None:
    crm = FakeCrm(org())
    contact(crm, "Only")
    assert among(store, crm) is None


def test_a_link_leaves_nothing_to_choose(store: Store) -> None:
    crm = FakeCrm(org())
    chosen = contact(crm, "One")
    contact(crm, "Two")
    won = store.acquire_lease(
        ORG_LEASE + crm.org.org_id, "me", 0.0, ttl_s=15, is_over=lambda _: False
    )
    assert isinstance(won, Fence)
    link = Link("prospect", "p1", "Contact", chosen, {})
    entry = store.accept(
        NewEntry("default", "e1", "purchase", "p1", "pending", "d", {}, "", 0.0)
    ).entry_id
    store.settle(won, [Settlement(entry, "done", links=(link,))], 0.0)
    assert among(store, crm) is None


def test_an_activitys_records_have_the_same_reasons_as_a_purchases(store: Store) -> None:
    crm = FakeCrm(org())
    for title in ("Director", "Operations"):
        contact(crm, "Lovelace", Title=title)
    found = find_candidates(plan(touchpoint(ADA)), store, "default", crm, 0.0)
    assert found is not None
    assert [one.record.values["Title"] for one in found.found] == ["Director", "Operations"]


def test_a_converted_lead_is_no_candidate(store: Store) -> None:
    crm = FakeCrm(org())
    for name, converted in (("One", False), ("Two", False), ("Gone", True)):
        crm.add("Lead", LastName=name, Email=ADA["email"], IsConverted=converted)
    found = among(store, crm)
    assert found is not None
    assert [one.record.values["LastName"] for one in found.found] == ["One", "Two"]


def test_matching_companies_are_offered_if_a_contact_needs_one(store: Store) -> None:
    crm = FakeCrm(org())
    for name in ("Acme 1", "Acme 1 Iberia"):
        crm.add("Account", Name=name, Website="acme1.example")
    found = among(store, crm, mode="contact")
    assert found is not None
    assert (found.object, found.link[0], len(found.found)) == ("Account", "company", 2)


OFFICE = prospect(1, email="info@acme1.example")


def of_mailbox(store: Store, crm: FakeCrm, **rules: Json) -> Candidates | None:
    return find_candidates(plan(purchase(OFFICE), **rules), store, "default", crm, 0.0)  # type: ignore[arg-type]


HOLD: dict[str, Json] = {"match": {"shared_mailbox": "hold"}}


@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_a_record_of_another_name_in_a_shared_mailbox_is_offered(
    store: Store, object_: str
) -> None:
    crm = FakeCrm(org())
    crm.add(object_, FirstName="Bo", LastName="Two", Email=OFFICE["email"])
    found = of_mailbox(store, crm, **HOLD)
    assert found is not None
    assert (found.link, found.object) == (("prospect", "p1"), object_)
    assert [(one.record.values["LastName"], one.reasons) for one in found.found] == [("Two", ())]


def test_no_record_of_a_shared_mailbox_is_offered_where_the_policy_decides(
    store: Store,
) -> None:
    crm = FakeCrm(org())
    crm.add("Lead", FirstName="Bo", LastName="Two", Email=OFFICE["email"])
    for policy in ("next_key", "connect"):
        assert of_mailbox(store, crm, match={"shared_mailbox": policy}) is None


def test_the_records_of_other_people_are_not_among_several_of_a_later_key(store: Store) -> None:
    crm = FakeCrm(org())
    for name in ("One", "Two"):
        crm.add("Lead", FirstName="Bo", LastName=name, Email=OFFICE["email"], Company="Else")
    twins = {"FirstName": OFFICE["first_name"], "LastName": OFFICE["last_name"]}
    for _ in range(2):
        crm.add("Lead", **twins, Company=OFFICE["company"]["name"])
    found = of_mailbox(store, crm)
    assert found is not None
    assert [one.record.values["LastName"] for one in found.found] == [OFFICE["last_name"]] * 2


def test_a_converted_lead_in_a_shared_mailbox_is_offered_as_its_contact(store: Store) -> None:
    crm = FakeCrm(org())
    contact_id = crm.add("Contact", FirstName="Bo", LastName="Two", Email="bo@else.example")
    lead = {"FirstName": "Bo", "LastName": "Two", "Email": OFFICE["email"]}
    crm.add("Lead", **lead, IsConverted=True, ConvertedContactId=contact_id)
    found = of_mailbox(store, crm, **HOLD)
    assert found is not None
    assert [(one.record.object, one.record.id) for one in found.found] == [("Contact", contact_id)]
