"""How the drains of a process give way to its hooks.

A thread that computes keeps the interpreter for several milliseconds, and a hook gives it up a few
times. So a drain lets others have it between entries, for as long as hooks run that can go on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")
#: A nap that lets another thread have the interpreter, in seconds.
NAP_S = 0.00005
#: A drain works for at least so long (seconds) before it gives way again, and then gives way for at
#: most so long: with hooks all the time it goes on at a fifth of its speed.
MIN_WORK_S = 0.0005
MAX_NAPS_S = 0.002
#: For so long after a hook (seconds) another is expected: one that waits for the interpreter cannot
#: say so.
EXPECTED_FOR_S = 1.0
#: A hook that runs for longer was interrupted before it could end, or waits for another process.
MAX_HOOK_S = 1.0


class _Thread(threading.local):
    """When this thread last gave way (by the monotonic clock)."""

    gave_way_at = 0.0


class RunningHooks:
    """The hooks that decide or store an event now: a block with it is one. Reentrant and
    thread-safe."""

    __slots__ = ("_expected_until", "_started", "_thread")

    def __init__(self) -> None:
        #: When those that run began, oldest first (by the monotonic clock).
        self._started: deque[float] = deque()
        self._expected_until = 0.0
        self._thread = _Thread()

    def __enter__(self) -> None:
        now = time.monotonic()
        self._started.append(now)
        self._expected_until = now + EXPECTED_FOR_S

    def __exit__(self, *_: object) -> None:
        try:
            self._started.popleft()
        except IndexError:  # it ran for so long that it did not count any more
            return

    def give_way_between(self, items: Iterable[_T], waiting: Sized = ()) -> Iterator[_T]:
        """The items; before each, hooks go on if there were any lately. `waiting` are those that
        cannot before the calling thread does."""
        for item in items:
            now = time.monotonic()
            if self._thread.gave_way_at + MIN_WORK_S <= now < self._expected_until:
                until = now + MAX_NAPS_S
                while True:
                    time.sleep(NAP_S)
                    now = time.monotonic()
                    if now >= until or len(self._started) <= len(waiting):
                        break
                self._thread.gave_way_at = now
                with suppress(IndexError):
                    if self._started[0] < now - MAX_HOOK_S:
                        self._started.popleft()
            yield item


#: Those of this process.
running_hooks = RunningHooks()
give_way_between = running_hooks.give_way_between
