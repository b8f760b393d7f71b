"""Whether a folder of rules is as it was when its files were last listed. Every event asks, and to
list them again costs several times as much.

A file that is edited changes its own state, and one that comes, goes or is renamed that of its
folder. Network file systems may show the latter late, so nothing is believed for long.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

#: How long what was seen is compared only, in seconds.
BELIEVED_FOR_S = 1.0

#: When content and permissions changed (ns), size and inode: a difference means the file was edited
#: or replaced.
Stamp = tuple[int, int, int, int]
_STAMP_OF = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino")


@dataclass(frozen=True, slots=True)
class SeenFolder:
    """A folder as it was: its stamp, None if it was not there; and the stamps of its files that
    count, by their paths. Believed `until` then (by the monotonic clock)."""

    path: str
    stamp: Stamp | None
    files: tuple[tuple[str, Stamp], ...]
    until: float

    def is_same(self, now: float) -> bool:
        """Whether it still is, as far as this shows it."""
        if now >= self.until:
            return False
        if self.stamp is None:
            return not os.access(self.path, os.F_OK)
        try:
            if _STAMP_OF(os.stat(self.path)) != self.stamp:
                return False
            for path, stamp in self.files:
                if _STAMP_OF(os.stat(path)) != stamp:
                    return False
        except OSError:
            return False
        return True


def seen_folder(
    path: Path, stamp: Stamp | None, files: Iterable[tuple[str, Stamp]], now: float
) -> SeenFolder:
    """What was seen at that moment."""
    paths = tuple((os.path.join(path, name), known) for name, known in files)
    return SeenFolder(str(path), stamp, paths, now + BELIEVED_FOR_S)


def stamp_of(known: os.stat_result | None) -> Stamp:
    """The stamp of a file; zeros for one that is not there."""
    if known is None:
        return (0, 0, 0, 0)
    stamp: Stamp = _STAMP_OF(known)
    return stamp


def stamp_of_folder(path: Path) -> Stamp | None:
    """The stamp of a folder; None if it cannot be looked at."""
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None
