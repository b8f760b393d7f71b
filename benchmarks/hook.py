"""A purchase hook, durable, against a bare one-row durable insert into SQLite."""

from __future__ import annotations

import itertools
import json
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.harness import Row, paired, spent, timed
from benchmarks.place import purchase
from zsf_plugin.plugin import SalesforcePlugin

#: Few a turn and many turns: a disk's mood lasts longer than a write.
_TIMES = 40
_TURNS = 5


def measure(rounds: int) -> list[Row]:
    """One row."""
    with tempfile.TemporaryDirectory(prefix="zsf-bench-") as folder:
        plugin = SalesforcePlugin()
        plugin.on_host_started(str(Path(folder) / "config"), str(Path(folder) / "data"), {"drain": "external"})
        bare = sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)")
        numbers = itertools.count()
        payload = json.dumps(purchase(0))

        def ours() -> float:
            return timed(lambda: plugin.on_prospect_purchased(**purchase(next(numbers))), _TIMES)

        def other() -> float:
            return timed(lambda: bare.execute("INSERT INTO entries (payload) VALUES (?)", (payload,)), _TIMES)

        ours(), other()  # open files, load modules
        pair = paired("hook", ours, other, rounds * _TURNS)
        bare.close()
        plugin.on_host_stopping()
    what = "a purchase hook, durable, to a bare durable insert"
    return [Row("hook", what, spent(pair.ours), spent(pair.others), pair.ratio, 2.0, rounds=rounds * _TURNS)]
