"""What an engine that hands out drains on many machines offers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

#: How long a worker that is to end may finish its batches, in seconds.
WORKER_STOP_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class EngineWork:
    """What an engine hands out. `turn` drains one batch of a workspace, or none once its second
    argument returns true; it returns after how many seconds the workspace is to have another turn
    (None: when a sweep finds something due), and raises nothing. `due` lists the workspaces in
    which something is due. Raises StoreUnavailable."""

    turn: Callable[[str, Callable[[], bool]], float | None]
    due: Callable[[], Sequence[str]]


class WorkEngine(Protocol):
    """Wakes drains in the processes that run, each workspace in one of them at a time. It is no
    fence and no memory: the store's leases fence, and its outbox remembers."""

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon, after the commit of an entry. Does not wait for a server
        that does not answer, and raises nothing: the next sweep finds what was not woken."""
        ...

    def sweep(self) -> int:
        """Wake every workspace in which something is due, and take back what processes that died
        were handed. Returns the number of workspaces. Safe to repeat, and to run anywhere."""
        ...

    def run(self, ended: threading.Event, concurrency: int) -> None:
        """Drain what is handed out, that many workspaces at the same time, and sweep now and then,
        until `ended` is set; then finish the batches that are under way."""
        ...

    def close(self) -> None:
        """Close what `wake` uses."""
        ...
