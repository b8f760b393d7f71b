"""A fork waits until no thread is inside SQLite: its own locks would stay locked in the child for
ever.

Threads enter and leave; a fork closes the door, waits for those inside, and opens it again on both
sides.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: A thread that waits inside for another process's lock holds a fork up no longer than this.
_LONGEST_S = 12.0


class _Door:
    """Who is inside, and whether a fork is about to happen."""

    def __init__(self) -> None:
        self.condition = threading.Condition(threading.Lock())
        self.inside = 0
        self.mine = threading.local()
        self.forking: int | None = None


_door = _Door()
_before_each_fork: list[Callable[[], None]] = []


def before_fork(callback: Callable[[], None]) -> None:
    """Have `callback` run before each fork, once nobody is inside and nobody can enter."""
    _before_each_fork.append(callback)


@contextmanager
def inside() -> Iterator[None]:
    """A stay in SQLite. Waits while another thread forks; a thread that is inside already goes
    on."""
    door = _door
    depth = getattr(door.mine, "depth", 0)
    if depth == 0:
        with door.condition:
            while door.forking not in (None, threading.get_ident()):
                door.condition.wait()
            door.inside += 1
    door.mine.depth = depth + 1
    try:
        yield
    finally:
        door.mine.depth = depth
        if depth == 0:
            with door.condition:
                door.inside -= 1
                door.condition.notify_all()


def _close_the_door() -> None:
    with _door.condition:
        _door.forking = threading.get_ident()
        own = 1 if getattr(_door.mine, "depth", 0) else 0
        _door.condition.wait_for(lambda: _door.inside <= own, timeout=_LONGEST_S)
    for callback in _before_each_fork:
        callback()


def _open_the_door() -> None:
    with _door.condition:
        _door.forking = None
        _door.condition.notify_all()


def _hang_a_new_door() -> None:
    """In the child there is one thread, and nobody inside."""
    global _door
    _door = _Door()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_close_the_door, after_in_parent=_open_the_door, after_in_child=_hang_a_new_door
    )
