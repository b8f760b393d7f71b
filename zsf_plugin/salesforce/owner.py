"""What refreshing needs to know of processes: a name for the lease, and whether another's holder is
dead."""

from __future__ import annotations

from typing import Protocol


class Owner(Protocol):
    """Names lease owners, and tells whether one is gone."""

    def new_owner(self) -> str:
        """A name no other holder has."""
        ...

    def is_dead(self, owner: str) -> bool:
        """Whether that holder was a process of this machine and is gone."""
        ...
