"""Rows of several threads that become durable together: each thread gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contract.store_contract import new
from zsf_plugin.errors import StoreDamaged, StoreUnavailable
from zsf_plugin.ports import AcceptResult, NewEntry
from zsf_plugin.store import Cipher
from zsf_plugin.store.sql.database import Inserted
from zsf_plugin.store.sql.rows import Columns
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite import database as sqlite_database
from zsf_plugin.store.sqlite.advice import StoreBusy
from zsf_plugin.store.sqlite.group_commit import MAX_ROWS, InsertQueue, _Queued

TIMEOUT_S = 20.0


class Interrupted(BaseException):
    """As a person's interruption: no error of a row."""


class Threads:
    """Threads that each insert one row while it is the main thread's turn, and what they got."""

    def __init__(self) -> None:
        self.turn = threading.RLock()
        self.queue = InsertQueue(self.turn)
        self.written: list[list[int]] = []
        self.got: dict[int, object] = {}

    def write(self, rows: Sequence[Columns]) -> Sequence[int | None]:
        numbers = [number for (number,) in rows if isinstance(number, int)]
        self.written.append(numbers)
        return numbers

    def waiting(self) -> list[Columns]:
        return [queued.row for queued in list(self.queue.waiting)]

    def insert_together(self, count: int, write: Callable[[Sequence[Columns]], Any]) -> None:
        def insert(number: int) -> None:
            try:
                self.got[number] = self.queue.insert((number,), write, TIMEOUT_S)
            except BaseException as error:
                self.got[number] = error

        threads = [threading.Thread(target=insert, args=(number,)) for number in range(count)]
        with self.turn:
            for number, thread in enumerate(threads):
                thread.start()
                while thread.is_alive() and (number,) not in self.waiting():
                    thread.join(0.001)
        self.queue._wake_first()
        for thread in threads:
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()


def rows_of(threads: Threads) -> list[object]:
    return [
        one.row_id if isinstance(one, Inserted) else one for _, one in sorted(threads.got.items())
    ]


def test_rows_that_wait_are_written_together_and_each_thread_gets_its_own_id() -> None:
    threads = Threads()
    threads.insert_together(MAX_ROWS, threads.write)
    assert rows_of(threads) == list(range(MAX_ROWS))
    assert sorted(map(len, threads.written))[-1] > 1
    assert sorted(number for group in threads.written for number in group) == list(range(MAX_ROWS))


def test_more_rows_than_one_statement_takes_are_all_written() -> None:
    threads = Threads()
    threads.insert_together(3 * MAX_ROWS, threads.write)
    assert rows_of(threads) == list(range(3 * MAX_ROWS))
    assert max(map(len, threads.written)) <= MAX_ROWS


def test_a_lone_row_is_written_without_a_wait() -> None:
    threads = Threads()
    assert threads.queue.insert((7,), threads.write, 0.0) == Inserted(7, was_tried=False)
    assert not threads.queue.waiting


def test_a_row_that_is_refused_is_refused_alone() -> None:
    threads = Threads()

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        if (2,) in rows:
            raise StoreUnavailable("too large")
        return threads.write(rows)

    threads.insert_together(5, write)
    refused = [number for number, one in enumerate(rows_of(threads)) if one != number]
    assert refused == [2]
    assert str(threads.got[2]) == "too large"


def test_a_disk_that_fails_fails_every_row() -> None:
    threads = Threads()

    def write(_: Sequence[Columns]) -> Sequence[int | None]:
        raise StoreUnavailable("the disk is full")

    threads.insert_together(5, write)
    assert [str(one) for one in rows_of(threads)] == ["the disk is full"] * 5


def test_while_another_process_writes_no_row_waits_for_the_others_too() -> None:
    threads, tries = Threads(), list[int]()

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        tries.append(len(rows))
        raise StoreBusy("is locked by another process")

    threads.insert_together(6, write)
    assert sum(tries) == 6
    assert {str(one) for one in rows_of(threads)} == {"is locked by another process"}


def test_a_thread_that_is_interrupted_as_it_writes_leaves_the_rows_of_others_to_them() -> None:
    threads, is_first = Threads(), iter([True])

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        written = threads.write(rows)
        if next(is_first, False):
            raise Interrupted  # after the commit
        return [None for _ in written]  # so they are there

    threads.insert_together(5, write)
    interrupted = [one for one in threads.got.values() if isinstance(one, Interrupted)]
    others = [one for one in threads.got.values() if isinstance(one, Inserted)]
    assert (len(interrupted), len(others)) == (1, 4)
    first = set(threads.written[0])
    for number, one in threads.got.items():
        if isinstance(one, Inserted):
            assert one == Inserted(None, was_tried=number in first)


def test_a_signal_handler_that_inserts_in_the_middle_of_a_group_makes_no_row_a_known_one() -> None:
    threads, known, is_first = Threads(), set[int](), iter([True])

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        row_ids = [None if number in known else number for (number,) in rows]
        known.update(number for (number,) in rows if isinstance(number, int))
        if next(is_first, False):
            threads.got[-1] = threads.queue.insert((99,), write, TIMEOUT_S)
        return row_ids  # type: ignore[return-value]

    threads.insert_together(4, write)
    assert threads.got.pop(-1) == Inserted(99, was_tried=False)
    for number, one in threads.got.items():
        assert one in (Inserted(number, False), Inserted(None, True))


def test_a_thread_that_is_interrupted_as_it_waits_withdraws_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads, wait = Threads(), _Queued.wait

    def interrupted(queued: _Queued, timeout_s: float) -> None:
        if queued.row == (1,):
            raise Interrupted
        wait(queued, timeout_s)

    monkeypatch.setattr(_Queued, "wait", interrupted)
    threads.insert_together(4, threads.write)
    assert isinstance(threads.got[1], Interrupted)
    assert sorted(number for group in threads.written for number in group) == [0, 2, 3]


def test_a_turn_that_does_not_come_is_an_error_and_leaves_nothing_behind() -> None:
    threads = Threads()
    with threads.turn:
        errors: list[Exception] = []

        def insert() -> None:
            try:
                threads.queue.insert((1,), threads.write, 0.01)
            except TimeoutError as error:
                errors.append(error)

        thread = threading.Thread(target=insert)
        thread.start()
        thread.join(TIMEOUT_S)
        assert len(errors) == 1
    assert not threads.queue.waiting


def test_a_row_that_may_lie_in_a_lost_file_is_tried_again_as_such() -> None:
    threads, is_first = Threads(), iter([True])

    def write(rows: Sequence[Columns]) -> Sequence[int | None]:
        if len(rows) > 1 and next(is_first, False):
            raise StoreDamaged("gone", Path("zsf.sqlite3"))
        return [None] * len(rows)

    threads.insert_together(3, write)
    assert {one.was_tried for one in threads.got.values() if isinstance(one, Inserted)} >= {True}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "this test"))
    yield store
    store.close()


def accept_together(store: SqliteStore, entries: Sequence[NewEntry]) -> list[AcceptResult]:
    """Accept them by a thread each while another transaction is open."""
    got: dict[int, AcceptResult] = {}
    threads = []
    for number, entry in enumerate(entries):

        def accept(number: int = number, entry: NewEntry = entry) -> None:
            got[number] = store.accept(entry)

        threads.append(threading.Thread(target=accept))
    queue = store._database.pool.inserts
    with store._database.writing(None):
        for number, thread in enumerate(threads):
            thread.start()
            while len(queue.waiting) <= number:
                thread.join(0.001)
    for thread in threads:
        thread.join(TIMEOUT_S)
    return [got[number] for number in range(len(entries))]


def test_each_event_of_a_group_gets_its_own_receipt(store: SqliteStore) -> None:
    known = store.accept(new("known", digest="d")).entry_id
    entries = [
        new("e1"),
        new("known", digest="d"),
        new("e2", state="skipped"),
        new("known", digest="other"),
        new("e3"),
    ]
    results = accept_together(store, entries)
    assert [one.duplicate for one in results] == [False, True, False, True, False]
    assert [one.conflict for one in results] == [False, False, False, True, False]
    assert [one.state for one in results] == ["pending", "pending", "skipped", "pending", "pending"]
    assert (results[1].entry_id, results[3].entry_id) == (known, known)
    for entry, one in zip(entries, results, strict=True):
        stored = store.entry("w", one.entry_id)
        assert stored is not None
        assert stored.event.event_id == entry.event_id


def test_one_event_that_two_threads_bring_is_new_for_one_of_them(store: SqliteStore) -> None:
    results = accept_together(store, [new("e1"), new("e2"), new("e1"), new("e2")])
    assert sorted(one.duplicate for one in results) == [False, False, True, True]
    assert store.counts("w").pending == 2


def test_threads_that_wait_for_a_transaction_need_one_statement_together(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert_rows, sizes = sqlite_database.insert_rows, list[int]()

    def counted(connection: Any, rows: Sequence[Columns]) -> Sequence[int | None]:
        sizes.append(len(rows))
        return insert_rows(connection, rows)

    monkeypatch.setattr(sqlite_database, "insert_rows", counted)
    accept_together(store, [new(f"e{number}") for number in range(8)])
    assert sizes == [8]


def test_an_event_that_was_stored_as_its_writer_was_interrupted_is_no_duplicate(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.accept(new("e1", digest="d"))
    result = store._result(new("e1", digest="d"), Inserted(None, was_tried=True))
    assert (result.duplicate, result.conflict) == (False, False)
    assert store._result(new("e1", digest="other"), Inserted(None, was_tried=True)).conflict


def test_a_thread_that_waits_as_the_process_forks_goes_on_in_the_child(store: SqliteStore) -> None:
    queue = store._database.pool.inserts
    results: list[AcceptResult] = []
    thread = threading.Thread(target=lambda: results.append(store.accept(new("e1"))))
    with queue._turn:
        thread.start()
        while not queue.waiting:
            thread.join(0.001)
        store._database.reset_after_fork()  # as in the child
        thread.join(TIMEOUT_S)
    assert [one.duplicate for one in results] == [False]
    assert not queue.waiting
