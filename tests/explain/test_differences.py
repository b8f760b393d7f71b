"""An outcome field by field: what changes, what stays, what is left out, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import describe, facts
from tests.sync.planned import ACCOUNT, CONTACT, LEAD, record, world_of
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.explain.differences import Difference, ObjectDifference, differences
from zsf_plugin.model import FieldDescribe, Json, Mode, OrgFacts, Record, Step

EMAIL = "ada1@acme1.example"


def shown(
    *records: Record,
    mode: Mode = "lead",
    fields: dict[str, Json] | None = None,
    org: OrgFacts | None = None,
    object_: str = "Lead",
) -> tuple[ObjectDifference, ...]:
    """The differences of Ada's purchase, with these fields mapped on top of the shipped rules."""
    tables: dict[str, Json] = {object_: dict(fields or {})}
    made = plan(purchase(prospect(1)), mode, fields=tables)
    world = world_of(*records, org=org)
    changes, _ = reconcile(made, world)
    return differences(made, world, changes)


def line(reported: Iterable[ObjectDifference], name: str) -> Difference:
    (one,) = [one for part in reported for one in part.lines if one.field == name]
    return one


def ada(**values: Json) -> Record:
    return record("Lead", LEAD, Email=EMAIL, **values)


def test_a_new_record_is_created_with_the_rules_values_then_what_the_sync_adds() -> None:
    (lead,) = shown()
    assert (lead.object, lead.action, lead.record, lead.by) == ("Lead", "create", None, None)
    assert {one.effect for one in lead.lines} == {"changes"}
    assert lead.lines[-1].field == "Zaplify_Id__c"
    assert lead.lines[-1].overwrite is None
    name = line([lead], "LastName")
    assert (name.before, name.after, name.overwrite) == (None, "Lovelace1", "if_blank")
    assert lead.count("changes") == len(lead.lines)
    assert lead.count("stays") == 0


def test_a_record_that_was_found_says_by_what_and_what_it_held_before() -> None:
    (lead,) = shown(ada(Title=" "))
    assert (lead.action, lead.record) == ("update", LEAD)
    assert (lead.by, lead.fields) == ("match_key", ("Email",))
    title = line([lead], "Title")
    assert (title.effect, title.before, title.after) == ("changes", " ", "Engineer")


def test_an_unchanged_field_has_the_rules_value_if_it_differs() -> None:
    (lead,) = shown(ada(Title="Countess", FirstName="Ada1"))
    title, name = line([lead], "Title"), line([lead], "FirstName")
    assert (title.effect, title.before, title.ours) == ("stays", "Countess", "Engineer")
    assert (name.effect, name.before, name.ours) == ("stays", "Ada1", None)


def test_unchanged_fields_come_after_written_ones_and_before_omitted_ones() -> None:
    (lead,) = shown(ada(Title="Countess"), fields={"Nowhere__c": {"value": "x"}})
    fates = [one.effect for one in lead.lines]
    assert fates == sorted(fates, key=["changes", "stays", "left_out"].index)
    assert set(fates) == {"changes", "stays", "left_out"}


def test_a_field_that_the_org_lacks_is_left_out_under_the_rules_name() -> None:
    for reported in (shown(fields={"Nowhere__c": {"value": "x"}}), shown(ada(), fields={"Nowhere__c": {"value": "x"}})):  # fmt: skip
        missing = line(reported, "Nowhere__c")
        assert (missing.label, missing.effect, missing.ours) == ("Nowhere__c", "left_out", "x")
        assert missing.step == Step("left_out", "Lead", "Nowhere__c", {"misfit": "no_such_field"})


def test_a_value_that_does_not_fit_is_left_out_with_its_misfit() -> None:
    (lead,) = shown(fields={"NumberOfEmployees": {"value": "many"}})
    size = line([lead], "NumberOfEmployees")
    assert (size.effect, size.ours, size.overwrite) == ("left_out", "many", "if_blank")
    assert size.step is not None
    assert size.step.data["misfit"] == "not_whole_number"


def test_a_field_that_may_not_be_written_is_left_out_of_a_record_that_exists() -> None:
    (lead,) = shown(ada(), fields={"MasterRecordId": {"value": LEAD}})
    master = line([lead], "MasterRecordId")
    assert master.effect == "left_out"
    assert master.step == Step("left_out", "Lead", "MasterRecordId", {"misfit": "not_writable"})


def test_a_field_that_was_not_read_is_left_out() -> None:
    unread = Record("Lead", LEAD, {"Email": EMAIL})
    (lead,) = shown(unread)
    assert "Title" not in [one.field for one in lead.lines]


def test_a_shortened_value_carries_the_step_that_says_so() -> None:
    (lead,) = shown(fields={"Title": {"value": "x" * 200}})
    title = line([lead], "Title")
    assert title.step == Step("shortened", "Lead", "Title", {"from": 200, "to": 128})
    assert line([lead], "LastName").step is None


def test_a_field_has_the_orgs_spelling_and_label() -> None:
    extra = FieldDescribe("Nick__c", "Nickname", "string", length=20)
    org = facts()
    described = {**org.describes, "Lead": describe("Lead", extra=(extra,))}
    (lead,) = shown(fields={"NICK__C": {"value": "A"}}, org=replace(org, describes=described))
    assert line([lead], "Nick__c").label == "Nickname"


def test_a_new_contacts_company_is_a_record_created_with_it() -> None:
    contact, account = shown(mode="contact")
    assert (contact.object, account.object) == ("Contact", "Account")
    assert account.action == "create"
    company = line([contact], "AccountId")
    assert (company.after, company.refers_to) == (None, "Account")
    assert line([account], "Name").refers_to is None


def test_a_contacts_existing_company_is_shown_field_by_field() -> None:
    found = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example")
    contact, account = shown(
        found, record("Contact", CONTACT, Email=EMAIL, AccountId=ACCOUNT), mode="contact"
    )
    assert (contact.action, account.action, account.record) == ("update", "update", ACCOUNT)
    assert line([account], "Name").effect == "stays"


def test_a_leads_company_is_linked_without_its_fields() -> None:
    found = record("Account", ACCOUNT, Name="Acme 1", Website="acme1.example")
    lead, account = shown(ada(), found)
    assert (account.object, account.record, account.lines) == ("Account", ACCOUNT, ())
    assert lead.lines != ()


def test_a_hidden_object_is_left_out() -> None:
    org = facts()
    hidden = {name: one for name, one in org.describes.items() if name != "Lead"}
    assert shown(org=replace(org, describes=hidden)) == ()


def test_without_writes_or_a_record_there_are_no_fields() -> None:
    twins = [record("Lead", f"00Q{n}", Email=EMAIL) for n in (1, 2)]
    (lead,) = shown(*twins)
    assert (lead.action, lead.record, lead.lines) == ("none", None, ())
