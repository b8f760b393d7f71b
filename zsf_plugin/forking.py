"""Makes a fork wait until no thread is inside SQLite or an import, whose locks would otherwise stay
locked in the child. Independent of any database.

An import in a function that a hook or a thread of ours may be the first to run stands inside
`fork_guard`, or `wiring.late_modules` loads what it needs inside of it.

Threads enter and leave; a fork closes the guard, waits for those inside, and opens it again in
parent and child. A signal handler of the host's may raise anywhere, and may enter again: so the
lock is taken itself, since a `Condition` that is interrupted as it is entered stays locked.

`logging` takes its lock before each fork, and threads inside log. What is registered last runs
first, so this module imports it before it registers the guard: a fork that held that lock would
wait for a thread that waits for it.
"""

from __future__ import annotations

import logging  # noqa: F401 - registers its lock before the guard; see above
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A fork waits at most this long for a thread inside, which may be waiting for another process.
MAX_FORK_DELAY_S = 12.0


class _ThreadDepth(threading.local):
    """How many times this thread has entered without leaving."""

    depth = 0


class ForkGuard:
    """Guards what no fork may cut. Entering waits while another thread forks; a thread that is
    already inside enters again at once.

    The `before_fork` callbacks run before each fork, once no thread is inside or can enter.
    """

    def __init__(self) -> None:
        self.before_fork: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._condition = threading.Condition(self._lock)
        self._inside = 0
        self._forking: int | None = None
        self._thread = _ThreadDepth()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Enter, and leave at the end. A child forked inside has already left."""
        own = self._thread
        depth = own.depth
        try:
            with self._lock:
                while not depth and self._forking not in (None, threading.get_ident()):
                    self._condition.wait()
                self._inside += not depth
                own.depth = depth + 1
            yield
        finally:
            has_entered, own.depth = own.depth > depth, depth
            if has_entered and not depth and own is self._thread:
                with self._lock:
                    self._inside -= 1
                    self._condition.notify_all()

    def close(self) -> None:
        """Block entry, wait for the other threads inside, then run `before_fork`."""
        own = 1 if self._thread.depth else 0
        with self._lock:
            self._forking = threading.get_ident()
            self._condition.wait_for(lambda: self._inside <= own, timeout=MAX_FORK_DELAY_S)
        for callback in self.before_fork:
            callback()

    def open(self) -> None:
        """Let threads enter again, in the parent."""
        with self._lock:
            self._forking = None
            self._condition.notify_all()

    def reset(self) -> None:
        """Start over in the child: it has one thread, which is not inside."""
        self._lock = threading.RLock()
        self._condition = threading.Condition(self._lock)
        self._inside = 0
        self._forking = None
        self._thread = _ThreadDepth()


#: The one guard of this process.
fork_guard = ForkGuard()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=fork_guard.close,
        after_in_parent=fork_guard.open,
        after_in_child=fork_guard.reset,
    )
