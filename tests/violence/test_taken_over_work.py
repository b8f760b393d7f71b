"""What broke others that share work by a database: a restart while a dead worker's work is taken
over, a list of work that has grown stale, a twin that goes on, an org that stays taken."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.violence.conftest import ScenarioFactory
from tests.violence.databases import Engine
from tests.violence.processes import ProcessHandle
from tests.violence.scenario import LONG_PAUSE_S, Scenario
from tests.violence.test_kills import NEEDS_PROC, assert_no_findings, is_stopped
from zsf_plugin.connect import Connector
from zsf_plugin.ports import Fence
from zsf_plugin.sync.org_lease import LEASE_S
from zsf_plugin.sync.visits import BUSY_DELAY_S

ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgres"])
#: A server that soon ends what a stopped process has left open, and is otherwise set as ever.
IMPATIENT = "-c%20search_path%3Dzsf%20-c%20idle_in_transaction_session_timeout%3D200ms"


def stopped(scenario: Scenario, *options: str) -> tuple[ProcessHandle, Path]:
    """A drain that has stopped at the step in its options."""
    process, report = scenario.start_drain(*options)
    deadline = time.monotonic() + 60
    while not is_stopped(process.pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    return process, report


def resumed(scenario: Scenario, process: ProcessHandle, report: Path) -> dict[str, object]:
    """Let a stopped drain go on to its end; its report about the first workspace."""
    os.kill(process.pid, signal.SIGCONT)
    reports = scenario.wait_for_report(process, report)["reports"]
    return dict(reports.get("default", {}))


def requests(scenario: Scenario) -> int:
    return len(scenario.emulator.control("GET", "requests"))


@NEEDS_PROC
@pytest.mark.parametrize("step", ["statement:2", "committed:1", "answer:2"])
def test_a_database_that_restarts_while_work_of_a_dead_worker_is_taken_over_costs_nothing(
    scenarios: ScenarioFactory, postgres: Server, step: str
) -> None:
    """As the lease is taken, just after, and as what was in doubt is looked up."""
    scenario = scenarios.create(engine="postgres")
    scenario.drain("--machine=one", "--kill-at=answer:3")
    assert sum(scenario.kills.values()) == 1
    scenario.advance_clock(LONG_PAUSE_S)
    heir = stopped(scenario, "--machine=two", f"--stop-at={step}", "--may-lose-database")
    postgres.stop()
    postgres.start()
    resumed(scenario, *heir)
    assert_no_findings(scenario)


@ENGINES
def test_a_worker_stalled_between_its_survey_and_its_drain_does_no_work_again(
    scenarios: ScenarioFactory, engine: Engine
) -> None:
    scenario = scenarios.create(engine=engine)
    stalled, other = scenario.application(), scenario.application()
    survey = stalled.drains.scheduler_parts().survey(0)
    assert survey is not None
    assert survey.due == {"default"}
    assert other.drains.drain("default").done > 0
    asked = requests(scenario)
    report = stalled.drains.drain("default")
    assert (report.done, report.held, requests(scenario)) == (0, 0, asked)
    for app in (stalled, other):
        app.close()
    assert_no_findings(scenario)


@ENGINES
def test_a_worker_stalled_between_its_survey_and_its_drain_sends_nothing_for_nobody(
    scenarios: ScenarioFactory, engine: Engine
) -> None:
    """The workspace was disconnected meanwhile."""
    scenario = scenarios.create(engine=engine)
    stalled, other = scenario.application(), scenario.application()
    survey = stalled.drains.scheduler_parts().survey(0)
    assert survey is not None
    assert survey.due == {"default"}
    Connector(other.store, other.login, other.clock).disconnect("default")
    asked, waiting = requests(scenario), other.store.counts("default").waiting
    assert stalled.drains.drain("default").done == 0
    assert (requests(scenario), other.store.counts("default").waiting) == (asked, waiting)
    for app in (stalled, other):
        app.close()
    scenario.connect("default")
    assert_no_findings(scenario)


@NEEDS_PROC
@ENGINES
def test_a_drain_that_goes_on_after_its_lease_takes_nothing_back_from_its_twin(
    scenarios: ScenarioFactory, engine: Engine
) -> None:
    scenario = scenarios.create(engine=engine, people=40, speed=1.0)
    first = stopped(scenario, "--machine=one", "--stop-at=answer:3", "--passes=3")
    scenario.advance_clock(LONG_PAUSE_S)
    twin = stopped(scenario, "--machine=two", "--stop-at=answer:3")
    counts = scenario.counts()
    report = resumed(scenario, *first)
    assert (report["done"], report["held"], report["busy"]) == (0, 0, True)
    assert scenario.counts() == counts
    assert resumed(scenario, *twin)["done"]
    assert_no_findings(scenario)


@ENGINES
def test_a_killed_drain_keeps_the_next_from_the_org_no_longer_than_its_lease(
    scenarios: ScenarioFactory, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next is on another machine, for another workspace, and comes again as a worker does."""
    scenario = scenarios.create(engine=engine, workspaces=2, people=12, speed=1.0)
    killed = scenario.start_drain("--machine=one", "--kill-at=answer:3", workspaces=["default"])
    scenario.wait_for_report(*killed)
    killed_at, taken_at = scenario.clock.now(), list[float]()
    app = scenario.application()
    acquire = app.store.acquire_lease

    def noted(*values: object, **named: object) -> Fence | None:
        fence = acquire(*values, **named)  # type: ignore[arg-type]
        taken_at.extend([scenario.clock.now()] if fence is not None else [])
        return fence

    monkeypatch.setattr(app.store, "acquire_lease", noted)
    while (report := app.drains.drain("w1")).busy:
        scenario.clock.advance(BUSY_DELAY_S)
    app.close()
    assert report.calls > 0  # what is in doubt in the org still keeps purchases from it
    assert taken_at[0] - killed_at <= LEASE_S + 2 * BUSY_DELAY_S
    assert_no_findings(scenario)


@NEEDS_PROC
def test_a_drain_stopped_inside_a_transaction_keeps_others_no_longer_than_the_server_lets_it(
    scenarios: ScenarioFactory, postgres: Server
) -> None:
    scenario = scenarios.create(engine="postgres")
    url = f"--database={scenario.environment()['ZSF_DATABASE_URL']}?options={IMPATIENT}"
    first = stopped(scenario, url, "--stop-at=statement:9", "--may-lose-database")
    scenario.advance_clock(LONG_PAUSE_S)
    scenario.drain_until_empty()
    counts = scenario.counts()
    assert resumed(scenario, *first) == {}
    assert scenario.counts() == counts
    assert_no_findings(scenario)
