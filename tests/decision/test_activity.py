"""Reconciling a touchpoint: one completed Task on its person, once; never a new person."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, touchpoint
from tests.fakes.org import facts
from zsf_plugin.decision.activity import reconcile_touchpoint, task_probe
from zsf_plugin.model import (
    DOES_NOT_FIT,
    NO_CLOSED_STATUS,
    OBJECT_HIDDEN,
    PERSON_MISSING,
    SEVERAL_MATCH,
    Changes,
    Json,
    Link,
    Record,
    Step,
    World,
)
from zsf_plugin.sync.lookup import look_up_records

SELLER_ID = "005000000000001AAA"
SENT = touchpoint(prospect(1))


def org_with(*people: str, external_id: bool = True) -> FakeCrm:
    org = FakeCrm(facts(external_id=external_id), {"seller@zaplify.example": SELLER_ID})
    for object_ in people:
        org.add(object_, LastName="Lovelace1", Email="ada1@acme1.example")
    return org


def reconciled(org: FakeCrm, *links: Link) -> tuple[Changes, World]:
    made = plan(SENT)
    world = World(org.org, {link.key: link for link in links})
    return reconcile_touchpoint(made, look_up_records([made], world, org, "activities"))


def test_a_task_is_logged_on_the_person_with_our_id_owner_and_the_closed_status() -> None:
    change, _ = reconciled(org_with("Contact"))
    (write,) = change.writes
    person = change.steps[0].data["record"]
    assert (write.action, write.object) == ("create", "Task")
    assert write.values["WhoId"] == person
    assert write.values["Status"] == "Completed"
    assert write.values["OwnerId"] == SELLER_ID
    assert str(write.values["Zaplify_Id__c"]).startswith("zt-")
    assert "WhatId" not in write.values
    assert change.steps[-1] == Step("logged", "Task", data={"person": "Contact", "record": person})


def test_a_touchpoint_creates_no_person_and_is_held_until_its_person_exists() -> None:
    change, _ = reconciled(org_with())
    assert change.cause is not None
    assert (change.cause.code, change.writes) == (PERSON_MISSING, ())


def test_several_matches_hold_the_touchpoint_with_their_number() -> None:
    change, _ = reconciled(org_with("Lead", "Lead"))
    assert change.cause is not None
    assert change.cause.code == SEVERAL_MATCH
    assert [step.code for step in change.steps] == ["several"]


def test_a_task_with_our_id_is_linked_and_not_written_again() -> None:
    org = org_with("Contact")
    known = org.add("Task", Subject="x", Zaplify_Id__c=plan(SENT).targets["Task"].external_id)
    change, world = reconciled(org)
    assert change.writes == ()
    assert change.steps[-1] == Step("already_logged", "Task", data={"record": known})
    assert [link.record_id for link in change.links] == [known]
    assert known in world.claimed


def test_an_id_that_differs_by_case_is_not_ours() -> None:
    org = org_with("Contact")
    org.add("Task", Subject="x", Zaplify_Id__c=plan(SENT).targets["Task"].external_id.upper())
    assert [write.action for write in reconciled(org)[0].writes] == ["create"]


def test_without_the_id_field_a_task_of_that_person_day_and_subject_is_claimed_once() -> None:
    org = org_with("Contact", external_id=False)
    change, world = reconciled(org)
    (write,) = change.writes
    person = str(write.values["WhoId"])
    probe = task_probe(plan(SENT), world, Record("Contact", person, {}))
    assert probe is not None
    assert {name for name, _, _ in probe} == {"WhoId", "Subject", "ActivityDate"}
    known = org.add("Task", **{name: value for name, _, value in probe})
    again, world = reconciled(org)
    assert (again.writes, again.links[0].record_id) == ((), known)
    claimed = replace(world, links={})
    assert [one.action for one in reconcile_touchpoint(plan(SENT), claimed)[0].writes] == ["create"]


def test_with_the_id_field_no_task_is_probed_for() -> None:
    world = World(facts())
    assert task_probe(plan(SENT), world, Record("Contact", "003", {})) is None


def test_an_org_without_a_closed_status_holds_the_touchpoint() -> None:
    org = org_with("Contact")
    org.org = replace(org.org, closed_status=None)
    change, _ = reconciled(org)
    assert change.cause is not None
    assert change.cause.code == NO_CLOSED_STATUS


def test_hidden_tasks_hold_the_touchpoint() -> None:
    org = org_with("Contact")
    describes = {name: one for name, one in org.org.describes.items() if name != "Task"}
    org.org = replace(org.org, describes=describes)
    change, _ = reconciled(org)
    assert change.cause is not None
    assert (change.cause.code, change.cause.object) == (OBJECT_HIDDEN, "Task")


def test_a_new_task_is_in_the_world_and_linked_before_it_is_written() -> None:
    made = plan(SENT)
    change, world = reconciled(org_with("Contact"))
    link = Link("touchpoint", "t1", "Task", "new:0", {})
    (write,) = change.writes
    assert (write.ref, change.links, change.depends_on) == ("new:0", (link,), frozenset())
    assert world.links[made.targets["Task"].link] == link
    assert world.created_count == 1
    task = world.records.get(("Task", "new:0"))
    assert task is not None
    assert task.values == write.values
    assert [step.code for step in change.steps] == ["found", "owned", "logged"]


def test_an_already_logged_touchpoint_is_linked_claimed_and_depended_on() -> None:
    org = org_with("Contact")
    made = plan(SENT)
    known = org.add("Task", Subject="x", Zaplify_Id__c=made.targets["Task"].external_id)
    change, world = reconciled(org)
    link = Link("touchpoint", "t1", "Task", known, {})
    step = Step("already_logged", "Task", data={"record": known})
    assert change == Changes(
        links=(link,), steps=(change.steps[0], step), depends_on=frozenset({known})
    )
    assert change.steps[0].code == "found"
    assert world.links[link.key] == link


def test_a_touchpoint_whose_persons_link_is_stale_says_so() -> None:
    made = plan(SENT)
    gone = Link("prospect", "p1", "Lead", "00Q000000000009AAA", {})
    change, _ = reconciled(org_with(), gone)
    assert change.cause is not None
    assert change.cause.code == PERSON_MISSING
    assert change.stale == (made.targets["Lead"].link,)


def test_a_held_touchpoint_leaves_the_world_unchanged_and_reports_its_steps() -> None:
    org = org_with("Contact")
    org.org = replace(org.org, closed_status=None)
    change, world = reconciled(org)
    assert [step.code for step in change.steps] == ["found", "owned"]
    assert (change.writes, change.links, world.created_count) == ((), (), 0)


def test_tasks_that_cannot_be_created_hold_the_touchpoint() -> None:
    org = org_with("Contact")
    task = replace(org.org.describes["Task"], createable=False)
    org.org = replace(org.org, describes={**org.org.describes, "Task": task})
    change, _ = reconciled(org)
    assert change.cause is not None
    assert change.cause.code == OBJECT_HIDDEN


def test_a_status_that_the_rules_plan_is_not_replaced_by_the_orgs() -> None:
    org = org_with("Contact")
    made = plan(SENT, activity={"*": {"Status": {"value": "Not Started"}}})
    world = look_up_records([made], World(org.org), org, "activities")
    (write,) = reconcile_touchpoint(made, world)[0].writes
    assert write.values["Status"] == "Not Started"


def test_an_id_field_that_cannot_be_written_is_left_alone() -> None:
    org = org_with("Contact")
    task = org.org.describes["Task"]
    locked = replace(task.fields["Zaplify_Id__c"], createable=False)
    task = replace(task, fields={**task.fields, "Zaplify_Id__c": locked})
    org.org = replace(org.org, describes={**org.org.describes, "Task": task})
    (write,) = reconciled(org)[0].writes
    assert "Zaplify_Id__c" not in write.values


def test_a_task_of_this_batch_is_never_mistaken_for_one_logged_before() -> None:
    org = org_with("Contact", external_id=False)
    _, world = reconciled(org)
    again = replace(plan(SENT), digest="other")
    assert [one.action for one in reconcile_touchpoint(again, world)[0].writes] == ["create"]


def test_a_person_matched_together_with_the_company_is_found() -> None:
    org = org_with()
    account = org.add("Account", Name="Acme 1", Website="acme1.example")
    known = org.add("Contact", FirstName="Ada1", LastName="Lovelace1", AccountId=account)
    change, _ = reconciled(org)
    assert [write.values["WhoId"] for write in change.writes] == [known]


def test_a_touchpoint_near_midnight_gets_the_senders_day() -> None:
    org = org_with("Contact", external_id=False)
    made = plan(SENT)
    world = look_up_records([made], World(org.org), org, "activities")
    (user,) = [one for key, one in world.records.items() if key[0] == "User"]
    there = replace(user, values={**user.values, "TimeZoneSidKey": "Europe/Stockholm"})
    world = world.with_records([there])
    (write,) = reconcile_touchpoint(made, world)[0].writes
    assert write.values["ActivityDate"] == "2026-11-02"
    probe = task_probe(made, world, Record("Contact", "003", {}))
    assert probe is not None
    assert ("ActivityDate", "text", "2026-11-02") in probe


def test_a_misfit_that_a_rule_holds_for_holds_the_activity() -> None:
    org = org_with("Contact")
    held: Json = {"value": "no day", "misfit": "hold"}
    made = plan(SENT, activity={"*": {"ActivityDate": held}})
    world = look_up_records([made], World(org.org), org, "activities")
    cause = reconcile_touchpoint(made, world)[0].cause
    assert cause is not None
    assert (cause.code, cause.field) == (DOES_NOT_FIT, "ActivityDate")
