"""Private files appear whole or not at all, once, also without hard links, folder syncs and modes;
a process that is killed at any step leaves nothing that stops the next one."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store import private_files, secrecy
from zsf_plugin.store.private_files import (
    make_private_file,
    make_private_folder,
    replace_private_file,
)

NO_LINKS = [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTSUP, errno.EMLINK, errno.EACCES]


def refuse(code: int) -> Callable[..., None]:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refused


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=[*NO_LINKS, "absent", "not implemented"])
def linkless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system, or a system, without hard links."""
    if request.param == "absent":
        monkeypatch.delattr(os, "link")
    elif request.param == "not implemented":

        def missing(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(os, "link", missing)
    else:
        monkeypatch.setattr(os, "link", refuse(request.param))


@pytest.mark.usefixtures("linkless")
def test_without_hard_links_the_file_is_made_private_and_alone(tmp_path: Path) -> None:
    make_private_file(tmp_path / "key", b"one")
    make_private_file(tmp_path / "key", b"two")
    assert (tmp_path / "key").read_bytes() == b"one"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


@pytest.fixture(params=[0o777, 0o477, 0o377, 0o277, 0o177])
def strict_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """A umask that takes rights from the owner too, as a mistyped one does."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
@pytest.mark.parametrize("has_links", [True, False])
def test_a_umask_takes_no_rights_from_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    folder = tmp_path / "a" / "b"
    if not has_links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    make_private_folder(folder)
    make_private_file(folder / "key", b"one")
    replace_private_file(folder / "key", b"two")
    made = [folder.parent, folder, folder / "key"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700, 0o700, 0o600]
    assert names(folder) == ["key"]


@pytest.mark.usefixtures("linkless")
def test_a_claim_that_a_killed_process_left_is_finished(tmp_path: Path) -> None:
    claim = tmp_path / ".key.claim"
    claim.mkdir()
    (claim / "its own").write_bytes(b"theirs")
    make_private_file(tmp_path / "key", b"ours")
    assert (tmp_path / "key").read_bytes() == b"theirs"
    assert names(tmp_path) == ["key"]


@pytest.mark.usefixtures("linkless")
def test_a_claim_beside_a_file_that_exists_gives_way(tmp_path: Path) -> None:
    claim = tmp_path / ".key.claim"
    claim.mkdir()
    (claim / "late").write_bytes(b"late")
    (tmp_path / "key").write_bytes(b"first")
    make_private_file(tmp_path / "key", b"ours")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert names(tmp_path) == ["key"]


class Killed(BaseException):
    """The process ends here: nothing of it runs any more."""


class Steps:
    """Counts the calls that change a folder, and ends the process at one of them, before or after
    it took effect."""

    CHANGES = ("open", "link", "rename", "replace", "mkdir", "unlink", "rmdir", "fsync")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, last: int, *, takes_effect: bool) -> None:
        self.count, self.last, self.takes_effect = 0, last, takes_effect
        for name in self.CHANGES:
            monkeypatch.setattr(os, name, self.counted(getattr(os, name)))

    def counted(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            self.count += 1
            if self.count > self.last:
                raise Killed
            if self.count < self.last:
                return real(*arguments, **named)
            if self.takes_effect:
                real(*arguments, **named)
            raise Killed

        return call


@pytest.mark.parametrize("takes_effect", [True, False])
@pytest.mark.parametrize("last", range(1, 16))
@pytest.mark.parametrize("has_links", [True, False])
def test_killed_at_any_step_it_leaves_a_whole_file_or_none_and_the_next_makes_it(
    tmp_path: Path, last: int, takes_effect: bool, has_links: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if not has_links:
            patch.setattr(os, "link", refuse(errno.EPERM))
        with pytest.MonkeyPatch.context() as killing:
            Steps(killing, last, takes_effect=takes_effect)
            with suppress(Killed):
                make_private_file(tmp_path / "key", b"first")
        before = (tmp_path / "key").read_bytes() if (tmp_path / "key").exists() else None
        assert before in (None, b"first")
        make_private_file(tmp_path / "key", b"second")
        assert (tmp_path / "key").read_bytes() in ((before,) if before else (b"first", b"second"))
        assert not (tmp_path / ".key.claim").exists()
        left = [name for name in names(tmp_path) if name != "key"]
        assert len(left) <= 2, "what the killed process had begun, under names of its own"


RACE = """
import os, pathlib, sys, time
def refused(*_, **__): raise OSError(1, "no links")
os.link = refused
from zsf_plugin.store.private_files import make_private_file
folder = pathlib.Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(30):
    make_private_file(folder / f"key{number}", sys.argv[2].encode() * 2000)
    print((folder / f"key{number}").read_bytes().decode()[:1], end="")
"""


def test_processes_that_begin_together_agree_on_one_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    processes = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        said.append(process.communicate(timeout=60)[0])
    assert len(set(said)) == 1, said
    assert names(tmp_path) == sorted(f"key{number}" for number in range(30))
    assert {len(path.read_bytes()) for path in tmp_path.iterdir()} == {2000}


@pytest.mark.parametrize(
    "code", [errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.ENOSYS, errno.EPERM]
)
def test_a_folder_that_cannot_be_synchronised_is_left_to_its_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make_private_file(tmp_path / "key", b"x")
    assert (tmp_path / "key").read_bytes() == b"x"


def test_a_folder_that_cannot_be_opened_is_left_to_its_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def open_(path: os.PathLike[str] | str, *rest: int) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "as on Windows")
        return opened(path, *rest)

    monkeypatch.setattr(os, "open", open_)
    make_private_file(tmp_path / "key", b"x")
    assert (tmp_path / "key").read_bytes() == b"x"


def test_a_disk_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        make_private_file(tmp_path / "key", b"x")
    assert names(tmp_path) == []


@pytest.fixture
def open_modes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A file system on which everybody may read every file, and chmod changes nothing."""
    opened = os.open
    monkeypatch.setattr(
        private_files.os, "open", lambda path, flags, *_: opened(path, flags, 0o644)
    )
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    before = os.umask(0)
    yield
    os.umask(before)


def settings(folder: Path, **environ: str) -> Settings:
    return from_environment(environ, config_dir=folder, data_dir=folder / "data")


@pytest.mark.usefixtures("open_modes")
def test_a_key_that_others_could_read_is_never_made_and_the_error_says_what_is_missing(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be created.*umask=077.*ZSF_SECRET_KEY"):
        secrecy.open_cipher(settings(tmp_path))
    assert names(tmp_path / "data") == []
    assert secrecy.open_cipher(settings(tmp_path, ZSF_SECRET_KEY="a key")).source


@pytest.mark.usefixtures("open_modes")
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("a key")
    with pytest.raises(ConfigurationError, match=r"cannot be used.*others can read it"):
        secrecy.open_cipher(settings(tmp_path))


def test_a_key_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    key = tmp_path / "data" / "secret.key"
    key.write_text("a key")
    key.chmod(0o644)
    secrecy.open_cipher(settings(tmp_path))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EACCES, r"cannot be created \(Permission denied\): make its folder writable"),
        (errno.EROFS, "mounted read-only: mount it writable"),
        (errno.ENOSPC, "the disk or a quota is full: free some space"),
        (errno.EDQUOT, "the disk or a quota is full: free some space"),
    ],
)
def test_a_key_file_that_cannot_be_made_says_what_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    monkeypatch.setattr(private_files, "_write", refuse(code))
    with pytest.raises(ConfigurationError, match=words):
        secrecy.open_cipher(settings(tmp_path))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_key_file_that_is_none_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / "secret.key")
    with pytest.raises(ConfigurationError, match="it is no file"):
        secrecy.open_cipher(settings(tmp_path))


def test_a_data_folder_that_is_a_file_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreUnavailable, match="is a file"):
        make_private_folder(tmp_path / "data")
    with pytest.raises(StoreUnavailable, match="cannot be created"):
        make_private_folder(tmp_path / "data" / "below")
    with pytest.raises(StoreUnavailable, match="cannot be created"):
        make_private_folder(tmp_path / "nul\0")
