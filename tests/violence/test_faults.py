"""Each kind of fault at each of the first calls: a broken response costs nothing but time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.violence.backlog import backlog
from tests.violence.conftest import ScenarioFactory
from tests.violence.databases import Engine
from tests.violence.oracle import find_problems
from tests.violence.scenario import Scenario

#: (kind, options, number of calls of one scenario to inject it into, each with new events).
FAULTS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("drop_before", {}, 5),
    ("drop_after_commit", {}, 5),
    ("reset_mid_body", {}, 5),
    ("html_503", {}, 5),
    ("late_commit", {"delay_ms": 150}, 5),
    ("truncated_json", {}, 3),
    ("html_page", {"status": 200}, 3),
    ("html_page", {"status": 502, "committed": True}, 3),
    ("status", {"status": 500, "body": []}, 2),
    ("delay", {"delay_ms": 50}, 2),
    ("session_expired", {}, 3),
    ("daily_limit", {"times": 2}, 2),
    ("concurrent_limit", {}, 2),
    ("lock_row", {"sub": 1}, 2),
    ("duplicate_detected", {}, 2),
    ("null_reference", {"sub": 2}, 2),
    ("sub_failure", {"status": 500, "sub": 1, "committed": True}, 3),
    ("sub_failure", {"status": 503, "sub": 1}, 2),
    ("sub_failure", {"status": 400, "sub": 0}, 2),
)
#: The first fault of each kind, and how many scenarios share them.
FAULT_OF_KIND = {kind: more for kind, more, _ in reversed(FAULTS)}
_SCENARIOS = 4


def assert_no_findings(scenario: Scenario) -> None:
    assert scenario.held() == []
    assert find_problems(scenario).findings == ()


def inject_fault(scenario: Scenario, kind: str, **more: Any) -> None:
    scenario.emulator.control(
        "POST", "faults", {"kind": kind, "match": {"path_contains": "/composite"}, **more}
    )


def injected_faults(scenario: Scenario) -> dict[str, int]:
    return dict(scenario.emulator.control("GET", "faults")["met"])


def refreshes(scenario: Scenario) -> int:
    """The number of token refreshes in the request log."""
    seen = scenario.emulator.control("GET", "requests")
    return sum("grant_type=refresh_token" in str(one["body"]) for one in seen)


@pytest.mark.parametrize(
    ("number", "kind", "more", "calls"),
    [(number, *fault) for number, fault in enumerate(FAULTS)],
    ids=["-".join(map(str, (kind, *more.values()))) for kind, more, _ in FAULTS],
)
def test_a_fault_at_one_call_after_another_costs_nothing(
    scenarios: ScenarioFactory, number: int, kind: str, more: dict[str, Any], calls: int
) -> None:
    scenario = create_in_turn(scenarios, number, "sqlite")
    inject_one_after_another(scenario, [(kind, {**more, "after": call}) for call in range(calls)])
    assert injected_faults(scenario)[kind] >= calls - 1
    assert_no_findings(scenario)


@pytest.mark.parametrize("number", range(_SCENARIOS))
def test_each_kind_of_fault_costs_nothing_on_postgresql(
    scenarios: ScenarioFactory, number: int
) -> None:
    """Each at one call: what is stored between any two is the same on both engines."""
    faults = list(FAULT_OF_KIND.items())[number::_SCENARIOS]
    scenario = create_in_turn(scenarios, number, "postgres")
    inject_one_after_another(scenario, [(kind, {**more, "after": 1}) for kind, more in faults])
    assert injected_faults(scenario).keys() >= {kind for kind, _ in faults}
    assert_no_findings(scenario)


def create_in_turn(scenarios: ScenarioFactory, number: int, engine: Engine) -> Scenario:
    """The modes and the kinds of orgs take turns; the long profile mixes them all."""
    mode, external_id = ("contact", "lead")[number // 2 % 2], number % 2 == 0
    return scenarios.create(mode=mode, external_id=external_id, people=0, engine=engine)


def inject_one_after_another(
    scenario: Scenario, faults: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Each with new events."""
    work = backlog(2, 4 * len(faults), 1)
    for number, (kind, more) in enumerate(faults):
        scenario.feed(work[number :: len(faults)])
        inject_fault(scenario, kind, **more)
        scenario.drain("--max=6", "--passes=9")
        scenario.drain_until_empty()


def test_a_session_that_expires_during_a_drain_is_renewed_once(scenarios: ScenarioFactory) -> None:
    scenario = scenarios.create()
    before = refreshes(scenario)
    inject_fault(scenario, "session_expired", after=1)
    scenario.drain()
    assert refreshes(scenario) - before == 1
    assert all(counts.pending + counts.writing == 0 for counts in scenario.counts().values())
    assert_no_findings(scenario)


def test_the_daily_limit_pauses_the_drain_and_entries_are_sent_later(
    scenarios: ScenarioFactory,
) -> None:
    scenario = scenarios.create()
    scenario.emulator.control("POST", "settings", {"daily_limit": 2})
    report = scenario.drain()["reports"]["default"]
    assert report["paused"]["code"] == "quota"
    assert scenario.held() == []
    scenario.emulator.control("POST", "settings", {"daily_limit": 115_000})
    scenario.drain_until_empty()
    assert_no_findings(scenario)


def test_processes_that_share_an_expired_session_refresh_once_without_a_new_sign_in(
    scenarios: ScenarioFactory,
) -> None:
    scenario = scenarios.create()
    before = refreshes(scenario)
    scenario.emulator.control("POST", "sessions/expire")
    scenario.emulator.control(
        "POST",
        "faults",
        {"kind": "delay", "delay_ms": 300, "match": {"path_contains": "oauth2/token"}},
    )
    started = [scenario.start_drain("--ask", "--max=1") for _ in range(3)]
    for process, report in started:
        assert scenario.wait_for_report(process, report)["asked"] == "answered"
    assert refreshes(scenario) - before == 1
    scenario.reconnect_if_needed()
    assert scenario.reconnected == 0
    scenario.drain_until_empty()
    assert_no_findings(scenario)


def test_a_busy_token_endpoint_is_retried(scenarios: ScenarioFactory) -> None:
    scenario = scenarios.create()
    scenario.emulator.control("POST", "sessions/expire")
    scenario.emulator.control("POST", "faults", {"kind": "token_busy", "times": 2})
    scenario.drain_until_empty()
    assert scenario.reconnected == 0
    assert_no_findings(scenario)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
def test_a_lost_refresh_response_costs_at_most_the_sign_in(
    scenarios: ScenarioFactory, external_id: bool
) -> None:
    scenario = scenarios.create(external_id=external_id)
    inject_fault(scenario, "session_expired", after=2)
    scenario.emulator.control("POST", "faults", {"kind": "rotation_lost"})
    scenario.drain("--max=12", "--passes=9")
    scenario.grants_at_risk += injected_faults(scenario)["rotation_lost"]
    assert scenario.grants_at_risk == 1
    scenario.drain_until_empty()
    assert scenario.reconnected <= 1
    assert_no_findings(scenario)


def test_a_revoked_sign_in_needs_a_person_and_loses_nothing(scenarios: ScenarioFactory) -> None:
    scenario = scenarios.create()
    inject_fault(scenario, "grant_revoked", after=2)
    scenario.grants_at_risk = 1
    report = scenario.drain("--max=12", "--passes=9")["reports"]["default"]
    assert report["paused"]["code"] == "reconnect"
    scenario.drain_until_empty()
    assert scenario.reconnected == 1
    assert_no_findings(scenario)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
def test_a_hanging_call_times_out_and_is_looked_up_before_a_retry(
    scenarios: ScenarioFactory, external_id: bool
) -> None:
    scenario = scenarios.create(external_id=external_id)
    inject_fault(scenario, "late_commit", after=2, delay_ms=1500, hang_ms=2500)
    result = scenario.drain("--read-timeout=1")
    assert result["steps"]["send"] > result["steps"]["answer"]
    scenario.drain_until_empty()
    assert_no_findings(scenario)


@pytest.mark.parametrize("external_id", [True, False], ids=["with-id", "without-id"])
@pytest.mark.parametrize("after", [2, 3])
def test_another_workspace_does_not_create_what_a_lost_request_may_still_create(
    scenarios: ScenarioFactory, after: int, external_id: bool
) -> None:
    scenario = scenarios.create(external_id=external_id, workspaces=2)
    inject_fault(scenario, "late_commit", after=after, delay_ms=1500)
    for workspace in ("default", "w1"):
        scenario.wait_for_report(*scenario.start_drain(workspaces=[workspace]))
    scenario.drain_until_empty()
    assert_no_findings(scenario)
