"""Values in columns: any text from a host is read back unchanged. An entry's id is its row id;
other texts have no row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.model import Step
from zsf_plugin.store.sql.rows import (
    Value,
    column,
    column_list,
    encode,
    entry_id,
    row_id,
    text_from_column,
)
from zsf_plugin.store.sqlite.database import SqliteDatabase

#: Any text that a host can send, lone surrogates and our own marker among it. It was read as JSON,
#: in which a pair of surrogates is one letter.
TEXTS = (st.text(st.characters()) | st.text(st.sampled_from("a\ud800\udfff\ufdd0"))).map(
    lambda text: str(json.loads(json.dumps(text)))
)


@given(TEXTS)
def test_any_text_round_trips_through_a_utf_8_column(text: str) -> None:
    assert text_from_column(str(column(text)).encode()) == text


@given(TEXTS, TEXTS)
def test_different_texts_are_different_in_a_column(one: str, other: str) -> None:
    assert (column(one) == column(other)) == (one == other)


@pytest.mark.parametrize("value", [None, 0, 1.5, True, b"sealed"])
def test_values_of_sqlite_types_stay_unchanged(value: Value) -> None:
    assert column(value) is value


def test_all_other_values_are_stored_as_json() -> None:
    step = Step("found", "Lead", data={"by": "link"})
    assert column({"a": ["ü"]}) == '{"a":["\\u00fc"]}'
    assert column((step,)) == '[["found","Lead",null,{"by":"link"}]]'
    assert column(step) == '["found","Lead",null,{"by":"link"}]'


def test_a_text_that_is_not_utf_8_is_a_fault_of_the_database(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "zsf.sqlite3")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        database.rows("SELECT CAST(x'ff' AS TEXT)")
    database.close()


@given(st.lists(TEXTS))
def test_a_json_list_for_the_database_has_the_values_of_the_columns(texts: list[str]) -> None:
    assert json.loads(column_list(texts)) == [column(text) for text in texts]


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
def test_an_invalid_entry_id_has_no_row(text: str) -> None:
    assert row_id(text) is None
