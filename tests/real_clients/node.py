"""Runs Node scripts with JSON input and output; a folder's pinned packages are installed once."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
_TIMEOUT_S = 240


def run(script: str, *arguments: str, stdin: str = "") -> Any:
    """Run a script of this folder and parse its JSON output. Without Node the test fails in CI and is
    skipped elsewhere."""
    install()
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=HERE,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def install(folder: Path = HERE, what: str = "real JavaScript clients") -> None:
    """Run `npm ci` in a folder, once per lock file for all processes."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        words = f"NOT TESTED: {what} need Node 20 and npm; install them to run this test"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    wanted = (folder / "package-lock.json").read_bytes()
    with (folder / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = folder / "node_modules" / ".installed-from"
        if not mark.exists() or mark.read_bytes() != wanted:
            subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, timeout=_TIMEOUT_S)
            mark.write_bytes(wanted)
