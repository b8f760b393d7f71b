"""Reconciling a purchase with an org: what is linked, filled, created or held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.decision.purchase import link_digest, reconcile_purchase
from zsf_plugin.model import (
    OBJECT_HIDDEN,
    PERSON_ACCOUNT,
    REQUIRED_EMPTY,
    SEVERAL_MATCH,
    Changes,
    Json,
    Link,
    Mode,
    OrgFacts,
    Plan,
    Record,
    Reference,
    Step,
    World,
)
from zsf_plugin.sync.lookup import look_up_records

SELLER_ID = "005000000000001AAA"


@pytest.fixture
def org() -> FakeCrm:
    return FakeCrm(facts(), {"seller@zaplify.example": SELLER_ID})


def world_of(org: FakeCrm, made: Plan, *links: Link) -> World:
    world = World(org.org, {link.key: link for link in links})
    return look_up_records([made], world, org, "purchases")


def changes(
    org: FakeCrm,
    mode: Mode = "lead",
    person: dict[str, Json] | None = None,
    links: tuple[Link, ...] = (),
    **document: Json,
) -> Changes:
    made = plan(purchase(person or prospect(1)), mode, **document)
    return reconcile_purchase(made, world_of(org, made, *links))[0]


def codes(change: Changes) -> list[tuple[str, str | None]]:
    return [(step.code, step.object) for step in change.steps]


def hidden(org: FakeCrm, *names: str) -> FakeCrm:
    """The org with those objects hidden from the connected user."""
    describes = {name: one for name, one in org.org.describes.items() if name not in names}
    known: OrgFacts = replace(org.org, describes=describes)
    return FakeCrm(known, {})


def test_a_new_lead_gets_its_values_our_id_and_its_owner(org: FakeCrm) -> None:
    (write,) = changes(org).writes
    assert (write.action, write.object, write.ref) == ("create", "Lead", "new:0")
    assert write.values["LastName"] == "Lovelace1"
    assert write.values["OwnerId"] == SELLER_ID
    assert str(write.values["Zaplify_Id__c"]).startswith("zp-")


def test_a_new_contact_is_created_under_its_new_account(org: FakeCrm) -> None:
    account, contact = changes(org, "contact").writes
    assert (account.object, contact.object) == ("Account", "Contact")
    assert contact.values["AccountId"] == Reference(account.ref)


def test_a_new_contact_is_created_under_an_existing_account(org: FakeCrm) -> None:
    known = org.add("Account", Name="Acme 1", Website="acme1.example")
    writes = changes(org, "contact").writes
    (contact,) = [write for write in writes if write.action == "create"]
    assert contact.values["AccountId"] == known


def test_a_company_known_by_its_id_alone_is_the_one_that_an_earlier_event_linked(
    org: FakeCrm,
) -> None:
    known = org.add("Account", Name="Acme 1", Website="acme1.example")
    links = (Link("company", "c1", "Account", known, {}),)
    nameless = prospect(1, company={"id": "c1"})
    *_, contact = changes(org, "contact", nameless, links).writes
    assert contact.action == "create"
    assert contact.values["AccountId"] == known
    change = changes(org, "contact", nameless)
    assert [write.object for write in change.writes] == ["Contact"]
    assert ("unnamed", "Account") in codes(change)


def test_a_leads_account_is_linked_and_never_written(org: FakeCrm) -> None:
    known = org.add("Account", Name="Acme 1", Website="acme1.example")
    change = changes(org)
    assert [write.object for write in change.writes] == ["Lead"]
    assert {link.object: link.record_id for link in change.links}["Account"] == known


def test_an_account_is_created_only_if_a_contact_needs_it(org: FakeCrm) -> None:
    elsewhere = org.add("Account", Name="Elsewhere")
    org.add("Contact", LastName="L", Email="ada1@acme1.example", AccountId=elsewhere)
    assert not [write for write in changes(org, "contact").writes if write.action == "create"]


def test_a_contact_without_an_account_gets_one(org: FakeCrm) -> None:
    known = org.add("Contact", LastName="L", Email="ada1@acme1.example")
    account, contact = changes(org, "contact").writes
    assert (account.action, account.object) == ("create", "Account")
    assert (contact.ref, contact.values["AccountId"]) == (known, Reference(account.ref))


def test_blank_fields_of_an_existing_record_are_filled_and_it_gets_our_id(org: FakeCrm) -> None:
    known = org.add("Lead", LastName="Byron", Company="Acme", Email="ada1@acme1.example")
    change = changes(org)
    (write,) = change.writes
    assert (write.action, write.ref) == ("update", known)
    assert "LastName" not in write.values
    assert write.values["Title"] == "Engineer"
    assert "Zaplify_Id__c" in write.values
    assert "OwnerId" not in write.values
    assert write.before == dict.fromkeys(write.values)
    assert Step("updated", "Lead", data={"fields": sorted(write.values)}) in change.steps


def test_an_id_on_the_record_is_kept(org: FakeCrm) -> None:
    org.add("Lead", LastName="B", Email="ada1@acme1.example", Zaplify_Id__c="theirs")
    (write,) = changes(org).writes
    assert "Zaplify_Id__c" not in write.values


def test_our_id_on_another_record_is_not_written_to_the_linked_one(
    org: FakeCrm,
) -> None:
    """A lost create may arrive after its prospect was linked: no other record could ever get the
    id."""
    linked = org.add("Lead", LastName="B", Company="Acme", Email="ada1@acme1.example")
    made = plan(purchase(prospect(1)))
    world = world_of(org, made, Link("prospect", "p1", "Lead", linked, {}))
    arrived = Record(
        "Lead", "00Q000000000099AAA", {"Zaplify_Id__c": made.targets["Lead"].external_id}
    )
    (write,) = reconcile_purchase(made, world.with_records([arrived]))[0].writes
    assert (write.ref, write.values["Title"]) == (linked, "Engineer")
    assert "Zaplify_Id__c" not in write.values


def test_several_matches_hold_with_their_number(org: FakeCrm) -> None:
    for _ in range(3):
        org.add("Lead", LastName="Lovelace", Email="ada1@acme1.example")
    change = changes(org)
    assert change.cause is not None
    assert change.cause.code == SEVERAL_MATCH
    assert change.steps[-1] == Step("several", "Lead", data={"count": 3, "fields": ["Email"]})
    assert change.writes == ()


def test_a_company_that_several_match_holds_only_a_contact(org: FakeCrm) -> None:
    for _ in range(2):
        org.add("Account", Name="Acme 1", Website="acme1.example")
    lead, contact = changes(org), changes(org, "contact")
    assert lead.cause is None
    assert ("unlinked", "Account") in codes(lead)
    assert contact.cause is not None
    assert (contact.cause.code, contact.cause.object) == (SEVERAL_MATCH, "Account")


def test_a_hidden_object_holds_people_who_would_become_one(org: FakeCrm) -> None:
    change = changes(hidden(org, "Lead"))
    assert change.cause is not None
    assert (change.cause.code, change.cause.object) == (OBJECT_HIDDEN, "Lead")


def test_a_contact_is_created_without_an_account_where_accounts_are_hidden(org: FakeCrm) -> None:
    (write,) = changes(hidden(org, "Account"), "contact").writes
    assert (write.object, "AccountId" in write.values) == ("Contact", False)


def test_a_required_field_that_stays_empty_holds_and_writes_nothing(org: FakeCrm) -> None:
    change = changes(org, person=prospect(1, first_name=None, last_name=None))
    assert change.cause is not None
    assert (change.cause.code, change.cause.field) == (REQUIRED_EMPTY, "LastName")
    assert change.writes == ()


def test_a_person_account_is_never_written(org: FakeCrm) -> None:
    link = Link("prospect", "p1", "Contact", "003000000000009AAA", {})
    row: dict[str, Json] = {"LastName": "L", "Title": None, "IsPersonAccount": True}
    made = plan(purchase(prospect(1, company=None)), "contact")
    world = World(org.org, {link.key: link}).with_records([Record("Contact", link.record_id, row)])
    change, _ = reconcile_purchase(made, world)
    assert change.cause is not None
    assert (change.cause.code, change.writes) == (PERSON_ACCOUNT, ())


def test_a_person_without_a_match_key_is_created_and_reported_as_unmatched(org: FakeCrm) -> None:
    change = changes(org, person=prospect(1, email=None, company=None))
    assert ("unmatched", "Lead") in codes(change)


def test_held_changes_leave_the_world_unchanged(org: FakeCrm) -> None:
    made = plan(purchase(prospect(1, first_name=None, last_name=None)), "contact")
    world = world_of(org, made)
    assert reconcile_purchase(made, world)[1] is world


def test_a_second_prospect_finds_the_records_created_by_the_first(org: FakeCrm) -> None:
    first, second = plan(purchase(prospect(1))), plan(purchase({**prospect(1), "id": "p2"}))
    _, world = reconcile_purchase(first, world_of(org, first))
    change, _ = reconcile_purchase(second, world)
    found = Step("found", "Lead", data={"by": "match_key", "record": None, "fields": ["Email"]})
    assert found in change.steps
    assert not [write for write in change.writes if write.action == "create"]
    assert change.depends_on == {"new:0"}


def test_a_link_to_a_missing_record_is_reported_as_stale(org: FakeCrm) -> None:
    gone = Link("prospect", "p1", "Lead", "00Q00000000000GAAA", {})
    assert changes(org, links=(gone,)).stale == (("prospect", "p1"),)


def test_held_changes_also_drop_stale_links(org: FakeCrm) -> None:
    person = Link("prospect", "p1", "Contact", "003000000000009AAA", {})
    company = Link("company", "c1", "Account", "001000000000009AAA", {})
    nameless = prospect(1, first_name=None, last_name=None)
    change = changes(org, "contact", nameless, (person, company))
    assert change.cause is not None
    assert change.stale == (company.key, person.key)
    for _ in range(2):
        org.add("Contact", LastName="L", Email="ada1@acme1.example")
    change = changes(org, "contact", links=(person, company))
    assert change.cause is not None
    assert change.stale == (company.key, person.key)


def test_records_matched_by_key_are_listed_separately(org: FakeCrm) -> None:
    known = org.add("Lead", LastName="L", Email="ada1@acme1.example")
    assert changes(org).matched_by_key == {"Lead"}
    link = Link("prospect", "p1", "Lead", known, {})
    assert changes(org, links=(link,)).matched_by_key == frozenset()


def test_the_persons_link_stores_the_plan_digest_and_the_companys_does_not(
    org: FakeCrm,
) -> None:
    made = plan(purchase(prospect(1)), "contact")
    world = world_of(org, made)
    change, _ = reconcile_purchase(made, world)
    digests = {link.kind: link.plan_digest for link in change.links}
    assert digests == {"prospect": link_digest(made, world), "company": ""}
    changed = replace(org.org.describes["Lead"], fingerprint="another")
    other = replace(world, facts=replace(org.org, describes={**org.org.describes, "Lead": changed}))
    assert link_digest(made, other) != link_digest(made, world)


def described(org: FakeCrm, object_: str, name: str, **rights: bool) -> FakeCrm:
    """The org with other permissions on that field."""
    one = org.org.describes[object_]
    field = replace(one.fields[name], **rights)  # type: ignore[arg-type]
    one = replace(one, fields={**one.fields, name: field})
    return FakeCrm(replace(org.org, describes={**org.org.describes, object_: one}))


def test_a_create_reports_its_owner_and_then_the_creation(org: FakeCrm) -> None:
    assert codes(changes(org)) == [("owned", "Lead"), ("created", "Lead")]
    assert codes(changes(org, "contact")) == [
        ("owned", "Account"),
        ("created", "Account"),
        ("owned", "Contact"),
        ("created", "Contact"),
    ]


def test_a_created_record_is_in_the_world_with_its_values_and_its_own_number(
    org: FakeCrm,
) -> None:
    made = plan(purchase(prospect(1)), "contact")
    change, world = reconcile_purchase(made, world_of(org, made))
    account, contact = change.writes
    assert (account.ref, contact.ref, world.created_count) == ("new:0", "new:1", 2)
    known = world.records.get(("Contact", "new:1"))
    assert known is not None
    assert known.values["AccountId"] == "new:0"
    assert known.values["LastName"] == "Lovelace1"
    assert known.values["MailingCity"] is None
    assert world.links["prospect", "p1"] in change.links
    assert world.links["prospect", "p1"].written["LastName"] == "Lovelace1"


@pytest.mark.parametrize("asked", [True, False])
def test_a_write_carries_the_rules_for_assignment_and_alerts(org: FakeCrm, asked: bool) -> None:
    rules: dict[str, Json] = {
        "owner": {"assignment_rules": asked},
        "match": {"alerts": "save" if asked else "hold"},
    }
    change = changes(org, **rules)
    assert (("owner_by_rules", "Lead") in codes(change)) is asked
    (create,) = change.writes
    assert (create.assignment_rules, create.save_alerted) == (asked, asked)
    org.add("Lead", LastName="Byron", Company="Acme", Email="ada1@acme1.example")
    (update,) = changes(org, **rules).writes
    assert (update.action, update.assignment_rules, update.save_alerted) == ("update", False, asked)


def test_an_updated_record_is_in_the_world_and_in_its_link(org: FakeCrm) -> None:
    known = org.add("Lead", LastName="Byron", Title=" ", Email="ada1@acme1.example")
    made = plan(purchase(prospect(1)))
    change, world = reconcile_purchase(made, world_of(org, made))
    (write,) = change.writes
    assert (write.object, write.before["Title"]) == ("Lead", " ")
    record = world.records.get(("Lead", known))
    assert record is not None
    assert (record.values["LastName"], record.values["Title"]) == ("Byron", "Engineer")
    (link,) = change.links
    assert link.written["Title"] == "Engineer"
    assert "LastName" not in link.written


def test_values_written_before_stay_in_the_link(org: FakeCrm) -> None:
    known = org.add("Lead", LastName="Byron", Company="Acme", Email="ada1@acme1.example")
    before = Link("prospect", "p1", "Lead", known, {"LastName": "Byron"})
    (link,) = changes(org, links=(before,)).links
    assert link.written["LastName"] == "Byron"
    assert link.written["Title"] == "Engineer"


def test_an_id_field_that_cannot_be_written_is_left_alone(org: FakeCrm) -> None:
    (create,) = changes(described(org, "Lead", "Zaplify_Id__c", createable=False)).writes
    assert "Zaplify_Id__c" not in create.values
    locked = described(org, "Lead", "Zaplify_Id__c", updateable=False)
    locked.add("Lead", LastName="Byron", Email="ada1@acme1.example")
    (update,) = changes(locked).writes
    assert "Zaplify_Id__c" not in update.values


def test_an_org_without_the_id_field_is_written_as_usual(org: FakeCrm) -> None:
    bare = FakeCrm(facts(external_id=False))
    assert [write.action for write in changes(bare).writes] == ["create"]
    bare.add("Lead", LastName="Byron", Email="ada1@acme1.example")
    assert [write.action for write in changes(bare).writes] == ["update"]


def test_a_new_contact_gets_an_account_if_that_can_be_set_on_create(
    org: FakeCrm,
) -> None:
    fixed = described(org, "Contact", "AccountId", updateable=False)
    account, contact = changes(fixed, "contact").writes
    assert (account.object, contact.values["AccountId"]) == ("Account", Reference(account.ref))
    later = described(org, "Contact", "AccountId", createable=False)
    assert [write.object for write in changes(later, "contact").writes] == ["Contact"]


def test_no_account_is_created_for_a_contact_that_cannot_be_moved_under_it(org: FakeCrm) -> None:
    fixed = described(org, "Contact", "AccountId", updateable=False)
    fixed.add("Contact", LastName="L", Email="ada1@acme1.example")
    change = changes(fixed, "contact")
    assert [(write.action, write.object) for write in change.writes] == [("update", "Contact")]
    assert "AccountId" not in change.writes[0].values
    for _ in range(2):
        fixed.add("Account", Name="Acme 1", Website="acme1.example")
    change = changes(fixed, "contact")
    assert change.cause is None
    assert ("unlinked", "Account") in codes(change)


def test_a_contact_whose_account_was_not_read_gets_no_account(
    org: FakeCrm,
) -> None:
    link = Link("prospect", "p1", "Contact", "003000000000009AAA", {})
    row: dict[str, Json] = {"LastName": "L", "Title": None, "Zaplify_Id__c": None}
    made = plan(purchase(prospect(1)), "contact")
    world = World(org.org, {link.key: link}).with_records([Record("Contact", link.record_id, row)])
    (update,) = reconcile_purchase(made, world)[0].writes
    assert set(update.values) == {"Title", "Zaplify_Id__c"}
    both = {**row, "AccountId": None}
    world = World(org.org, {link.key: link}).with_records([Record("Contact", link.record_id, both)])
    update = reconcile_purchase(made, world)[0].writes[-1]
    assert set(update.values) == {"Title", "Zaplify_Id__c", "AccountId"}


def test_a_complete_person_account_is_linked(org: FakeCrm) -> None:
    link = Link("prospect", "p1", "Contact", "003000000000009AAA", {})
    row: dict[str, Json] = {"LastName": "L", "IsPersonAccount": True, "Zaplify_Id__c": None}
    made = plan(purchase(prospect(1, company=None)), "contact")
    world = World(org.org, {link.key: link}).with_records([Record("Contact", link.record_id, row)])
    change, _ = reconcile_purchase(made, world)
    assert (change.cause, change.writes) == (None, ())
    assert [one.record_id for one in change.links] == [link.record_id]
    held, _ = reconcile_purchase(
        made, world.with_records([Record("Contact", link.record_id, {**row, "Title": None})])
    )
    assert held.cause is not None
    assert held.cause.object == "Contact"


def test_an_object_that_cannot_be_created_holds_only_new_people(org: FakeCrm) -> None:
    lead = replace(org.org.describes["Lead"], createable=False)
    closed = FakeCrm(replace(org.org, describes={**org.org.describes, "Lead": lead}))
    change = changes(closed)
    assert change.cause is not None
    assert (change.cause.code, change.cause.object) == (OBJECT_HIDDEN, "Lead")
    closed.add("Lead", LastName="Byron", Email="ada1@acme1.example")
    assert changes(closed).cause is None


def test_a_misfit_that_holds_the_company_holds_its_contact(org: FakeCrm) -> None:
    size: Json = {"NumberOfEmployees": {"value": "many", "misfit": "hold"}}
    change = changes(org, "contact", fields={"Account": size})
    assert change.cause is not None
    assert (change.cause.object, change.cause.field) == ("Account", "NumberOfEmployees")
    assert change.writes == ()
    org.add("Account", Name="Acme 1", Website="acme1.example")
    assert changes(org, "contact", fields={"Account": size}).cause == change.cause


def test_a_links_digest_combines_the_plan_with_the_describes_fingerprints() -> None:
    made = plan(purchase(prospect(1, company=None)))
    org = facts()
    prints = {"Lead": "0123456789", "Contact": "abcdefghij"}
    described = {name: replace(org.describes[name], fingerprint=one) for name, one in prints.items()}  # fmt: skip
    world = World(replace(org, describes=described))
    assert link_digest(made, world) == f"{made.digest}:01234567:abcdefgh"


def test_the_companys_steps_come_before_the_persons(org: FakeCrm) -> None:
    account = org.add("Account", Name="Acme 1", Website="acme1.example")
    known = org.add("Contact", FirstName="Ada1", LastName="Lovelace1", AccountId=account)
    change = changes(org, "contact", person=prospect(1, email=None))
    assert [one.record_id for one in change.links] == [account, known]
    assert codes(change)[0] == ("found", "Account")
    assert ("found", "Contact") in codes(change)
    for _ in range(2):
        org.add("Contact", FirstName="Ada1", LastName="Lovelace1", AccountId=account)
    held = changes(org, "contact", person=prospect(1, email=None))
    assert codes(held) == [("found", "Account"), ("several", "Contact")]


def test_an_unchanged_link_is_not_stored_again(org: FakeCrm) -> None:
    made = plan(purchase(prospect(1)))
    _, world = reconcile_purchase(made, world_of(org, made))
    change, after = reconcile_purchase(made, world)
    assert change.links == ()
    assert after.links == world.links


def test_in_contact_mode_a_known_leads_company_is_linked_and_not_written(org: FakeCrm) -> None:
    account = org.add("Account", Name="Acme 1", Website="acme1.example")
    org.add("Lead", LastName="Byron", Email="ada1@acme1.example")
    change = changes(org, "contact")
    assert [write.object for write in change.writes] == ["Lead"]
    assert account in [link.record_id for link in change.links]
