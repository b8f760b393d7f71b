"""`python -m benchmarks [--only NAME] [--rounds N] [--json FILE]`: prints a table; exits with 1 if
a bound is exceeded."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import BenchmarkRow

ROWS = ("hook", "deciding", "importing", "wake", "console", "calls", "backlog")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", choices=ROWS, action="append", help="measure only this row (repeatable)"
    )
    parser.add_argument(
        "--rounds", type=int, default=7, metavar="N", help="pairs of runs (default: 7)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the figures to this file"
    )
    options = parser.parse_args(argv)
    names = options.only or ROWS
    if "backlog" in names and importlib.util.find_spec("simple_salesforce") is None:
        parser.error(
            "backlog needs simple-salesforce: pip install -e '.[benchmarks]', or leave it "
            "out with --only"
        )
    modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    rows = [row for module in modules for row in module.measure(options.rounds)]
    print(table(rows))
    if options.json is not None:
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        document = {"machine": machine, "rows": [row.document() for row in rows]}
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


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
        row.ours,
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
