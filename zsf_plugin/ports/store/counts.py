"""How many entries there are, by state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """Entries by state, of one workspace."""

    pending: int = 0
    writing: int = 0
    held: int = 0
    done: int = 0
    skipped: int = 0

    @property
    def waiting(self) -> int:
        """Entries that are pending or being written."""
        return self.pending + self.writing
