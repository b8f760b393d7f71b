"""The benchmarks run, report all their figures, and are documented in docs/performance.md. No test
asserts on speed."""

from __future__ import annotations

import importlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.__main__ import ROWS, main, table
from benchmarks.deciding import check
from benchmarks.harness import BenchmarkRow, Effort, in_turns, paired
from benchmarks.peers import measuring as peers
from benchmarks.plot import growth_plot
from tests.postgres import require_programs
from zsf_plugin.rulebook import Rulebook

PAGE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
#: The rows of each group of which a run of a thousandth takes a second or two.
NAMES = {
    "hook": ["hook", "hook-processor"],
    "contention": ["hook-in-drain-1", "hook-in-drain-4", "hook-in-drain-16"],
    "deciding": ["decide", "decide-values"],
    "start": ["import", "start-help", "start-status"],
    "wake": ["wake", "idle"],
    "growth": [
        f"growth-{what}-{size}"
        for what in ("drain", "hook", "status")
        for size in (100_000, 1_000_000)
    ],
    "width": ["width-fields", "width-rules-hook", "width-rules-drain"],
    "authoring": ["rules-load", "rules-load-growth", "rules-test", "rules-replay"],
    "scale": ["scale-time", "scale-memory"],
    "engines": [
        *("engine-hook", "engine-hook-processor", "engine-lease", "engine-due"),
        *(f"engine-hook-p{n}-{engine}" for engine in ("sqlite", "postgresql") for n in (50, 99)),
        *("engine-drain", "engine-processor", "engine-emulator", "engine-bytes"),
        *("engine-scale-time", "engine-scale-memory"),
        *("engine-lone-sqlite", "engine-lone-postgresql"),
        *("engine-workers-sqlite", "engine-workers-postgresql"),
    ],
    "workspaces": ["idle-workspaces", "busy-threads", "first-wake"],
    "console": [
        *importlib.import_module("benchmarks.console").pages(1),
        *importlib.import_module("benchmarks.console").rules_pages(),
    ],
    "calls": [
        f"calls-{what}-{mode}"
        for mode in ("lead", "contact")
        for what in (
            "search-cold",
            "search-again",
            "lone",
            "unchanged",
            "lone-activity",
            "backlog",
            "search-known",
            "activities",
            "long-backlog",
        )
    ],
    "backlog": [f"backlog-{ms}ms-{rate}-a-second" for ms in (0, 50) for rate in (10, 100)],
}


#: The peers take longer: tests/benchmarks/test_peers.py.
PEERS = [
    *(f"peers-{ms}ms-{peer}" for ms in (0, 50, 200) for peer in peers.PEERS),
    *("peers-processor", "peers-calls", "peers-doubled"),
]


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder in which a server of another user's can make its own."""
    with tempfile.TemporaryDirectory(prefix="zsfb") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.timeout(300)  # engines: a dozen processes, and databases that are synced
@pytest.mark.parametrize("group", NAMES)
def test_each_group_of_rows_runs_with_little_and_gives_its_rows(group: str, disk: Path) -> None:
    if group == "engines":
        require_programs()
    effort = Effort(rounds=1, share=0.001, disk=disk)
    rows = importlib.import_module(f"benchmarks.{group}").measure(effort)
    assert [row.name for row in rows] == NAMES[group]


def test_the_page_shows_a_figure_of_each_row_and_explains_each_group() -> None:
    shown = re.findall(r"^\| ([a-z][\w-]+) \|", PAGE, re.MULTILINE)
    wanted = {**NAMES, "peers": PEERS}
    assert [name for name in shown if name not in ("row", "latency")] == [
        name for group in ROWS for name in wanted[group]
    ]
    for group in ROWS:
        assert importlib.import_module(f"benchmarks.{group}").__doc__
        assert f"- `{group}`: " in PAGE


def test_the_command_prints_a_table_and_writes_the_figures_and_the_plot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    little = ["--rounds", "1", "--share", "0.001", "--disk", str(tmp_path)]
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    written = ["--json", str(file), "--plot", str(tmp_path), "--page", str(page)]
    main(["--rows", "deciding", *little, *written])
    document = json.loads(file.read_text())
    assert set(document["machine"]) == {"cores", "python"}
    assert all(set(row["ratio"]) == {"median", "low", "high"} for row in document["rows"])
    keys = "name what ours other ratio unit bound at_least rounds holds flaw curve notes"
    assert all(set(row) == set(keys.split()) for row in document["rows"])
    assert [row["name"] for row in document["rows"]] == NAMES["deciding"]
    assert "| decide |" in capsys.readouterr().out
    begin, *table_lines, end = page.read_text().split("<!-- figures -->")[1].splitlines()[1:-1]
    assert begin.startswith("| row | what |")
    assert end == "<!-- end of figures -->"
    assert "old" not in table_lines
    assert ElementTree.parse(tmp_path / "growth.svg").getroot().tag.endswith("svg")


def test_a_group_that_cannot_run_is_a_row_that_fails_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(_: Effort) -> list[BenchmarkRow]:
        raise ModuleNotFoundError(name="simple_salesforce")

    monkeypatch.setattr("benchmarks.backlog.measure", measure)
    code = main(["--rows", "backlog", "deciding", "--rounds", "1", "--share", "0.001"])
    shown = capsys.readouterr().out
    assert code == 1
    assert "| backlog | not measured |" in shown
    assert "**no** simple_salesforce is missing: pip install" in shown
    assert "| decide |" in shown


def test_the_hand_written_plan_is_equal_for_complete_and_incomplete_prospects() -> None:
    check(Rulebook(Path("/nonexistent"), lambda _: {}).rules_for("default", {}))


def test_a_row_without_a_bound_holds_and_a_flaw_breaks_any() -> None:
    free = BenchmarkRow("r", "w", "o", "x", (9.0, 9.0, 9.0), None)
    flawed = BenchmarkRow("r", "w", "o", "x", (1.0, 1.0, 1.0), 2.0, flaw="it loads requests")
    assert free.holds
    assert not flawed.holds
    assert "**no** it loads requests" in table([flawed])


def test_the_sides_of_a_comparison_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return 1.0 if name == "ours" else 2.0

    pair = paired("x", lambda: side("ours"), lambda: side("other"), 3)
    assert order == ["ours", "other", "other", "ours", "ours", "other"]
    assert pair.ratio == (0.5, 0.5, 0.5)
    order.clear()
    in_turns("x", {name: lambda name=name: side(name) for name in "abc"}, 2)  # type: ignore[misc]
    assert order == [*"abccba"]


@pytest.mark.parametrize(
    ("median", "at_least", "holds"),
    [(2.0, False, True), (2.1, False, False), (2.0, True, True), (1.9, True, False)],
)
def test_a_row_that_exceeds_its_bound_says_so(median: float, at_least: bool, holds: bool) -> None:
    row = BenchmarkRow("r", "w", "o", "x", (median, 1.0, 3.0), 2.0, at_least=at_least)
    assert row.holds is holds
    assert ("**no**" in table([row])) is not holds


def test_the_plot_has_one_line_for_each_activity_with_its_longest_curve() -> None:
    row = BenchmarkRow("growth-hook-100", "w", "o", "x", (1.0, 1.0, 1.0), 1.15)
    short = replace(row, curve=((0, 1.0), (100, 1.0)))
    long = replace(row, name="growth-hook-1000", curve=((0, 1.0), (100, 1.0), (1000, 2.5)))
    drawn = ElementTree.fromstring(growth_plot([row, short, long]))
    lines = drawn.findall("{*}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [3]
    assert "1,000" in {text.text for text in drawn.findall("{*}text")}
