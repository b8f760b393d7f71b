"""Files of rules, read whole, and written whole or not at all: a reader sees the old content or the
new. What is written has the old file's owner, mode and access lists, or the file is left as it is.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.rulebook.bounds import MAX_BYTES
from zsf_plugin.rulebook.regular_files import read_regular_file

_NEW_FILE_MODE = 0o666  # less what the umask takes
_ANYONE_WRITES = 0o222
_RESTORE = "it was removed meanwhile, or is a link to what is not there: restore it, or remove it"
_READ_HINT = "let this user read it, and run this again"
_LET_WRITE = "make it writable (chmod u+w), or run this as its owner"
_MOVE = "move it elsewhere"
_FOLDER_HINT = "let this user write to its folder, and see that the disk has space"


@dataclass(frozen=True, slots=True)
class _Target:
    """A file to write: what a person calls it, where it really is, and its state if it exists."""

    name: Path
    path: Path
    state: os.stat_result | None


def read_whole(path: Path) -> bytes:
    """What is in a rule file, but at most one byte over the limit. Raises CommandError."""
    try:
        content = read_regular_file(path, MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandError("not_found", f"{path} is not there", _RESTORE) from error
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror})"
        raise CommandError("not_read", what, _READ_HINT) from error
    if content is None:
        raise CommandError("not_a_file", f"{path} is no regular file", _MOVE)
    return content


def write_whole(path: Path, text: str) -> None:
    """Write the text as UTF-8 in place of a file, or as a new one. A symbolic link stays one: the
    file that it leads to is written. A file that is read-only, has other names (hard links), or
    would get another owner is refused. Raises CommandError."""
    try:
        target = _target(path)
        _refuse_irreplaceable(target)
        _replace(target, text.encode())
    except OSError as error:
        what = f"{path} cannot be written ({error.strerror})"
        raise CommandError("not_written", what, _FOLDER_HINT) from error


def _target(path: Path) -> _Target:
    real = Path(os.path.realpath(path))
    try:
        return _Target(path, real, real.stat())
    except FileNotFoundError:
        return _Target(path, real, None)


def _refuse_irreplaceable(target: _Target) -> None:
    """Raise CommandError for a file whose place another one must not take."""
    state, name = target.state, target.name
    if state is None:
        return
    if not stat.S_ISREG(state.st_mode):
        raise CommandError("not_a_file", f"{name} is no regular file", _MOVE)
    # Whoever may do anything has no less made a file read-only on purpose.
    if not state.st_mode & _ANYONE_WRITES or not os.access(target.path, os.W_OK):
        raise CommandError("read_only", f"{name} is read-only for this user", _LET_WRITE)
    if state.st_nlink > 1:
        what = f"{name} has {state.st_nlink} names (hard links), which would part"
        raise CommandError("hard_linked", what, "make it a file of its own: copy it, and move back")


def _replace(target: _Target, content: bytes) -> None:
    # Rulebooks take no notice of names like this.
    temporary = target.path.with_name(f".{os.urandom(8).hex()}.tmp")
    try:
        _write(temporary, content, is_new=target.state is None)
        if target.state is not None:
            _give(temporary, target)
        os.replace(temporary, target.path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(target.path.parent)


def _write(path: Path, content: bytes, *, is_new: bool) -> None:
    mode = _NEW_FILE_MODE if is_new else 0o600
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _give(path: Path, target: _Target) -> None:
    """Give the file the owner, mode and access lists of the one that it replaces."""
    state = target.state
    if state is not None and hasattr(os, "chown"):
        try:
            os.chown(path, state.st_uid, state.st_gid)
        except PermissionError as error:
            what = f"{target.name} belongs to another user or group, and would change hands"
            raise CommandError("other_owner", what, "run this as its owner") from error
    shutil.copystat(target.path, path)
    os.utime(path)  # but it changed now


def _sync(folder: Path) -> None:
    """Make the folder's names durable, where folders can be synchronised."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
