"""Importing the entry point in a fresh interpreter, minus importing pluggy alone; and a check that
it loads no heavy package."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.harness import BenchmarkRow, paired, timed

HEAVY = ("requests", "jsonschema", "cryptography", "flask", "rich", "lark", "jmespath", "sqlite3")
_OURS = "import zsf_plugin.plugin"
_OTHER = "import pluggy"


def measure(rounds: int) -> list[BenchmarkRow]:
    """One row, in milliseconds like its bound."""
    pair = paired(
        "import", lambda: timed(lambda: _run(_OURS)), lambda: timed(lambda: _run(_OTHER)), rounds
    )
    added = [(ours - other) * 1000 for ours, other in zip(pair.ours, pair.others, strict=True)]
    ratio = (statistics.median(added), min(added), max(added))
    loaded = _run(f"{_OURS}; import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))").strip()
    what = (
        f"importing the entry point, minus pluggy; of {', '.join(HEAVY)} it loads "
        f"{loaded or 'none'}"
    )
    flaw = f"it loads {loaded}" if loaded else ""
    total_ms = f"{statistics.median(pair.ours) * 1000:.0f} ms"
    other = f"{statistics.median(pair.others) * 1000:.0f} ms"
    return [
        BenchmarkRow("import", what, total_ms, other, ratio, 100.0, "ms", rounds=rounds, flaw=flaw)
    ]


def _run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
