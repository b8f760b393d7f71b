"""A layer below SQLite that remembers which writes were synced, and what a disk may hold after the
power failed at any moment: all that was synced, and any part of what was not.

It replaces the functions by which SQLite's own file layer opens, writes, cuts and syncs files (a
VFS, https://www.sqlite.org/vfs.html), in the library that Python uses.
"""

from __future__ import annotations

import ctypes
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

#: The number of bytes that a disk writes whole.
SECTOR = 512
_OK = 0

_WRITE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,  # not a text: SQLite keeps the address, and parameters follow it
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_void_p,
)


_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


class _Methods(ctypes.Structure):
    """sqlite3_io_methods."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        *((f"other{number}", ctypes.c_void_p) for number in range(13)),
    ]


class _File(ctypes.Structure):
    """sqlite3_file."""

    _fields_ = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """sqlite3_vfs."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("size_of_file", ctypes.c_int),
        ("max_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", _OPEN),
        ("delete", _DELETE),
        *((f"other{number}", ctypes.c_void_p) for number in range(13)),
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """What SQLite did to a file: wrote bytes at an offset, cut it to a size, deleted it, or synced
    what it did before."""

    file: str
    kind: Literal["write", "cut", "delete", "sync"]
    at: int = 0
    content: bytes = b""


@dataclass
class Disk:
    """The files that SQLite has opened, as they were then, and all steps since."""

    before: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def after_loss(self, moment: int, chance: random.Random) -> dict[str, bytes]:
        """What each file that is there may hold after the power failed at that step: of what was
        done to it since its last sync any may be on the disk, writes also in part."""
        found: dict[str, bytes] = {}
        for file, before in self.before.items():
            steps, synced = list[Step](), 0
            for step in self.steps[:moment]:
                if step.file == file:
                    steps.append(step)
                # a file system keeps the order of deletions and of any file's sync
                is_deletion = bool(steps) and steps[-1].kind == "delete"
                if step.kind == "sync" and (step.file == file or is_deletion):
                    synced = len(steps)
            content: bytearray | None = bytearray(before)
            for step in steps[:synced]:
                content = _after(content, step)
            for step in steps[synced:]:
                for part in _parts(step, chance):
                    content = _after(content, part)
            if content is not None:
                found[file] = bytes(content)
        return found


def _after(content: bytearray | None, step: Step) -> bytearray | None:
    if step.kind == "delete":
        return None
    if content is None:  # made again
        content = bytearray()
    if step.kind == "cut":
        del content[step.at :]
    elif step.kind == "write":
        if len(content) < step.at:
            content.extend(bytes(step.at - len(content)))
        content[step.at : step.at + len(step.content)] = step.content
    return content


def _parts(step: Step, chance: random.Random) -> Iterator[Step]:
    """What of a step that was not synced is on the disk: all, nothing, or some sectors."""
    kind = chance.choice(["all", "nothing", "some"])
    if kind == "nothing":
        return
    if kind == "all" or step.kind in ("cut", "delete"):
        yield step
        return
    for start in range(0, len(step.content), SECTOR):
        if chance.random() < 0.5:
            part = step.content[start : start + SECTOR]
            yield Step(step.file, "write", step.at + start, part)


def library() -> ctypes.CDLL | None:
    """The SQLite library that Python's own module has loaded; None if that cannot be found."""
    import _sqlite3

    if not sys.platform.startswith("linux"):
        return None
    linked = subprocess.run(["ldd", _sqlite3.__file__], capture_output=True, text=True, check=False)
    for line in linked.stdout.splitlines():
        name, _, place = line.strip().partition(" => ")
        if name.startswith("libsqlite3"):
            found = ctypes.CDLL(place.split(" ")[0])
            found.sqlite3_libversion.restype = ctypes.c_char_p
            is_same = found.sqlite3_libversion().decode() == sqlite3.sqlite_version
            return found if is_same else None
    return None


@contextmanager
def recorded(sqlite: ctypes.CDLL) -> Iterator[Disk]:
    """Have SQLite open its files by the recording layer while the block runs."""
    layer = _Layer(sqlite)
    sqlite.sqlite3_vfs_register(ctypes.byref(layer.own), 1)
    try:
        yield layer.disk
    finally:
        sqlite.sqlite3_vfs_register(layer.real, 1)
        sqlite.sqlite3_vfs_unregister(ctypes.byref(layer.own))


class _Layer:
    def __init__(self, sqlite: ctypes.CDLL) -> None:
        self.disk = Disk()
        sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self.real: Any = sqlite.sqlite3_vfs_find(None)
        self.own = _Vfs.from_buffer_copy(self.real.contents)
        self.own.name = b"recorded"
        self.own.next = None
        self._open_own = _OPEN(self._open)
        self._delete_own = _DELETE(self._delete)
        self.own.open, self.own.delete = self._open_own, self._delete_own
        self._files: dict[int, str] = {}
        #: Kept, since SQLite calls them: by the address of the methods that they stand before.
        self._methods: dict[int, _Methods] = {}

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        real = self.real.contents
        done: int = real.open(ctypes.addressof(real), name, file, flags, out)
        opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
        if done != _OK or name is None or not opened.methods:
            return done
        path = ctypes.string_at(name).decode()
        self._files[file] = path
        if path not in self.disk.before:
            self.disk.before[path] = Path(path).read_bytes()
        opened.methods = ctypes.pointer(self._recording(opened.methods))
        return done

    def _delete(self, vfs: int, name: int, syncs_folder: int) -> int:
        real = self.real.contents
        done: int = real.delete(ctypes.addressof(real), name, syncs_folder)
        path = ctypes.string_at(name).decode()
        if done == _OK and path in self.disk.before:
            self._note(Step(path, "delete"))
            if syncs_folder:
                self._note(Step(path, "sync"))
        return done

    def _recording(self, real: Any) -> _Methods:
        address = ctypes.addressof(real.contents)
        if address in self._methods:
            return self._methods[address]
        before = real.contents
        own = _Methods.from_buffer_copy(before)

        def write(file: int, content: int, size: int, at: int) -> int:
            self._note(Step(self._files[file], "write", at, ctypes.string_at(content, size)))
            return int(before.write(file, content, size, at))

        def cut(file: int, size: int) -> int:
            self._note(Step(self._files[file], "cut", size))
            return int(before.truncate(file, size))

        def sync(file: int, flags: int) -> int:
            done = int(before.sync(file, flags))
            self._note(Step(self._files[file], "sync"))
            return done

        own.write, own.truncate, own.sync = _WRITE(write), _TRUNCATE(cut), _SYNC(sync)
        self._methods[address] = own
        return own

    def _note(self, step: Step) -> None:
        self.disk.steps.append(step)
