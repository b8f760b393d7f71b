"""Match keys that the org cannot be asked by: never read as "no such record", always in the
story, and decided by policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.decision.presence import presence_of
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import (
    KEY_NOT_ASKABLE,
    PERSON_MISSING,
    UNKNOWN_PRESENCE,
    Changes,
    Event,
    FieldDescribe,
    Json,
    Link,
    Lookup,
    OrgFacts,
    Presence,
    World,
)
from zsf_plugin.sync.lookup import look_up_records

ADA = prospect(1)
SELLER = {"seller@zaplify.example": "005000000000001AAA"}
#: How an org may keep a field from being asked by, and the reason in the story.
BARS: dict[str, Callable[[FieldDescribe], FieldDescribe | None]] = {
    "hidden": lambda field: None,
    "encrypted": lambda field: replace(field, encrypted=True, filterable=False),
    "not_filterable": lambda field: replace(field, filterable=False),
}
LONG: Callable[[FieldDescribe], FieldDescribe] = lambda field: replace(  # noqa: E731
    field, type="textarea", length=32000, filterable=False
)


def barred(*names: str, how: Any = BARS["encrypted"], org: OrgFacts | None = None) -> OrgFacts:
    """The org with those fields (`Lead.Email`) barred."""
    org = org or facts()
    describes = dict(org.describes)
    for name in names:
        object_, _, field = name.partition(".")
        fields = dict(describes[object_].fields)
        after = how(fields.pop(field))
        if after is not None:
            fields[field] = after
        describes[object_] = replace(describes[object_], fields=fields)
    return replace(org, describes=describes)


def crm_of(org: OrgFacts) -> FakeCrm:
    return FakeCrm(org, SELLER)


def outcome(
    crm: FakeCrm, event: Event, mode: str = "lead", links: tuple[Link, ...] = (), **rule: Json
) -> Changes:
    made = plan(event, mode, **rule)  # type: ignore[arg-type]
    world = World(crm.org, {link.key: link for link in links})
    return reconcile(made, look_up_records([made], world, crm, "purchases"))[0]


def unasked_in(changes: Changes) -> list[tuple[str | None, str | None, Json]]:
    return [
        (step.object, step.field, step.data["unasked"])
        for step in changes.steps
        if step.code == "unasked"
    ]


def created(changes: Changes) -> list[str]:
    return [write.object for write in changes.writes if write.action == "create"]


CREATE: Json = {"unasked": "create"}


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("object_", ["Lead", "Contact"])
@pytest.mark.parametrize("how", BARS)
def test_a_person_whose_first_key_cannot_be_asked_by_is_held_by_default(
    mode: str, object_: str, how: str
) -> None:
    crm = crm_of(barred(f"{object_}.Email", how=BARS[how]))
    changes = outcome(crm, purchase(ADA), mode)
    assert changes.cause is not None
    cause = changes.cause
    assert (cause.code, cause.object, cause.field) == (KEY_NOT_ASKABLE, object_, "Email")
    assert cause.data == {"fields": ["Email"], "unasked": how}
    assert "Email" in cause_text(cause)
    assert changes.writes == ()
    assert (object_, "Email", how) in unasked_in(changes)
    assert all("?" not in step_text(step) for step in changes.steps)


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("how", BARS)
def test_the_policy_may_create_the_person_and_the_story_says_what_was_not_asked(
    mode: str, how: str
) -> None:
    crm = crm_of(barred("Lead.Email", "Contact.Email", how=BARS[how]))
    changes = outcome(crm, purchase(ADA), mode, match=CREATE)
    assert changes.cause is None
    assert ("Lead" if mode == "lead" else "Contact") in created(changes)
    assert set(unasked_in(changes)) == {("Lead", "Email", how), ("Contact", "Email", how)}


@pytest.mark.parametrize("unasked", ["hold", "create"])
def test_a_person_that_is_found_another_way_is_connected_and_the_story_says_so(
    unasked: str,
) -> None:
    crm = crm_of(barred("Lead.Email", "Contact.Email"))
    lead = crm.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company="Acme 1")
    changes = outcome(crm, purchase(ADA), match={"unasked": unasked})
    assert changes.cause is None
    assert created(changes) == []
    assert [link.record_id for link in changes.links if link.kind == "prospect"] == [lead]
    assert len(unasked_in(changes)) == 2


def test_a_link_needs_no_key_so_the_story_is_silent() -> None:
    crm = crm_of(barred("Lead.Email", "Contact.Email"))
    lead = crm.add("Lead", LastName="L", Company="C")
    changes = outcome(crm, purchase(ADA), links=(Link("prospect", "p1", "Lead", lead, {}),))
    assert (changes.cause, created(changes), unasked_in(changes)) == (None, [], [])


def test_a_later_key_that_cannot_be_asked_by_is_in_the_story_and_holds_nobody() -> None:
    crm = crm_of(barred("Lead.Company", how=BARS["not_filterable"]))
    changes = outcome(crm, purchase(ADA))
    assert changes.cause is None
    assert created(changes) == ["Lead"]
    assert unasked_in(changes) == [("Lead", "Company", "not_filterable")]


def test_without_an_address_the_name_is_the_strongest_key() -> None:
    crm = crm_of(barred("Lead.LastName"))
    changes = outcome(crm, purchase(prospect(1, email=None)))
    assert changes.cause is not None
    assert (changes.cause.object, changes.cause.field) == ("Lead", "LastName")


def test_a_key_without_a_value_is_not_missed() -> None:
    crm = crm_of(barred("Lead.Email", "Contact.Email"))
    changes = outcome(crm, purchase(prospect(1, email=None)))
    assert (changes.cause, unasked_in(changes)) == (None, [])


def test_a_long_text_as_a_key_holds_the_person() -> None:
    note = FieldDescribe("Note__c", "Note", "textarea", length=32000, filterable=False)
    org = facts()
    lead = org.describes["Lead"]
    fields = {**lead.fields, "Note__c": note}
    org = replace(org, describes={**org.describes, "Lead": replace(lead, fields=fields)})
    rule: dict[str, Json] = {
        "fields": {"Lead": {"Note__c": "prospect.email"}},
        "match": {"Lead": ["Note__c", {"field": "Email", "compare": "email"}]},
    }
    changes = outcome(crm_of(org), purchase(ADA), **rule)
    assert changes.cause is not None
    assert (changes.cause.field, changes.cause.data["unasked"]) == ("Note__c", "not_filterable")


@pytest.mark.parametrize("unasked", ["hold", "create"])
@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_a_touchpoint_creates_nobody_and_says_what_was_not_asked(
    unasked: str, object_: str
) -> None:
    crm = crm_of(barred(f"{object_}.Email"))
    changes = outcome(crm, touchpoint(ADA), match={"unasked": unasked})
    assert changes.cause is not None
    assert changes.cause.code == (KEY_NOT_ASKABLE if unasked == "hold" else PERSON_MISSING)
    assert changes.writes == ()
    assert unasked_in(changes) == [(object_, "Email", "encrypted")]


def test_an_object_that_is_hidden_as_a_whole_is_in_the_story_and_holds_nobody() -> None:
    org = facts()
    visible = {name: one for name, one in org.describes.items() if name != "Contact"}
    changes = outcome(crm_of(replace(org, describes=visible)), purchase(ADA))
    assert (changes.cause, created(changes)) == (None, ["Lead"])
    assert [step_text(step) for step in changes.steps if step.code == "unasked"] == [
        "Contact not searched by Email: the object is hidden from the connected user"
    ]


# Companies


def test_an_account_is_created_if_any_of_its_keys_was_asked() -> None:
    changes = outcome(crm_of(barred("Account.Website")), purchase(ADA), "contact")
    assert changes.cause is None
    assert created(changes) == ["Account", "Contact"]
    assert unasked_in(changes) == [("Account", "Website", "encrypted")]


def test_a_contact_is_held_if_none_of_its_companys_keys_could_be_asked_by() -> None:
    crm = crm_of(barred("Account.Website", "Account.Name"))
    changes = outcome(crm, purchase(ADA), "contact")
    assert changes.cause is not None
    assert (changes.cause.code, changes.cause.object) == (KEY_NOT_ASKABLE, "Account")
    assert created(outcome(crm, purchase(ADA), "contact", match=CREATE)) == ["Account", "Contact"]


def test_a_company_without_a_name_holds_nobody_since_it_is_not_created() -> None:
    nameless = prospect(1, company={"domain": "acme1.example"})
    changes = outcome(crm_of(barred("Account.Website")), purchase(nameless), "contact")
    assert (changes.cause, created(changes)) == (None, ["Contact"])
    assert unasked_in(changes) == [("Account", "Website", "encrypted")]


def test_a_lead_does_not_hinge_on_its_company() -> None:
    crm = crm_of(barred("Account.Website", "Account.Name"))
    changes = outcome(crm, purchase(ADA), "lead")
    assert (changes.cause, created(changes)) == (None, ["Lead"])
    assert [object_ for object_, _, _ in unasked_in(changes)] == ["Account", "Account"]


# Lookups that Salesforce refuses


def refusing(crm: FakeCrm, *names: str, code: str = "INVALID_FIELD") -> FakeCrm:
    """The org refuses lookups by those fields (`Lead.Email`)."""
    crm.refuse_lookup = lambda lookup: (
        code if any(f"{lookup.object}.{part[0]}" in names for part in lookup.parts) else None
    )
    return crm


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("object_", ["Lead", "Contact"])
def test_a_refused_lookup_holds_the_person_as_a_barred_key_does(mode: str, object_: str) -> None:
    crm = refusing(crm_of(facts()), f"{object_}.Email")
    crm.add("Lead", LastName="Other", Email="someone@else.example", Company="X")
    changes = outcome(crm, purchase(ADA), mode)
    assert changes.cause is not None
    assert (changes.cause.code, changes.cause.field) == (KEY_NOT_ASKABLE, "Email")
    assert changes.cause.data["code"] == "INVALID_FIELD"
    assert "INVALID_FIELD" in cause_text(changes.cause)
    assert created(outcome(crm, purchase(ADA), mode, match=CREATE)) != []


def test_a_refused_lookup_of_a_company_holds_no_lead() -> None:
    crm = refusing(crm_of(facts()), "Account.Website", "Account.Name", "Account.Zaplify_Id__c")
    changes = outcome(crm, purchase(ADA))
    assert (changes.cause, created(changes)) == (None, ["Lead"])
    assert outcome(crm, purchase(ADA), "contact").cause is not None


def test_a_refused_lookup_by_our_id_is_in_the_story_and_the_keys_decide() -> None:
    crm = refusing(crm_of(facts()), "Lead.Zaplify_Id__c")
    changes = outcome(crm, purchase(ADA))
    assert (changes.cause, created(changes)) == (None, ["Lead"])
    assert unasked_in(changes) == [("Lead", None, "refused")]


@pytest.mark.parametrize("unasked", ["hold", "create"])
def test_a_link_whose_record_cannot_be_read_is_kept_and_holds_the_person(unasked: str) -> None:
    crm = refusing(crm_of(facts()), "Lead.Id", "Lead.Email", "Lead.LastName", code="INVALID_TYPE")
    lead = crm.add("Lead", LastName="L", Company="C")
    link = Link("prospect", "p1", "Lead", lead, {})
    changes = outcome(crm, purchase(ADA), links=(link,), match={"unasked": unasked})
    assert changes.cause is not None
    assert changes.cause.data["fields"] == ["Id"]
    assert (changes.stale, changes.writes) == ((), ())


def test_a_refused_lookup_of_users_creates_without_owner_and_says_so() -> None:
    crm = refusing(crm_of(facts()), "User.Email")
    changes = outcome(crm, purchase(ADA))
    assert created(changes) == ["Lead"]
    assert [step.data["why"] for step in changes.steps if step.code == "no_owner"] == [
        "users_not_askable"
    ]


def test_users_whose_address_cannot_be_asked_by_are_not_looked_up() -> None:
    email = FieldDescribe("Email", "Email", "email", length=80, filterable=False)
    org = facts()
    user = replace(org.describes["Task"], name="User", fields={"Email": email})
    crm = crm_of(replace(org, describes={**org.describes, "User": user}))
    asked: list[Lookup] = []
    crm.refuse_lookup = lambda lookup: asked.append(lookup)  # type: ignore[func-returns-value]
    changes = outcome(crm, purchase(ADA))
    assert {lookup.object for lookup in asked} == {"Lead", "Contact", "Account"}
    assert [step.data["why"] for step in changes.steps if step.code == "no_owner"] == [
        "users_not_askable"
    ]


# Activities


@pytest.mark.parametrize("how", ["encrypted", "not_filterable"])
def test_a_task_is_recognised_by_a_subject_that_cannot_be_asked_by(how: str) -> None:
    org = barred("Task.Subject", how=BARS[how], org=facts(external_id=False))
    crm = crm_of(org)
    lead = crm.add("Lead", LastName="L", Company="C", Email=ADA["email"])
    event = touchpoint(ADA)
    (write,) = outcome(crm, event).writes
    others = {**write.values, "Subject": "Another"}
    crm.add("Task", **others)  # type: ignore[arg-type]
    assert created(outcome(crm, event)) == ["Task"]
    crm.add("Task", **write.values)  # type: ignore[arg-type]
    assert outcome(crm, event).writes == ()
    assert write.values["WhoId"] == lead


@pytest.mark.parametrize("external_id", [True, False])
def test_a_touchpoint_whose_task_cannot_be_looked_for_is_held_by_default(
    external_id: bool,
) -> None:
    crm = refusing(crm_of(facts(external_id=external_id)), "Task.Zaplify_Id__c", "Task.WhoId")
    crm.add("Lead", LastName="L", Company="C", Email=ADA["email"])
    changes = outcome(crm, touchpoint(ADA))
    assert changes.cause is not None
    assert (changes.cause.code, changes.cause.object) == (KEY_NOT_ASKABLE, "Task")
    assert created(outcome(crm, touchpoint(ADA), match=CREATE)) == ["Task"]


# Badges


@pytest.mark.parametrize("how", BARS)
@pytest.mark.parametrize("names", [["Lead.Email"], ["Contact.Email"], ["Account.Name"]])
def test_a_badge_is_unknown_if_a_key_could_not_be_asked_by_and_nothing_was_found(
    how: str, names: list[str]
) -> None:
    found = presence_of(plan(purchase(ADA)), World(barred(*names, how=BARS[how])))
    is_company = names == ["Account.Name"]
    assert (found.company if is_company else found.person) == UNKNOWN_PRESENCE
    assert (found.person if is_company else found.company) == Presence("missing")


def test_a_badge_is_unknown_if_its_lookup_was_refused() -> None:
    lookup = Lookup("Contact", (("Email", "email", str(ADA["email"])),))
    world = World(facts(), refused={lookup: "INVALID_FIELD"})
    assert presence_of(plan(purchase(ADA)), world).person == UNKNOWN_PRESENCE


# Always

_FIELDS = ["Lead.Email", "Contact.Email", "Lead.LastName", "Contact.LastName", "Lead.Company",
           "Account.Name", "Account.Website"]  # fmt: skip


@given(
    mode=st.sampled_from(["lead", "contact"]),
    closed=st.lists(st.sampled_from(_FIELDS), unique=True),
    refused=st.lists(st.sampled_from(_FIELDS), unique=True),
    email=st.sampled_from([ADA["email"], None]),
    how=st.sampled_from(["encrypted", "not_filterable"]),
)
def test_nobody_is_ever_created_whose_strongest_keys_were_not_asked(
    mode: str, closed: list[str], refused: list[str], email: Json, how: str
) -> None:
    crm = refusing(crm_of(barred(*closed, how=BARS[how])), *refused)
    changes = outcome(crm, purchase(prospect(1, email=email)), mode)
    shut = {*closed, *refused}
    keys = {
        "Lead": ["Lead.Email"] if email else ["Lead.LastName", "Lead.Company"],
        "Contact": ["Contact.Email"] if email else ["Contact.LastName"],
    }
    is_barred = any(not shut.isdisjoint(fields) for fields in keys.values())
    if is_barred and email:
        assert changes.cause is not None
    if changes.cause is not None:
        assert changes.cause.code == KEY_NOT_ASKABLE
        assert f"{changes.cause.object}.{changes.cause.field}" in shut or changes.cause.data["code"]
        assert created(changes) == []
    if shut:
        assert changes.cause is not None or unasked_in(changes) or not is_barred
