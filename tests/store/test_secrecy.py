"""Browser state: unreadable in the browser, unchanged when it returns, useless for anything
else."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.store_contract import connection, new
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Tokens
from zsf_plugin.ports import DigestKey
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sql.sealed import SEALED
from zsf_plugin.store.sqlite import SqliteStore

CIPHER = Cipher("a secret", "here")


@given(st.text(st.characters(codec="utf-8")))
def test_a_sealed_value_is_unreadable_and_can_be_unsealed(text: str) -> None:
    sealed = CIPHER.seal(text)
    assert CIPHER.unseal(sealed) == text
    assert sealed.isascii()
    assert len(text) < 4 or text not in sealed


@given(st.text())
def test_an_unsealed_value_is_none(text: str) -> None:
    assert CIPHER.unseal(text) is None


def test_a_value_sealed_with_another_key_is_none() -> None:
    assert Cipher("another", "here").unseal(CIPHER.seal("x")) is None


def test_stored_tokens_and_what_browsers_keep_are_not_exchangeable() -> None:
    assert CIPHER.unseal(CIPHER.encrypt("x").decode()) is None
    with pytest.raises(ConfigurationError):
        CIPHER.decrypt(CIPHER.seal("x").encode())


def test_previous_secrets_open_what_they_sealed_and_seal_nothing() -> None:
    former, both = Cipher("old", "here"), Cipher("new", "here", ["old"])
    sealed = former.encrypt("x")
    assert (both.decrypt(sealed), both.fits(sealed), both.fits_now(sealed)) == ("x", True, False)
    assert both.unseal(former.seal("y")) == "y"
    assert not former.fits(both.encrypt("x"))
    assert former.unseal(both.seal("y")) is None
    assert both.session_keys()[1:] == former.session_keys()


@given(st.binary(max_size=200))
def test_bytes_that_nothing_sealed_fit_no_key(content: bytes) -> None:
    assert not CIPHER.fits(content)
    with pytest.raises(ConfigurationError):
        CIPHER.decrypt(content)


@given(st.text(st.characters(codec="utf-8"), max_size=50), st.integers(0, 10_000))
def test_a_changed_value_fits_no_key(text: str, position: int) -> None:
    sealed = CIPHER.encrypt(text)
    assert CIPHER.fits(sealed)
    content = bytearray(base64.urlsafe_b64decode(sealed))
    content[position % len(content)] ^= 1
    assert not CIPHER.fits(base64.urlsafe_b64encode(content))


def test_every_column_of_bytes_is_sealed_again(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "zsf.sqlite3", CIPHER).close()
    columns = set()
    with closing(sqlite3.connect(tmp_path / "zsf.sqlite3")) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            for row in database.execute(f"PRAGMA table_info({table})"):
                if row[2] == "BLOB":
                    columns.add((table, row[1]))
    assert columns == {(table, column) for table, _, column in SEALED}


def test_a_store_of_a_former_version_keeps_its_digest_key(tmp_path: Path) -> None:
    """A repeated event of before the upgrade is compared with the digest it was stored with."""
    store = SqliteStore(tmp_path / "zsf.sqlite3", CIPHER)
    store.accept(new(digest="a digest of a former version"))
    assert store.digest_keys() == [DigestKey("", CIPHER.digest_key())]
    store.close()
    other = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("another", "here"))
    (made,) = other.digest_keys()
    assert made.name != ""
    other.close()
    both = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("another", "here", ["a secret"]))
    assert both.digest_keys() == [made, DigestKey("", CIPHER.digest_key())]
    both.close()


def test_with_the_wrong_secret_at_the_upgrade_the_former_key_counts_as_lost(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "zsf.sqlite3", CIPHER)
    store.save_connection(connection(), Tokens("access", None))
    store.accept(new(digest="a digest of a former version"))
    store.close()
    wrong = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("wrong", "here"))
    (made,) = wrong.digest_keys()
    assert made.name != ""
    wrong.close()
