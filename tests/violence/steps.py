"""The steps at which a process meets the outside: counted, so that it can end itself, or stop,
exactly at one of them.

statement (inside a write transaction), commit, committed, send, answer, token-send, token-answer.
The heart's own transactions are not counted: which step is the hundredth must not hang on chance.
"""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from zsf_plugin.salesforce.http import Http, HttpResponse

HEART = "zsf-heartbeat"
LABELS = ("statement", "commit", "committed", "send", "answer", "token-send", "token-answer")


class Steps:
    """Counts steps by label. `at` is `LABEL:N` or `any:N`: there `act` is called, once.

    `rotating`: a refresh was sent, and what came of it is not stored yet. To die then may cost the
    grant.
    """

    def __init__(self, at: str | None, act: Callable[[str], None]) -> None:
        label, _, number = (at or "never:0").partition(":")
        self._label, self._number, self._act = label, int(number), act
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.rotating = False

    def reach(self, label: str) -> None:
        """One more step; here the process may end."""
        if threading.current_thread().name == HEART:
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
    """Says where, and dies as by `kill -9`."""

    def act(label: str) -> None:
        note(label)
        os.kill(os.getpid(), signal.SIGKILL)

    return act


def stop_this_process(note: Callable[[str], None]) -> Callable[[str], None]:
    """Says where, and stands still until it is told to go on."""

    def act(label: str) -> None:
        note(label)
        os.kill(os.getpid(), signal.SIGSTOP)

    return act


def watch_store(steps: Steps) -> None:
    """Every SQLite connection of this process counts its transactions from now on."""

    class Watched(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "COMMIT":
                steps.reach("commit")
                done = super().execute(statement, *values)
                steps.reach("committed")
                return done
            done = super().execute(statement, *values)
            if self.in_transaction and not statement.startswith("BEGIN"):
                steps.reach("statement")
            return done

    sqlite3.connect = functools.partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]


def watch_wire(steps: Steps) -> None:
    """Every HTTP request of this process counts, before it leaves and once its answer is there."""
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
