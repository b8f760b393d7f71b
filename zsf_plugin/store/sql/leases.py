"""Leases: who may drain an org or refresh a token, one holder per name.

Every statement that changes a lease compares epoch and owner, so of two concurrent attempts one
wins. Whether a holder still lives is for the caller to decide: a clock alone does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.errors import Fenced
from zsf_plugin.store.sql.database import StorePart, execute

if TYPE_CHECKING:
    from zsf_plugin.ports import Fence, HeldLease

_LEASE = """
    SELECT name, epoch, owner, since, expires_at, beats FROM leases
    WHERE name = ? AND owner IS NOT NULL
"""
_TAKE = """
    INSERT INTO leases (name, epoch, owner, since, expires_at, beats, wanted)
    VALUES (?, 1, ?, ?, ?, 0, 0)
    ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, owner = excluded.owner,
        since = excluded.since, expires_at = excluded.expires_at, beats = 0, wanted = 0
    RETURNING epoch
"""
_RENEW = """
    UPDATE leases SET expires_at = ?, beats = beats + 1
    WHERE name = ? AND epoch = ? AND owner = ?
"""
_WANT = "UPDATE leases SET wanted = 1 WHERE name = ? AND owner IS NOT NULL AND wanted = 0"
_IS_KEPT = """
    SELECT 1 FROM leases WHERE name = ? AND epoch = ? AND owner = ? AND wanted = 0
"""
_RELEASE = (
    "UPDATE leases SET owner = NULL, expires_at = 0 WHERE name = ? AND epoch = ? AND owner = ?"
)


class Leases(StorePart):
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
        row = self._database.row(_LEASE, name)
        checked = ports.HeldLease(*row) if row else None
        if checked is not None and checked.owner != owner and not is_over(checked):
            return None
        with self._database.writing(name) as connection:
            row = execute(connection, _LEASE, name).fetchone()
            if row and row["owner"] != owner and ports.HeldLease(*row) != checked:
                return None  # another holder came, or this one renewed: it was not checked
            taken = execute(connection, _TAKE, name, owner, now, now + ttl_s).fetchone()
        return ports.Fence(name, taken["epoch"], owner)

    def lease(self, name: str) -> HeldLease | None:
        """Who holds the lease; None if it is free."""
        row = self._database.row(_LEASE, name)
        return ports.HeldLease(*row) if row else None

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Renew the lease, even an expired one that no one has taken. Raises Fenced."""
        values = (now + ttl_s, fence.name, fence.epoch, fence.owner)
        with self._database.writing(fence.name) as connection:
            if not execute(connection, _RENEW, *values).rowcount:
                raise fenced(fence)

    def want_lease(self, name: str) -> None:
        """Ask the present holder to make room soon; does nothing if nobody holds the lease."""
        with self._database.writing(name) as connection:
            execute(connection, _WANT, name)

    def is_wanted(self, fence: Fence) -> bool:
        """Whether another has asked for the lease since it was taken, or it is over."""
        return self._database.row(_IS_KEPT, fence.name, fence.epoch, fence.owner) is None

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; does nothing if another owner has it."""
        with self._database.writing(fence.name) as connection:
            execute(connection, _RELEASE, fence.name, fence.epoch, fence.owner)


def fenced(fence: Fence) -> Fenced:
    """The error for an owner that no longer holds the lease."""
    return Fenced(
        f"epoch {fence.epoch} of the lease is over: another drainer has it, or it was released"
    )
