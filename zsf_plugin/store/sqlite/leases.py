"""Leases: who may drain an org or refresh a token, one holder per name.

Every statement that changes a lease compares epoch and owner, so of two concurrent attempts one
wins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from zsf_plugin.errors import Fenced
from zsf_plugin.ports import Fence
from zsf_plugin.store.sqlite.database import StorePart, execute

_LEASE = "SELECT epoch, owner, expires_at FROM leases WHERE name = ?"
_TAKE = """
    INSERT INTO leases (name, epoch, owner, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,
        expires_at = excluded.expires_at
"""
_RENEW = "UPDATE leases SET expires_at = ? WHERE name = ? AND epoch = ? AND owner = ?"
_RELEASE = (
    "UPDATE leases SET owner = NULL, expires_at = 0 WHERE name = ? AND epoch = ? AND owner = ?"
)


class SqliteLeases(StorePart):
    """One holder per name, with an epoch that only increases."""

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Take the lease if it is free, expired, already the owner's, or its owner is dead; else
        None.

        `is_dead` is called outside of any transaction: it may be slow, and may use the store.
        """
        checked_epoch, holder = _epoch_and_holder(self._database.row(_LEASE, name), owner, now)
        if holder is not None and not is_dead(holder):
            return None
        with self._database.writing() as connection:
            epoch, holder = _epoch_and_holder(
                execute(connection, _LEASE, name).fetchone(), owner, now
            )
            if holder is not None and epoch != checked_epoch:
                return None  # another holder came meanwhile, and was not checked
            execute(connection, _TAKE, name, epoch + 1, owner, now + ttl_s)
        return Fence(name, epoch + 1, owner)

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Renew the lease, even an expired one that no one has taken. Raises Fenced."""
        values = (now + ttl_s, fence.name, fence.epoch, fence.owner)
        with self._database.writing() as connection:
            if not execute(connection, _RENEW, *values).rowcount:
                raise fenced(fence)

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; does nothing if another owner has it."""
        with self._database.writing() as connection:
            execute(connection, _RELEASE, fence.name, fence.epoch, fence.owner)


def fenced(fence: Fence) -> Fenced:
    """The error for an owner that no longer holds the lease."""
    return Fenced(
        f"epoch {fence.epoch} of the lease is over: another drainer has it, or it was released"
    )


def _epoch_and_holder(
    lease: sqlite3.Row | None, applicant: str, now: float
) -> tuple[int, str | None]:
    """A lease's epoch, and the holder that keeps it from `applicant`; None if it is free."""
    epoch, owner, expires_at = lease or (0, None, 0.0)
    return epoch, None if owner == applicant or expires_at <= now else owner
