"""`python -m benchmarks [--rows NAME…] [--rounds N] [--json FILE]`: prints a table in Markdown;
exits with 1 if a bound is exceeded."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import BenchmarkRow, Effort, end_progress, failed_row, progress
from benchmarks.plot import growth_plot

#: The modules, in the order of the table; each is a group of rows.
ROWS = (
    "hook",
    "contention",
    "deciding",
    "start",
    "wake",
    "growth",
    "width",
    "authoring",
    "scale",
    "engines",
    "workspaces",
    "console",
    "calls",
    "backlog",
    "peers",
)

#: Around the table of docs/performance.md.
_MARK, _END_MARK = "<!-- figures -->", "<!-- end of figures -->"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write what is asked for."""
    options = _parser().parse_args(argv)
    effort = Effort(
        rounds=options.rounds, share=options.share, large=options.large, disk=options.disk
    )
    began = time.monotonic()
    rows = []
    names = options.rows or ROWS
    for number, name in enumerate(names, 1):
        progress(f"{name}: group {number} of {len(names)}")
        rows += _measure(name, effort)
    end_progress()
    shown = "\n".join([table(rows), *(note for row in rows for note in row.notes)])
    print(shown)
    if options.page is not None:
        _replace_table(options.page, shown)
    if options.json is not None:
        options.json.write_text(_document(rows, time.monotonic() - began), encoding="utf-8")
    if options.plot is not None:
        options.plot.mkdir(parents=True, exist_ok=True)
        (options.plot / "growth.svg").write_text(growth_plot(rows), encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--rows", choices=ROWS, nargs="+", action="extend", help="measure only these groups")
    add("--rounds", type=_count, default=7, metavar="N", help="runs of each side (default: 7)")
    add("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    add("--plot", type=Path, metavar="DIR", help="also write growth.svg to this folder")
    add("--page", type=Path, metavar="FILE", help="also replace the table of this page")
    add("--large", action="store_true", help="also measure what takes many minutes")
    add(
        "--disk",
        type=Path,
        default=Path("build"),
        metavar="DIR",
        help="a folder on a disk, for what waits for one (default: build)",
    )
    add(
        "--share",
        type=float,
        default=1.0,
        metavar="X",
        help="measure this share of each size, to try the command (default: 1)",
    )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give at least 1")
    return number


def _measure(name: str, effort: Effort) -> list[BenchmarkRow]:
    """The rows of a module; if it cannot run, one row that says why: the others still count."""
    try:
        found: list[BenchmarkRow] = importlib.import_module(f"benchmarks.{name}").measure(effort)
    except ModuleNotFoundError as error:
        why = f"{error.name} is missing: pip install -e '.[benchmarks]'"
        return [failed_row(name, "not measured", why)]
    except Exception as error:  # noqa: BLE001 - an hour of other figures must not be lost
        return [failed_row(name, "not measured", f"{type(error).__name__}: {error}")]
    return found


def _replace_table(page: Path, shown: str) -> None:
    """Put the table between the marks of the page."""
    before, rest = page.read_text(encoding="utf-8").split(_MARK, 1)
    after = rest.split(_END_MARK, 1)[1]
    page.write_text(f"{before}{_MARK}\n{shown}\n{_END_MARK}{after}", encoding="utf-8")


def _document(rows: Sequence[BenchmarkRow], seconds: float) -> str:
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    document = {
        "machine": machine,
        "seconds": round(seconds),
        "rows": [row.document() for row in rows],
    }
    return json.dumps(document, indent=1)


def table(rows: Sequence[BenchmarkRow]) -> str:
    """Render the rows as a Markdown table."""
    lines = [
        "| row | what | ours | other | median | spread | rounds | bound | holds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *map(_line, rows)])


def _line(row: BenchmarkRow) -> str:
    median, low, high = row.ratio
    sign = "≥" if row.at_least else "≤"
    bound = "none" if row.bound is None else f"{sign} {row.bound:g} {row.unit}"
    spread = f"{low:.3g} to {high:.3g}" if low != high else "-"
    holds = f"**no** {row.flaw}".strip() if not row.holds else "" if row.bound is None else "yes"
    figure = f"{median:.3g} {row.unit}"
    cells = (
        row.name,
        row.what,
        row.ours or "-",
        row.other or "-",
        figure,
        spread,
        str(row.rounds),
        bound,
        holds,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
