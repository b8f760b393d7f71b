"""What is PostgreSQL's own: its dialect, upgrades, lost connections, forks, and locks by what a
transaction is about."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.contract.store_contract import ORG, connection, fence, new
from tests.postgres import Server, server_or_skip
from zsf_plugin.errors import ConfigurationError, Fenced, StoreUnavailable
from zsf_plugin.model import Link, LinkKind, Tokens
from zsf_plugin.ports import EntryCounts, Fence, JournalLine, Settlement
from zsf_plugin.postgres import IDLE_TIMEOUT_S, LOCK_TIMEOUT_S, LimitedConnection
from zsf_plugin.store.postgres import PostgresStore, database
from zsf_plugin.store.postgres.connecting import Row, Statements
from zsf_plugin.store.postgres.dialect import translated
from zsf_plugin.store.postgres.schema import migrations
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql import settling
from zsf_plugin.store.sql.database import EVERYTHING, RULES_OF
from zsf_plugin.store.sqlite import SqliteStore

CIPHER = Cipher("a secret", "this test")
TIMEOUT_S = 20.0


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url, CIPHER)
    yield store
    store.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    with server_or_skip() as one:
        yield one


@pytest.mark.parametrize(
    ("shared", "own"),
    [
        ("SELECT 1 FROM entries INDEXED BY entries_held", "SELECT 1 FROM entries "),
        ("a CROSS JOIN b ON a.x = b.x", "a JOIN b ON a.x = b.x"),
        ("x = ? AND y LIKE '%z'", "x = %s AND y LIKE '%%z'"),
        ("x = :name AND y = CAST(:other AS TEXT)", "x = %(name)s AND y = CAST(%(other)s AS TEXT)"),
        ("json_each(?) AS ids", "items_of_list(%s) AS ids"),
        (
            "FROM leases WHERE name = :name /* FOR SHARE */",
            "FROM leases WHERE name = %(name)s FOR SHARE",
        ),
        ("x /* ORDER BY id DESC LIMIT :limit */", "x ORDER BY id DESC LIMIT %(limit)s"),
        ("x /* ORDER BY id LIMIT 200 */", "x ORDER BY id LIMIT 200"),
    ],
)
def test_a_shared_statement_becomes_one_of_postgresql(shared: str, own: str) -> None:
    assert translated(shared) == own


def test_others_outwait_the_transaction_of_a_machine_that_was_stopped_inside_it(url: str) -> None:
    assert IDLE_TIMEOUT_S < LOCK_TIMEOUT_S
    impatient = f"{url}?options=-c%20idle_in_transaction_session_timeout%3D200ms"
    with (
        closing(PostgresStore(impatient, CIPHER)) as store,
        closing(PostgresStore(url, CIPHER)) as other,
    ):
        with suppress(StoreUnavailable), store._database.writing(EVERYTHING):
            other.save_console_rule("w", {"mode": "lead"}, expected_version=0)
        assert other.console_rule("w")[1] == 1


@pytest.mark.parametrize("entries", [1, 20])
def test_settling_takes_as_many_round_trips_for_many_entries_as_for_one(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    monkeypatch.setattr(settling, "MAX_TOGETHER", 50)  # whatever a simulation has set it to
    settlements = []
    for number in range(entries):
        entry_id = store.accept(new(f"e{number}", lane=f"p{number}")).entry_id
        link = Link("prospect", f"p{number}", "Lead", f"00Q{number}", {})
        line = JournalLine(entry_id, "Lead", f"00Q{number}", "create", {}, {}, 200.0)
        settlements.append(Settlement(entry_id, "done", links=(link,), journal=(line,)))
    won = fence(store)
    asked = asked_from_now(monkeypatch)
    store.settle(won, settlements, 200.0)
    # the locks, the lease, where the entries are, links, journal, entries, who waited for a link
    assert len(asked) == 7
    assert store.counts("w").done == entries


def test_the_links_of_a_batch_take_a_round_trip_for_each_kind(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: tuple[LinkKind, ...] = ("prospect", "company")
    links = [Link(kind, f"{kind}{n}", "Lead", f"00Q{n}", {}) for n in range(20) for kind in kinds]
    entry_id = store.accept(new("e1")).entry_id
    store.settle(fence(store), [Settlement(entry_id, "done", links=tuple(links))], 200.0)
    asked = asked_from_now(monkeypatch)
    keys = [link.key for link in links]
    assert store.links("w", ORG, [*keys, ("prospect", "nobody")]) == dict(
        zip(keys, links, strict=True)
    )
    assert len(asked) == len(kinds)


def test_a_hook_takes_one_round_trip_and_a_commit(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_from_now(monkeypatch)
    assert not store.accept(new("e1")).duplicate
    assert len(asked) == 1
    assert store.accept(new("e1")).duplicate


def asked_from_now(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are run from now on, each a round trip."""
    execute, asked = Statements.execute, list[str]()

    def note(self: Statements, statement: str, *values: Any) -> psycopg.Cursor[Row]:
        asked.append(statement)
        return execute(self, statement, *values)

    monkeypatch.setattr(Statements, "execute", note)
    return asked


def test_a_database_is_made_once_however_many_processes_open_it_first(postgres: Server) -> None:
    url, failures = postgres.empty_database(), list[Exception]()

    def open_it() -> None:
        try:
            PostgresStore(url, CIPHER).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert failures == []
    with psycopg.connect(url) as looking:
        applied = looking.execute("SELECT number FROM zsf.migrations ORDER BY number").fetchall()
    assert [number for (number,) in applied] == list(migrations())


def test_a_database_of_a_newer_version_is_refused_in_one_line_and_not_touched(url: str) -> None:
    with psycopg.connect(url) as later:
        later.execute("INSERT INTO zsf.migrations (number) VALUES (9999)")
    with pytest.raises(StoreUnavailable, match="newer version of zsf-plugin") as refused:
        PostgresStore(url, CIPHER)
    assert "\n" not in str(refused.value)


def test_a_server_that_cannot_be_reached_is_named_without_the_password() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached") as refused:
        PostgresStore("postgresql://someone:hunter2@127.0.0.1:1/zsf", CIPHER)
    assert "postgresql://127.0.0.1:1/zsf" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "someone" not in str(refused.value)


def test_a_store_goes_on_by_itself_once_its_server_is_back(own_server: Server) -> None:
    store = PostgresStore(own_server.new_database(), CIPHER)
    store.accept(new("e1"))
    own_server.stop()
    with pytest.raises(StoreUnavailable):
        store.accept(new("e2"))
    own_server.start()
    assert not store.accept(new("e3")).duplicate
    assert store.counts("w").pending == 2
    store.close()


def test_a_server_that_refuses_connections_is_not_waited_for(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgresStore(own_server.new_database(), CIPHER)
    monkeypatch.setattr(database, "LOCK_TIMEOUT_S", 3600.0)
    own_server.stop()
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.accept(new("e1"))
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.counts("w")
    store.close()


def test_an_answer_that_does_not_come_is_not_waited_for_without_end(
    store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LimitedConnection, "answer_timeout_s", 0.2)
    with psycopg.connect(url) as holding:
        holding.execute("LOCK TABLE zsf.entries")  # to the end of this block
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            store.counts("w")
    monkeypatch.undo()
    assert not store.accept(new("e1")).duplicate


def test_an_event_is_stored_although_the_server_had_ended_the_connection(
    store: PostgresStore, url: str
) -> None:
    store.accept(new("e1"))
    end_other_connections(url)
    accepted = store.accept(new("e2"))
    assert (accepted.duplicate, accepted.entry_id) == (False, "e2")


def test_what_is_read_right_after_a_restart_of_the_server_is_read_by_another_connection(
    own_server: Server,
) -> None:
    """Though every other of the pool was ended too."""
    with closing(PostgresStore(own_server.new_database(), CIPHER)) as store:
        store.accept(new("e1"))
        reading = store._database.reading
        with reading() as first, reading() as second:
            assert [one.execute("SELECT 1").fetchone()[0] for one in (first, second)] == [1, 1]
        assert store._database._pool is not None
        for idle in store._database._pool._pool:
            idle.used_at = float("inf")  # trusted without being asked
        with reading() as before:
            own_server.stop()
            own_server.start()
            assert before.execute("SELECT 2").fetchone()[0] == 2
        assert store.counts("w").pending == 1


def end_other_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as ending:
        ending.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_an_event_whose_commit_was_interrupted_is_new_and_stored_once(
    store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, lost = psycopg.Connection.commit, iter([True])

    def interrupted(self: psycopg.Connection[object]) -> None:
        commit(self)
        if next(lost, False):
            raise psycopg.OperationalError("the connection was lost")

    monkeypatch.setattr(psycopg.Connection, "commit", interrupted)
    accepted = store.accept(new("e1"))
    assert (accepted.duplicate, accepted.conflict) == (False, False)
    assert store.counts("w").pending == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_opens_connections_of_its_own(store: PostgresStore) -> None:
    store.accept(new("e1"))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if store.accept(new("e2")).entry_id == "e2" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.counts("w").pending == 2


def test_batches_that_arrive_at_once_never_wait_for_each_other(store: PostgresStore) -> None:
    """Each changes the counts of two workspaces and two states, in an order of its own."""
    places = [("v", "skipped"), ("w", "held"), ("v", "held"), ("w", "skipped")]

    def feed(number: int) -> int:
        batch = [
            new(f"{number}-{place}", workspace=workspace, state=state)
            for place, (workspace, state) in enumerate(places[:: 1 if number % 2 else -1])
        ]
        return len(store.accept_all(batch))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(feed, range(60))) == 240
    assert [store.counts(name) for name in "vw"] == [EntryCounts(held=60, skipped=60)] * 2


def test_a_drain_that_lost_its_lease_meanwhile_settles_nothing(store: PostgresStore) -> None:
    store.accept(new("e1"))
    old = fence(store)
    with store._database.writing(None) as taking:
        taking.execute("UPDATE leases SET epoch = epoch + 1 WHERE name = ?", (old.name,))
        settling = threading.Thread(target=settle_quietly, args=(store, old))
        settling.start()
        settling.join(0.2)
        assert settling.is_alive()  # it waits for whoever takes the lease
    settling.join(TIMEOUT_S)
    assert store.counts("w").pending == 1


def settle_quietly(store: PostgresStore, fence: Fence) -> None:
    with suppress(Fenced):
        store.settle(fence, [Settlement("e1", "done")], 1.0)


def test_a_workspace_that_moves_waits_for_a_drain_that_marks_its_entries(
    store: PostgresStore,
) -> None:
    store.save_connection(connection(), Tokens("access", "refresh"))
    with store._database.writing(EVERYTHING):
        moving = threading.Thread(
            target=store.save_connection, args=(connection(), Tokens("access", "refresh"))
        )
        moving.start()
        moving.join(0.2)
        assert moving.is_alive()
    moving.join(TIMEOUT_S)
    assert not moving.is_alive()


@pytest.mark.parametrize("name", ["w", "a\0b\ud800"])
def test_events_wait_while_the_rules_of_their_workspace_change(
    store: PostgresStore, name: str
) -> None:
    with store._database.writing(RULES_OF + name):
        arriving = threading.Thread(target=store.accept, args=(new("e1", workspace=name),))
        arriving.start()
        elsewhere = store.accept(new("e1", workspace="v"))
        arriving.join(0.2)
        assert arriving.is_alive()
    arriving.join(TIMEOUT_S)
    assert not elsewhere.duplicate
    assert store.counts(name).pending == 1


def test_texts_with_nul_and_lone_surrogates_come_back_as_they_were(store: PostgresStore) -> None:
    odd = "a\0b\ud800"
    store.accept(new(odd, lane=odd, payload={"prospect": {"id": odd, "name": odd}}))
    (entry,) = store.entries("w")
    assert (entry.event.event_id, entry.lane) == (odd, odd)
    assert entry.event.payload["prospect"] == {"id": odd, "name": odd}
    assert store.lanes_in_doubt("w", "00D", [odd]) == frozenset()
    assert store.accept(new(odd, lane=odd)).duplicate


def test_both_engines_have_the_same_tables_with_the_same_columns(url: str, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "zsf.sqlite3", CIPHER).close()
    with closing(sqlite3.connect(tmp_path / "zsf.sqlite3")) as looking:
        names = looking.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        of_sqlite: dict[str, list[tuple[str, bool]]] = {}
        for (table,) in names.fetchall():
            columns = looking.execute(f"PRAGMA table_info({table})").fetchall()
            of_sqlite[table] = [
                (name, bool(key or filled)) for _, name, _, filled, _, key in columns
            ]
    of_postgres: dict[str, list[tuple[str, bool]]] = {}
    with psycopg.connect(url) as looking_there:
        for table, name, is_nullable in looking_there.execute(
            "SELECT table_name, column_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'zsf' AND table_name <> 'migrations'"
            " ORDER BY table_name, ordinal_position"
        ):
            of_postgres.setdefault(table, []).append((name, is_nullable == "NO"))
    assert of_postgres == of_sqlite


def test_both_engines_have_indexes_of_the_same_names(url: str, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "zsf.sqlite3", CIPHER).close()
    with closing(sqlite3.connect(tmp_path / "zsf.sqlite3")) as looking:
        names = looking.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")
        of_sqlite = {name for (name,) in names}
    with psycopg.connect(url) as looking_there:
        found = looking_there.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'zsf'")
        made_by_keys = ("_pkey", "_key")
        of_postgres = {name for (name,) in found if not name.endswith(made_by_keys)}
    assert of_postgres == of_sqlite


def test_a_backup_is_made_by_the_servers_own_tool(store: PostgresStore, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"pg_dump --format=custom --schema=zsf"):
        store.write_copy(tmp_path / "copy", lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_a_dump_restores_every_entry_and_numbers_new_ones_after_them(
    postgres: Server, url: str, store: PostgresStore
) -> None:
    """As docs/operations.md has the commands."""
    ids = [result.entry_id for result in store.accept_all([new(f"e{n}") for n in range(5)])]
    store.settle(fence(store), [Settlement(ids[0], "done")], 1.0)
    dump, target = str(postgres.root / "zsf.dump"), postgres.empty_database()
    postgres.run("pg_dump", "--format=custom", "--schema=zsf", f"--file={dump}", url)
    postgres.run("pg_restore", "--no-owner", f"--dbname={target}", dump)
    with closing(PostgresStore(target, CIPHER)) as restored:
        assert restored.counts("w") == store.counts("w") == EntryCounts(pending=4, done=1)
        assert restored.accept(new("e0")).duplicate
        later = restored.accept(new("later")).entry_id
        assert int(later[1:]) > int(ids[-1][1:])
        restored.check()


def test_options_of_the_url_count_but_the_tables_stay_where_they_are(url: str) -> None:
    options = "options=-c%20search_path%3Dpublic%20-c%20lock_timeout%3D3s"
    store = PostgresStore(f"{url}?{options}", CIPHER)
    assert not store.accept(new("e1")).duplicate
    assert store._database.rows("SHOW lock_timeout")[0][0] == "3s"
    assert store._database.rows("SHOW statement_timeout")[0][0] == "30s"
    store.close()
    assert PostgresStore(url, CIPHER).counts("w").pending == 1
