"""A backup is private, whole or not at all, and made while hooks go on."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.contract.store_contract import new
from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.ports import EntryCounts
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore, copying

CIPHER = Cipher("a secret", "this test")


def ignore(left: int, pages: int) -> None:
    """Nobody watches."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    (tmp_path / "data").mkdir()
    store = SqliteStore(tmp_path / "data" / "zsf.sqlite3", CIPHER)
    store.accept_all([new(f"e{number}") for number in range(200)])
    yield store
    store.close()


def test_a_backup_is_one_private_file_that_a_store_opens(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=json.dumps(PURCHASE))
    (zsf.folder / "backups").mkdir()
    copy = zsf.folder / "backups" / "zsf.sqlite3"
    shown = zsf("backup", str(copy))
    assert (shown.returncode, shown.stdout[:20]) == (0, "Copied the database ")
    assert f"keep the secret key too, which is in {zsf.folder}/data/secret.key" in shown.stderr
    assert [path.name for path in copy.parent.iterdir()] == ["zsf.sqlite3"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    (zsf.folder / "data" / "secret.key").rename(copy.with_name("secret.key"))
    zsf.environment["ZSF_DATA_DIR"] = str(copy.parent)
    assert json.loads(zsf("status", "--json").stdout)["pending"] == 1


def test_as_json_a_backup_says_what_to_keep_with_it(zsf: Zsf) -> None:
    copy = zsf.folder / "copy.sqlite3"
    zsf.environment["ZSF_SECRET_KEY"] = "a secret of this test that is long"
    document = json.loads(zsf("backup", str(copy), "--json").stdout)
    assert document == {
        "file": str(copy),
        "bytes": copy.stat().st_size,
        "secret_key": {"files": [], "variable": "ZSF_SECRET_KEY"},
    }


def test_a_file_that_is_there_is_left_as_it_is(zsf: Zsf) -> None:
    there = zsf.write("there.sqlite3", "precious")
    done = zsf("backup", there)
    assert done.returncode == 2
    assert "exists, and is left as it is" in done.stderr
    assert Path(there).read_text() == "precious"


def test_a_folder_that_is_not_there_is_one_line(zsf: Zsf) -> None:
    done = zsf("backup", str(zsf.folder / "nowhere" / "copy.sqlite3"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "could not be written" in done.stderr


def test_hooks_go_on_and_what_they_store_meanwhile_makes_nothing_begin_again(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGES", 4)
    steps: list[int] = []

    def on_step(left: int, pages: int) -> None:
        store.accept(new(f"meanwhile {len(steps)}"))
        steps.append(left)

    store.write_copy(tmp_path / "copy.sqlite3", on_step)
    assert len(steps) > 5
    assert steps == sorted(steps, reverse=True)
    assert store.counts("w").pending == 200 + len(steps)
    with closing(SqliteStore(tmp_path / "copy.sqlite3", CIPHER)) as copy:
        assert copy.counts("w") == EntryCounts(pending=200)


def _fail(error: BaseException) -> Callable[[int, int], None]:
    def on_step(left: int, pages: int) -> None:
        raise error

    return on_step


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_what_ends_a_backup_leaves_nothing_and_the_store_as_it_was(
    store: SqliteStore, tmp_path: Path, error: BaseException
) -> None:
    expected = StoreUnavailable if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        store.write_copy(tmp_path / "copy.sqlite3", _fail(error))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not store.accept(new("later")).duplicate
    store.write_copy(tmp_path / "copy.sqlite3", ignore)


def test_of_two_backups_to_one_file_the_first_stays(store: SqliteStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"

    def make_it_first(left: int, pages: int) -> None:
        copy.write_text("first")

    with pytest.raises(ConfigurationError, match="was made meanwhile"):
        store.write_copy(copy, make_it_first)
    assert copy.read_text() == "first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.sqlite3", "data"]


def test_a_copy_needs_no_log_beside_it(store: SqliteStore, tmp_path: Path) -> None:
    store.write_copy(tmp_path / "copy.sqlite3", ignore)
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
