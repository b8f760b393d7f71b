"""When the power fails, at any moment, no event is lost whose receipt a host has: what was not synced
is forgotten, in whole or in part, and the database opens."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.store_contract import fence, new
from tests.violence.power_loss import Disk, library, recorded
from zsf_plugin.model import Link
from zsf_plugin.ports import JournalLine, Settlement
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.database import SqliteDatabase
from zsf_plugin.store.sqlite.file_ids import StoreConnection

CIPHER = Cipher("a secret", "this test")
#: A long run makes more.
LOSSES = int(os.environ.get("ZSF_POWER_LOSSES", "150"))
EVENTS = 60


@pytest.fixture
def sqlite() -> ctypes.CDLL:
    found = library()
    if found is None:
        pytest.skip("no power loss is simulated: Python's SQLite is no library of its own here")
    return found


def accepted_events(folder: Path, sqlite: ctypes.CDLL) -> tuple[Disk, dict[str, int]]:
    """A store that accepts and settles events, and moves its log into the database now and then;
    (the disk, the step at which each event had its receipt)."""
    file = folder / "zsf.sqlite3"
    receipts = {}
    with recorded(sqlite) as disk, closing(SqliteStore(file, CIPHER)) as store:
        for number in range(EVENTS):
            event = f"e{number}"
            accepted = store.accept(new(event, lane=f"p{number}"))
            receipts[event] = len(disk.steps)
            if number % 3 == 0:
                link = Link("prospect", f"p{number}", "Lead", f"00Q{number}", {"Name": "x" * 400})
                line = JournalLine(accepted.entry_id, "Lead", "00Q", "create", {}, {"a": 1}, 1.0)
                settlement = Settlement(accepted.entry_id, "done", links=(link,), journal=(line,))
                store.settle(fence(store), [settlement], 1.0)
            if number % 20 == 19:
                with store._database.reading() as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return disk, receipts


def lost_events(disk: Disk, receipts: dict[str, int], folder: Path, losses: int) -> list[str]:
    """For each of that many power losses, the events that had a receipt and are not there."""
    chance, lost = random.Random(losses), list[str]()
    for number in range(losses):
        moment = chance.randrange(len(disk.steps) + 1)
        place = folder / f"loss{number}"
        place.mkdir()
        for path, content in disk.after_loss(moment, chance).items():
            (place / Path(path).name).write_bytes(content)
        with closing(SqliteStore(place / "zsf.sqlite3", CIPHER)) as store:
            there = {entry.event.event_id for entry in store.entries("w", limit=EVENTS + 1)}
        shutil.rmtree(place)
        lost += [event for event, at in receipts.items() if at <= moment and event not in there]
    return lost


def test_no_event_with_a_receipt_is_lost_when_the_power_fails(
    tmp_path: Path, sqlite: ctypes.CDLL
) -> None:
    disk, receipts = accepted_events(tmp_path, sqlite)
    assert len(receipts) == EVENTS
    assert lost_events(disk, receipts, tmp_path, LOSSES) == []


def test_a_store_that_did_not_sync_each_commit_would_lose_events(
    tmp_path: Path, sqlite: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the simulation sees what it looks for."""
    opened = SqliteDatabase._open

    def careless(self: SqliteDatabase) -> StoreConnection:
        connection = opened(self)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    monkeypatch.setattr(SqliteDatabase, "_open", careless)
    disk, receipts = accepted_events(tmp_path, sqlite)
    assert lost_events(disk, receipts, tmp_path, 30) != []
