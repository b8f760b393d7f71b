"""The server's processor time for a console page over 100,000 entries, without the browser's.

The entries are copies of a few real ones, inserted into the database directly: intake is measured
by another row.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.fixtures import USER, person
from benchmarks.harness import BenchmarkRow, progress
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.decision.causes import held_reason, required_empty
from zsf_plugin.model import Step
from zsf_plugin.settings import from_environment
from zsf_plugin.store.sqlite.rows import NO_CAUSE, cause_values, column
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

ENTRIES = 100_000
_MAX_RESPONSE_MS = 200.0
#: One entry in this many is held, by one of twenty causes.
_HELD_INTERVAL = 10
_SHOWN = "".join(f"&shown=e{number}.pending" for number in range(ENTRIES - 20, ENTRIES - 10))
PAGES = {
    "page-activity": ("the newest 50 entries", "/activity"),
    "page-activity-old": ("50 entries from the middle", f"/activity?before=e{ENTRIES // 2}"),
    "page-activity-words": (
        "a search for a name that the newest 5,000 entries do not contain",
        "/activity?words=nobody",
    ),
    "page-activity-newer": (
        "one poll: 1,000 newer entries and 10 shown ones",
        f"/activity/newer?top=e{ENTRIES - 1000}{_SHOWN}",
    ),
    "page-entry": ("one entry next to the list", f"/activity/e{ENTRIES // 2}"),
    "page-held": ("10,000 held entries with twenty causes", "/held"),
}
_INSERT = """
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, received_at,
        settled_at, reason, cause_code, cause_group, cause_key, cause_object, cause_field,
        cause_data, cause_fingerprint, cause_detail, payload, steps)
    VALUES ('default', ?, ?, ?, ?, 'd', '2026-11-01T10:00:00Z', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?)
"""
_FOUND = Step(
    "found", "Lead", data={"by": "match_key", "fields": ["Email"], "record": "00Q000000000001AAA"}
)


def measure(rounds: int) -> list[BenchmarkRow]:
    """One row per page."""
    with tempfile.TemporaryDirectory(prefix="zsf-bench-") as folder:
        app = _application(Path(folder))
        app.store.workspaces()  # creates the file
        progress(f"console: inserting {ENTRIES:,} entries")
        _fill(app.settings.database_file)
        client = build_app(
            app.console(), ConsoleOptions(lambda _: Visitor("default", "Ada"))
        ).test_client()
        try:
            return [
                _row(name, what, partial(_get, client, path), rounds)
                for name, (what, path) in PAGES.items()
            ]
        finally:
            app.close()


def _row(name: str, what: str, get_page: Callable[[], object], rounds: int) -> BenchmarkRow:
    get_page()  # fill the caches of the process
    taken = [_processor_ms(get_page) for _ in range(max(rounds, 5))]
    spread = (statistics.median(taken), min(taken), max(taken))
    figure = f"{spread[0]:.1f} ms"
    return BenchmarkRow(
        name,
        f"of {ENTRIES:,} entries: {what}",
        figure,
        "",
        spread,
        _MAX_RESPONSE_MS,
        "ms",
        rounds=len(taken),
    )


def _processor_ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _application(folder: Path) -> CommandApp:
    folders = {"config_dir": folder / "config", "data_dir": folder / "data"}
    return CommandApp(Parts(from_environment({}, **folders, host_settings={"drain": "external"})))


def _fill(file: Path) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.executemany(_INSERT, (_values(number) for number in range(1, ENTRIES + 1)))
    connection.close()


def _values(number: int) -> tuple[object, ...]:
    """One entry: every tenth is held, every thousandth is pending, the others are done."""
    held, field = number % _HELD_INTERVAL == 0, f"Field{number % (20 * _HELD_INTERVAL)}__c"
    at = 1_700_000_000.0 + number
    state = "held" if held else "pending" if number % 1000 == 1 else "done"
    cause = replace(required_empty("Lead", field), fingerprint="f1") if held else None
    payload = {"prospect": person(number), "user": USER}
    reason = held_reason(cause) if cause is not None else None
    return (
        f"event-{number}",
        "purchase",
        f"p{number}",
        state,
        at,
        None if state == "pending" else at,
        column(reason),
        *map(column, (cause_values(cause) if cause else NO_CAUSE).values()),
        json.dumps(payload),
        column([_FOUND]),
    )
