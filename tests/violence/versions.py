"""Another version of the package: that of a git revision, in a folder of its own, as drain processes,
as a host, and as commands. And scenarios in which it shares a store with this one.
"""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.memory import memory_dir
from tests.violence.backlog import Call
from tests.violence.pooled import WorkerPool
from tests.violence.processes import ForkedWorker, ProcessHandle
from tests.violence.scenario import Scenario
from zsf_plugin.store.postgres import schema as of_postgres
from zsf_plugin.store.sqlite import schema as of_sqlite

ROOT = Path(__file__).parents[2]
#: A checkout is known by its project file.
_PARTS = ("pyproject.toml", "zsf_plugin", "rules", "schemas", "tests")
_MIGRATIONS = ("zsf_plugin/store/sqlite/migrations", "zsf_plugin/store/postgres/migrations")
_COMMAND_TIMEOUT_S = 60.0

#: The numbers of the newest migrations of SQLite and of PostgreSQL.
SchemaNumbers = tuple[int, int]


class NoHistory(Exception):
    """Git, or the part of the history that is needed, is not here."""


def our_schema() -> SchemaNumbers:
    """The schema of this version."""
    return max(of_sqlite.migrations()), max(of_postgres.migrations())


def default_revision() -> str:
    """The newest release before this version; without one, the oldest commit on the way back whose
    schema is ours. Raises NoHistory."""
    try:
        return _git("describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^").strip()
    except NoHistory:
        alike = [commit for commit in _schema_changes() if schema_of(commit) == our_schema()]
    if not alike:
        raise NoHistory("no commit in git's history has the schema of this version")
    return alike[-1]


def older_revision() -> str:
    """The newest commit whose schema is older than ours. Raises NoHistory."""
    for commit in _schema_changes():
        if is_older(schema_of(commit)):
            return commit
    raise NoHistory("no commit in git's history has an older schema")


def is_older(schema: SchemaNumbers) -> bool:
    """Whether a store with that schema is upgraded by this version."""
    return any(theirs < ours for theirs, ours in zip(schema, our_schema(), strict=True))


def is_newer(schema: SchemaNumbers) -> bool:
    """Whether a store with that schema is refused by this version."""
    return any(theirs > ours for theirs, ours in zip(schema, our_schema(), strict=True))


def schema_of(revision: str) -> SchemaNumbers:
    """The schema of a revision; 0 for an engine that it does not have. Raises NoHistory."""
    of_sqlite, of_postgres = (_newest_migration(revision, folder) for folder in _MIGRATIONS)
    return of_sqlite, of_postgres


def _newest_migration(revision: str, folder: str) -> int:
    newest = 0
    for name in _git("ls-tree", "--name-only", revision, f"{folder}/").splitlines():
        if name.endswith(".sql"):
            newest = max(newest, int(Path(name).name.partition("_")[0]))
    return newest


def _schema_changes() -> list[str]:
    """The commits that changed a migration, newest first."""
    if _git("rev-parse", "--is-shallow-repository").strip() == "true":
        raise NoHistory("the clone is shallow")
    return _git("log", "--first-parent", "--format=%h", "--", *_MIGRATIONS).split()


def _git(*arguments: str) -> str:
    return _git_bytes(*arguments).decode()


def _git_bytes(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True)
    except OSError as error:
        raise NoHistory("git cannot be run") from error
    if done.returncode:
        raise NoHistory(done.stderr.decode("utf-8", "replace").strip() or "git failed")
    return done.stdout


class OtherVersion:
    """The version of a revision. Raises NoHistory if there is none."""

    def __init__(self, revision: str) -> None:
        self.revision, self.schema = revision, schema_of(revision)
        self._stack = ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="zsf-version-", dir=memory_dir())
        self.code = Path(self._stack.enter_context(folder))
        archive = _git_bytes("archive", revision, *_PARTS)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(self.code, filter="data")
        self._pool: WorkerPool | None = None

    def __enter__(self) -> OtherVersion:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def start(self, arguments: Sequence[str]) -> ProcessHandle:
        """Start a drain process of this version."""
        if self._pool is None:
            self._pool = WorkerPool(self.code)
            self._stack.callback(self._pool.end)
        return self._pool.start(arguments)

    def command(self, environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
        """Start a command of this version."""
        return self._started(environment, "-m", "zsf_plugin", *arguments)

    def host(self, environment: Mapping[str, str], clock: Path) -> OtherHost:
        """Start a host of this version."""
        script = str(Path(__file__).with_name("other_host.py"))
        return OtherHost(self._started(environment, "-P", script, str(clock)))

    def _started(self, environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.code,
            env={**os.environ, **environment, "PYTHONPATH": str(self.code)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


class OtherHost:
    """A host of another version."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def receive(self, call: Call) -> dict[str, Any]:
        """Call a hook; returns its receipt."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the other host ended: {self._process.communicate()[1][-2000:]}")
        receipt: dict[str, Any] = json.loads(line)
        return receipt

    def close(self) -> None:
        """Stop it."""
        self._process.communicate(timeout=_COMMAND_TIMEOUT_S)


class SharedScenario(Scenario):
    """A scenario of two versions: each drain is of one of them, by a seed, and both receive events."""

    def __init__(self, other: OtherVersion, seed: int, *places: Any, **options: Any) -> None:
        folder, emulator, _ = places
        self._other, self._chance = other, random.Random(f"versions {seed}")
        super().__init__(folder, emulator, self._start_one, **options)
        self._host = other.host(self.environment(), folder / "clock")

    def feed(self, calls: Sequence[Call]) -> None:
        half = len(calls) // 2
        parts = [calls[:half], calls[half:]]
        super().feed(parts[0])
        for call in parts[1]:
            receipt = self._host.receive(call)
            if not (receipt["accepted"] or receipt["duplicate"]):
                self.findings.append(f"the other host refused an event: {receipt['reason']}")
        self.events += parts[1]
        self.shares.update({"received here": len(parts[0]), "received there": len(parts[1])})

    def close(self) -> None:
        self._host.close()
        super().close()

    def _start_one(self, arguments: Sequence[str]) -> ProcessHandle:
        is_other = self._chance.random() < 0.5
        self.shares["drained there" if is_other else "drained here"] += 1
        return self._other.start(arguments) if is_other else ForkedWorker(arguments)
