"""Who may drain an org or refresh a token: one holder a name. Never what the holder does with it.

Every statement compares epoch and owner where it changes them, so of two that try at once one wins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from zsf_plugin.errors import Fenced
from zsf_plugin.ports import Fence
from zsf_plugin.store.sqlite.database import StorePart, execute

_LEASE = "SELECT epoch, owner, expires_at FROM leases WHERE name = ?"
_WIN = """
    INSERT INTO leases (name, epoch, owner, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,
        expires_at = excluded.expires_at
"""
_RENEW = "UPDATE leases SET expires_at = ? WHERE name = ? AND epoch = ? AND owner = ?"
_RELEASE = (
    "UPDATE leases SET owner = NULL, expires_at = 0 WHERE name = ? AND epoch = ? AND owner = ?"
)


class SqliteLeases(StorePart):
    """One holder a name, an epoch that only grows."""

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Win the lease where it is free, expired, already the owner's, or its owner is dead; else
        None.

        `is_dead` is asked outside of any transaction: it may take its time, and may use the store.
        """
        judged, holder = _standing(self._database.row(_LEASE, name), owner, now)
        if holder is not None and not is_dead(holder):
            return None
        with self._database.writing() as connection:
            epoch, holder = _standing(execute(connection, _LEASE, name).fetchone(), owner, now)
            if holder is not None and epoch != judged:
                return None  # another holder came meanwhile, who was never judged
            execute(connection, _WIN, name, epoch + 1, owner, now + ttl_s)
        return Fence(name, epoch + 1, owner)

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Prolong the lease; one that ran out is prolonged too, while nobody took it. Raises
        Fenced."""
        values = (now + ttl_s, fence.name, fence.epoch, fence.owner)
        with self._database.writing() as connection:
            if not execute(connection, _RENEW, *values).rowcount:
                raise fenced(fence)

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; nothing happens where it is another's by now."""
        with self._database.writing() as connection:
            execute(connection, _RELEASE, fence.name, fence.epoch, fence.owner)


def fenced(fence: Fence) -> Fenced:
    """The error of who no longer holds the lease."""
    return Fenced(
        f"epoch {fence.epoch} of the lease is over: another drainer has it, or it was released"
    )


def _standing(lease: sqlite3.Row | None, asking: str, now: float) -> tuple[int, str | None]:
    """A lease's epoch, and who keeps it from `asking`: None where it is free for that one."""
    epoch, owner, expires_at = lease or (0, None, 0.0)
    return epoch, None if owner == asking or expires_at <= now else owner
