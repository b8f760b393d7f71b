"""Fixtures: orgs, a worker pool, and a factory for scenarios in empty folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.violence.backlog import backlog
from tests.violence.databases import Engine
from tests.violence.pooled import WorkerPool
from tests.violence.scenario import Scenario
from tests.violence.seeds import Orgs, temporary_folder


class ScenarioFactory:
    """Creates scenarios and closes them. `server` starts the PostgreSQL server, when first used."""

    def __init__(
        self, orgs: Orgs, worker_pool: WorkerPool, folder: Path, server: Callable[[], Server]
    ) -> None:
        self._orgs, self._worker_pool, self._folder = orgs, worker_pool, folder
        self._server = server
        self._scenarios: list[Scenario] = []
        self._databases: list[str] = []

    def create(
        self,
        *,
        mode: str = "contact",
        external_id: bool = True,
        workspaces: int = 1,
        people: int = 24,
        leap: bool = True,
        speed: float = 10.0,
        engine: Engine = "sqlite",
    ) -> Scenario:
        """A scenario with connected workspaces and a backlog."""
        if engine == "postgres":
            self._databases.append(self._server().new_database())
        made = Scenario(
            self._folder / f"scene-{len(self._scenarios)}",
            self._orgs.of(external_id=external_id),
            self._worker_pool.start,
            mode=mode,
            workspaces=workspaces,
            speed=speed,
            leap=leap,
            database=self._databases[-1] if engine == "postgres" else None,
        )
        self._scenarios.append(made)
        made.feed(backlog(1, people, workspaces, shared=True) if people else [])
        return made

    def close(self) -> None:
        """Close all scenarios."""
        for scenario in self._scenarios:
            scenario.close()
        for url in self._databases:
            self._server().drop_database(url)


@pytest.fixture(scope="session")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    made = Orgs(tmp_path_factory.mktemp("orgs"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def worker_pool() -> Iterator[WorkerPool]:
    made = WorkerPool()
    yield made
    made.end()


@pytest.fixture
def scenarios(
    orgs: Orgs, worker_pool: WorkerPool, request: pytest.FixtureRequest
) -> Iterator[ScenarioFactory]:
    with temporary_folder() as folder:
        made = ScenarioFactory(
            orgs, worker_pool, folder, lambda: request.getfixturevalue("postgres")
        )
        yield made
        made.close()
