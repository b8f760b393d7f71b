"""Counts the I/O steps of a process, so that it can kill or stop itself at exactly one of them.

statement (inside a write transaction), commit, committed, send, answer, token-send, token-answer,
alike for both engines of the store.
Transactions of the heartbeat are not counted, so that step numbers are reproducible.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.store.sqlite.file_ids import StoreConnection

if TYPE_CHECKING:
    import psycopg

    from zsf_plugin.store.postgres.connecting import LimitedConnection, Statements

HEARTBEAT_THREAD = "zsf-heartbeat"
LABELS = ("statement", "commit", "committed", "send", "answer", "token-send", "token-answer")


class StepCounter:
    """Counts steps by label. At step `at`, `LABEL:N` or `any:N`, it calls `act` once.

    `rotating`: a refresh was sent and its result is not stored yet. A kill then may cost the grant.
    """

    def __init__(self, at: str | None, act: Callable[[str], None]) -> None:
        label, _, number = (at or "never:0").partition(":")
        self._label, self._number, self._act = label, int(number), act
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.rotating = False

    def reach(self, label: str) -> None:
        """Count a step; the process may be killed here."""
        if threading.current_thread().name == HEARTBEAT_THREAD:
            return
        with self._lock:
            self.counts[label] += 1
            self.counts["any"] += 1
            here = self._label in (label, "any") and self.counts[self._label] == self._number
        if here:
            self._act(label)
        if label in ("token-send", "committed"):
            self.rotating = label == "token-send"


def kill_this_process(note: Callable[[str], None]) -> Callable[[str], None]:
    """Record the step, then kill this process with SIGKILL."""

    def act(label: str) -> None:
        note(label)
        os.kill(os.getpid(), signal.SIGKILL)

    return act


def stop_this_process(note: Callable[[str], None]) -> Callable[[str], None]:
    """Record the step, then stop this process until SIGCONT."""

    def act(label: str) -> None:
        note(label)
        os.kill(os.getpid(), signal.SIGSTOP)

    return act


def count_store_steps(steps: StepCounter, *, on_postgres: bool = False) -> None:
    """Count the statements and commits of every connection of the store from now on."""
    if on_postgres:
        _count_postgres_steps(steps)
    else:
        _count_sqlite_steps(steps)


def _count_sqlite_steps(steps: StepCounter) -> None:

    def execute(self: StoreConnection, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "COMMIT":
            steps.reach("commit")
            done = sqlite3.Connection.execute(self, statement, *values)
            steps.reach("committed")
            return done
        done = sqlite3.Connection.execute(self, statement, *values)
        if self.in_transaction and not statement.startswith("BEGIN"):
            steps.reach("statement")
        return done

    StoreConnection.execute = execute  # type: ignore[method-assign, assignment]


def _count_postgres_steps(steps: StepCounter) -> None:
    from psycopg.pq import TransactionStatus

    from zsf_plugin.store.postgres.connecting import LimitedConnection, Statements

    plain_execute, plain_commit = Statements.execute, LimitedConnection.commit

    def is_writing(connection: LimitedConnection) -> bool:
        return connection.info.transaction_status == TransactionStatus.INTRANS

    def execute(self: Statements, statement: str, *values: Any) -> psycopg.Cursor[Any]:
        done = plain_execute(self, statement, *values)
        if is_writing(self.connection) and not statement.startswith("BEGIN"):
            steps.reach("statement")
        return done

    def commit(self: LimitedConnection) -> None:
        if not is_writing(self):  # what returns a connection that was only read from commits too
            return plain_commit(self)
        steps.reach("commit")
        plain_commit(self)
        return steps.reach("committed")

    Statements.execute = execute  # type: ignore[method-assign, assignment]
    LimitedConnection.commit = commit  # type: ignore[method-assign]


def count_http_steps(steps: StepCounter) -> None:
    """Count every HTTP request from now on, before it is sent and after its response."""
    plain = Http.send

    def send(
        self: Http,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        writes: bool = False,
    ) -> HttpResponse:
        kind = "token-" if "/oauth2/token" in url else ""
        steps.reach(f"{kind}send")
        answer = plain(self, method, url, headers=headers, body=body, writes=writes)
        steps.reach(f"{kind}answer")
        return answer

    Http.send = send  # type: ignore[method-assign]
