"""Orgs and a nursery for this folder's tests, and scenes in empty places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.violence.backlog import backlog
from tests.violence.nursery import exit_file, report_of
from tests.violence.processes import Running
from tests.violence.scene import Scene
from tests.violence.seeds import Orgs, a_place


class Child:
    """A drainer in the nursery."""

    def __init__(self, pid: int, file: Path) -> None:
        self.pid, self._file = pid, file

    def poll(self) -> int | None:
        return int(self._file.read_text(encoding="ascii")) if self._file.exists() else None

    def wait(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                os.kill(self.pid, 9)
                raise subprocess.TimeoutExpired("a drainer", seconds)
            time.sleep(0.002)
        return code


class Nursery:
    """Starts drainers. See `nursery`."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.violence.nursery"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, arguments: Sequence[str]) -> Running:
        """A drainer of those arguments."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(arguments)) + "\n")
        self._process.stdin.flush()
        return Child(int(self._process.stdout.readline()), exit_file(report_of(list(arguments))))

    def end(self) -> None:
        """End it, and all that it started."""
        self._process.communicate(timeout=60)


class Stage:
    """Makes scenes; ends their clocks."""

    def __init__(self, orgs: Orgs, nursery: Nursery, folder: Path) -> None:
        self._orgs, self._nursery, self._folder = orgs, nursery, folder
        self._scenes: list[Scene] = []

    def scene(
        self,
        *,
        mode: str = "contact",
        external_id: bool = True,
        workspaces: int = 1,
        people: int = 24,
        leap: bool = True,
    ) -> Scene:
        """A connected place with a backlog."""
        made = Scene(
            self._folder / f"scene-{len(self._scenes)}",
            self._orgs.of(external_id=external_id),
            self._nursery.start,
            mode=mode,
            workspaces=workspaces,
            speed=10.0,
            leap=leap,
        )
        self._scenes.append(made)
        made.feed(backlog(1, people, workspaces, shared=True) if people else [])
        return made

    def close(self) -> None:
        """Let go of them."""
        for scene in self._scenes:
            scene.close()


@pytest.fixture(scope="session")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    made = Orgs(tmp_path_factory.mktemp("orgs"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.end()


@pytest.fixture
def stage(orgs: Orgs, nursery: Nursery) -> Iterator[Stage]:
    with a_place() as folder:
        made = Stage(orgs, nursery, folder)
        yield made
        made.close()
