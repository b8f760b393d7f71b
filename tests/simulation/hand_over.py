"""Where a simulated process hands over while it uses the store, on any engine: before a transaction
and after its commit, never inside, since the next process might wait for a lock that this one holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from tests.simulation.scheduler import Scheduler

#: Reads the first row of a statement on the connection that has just committed, without faults.
Look: TypeAlias = Callable[..., Any]


class HandOver:
    """The hand-overs of one process. `on_commit` is called after each commit, before anything else
    runs, and even if the process never learns of it."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.on_commit: Callable[[Look], None] | None = None
        self._inside = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read; part of the transaction if this thread is inside one."""
        if not getattr(self._inside, "is_transaction", False):
            self.scheduler.step("reads", "store")
        yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write transaction."""
        self.scheduler.step("writes", "store")
        self._inside.is_transaction = True
        try:
            yield
        finally:
            self._inside.is_transaction = False
        self.scheduler.step("wrote", "instant")

    def committed(self, look: Look) -> None:
        """Say that a transaction was committed."""
        if self.on_commit is not None:
            self.on_commit(look)

    @contextmanager
    def noting(self, note: Callable[[Look], None]) -> Iterator[None]:
        """Have `note` called after each commit meanwhile."""
        self.on_commit = note
        try:
            yield
        finally:
            self.on_commit = None
