"""Whether something is at a path, and the beginning of a regular file, and of nothing else: a pipe
never ends, and a device such as `/dev/zero` never stops. Whatever a path was a moment ago, it is
what it is when it is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

#: To open a pipe without waiting for its writer. Windows has no such pipes.
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_regular_file(path: Path, limit: int) -> bytes | None:
    """Up to `limit` bytes of it; None if it is not a regular file. Raises OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with open(path, "rb", opener=_open) as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


def is_absent(path: Path) -> bool:
    """Whether nothing is there, or a link to nothing. Raises OSError if that cannot be known."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no path holds a NUL
        return True
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return True
        raise
    return False


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _WITHOUT_WAITING)
