"""Folders and files that only their owner can read, and that appear whole or not at all, also on
systems and file systems that lack what POSIX has.

A new file is private from the start: it is written under a temporary name and then linked to its
own. So a second process never reads half a key, and we never close a descriptor on a database that
SQLite has locked (closing one drops all of the process's POSIX locks on it:
https://www.sqlite.org/howtocorrupt.html §2.2).

Where there are no hard links (FAT, SMB shares, some FUSE mounts), processes that begin together
agree on one file by a folder beside it, its claim: the first to rename a folder of its own to that
name has it, since no folder replaces one that is not empty. Whoever finds a claim finishes it, so a
process that is killed leaves nothing that others wait for.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.store.places import trouble_at

#: Where folders cannot be opened or synchronised (Windows, SMB, FUSE), the file system decides when
#: a new name is durable. Everything else is an error of the disk.
_NO_FOLDER_SYNC = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.EINVAL,
        errno.EBADF,
        errno.ENOSYS,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
    }
)
#: Others may read or write: `st_mode` says so on POSIX only; Windows has access lists instead.
_OTHERS = 0o077
#: Tries to get the claim: each that fails means that another process got ahead.
_MAX_TRIES = 100


def make_private_folder(folder: Path) -> None:
    """Create the folder (0700) if missing; an existing one keeps its mode. Raises
    StoreUnavailable."""
    try:
        for parent in reversed(folder.parents):
            if not parent.exists():
                _make_folder(parent, 0o777)
        _make_folder(folder, 0o700)
    except FileExistsError as error:
        what = "is a file: remove it"
        if not os.path.exists(folder):
            what = "is a link to a folder that is not there: make that folder"
        raise StoreUnavailable(
            f"the data folder {folder} {what}, or set ZSF_DATA_DIR to a folder"
        ) from error
    except (OSError, ValueError) as error:
        reason, trouble = str(error), None
        if isinstance(error, OSError):
            reason, trouble = str(error.strerror), trouble_at(folder, error)
        raise StoreUnavailable(
            f"the data folder {folder} cannot be created ({reason}): make it writable for "
            "this user, or set ZSF_DATA_DIR to another"
            if trouble is None
            else f"the data folder {folder} {trouble}"
        ) from error


def _make_folder(folder: Path, mode: int) -> None:
    """Create it if missing, usable by its owner. Raises FileExistsError if it is none, OSError."""
    if not folder.is_dir():
        folder.mkdir(mode=mode, exist_ok=True)
        _keep_for_owner(folder, 0o700)


def _keep_for_owner(made: Path | int, rights: int) -> None:
    """Give what this process made those rights of its owner, if its umask took them."""
    mode = os.stat(made).st_mode & 0o777
    if os.name == "posix" and mode & rights != rights:
        with suppress(OSError):  # a file system that keeps no mode
            os.chmod(made, mode | rights)


def make_private_file(file: Path, content: bytes = b"", *, secret: bool = False) -> None:
    """Create the file (0600) with that content, durably; an existing file is left alone. Raises
    OSError; for a secret, also if its file system lets others read it (EACCES)."""
    temporary = _beside(file)
    try:
        _write(temporary, content)
        if secret:
            make_private(temporary)
        _give_name(temporary, file)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(file.parent)


@contextmanager
def new_private_file(file: Path) -> Iterator[Path]:
    """A private file (0600) for the block to fill. At its end it gets its name, durably: it appears
    whole or not at all. Raises FileExistsError, OSError."""
    unfinished = _beside(file)
    try:
        _write(unfinished, b"")
        yield unfinished
        with open(unfinished, "rb+") as filled:
            os.fsync(filled.fileno())
        _give_name(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(file.parent)


def replace_private_file(file: Path, content: bytes) -> None:
    """Write a secret (0600), durably, in place of a file that exists: it appears whole or not at
    all. Raises OSError, also if the file system lets others read it (EACCES)."""
    temporary = _beside(file)
    try:
        _write(temporary, content)
        make_private(temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(file.parent)


def make_private(file: Path) -> None:
    """Take others' access to the file away, if they have it. Raises OSError if that is not
    possible."""
    if os.name != "posix" or not file.stat().st_mode & _OTHERS:
        return
    with suppress(OSError):
        file.chmod(0o600)
    if file.stat().st_mode & _OTHERS:
        raise OSError(
            errno.EACCES,
            "others can read it and its file system keeps no mode: mount that with umask=077",
        )


def _beside(file: Path) -> Path:
    """A name of its own beside the file."""
    return file.with_name(f".{file.name}.{os.urandom(8).hex()}")


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        _keep_for_owner(descriptor, 0o600)
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)


def _give_name(temporary: Path, file: Path) -> None:
    """Give a whole file its name, unless a file has it. Raises FileExistsError, OSError."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        raise
    except (OSError, AttributeError, NotImplementedError):
        # No hard links here: EPERM, EOPNOTSUPP, ENOSYS, EMLINK; what else is wrong shows again.
        _give_name_by_claim(temporary, file)


def _give_name_by_claim(temporary: Path, file: Path) -> None:
    """The same without hard links: of several processes, the one whose claim is first."""
    claim = file.with_name(f".{file.name}.claim")
    own = _beside(file)
    _make_folder(own, 0o700)
    try:
        os.replace(temporary, own / own.name)
        for _ in range(_MAX_TRIES):
            _finish_claim(claim, file)
            if file.exists():
                return
            with suppress(OSError):  # another process has the claim, or its folder is in the way
                os.rename(own, claim)
        raise OSError(errno.EAGAIN, f"the folder {claim} is in the way: remove it")
    finally:
        with suppress(OSError):
            (own / own.name).unlink(missing_ok=True)
            own.rmdir()


def _finish_claim(claim: Path, file: Path) -> None:
    """Give the claimed file its name, and remove the claim.

    The file must be looked for after the claim was read. Then either nobody had the claim since and
    renaming gives the file its first content, or the claimed name is gone and renaming fails.
    """
    claimed = sorted(_names_in(claim))
    for name in claimed:
        with suppress(OSError):  # another process finished it
            if file.exists():
                (claim / name).unlink()
            else:
                os.rename(claim / name, file)
    with suppress(OSError):  # missing, or claimed again
        claim.rmdir()


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync_folder(folder: Path) -> None:
    """Make the folder's names durable, where folders can be synchronised."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
