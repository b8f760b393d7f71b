"""Removes what ended long ago from every workspace: one process at a time, a part at a time.

The lease spares the work of doing it twice; two at once would harm nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zsf_plugin.errors import Fenced

if TYPE_CHECKING:
    from zsf_plugin.ports import Fence, PurgedPart
    from zsf_plugin.sync.leases import LeaseParts

LEASE = "purge"
LEASE_S = 60.0
DAY_S = 86_400.0
#: Between two parts, so that hooks of other processes, which ask again after a while, get a turn.
PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed, or would be in a dry run: entries by state, and lines of journal and
    history. `is_complete`: all that could be; `is_busy`: another process is at it, and this one did
    nothing."""

    done: int = 0
    skipped: int = 0
    journal: int = 0
    history: int = 0
    is_complete: bool = True
    is_busy: bool = False

    def with_part(self, part: PurgedPart) -> Purged:
        """With what one part removed."""
        return replace(
            self,
            done=self.done + part.done,
            skipped=self.skipped + part.skipped,
            journal=self.journal + part.journal,
            history=self.history + part.history,
        )


def purge(
    parts: LeaseParts, days: int, *, dry_run: bool = False, stopping: Callable[[], bool]
) -> Purged:
    """Remove from every workspace what ended more than `days` ago. Ends early once `stopping`, or
    if another process takes over. Raises StoreUnavailable."""
    before = parts.clock.now() - days * DAY_S
    if dry_run:
        return _purge_all(parts, before, None, stopping)
    fence, _ = parts.acquire(LEASE, LEASE_S, stopping)
    if fence is None:
        return Purged(is_complete=False, is_busy=True)
    try:
        return _purge_all(parts, before, fence, stopping)
    finally:
        parts.store.release_lease(fence)


def _purge_all(
    parts: LeaseParts, before: float, fence: Fence | None, stopping: Callable[[], bool]
) -> Purged:
    """Without a fence, a dry run."""
    store, clock, purged = parts.store, parts.clock, Purged()
    renewed_at = clock.monotonic()
    for workspace in store.workspaces():
        after: str | None = ""
        while after is not None:
            if stopping():
                return replace(purged, is_complete=False)
            part = store.purge(workspace, before, after=after, dry_run=fence is None)
            purged, after = purged.with_part(part), part.after
            if fence is not None and after is not None:
                clock.sleep(PAUSE_S)
            if fence is not None and clock.monotonic() - renewed_at > LEASE_S / 3:
                try:
                    store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
                except Fenced:
                    return replace(purged, is_complete=False)
                renewed_at = clock.monotonic()
    return purged
