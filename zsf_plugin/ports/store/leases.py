"""Who may drain an org, or refresh a token: leases and the proof of holding one. Never what is done
under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a lease: its name, the epoch it was won with, and who holds it."""

    name: str
    epoch: int
    owner: str


class Leases(Protocol):
    """Who may drain an org, or refresh a token: one holder a name, an epoch that only grows."""

    def acquire_lease(
        self, name: str, owner: str, now: float, *, ttl_s: float, is_dead: Callable[[str], bool]
    ) -> Fence | None:
        """Win the lease where it is free, expired, already the owner's, or its owner `is_dead`;
        else None.

        Winning raises the epoch, also over one's own.
        """
        ...

    def renew_lease(self, fence: Fence, now: float, *, ttl_s: float) -> None:
        """Prolong the lease. Raises Fenced."""
        ...

    def release_lease(self, fence: Fence) -> None:
        """End the lease at once; nothing happens where it is another's by now."""
        ...
