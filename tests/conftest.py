"""Fixtures for every suite, a Hypothesis profile for busy machines with two cores, and temporary files in memory.

Processes that tests start keep compiled modules, also where the environment says that none are written.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.clock import FakeClock
from tests.made_once import copy_new_databases
from tests.memory import memory_dir
from tests.postgres import Server, server_or_skip
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store import open_store

settings.register_profile(
    "two-cores",
    max_examples=25,
    deadline=None,
    # a contract's tests are run by each engine
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("two-cores")

copy_new_databases()

# Fifteen thousand tests are collected, and searched for garbage again and again. Python's default is 700.
gc.set_threshold(20_000, 20, 20)

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if "TMPDIR" not in os.environ and memory_dir() is not None:
    os.environ["TMPDIR"] = tempfile.tempdir = str(memory_dir())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long: at the end, all other processes would wait for them."""
    items.sort(key=_is_short)


def pytest_collection_finish() -> None:
    """Search no more for garbage among modules and collected tests, which stay to the end."""
    gc.collect()
    gc.freeze()


def _is_short(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is None


@pytest.fixture
def product_settings(tmp_path: Path) -> Settings:
    """Settings with empty folders, draining only on request."""
    return from_environment(
        {},
        config_dir=tmp_path / "config",
        data_dir=tmp_path / "data",
        host_settings={"drain": "external"},
    )


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only the test moves."""
    return FakeClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this process, as fast as one can be that need not survive a crash."""
    with server_or_skip() as one:
        yield one


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[str]:
    """The URL of a database without tables, dropped in the end."""
    url = postgres.empty_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def store(product_settings: Settings) -> Iterator[Store]:
    """A real store in an empty folder."""
    opened = open_store(product_settings)
    yield opened
    opened.close()
