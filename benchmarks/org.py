"""An emulator in a process of its own: its processor time is not the product's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

#: The same org for each emulator, so that a history can belong to it.
ORG_ID = "00D5g000004TyUiEAK"
_KEY: dict[str, Any] = {
    "name": "Zaplify_Id__c",
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}
FIELDS: tuple[Mapping[str, Any], ...] = tuple(
    {"object": name, **_KEY} for name in ("Lead", "Contact", "Account", "Activity")
)


@dataclass(frozen=True, slots=True)
class EmulatorProcess:
    """A running emulator, and its control API."""

    url: str
    process_id: int

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """A command of the control API."""
        answer = requests.post(f"{self.url}/_emulator/{path}", json=body or {}, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str) -> Any:
        """What the control API shows."""
        return requests.get(f"{self.url}/_emulator/{path}", timeout=60).json()

    def set(self, **settings: object) -> None:
        """Change settings, such as `latency_ms`."""
        self.post("settings", settings)

    def reset(self) -> None:
        """Remove all records, and count from 0."""
        self.post("records/reset")
        self.post("calls/reset")

    @property
    def calls(self) -> int:
        """API calls since the last reset."""
        return int(self.get("calls")["api_calls"])

    @property
    def processor_s(self) -> float | None:
        """Its processor time until now; None where the system does not show it."""
        try:
            shown = Path(f"/proc/{self.process_id}/stat").read_text(encoding="utf-8")
        except OSError:
            return None
        user, system = shown.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def emulator(
    fields: Sequence[Mapping[str, Any]] = FIELDS, **spec: object
) -> Iterator[EmulatorProcess]:
    """An emulator with these fields, and what else an `--org` file takes."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="zsf-bench-") as file:
        json.dump({"org_id": ORG_ID, "fields": list(fields), **spec}, file)
        file.flush()
        process = subprocess.Popen(
            [sys.executable, "-m", "zsf_plugin.emulator", "--org", file.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        if process.stdout is None:
            raise AssertionError("the emulator has no stdout")
        try:
            yield EmulatorProcess(process.stdout.readline().split()[1], process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=10)
