"""The benchmarks run, report all their figures, and are documented in docs/performance.md. No test
asserts on speed."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import ROWS, main, table
from benchmarks.deciding import check
from benchmarks.harness import BenchmarkRow, paired
from zsf_plugin.rulebook import Rulebook

PAGE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")


def test_the_cheap_rows_run_and_each_has_its_figure_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    only = [word for name in ("wake", "deciding", "calls") for word in ("--only", name)]
    main([*only, "--rounds", "1", "--json", str(file)])
    document = json.loads(file.read_text())
    assert set(document["machine"]) == {"cores", "python"}
    assert all(set(row["ratio"]) == {"median", "low", "high"} for row in document["rows"])
    keys = "name what ours other ratio unit bound at_least rounds holds flaw"
    assert all(set(row) == set(keys.split()) for row in document["rows"])
    assert "| decide |" in capsys.readouterr().out
    names = [row["name"] for row in document["rows"]]
    assert names[:4] == ["wake", "idle", "decide", "decide-values"]
    pages = importlib.import_module("benchmarks.console").PAGES
    slow = {
        "hook",
        "import",
        *pages,
        *(f"backlog-{ms}ms-{rate}-a-second" for ms in (0, 50) for rate in (10, 100)),
    }
    shown = set(re.findall(r"^\| ([a-z][\w-]+) \|", PAGE, re.MULTILINE)) - {"row"}
    assert shown == {*names} | slow


def test_the_hand_written_plan_is_equal_for_complete_and_incomplete_prospects() -> None:
    check(Rulebook(Path("/nonexistent"), lambda _: {}).rules_for("default", {}))


def test_a_row_without_a_bound_holds_and_a_flaw_breaks_any() -> None:
    free = BenchmarkRow("r", "w", "o", "x", (9.0, 9.0, 9.0), None)
    flawed = BenchmarkRow("r", "w", "o", "x", (1.0, 1.0, 1.0), 2.0, flaw="it loads requests")
    assert free.holds
    assert not flawed.holds
    assert "**no** it loads requests" in table([flawed])


def test_the_two_sides_of_a_pair_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return 1.0 if name == "ours" else 2.0

    pair = paired("x", lambda: side("ours"), lambda: side("other"), 3)
    assert order == ["ours", "other", "other", "ours", "ours", "other"]
    assert pair.ratio == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("median", "at_least", "holds"),
    [(2.0, False, True), (2.1, False, False), (2.0, True, True), (1.9, True, False)],
)
def test_a_row_that_exceeds_its_bound_says_so(median: float, at_least: bool, holds: bool) -> None:
    row = BenchmarkRow("r", "w", "o", "x", (median, 1.0, 3.0), 2.0, at_least=at_least)
    assert row.holds is holds
    assert ("**no**" in table([row])) is not holds


def test_every_row_is_explained_and_its_module_has_a_docstring() -> None:
    for name in ROWS:
        assert importlib.import_module(f"benchmarks.{name}").__doc__
        assert f"`{name}`" in PAGE
