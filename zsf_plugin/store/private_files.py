"""Folders and files that only their owner may read, made without a moment in which others could.
Never their content.

A file appears whole or not at all: it is written under a passing name and then linked to its own.
So a second process never reads half a key, and no descriptor of ours is ever closed on a database
that SQLite has locked (closing one would drop all of the process's POSIX locks on it:
https://www.sqlite.org/howtocorrupt.html §2.2).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from zsf_plugin.errors import StoreUnavailable


def make_private_folder(folder: Path) -> None:
    """Make the folder (0700) where it is missing; one that exists keeps its mode. Raises
    StoreUnavailable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the data folder {folder} cannot be made ({error.strerror}): make it writable "
            f"for this user, "
            "or name another in ZSF_DATA_DIR"
        ) from error


def make_private_file(file: Path, content: bytes = b"") -> None:
    """Make the file (0600) with that content, durably, unless it exists: then nothing happens.
    Raises OSError."""
    passing = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(passing, content)
        try:
            os.link(passing, file)
        except FileExistsError:
            return
    finally:
        passing.unlink(missing_ok=True)
    _sync_folder(file.parent)


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
