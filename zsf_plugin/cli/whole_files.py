"""Files of a person, written whole or not at all: a reader sees the old content or the new."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_NEW_FILE_MODE = 0o666  # less what the umask takes


def write_whole(path: Path, text: str) -> None:
    """Write the text as UTF-8 in place of a file, with that file's mode, or as a new one. A
    symbolic link stays one: the file that it leads to is written. Raises OSError."""
    target = Path(os.path.realpath(path))
    # Rulebooks take no notice of names like this.
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
    try:
        _write(temporary, text.encode(), _state_of(target))
        os.replace(temporary, target)
    except OSError as error:
        error.filename = str(path)  # what a person knows
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _state_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes, state: os.stat_result | None) -> None:
    mode = _NEW_FILE_MODE if state is None else 0o600
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    if state is not None:
        _give(path, state)


def _give(path: Path, state: os.stat_result) -> None:
    """Give the file the owner and mode of the one that it replaces."""
    if hasattr(os, "chown"):
        with suppress(OSError):  # only some users may give files away
            os.chown(path, state.st_uid, state.st_gid)
    os.chmod(path, stat.S_IMODE(state.st_mode))
