"""What tests get as a copy is what the product makes."""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.store.sqlite import database, make_database
from zsf_plugin.store.sqlite.schema import new_database


def test_a_copied_database_is_a_new_one(tmp_path: Path) -> None:
    for name in ("first", "second"):
        make_database(tmp_path / name)
        assert (tmp_path / name).read_bytes() == new_database()
    assert database.new_database() is database.new_database()


def test_two_copies_are_two_files(tmp_path: Path) -> None:
    make_database(tmp_path / "first")
    make_database(tmp_path / "second")
    assert not (tmp_path / "first").samefile(tmp_path / "second")
