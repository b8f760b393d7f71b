"""Fixtures of these tests: an emulator org over real HTTP, a store on disk, a workspace connected to
it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fakes.clock import FakeClock
from tests.salesforce.support import AdapterBench, connect
from tests.salesforce.wire import Wire
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(config_dir=tmp_path, data_dir=tmp_path, secret_key="k" * 40))
    yield opened
    opened.close()


@pytest.fixture
def bench(server: Emulator, store: Store, clock: FakeClock) -> AdapterBench:
    return connect(server, store, clock)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """An org that is played: nothing leaves the process."""
    played = Wire()
    monkeypatch.setattr(requests.Session, "request", played.request)
    return played
