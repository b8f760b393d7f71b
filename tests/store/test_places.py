"""Where a database cannot be: one line says what is wrong with the place, and what to do."""

from __future__ import annotations

import errno
import os
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.messages.store import PLACES
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.store import places as module
from zsf_plugin.store.places import MAX_PATH_BYTES, network_kind, trouble_at
from zsf_plugin.store.private_files import make_private_folder
from zsf_plugin.store.sqlite.database import SqliteDatabase, make_database

MOUNTS = """\
rootfs / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
filer:/vol /mnt/nfs nfs4 rw,vers=4.2 0 0
//nas/share /mnt/the\\040share cifs rw 0 0
host /mnt/nfs/local tmpfs rw 0 0
bucket /mnt/bucket fuse.s3fs rw 0 0
/dev/sdb1 /mnt/usb fuseblk rw 0 0
a /mnt/twice ext4 rw 0 0
b /mnt/twice 9p rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/zsf", None),
        ("/mnt/nfs/zsf", "nfs4"),
        ("/mnt/nfs", "nfs4"),
        ("/mnt/nfsx", None),
        ("/mnt/nfs/local/zsf", None),
        ("/mnt/the share/zsf", "cifs"),
        ("/mnt/bucket", "fuse.s3fs"),
        ("/mnt/usb/zsf", None),
        ("/mnt/twice/zsf", "9p"),
    ],
)
def test_a_network_file_system_is_known_by_its_mount(folder: str, kind: str | None) -> None:
    assert network_kind(Path(folder), MOUNTS) == kind


def test_mounts_that_cannot_be_read_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOUNTS", Path("/nowhere/mounts"))
    assert network_kind(Path("/mnt/nfs")) is None


def test_a_data_folder_on_a_network_is_used_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"root / ext4 rw 0 0\nfiler:/ {tmp_path}/data nfs rw 0 0\n")
    monkeypatch.setattr(module, "_MOUNTS", mounts)
    settings = from_environment({}, config_dir=tmp_path, data_dir=tmp_path / "data")
    open_store(settings).close()
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"{tmp_path}/data is on a network file system (nfs)" in line
    assert "local disk" in line


System = namedtuple("System", ["f_flag", "f_bavail", "f_blocks"])


def of(system: System) -> Callable[[object], System]:
    return lambda _: system


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (System(os.ST_RDONLY, 5, 9), "mounted read-only: mount it writable"),
        (System(0, 0, 9), "the disk or a quota is full: free some space"),
    ],
)
def test_a_file_system_that_takes_nothing_is_named_wherever_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: System, words: str
) -> None:
    database = SqliteDatabase(tmp_path / "zsf.sqlite3")
    monkeypatch.setattr(os, "statvfs", of(system))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with database.reading() as connection:
        connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreUnavailable, match=words):
        database.insert((None, "w", "e1", "purchase", "p1", "pending", "d", "{}", "", 0.0))
    monkeypatch.setattr("zsf_plugin.store.sqlite.database.make_private_file", refuse)
    with pytest.raises(StoreUnavailable, match=words):
        make_database(tmp_path / "new.sqlite3")
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreUnavailable, match=words):
        make_private_folder(tmp_path / "data")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_known_by_its_error_although_there_is_room_again(
    tmp_path: Path, code: int
) -> None:
    trouble = trouble_at(tmp_path / "zsf.sqlite3", OSError(code, os.strerror(code)))
    assert trouble is not None
    assert "free some space" in trouble


def test_a_disk_that_fails_is_no_matter_of_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("zsf_plugin.store.sqlite.database.make_private_file", fail)
    with pytest.raises(StoreUnavailable, match=r"a disk that fails .*: check that disk"):
        make_database(tmp_path / "new.sqlite3")


@pytest.mark.parametrize("denied", ["", "zsf.sqlite3", "zsf.sqlite3-wal", "zsf.sqlite3-shm"])
def test_the_folder_or_file_of_another_user_is_named_with_both_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, denied: str
) -> None:
    path = tmp_path / denied if denied else tmp_path
    if denied:
        path.write_text("")
    access = os.access
    monkeypatch.setattr(
        module, "_may", lambda given, needed: given != path and access(given, needed)
    )
    trouble = trouble_at(tmp_path / "zsf.sqlite3") or ""
    assert f"{path} belongs to user id {os.getuid()}" in trouble
    assert f"runs as user id {os.geteuid()}" in trouble
    assert "and its files (0600) to this user, or run as their owner" in trouble


def test_a_path_that_sqlite_cannot_open_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 250) / ("y" * 250)
    folder.mkdir(parents=True)
    with pytest.raises(
        StoreUnavailable, match=rf"bytes, and SQLite opens at most {MAX_PATH_BYTES}"
    ):
        SqliteDatabase(folder / "zsf.sqlite3")


def test_a_place_without_trouble_has_none(tmp_path: Path) -> None:
    assert trouble_at(tmp_path / "zsf.sqlite3") is None
    assert trouble_at(tmp_path / "a" / "b" / "zsf.sqlite3") is None


def test_every_trouble_is_one_line_with_an_advice() -> None:
    for what, advice in PLACES.values():
        assert what.strip()
        assert advice.strip()
        assert "\n" not in what + advice


@pytest.mark.parametrize("target", ["nowhere", "data"])
def test_a_data_folder_that_is_a_link_to_nowhere_is_no_file(tmp_path: Path, target: str) -> None:
    (tmp_path / "data").symlink_to(target)
    with pytest.raises(StoreUnavailable, match="is a link to a folder that is not there"):
        make_private_folder(tmp_path / "data")
