"""Procrastinate hands a workspace to one worker at a time, loses nothing that a sweep does not find,
and keeps nothing of a worker that died."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.postgres import Server
from tests.toxics import Proxy, Toxic
from zsf_plugin.engines import procrastinate
from zsf_plugin.engines.procrastinate import (
    MakingConnection,
    ProcrastinateEngine,
    WakingConnection,
    WorkerConnection,
)
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.ports import EngineWork
from zsf_plugin.postgres import LOCK_TIMEOUT_S

TIMEOUT_S = 60.0


@dataclass
class Office:
    """Workers of one database in threads, and what they were handed."""

    url: str
    #: Turns that a workspace needs.
    needed: dict[str, int] = field(default_factory=dict)
    #: Seconds until a workspace's next one, if not a moment.
    waits_s: dict[str, float] = field(default_factory=dict)
    due: Sequence[str] = ()
    #: Looks at the store that fail before one does not.
    failures: int = 0
    turns: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    is_over: Callable[[list[str]], bool] = lambda turns: False
    on_turn: Callable[[str], object] = lambda workspace: None

    def __post_init__(self) -> None:
        self.engine = self.new_engine()
        self.threads: list[threading.Thread] = []

    def new_engine(self) -> ProcrastinateEngine:
        return ProcrastinateEngine(self.url, EngineWork(self.turn, self.look))

    def look(self) -> Sequence[str]:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("the database is starting")
        return self.due

    def turn(self, workspace: str, stopping: Callable[[], bool]) -> float | None:
        if workspace in self.running:
            self.overlaps.append(workspace)
        self.running.append(workspace)
        self.on_turn(workspace)
        self.turns.append(workspace)
        self.running.remove(workspace)
        self.needed[workspace] = self.needed.get(workspace, 1) - 1
        if self.is_over(self.turns):
            self.done.set()
        return self.waits_s.get(workspace, 0.05) if self.needed[workspace] > 0 else None

    def open(self, workers: int = 1, concurrency: int = 4) -> None:
        for _ in range(workers):
            engine = self.new_engine()
            thread = threading.Thread(target=engine.run, args=(self.ended, concurrency))
            thread.start()
            self.threads.append(thread)

    def close(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()
        self.engine.close()

    def jobs(self) -> list[tuple[str, str]]:
        """(workspace as its job knows it, state) of each job of a drain."""
        with psycopg.connect(self.url) as looking:
            found = looking.execute(
                "SELECT lock, status::text FROM zsf_jobs.procrastinate_jobs"
                " WHERE task_name = 'zsf.drain' ORDER BY id"
            )
            return list(found.fetchall())


@pytest.fixture
def office(postgres: Server) -> Iterator[Office]:
    office = Office(postgres.new_database())
    yield office
    office.close()


def test_a_workspace_that_was_woken_is_drained_until_nothing_is_due(office: Office) -> None:
    office.needed["acme"] = 3
    office.is_over = lambda turns: turns.count("acme") == 3
    office.open()
    office.engine.wake("acme")
    assert office.done.wait(TIMEOUT_S)
    office.close()
    assert office.turns == ["acme"] * 3
    assert office.jobs() == []


def test_waking_again_makes_no_second_job(office: Office) -> None:
    for _ in range(5):
        office.engine.wake("acme")
    assert office.jobs() == [('"acme"', "todo")]


def test_no_two_workers_have_one_workspace_at_the_same_time(office: Office) -> None:
    names = [f"w{number}" for number in range(6)]
    office.needed = dict.fromkeys(names, 4)
    office.is_over = lambda turns: len(turns) >= 24
    office.open(workers=2)
    for _ in range(3):
        for name in names:
            office.engine.wake(name)
    assert office.done.wait(TIMEOUT_S)
    assert office.overlaps == []


def test_a_long_backlog_lets_another_workspace_wait_for_one_turn(office: Office) -> None:
    office.needed["large"] = 50
    office.on_turn = lambda workspace: workspace == "large" and office.engine.wake("lone")
    office.is_over = lambda turns: "lone" in turns
    office.engine.wake("large")
    office.open(concurrency=1)
    assert office.done.wait(TIMEOUT_S)
    assert office.turns[:2] == ["large", "lone"]


def test_a_next_turn_waits_as_long_as_was_asked_for_and_not_once_the_worker_is_to_end(
    office: Office,
) -> None:
    office.needed, office.waits_s = {"later": 2, "soon": 2}, {"later": 3600.0}
    office.is_over = lambda turns: turns.count("soon") == 2 and "later" in turns
    office.open()
    for name in ("later", "soon"):
        office.engine.wake(name)
    assert office.done.wait(TIMEOUT_S)
    office.close()
    assert sorted(office.turns) == ["later", "soon", "soon"]
    assert office.jobs() == []


def test_a_workspace_is_woken_again_once_however_many_jobs_ask_for_it() -> None:
    woken: list[str] = []

    async def wake(name: str) -> None:
        woken.append(name)

    async def ask_often() -> None:
        later = procrastinate.LaterWakes()
        for wait_s in (3600.0, 0.0, 0.0, 3600.0):
            later.add("acme", wait_s, lambda: wake("acme"))
        later.add("other", 0.0, lambda: wake("other"))
        while len(woken) < 2:
            await asyncio.sleep(0)
        later.add("acme", 3600.0, lambda: wake("never"))
        later.cancel()
        await asyncio.sleep(0)

    asyncio.run(ask_often())
    assert sorted(woken) == ["acme", "other"]


def test_a_sweep_wakes_what_nobody_was_woken_for(office: Office) -> None:
    office.due = ["a", "b"]
    office.is_over = lambda turns: {"a", "b"} <= set(turns)
    office.open()
    assert office.done.wait(TIMEOUT_S)


def test_a_worker_goes_on_though_the_store_cannot_be_read_when_it_starts(office: Office) -> None:
    office.due, office.failures = ("acme",), 2
    office.is_over = lambda turns: "acme" in turns
    office.open()
    assert office.done.wait(TIMEOUT_S)


def test_what_a_worker_that_died_was_handed_is_handed_out_again(office: Office) -> None:
    office.engine.wake("acme")
    with psycopg.connect(office.url, options="-c search_path=zsf_jobs") as dying:
        worker = dying.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour') RETURNING id"
        ).fetchone()
        assert worker is not None
        dying.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", worker)
    office.engine.wake("acme")  # its twin waits for the lock that nobody holds any more
    assert office.jobs() == [('"acme"', "doing"), ('"acme"', "todo")]
    office.due = ["acme"]
    assert office.engine.sweep() == 1
    assert office.jobs() == [('"acme"', "todo")]
    office.is_over = lambda turns: turns == ["acme"]
    office.open()
    assert office.done.wait(TIMEOUT_S)


def test_a_worker_goes_on_once_its_connections_were_cut(office: Office, postgres: Server) -> None:
    office.is_over = lambda turns: "before" in turns
    office.open()
    office.engine.wake("before")
    assert office.done.wait(TIMEOUT_S)
    postgres.close_connections(office.url)
    office.done.clear()
    office.due = ["after"]
    office.is_over = lambda turns: "after" in turns
    assert office.done.wait(TIMEOUT_S)


def test_a_worker_that_is_stopped_while_it_starts_ends(office: Office) -> None:
    for step in range(40):
        ended = threading.Event()
        stop = threading.Timer(step / 1000, ended.set)

        def start_stop(stop: threading.Timer = stop) -> list[str]:
            stop.start()  # the workers of its queues start after this
            return []

        engine = ProcrastinateEngine(office.url, EngineWork(office.turn, start_stop))
        thread = threading.Thread(target=engine.run, args=(ended, 1), daemon=True)
        thread.start()
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


@pytest.fixture
def proxy(postgres: Server) -> Iterator[Proxy]:
    with Proxy(postgres.port) as made:
        yield made


@pytest.fixture
def far_office(postgres: Server, proxy: Proxy) -> Iterator[Office]:
    """One that reaches its database through the proxy."""
    name = postgres.new_database().rpartition("/")[2]
    office = Office(f"postgresql://zsf@127.0.0.1:{proxy.port}/{name}?connect_timeout=2")
    yield office
    proxy.heal()
    office.close()


def test_a_worker_whose_server_does_not_answer_ends_when_it_is_stopped(
    far_office: Office, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WorkerConnection, "answer_timeout_s", 0.3)
    monkeypatch.setattr(procrastinate, "_CONNECTION_TIMEOUT_S", 0.6)
    far_office.is_over = lambda turns: "before" in turns
    far_office.open()
    far_office.engine.wake("before")
    assert far_office.done.wait(TIMEOUT_S)
    proxy.disturb(Toxic("timeout", 0, "down"))
    far_office.ended.set()
    for thread in far_office.threads:
        thread.join(TIMEOUT_S / 2)  # while it does not answer
        assert not thread.is_alive()


def test_a_worker_goes_on_once_its_server_answers_again(
    far_office: Office,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(WorkerConnection, "answer_timeout_s", 0.3)
    monkeypatch.setattr(MakingConnection, "answer_timeout_s", 0.3)
    monkeypatch.setattr(procrastinate, "_CONNECTION_TIMEOUT_S", 0.6)
    monkeypatch.setattr(procrastinate, "_RESTART_DELAY_S", 0.1)
    far_office.is_over = lambda turns: "before" in turns
    far_office.open()
    far_office.engine.wake("before")
    assert far_office.done.wait(TIMEOUT_S)
    far_office.due = ["after"]
    far_office.is_over = lambda turns: "after" in turns
    far_office.done.clear()
    proxy.disturb(Toxic("timeout", 0, "down"))
    deadline = time.monotonic() + TIMEOUT_S
    while "starting again" not in caplog.text and time.monotonic() < deadline:
        far_office.done.wait(0.05)
    proxy.heal()
    assert far_office.done.wait(TIMEOUT_S)


def test_a_worker_that_is_stopped_does_not_wait_for_a_turn_without_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procrastinate, "WORKER_STOP_TIMEOUT_S", 0.2)
    begun, end = threading.Event(), threading.Event()
    office.on_turn = lambda workspace: begun.set() or end.wait(TIMEOUT_S)
    office.engine.wake("acme")
    office.open()
    assert begun.wait(TIMEOUT_S)
    office.ended.set()
    for thread in office.threads:
        thread.join(TIMEOUT_S / 2)
        assert not thread.is_alive()
    end.set()


def test_waking_does_not_wait_for_a_server_that_does_not_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office.engine.wake("before")
    monkeypatch.setattr(WakingConnection, "answer_timeout_s", 0.2)
    with psycopg.connect(office.url) as holding:
        holding.execute("LOCK TABLE zsf_jobs.procrastinate_jobs")  # to the end of this block
        office.engine.wake("acme")
    assert "the next sweep will" in caplog.text
    monkeypatch.undo()
    assert office.jobs() == [('"before"', "todo")]
    office.engine.wake("acme")
    assert office.jobs() == [('"before"', "todo"), ('"acme"', "todo")]


def test_the_first_wake_of_a_process_does_not_wait_for_who_makes_the_tables(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(WakingConnection, "answer_timeout_s", 0.2)
    with psycopg.connect(office.url) as making:
        making.execute(procrastinate._TURN)  # to the end of this block
        waking = threading.Thread(target=office.engine.wake, args=("acme",))
        waking.start()
        waking.join(LOCK_TIMEOUT_S / 2)
        assert not waking.is_alive()
    assert "the next sweep will" in caplog.text
    monkeypatch.undo()
    office.engine.wake("acme")
    assert office.jobs() == [('"acme"', "todo")]


def test_waking_raises_nothing_though_the_server_is_gone(
    postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres.new_database()
    engine = ProcrastinateEngine(url, EngineWork(lambda *_: None, lambda: ()))
    postgres.drop_database(url)
    engine.wake("acme")
    assert "the next sweep will" in caplog.text
    engine.close()


def test_connections_for_waking_are_closed_with_the_engine(office: Office) -> None:
    office.engine.wake("acme")
    assert waking_connections(office.url) > 0
    office.engine.close()
    deadline = time.monotonic() + TIMEOUT_S
    while waking_connections(office.url) > 0:  # the server notices it a moment later
        assert time.monotonic() < deadline


def waking_connections(url: str) -> int:
    """How many connections of this product's the database has."""
    with psycopg.connect(url) as looking:
        found = looking.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'zsf-plugin'"
        ).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "å/ä ö", "x" * 255])
def test_any_name_of_a_workspace_can_be_woken(office: Office, name: str) -> None:
    office.engine.wake(name)
    office.is_over = lambda turns: turns == [name]
    office.open()
    assert office.done.wait(TIMEOUT_S)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_wakes_by_connections_of_its_own(office: Office) -> None:
    office.engine.wake("parent")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            office.engine.wake("child")
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    office.engine.wake("parent again")
    assert [job for job, _ in office.jobs()] == ['"parent"', '"child"', '"parent again"']
