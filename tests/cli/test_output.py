"""How wide a table is, and what a pipe gets of it."""

from __future__ import annotations

import pytest

from zsf_plugin.cli.output import PIPE_COLUMNS, line_width, list_in_line, table


def test_a_pipe_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert line_width() == 72


@pytest.mark.parametrize("columns", ["", "0", "-3", "many", "٨٠", "9" * 5000])
def test_a_pipe_is_wide_if_columns_is_invalid(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert line_width() == PIPE_COLUMNS


def test_a_piped_table_wraps_between_words_without_trailing_blanks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table(("name", "text"), [("one", "several words that are longer than one line")])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert all(line == line.rstrip() for line in lines)
    words = " ".join(lines).split()
    assert {"several", "words", "longer", "line"} <= set(words)


def test_items_in_a_line_are_never_broken_in_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    list_in_line(["● Ada Byron", "● Grace Hopper", "○ Joan Clarke"])
    assert capsys.readouterr().out.splitlines() == [
        "● Ada Byron",
        "● Grace Hopper",
        "○ Joan Clarke",
    ]
