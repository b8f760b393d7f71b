"""Procrastinate, an engine in the same PostgreSQL database: one job for each workspace that has
work, handed to one worker.

A job is a wake-up, nothing more: it is made after the commit of an entry, there is one at most that
waits, it is never retried, and one whose worker died is deleted: the next sweep makes another. Its
lock keeps two workers from one workspace; only the store's lease is a fence.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Status
from procrastinate.tasks import Task
from procrastinate.worker import Worker
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from zsf_plugin.errors import Log, StoreUnavailable
from zsf_plugin.forking import fork_guard
from zsf_plugin.ports import WORKER_STOP_TIMEOUT_S, EngineWork
from zsf_plugin.postgres import LimitedAsyncConnection, LimitedConnection, conninfo_of
from zsf_plugin.sync.sweeping import SWEEP_INTERVAL_S

_log = Log("zsf_plugin.engines")

T = TypeVar("T")
DrainTask: TypeAlias = Task[Any, Any, Any]

#: The schema of Procrastinate's tables, beside the plugin's own.
SCHEMA = "zsf_jobs"
_QUEUE, _SWEEPS = "zsf", "zsf_sweeps"
#: Seconds between two signs of life of a worker, and those without any after which it is dead.
HEARTBEAT_INTERVAL_S = 5.0
STALE_AFTER_S = 20.0
#: Seconds between two looks for jobs, where no notification comes.
_POLL_INTERVAL_S = 1.0
#: Seconds after which a worker that lost its server starts again.
_RESTART_DELAY_S = 2.0
#: Seconds between two looks whether a worker that was stopped has ended.
_STOP_INTERVAL_S = 0.2
#: Seconds that a worker waits for a connection of its pool: then it starts again with another pool.
_CONNECTION_TIMEOUT_S = 5.0
#: Seconds that a worker waits for an answer about its jobs: then it starts again likewise, and one
#: that is to end does so, whatever it waits for, `WORKER_STOP_TIMEOUT_S` and a minute after that.
_ANSWER_TIMEOUT_S = 10.0
#: Seconds that a wake-up may wait for a connection, and for an answer: a hook waits for it, and
#: the next sweep finds what was not woken.
_WAKE_TIMEOUT_S = 2.0
#: What the server, the way to it or the pool raises.
_FAILURES = (exceptions.ConnectorException, psycopg.Error, OSError)
_TURN = "SELECT pg_advisory_lock(hashtextextended('zsf-plugin jobs', 1))"
_NOT_WOKEN = "could not wake a drain through the database (%s): the next sweep will"
_MAKE_SCHEMA = f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"


class WakingConnection(LimitedConnection[TupleRow]):
    """A connection that makes jobs."""

    answer_timeout_s = _WAKE_TIMEOUT_S


class MakingConnection(LimitedConnection[TupleRow]):
    """A connection that makes the tables for a worker."""

    answer_timeout_s = _ANSWER_TIMEOUT_S


class WorkerConnection(LimitedAsyncConnection[TupleRow]):
    """A connection by which a worker takes jobs."""

    answer_timeout_s = _ANSWER_TIMEOUT_S


class _Waking(NamedTuple):
    """What one process makes jobs with."""

    process: int
    pool: ConnectionPool[WakingConnection]
    drain: DrainTask


class _Later(NamedTuple):
    """What makes a job after a while, and when (seconds of the loop's clock)."""

    task: asyncio.Task[None]
    due: float


class LaterWakes:
    """What makes other jobs after a while: one for each workspace, the earliest, however many jobs
    ask for it. The time passes here, since one in the database would be of another machine's clock;
    if this process ends meanwhile, the next sweep does it. For one event loop."""

    def __init__(self) -> None:
        self._known: dict[str, _Later] = {}

    def add(self, job: str, wait_s: float, wake: Callable[[], Awaitable[None]]) -> None:
        """Call `wake` in that many seconds, unless it is called before."""
        due = asyncio.get_running_loop().time() + wait_s
        known = self._known.get(job)
        if known is not None and not known.task.done():
            if known.due <= due:
                return
            known.task.cancel()
        self._known[job] = _Later(asyncio.create_task(_call_later(wake, wait_s)), due)

    def cancel(self) -> None:
        """Call none of them any more."""
        for later in self._known.values():
            later.task.cancel()


async def _call_later(wake: Callable[[], Awaitable[None]], wait_s: float) -> None:
    await asyncio.sleep(wait_s)
    await wake()


class ProcrastinateEngine:
    """Hands out drains through the database at that URL. Safe to use from many threads, and after a
    fork. Makes its tables when it first needs them."""

    def __init__(self, url: str, work: EngineWork) -> None:
        self._conninfo = conninfo_of(url, SCHEMA)
        self._work = work
        self._lock = threading.Lock()
        self._waking: _Waking | None = None

    def wake(self, workspace: str) -> None:
        """Make a job for the workspace, unless one waits already."""
        job = _of(workspace)
        try:
            with suppress(exceptions.AlreadyEnqueued):
                drain = self._opened().drain
                drain.configure(lock=job, queueing_lock=job).defer(workspace=job)
        except _FAILURES as error:
            _log.warning(_NOT_WOKEN, type(error).__name__)

    def sweep(self) -> int:
        """Wake every workspace in which something is due; delete the jobs of workers that died."""
        with fork_guard.inside():
            return asyncio.run(self._sweep_alone())

    def run(self, ended: threading.Event, concurrency: int) -> None:
        """Work off jobs until `ended` is set."""
        while not ended.is_set():
            try:
                self._make_tables(MakingConnection)
                asyncio.run(self._work_off(ended, concurrency))
            except (*_FAILURES, StoreUnavailable) as error:  # the store is in that database too
                words = "the jobs of the database cannot be read (%s); starting again"
                _log.warning(words, type(error).__name__)
                ended.wait(_RESTART_DELAY_S)

    def close(self) -> None:
        """Close the connections for waking."""
        with self._lock:
            current, self._waking = self._waking, None
        if current is not None and current.process == os.getpid():
            current.pool.close()

    def _opened(self) -> _Waking:
        current = self._waking
        if current is not None and current.process == os.getpid():
            return current
        with fork_guard.inside(), self._lock:
            if self._waking is None or self._waking.process != os.getpid():
                self._make_tables(WakingConnection)
                pool = ConnectionPool(
                    self._conninfo,
                    connection_class=WakingConnection,
                    min_size=1,
                    max_size=4,
                    timeout=_WAKE_TIMEOUT_S,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
                app = _app(self._conninfo)
                app.open(pool)
                drain = app.task(name="zsf.drain", queue=_QUEUE)(_nothing)
                self._waking = _Waking(os.getpid(), pool, drain)
            return self._waking

    def _make_tables(self, kind: type[LimitedConnection[TupleRow]]) -> None:
        """Make Procrastinate's tables if there are none: one process at a time."""
        limit_s = kind.answer_timeout_s
        conninfo = make_conninfo(self._conninfo, connect_timeout=max(round(limit_s), 1))
        with kind.connect(conninfo, autocommit=True) as connection:
            connection.execute(_TURN)
            connection.execute(_MAKE_SCHEMA)
            app = _app(conninfo)
            with ConnectionPool(
                conninfo, connection_class=kind, min_size=1, max_size=1, timeout=limit_s, open=True
            ) as pool:
                app.open(pool)
                if not app.check_connection():
                    app.schema_manager.apply_schema()

    async def _work_off(self, ended: threading.Event, concurrency: int) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(3, "zsf-engine"))
        app = _app(self._conninfo)
        later = LaterWakes()
        drain = self._drain_task(app, ended, later)

        @app.periodic(cron=f"* * * * * */{SWEEP_INTERVAL_S:.0f}")  # the last field is seconds
        @app.task(name="zsf.sweep", queue=_SWEEPS, queueing_lock="zsf.sweep")
        async def sweep(timestamp: int) -> None:  # noqa: ARG001
            await self._sweep(app, drain)

        async with app.open_async():
            await self._sweep(app, drain)
            workers = [
                _new_worker(app, _QUEUE, concurrency),
                _new_worker(app, _SWEEPS, 1),  # a sweep never waits for drains
            ]
            running = [asyncio.create_task(worker.run()) for worker in workers]
            waiting = loop.run_in_executor(None, _wait_for, ended, running)
            try:
                await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _stop(workers, running)
                later.cancel()
        for failure in [worker.exception() for worker in running]:
            if failure is not None:
                raise failure

    def _drain_task(
        self, app: procrastinate.App, ended: threading.Event, later: LaterWakes
    ) -> DrainTask:
        """What the jobs of a worker do; `later` gets what makes other jobs for their workspaces."""

        @app.task(name="zsf.drain", queue=_QUEUE, pass_context=True)
        async def drain(context: procrastinate.JobContext, workspace: str) -> None:
            def stopping() -> bool:
                return ended.is_set() or context.should_abort()

            name = json.loads(workspace)
            wait_s = await _in_thread(lambda: self._work.turn(name, stopping))
            if wait_s is not None:
                later.add(workspace, wait_s, partial(_wake_again, drain, workspace))

        return drain

    async def _sweep_alone(self) -> int:
        app = _app(self._conninfo)
        drain = app.task(name="zsf.drain", queue=_QUEUE)(_nothing)
        async with app.open_async():
            return await self._sweep(app, drain)

    async def _sweep(self, app: procrastinate.App, drain: DrainTask) -> int:
        jobs = app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALE_AFTER_S):
            if job.id is not None:
                with suppress(exceptions.ConnectorException):  # it has ended meanwhile
                    await jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        due = await asyncio.get_running_loop().run_in_executor(None, self._work.due)
        for workspace in due:
            await _wake(drain, _of(workspace))
        return len(due)


def _app(conninfo: str) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo,
        connection_class=WorkerConnection,
        min_size=1,
        max_size=4,
        timeout=_CONNECTION_TIMEOUT_S,
    )
    return procrastinate.App(connector=connector)


def _new_worker(app: procrastinate.App, queue: str, concurrency: int) -> Worker:
    return Worker(
        app,
        queues=[queue],
        concurrency=concurrency,
        fetch_job_polling_interval=_POLL_INTERVAL_S,
        update_heartbeat_interval=HEARTBEAT_INTERVAL_S,
        stalled_worker_timeout=STALE_AFTER_S,
        shutdown_graceful_timeout=WORKER_STOP_TIMEOUT_S,
        delete_jobs="always",
        install_signal_handlers=False,
    )


async def _wake(drain: DrainTask, job: str) -> None:
    """Make a job for a workspace, unless one waits already."""
    with suppress(exceptions.AlreadyEnqueued):
        await drain.configure(lock=job, queueing_lock=job).defer_async(workspace=job)


async def _wake_again(drain: DrainTask, job: str) -> None:
    """The same, raising nothing: the next sweep does it."""
    try:
        await _wake(drain, job)
    except _FAILURES as error:
        _log.warning(_NOT_WOKEN, type(error).__name__)


async def _in_thread(work: Callable[[], T]) -> T:
    """Run it in a thread of its own: a process that ends does not wait for it, as it would for one
    of an executor's. Returns what it returns, and raises what it raises."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised by whoever awaits it
            outcome.set_exception(error)

    outcome.set_running_or_notify_cancel()
    threading.Thread(target=run, name="zsf-drain", daemon=True).start()
    return await asyncio.wrap_future(outcome)


async def _stop(workers: list[Worker], running: list[asyncio.Task[None]]) -> None:
    """Let the workers finish what they were handed, and end.

    A worker that has not begun yet forgets that it was stopped, so it is stopped again. None is
    cancelled: while one starts, its pool of connections can swallow that.
    """
    pending = set(running)
    while pending:
        for worker in workers:
            worker.stop()
        _, pending = await asyncio.wait(pending, timeout=_STOP_INTERVAL_S)


def _wait_for(ended: threading.Event, running: list[asyncio.Task[None]]) -> None:
    """Wait until the worker is to end, or has ended by itself."""
    while not ended.wait(0.2):
        if any(worker.done() for worker in running):
            return


def _of(workspace: str) -> str:
    """The workspace as a job knows it: ASCII, whatever a host has named it."""
    return json.dumps(workspace)


def _nothing(workspace: str) -> None:
    """What a job does in a process that only makes it."""
