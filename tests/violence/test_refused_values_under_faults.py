"""A value that Salesforce refuses, and a fault at the write that goes without it: each record is
written once, without the value, whatever breaks, dies or loses its lease between the two."""

from __future__ import annotations

from typing import Any

import pytest

from tests.violence.backlog import backlog
from tests.violence.conftest import ScenarioFactory
from tests.violence.oracle import find_problems
from tests.violence.scenario import Scenario
from tests.violence.test_faults import inject_fault, injected_faults
from tests.violence.test_kills import NEEDS_PROC, resume_after_lease_expired

#: (kind, options): each at the first write of a batch, and at the one without the value.
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("drop_before", {}),
    ("drop_after_commit", {}),
    ("reset_mid_body", {}),
    ("late_commit", {"delay_ms": 150}),
    ("truncated_json", {}),
    ("html_page", {"status": 502, "committed": True}),
    ("session_expired", {}),
    ("daily_limit", {"times": 2}),
    ("concurrent_limit", {}),
    ("lock_row", {"sub": 1}),
    ("duplicate_detected", {}),
    ("sub_failure", {"status": 500, "sub": 1, "committed": True}),
)


def refuse_the_source(scenario: Scenario) -> None:
    """Refuse the value of a picklist of every Lead and Contact."""
    for name in ("Lead", "Contact"):
        staged = {
            "object": name,
            "action": "any",
            "code": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "fields": ["LeadSource"],
            "where": {"LeadSource": "Zaplify"},
            "times": 100_000,
        }
        scenario.emulator.control("POST", "refusals", staged)


def assert_written_once_without_the_source(scenario: Scenario) -> None:
    scenario.drain_until_empty()
    assert scenario.held() == []
    assert find_problems(scenario).findings == ()
    records = scenario.emulator.control("GET", "records")
    people = [row for name in ("Lead", "Contact") for row in records[name]]
    assert people
    assert {row.get("LeadSource") for row in people} == {None}


@pytest.mark.parametrize(
    ("number", "kind", "more"),
    [(number, *fault) for number, fault in enumerate(FAULTS)],
    ids=[kind for kind, _ in FAULTS],
)
def test_a_fault_at_the_write_without_the_value_costs_nothing(
    scenarios: ScenarioFactory, number: int, kind: str, more: dict[str, Any]
) -> None:
    """The modes and the kinds of orgs take turns."""
    mode, external_id = ("contact", "lead")[number // 2 % 2], number % 2 == 0
    scenario = scenarios.create(mode=mode, external_id=external_id, people=0)
    refuse_the_source(scenario)
    work = backlog(3, 10, 1)
    for after in range(1, 3):
        scenario.feed(work[after - 1 :: 2])
        inject_fault(scenario, kind, after=after, **more)
        scenario.drain("--max=8", "--passes=9")
        scenario.drain_until_empty()
    assert injected_faults(scenario)[kind] >= 1
    assert_written_once_without_the_source(scenario)


@pytest.mark.parametrize(
    ("label", "external_id"), [("committed", True), ("send", False), ("answer", True)]
)
def test_a_drain_killed_between_the_two_writes_loses_and_duplicates_nothing(
    scenarios: ScenarioFactory, label: str, external_id: bool
) -> None:
    scenario = scenarios.create(external_id=external_id)
    refuse_the_source(scenario)
    for number in range(1, 10):
        scenario.drain(f"--kill-at={label}:{number}", "--max=12", "--passes=3")
    assert sum(scenario.kills.values()) >= 2
    assert_written_once_without_the_source(scenario)


@NEEDS_PROC
@pytest.mark.parametrize(
    ("step", "external_id"), [("answer:3", True), ("answer:4", False), ("committed:11", True)]
)
def test_a_drain_that_lost_its_lease_does_not_write_again_without_the_value(
    scenarios: ScenarioFactory, step: str, external_id: bool
) -> None:
    scenario = scenarios.create(external_id=external_id, people=40)
    refuse_the_source(scenario)
    sent = resume_after_lease_expired(scenario, step)
    assert [body for body in sent if '"method":"POST"' in body or '"method":"PATCH"' in body] == []
    assert_written_once_without_the_source(scenario)
