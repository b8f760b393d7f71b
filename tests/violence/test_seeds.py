"""A few seeds of the long profile, run with `python -m tests.violence`."""

from __future__ import annotations

import subprocess
import sys

#: Any four cover all modes and kinds of orgs.
SEEDS = 4


def test_a_few_seeds_lose_and_duplicate_nothing() -> None:
    command = [sys.executable, "-m", "tests.violence", "--seeds", str(SEEDS), "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SEEDS} seeds in" in done.stdout
    assert "lost 0, twice 0, blanked 0; 0 seeds failed" in done.stdout
