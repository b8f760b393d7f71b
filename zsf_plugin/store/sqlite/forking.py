"""A fork waits until no thread is inside SQLite: its own locks would stay locked in the child for
ever. Knows no database.

Threads enter and leave; a fork closes the guard, waits for those inside, and opens it again on both
sides.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A thread that waits inside for another process's lock delays a fork no longer than this.
MAX_FORK_DELAY_S = 12.0


class _Own(threading.local):
    """How many times this thread has entered and not left."""

    depth = 0


class ForkGuard:
    """Guards work inside SQLite. Entering waits while another thread forks; a thread that is inside
    already enters again at once.

    `before_fork` is called before each fork, once nobody is inside and nobody can enter.
    """

    def __init__(self) -> None:
        self.before_fork: list[Callable[[], None]] = []
        self._condition = threading.Condition(threading.Lock())
        self._inside = 0
        self._forking: int | None = None
        self._own = _Own()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Enter, and leave at the end. A child that was forked inside has left already."""
        own = self._own
        if own.depth == 0:
            with self._condition:
                while self._forking not in (None, threading.get_ident()):
                    self._condition.wait()
                self._inside += 1
        own.depth += 1
        try:
            yield
        finally:
            own.depth -= 1
            if own.depth == 0 and own is self._own:
                with self._condition:
                    self._inside -= 1
                    self._condition.notify_all()

    def close(self) -> None:
        """Let nobody enter, wait for the other threads inside, then run `before_fork`."""
        own = 1 if self._own.depth else 0
        with self._condition:
            self._forking = threading.get_ident()
            self._condition.wait_for(lambda: self._inside <= own, timeout=MAX_FORK_DELAY_S)
        for callback in self.before_fork:
            callback()

    def open(self) -> None:
        """Let threads enter again, in the parent."""
        with self._condition:
            self._forking = None
            self._condition.notify_all()

    def reset(self) -> None:
        """Start anew, in the child: it has one thread, and nobody is inside."""
        self._condition = threading.Condition(threading.Lock())
        self._inside = 0
        self._forking = None
        self._own = _Own()


#: The one guard of this process.
fork_guard = ForkGuard()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=fork_guard.close,
        after_in_parent=fork_guard.open,
        after_in_child=fork_guard.reset,
    )
