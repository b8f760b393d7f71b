"""A machine as its fleet sees it: one process of `machine`, and the proxy through which it reaches
the database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from tests.toxics import Proxy

_RULES = 'mode = "contact"\n[limits]\ncalls_per_second = 100\n'


class Machine:
    """A machine with a folder of its own, after which it is named."""

    def __init__(
        self, folder: Path, role: str, proxy: Proxy, environment: Mapping[str, str], *more: str
    ) -> None:
        self.proxy, self.name, self.log = proxy, folder.name, folder / "log"
        (folder / "config" / "rules").mkdir(parents=True)
        (folder / "config" / "rules" / "10.toml").write_text(_RULES, encoding="utf-8")
        places = {f"ZSF_{what.upper()}_DIR": str(folder / what) for what in ("config", "data")}
        self._errors: TextIO = self.log.open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.violence.machine", role, f"--name={self.name}", *more],
            env={**os.environ, **places, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def is_up(self) -> bool:
        """Whether a worker has begun to work: it says so."""
        return "Draining" in self.log.read_text(encoding="utf-8")

    def has_ended(self) -> bool:
        """Whether its process has ended."""
        return self.process.poll() is not None

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def close_input(self) -> None:
        """Give it nothing more to do: a host ends once it has stored what it has."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None  # else `communicate` would close it again

    def end(self, number: int | None, timeout_s: float) -> tuple[int, str]:
        """End it by a signal, or with its stdin; its exit code and what it wrote."""
        if number is not None:
            self.send(number)
        try:
            said, _ = self.process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        self._errors.close()
        return self.process.returncode, said
