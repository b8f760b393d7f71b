"""Removing what ended long ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PurgedPart:
    """What one part of a purge removed, or would: entries by state, and lines of journal and
    history, where a version of the console's rules counts as a line. `after` is where the next part
    begins; None if nothing is left of the workspace."""

    done: int = 0
    skipped: int = 0
    journal: int = 0
    history: int = 0
    after: str | None = None


class Purging(Protocol):
    """Removes entries that ended long ago."""

    def purge(
        self, workspace: str, before: float, *, after: str = "", dry_run: bool = False
    ) -> PurgedPart:
        """Remove done and skipped entries that ended before that time, with their journal and
        conflicts, in one small transaction: a part of them, that arrived after the entry `after`.
        Once no entry is left, the history from before that time, but for the last lines of each
        code and the last versions of the console's rules.

        Never removed are entries that are pending, writing or held, those that were skipped while
        their outcome was in doubt or are in doubt in another org, the newest entry of all, and
        links. With `dry_run` it only counts.
        """
        ...
