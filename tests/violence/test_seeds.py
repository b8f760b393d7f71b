"""A handful of seeds of the long profile (`python -m tests.violence`), through its own command."""

from __future__ import annotations

import subprocess
import sys

SEEDS = 8


def test_a_handful_of_seeds_lose_nothing_and_double_nothing() -> None:
    command = [sys.executable, "-m", "tests.violence", "--seeds", str(SEEDS), "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SEEDS} seeds in" in done.stdout
    assert "lost 0, twice 0, blanked 0; 0 seeds failed" in done.stdout
