"""The same work on both engines of the store, SQLite and PostgreSQL, with their files on one disk
and both synced: hooks, claims, drains, turns of many workspaces, several worker processes."""

from __future__ import annotations

from benchmarks.engines import answering, draining, pages, turns, workers
from benchmarks.engines.databases import databases
from benchmarks.harness import BenchmarkRow, Effort
from benchmarks.org import emulator


def measure(effort: Effort) -> list[BenchmarkRow]:
    """The rows of both engines."""
    with databases(effort.disk) as both, emulator(daily_limit=10_000_000) as org:
        return [
            *answering.rows(both, org, effort),
            *draining.rows(both, org, effort),
            *turns.rows(both, org, effort),
            *workers.rows(both, org, effort),
            *pages.rows(both, org, effort),
        ]
