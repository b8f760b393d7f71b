"""One process for many workspaces: a few threads for all of them, and no wait in the caller's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from tests.fakes.crm import FakeCrm
from tests.fakes.org import facts
from tests.fakes.threads import OwnThreads
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import NewEntry
from zsf_plugin.settings import Settings
from zsf_plugin.store.sqlite.database import SqliteDatabase
from zsf_plugin.store.sqlite.file_ids import StoreConnection
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.drains import MAX_THREADS
from zsf_plugin.wiring.parts import Parts

TIMEOUT_S = 30.0
NAMES = [f"w{number:02}" for number in range(40)]


class Office:
    """Many workspaces, each connected to an org of its own and with one purchase that waits. Notes
    the threads that run during each write."""

    def __init__(self, settings: Settings) -> None:
        self.parts, self.threads = Parts(settings), OwnThreads()
        self.most, self.done, self.all_done = 0, set[str](), threading.Event()
        org, self.crms = facts(), dict[str, FakeCrm]()
        for number, name in enumerate(NAMES):
            self._connect(name, f"00D0000000000{number:02}AAA")
            self.crms[name] = FakeCrm(org)
            self.crms[name].before_write = self._note_threads
        self.parts.orgs.crm_of = lambda of: self.crms[of.workspace]  # type: ignore[method-assign,assignment,return-value]

    def _connect(self, name: str, org_id: str) -> None:
        url, store = "https://acme.example", self.parts.store
        login = ("admin", "production", url, url, "client", False, "68.0", 1.0)
        connection = Connection(name, org_id, "005000000000009AAA", *login)
        store.save_connection(connection, Tokens("access", "refresh"))
        person = {
            "id": "p",
            "first_name": "Ada",
            "last_name": name,
            "email": f"{name}@acme.example",
        }
        payload = {"prospect": person, "user": {"email": "sel@zaplify.example"}}
        at = "2026-11-01T10:00:00Z"
        store.accept(NewEntry(name, "e", "purchase", "p", "pending", "d", payload, at, 1.0))

    def _note_threads(self) -> None:
        self.most = max(self.most, len(self.threads.alive()))

    def note(self, workspace: str, report: DrainReport) -> None:
        if report.done:
            self.done.add(workspace)
        if len(self.done) == len(NAMES):
            self.all_done.set()


@pytest.fixture
def office(product_settings: Settings) -> Iterator[Office]:
    office = Office(product_settings)
    yield office
    office.parts.close()


def test_all_workspaces_share_a_few_drains_and_one_heartbeat(office: Office) -> None:
    office.parts.drains.start(office.note)
    assert office.all_done.wait(TIMEOUT_S)
    assert 1 < office.most <= MAX_THREADS + 1
    assert all(len(crm.written) == 1 for crm in office.crms.values())
    office.parts.drains.stop(20.0)
    assert office.threads.left() == []


def test_a_wake_reads_nothing_in_the_callers_thread(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    users: list[str] = []
    reading = SqliteDatabase.reading

    def noted(
        database: SqliteDatabase, *, writes: bool = False
    ) -> AbstractContextManager[StoreConnection]:
        users.append(threading.current_thread().name)
        return reading(database, writes=writes)

    monkeypatch.setattr(SqliteDatabase, "reading", noted)
    office.parts.drains.start(office.note)
    for name in NAMES:
        office.parts.drains.wake(name)
    assert office.all_done.wait(TIMEOUT_S)
    office.parts.drains.stop(20.0)
    assert set(users) <= {"zsf-drain", "zsf-heartbeat"}
