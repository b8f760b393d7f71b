"""A person's file is replaced whole, as the file that it was; or it is refused, and stays."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from zsf_plugin.cli.failures import CommandError
from zsf_plugin.cli.whole_files import write_whole


def refused(file: Path) -> str:
    """The code with which the file is refused; it stays as it is, and nothing is left beside it."""
    beside = sorted(file.parent.iterdir())
    with pytest.raises(CommandError) as error:
        write_whole(file, "new")
    assert str(file) in error.value.what
    assert error.value.hint
    assert sorted(file.parent.iterdir()) == beside
    return error.value.code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "10.toml"
    file.write_text("old")
    return file


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_a_file_has_its_mode_still(file: Path, mode: int) -> None:
    file.chmod(mode)
    os.utime(file, (1, 1))
    write_whole(file, "new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", mode)
    assert file.stat().st_mtime > 1
    assert [*file.parent.iterdir()] == [file]


def test_a_new_file_has_the_mode_of_new_files(tmp_path: Path) -> None:
    made, expected = tmp_path / "a", tmp_path / "b"
    write_whole(made, "new")
    expected.write_text("new")
    assert made.stat().st_mode == expected.stat().st_mode


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes")
def test_a_file_has_its_attributes_still(file: Path) -> None:
    """Access lists are among them."""
    try:
        os.setxattr(file, "user.note", b"ours")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    write_whole(file, "new")
    assert os.getxattr(file, "user.note") == b"ours"


@pytest.mark.parametrize("depth", [1, 2])
def test_a_symbolic_link_stays_one(file: Path, depth: int) -> None:
    link = file
    for number in range(depth):
        link = file.parent / f"link{number}"
        link.symlink_to(file if number == 0 else f"link{number - 1}")
    write_whole(link, "new")
    assert link.is_symlink()
    assert not file.is_symlink()
    assert file.read_text() == "new"


def test_a_file_with_a_long_name_is_written(tmp_path: Path) -> None:
    file = tmp_path / f"{'x' * 250}.toml"
    write_whole(file, "old")
    write_whole(file, "new")
    assert file.read_text() == "new"


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_file_that_is_read_only_is_refused_also_for_root(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert refused(file) == "read_only"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("old", mode)


def test_a_link_to_a_file_that_is_read_only_is_refused(file: Path) -> None:
    file.chmod(0o444)
    link = file.parent / "link.toml"
    link.symlink_to(file)
    assert refused(link) == "read_only"


def test_a_file_with_other_names_is_refused(file: Path) -> None:
    other = file.parent / "20.toml"
    other.hardlink_to(file)
    assert refused(file) == "hard_linked"
    assert file.samefile(other)
    assert other.read_text() == "old"


def test_a_file_that_would_get_another_owner_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chown", _forbid)
    assert refused(file) == "other_owner"
    assert file.read_text() == "old"


def _forbid(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def _make_folder(place: Path) -> None:
    place.mkdir()


def _make_pipe(place: Path) -> None:
    os.mkfifo(place)


@pytest.mark.parametrize("make", [_make_folder, _make_pipe])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x")
    assert refused(tmp_path / "x") == "not_a_file"


@pytest.mark.parametrize("call", ["open", "replace", "fsync"])
def test_what_the_system_refuses_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fail)
        code = refused(file)
    assert (code, file.read_text()) == ("not_written", "old")
