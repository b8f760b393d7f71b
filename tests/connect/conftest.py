"""A connector over the store, and a login that always grants."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.login import FakeLogin
from zsf_plugin.connect import Connector
from zsf_plugin.ports import NewEntry, Store


@pytest.fixture
def login() -> FakeLogin:
    return FakeLogin()


@pytest.fixture
def connector(store: Store, login: FakeLogin, clock: FakeClock) -> Connector:
    return Connector(store, login, clock)


def waits(store: Store) -> str:
    entry = NewEntry(
        "w",
        "e1",
        "purchase",
        "p1",
        "pending",
        "digest",
        {"prospect": {"id": "p1"}},
        "2026-11-01",
        1.0,
    )
    return store.accept(entry).entry_id
