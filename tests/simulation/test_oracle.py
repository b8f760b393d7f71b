"""The oracle accepts only the duplicates that docs/promises.md declares unavoidable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.every_step import small
from tests.simulation.evidence import Evidence
from tests.simulation.oracle import no_duplicate_people
from tests.simulation.org import KEY, Row
from tests.simulation.second_user import PERSON
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Write


@pytest.fixture
def run() -> Iterator[Simulation]:
    """A run that has not started; its scenario purchases one person."""
    simulation = Simulation(small("lead", external_id=True, one_machine=True))
    try:
        yield simulation
    finally:
        simulation.close()


def lead(run: Simulation, our_id: str) -> Row:
    return {"LastName": run.scenario.fed[0].name, "Company": "Acme", KEY: our_id}


def create(run: Simulation, our_id: str, *, late: bool = False) -> str:
    """Create that person's Lead as our process; returns its id."""
    ids: dict[str, str] = {}
    (outcome,) = run.org.apply(
        [Write("create", "Lead", "new:0", lead(run, our_id))], ids, {}, 1.0, late=late
    )
    assert outcome.error is None
    return ids["new:0"]


def test_two_records_of_a_person_are_reported(run: Simulation) -> None:
    create(run, "north:1")
    create(run, "south:1")
    assert len(list(no_duplicate_people(Evidence(run)))) == 1


def test_a_late_request_may_recreate_a_deleted_record(run: Simulation) -> None:
    run.org.delete("Lead", create(run, "north:1"), PERSON, 2.0)
    create(run, "south:1")
    create(run, "north:1", late=True)
    assert list(no_duplicate_people(Evidence(run))) == []


def test_a_late_duplicate_of_an_undeleted_record_is_reported(run: Simulation) -> None:
    create(run, "south:1")
    create(run, "north:1", late=True)
    assert len(list(no_duplicate_people(Evidence(run)))) == 1


def test_recreating_a_deleted_record_in_time_is_reported(run: Simulation) -> None:
    run.org.delete("Lead", create(run, "north:1"), PERSON, 2.0)
    create(run, "south:1")
    create(run, "north:1")
    assert len(list(no_duplicate_people(Evidence(run)))) == 1
