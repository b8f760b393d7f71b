"""Leases: one owner for each name, in all processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a lease: its name, the epoch it was acquired with, and its owner."""

    name: str
    epoch: int
    owner: str


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease and its holder. `since` and `expires_at` are in seconds since 1970 by the holder's
    clock, which may be wrong (`since` 0: not known); `beats` counts the renewals, and every one
    changes it."""

    name: str
    epoch: int
    owner: str
    since: float
    expires_at: float
    beats: int


class Leases(Protocol):
    """Leases for draining an org or refreshing a token: one owner per name, and an epoch that only
    grows."""

    def acquire_lease(
        self,
        name: str,
        owner: str,
        now: float,
        *,
        ttl_s: float,
        is_over: Callable[[HeldLease], bool],
    ) -> Fence | None:
        """Acquire the lease if it is free, already the owner's, or `is_over` as it was read; else
        None.

        Acquiring raises the epoch, even of the owner's own lease. When a lease is over is for
        `sync.leases` to decide, not for the store.
        """
        ...

    def lease(self, name: str) -> HeldLease | None:
        """Who holds the lease, dead or alive; None if it is free."""
        ...

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Extend the lease. Raises Fenced."""
        ...

    def want_lease(self, name: str) -> None:
        """Ask the present holder to make room soon; does nothing if nobody holds the lease."""
        ...

    def is_wanted(self, fence: Fence) -> bool:
        """Whether another has asked for the lease since it was taken, or it is over."""
        ...

    def release_lease(self, fence: Fence) -> None:
        """Release the lease; does nothing if another owner has it by now."""
        ...
