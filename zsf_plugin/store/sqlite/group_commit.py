"""Rows that threads of one process insert at the same time become durable together: whoever has the
turn to write also inserts what others have queued, with one sync of the disk for all of it.

Each thread gets its own result or its own error. Knows no statement and no connection.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice

from zsf_plugin.errors import StoreDamaged, StoreUnavailable
from zsf_plugin.store.sql.database import Inserted
from zsf_plugin.store.sql.rows import Columns
from zsf_plugin.store.sqlite.advice import StoreBusy

#: Rows of one statement: each number of them is a statement of its own, which is prepared once.
MAX_ROWS = 16
#: A thread that waits is woken when its row is stored, or the turn is free. It looks for itself
#: after this time (seconds), should an interruption have kept it from being woken.
_RECHECK_S = 0.05

#: Inserts rows in one transaction; the new row's id for each, None for one that was refused.
Write = Callable[[Sequence[Columns]], Sequence[int | None]]


class _Queued:
    """A row to insert, and what became of it."""

    __slots__ = ("error", "is_done", "row", "row_id", "was_tried", "woken", "write")

    def __init__(self, row: Columns, write: Write) -> None:
        self.row, self.write = row, write
        self.row_id: int | None = None
        self.error: Exception | None = None
        self.was_tried = False
        self.is_done = False
        #: Locked while its thread waits.
        self.woken: threading.Lock | None = None

    def finish(self, row_id: int | None, error: Exception | None = None) -> None:
        """Store what became of it, and wake its thread."""
        self.row_id, self.error = row_id, error
        self.is_done = True
        self.wake()

    def wake(self) -> None:
        """Have its thread look again, if it waits."""
        if self.woken is not None:
            with suppress(RuntimeError):  # it was woken before
                self.woken.release()

    def wait(self, timeout_s: float) -> None:
        """Wait until it is done or woken, at most that long."""
        if self.woken is None:
            lock = threading.Lock()
            lock.acquire()
            self.woken = lock
        if not self.is_done:
            self.woken.acquire(timeout=timeout_s)


class InsertQueue:
    """The rows that threads of one process wait to have inserted. `turn` is what writers take
    turns by."""

    __slots__ = ("_turn", "is_of_parent", "waiting")

    def __init__(self, turn: threading.RLock) -> None:
        self._turn = turn
        #: The rows that wait, in the order in which they came.
        self.waiting: deque[_Queued] = deque()
        #: This process is a child that was forked since: its threads are not here.
        self.is_of_parent = False

    def insert(self, row: Columns, write: Write, timeout_s: float) -> Inserted | None:
        """Insert the row, alone or with others; None if the process forked meanwhile. Raises
        TimeoutError if it was not its turn in time, and what `write` raises for this row."""
        if not self.waiting:
            try:
                if self._turn.acquire(blocking=False):
                    return Inserted(write((row,))[0], was_tried=False)
            finally:
                # Here and not in a function: an interruption may come as one begins.
                try:
                    self._turn.release()
                except RuntimeError:  # it is another thread's
                    is_awaited = False
                else:
                    is_awaited = bool(self.waiting)
                if is_awaited:
                    self._wake_first()
        return self._insert_queued(row, write, timeout_s)

    def _insert_queued(self, row: Columns, write: Write, timeout_s: float) -> Inserted | None:
        queued = _Queued(row, write)
        deadline: float | None = None
        try:
            self.waiting.append(queued)
            while not queued.is_done:
                if self.is_of_parent:
                    return None
                if self.write_waiting():
                    continue
                now = time.monotonic()
                deadline = deadline or now + timeout_s
                if now >= deadline:
                    raise TimeoutError
                queued.wait(min(_RECHECK_S, deadline - now))
        finally:
            if not queued.is_done:
                with suppress(ValueError):  # it was inserted meanwhile, and may stay so
                    self.waiting.remove(queued)
        if queued.error is not None:
            raise queued.error
        return Inserted(queued.row_id, queued.was_tried)

    def write_waiting(self) -> bool:
        """Insert the rows that came first, if it is nobody else's turn; False if it is. All are
        written in the way of the first."""
        try:
            if not self._turn.acquire(blocking=False):
                return False
            # They stay in the queue until they are done: should this thread be interrupted, the
            # next one inserts them.
            group = [queued for queued in islice(self.waiting, MAX_ROWS) if not queued.is_done]
            if group:
                _write(group, group[0].write)
            while self.waiting and self.waiting[0].is_done:
                self.waiting.popleft()
            return True
        finally:
            try:
                self._turn.release()
            except RuntimeError:  # it is another thread's
                is_awaited = False
            else:
                is_awaited = bool(self.waiting)
            if is_awaited:
                self._wake_first()

    def _wake_first(self) -> None:
        """Tell the first that waits that the turn is free."""
        with suppress(IndexError):  # it was inserted or withdrawn meanwhile
            self.waiting[0].wake()


def _write(group: Sequence[_Queued], write: Write) -> None:
    """Insert these rows together; if that fails, one by one, so that each fails for itself. All
    fail at once if another process does not let any in: each would wait as long."""
    before = [queued.was_tried for queued in group]
    for queued in group:  # whatever interrupts this, and should a signal handler insert them too
        queued.was_tried = True
    try:
        row_ids = write([queued.row for queued in group])
    except Exception as error:  # noqa: BLE001 - each row's own thread raises it
        for queued, was_tried in zip(group, before, strict=True):
            if queued.is_done:
                continue
            queued.was_tried = was_tried or _may_be_stored(error)
            if len(group) == 1 or isinstance(error, StoreBusy):
                queued.finish(None, error)
            else:
                _write([queued], write)
    else:
        for queued, was_tried, row_id in zip(group, before, row_ids, strict=True):
            if not queued.is_done:
                queued.was_tried = was_tried
                queued.finish(row_id)


def _may_be_stored(error: Exception) -> bool:
    """Whether what failed may have been stored all the same: it was interrupted, or the files that
    it was stored in are no longer there."""
    return isinstance(error, StoreDamaged) or not isinstance(error, StoreUnavailable)
