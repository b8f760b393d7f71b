"""A purchase hook, durable, against a bare one-row durable insert into SQLite.

Both write-ahead logs are let grow to their full size first: while a log still grows, each write of
it also changes the file's length, which costs the file system more than the write. The bare table's
log grows several times as long as ours, so a young one would flatter us.
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

from benchmarks.harness import Paired, Row, spent, timed
from benchmarks.place import purchase
from zsf_plugin import hookspecs
from zsf_plugin.plugin import SalesforcePlugin

#: Calls of each side a round. They take turns one by one: a disk's mood lasts longer than a write.
_TIMES = 200
#: Pairs before the first that counts. A log is full at SQLite's 1,000 pages; a bare insert takes
#: one at least.
_UNCOUNTED = 1500


def measure(rounds: int) -> list[Row]:
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
    what = "a purchase hook, durable, to a bare durable insert"
    return [Row("hook", what, spent(pair.ours), spent(pair.others), pair.ratio, 2.0, rounds=rounds)]


def _rounds(one_pair: Callable[[], tuple[float, float]], rounds: int) -> Paired:
    """The mean of each side in each round."""
    for _ in range(_UNCOUNTED):
        one_pair()
    ours, others = [], []
    for _ in range(rounds):
        pairs = [one_pair() for _ in range(_TIMES)]
        ours.append(statistics.fmean(pair[0] for pair in pairs))
        others.append(statistics.fmean(pair[1] for pair in pairs))
    return Paired(tuple(ours), tuple(others))


def _host(folder: Path) -> Any:
    """The hooks of a host with a plugin of its own; what it keeps is drained elsewhere."""
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
