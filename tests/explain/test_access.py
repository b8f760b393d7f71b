"""What the connected user may not do, of what the rules take: by mode, and by mapped field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import facts
from zsf_plugin.decision.merge import merge
from zsf_plugin.explain.access import ObjectGap, closed_fields, modes_of, object_gaps
from zsf_plugin.explain.fields import OBJECTS
from zsf_plugin.model import Mode, OrgFacts, Rule


def rule(mode: Mode, when: str | None = None) -> Rule:
    return Rule(f"rules/{mode}.toml", "config", {"mode": mode}, when)


def gaps(org: OrgFacts, *rules: Rule) -> tuple[ObjectGap, ...]:
    return object_gaps(org, merge([one for one in rules if one.when is None]), rules)


def shut(*names: str) -> OrgFacts:
    """An org in which these objects can only be read."""
    org = facts()
    closed = {
        name: replace(org.describes[name], createable=False, updateable=False) for name in names
    }
    return replace(org, describes={**org.describes, **closed})


@pytest.mark.parametrize(
    ("mode", "needs"),
    [
        ("lead", {"Lead": ("create", "change"), "Contact": ("change",), "Task": ("create",)}),
        (
            "contact",
            {
                "Lead": ("change",),
                "Contact": ("create", "change"),
                "Account": ("create", "change"),
                "Task": ("create",),
            },
        ),
    ],
)
def test_only_what_the_mode_takes_is_missed(mode: Mode, needs: dict[str, tuple[str, ...]]) -> None:
    found = gaps(shut(*OBJECTS), rule(mode))
    assert {gap.object: gap.lacks for gap in found} == needs


def test_a_mode_for_some_events_takes_what_it_takes() -> None:
    rules = (rule("lead"), rule("contact", "prospect.id == '1'"))
    assert modes_of(merge(rules[:1]), rules) == {"lead", "contact"}
    assert gaps(shut("Account"), *rules) == (ObjectGap("Account", ("create", "change")),)
    assert gaps(shut("Account"), rules[0]) == ()


@given(st.sets(st.sampled_from(OBJECTS)), st.sampled_from(("lead", "contact")))
def test_a_hidden_object_is_always_missed_and_an_open_one_never(
    hidden: set[str], mode: Mode
) -> None:
    org = facts()
    left = {name: one for name, one in org.describes.items() if name not in hidden}
    found = gaps(replace(org, describes=left), rule(mode))
    assert found == tuple(ObjectGap(name, ("see",)) for name in OBJECTS if name in hidden)


def test_a_mapped_field_that_is_closed_is_named_once() -> None:
    fields = {"Lead": {"Nowhere__c": "prospect.title", "LastName": "prospect.last_name"}}
    rules = (
        Rule("rules/10.toml", "config", {"fields": fields}),
        Rule("rules/20.toml", "config", {"fields": fields}, "prospect.id == '1'"),
    )
    assert closed_fields(facts(), merge(rules[:1]), rules) == ("Lead.Nowhere__c",)
