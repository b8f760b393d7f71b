"""Drain processes killed on both sides of moves between two orgs: everybody arrives in one of them,
and nobody is there twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.audit.audit import Audit
from tests.violence.conftest import ScenarioFactory
from tests.violence.databases import Engine
from tests.violence.processes import EmulatorProcess
from tests.violence.scenario import Scenario
from tests.violence.seeds import Orgs
from zsf_plugin.connect import Connector

_TWICE = re.compile(r": [2-9]\d* (people|Accounts), not one|: on \d+ records")
_LOST = re.compile(r": 0 people, not one")


@pytest.fixture(scope="module")
def orgs_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    made = Orgs(tmp_path_factory.mktemp("elsewhere"))
    yield made
    made.close()


def move(scenario: Scenario, to: EmulatorProcess) -> None:
    """Disconnect the workspace, and connect it to that org."""
    app = scenario.application()
    Connector(app.store, app.login, app.clock).disconnect("default")
    app.close()
    scenario.emulator = to
    scenario.connect("default")


def findings(scenario: Scenario, emulator: EmulatorProcess) -> list[str]:
    users = {
        str(row["Email"]).casefold(): str(row["Id"]) for row in emulator.control("GET", "users")
    }
    records = emulator.control("GET", "records")
    return Audit(records, scenario.events, scenario.mode, users).findings()


@pytest.mark.parametrize(
    ("label", "external_id", "engine"),
    [
        ("statement", True, "sqlite"),
        ("commit", False, "sqlite"),
        ("committed", True, "sqlite"),
        ("send", True, "sqlite"),
        ("answer", False, "sqlite"),
        ("committed", True, "postgres"),
    ],
)
def test_kills_around_moves_lose_nobody_and_double_nobody(
    scenarios: ScenarioFactory, orgs_elsewhere: Orgs, label: str, external_id: bool, engine: Engine
) -> None:
    """Both orgs have our external ID, or neither."""
    scenario = scenarios.create(external_id=external_id, people=18, engine=engine)
    here, elsewhere = scenario.emulator, orgs_elsewhere.of(external_id=external_id)
    for number, place in enumerate((elsewhere, here, elsewhere, here), start=2):
        scenario.drain(f"--kill-at={label}:{number}", "--max=4", "--passes=2")
        move(scenario, place)
    assert sum(scenario.kills.values()) >= 2
    scenario.drain_until_empty()
    scenario.release()
    scenario.drain_until_empty()
    found = {emulator.url: findings(scenario, emulator) for emulator in (here, elsewhere)}
    assert scenario.findings == []
    assert [one for each in found.values() for one in each if _TWICE.search(one)] == []
    lost = [{one for one in each if _LOST.search(one)} for each in found.values()]
    assert lost[0] & lost[1] == set()
    assert any(lost), "every kill was in one org"
