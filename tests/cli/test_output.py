"""How wide a table is, and what a pipe gets of it."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.cli import output, plain_tables
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


@pytest.mark.parametrize("columns", ["30", "40", "59"])
def test_a_narrow_table_stacks_its_cells_and_breaks_no_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    names = ("Salesforce field", "value", "#set by")
    table(names, [("NumberOfEmployees", "1200 in several places of Europe", "32-account.toml"),
                  ("Fax", "", "")])  # fmt: skip
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "NumberOfEmployees"
    assert said.splitlines()[-1] == "Fax"
    assert "set by  32-account.toml" in said
    assert "#" not in said
    assert {"several", "places", "Europe"} <= set(said.split())
    assert max(map(len, said.splitlines())) <= int(columns)


def test_a_table_that_fits_a_narrow_line_stays_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table(("name", "#calls"), [("Ada", "1")])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["name", "#calls"] in lines


def test_a_piped_table_wraps_between_words_without_trailing_blanks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    table(
        ("name", "text"), [("one", "several words that are longer than one line of sixty columns")]
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
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


#: What cells hold, and what rich takes for markup, emojis, or more than one column.
CELLS = st.text("ab1 :#-[]\\/“”→é_表😀\u0301", max_size=8) | st.sampled_from(
    [
        ":smile:",
        "10:00:00 UTC",
        "a: b: c",
        "[bold]x[/bold]",
        "[",
        "x " * 40,
        "::",
        "Lead.Email:",
        "",
    ]
)


@given(
    names=st.lists(st.sampled_from(["#", "name", "what to do", "# of"]), min_size=1, max_size=3),
    data=st.data(),
    columns=st.sampled_from(["20", "40", "200"]),
)
def test_what_is_drawn_without_rich_is_what_rich_draws(
    names: list[str], data: st.DataObject, columns: str
) -> None:
    row = st.tuples(*[CELLS] * len(names))
    rows = data.draw(st.lists(row, max_size=3))
    title = data.draw(CELLS)
    drawn = []
    for is_plain in (output.is_plain, lambda _: False):
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as stdout:
            patch.setenv("COLUMNS", columns)
            patch.setattr(output, "is_plain", is_plain)
            patch.setattr(plain_tables, "is_plain", is_plain)
            table(names, rows, title=title)
        drawn.append(stdout.getvalue())
    assert drawn[0] == drawn[1]


def test_a_table_of_plain_cells_is_drawn_without_rich() -> None:
    plain = plain_tables.plain_table(("#", "cause"), [("12", "Lead: “x” is no…")], 80)
    assert plain == "\n  #   cause\n ─────────────────────\n 12   Lead: “x” is no…\n\n"
