"""A durable purchase hook against a bare one-row insert into SQLite: wall time with a disk, and
processor time without one.

Both write-ahead logs first grow to their full size: while a log grows, each write also changes the
file's length, which costs more than the write itself. The bare table's log takes several times as
many writes to fill, so unfilled logs would favour ours.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pluggy

from benchmarks.fixtures import memory_folder, purchase
from benchmarks.harness import BenchmarkRow, Effort, Paired, paired, thread_time, timed
from zsf_plugin import hookspecs
from zsf_plugin.plugin import SalesforcePlugin

_CALLS_PER_ROUND = 200
#: Calls of each side before the first measured one. A log is full at SQLite's 1,000 pages; a bare
#: insert takes at least one.
_WARM_UP_CALLS = 1500
_INSERT = "INSERT INTO entries (payload) VALUES (?)"


def measure(effort: Effort) -> list[BenchmarkRow]:
    """Two rows."""
    effort.disk.mkdir(parents=True, exist_ok=True)
    with _sides(str(effort.disk), effort) as sides:
        durable = _alternating(sides, effort)
    # In memory a sync of the file costs nothing, on either side.
    with _sides(memory_folder(), effort) as sides:
        in_memory = _in_blocks(sides, effort)
    return [
        durable.row("hook", "a durable purchase hook vs a bare durable insert", 1.5),
        in_memory.row(
            "hook-processor",
            "processor time of a purchase hook vs a bare insert, without the disk",
            8.0,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Sides:
    """A call of the hook, and an insert into a bare table in the same folder."""

    hook: Callable[[], object]
    insert: Callable[[], object]


@contextmanager
def _sides(where: str | None, effort: Effort) -> Iterator[Sides]:
    with tempfile.TemporaryDirectory(prefix="zsf-bench-", dir=where) as folder:
        hooks = host(Path(folder))
        event = purchase(0)
        payload = json.dumps({"prospect": event["prospect"], "user": event["user"]})
        # Built before: a host has its values already.
        most = effort.size(_WARM_UP_CALLS) + (effort.rounds + 1) * _CALLS_PER_ROUND
        calls = iter([purchase(number) for number in range(most)])
        with closing(_bare(Path(folder) / "bare.sqlite3")) as bare:
            sides = Sides(
                lambda: hooks.on_prospect_purchased(**next(calls)),
                lambda: bare.execute(_INSERT, (payload,)),
            )
            for _ in range(effort.size(_WARM_UP_CALLS)):
                sides.hook()
                sides.insert()
            yield sides
        hooks.on_host_stopping()


def _alternating(sides: Sides, effort: Effort) -> Paired:
    """The mean wall time of each side per round: disk speed varies over longer periods."""
    ours, others = [], []
    for _ in range(effort.rounds):
        pairs = [
            (timed(sides.hook), timed(sides.insert)) for _ in range(effort.size(_CALLS_PER_ROUND))
        ]
        ours.append(statistics.fmean(pair[0] for pair in pairs))
        others.append(statistics.fmean(pair[1] for pair in pairs))
    return Paired(tuple(ours), tuple(others))


def _in_blocks(sides: Sides, effort: Effort) -> Paired:
    """The processor time of each side, one after the other: a lone bare insert would pay for what
    the hook has put into the processor's caches."""
    times = effort.size(_CALLS_PER_ROUND)
    return paired(
        "hook-processor",
        partial(thread_time, sides.hook, times),
        partial(thread_time, sides.insert, times),
        effort.rounds,
    )


def host(folder: Path) -> Any:
    """The hooks of a host with the plugin; nothing is drained."""
    plugins = pluggy.PluginManager("zaplify")
    plugins.add_hookspecs(hookspecs)
    plugins.register(SalesforcePlugin())
    settings = {"drain": "external"}
    plugins.hook.on_host_started(
        config_dir=str(folder / "config"), data_dir=str(folder / "data"), settings=settings
    )
    return plugins.hook


def _bare(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)")
    return connection
