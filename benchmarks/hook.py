"""A durable purchase hook against a bare durable one-row insert into SQLite.

Both write-ahead logs first grow to their full size: while a log grows, each write also changes the
file's length, which costs more than the write itself. The bare table's log takes several times as
many writes to fill, so unfilled logs would favour ours.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pluggy

from benchmarks.fixtures import purchase
from benchmarks.harness import BenchmarkRow, Paired, format_median, timed
from zsf_plugin import hookspecs
from zsf_plugin.plugin import SalesforcePlugin

#: Calls of each side per round. They alternate, since disk speed varies over longer periods.
_RUNS_PER_ROUND = 200
#: Pairs before the first measured one. A log is full at SQLite's 1,000 pages; a bare insert takes
#: at least one.
_WARM_UP_PAIRS = 1500


def measure(rounds: int) -> list[BenchmarkRow]:
    """One row."""
    with tempfile.TemporaryDirectory(prefix="zsf-bench-") as folder:
        hooks = _host(Path(folder))
        bare = _bare(Path(folder) / "bare.sqlite3")
        numbers = itertools.count()
        event = purchase(0)
        payload = json.dumps({"prospect": event["prospect"], "user": event["user"]})

        def one_pair() -> tuple[float, float]:
            call = purchase(next(numbers))
            return (
                timed(lambda: hooks.on_prospect_purchased(**call)),
                timed(lambda: bare.execute("INSERT INTO entries (payload) VALUES (?)", (payload,))),
            )

        pair = _rounds(one_pair, rounds)
        bare.close()
        hooks.on_host_stopping()
    what = "a durable purchase hook vs a bare durable insert"
    return [
        BenchmarkRow(
            "hook",
            what,
            format_median(pair.ours),
            format_median(pair.others),
            pair.ratio,
            2.0,
            rounds=rounds,
        )
    ]


def _rounds(one_pair: Callable[[], tuple[float, float]], rounds: int) -> Paired:
    """The mean of each side per round."""
    for _ in range(_WARM_UP_PAIRS):
        one_pair()
    ours, others = [], []
    for _ in range(rounds):
        pairs = [one_pair() for _ in range(_RUNS_PER_ROUND)]
        ours.append(statistics.fmean(pair[0] for pair in pairs))
        others.append(statistics.fmean(pair[1] for pair in pairs))
    return Paired(tuple(ours), tuple(others))


def _host(folder: Path) -> Any:
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
