"""The real store on a simulated disk: at each statement its process may die or SQLite may fail.

A process hands over before a transaction and after its commit, never inside: SQLite's lock would
block the next process. `LeaseMonitor` tracks the leases independently of the store, and records the
effects of expired epochs.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.memory import memory_dir
from tests.simulation.scheduler import Process, Scheduler
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Fence, HeldLease, Settlement
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql import SqlStore, settling
from zsf_plugin.store.sql.database import Inserted, SqlConnection, Subject
from zsf_plugin.store.sql.rows import Columns, text_from_column
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.database import SqliteDatabase
from zsf_plugin.store.sqlite.file_ids import StoreConnection, file_ids

CIPHER = Cipher("the simulation's own secret", "the simulation")

#: Its batches are small: so a process may die between two parts of what a drain stores.
settling.MAX_TOGETHER = 2


class LeaseMonitor:
    """The leases after each commit, and violations of them."""

    def __init__(self) -> None:
        self.newest: dict[str, int] = {}
        self.fences: dict[tuple[str, Process | None], Fence] = {}
        self.open: set[tuple[str, int]] = set()
        self.violations: list[str] = []
        self.stored_tokens: Callable[[str, bool], None] = lambda workspace, success: None

    def record_epoch(self, name: str, epoch: int) -> None:
        """Record the newest epoch of a lease."""
        self.newest[name] = epoch

    def record_acquired(self, fence: Fence, process: Process | None) -> bool:
        """Record that a process acquired a lease; True if the previous holder never released it."""
        self.fences[fence.name, process] = fence
        self.open.add((fence.name, fence.epoch))
        return (fence.name, fence.epoch - 1) in self.open

    def record_released(self, fence: Fence) -> None:
        """Record that a holder released its lease."""
        self.open.discard((fence.name, fence.epoch))

    def holds(self, fence: Fence) -> bool:
        """Whether this fence has the newest epoch of its lease."""
        return self.newest.get(fence.name) == fence.epoch

    def holds_lease(self, process: Process | None, name: str) -> bool:
        """Whether the process holds the lease now."""
        fence = self.fences.get((name, process))
        return fence is not None and self.holds(fence)

    def record_effect(self, fence: Fence, what: str) -> None:
        """Record an effect that requires the lease."""
        if not self.holds(fence):
            self.violations.append(f"a zombie {what}: epoch {fence.epoch} of {fence.name} was over")


class Statements(StoreConnection):
    """A connection on which any statement may kill its process or fail."""

    scheduler: Scheduler

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement != "ROLLBACK":  # SQLite itself rolls back when a process dies
            self._strike(statement)
        return super().execute(statement, *values)

    def _strike(self, statement: str) -> None:
        if self.scheduler.statement_step(_summary(statement)):
            raise sqlite3.OperationalError("disk I/O error (simulated)")


class Disk(SqliteDatabase):
    """The database of one simulated process."""

    def __init__(self, file: Path, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.on_commit: Callable[[sqlite3.Connection], None] | None = None
        self._writing = threading.local()
        super().__init__(file)

    @contextmanager
    def reading(self, *, writes: bool = False) -> Iterator[StoreConnection]:
        # no hand-over while writing: the next process would wait for the writer forever
        if not getattr(self._writing, "has_turn", False):
            self.scheduler.step("reads", "store")
        with super().reading(writes=writes) as connection:
            yield connection

    @contextmanager
    def writing(self, about: Subject) -> Iterator[SqlConnection]:
        self.scheduler.step("writes", "store")
        self._writing.has_turn = True
        try:
            with super().writing(about) as connection:
                yield connection
        finally:
            self._writing.has_turn = False
        if self.on_commit is not None:
            self.on_commit(connection)
        self.scheduler.step("wrote", "instant")

    def insert(self, entry: Columns) -> Inserted:
        self.scheduler.step("inserts", "store")
        inserted = super().insert(entry)
        self.scheduler.step("inserted", "instant")
        return inserted

    def _connect(self) -> Statements:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=1.0,
            isolation_level=None,
            check_same_thread=False,
            factory=Statements,
        )
        connection.scheduler = self.scheduler
        files = file_ids(str(self.file))
        assert files is not None
        connection.files = files
        connection.row_factory = sqlite3.Row
        connection.text_factory = text_from_column
        sqlite3.Connection.execute(
            connection, "PRAGMA synchronous = OFF"
        )  # a simulated power failure is a kill
        sqlite3.Connection.execute(connection, "PRAGMA foreign_keys = ON")
        return connection

    def _create(self) -> None:
        """Nothing to create: the file is a copy of one made by the real engine."""


class SimulatedStore(SqlStore):
    """The real store on a simulated disk, with its leases monitored."""

    def __init__(self, file: Path, scheduler: Scheduler, lease_monitor: LeaseMonitor) -> None:
        self._disk = Disk(file, scheduler)
        self._lease_monitor = lease_monitor
        super().__init__(self._disk, CIPHER)

    def acquire_lease(
        self,
        name: str,
        owner: str,
        now: float,
        *,
        ttl_s: float,
        is_over: Callable[[HeldLease], bool],
    ) -> Fence | None:
        def look(connection: sqlite3.Connection) -> None:
            row = sqlite3.Connection.execute(
                connection, "SELECT epoch FROM leases WHERE name = ?", (name,)
            ).fetchone()
            if row is not None:
                self._lease_monitor.record_epoch(name, row["epoch"])

        with self._on_commit(look):
            fence = super().acquire_lease(name, owner, now, ttl_s=ttl_s, is_over=is_over)
        scheduler = self._disk.scheduler
        if fence is not None and self._lease_monitor.record_acquired(fence, scheduler.current):
            scheduler.log(f"took {name} over")
            scheduler.trace.count("takeover")
        return fence

    def release_lease(self, fence: Fence) -> None:
        with self._on_commit(lambda _: self._lease_monitor.record_released(fence)):
            super().release_lease(fence)

    def mark_writing(
        self, fence: Fence, entry_ids: Collection[str], sent_at: float, **more: Any
    ) -> None:
        with self._on_commit(
            lambda _: self._lease_monitor.record_effect(fence, "marked entries as being written")
        ):
            super().mark_writing(fence, entry_ids, sent_at, **more)

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        with self._on_commit(lambda _: self._lease_monitor.record_effect(fence, "settled entries")):
            return super().settle(fence, settlements, now)

    def rotate_tokens(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        try:
            with self._on_commit(lambda _: self._lease_monitor.stored_tokens(workspace, True)):
                return super().rotate_tokens(
                    workspace, tokens, instance_url=instance_url, expected_version=expected_version
                )
        except StoreUnavailable:
            self._lease_monitor.stored_tokens(workspace, False)
            raise

    @contextmanager
    def _on_commit(self, look: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
        self._disk.on_commit = look
        try:
            yield
        finally:
            self._disk.on_commit = None


def temporary_folder() -> Path:
    """A temporary folder for one run, in memory where there is room."""
    return Path(mkdtemp(prefix="zsf-simulation-", dir=memory_dir()))


def new_file(place: Path) -> Path:
    """Create a database with its tables."""
    file = place / "zsf.sqlite3"
    file.write_bytes(_template())
    return file


@cache
def _summary(statement: str) -> str:
    """The statement's first words, for the trace."""
    return " ".join(statement.split()[:3])


@cache
def _template() -> bytes:
    """The bytes of a new database made by the real engine."""
    place = temporary_folder()
    try:
        SqliteStore(place / "template.sqlite3", CIPHER).close()
        return (place / "template.sqlite3").read_bytes()
    finally:
        shutil.rmtree(place)
