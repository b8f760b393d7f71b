"""Leases: who may drain an org or refresh a token, one holder per name.

Every statement that changes a lease compares epoch and owner, so of two concurrent attempts one
wins. Whether a holder still lives is for the caller to judge: a clock alone does not tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from zsf_plugin.errors import Fenced
from zsf_plugin.ports import Fence, HeldLease
from zsf_plugin.store.sqlite.database import StorePart, execute

_LEASE = "SELECT name, epoch, owner, since, expires_at, beats FROM leases WHERE name = ?"
_TAKE = """
    INSERT INTO leases (name, epoch, owner, since, expires_at, beats) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,
        since = excluded.since, expires_at = excluded.expires_at, beats = 0
"""
_RENEW = """
    UPDATE leases SET expires_at = ?, beats = beats + 1
    WHERE name = ? AND epoch = ? AND owner = ?
"""
_RELEASE = (
    "UPDATE leases SET owner = NULL, expires_at = 0 WHERE name = ? AND epoch = ? AND owner = ?"
)


class SqliteLeases(StorePart):
    """One holder per name, with an epoch that only increases."""

    def acquire_lease(
        self,
        name: str,
        owner: str,
        now: float,
        *,
        ttl_s: float,
        is_over: Callable[[HeldLease], bool],
    ) -> Fence | None:
        """Take the lease if it is free, already the owner's, or `is_over`; else None.

        `is_over` is called outside of any transaction: it may be slow, and may use the store.
        """
        checked, _ = _held(self._database.row(_LEASE, name))
        if checked is not None and checked.owner != owner and not is_over(checked):
            return None
        with self._database.writing() as connection:
            held, epoch = _held(execute(connection, _LEASE, name).fetchone())
            if held is not None and held.owner != owner and held != checked:
                return None  # another holder came, or this one renewed: it was not checked
            execute(connection, _TAKE, name, epoch + 1, owner, now, now + ttl_s)
        return Fence(name, epoch + 1, owner)

    def lease(self, name: str) -> HeldLease | None:
        """Who holds the lease; None if it is free."""
        return _held(self._database.row(_LEASE, name))[0]

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


def _held(lease: sqlite3.Row | None) -> tuple[HeldLease | None, int]:
    """Who holds a lease, and its last epoch; None and 0 if it was never taken."""
    if lease is None:
        return None, 0
    return (None if lease["owner"] is None else HeldLease(*lease)), lease["epoch"]
