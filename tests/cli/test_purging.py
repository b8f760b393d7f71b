"""Old entries are removed on request, and by workers if it is set."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import fence, new
from tests.fakes.clock import FakeClock
from tests.sync.bench import LiveOwners
from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.ports import JournalLine, Settlement
from zsf_plugin.settings import from_environment
from zsf_plugin.store import Cipher
from zsf_plugin.store.sql.purging import MAX_ENTRIES
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.sync.leases import LeaseParts, Sightings
from zsf_plugin.sync.retention import DAY_S, LEASE, LEASE_S, Purged, purge
from zsf_plugin.wiring import retention
from zsf_plugin.wiring.retention import removing_old


def old_entries(zsf: Zsf, count: int = 3) -> None:
    """Skipped entries from long ago, and a newer one that waits."""
    calls = [{**PURCHASE, "event_id": f"e{number}"} for number in range(count)]
    zsf("feed", "-", stdin="\n".join(map(json.dumps, calls)))
    zsf("outbox", "drop", *(f"e{number + 1}" for number in range(count)), "--yes")
    with closing(sqlite3.connect(zsf.folder / "data" / "zsf.sqlite3")) as database, database:
        database.execute("UPDATE entries SET received_at = 1, settled_at = 1")
    zsf("feed", "-", stdin=json.dumps({**PURCHASE, "event_id": "new"}))


def counts(zsf: Zsf) -> tuple[int, int]:
    document = json.loads(zsf("status", "--json").stdout)
    return document["skipped"], document["pending"]


def test_a_dry_run_counts_what_a_run_then_removes(zsf: Zsf) -> None:
    old_entries(zsf)
    shown = zsf("purge", "--older-than", "400d", "--dry-run")
    assert "Would remove 3 entries (done 0, skipped 3)" in shown.stdout
    assert counts(zsf) == (3, 1)
    document = json.loads(zsf("purge", "--older-than", "400", "--json").stdout)
    assert (document["skipped"], document["dry_run"], document["busy"]) == (3, False, False)
    assert document["database"]["bytes"] > 0
    assert counts(zsf) == (0, 1)
    assert zsf("purge", "--older-than", "400d").stdout.startswith("Removed 0 entries")


@pytest.mark.parametrize("text", ["0", "-1", "d", "1.5d", "40000d", "a year"])
def test_an_age_that_is_no_number_of_days_is_refused(zsf: Zsf, text: str) -> None:
    done = zsf("purge", "--older-than", text)
    assert done.returncode == 2
    assert "as 400d" in done.stderr


def test_an_age_must_be_given(zsf: Zsf) -> None:
    assert zsf("purge").returncode == 2


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[LeaseParts]:
    """A store with 350 entries that ended 500 days ago, and one that waits."""
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))
    clock = FakeClock(500 * DAY_S + 200)
    entries = [new(f"e{number}", workspace=f"w{number % 2}") for number in range(350)]
    ids = [result.entry_id for result in store.accept_all(entries)]
    ends = [
        Settlement(one, "done", journal=(JournalLine(one, "Lead", "00Q", "create", {}, {}, 1.0),))
        for one in ids
    ]
    store.settle(fence(store), ends, 150.0)
    store.accept(new("last", workspace="w1"))
    yield LeaseParts(store, clock, LiveOwners(), Sightings())
    store.close()


def test_every_workspace_is_purged_in_small_parts(parts: LeaseParts) -> None:
    assert purge(parts, 501, stopping=lambda: False) == Purged()
    found = purge(parts, 400, stopping=lambda: False)
    assert found == Purged(done=350, journal=350)
    assert parts.store.lease(LEASE) is None


def test_a_purge_stops_between_two_parts_and_goes_on_later(parts: LeaseParts) -> None:
    asked = iter([False, True])
    found = purge(parts, 400, stopping=lambda: next(asked))
    assert (found.done, found.is_complete) == (MAX_ENTRIES, False)
    assert purge(parts, 400, stopping=lambda: False).done == 350 - MAX_ENTRIES


def test_one_process_at_a_time_purges(parts: LeaseParts) -> None:
    now = parts.clock.now()
    parts.store.acquire_lease(LEASE, "other", now, ttl_s=LEASE_S, is_over=lambda _: False)
    assert purge(parts, 400, stopping=lambda: False) == Purged(is_complete=False, is_busy=True)
    assert purge(parts, 400, dry_run=True, stopping=lambda: False).done == 350


def test_a_worker_removes_what_is_old_until_it_ends(parts: LeaseParts) -> None:
    ended, removed = threading.Event(), list[tuple[int, int]]()

    def on_removed(done: int, skipped: int) -> None:
        removed.append((done, skipped))
        ended.set()

    def purge_now(days: int, *, stopping: object) -> Purged:
        return purge(parts, days, stopping=lambda: False)

    with removing_old(purge_now, 400, ended, on_removed):
        assert ended.wait(20)
    assert removed == [(350, 0)]
    assert not [one for one in threading.enumerate() if one.name == "zsf-retention"]


def test_a_worker_without_a_number_of_days_removes_nothing(parts: LeaseParts) -> None:
    def fail(days: int, *, stopping: object) -> Purged:
        raise AssertionError

    with removing_old(fail, None, threading.Event(), lambda *_: None):
        assert not [one for one in threading.enumerate() if one.name == "zsf-retention"]


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), ValueError("a defect")])
def test_an_error_does_not_end_a_workers_thread(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "INTERVAL_S", 0.0)
    ended, tried = threading.Event(), list[int]()

    def fail(days: int, *, stopping: object) -> Purged:
        tried.append(days)
        if len(tried) == 2:
            ended.set()
        raise error

    with removing_old(fail, 7, ended, lambda *_: None):
        assert ended.wait(20)
    assert tried == [7, 7]


def test_the_number_of_days_of_the_environment_is_checked() -> None:
    assert from_environment({"HOME": "/h"}).retention_days is None
    assert from_environment({"HOME": "/h", "ZSF_RETENTION_DAYS": "400"}).retention_days == 400
    for text in ("0", "1.5", "a year", "nan", "99999999"):
        with pytest.raises(ConfigurationError, match="ZSF_RETENTION_DAYS"):
            from_environment({"HOME": "/h", "ZSF_RETENTION_DAYS": text})
