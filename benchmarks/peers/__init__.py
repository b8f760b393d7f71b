"""Whole programs that do the same job, beside ours: a naive loop, Bulk API 2.0, and an expert's
script on jsforce."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.harness import BenchmarkRow, Effort


def measure(effort: Effort) -> list[BenchmarkRow]:
    """The rows of the peers."""
    # The programs in this package must not load what measures them.
    from benchmarks.peers.measuring import measure_peers

    return measure_peers(effort)
