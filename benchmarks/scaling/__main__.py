"""`python -m benchmarks.scaling [--page FILE]`: prints the tables of docs/scaling.md, or replaces
them in that page. The measured figures are those of docs/performance.md; days are simulated from a
fixed seed, so that the same figures give the same tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.scaling.database import limits_of_a_database
from benchmarks.scaling.measured import MeasuredFigures, figures_of
from benchmarks.scaling.org_day import CALLS_PER_S, OrgDay, simulate
from benchmarks.scaling.shards import Population, cut_apart, population, spread_over

PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"
SEED = 20_261_130
#: Calls in any 24 hours: Enterprise Edition with 50 licences.
ALLOCATION = 150_000
_ENTRIES_A_DAY = (10_000, 50_000, 100_000, 300_000, 1_000_000)
_SHARDS = (2, 4, 8, 16)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--page", type=Path, metavar="FILE", help="replace the tables of this page")
    options = parser.parse_args(argv)
    tables = all_tables(figures_of(PERFORMANCE.read_text(encoding="utf-8")))
    if options.page is None:
        for name, lines in tables.items():
            print(f"{name}\n\n{lines}\n")
    else:
        text = options.page.read_text(encoding="utf-8")
        options.page.write_text(with_tables(text, tables), encoding="utf-8")
    return 0


def with_tables(page: str, tables: dict[str, str]) -> str:
    """The page with these tables, each between its marks."""
    for name, lines in tables.items():
        before, rest = page.split(f"<!-- {name} -->\n", 1)
        after = rest.split("<!-- end -->", 1)[1]
        page = f"{before}<!-- {name} -->\n{lines}\n<!-- end -->{after}"
    return page


def all_tables(figures: MeasuredFigures) -> dict[str, str]:
    """The tables by name."""
    found = population(SEED)
    return {
        "org": _table(
            ("entries a day", "calls a second", "calls a day", "of the allocation",
             "entries a call", "a purchase waits at most", "an activity at most"),
            _org_rows(figures),
        ),
        "database": _table(
            ("what", "measured", "source", "at most", "workspaces"),
            (limit.cells() for limit in limits_of_a_database(figures, found)),
        ),
        "shards": _table(
            ("shards", "busiest shard, by hash", "by directory", "moved when one is added, by hash",
             "by rendezvous hash", "by directory"),
            _shard_rows(found),
        ),
        "population": _population(found),
    }  # fmt: skip


def _org_rows(figures: MeasuredFigures) -> Iterator[tuple[str, ...]]:
    for entries in _ENTRIES_A_DAY:
        for rate in CALLS_PER_S:
            day = simulate(OrgDay(entries, ALLOCATION, rate, 1 / figures.entry_s), SEED)
            yield (
                f"{entries:,}",
                f"{rate:g}",
                f"{day.calls:,}",
                f"{day.calls / ALLOCATION:.0%}",
                f"{entries / day.calls:.1f}",
                _duration(day.longest_purchase_s),
                _duration(day.longest_activity_s),
            )


def _shard_rows(found: Population) -> Iterator[tuple[str, ...]]:
    for shards in _SHARDS:
        spread = spread_over(found, shards)
        yield (
            f"{shards}",
            f"{spread.busiest_by_hash:.2f} × the mean",
            f"{spread.busiest_by_directory:.2f} × the mean",
            f"{spread.moved_by_modulo:.0%} of the orgs",
            f"{spread.moved_by_rendezvous:.0%}",
            "none",
        )


def _population(found: Population) -> str:
    largest, parted = max(found.orgs), cut_apart(found, 4)
    return (
        f"{len(found.orgs):,} orgs with {found.workspaces:,} workspaces and {found.entries:,} "
        f"entries a day: {found.median:,} a day in the middle one, {largest:,} in the largest, "
        f"which is {largest / found.entries:.1%} of all. By a hash of the workspace's name, four "
        f"shards would cut {parted:,} of the {found.shared:,} orgs with several workspaces apart."
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _table(columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
