"""Drain processes killed at one step after another, or stopped past their lease: nothing is lost or
duplicated."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.violence.conftest import ScenarioFactory
from tests.violence.databases import Engine
from tests.violence.oracle import find_problems
from tests.violence.processes import InterpreterProcess
from tests.violence.scenario import LONG_PAUSE_S, Scenario
from tests.violence.steps import LABELS


def assert_no_findings(scenario: Scenario) -> None:
    scenario.drain_until_empty()
    assert scenario.held() == []
    assert find_problems(scenario).findings == ()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("label", LABELS)
def test_drains_killed_at_each_step_lose_and_duplicate_nothing(
    scenarios: ScenarioFactory, label: str, engine: Engine
) -> None:
    """The kinds of orgs take turns, so that each engine meets each label at one of them."""
    external_id = (LABELS.index(label) + (engine == "postgres")) % 2 == 0
    scenario = scenarios.create(external_id=external_id, engine=engine)
    if label.startswith("token"):
        scenario.emulator.control("POST", "sessions/expire")
    for number in range(1, 9, 1 if engine == "sqlite" else 2):
        scenario.drain(f"--kill-at={label}:{number}", "--max=12", "--passes=3")
        scenario.reconnect_if_needed()
    assert sum(scenario.kills.values()) >= (1 if label.startswith("token") else 3)
    assert_no_findings(scenario)


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_drain_killed_again_and_again_still_makes_progress(
    scenarios: ScenarioFactory, mode: str
) -> None:
    scenario = scenarios.create(mode=mode)
    for _ in range(12):
        scenario.drain("--kill-at=any:40", "--max=10", "--passes=9")
        scenario.advance_clock(1.0)
    assert_no_findings(scenario)


@pytest.mark.parametrize(
    ("call", "engine"),
    [*((call, "sqlite") for call in (1, 2, 4, 5, 7)), (6, "postgres")],
)
def test_the_drain_command_can_be_killed_at_any_call(
    scenarios: ScenarioFactory, call: int, engine: Engine
) -> None:
    scenario = scenarios.create(external_id=call % 2 == 0, engine=engine)
    scenario.emulator.control("POST", "settings", {"latency_ms": 30})
    scenario.emulator.control("POST", "calls/reset")
    process = InterpreterProcess("zsf_plugin.cli.main", ["drain"], scenario.environment())
    deadline = time.monotonic() + 60
    while (
        scenario.emulator.control("GET", "calls")["api_calls"] < call
        and time.monotonic() < deadline
    ):
        if process.poll() is not None:
            break
        time.sleep(0.001)
    with suppress(ProcessLookupError):  # it may have ended already
        os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    scenario.emulator.control("POST", "settings", {"latency_ms": 0})
    scenario.clock.advance(time.time() - scenario.clock.now())
    assert_no_findings(scenario)


def is_stopped(pid: int) -> bool:
    return (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
    )


NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs /proc to see a stopped process"
)


def resume_after_lease_expired(scenario: Scenario, step: str) -> list[str]:
    """Stop a drain at that step until its lease has expired and others have done its work; returns
    the bodies it sends after it resumes."""
    process, report = scenario.start_drain(f"--stop-at={step}")
    deadline = time.monotonic() + 120
    while not is_stopped(process.pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    scenario.advance_clock(LONG_PAUSE_S)
    scenario.drain_until_empty()
    counts, asked = scenario.counts(), len(scenario.emulator.control("GET", "requests"))
    os.kill(process.pid, signal.SIGCONT)
    result = scenario.wait_for_report(process, report)["reports"]["default"]
    assert (result["done"], result["held"]) == (0, 0)
    assert scenario.counts() == counts
    return [str(one["body"]) for one in scenario.emulator.control("GET", "requests")[asked:]]


@NEEDS_PROC
@pytest.mark.parametrize(
    ("step", "external_id", "engine"),
    [
        ("answer:2", False, "sqlite"),
        ("answer:3", True, "sqlite"),
        # a write is counted as a call, and the lease is checked next
        ("committed:8", True, "sqlite"),
        ("committed:11", False, "sqlite"),
        ("answer:3", True, "postgres"),
        ("committed:11", False, "postgres"),
    ],
)
def test_a_drain_stopped_past_its_lease_settles_and_writes_nothing(
    scenarios: ScenarioFactory, step: str, external_id: bool, engine: Engine
) -> None:
    scenario = scenarios.create(external_id=external_id, people=40, engine=engine)
    sent = resume_after_lease_expired(scenario, step)
    assert [body for body in sent if '"method":"POST"' in body or '"method":"PATCH"' in body] == []
    assert_no_findings(scenario)


@NEEDS_PROC
@pytest.mark.parametrize(
    ("step", "engine"), [("send:3", "sqlite"), ("send:4", "sqlite"), ("send:4", "postgres")]
)
def test_a_pending_request_of_a_stopped_drain_collides_on_the_external_id(
    scenarios: ScenarioFactory, step: str, engine: Engine
) -> None:
    scenario = scenarios.create(people=40, engine=engine)
    resume_after_lease_expired(scenario, step)
    assert_no_findings(scenario)
