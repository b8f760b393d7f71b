"""Workers and a host on several machines, one PostgreSQL database, and a few orgs: whatever dies,
stops or breaks between them, each event is sent once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Server, server_or_skip
from tests.toxics import TOXICS
from tests.violence.backlog import org
from tests.violence.fleet import MAX_PASSES, Fleet, FleetCase
from tests.violence.processes import EmulatorProcess, three_orgs
from tests.violence.seeds import temporary_folder


@pytest.fixture
def safe_server() -> Iterator[Server]:
    """A server that survives a crash, to stop and start."""
    with server_or_skip(synced=True) as server:
        yield server


@pytest.mark.long
def test_machines_that_die_and_a_database_that_goes_away_lose_and_duplicate_nothing(
    safe_server: Server,
) -> None:
    with temporary_folder() as folder, three_orgs(folder) as orgs:
        report = Fleet(folder, safe_server, orgs, FleetCase(seed=1, workspaces=30)).run()
    assert report.findings == []
    assert report.passes <= MAX_PASSES
    assert set(report.done) == {*TOXICS, "kill", "stall", "restart", "takeover"}


@pytest.mark.long
def test_what_an_engine_had_handed_to_a_worker_that_stopped_is_sent_once_by_others(
    safe_server: Server,
) -> None:
    case = FleetCase(seed=1, workspaces=6, rounds=0, engine="procrastinate")
    with temporary_folder() as folder, three_orgs(folder) as orgs:
        report = Fleet(folder, safe_server, orgs, case).run()
    assert report.findings == []
    assert report.wakes >= case.workspaces
    assert report.done == {"takeover": 1}


@pytest.mark.long
def test_a_fleet_whose_workers_ignore_that_they_lost_their_lease_writes_twice(
    safe_server: Server,
) -> None:
    """So a fleet sees what the fence prevents."""
    case = FleetCase(seed=1, workspaces=1, rounds=0, is_fenced=False)
    with (
        temporary_folder() as folder,
        EmulatorProcess(folder / "org", org(external_id=False)) as only,
    ):
        report = Fleet(folder, safe_server, [only], case).run()
    assert report.done["takeover"] == 1
    assert report.kinds["twice"] > 0
