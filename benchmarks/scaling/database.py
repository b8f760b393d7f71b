"""What one PostgreSQL database and one worker process carry, from measured figures alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.scaling.measured import IDLE_WORKSPACES, MeasuredFigures
from benchmarks.scaling.org_day import WORKING_S
from benchmarks.scaling.shards import Population

#: As docs/operations.md suggests.
_RETENTION_DAYS = 400
_GB, _TB = 1e9, 1e12
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, from which figure it follows, and how many workspaces of the simulated population
    reach it."""

    what: str
    measured: str
    source: str
    at_most: str
    workspaces: float

    def cells(self) -> tuple[str, ...]:
        """Its row."""
        return self.what, self.measured, f"`{self.source}`", self.at_most, f"{self.workspaces:,.0f}"


def limits_of_a_database(figures: MeasuredFigures, found: Population) -> Iterator[Limit]:
    """The limits. A day's entries come within eight hours."""
    entries_a_day = found.entries / found.workspaces
    yield _of_a_core(
        "one core sends, from hook to done", figures.entry_s, "engine-processor", found
    )
    yield _of_a_core("one core accepts", figures.hook_s, "engine-hook-processor", found)
    kept = _TB / figures.bytes_an_entry
    yield Limit(
        f"a terabyte, if entries are kept for {_RETENTION_DAYS} days",
        f"{figures.bytes_an_entry:,.0f} B an entry",
        "engine-bytes",
        f"{kept / _RETENTION_DAYS:,.0f} entries a day",
        kept / _RETENTION_DAYS / entries_a_day,
    )
    idle_s = figures.idle_s_a_minute / IDLE_WORKSPACES
    yield Limit(
        "idle workspaces that take one core of a process",
        f"{figures.idle_s_a_minute:g} s a minute for {IDLE_WORKSPACES:,}",
        "idle-workspaces",
        "-",
        _MINUTE_S / idle_s,
    )


def _of_a_core(what: str, processor_s: float, source: str, found: Population) -> Limit:
    a_day = WORKING_S / processor_s
    return Limit(
        what,
        f"{1 / processor_s:,.0f} entries a second",
        source,
        f"{a_day:,.0f} entries a day",
        a_day * found.workspaces / found.entries,
    )
