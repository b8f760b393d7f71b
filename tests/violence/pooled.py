"""Drain processes of a worker pool (`worker_pool`), as its client sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.violence.processes import ProcessHandle
from tests.violence.worker_pool import exit_file, report_of


class PooledWorker:
    """A drain process of the worker pool."""

    def __init__(self, pid: int, file: Path) -> None:
        self.pid, self._file = pid, file

    def poll(self) -> int | None:
        return int(self._file.read_text(encoding="ascii")) if self._file.exists() else None

    def wait(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                os.kill(self.pid, 9)
                raise subprocess.TimeoutExpired("drainer", seconds)
            time.sleep(0.002)
        return code


class WorkerPool:
    """Starts drain processes; those of another version if its code is in that folder."""

    def __init__(self, code: Path | None = None) -> None:
        command = [sys.executable, "-m", "tests.violence.worker_pool"]
        environment = None if code is None else {**os.environ, "PYTHONPATH": str(code)}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=code,
            env=environment,
        )

    def start(self, arguments: Sequence[str]) -> ProcessHandle:
        """Start a drain process with these arguments."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(arguments)) + "\n")
        self._process.stdin.flush()
        return PooledWorker(
            int(self._process.stdout.readline()), exit_file(report_of(list(arguments)))
        )

    def end(self) -> None:
        """Stop the pool and all its processes."""
        self._process.communicate(timeout=60)
