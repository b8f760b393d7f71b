"""What operating the store takes: whether it answers, its size, and how all workspaces are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsf_plugin.ports.store.counts import EntryCounts


@dataclass(frozen=True, slots=True)
class StoreSize:
    """The bytes that the store takes, and how many of them are free for what comes (None: not
    known)."""

    total: int
    free: int | None


@dataclass(frozen=True, slots=True)
class WorkspaceOverview:
    """One workspace of many. `waiting_since`: when the oldest entry that waits arrived; `state` and
    `org_id` of its connection (None: there is none); `pause` the code of a pause in force, which
    ends at `paused_until` (None: only a person ends it)."""

    workspace: str
    counts: EntryCounts
    waiting_since: float | None
    state: str | None
    org_id: str | None
    pause: str | None
    paused_until: float | None


class Upkeep(Protocol):
    """The store as a whole."""

    def check(self) -> None:
        """Raise StoreUnavailable if the store does not answer, or its tables are not those that
        this version knows."""
        ...

    def size(self) -> StoreSize:
        """How large the store is."""
        ...

    def write_copy(self, file: Path, on_step: Callable[[int, int], None]) -> None:
        """Copy the store as it is now to a new file that only its owner can read, whole or not at
        all, while others go on writing. Calls `on_step(steps left, steps)` now and then. Raises
        ConfigurationError if the file exists, or the engine has another way."""
        ...

    def overviews(self, now: float) -> Sequence[WorkspaceOverview]:
        """Every workspace with an entry or a connection, by name, in one statement. `now` decides
        which pauses are in force."""
        ...

    def due_since(self, now: float) -> float | None:
        """Since when the entry has been due that was due first, of all that nobody else holds up:
        in workspaces with a connection that needs no person, and no pause in force. None if nothing
        is due."""
        ...
