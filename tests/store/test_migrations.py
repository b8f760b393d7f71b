"""Numbered migrations: what opening a database file runs, and which files are refused."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import get_args

import pytest

from tests.contract.store_contract import ORG, new
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import State
from zsf_plugin.ports import EntryCounts, Fence, HeldLease, Moment
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore, database
from zsf_plugin.store.sqlite.file_ids import StoreConnection
from zsf_plugin.store.sqlite.inspection import check_content
from zsf_plugin.store.sqlite.schema import (
    EMPTY_VERSION,
    apply_migration,
    check_version,
    migrations,
    next_migration,
    statements,
    version_of,
)

CIPHER = Cipher("a secret of this test", "this test")
BASELINE = 3
NEWEST = max(migrations())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zsf.sqlite3"


def baseline(file: Path) -> None:
    """A file as the baseline left it, with an entry in each state."""
    cause = "'VALUE', 'VALUE', 'not in the list', 'choose one', 'Lead', 'Industry', 'f1', NULL"
    columns = (
        "workspace, event_id, kind, lane, state, digest, occurred_at, received_at, not_before, "
        "attempts, sent_at, sent_as, settled_at, reason, cause_code, cause_group, cause_text, "
        "cause_advice, cause_object, cause_field, cause_fingerprint, cause_detail, payload, steps"
    )
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        apply_migration(older, BASELINE)
        for number, state in enumerate(get_args(State), 1):
            held = cause if state == "held" else ", ".join(["NULL"] * 8)
            sent = ("5.0", """'["Lead"]'""") if state == "writing" else ("NULL", "'[]'")
            older.execute(
                f"INSERT INTO entries ({columns}) VALUES ('w', 'e{number}', 'purchase', "
                f"'p{number}', '{state}', 'd{number}', '2026-11-20T10:00:00Z', 1.0, 0, 1, "
                f"{sent[0]}, {sent[1]}, 2.0, 'why', {held}, '{{\"n\":{number}}}', "
                """'[["SKIPPED","a text","Lead","Name"]]')"""
            )


def test_a_new_file_has_run_every_migration(file: Path) -> None:
    SqliteStore(file, CIPHER).close()
    with closing(sqlite3.connect(file)) as made:
        assert version_of(made) == NEWEST


def test_entries_of_every_state_in_a_baseline_file_read_as_they_were(file: Path) -> None:
    baseline(file)
    store = SqliteStore(file, CIPHER)
    assert store.counts("w") == EntryCounts(1, 1, 1, 1, 1)
    by_state = {entry.state: entry for entry in store.entries("w")}
    writing, held = by_state["writing"], by_state["held"]
    store.close()
    assert by_state.keys() == set(get_args(State))
    assert [entry.payload for entry in by_state.values()] == [{"n": n} for n in (5, 4, 3, 2, 1)]
    assert (writing.sent_at, writing.sent_as, writing.attempts) == (5.0, ("Lead",), 1)
    assert held.cause is not None
    assert (held.cause.code, held.cause.object, held.cause.field) == ("VALUE", "Lead", "Industry")
    assert held.reason is not None
    assert (held.cause.fingerprint, held.settled_at) == ("f1", 2.0)
    assert step_text(held.reason) == "why"
    assert [(step.object, step.field) for step in held.steps] == [("Lead", "Name")]


def test_a_link_of_a_baseline_file_was_never_checked(file: Path) -> None:
    baseline(file)
    with closing(sqlite3.connect(file)) as older:
        older.execute("INSERT INTO links VALUES ('w', 'prospect', 'p1', 'Lead', '00Q', '{}', 'd')")
        older.execute(
            "INSERT INTO connections VALUES ('w', ?, '', '', '', '', '', '', 0, '', 1.0, "
            "'connected', NULL, '', NULL)",
            (ORG,),
        )
        older.commit()
    store = SqliteStore(file, CIPHER)
    link = store.links("w", ORG, [("prospect", "p1")])["prospect", "p1"]
    store.close()
    assert (link.record_id, link.plan_digest, link.checked_at) == ("00Q", "d", 0.0)


def test_a_lease_of_a_former_version_is_its_holders_until_it_was_seen_not_to_be_renewed(
    file: Path,
) -> None:
    baseline(file)
    with closing(sqlite3.connect(file)) as older:
        older.execute("INSERT INTO leases VALUES ('org:1', 7, 'host/boot/9/1/ab', 115.0)")
        older.commit()
    store = SqliteStore(file, CIPHER)
    lease = store.lease("org:1")
    taken = store.acquire_lease("org:1", "me", 99.0, ttl_s=15, is_over=lambda it: it == lease)
    store.close()
    assert lease == HeldLease("org:1", 7, "host/boot/9/1/ab", 0.0, 115.0, 0)
    assert taken == Fence("org:1", 8, "me")


def test_the_console_rules_of_a_former_version_are_the_first_of_the_history(file: Path) -> None:
    baseline(file)
    with closing(sqlite3.connect(file)) as older:
        older.execute("""INSERT INTO console_rules VALUES ('w', '{"mode":"contact"}', 7)""")
        older.commit()
    store = SqliteStore(file, CIPHER)
    (version,) = store.console_rule_versions("w")
    store.close()
    assert (version.version, version.document) == (7, {"mode": "contact"})
    assert (version.at, version.by) == (None, None)


def test_the_rule_files_of_a_former_version_count_as_said_from_the_beginning(file: Path) -> None:
    baseline(file)
    with closing(sqlite3.connect(file)) as older:
        older.execute("""INSERT INTO rule_files VALUES ('rules', 'a.toml', '{"mode":"lead"}')""")
        older.execute("""INSERT INTO rule_files VALUES ('rules', 'b.toml', '{}')""")
        older.commit()
    store = SqliteStore(file, CIPHER)
    known = store.rule_file_versions("rules", 0.0, 9)
    store.close()
    assert known == [{"a.toml": {"mode": "lead"}, "b.toml": {}}]


def test_a_baseline_file_still_accepts_entries(file: Path) -> None:
    baseline(file)
    store = SqliteStore(file, CIPHER)
    assert not store.accept(new("another")).duplicate
    assert store.counts("w").pending == 2
    store.close()


def test_of_creates_in_doubt_of_a_former_version_the_orgs_time_is_unknown(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        for number in sorted(number for number in migrations() if number < 14):
            apply_migration(older, number)
        older.execute(
            "INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, "
            "received_at, not_before, attempts, sent_at, sent_as, org_id, payload, steps) VALUES "
            "('w', 'e1', 'purchase', 'p1', 'writing', 'd', '2026-11-20T10:00:00Z', 1.0, 700.0, 1, "
            "5.0, '[\"Lead\"]', ?, '{}', '[]')",
            (ORG,),
        )
        left = (ORG, "v", "purchase", "p1", 7.0, "[]", 1)
        older.execute("INSERT INTO left_in_doubt VALUES (1, ?, ?, ?, ?, ?, ?, ?)", left)
    store = SqliteStore(file, CIPHER)
    (entry,) = store.due("w", "purchase", 9, 700.0)
    elsewhere = store.in_doubt_elsewhere(ORG, "another")
    store.close()
    assert (entry.sent, entry.sent_as) == (Moment(5.0), ("Lead",))
    assert set(elsewhere) == {Moment(5.0), Moment(7.0)}


def test_a_migrated_file_has_the_tables_columns_and_indexes_of_a_new_one(tmp_path: Path) -> None:
    baseline(tmp_path / "old")
    shapes = []
    for file in (tmp_path / "old", tmp_path / "new"):
        SqliteStore(file, CIPHER).close()
        with closing(sqlite3.connect(file)) as made:
            shapes.append(sorted(made.execute("SELECT name, sql FROM sqlite_master").fetchall()))
    assert shapes[0] == shapes[1]


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sqlite3.Connection, number: int) -> None:
        apply_migration(connection, number)
        raise sqlite3.OperationalError("disk I/O error")

    baseline(file)
    monkeypatch.setattr("zsf_plugin.store.sqlite.database.apply_migration", fail)
    with pytest.raises(StoreUnavailable):
        SqliteStore(file, CIPHER)
    with closing(sqlite3.connect(file)) as made:
        assert version_of(made) == BASELINE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process of its own for each kill")
def test_a_kill_at_any_statement_of_a_migration_leaves_the_old_schema_or_the_new(
    tmp_path: Path,
) -> None:
    file, never_killed = tmp_path / "killed", tmp_path / "never killed"
    for each in (file, never_killed):
        baseline(each)
    left = Counter[int]()
    version, statement, is_killed = BASELINE, 0, True
    while is_killed:
        is_killed = is_killed_while_opening(file, statement)
        check_content(file)
        with closing(sqlite3.connect(file)) as found:
            former, version = version, version_of(found)
        assert version in (former, former + 1)
        left[version] += 1
        statement = statement + 1 if version == former else 0
    assert version == NEWEST
    assert left.keys() == migrations().keys()
    assert sum(left.values()) > 70, "at each BEGIN, statement and COMMIT"
    SqliteStore(never_killed, CIPHER).close()
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(never_killed)) as other:
        assert list(one.iterdump()) == list(other.iterdump())


def is_killed_while_opening(file: Path, statement: int) -> bool:
    """Open the file in a process that is killed before that statement of its transactions, counted
    from 0; whether it came to that."""
    child = os.fork()
    if not child:
        with suppress(BaseException):
            run = itertools.count()

            class Killed(StoreConnection):
                def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
                    is_counted = self.in_transaction or sql.startswith("BEGIN")
                    if is_counted and next(run) == statement:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return super().execute(sql, *values)

            database.StoreConnection = Killed
            SqliteStore(file, CIPHER)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (99, r"newer version of zsf-plugin \(schema 99"),
        (BASELINE - 1, r"unreleased version of zsf-plugin \(schema 2"),
        (-1, r"unreleased version of zsf-plugin \(schema -1"),
    ],
)
def test_a_file_without_a_migration_path_is_refused_in_one_line_and_not_changed(
    file: Path, version: int, words: str
) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE entries (id)")
        other.execute(f"PRAGMA user_version = {version}")
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match=words) as refused:
        SqliteStore(file, CIPHER)
    assert "\n" not in str(refused.value)
    assert file.read_bytes() == before


@pytest.mark.parametrize("version", [EMPTY_VERSION, BASELINE, NEWEST])
def test_a_file_without_tables_or_of_a_known_version_is_accepted(file: Path, version: int) -> None:
    check_version(file, version)


def test_migrations_are_numbered_without_a_gap_from_the_baseline() -> None:
    assert list(migrations()) == list(range(BASELINE, NEWEST + 1))


def test_the_next_migration_is_the_first_with_a_higher_number() -> None:
    assert next_migration(EMPTY_VERSION) == BASELINE
    assert next_migration(NEWEST) is None


def test_a_script_is_split_after_each_statement() -> None:
    script = "-- why\nCREATE TABLE a (\n    id\n);\nCREATE TABLE b (id);\n"
    assert [statement.count("CREATE") for statement in statements(script)] == [1, 1]


def test_a_sign_in_of_an_older_version_stays_and_has_no_key(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        for number in sorted(number for number in migrations() if number < 9):
            apply_migration(older, number)
        sealed = (CIPHER.encrypt("access"), CIPHER.encrypt("refresh"))
        older.execute("INSERT INTO tokens VALUES ('w', ?, ?, 3, 5.0)", sealed)
        older.execute("INSERT INTO tokens VALUES ('by-key', ?, NULL, 1, 5.0)", sealed[:1])
    store = SqliteStore(file, CIPHER)
    tokens = store.tokens("w")
    assert tokens is not None
    assert (tokens.access, tokens.refresh, tokens.version) == ("access", "refresh", 3)
    assert (store.renewal("w"), store.sign_in_key("w")) == ("refresh_token", None)
    assert (store.renewal("by-key"), store.sign_in_key("by-key")) == (None, None)
    store.close()
