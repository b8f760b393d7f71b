"""Texts and ids as columns hold them: any text of a host comes back as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.store.sqlite.rows import (
    encode,
    entry_id,
    loaded,
    row_id,
    row_ids,
    stored,
    stored_list,
)

#: Any text that a host can send, lone surrogates and our own marker among it. It was read as JSON,
#: in which a pair of surrogates is one letter.
TEXTS = (st.text(st.characters()) | st.text(st.sampled_from("a\ud800\udfff\ufdd0"))).map(
    lambda text: str(json.loads(json.dumps(text)))
)


@given(TEXTS)
def test_any_text_comes_back_from_a_column_that_holds_utf_8(text: str) -> None:
    column = stored(text).encode().decode()
    assert loaded(column) == text


@given(TEXTS, TEXTS)
def test_different_texts_are_different_in_a_column(one: str, other: str) -> None:
    assert (stored(one) == stored(other)) == (one == other)


def test_no_text_stays_none() -> None:
    assert stored(None) is None
    assert loaded(None) is None


@given(st.lists(TEXTS))
def test_a_list_for_the_database_holds_what_the_columns_hold(texts: list[str]) -> None:
    assert json.loads(stored_list(texts)) == [stored(text) for text in texts]


@given(TEXTS)
def test_json_is_ascii(text: str) -> None:
    assert encode([text]).isascii()
    assert json.loads(encode([text])) == [text]


@given(st.integers(1, 10**18 - 1))
def test_an_entrys_id_is_its_row(row: int) -> None:
    assert row_id(entry_id(row)) == row


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e",
        "17",
        "e0",
        "e017",
        "e-1",
        "E17",
        " e17",
        "e17 ",
        "e17\n",
        "e1.0",
        "e१",
        "e" + "9" * 19,
    ],
)
def test_what_is_no_entrys_id_has_no_row(text: str) -> None:
    assert row_id(text) is None


def test_ids_that_are_none_are_left_out_of_a_list() -> None:
    assert json.loads(row_ids(["e2", "nonsense", "e1"])) == [2, 1]
