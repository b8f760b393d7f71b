"""What the judge lets pass: only what docs/promises.md says nobody can stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.colleague import PERSON
from tests.simulation.every_step import small
from tests.simulation.evidence import Evidence
from tests.simulation.judge import nobody_is_there_twice
from tests.simulation.org import KEY, Row
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Write


@pytest.fixture
def run() -> Iterator[Simulation]:
    """A run of which nothing has happened yet; one person is to be purchased in it."""
    simulation = Simulation(small("lead", external_id=True, one_machine=True))
    try:
        yield simulation
    finally:
        simulation.close()


def lead(run: Simulation, our_id: str) -> Row:
    return {"LastName": run.scenario.fed[0].name, "Company": "Acme", KEY: our_id}


def create(run: Simulation, our_id: str, *, late: bool = False) -> str:
    """We create that person's Lead; its id."""
    ids: dict[str, str] = {}
    (outcome,) = run.org.apply(
        [Write("create", "Lead", "new:0", lead(run, our_id))], ids, {}, 1.0, late=late
    )
    assert outcome.error is None
    return ids["new:0"]


def test_two_records_of_a_person_are_told(run: Simulation) -> None:
    create(run, "north:1")
    create(run, "south:1")
    assert len(list(nobody_is_there_twice(Evidence(run)))) == 1


def test_a_late_request_may_create_again_what_a_person_deleted(run: Simulation) -> None:
    run.org.delete("Lead", create(run, "north:1"), PERSON, 2.0)
    create(run, "south:1")
    create(run, "north:1", late=True)
    assert list(nobody_is_there_twice(Evidence(run))) == []


def test_a_late_request_whose_record_nobody_deleted_is_told(run: Simulation) -> None:
    create(run, "south:1")
    create(run, "north:1", late=True)
    assert len(list(nobody_is_there_twice(Evidence(run)))) == 1


def test_what_a_person_deleted_is_told_when_it_was_created_again_in_time(run: Simulation) -> None:
    run.org.delete("Lead", create(run, "north:1"), PERSON, 2.0)
    create(run, "south:1")
    create(run, "north:1")
    assert len(list(nobody_is_there_twice(Evidence(run)))) == 1
