"""The server's processor time for a console page over 1,000,000 entries, without the browser's.

A tenth of the entries are held, by twenty causes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.fixtures import workspace
from benchmarks.harness import BenchmarkRow, Effort, progress, spread
from benchmarks.org import emulator
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.presenters.causes import key_of
from zsf_plugin.decision.causes import held_reason, required_empty
from zsf_plugin.model import Cause
from zsf_plugin.store.sql.rows import cause_values, column
from zsf_plugin.wiring.apps import CommandApp

ENTRIES = 1_000_000
MAX_RESPONSE_MS = 200.0
#: One entry in this many is held, by one of twenty causes.
_HELD_INTERVAL = 10
_CAUSES = 20
#: One entry in this many is pending.
_PENDING_INTERVAL = 1000
_CAUSE = key_of(required_empty("Lead", "Field0__c").group)
#: Holds this entry only.
_RARE_CAUSE, _RARE_ENTRY = required_empty("Contact", "Rare__c"), 5
_HOLD = """
    UPDATE entries SET state = 'held', reason = ?, cause_code = ?, cause_group = ?, cause_key = ?,
        cause_object = ?, cause_field = ?, cause_data = ?, cause_fingerprint = ?, cause_detail = ?
    WHERE id % ? = ?
"""
# The counts by the hour as if the newest entry had ended now.
_MOVE_COUNTS = """
    UPDATE outcome_counts SET hour = hour + :hour - (SELECT max(hour) FROM outcome_counts)
"""
_WAIT = "UPDATE entries SET state = 'pending', settled_at = NULL WHERE id % ? = 1"


def pages(entries: int) -> dict[str, tuple[str, str]]:
    """By row: what it shows, and its address."""
    shown = "".join(f"&shown=e{number}.pending" for number in range(entries - 20, entries - 10))
    middle = entries // 2
    newer = f"/activity/newer?top=e{max(entries - 1000, 1)}{shown}"
    rare = "a search for a name that the newest 5,000 entries do not contain"
    held = f"{entries // _HELD_INTERVAL:,} held entries with twenty causes, and one with its own"
    return {
        "page-overview": ("30 days, all that wait and are held", "/overview"),
        "page-activity": ("the newest 50 entries", "/activity"),
        "page-activity-old": ("50 entries from the middle", f"/activity?before=e{middle}"),
        "page-activity-written": ("the 50 that were written last", "/activity?order=written"),
        "page-activity-state": ("the newest 50 that wait", "/activity?state=pending"),
        "page-activity-kind": ("the newest 50 purchases", "/activity?kind=purchase"),
        "page-activity-words": (rare, "/activity?words=nobody"),
        "page-activity-seller": (rare.replace("name", "seller"), "/activity?seller=nobody"),
        "page-activity-newer": ("one poll: 1,000 newer entries and 10 shown ones", newer),
        "page-entry": ("one entry next to the list", f"/activity/e{middle}"),
        "page-person": ("all that happened to one prospect", f"/person?id=h{middle // 5}"),
        "page-held": (held, "/held"),
        "page-held-cause": ("one cause with its entries", f"/held?cause={_CAUSE}"),
        "page-held-news": ("one poll of the held entries", "/held/news"),
        "page-configuration": ("the switches and policies", "/configuration"),
        "page-mapping": ("the mapping, with its examples", "/mapping"),
        "page-connection": ("the connection", "/connection"),
    }


#: Rules for some events, each with as many fields as a large org has mapped.
_RULES, _FIELDS = 5, 300


def rules_pages() -> dict[str, tuple[str, str]]:
    """As `pages`, with those rules."""
    what = f"{_RULES} rules for some events, {_FIELDS} fields each"
    return {
        "page-rules": (f"the rules in force, with {what}", "/rules"),
        "page-rules-filter": ("a filter that finds each of their fields", "/rules?q=field"),
        "page-rules-one": ("one of them with all its fields", "/rules?rule=rules/90.toml"),
    }


def measure(effort: Effort) -> list[BenchmarkRow]:
    """One row per page."""
    entries = effort.size(ENTRIES)
    with emulator() as org, workspace(org.url, history=entries) as app:
        progress(f"console: holding a tenth of {entries:,} entries")
        hold_some(app.settings.database_file)
        client = client_of(app)
        rows = [
            _row(name, f"of {entries:,} entries: {what}", partial(get_page, client, path), effort)
            for name, (what, path) in pages(entries).items()
        ]
        write_rules(app.settings.config_dir / "rules")
        for name, (what, path) in rules_pages().items():
            rows.append(_row(name, what, partial(get_page, client, path), effort))
        return rows


def write_rules(folder: Path) -> None:
    """Write those rules, over fields that another rule fills for every event."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"Field{number}__c" for number in range(_FIELDS)]
    entry = '{ from = ["prospect.title", "prospect.id"], values = { "a" = "b" } }'
    fields = "[fields.Lead]\n" + "".join(f"{name} = {entry}\n" for name in names)
    (folder / "80.toml").write_text(fields, encoding="utf-8")
    for number in range(_RULES):
        when = f"when = \"prospect.location.country_code == 'D{number}'\"\n"
        (folder / f"{90 + number}.toml").write_text(when + fields, encoding="utf-8")


def _row(name: str, what: str, request: Callable[[], object], effort: Effort) -> BenchmarkRow:
    request()  # fill the caches of the process
    progress(f"console: {name}")
    found = spread([_processor_ms(request) for _ in range(effort.rounds)])
    figure = f"{found[0]:.1f} ms"
    return BenchmarkRow(name, what, figure, "", found, MAX_RESPONSE_MS, "ms", rounds=effort.rounds)


def _processor_ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def client_of(app: CommandApp) -> FlaskClient:
    """A visitor of the application's console."""
    options = ConsoleOptions(lambda _: Visitor("default", "Ada"))
    return build_app(app.console(), options).test_client()


def get_page(client: FlaskClient, path: str) -> None:
    """Request a page. Raises RuntimeError if it is not answered."""
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def hold_some(file: Path) -> None:
    """Of the settled entries, hold some and let some wait again."""
    interval = _HELD_INTERVAL * _CAUSES
    with closing(sqlite3.connect(file)) as connection, connection:
        for number in range(_CAUSES):
            cause = required_empty("Lead", f"Field{number}__c")
            connection.execute(_HOLD, (*_held_by(cause), interval, _HELD_INTERVAL * number))
        connection.execute(_HOLD, (*_held_by(_RARE_CAUSE), ENTRIES, _RARE_ENTRY))
        connection.execute(_WAIT, (_PENDING_INTERVAL,))
        connection.execute(_MOVE_COUNTS, {"hour": int(time.time() // 3600)})


def _held_by(cause: Cause) -> Sequence[object]:
    values = cause_values(replace(cause, fingerprint="f1")).values()
    return (column(held_reason(cause)), *map(column, values))
