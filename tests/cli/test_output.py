"""How wide a table is, and what a pipe gets of it."""

from __future__ import annotations

import pytest

from zsf_plugin.cli.output import PIPE_COLUMNS, line_width, list_in_line, say_steps, table
from zsf_plugin.model import Step


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


STEP = Step("left_out", "Lead", "Title", {"misfit": "refused", "code": "STRING_TOO_LONG"})


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_long_step_goes_on_below_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    say_steps([STEP])
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("  Lead     Title left out: ")
    assert others
    assert all(line.startswith(" " * 11) and not line.startswith(" " * 12) for line in others)
    assert max(map(len, (first, *others))) <= int(columns)


def test_in_a_pipe_a_step_stays_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    say_steps([STEP])
    assert len(capsys.readouterr().out.splitlines()) == 1
