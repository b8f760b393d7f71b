"""The disk: the real store, each statement a step at which its process may die or SQLite may fail.

A process gives the baton back before a transaction and after its commit, never within: SQLite's own
lock would stop whoever comes next. `Watch` knows the leases independently of the store, and notes
what a holder of an old epoch got done.
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

from tests.simulation.scheduler import Process, Scheduler
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Fence, Settlement
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.connections import SqliteConnections
from zsf_plugin.store.sqlite.database import Database
from zsf_plugin.store.sqlite.rows import text_from_column

CIPHER = Cipher("the simulation's own secret", "the simulation")
_MEMORY = Path("/dev/shm")


class Watch:
    """The leases as they are after each commit, and what should never have happened under them."""

    def __init__(self) -> None:
        self.newest: dict[str, int] = {}
        self.fences: dict[tuple[str, Process | None], Fence] = {}
        self.open: set[tuple[str, int]] = set()
        self.wrongs: list[str] = []
        self.stored_tokens: Callable[[str, bool], None] = lambda workspace, well: None

    def won(self, name: str, epoch: int) -> None:
        """The lease of that name has that epoch now."""
        self.newest[name] = epoch

    def taken(self, fence: Fence, process: Process | None) -> bool:
        """A process won a lease; whether it took it over from one that never gave it back."""
        self.fences[fence.name, process] = fence
        self.open.add((fence.name, fence.epoch))
        return (fence.name, fence.epoch - 1) in self.open

    def given_back(self, fence: Fence) -> None:
        """A holder ended its lease."""
        self.open.discard((fence.name, fence.epoch))

    def holds(self, fence: Fence) -> bool:
        """Whether that fence is the newest of its lease."""
        return self.newest.get(fence.name) == fence.epoch

    def may(self, process: Process | None, name: str) -> bool:
        """Whether that process holds the lease of that name now."""
        fence = self.fences.get((name, process))
        return fence is not None and self.holds(fence)

    def landed(self, fence: Fence, what: str) -> None:
        """Something that needs the lease got done."""
        if not self.holds(fence):
            self.wrongs.append(f"a zombie {what}: epoch {fence.epoch} of {fence.name} was over")


class Statements(sqlite3.Connection):
    """A connection whose every statement may be the last of its process, or fail."""

    scheduler: Scheduler

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement != "ROLLBACK":  # what SQLite itself does when a process is gone
            self._strike(statement)
        return super().execute(statement, *values)

    def _strike(self, statement: str) -> None:
        if self.scheduler.point(_words(statement)):
            raise sqlite3.OperationalError("disk I/O error (simulated)")


class Disk(Database):
    """The database of one simulated process."""

    def __init__(self, file: Path, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.on_commit: Callable[[sqlite3.Connection], None] | None = None
        self._writing = threading.local()
        super().__init__(file)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        # a writer has its turn: whoever is handed on to here would wait for it for ever
        if not getattr(self._writing, "has_turn", False):
            self.scheduler.step("reads", "store")
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        self.scheduler.step("writes", "store")
        self._writing.has_turn = True
        try:
            with super().writing() as connection:
                yield connection
        finally:
            self._writing.has_turn = False
        if self.on_commit is not None:
            self.on_commit(connection)
        self.scheduler.step("wrote", "instant")

    def insert(self, statement: str, *values: object) -> int | None:
        self.scheduler.step("inserts", "store")
        row = super().insert(statement, *values)
        self.scheduler.step("inserted", "instant")
        return row

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=1.0,
            isolation_level=None,
            check_same_thread=False,
            factory=Statements,
        )
        connection.scheduler = self.scheduler
        connection.row_factory = sqlite3.Row
        connection.text_factory = text_from_column
        sqlite3.Connection.execute(
            connection, "PRAGMA synchronous = OFF"
        )  # a power cut is a kill here
        sqlite3.Connection.execute(connection, "PRAGMA foreign_keys = ON")
        return connection

    def _create(self) -> None:
        """The tables are there: the file is a copy of one that the real engine made."""


class SimulatedStore(SqliteStore):
    """The real store on a simulated disk, with its leases watched."""

    def __init__(self, file: Path, scheduler: Scheduler, watch: Watch) -> None:
        self._disk = Disk(file, scheduler)
        self._watch = watch
        SqliteConnections.__init__(self, self._disk, CIPHER)

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        def look(connection: sqlite3.Connection) -> None:
            row = sqlite3.Connection.execute(
                connection, "SELECT epoch FROM leases WHERE name = ?", (name,)
            ).fetchone()
            if row is not None:
                self._watch.won(name, row["epoch"])

        with self._on_commit(look):
            fence = super().acquire_lease(name, owner, now, ttl_s=ttl_s, is_dead=is_dead)
        scheduler = self._disk.scheduler
        if fence is not None and self._watch.taken(fence, scheduler.current):
            scheduler.tell(f"took {name} over")
            scheduler.story.count("takeover")
        return fence

    def release_lease(self, fence: Fence) -> None:
        with self._on_commit(lambda _: self._watch.given_back(fence)):
            super().release_lease(fence)

    def mark_writing(
        self, fence: Fence, entry_ids: Collection[str], sent_at: float, **more: Any
    ) -> None:
        with self._on_commit(
            lambda _: self._watch.landed(fence, "marked entries as being written")
        ):
            super().mark_writing(fence, entry_ids, sent_at, **more)

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        with self._on_commit(lambda _: self._watch.landed(fence, "settled entries")):
            return super().settle(fence, settlements, now)

    def rotate_tokens(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        try:
            with self._on_commit(lambda _: self._watch.stored_tokens(workspace, True)):
                return super().rotate_tokens(
                    workspace, tokens, instance_url=instance_url, expected_version=expected_version
                )
        except StoreUnavailable:
            self._watch.stored_tokens(workspace, False)
            raise

    @contextmanager
    def _on_commit(self, look: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
        self._disk.on_commit = look
        try:
            yield
        finally:
            self._disk.on_commit = None


def folder() -> Path:
    """A folder for one run, in memory where the machine has such a disk."""
    return Path(mkdtemp(prefix="zsf-simulation-", dir=_MEMORY if _MEMORY.is_dir() else None))


def new_file(place: Path) -> Path:
    """A database with its tables."""
    file = place / "zsf.sqlite3"
    file.write_bytes(_template())
    return file


@cache
def _words(statement: str) -> str:
    """The statement's first words, for the story."""
    return " ".join(statement.split()[:3])


@cache
def _template() -> bytes:
    """What the real engine makes of a new file."""
    place = folder()
    try:
        SqliteStore(place / "template.sqlite3", CIPHER).close()
        return (place / "template.sqlite3").read_bytes()
    finally:
        shutil.rmtree(place)
