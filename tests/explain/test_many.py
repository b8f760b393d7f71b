"""What a draft means for many prospects: beside the rules in force for no call, and beside an org."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.explain import LiveOrg, ManyChanges, compare_plans, compare_with_org
from zsf_plugin.explain.many import FieldChange
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import Store
from zsf_plugin.rulebook import Rulebook

PEOPLE = [purchase(prospect(number), f"e{number}") for number in range(1, 4)]
ALWAYS: JsonObject = {"from": "prospect.title", "overwrite": "always"}


def counts(found: ManyChanges) -> Mapping[tuple[str, str], Mapping[str, int]]:
    return {place: dict(kinds) for place, kinds in found.by_field.items()}


def drafted(bench: Bench, **lead: object) -> ManyChanges:
    """The difference that a draft of Lead fields makes to the plans."""
    assert isinstance(bench.parts.rules, Rulebook)
    document: JsonObject = {"fields": {"Lead": lead}}  # type: ignore[dict-item]
    draft = bench.parts.rules.with_draft("default", document)
    return compare_plans(PEOPLE, bench.parts.rules, draft)


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts(external_id=True)))


def with_org(bench: Bench, people: Sequence[object] = PEOPLE) -> ManyChanges:
    live = LiveOrg(bench.crm, lambda: bench.crm.finds)
    events = list(people)
    return compare_with_org(events, bench.parts.rules, bench.store, live, bench.clock.now())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ({}, {}),
        ({"Description": "prospect.title"}, {("Lead", "Description"): {"filled": 3}}),
        ({"Title": "prospect.first_name"}, {("Lead", "Title"): {"changed": 3}}),
        ({"Title": ALWAYS}, {("Lead", "Title"): {"policy": 3}}),
        ({"Title": False}, {("Lead", "Title"): {"removed": 3}}),
        ({"Description": "prospect.nothing"}, {}),
    ],
)
def test_a_draft_is_compared_with_the_rules_in_force_for_no_call(
    bench: Bench, lead: Mapping[str, object], expected: object
) -> None:
    found = drafted(bench, **lead)
    assert counts(found) == expected
    assert (found.changed, found.calls, bench.crm.finds) == (3 if expected else 0, None, 0)


def test_another_overwrite_says_which_policy_it_was_and_becomes(bench: Bench) -> None:
    found = drafted(bench, Title=ALWAYS)
    assert found.prospects[0] == (FieldChange("Lead", "Title", "policy", "if_blank", "always"),)


def test_another_mode_moves_what_is_planned(bench: Bench) -> None:
    assert isinstance(bench.parts.rules, Rulebook)
    draft = bench.parts.rules.with_draft("default", {"mode": "contact"})
    found = counts(compare_plans(PEOPLE, bench.parts.rules, draft))
    assert found[("Contact", "LastName")] == {"filled": 3}
    assert found[("Lead", "LastName")] == {"removed": 3}


def test_beside_an_org_it_says_what_a_drain_then_writes(bench: Bench) -> None:
    bench.crm.add(
        "Lead", Email="ada1@acme1.example", LastName="Lovelace1", Company="C", Title="CFO"
    )
    found = with_org(bench)
    assert counts(found)[("Lead", "LastName")] == {"filled": 2}
    assert ("Lead", "Title") not in {(one.object, one.field) for one in found.prospects[0]}
    assert (found.changed, found.held, bench.crm.written) == (3, 0, [])
    bench.feed(*PEOPLE)
    bench.drain()
    assert found.calls is not None
    assert len(bench.crm.rows["Lead"]) == 3


def test_what_would_be_held_is_counted_and_changes_nothing(bench: Bench) -> None:
    for title in ("A", "B"):
        bench.crm.add("Lead", Email="ada1@acme1.example", LastName="L", Company="C", Title=title)
    found = with_org(bench, PEOPLE[:1])
    assert (found.held, found.changed) == (1, 0)
