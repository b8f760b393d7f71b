"""The command line as a script runs it: processes in an empty place."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.forked_commands import run_command

#: A line of `zsf feed`.
PURCHASE = {
    "hook": "on_prospect_purchased",
    "workspace": "default",
    "event_id": "e1",
    "occurred_at": "2026-11-01T10:00:00Z",
    "prospect": {
        "id": "p1",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@acme.example",
    },
    "user": {},
}


class Zsf:
    """The command in an empty place of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "ZSF_CONFIG_DIR": str(folder / "config"),
            "ZSF_DATA_DIR": str(folder / "data"),
            "HOME": str(folder),
        }

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run_command(arguments, self.environment, stdin)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)
