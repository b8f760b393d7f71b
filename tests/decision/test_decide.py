"""What of an event may be stored, and what it asks for, by the current rules only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import SELLER, plan, prospect, purchase, rules, touchpoint
from zsf_plugin.decision.admission import Admission, admit, without_text
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.targets import is_named
from zsf_plugin.model import FieldRule, Json, Plan, PlannedField, Rules, Switches, external_id

ADA = purchase(prospect(1))
ALL_ON = Rules(switches=Switches(include_contents=True))


def field(made: Plan, object_: str, name: str) -> PlannedField:
    found = made.targets[object_].planned(name)
    assert found is not None
    return found


def mapped(rule: Json, person: dict[str, Json] | None = None) -> PlannedField | None:
    """What such a rule plans for a Lead's field."""
    made = plan(purchase(person or prospect(1)), fields={"Lead": {"X__c": rule}})
    return made.targets["Lead"].planned("X__c")


def test_a_purchase_looks_up_a_person_of_either_kind_and_the_company() -> None:
    assert set(plan(ADA).targets) == {"Lead", "Contact", "Account"}


def test_a_touchpoint_also_looks_up_an_activity() -> None:
    assert set(plan(touchpoint(prospect(1))).targets) == {"Lead", "Contact", "Account", "Task"}


def test_a_prospect_without_a_company_looks_up_no_account() -> None:
    assert "Account" not in plan(purchase(prospect(1, company=None))).targets


def test_a_company_that_has_a_host_and_a_default_name_is_matched_by_its_host_only() -> None:
    nameless = prospect(1, company={"id": "c1", "domain": "acme1.example"})
    named = {"from": "prospect.company.name", "default": "[not provided]"}
    made = plan(purchase(nameless), "contact", fields={"Account": {"Name": named}})
    ((part,),) = made.targets["Account"].keys
    assert (part.field, part.value) == ("Website", "acme1.example")
    assert not is_named(made.targets["Account"])


def test_a_constant_company_name_names_no_company() -> None:
    made = plan(ADA, "contact", fields={"Account": {"Name": {"value": "Everybody"}}})
    assert [part.field for (part,) in made.targets["Account"].keys] == ["Website"]
    assert not is_named(made.targets["Account"])


def test_a_company_with_neither_name_nor_host_is_known_by_its_id_alone() -> None:
    account = plan(purchase(prospect(1, company={"id": "c1"}))).targets["Account"]
    assert (account.keys, account.fields, is_named(account)) == ((), (), False)
    nobodys = prospect(1, company={"id": "c1", "name": "Self-employed"})
    assert "Account" not in plan(purchase(nobodys)).targets


def test_people_and_their_company_are_linked_by_the_hosts_ids() -> None:
    targets = plan(ADA).targets
    assert targets["Lead"].link == targets["Contact"].link == ("prospect", "p1")
    assert targets["Account"].link == ("company", "c1")
    assert targets["Lead"].external_id == external_id("default", "prospect", "p1")


def test_a_touchpoint_without_an_id_is_known_by_its_event() -> None:
    task = plan(touchpoint(prospect(1), "t9", id=None)).targets["Task"]
    assert task.link == ("touchpoint", "t9")


@pytest.mark.parametrize(
    ("rule", "value", "is_static", "is_default"),
    [
        ("prospect.title", "Engineer", False, False),
        (["prospect.nothing", "prospect.title"], "Engineer", False, False),
        ({"from": "prospect.title", "values": {"Engineer": "Eng"}}, "Eng", False, False),
        ({"from": "prospect.title", "default": "?"}, "Engineer", False, False),
        ({"from": "prospect.nothing", "default": "?"}, "?", True, True),
        ({"value": "Zaplify"}, "Zaplify", True, False),
    ],
)
def test_the_first_source_that_is_not_blank_fills_a_field_then_the_default(
    rule: Json, value: Json, is_static: bool, is_default: bool
) -> None:
    made = mapped(rule)
    assert made is not None
    assert (made.value, made.is_static, made.is_default) == (value, is_static, is_default)


@pytest.mark.parametrize("blank", [None, "", "   ", [], {}])
def test_blank_values_are_left_out(blank: Json) -> None:
    person = {**prospect(1), "custom": {"x": blank}}
    assert mapped("prospect.custom.x", person) is None


def test_a_field_keeps_its_policies_and_the_file_that_set_it() -> None:
    made = mapped(
        {"from": "prospect.title", "overwrite": "always", "misfit": "hold", "too_long": "hold"}
    )
    assert made is not None
    assert (made.overwrite, made.misfit, made.too_long) == ("always", "hold", "hold")
    assert made.origin == "test.toml"


@pytest.mark.parametrize(
    ("person", "usable"),
    [
        (prospect(1), True),
        (prospect(1, email=None), False),
        (prospect(1, email=["a@b.example"]), False),
        (prospect(1, email=" "), False),
    ],
)
def test_a_match_key_without_a_value_is_not_used(person: dict[str, Json], usable: bool) -> None:
    made = plan(purchase(person), match={"Lead": [{"field": "Email", "compare": "email"}]})
    assert bool(made.targets["Lead"].keys) is usable


def test_a_default_or_constant_is_never_used_to_match() -> None:
    fields: Json = {"Lead": {"Title": {"value": "Engineer"}, "City": {"from": "x", "default": "?"}}}
    made = plan(ADA, match={"Lead": ["Title", "City"]}, fields=fields)
    assert made.targets["Lead"].keys == ()


def test_a_shared_domain_is_never_used_to_match() -> None:
    shared = prospect(
        1, company={"id": "c1", "name": "Acme", "website": "https://facebook.com/acme"}
    )
    made = plan(
        purchase(shared),
        match={"Account": [{"field": "Website", "compare": "domain"}]},
        fields={"Account": {"Website": "prospect.company.website"}},
    )
    assert made.targets["Account"].keys == ()


def test_a_key_by_the_companys_record_needs_a_company() -> None:
    match: Json = {"Contact": [["FirstName", "AccountId"]]}
    with_company = plan(ADA, "contact", match=match).targets["Contact"].keys
    without = plan(purchase(prospect(1, company=None)), "contact", match=match)
    assert [part.value for part in with_company[0]] == ["Ada1", None]
    assert without.targets["Contact"].keys == ()


def test_the_owner_is_the_first_text_of_its_sources() -> None:
    assert plan(ADA).owner_email == SELLER["email"]
    assert plan(ADA, owner={"from": ["user.phone", "prospect.email"]}).owner_email == (
        "ada1@acme1.example"
    )
    assert plan(ADA, owner={"from": False}).owner_email is None


def test_stored_text_that_the_switch_now_forbids_is_in_no_plan() -> None:
    made = plan(touchpoint(prospect(1)), switches={"include_contents": False})
    assert "CANARY" not in str(made)
    assert made.targets["Task"].planned("Description") is None


def test_each_channel_has_its_own_table_and_any_other_the_common_one() -> None:
    sms = plan(touchpoint(prospect(1), channel="sms"))
    other = plan(touchpoint(prospect(1), channel="fax"))
    assert field(sms, "Task", "Subject").value == "SMS, step 1"
    assert field(other, "Task", "Subject").value == "Touchpoint (fax), step 1"


def test_a_repeated_purchase_has_the_same_digest_at_any_time() -> None:
    later = replace(ADA, event_id="e2", occurred_at="2026-12-24T10:00:00Z")
    assert plan(later).digest == plan(ADA).digest


@pytest.mark.parametrize(
    "document",
    [
        {"match": {"many": "oldest"}},
        {"match": {"alerts": "save"}},
        {"owner": {"assignment_rules": True}},
        {"fields": {"Lead": {"Title": "prospect.company.name"}}},
        {"fields": {"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}}}},
        {"fields": {"Lead": {"Title": {"from": "prospect.title", "misfit": "hold"}}}},
        {"fields": {"Lead": {"Title": {"from": "prospect.title", "too_long": "hold"}}}},
        {"fields": {"Lead": {"Title": {"value": "Engineer"}}}},
        {"fields": {"Lead": {"Title": {"from": "x", "default": "Engineer"}}}},
    ],
)
def test_everything_that_can_change_the_outcome_changes_the_digest(
    document: dict[str, Json],
) -> None:
    assert plan(ADA, **document).digest != plan(ADA).digest


def test_a_default_and_a_constant_of_the_same_value_are_two_plans() -> None:
    constant = plan(ADA, fields={"Lead": {"Title": {"value": "X"}}})
    default = plan(ADA, fields={"Lead": {"Title": {"from": "x", "default": "X"}}})
    assert constant.digest != default.digest


def test_which_file_a_value_came_from_does_not_change_the_digest() -> None:
    in_force = rules()
    moved = {
        name: {key: replace(rule, origin="elsewhere.toml") for key, rule in table.items()}
        for name, table in in_force.fields.items()
    }
    assert decide(ADA, replace(in_force, fields=moved)).digest == decide(ADA, in_force).digest


def test_a_touchpoints_task_is_linked_by_its_own_id() -> None:
    task = plan(touchpoint(prospect(1), "event-1", id="t9")).targets["Task"]
    assert (task.object, task.link, task.keys) == ("Task", ("touchpoint", "t9"), ())
    assert task.external_id == external_id("default", "touchpoint", "t9")


def test_a_channel_whose_fields_are_all_unmapped_has_none_of_every_channel() -> None:
    unmapped: Json = {"sms": dict.fromkeys(("Subject", "Description", "ActivityDate"), False)}
    made = plan(touchpoint(prospect(1), channel="sms"), activity=unmapped)
    assert made.targets["Task"].fields == ()


def test_without_a_table_for_its_channel_or_for_any_an_activity_has_no_fields() -> None:
    bare = replace(rules(), activities={})
    assert decide(touchpoint(prospect(1)), bare).targets["Task"].fields == ()


@pytest.mark.parametrize("asked", [True, False])
def test_a_plan_has_the_rules_options_for_all_its_writes(asked: bool) -> None:
    match: Json = {"many": "oldest", "alerts": "save" if asked else "hold"}
    made = plan(ADA, "contact", match=match, owner={"assignment_rules": asked})
    assert (made.kind, made.event_id, made.mode, made.many) == (
        "purchase",
        ADA.event_id,
        "contact",
        "oldest",
    )
    assert (made.assignment_rules, made.save_alerted) == (asked, asked)


def test_a_touchpoint_sent_at_another_time_has_another_digest() -> None:
    sent = touchpoint(prospect(1))
    later = replace(sent, occurred_at="2026-12-24T10:00:00Z")
    assert plan(later).digest != plan(sent).digest


def test_the_digest_of_a_plan_is_the_same_in_every_version() -> None:
    """The digest is stored in links: a different one makes every known person be looked up
    again."""
    bare = Rules(fields={"Lead": {"LastName": FieldRule("LastName", ("prospect.last_name",))}})
    assert decide(ADA, bare).digest == "9cb25788d2ad96f3c6ad937ede6beca8"


def with_switches(**switches: bool) -> Switches:
    return replace(Switches(include_contents=True), **switches)


def test_with_every_switch_on_an_event_is_stored_unchanged() -> None:
    for event in (purchase(prospect(1)), touchpoint(prospect(1))):
        assert admit(event, ALL_ON.switches) == Admission(event)


@pytest.mark.parametrize("contents", [True, False])
def test_each_kind_of_event_has_its_switch(contents: bool) -> None:
    bought, sent = purchase(prospect(1)), touchpoint(prospect(1))
    no_prospects = with_switches(sync_prospects=False, include_contents=contents)
    no_activities = with_switches(sync_activities=False, include_contents=contents)
    assert admit(bought, no_prospects).skipped == "prospects_off"
    assert admit(sent, no_activities) == Admission(sent, "activities_off")
    assert admit(bought, no_activities).skipped is None
    assert admit(sent, no_prospects).skipped is None


def test_contents_off_keeps_only_the_known_keys_that_hold_no_text() -> None:
    sent = touchpoint(prospect(1), sent_at="2026-11-01T10:00:00Z", note="CANARY", url="https://x.example")  # fmt: skip
    kept = admit(sent, with_switches(include_contents=False)).event.payload["touchpoint"]
    assert kept == {
        "id": "t1",
        "channel": "email",
        "step": 1,
        "sent_at": "2026-11-01T10:00:00Z",
        "url": "https://x.example",
    }


def test_removing_the_text_is_idempotent() -> None:
    once = without_text(touchpoint(prospect(1)))
    assert without_text(once) == once


def test_an_event_without_a_touchpoint_stays_as_it_is() -> None:
    event = purchase(prospect(1))
    assert without_text(event) is event


def of_custom(*values: Json, **more: Json) -> PlannedField | None:
    """What a list of sources with those values plans."""
    custom = {f"x{number}": value for number, value in enumerate(values)}
    listed: list[Json] = [f"prospect.custom.{name}" for name in custom]
    return mapped({"from": listed, **more}, prospect(1, custom=custom))


@pytest.mark.parametrize(
    ("values", "value", "alternatives"),
    [
        (("a", "b", "c"), "a", ("b", "c")),
        ((None, "", "b", " ", "c"), "b", ("c",)),
        (("a", "a", "b", "a"), "a", ("b",)),
        (([], [None, ""], "b"), "b", ()),
        (("\u200b", "\ufeff \u200d", "b"), "b", ()),
        ((0, False, "b"), 0, ("b",)),
    ],
)
def test_the_sources_after_the_first_are_planned_as_alternatives(
    values: tuple[Json, ...], value: Json, alternatives: tuple[Json, ...]
) -> None:
    planned = of_custom(*values)
    assert planned is not None
    assert (planned.value, planned.alternatives) == (value, alternatives)


def test_a_default_has_no_alternatives_and_is_none() -> None:
    planned = of_custom(None, "a", default="b")
    assert planned is not None
    assert (planned.value, planned.alternatives, planned.is_default) == ("a", (), False)
    assert planned.default == "b"
    planned = of_custom("\u200b", default="b")
    assert planned is not None
    assert (planned.value, planned.is_default, planned.default) == ("b", True, None)


@pytest.mark.parametrize(
    ("value", "translated"),
    [
        ("Tech", "T"),
        ("Tech;People;", "T;P;"),
        ("Tech; People", "T;P"),
        ("Tech;Other", "T;Other"),
        ("Other;Tech;Gone", "Other;T;"),
        ("Tech;People;Money", "all"),
        (["Tech", "Other", None], ["T", "Other", None]),
        (["Tech;People"], ["T;P"]),
        ("Techno;Popular", "Techno;Popular"),
        (5, 5),
    ],
)
def test_each_part_of_several_values_is_translated(value: Json, translated: Json) -> None:
    values: Json = {"Tech": "T", "People": "P", "Gone": "", "Tech;People;Money": "all"}
    planned = of_custom(value, values=values)
    assert planned is not None
    assert planned.value == translated


@pytest.mark.parametrize(
    ("value", "translated"),
    [
        (3, "three"),
        (3.0, "three"),
        (2.5, "half"),
        (True, "yes"),
        (False, "no"),
        (" Tech\u00a0", "T"),
        ("\u200bTech", "T"),
        ([3, "Tech "], ["three", "T"]),
        (4, 4),
        ("tech", "tech"),
        (" Other ", " Other "),
    ],
)
def test_numbers_booleans_and_texts_with_blanks_are_translated(
    value: Json, translated: Json
) -> None:
    values: Json = {"3": "three", "2.5": "half", "true": "yes", "false": "no", "Tech": "T"}
    planned = of_custom(value, values=values)
    assert planned is not None
    assert planned.value == translated
    assert type(planned.value) is type(translated)


def test_alternatives_are_part_of_a_plans_digest() -> None:
    digests = set()
    for second in ("b", "c"):
        person = prospect(1, custom={"x": "a", "y": second})
        rule: Json = {"Lead": {"X__c": ["prospect.custom.x", "prospect.custom.y"]}}
        digests.add(plan(purchase(person), fields=rule).digest)
    assert len(digests) == 2


def test_a_match_key_has_the_alternatives_of_its_field_but_no_constants() -> None:
    rule: Json = {"Lead": {"Email": ["prospect.email", "prospect.custom.email", "'all@x.example'"]}}
    person = prospect(1, custom={"email": "second@x.example"})
    (email, *_), *_ = plan(purchase(person), fields=rule).targets["Lead"].keys
    assert (email.value, email.alternatives) == ("ada1@acme1.example", ("second@x.example",))
