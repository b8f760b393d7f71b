"""Who may drain an org or refresh a token: one holder a name. Never what the holder does with it.

Every statement compares epoch and owner where it changes them, so of two that try at once one wins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from zsf_plugin.errors import Fenced
from zsf_plugin.ports import Fence
from zsf_plugin.store.sqlite.database import Part
from zsf_plugin.store.sqlite.rows import loaded, stored

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


class Leases(Part):
    """One holder a name, an epoch that only grows."""

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Win the lease where it is free, expired, already the owner's, or its owner is dead; else
        None.

        `is_dead` is asked outside of any transaction: it may take its time, and may use the store.
        """
        key, owner_key = stored(name), stored(owner)
        with self._database.reading() as connection:
            seen = _read(connection, key)
        holder = seen.holder(owner_key, now)
        if holder is not None and not is_dead(loaded(holder)):
            return None
        epoch = self._win(key, owner_key, now, ttl_s, judged=seen.epoch)
        return None if epoch is None else Fence(name, epoch, owner)

    def _win(self, name: str, owner: str, now: float, ttl_s: float, *, judged: int) -> int | None:
        """The epoch that `owner` has won; None where another holder came since epoch `judged`, who
        was never judged. Names as stored."""
        with self._database.writing() as connection:
            lease = _read(connection, name)
            if lease.epoch != judged and lease.holder(owner, now) is not None:
                return None
            epoch = lease.epoch + 1
            connection.execute(_WIN, (name, epoch, owner, now + ttl_s))
        return epoch

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Prolong the lease; one that ran out is prolonged too, while nobody took it. Raises
        Fenced."""
        values = (now + ttl_s, stored(fence.name), fence.epoch, stored(fence.owner))
        with self._database.writing() as connection:
            if not connection.execute(_RENEW, values).rowcount:
                raise Fenced(
                    f"epoch {fence.epoch} of the lease is over: another drainer has it, or it was "
                    f"released"
                )

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; nothing happens where it is another's by now."""
        with self._database.writing() as connection:
            connection.execute(_RELEASE, (stored(fence.name), fence.epoch, stored(fence.owner)))


@dataclass(frozen=True, slots=True)
class _Lease:
    """A lease as stored; without a row nobody ever had it."""

    epoch: int = 0
    owner: str | None = None
    expires_at: float = 0.0

    def holder(self, asking: str, now: float) -> str | None:
        """Who keeps the lease from `asking`, as stored; None where it is free for that one."""
        return None if self.owner == asking or self.expires_at <= now else self.owner


def _read(connection: sqlite3.Connection, name: str) -> _Lease:
    row = connection.execute(_LEASE, (name,)).fetchone()
    return _Lease(*row) if row else _Lease()
