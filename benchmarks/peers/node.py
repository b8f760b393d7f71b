"""Node and the pinned packages of the expert's script, in a cache folder outside the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import progress

_HERE = Path(__file__).parent
_SCRIPT = "expert.mjs"
_PACKAGE = ("package.json", "package-lock.json")
_TIMEOUT_S = 300


class NodeMissing(Exception):
    """Why the expert's script cannot run, and what to do."""


def expert(mode: str, job_file: str) -> Sequence[str]:
    """The command of the expert's script; installs its packages first. Raises NodeMissing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NodeMissing("NOT MEASURED: node or npm is missing; install Node 20")
    folder = _installed(npm)
    # Node looks for packages beside the script.
    shutil.copy(_HERE / _SCRIPT, folder)
    return [node, str(folder / _SCRIPT), job_file, mode]


def _installed(npm: str) -> Path:
    content = b"".join((_HERE / name).read_bytes() for name in _PACKAGE)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "zsf-plugin" / f"benchmark-peers-{hashlib.sha256(content).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            progress(f"peers: installing jsforce into {folder}")
            _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    for name in _PACKAGE:
        shutil.copy(_HERE / name, folder)
    command = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        words = f"NOT MEASURED: npm could not install jsforce into {folder}; run npm ci there"
        raise NodeMissing(words) from error
    (folder / "installed").touch()
