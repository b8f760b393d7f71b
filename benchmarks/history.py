"""Data folders with a long history: settled entries with their links and journal.

Inserted by SQL, since intake and drains are measured by other rows. One folder of each size is
filled once for all rows of a run, and copied for each.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from benchmarks.harness import progress
from benchmarks.org import ORG_ID
from zsf_plugin.settings import from_environment
from zsf_plugin.store.sql.rows import encode
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

#: Of five entries one is a purchase, and four are touchpoints of the same person.
_PER_PERSON = 5
_ROWS = """
    CREATE TEMP TABLE rows AS
    WITH RECURSIVE numbers (n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count
    )
    SELECT n, n / :per_person AS person, 1700000000.0 + n AS at,
        iif(n % :per_person, 'touchpoint', 'purchase') AS kind,
        iif(n % :per_person, 'touchpoint', 'prospect') AS link,
        iif(n % :per_person, 'Task', 'Lead') AS object,
        printf(iif(n % :per_person, '00T5g0%09dAAA', '00Q5g0%09dAAA'), n) AS record_id
    FROM numbers
"""
# Event ids of hosts are in no order.
_ENTRIES = """
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, received_at,
        settled_at, payload, steps, org_id)
    SELECT 'default', lower(hex(randomblob(8))), kind, 'h' || person, 'done', 'd',
        '2026-11-01T10:00:00Z', at, at, replace(:payload, '{n}', person), :steps, :org_id
    FROM temp.rows
"""
_LINKS = """
    INSERT INTO links (workspace, org_id, kind, host_id, object, record_id, written, plan_digest,
        checked_at, arrived)
    SELECT 'default', :org_id, link, 'h' || n, object, record_id, :written, 'd', at, n
    FROM temp.rows
"""
_JOURNAL = """
    INSERT INTO journal (entry, object, record_id, action, before, after, at, org_id)
    SELECT n, object, record_id, 'create', '{}', :written, at, :org_id FROM temp.rows
"""
_COUNT = """
    INSERT INTO settled_counts (workspace, state, entries) VALUES ('default', 'done', :count)
    ON CONFLICT (workspace, state) DO UPDATE SET entries = excluded.entries
"""
#: As large as what hosts send; `{n}` is the person's number.
_PAYLOAD = {
    "prospect": {
        "id": "h{n}",
        "first_name": "Ada",
        "last_name": "Byron {n}",
        "email": "ada.byron.{n}@company-{n}.example",
        "phone": "+46 8 {n}",
        "title": "Engineer",
        "location": {"city": "Malmö", "region": "Skåne", "country": "Sweden", "country_code": "SE"},
        "company": {"id": "hc{n}", "name": "Company {n}", "domain": "company-{n}.example"},
    },
    "user": {"id": "u1", "email": "seller@zaplify.example"},
}


def copy_history(entries: int, data: Path) -> None:
    """Make a data folder with this number of settled entries."""
    shutil.copytree(_filled(entries), data)


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="zsf-bench-history-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@cache
def _filled(entries: int) -> Path:
    folder = _folder() / str(entries)
    settings = from_environment(
        {}, config_dir=folder / "config", data_dir=folder / "data", host_settings=None
    )
    app = CommandApp(Parts(settings))
    app.store.workspaces()  # creates the file
    app.close()
    progress(f"history: inserting {entries:,} settled entries")
    fill(settings.database_file, entries)
    return folder / "data"


def fill(file: Path, entries: int) -> None:
    """Insert settled entries with their links and journal into a new database."""
    values = {
        "count": entries,
        "per_person": _PER_PERSON,
        "org_id": ORG_ID,
        "payload": json.dumps(_PAYLOAD),
        "steps": encode([["found", "Lead", None, {"by": "match_key", "fields": ["Email"]}]]),
        "written": json.dumps({"Email": "ada@company.example", "Title": "Engineer"}),
    }
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for statement in (_ROWS, _ENTRIES, _LINKS, _JOURNAL, _COUNT):
            connection.execute(statement, values)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
