"""Events are compared without what both sets of rules fill alike, and the outcome is the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.authoring.rule_files import RULES, rule_set
from zsf_plugin.authoring.differences import differences
from zsf_plugin.authoring.event_search import events_to_try
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.decision.decide import decide_arriving
from zsf_plugin.model import JsonObject

SETTINGS = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_MATCHING: list[JsonObject] = [
    {},
    {"match": {"Lead": ["Title"], "Account": ["Phone"]}},
    {"match": {"Contact": [["LastName", "AccountId"]]}},
    {"fields": {"Account": {"Name": "prospect.title", "Website": False}}},
    {
        "fields": {
            "Lead": {"LastName": ["prospect.title", "prospect.last_name"], "Email": "user.id"}
        }
    },
    {"activity": {"*": {"Subject": "prospect.title"}, "email": {"Subject": "'A'"}}},
    {"activity": {"new": {"Subject": "'B'"}}},
    {"owner": {"from": "prospect.email", "assignment_rules": True}},
]


@SETTINGS
@given(
    a=st.lists(RULES | st.sampled_from(_MATCHING), max_size=3),
    b=st.lists(RULES | st.sampled_from(_MATCHING), max_size=3),
)
def test_the_differences_are_those_of_whole_plans(
    tmp_path: Path, a: list[JsonObject], b: list[JsonObject]
) -> None:
    one, other = rule_set(tmp_path / "a", *a).rules, rule_set(tmp_path / "b", *b).rules
    pair = RulePair(one, other)
    rules = [*one.rules, *other.rules]
    for tried in events_to_try(rules, rules, "default", 60):
        whole = decide_arriving(tried.event, one), decide_arriving(tried.event, other)
        found = pair.compare(tried.event)
        assert Counter(map(repr, found.differences)) == Counter(map(repr, differences(*whole)))
        assert (found.skipped_by_a, found.skipped_by_b) == tuple(one.skipped for one in whole)


@SETTINGS
@given(a=st.lists(RULES, max_size=2), b=st.lists(RULES | st.sampled_from(_MATCHING), max_size=2))
def test_a_plan_with_another_digest_differs_somewhere(
    tmp_path: Path, a: list[JsonObject], b: list[JsonObject]
) -> None:
    """The digest covers all that affects what is written."""
    one, other = rule_set(tmp_path / "a", *a).rules, rule_set(tmp_path / "b", *b).rules
    rules = [*one.rules, *other.rules]
    for tried in events_to_try(rules, rules, "default", 40):
        whole = decide_arriving(tried.event, one), decide_arriving(tried.event, other)
        is_skipped = whole[0].skipped is not None or whole[1].skipped is not None
        if not is_skipped and whole[0].plan.digest != whole[1].plan.digest:
            assert differences(*whole)
