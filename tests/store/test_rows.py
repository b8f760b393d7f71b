"""Ids of entries as rows: an entry's id is its row, and what is none has no row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.store.sqlite.rows import entry_id, row_id


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
