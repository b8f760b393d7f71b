"""A required field that rules leave empty is found for every event that can meet it, under the
rules that apply to it together, and for no other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import cast

import pytest

from tests.fakes.org import describe, facts
from zsf_plugin.model import FieldDescribe, JsonObject, OrgFacts, Rule
from zsf_plugin.rulebook.required_fields import Unfilled, unfilled_fields
from zsf_plugin.rulebook.rulebook import shipped_rules


def org(**required: Sequence[str]) -> OrgFacts:
    """An org that requires these fields, by object."""
    made = facts()
    describes = dict(made.describes)
    for object_, names in required.items():
        extra = [FieldDescribe(name, name, "string", length=80, nillable=False) for name in names]
        describes[object_] = describe(object_, extra=tuple(extra))
    return replace(made, describes=describes)


MUST = org(Contact=["Must__c"], Lead=["Score__c"])
SCORE: JsonObject = {"Lead": {"Score__c": {"value": "1"}}}
BOTH: JsonObject = {**SCORE, "Contact": {"Must__c": {"value": "1"}}}
IN_AUSTRIA = "prospect.location.country_code == 'AT'"


def rule(file: str, when: str | None = None, **document: object) -> Rule:
    return Rule(file, "config", cast(JsonObject, document), when)


def found(*rules: Rule, facts: OrgFacts = MUST) -> list[tuple[str, str, str, tuple[str, ...]]]:
    unfilled = unfilled_fields((*shipped_rules(), *rules), facts, "acme")
    return [_shown(one) for one in unfilled]


def _shown(one: Unfilled) -> tuple[str, str, str, tuple[str, ...]]:
    by = one.by
    place = "" if by is None else f"{by.rule.file}/{'/'.join(map(str, by.path))}"
    left_out = "not " if one.is_elsewhere else ""
    return ".".join(one.gap), place, left_out, one.files


def test_a_rule_that_creates_another_object_for_some_events_has_to_fill_it() -> None:
    rules = (rule("10", fields=SCORE), rule("50", IN_AUSTRIA, mode="contact"))
    assert found(*rules) == [("Contact.Must__c", "50/mode", "", ("50",))]
    assert found(rule("10", fields=BOTH), rules[1]) == []
    filling = rule("50", IN_AUSTRIA, mode="contact", fields={"Contact": BOTH["Contact"]})
    assert found(rules[0], filling) == []


def test_what_is_created_for_all_other_events_is_checked_too() -> None:
    contact = {"Contact": {"Must__c": {"value": "1"}}}
    switching = rule("50", "!(prospect.email)", mode="contact", fields=contact)
    assert found(switching) == [("Lead.Score__c", "", "", ())]


def test_a_field_that_is_filled_for_some_events_only_is_empty_for_the_others() -> None:
    filling = rule("50", "!(prospect.email)", fields=SCORE)
    assert found(filling) == [("Lead.Score__c", "50/when", "not ", ("50",))]


def test_a_field_that_is_unmapped_for_some_events_is_empty_for_them() -> None:
    unmapping = rule("50", IN_AUSTRIA, fields={"Lead": {"LastName": False}})
    assert found(rule("10", fields=BOTH), unmapping) == [
        ("Lead.LastName", "50/fields/Lead/LastName", "", ("50",))
    ]


def test_conditions_that_complete_each_other_leave_nothing_empty() -> None:
    rules = (
        rule("50", IN_AUSTRIA, mode="contact", fields=BOTH),
        rule("60", "prospect.location.country_code != 'AT'", fields=SCORE),
    )
    assert found(*rules) == []


def test_conditions_that_exclude_each_other_never_meet() -> None:
    rules = (
        rule("10", fields=BOTH),
        rule("50", IN_AUSTRIA, mode="contact"),
        rule(
            "60", "prospect.location.country_code == 'SE'", fields={"Contact": {"Must__c": False}}
        ),
    )
    assert found(*rules) == []


def test_two_rules_that_leave_a_field_empty_only_together_are_both_named() -> None:
    rules = (
        rule("10", fields=BOTH),
        rule("50", IN_AUSTRIA, mode="contact"),
        rule("60", "prospect.title == 'CEO'", fields={"Contact": {"Must__c": False}}),
        rule("70", "prospect.title == 'CFO'", fields=BOTH),
    )
    assert found(*rules) == [("Contact.Must__c", "60/fields/Contact/Must__c", "", ("60", "50"))]


@pytest.mark.parametrize(
    "when",
    [
        "prospect.company.employees == '100'",
        "prospect.company.employees > '100'",
        "prospect.title == 'CEO' && prospect.title == 'CFO'",
        "!(prospect.id)",
        "touchpoint.channel == 'email'",
    ],
)
def test_a_condition_that_no_purchase_meets_counts_for_nothing(when: str) -> None:
    assert found(rule("10", fields=SCORE), rule("50", when, mode="contact")) == []


@pytest.mark.parametrize(
    "when",
    [
        "domain(prospect.email) == 'acme.se'",
        "contains(prospect.custom.tags, 'gold')",
        "prospect.company.employees > `100` && starts_with(prospect.title, 'Chief')",
        "length(prospect.company.name) > `12`",
        "!(prospect.location.country_code == 'SE' || prospect.title)",
        "lower(prospect.company.industry) == 'banking' && !contains(prospect.title, 'HR')",
        "prospect.custom.vip",
        "prospect.custom.level == `3` && user.email != 'a@acme.se' && prospect.title == 'CEO' "
        "&& prospect.location.city == 'Wien'",
    ],
)
def test_an_example_is_found_for_common_conditions(when: str) -> None:
    rules = (rule("10", fields=SCORE), rule("50", when, mode="contact"))
    assert found(*rules) == [("Contact.Must__c", "50/mode", "", ("50",))]


def test_where_nothing_is_created_nothing_is_empty() -> None:
    off = {"sync_prospects": False}
    assert found(rule("10", switches=off)) == []
    assert (
        found(rule("10", fields=SCORE), rule("50", IN_AUSTRIA, mode="contact", switches=off)) == []
    )


def test_a_later_rule_for_every_event_counts_before_one_with_a_condition() -> None:
    rules = (rule("50", IN_AUSTRIA, mode="contact"), rule("60", mode="lead", fields=SCORE))
    assert found(*rules) == []


def test_many_rules_and_fields_take_a_bounded_time() -> None:
    names = [f"Must{number}__c" for number in range(300)]
    filled = {name: {"value": "1"} for name in names}
    rules = [
        rule(f"{at:03}", f"prospect.custom.plan == '{at}'", mode="contact", fields={"Lead": filled})
        for at in range(500)
    ]
    begun = time.process_time()
    unfilled = unfilled_fields((*shipped_rules(), *rules), org(Contact=names), "acme")
    assert len(list(islice(unfilled, 400))) == 400
    assert time.process_time() - begun < 10
