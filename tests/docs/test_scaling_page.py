"""docs/scaling.md shows what the simulation computes, from the figures of docs/performance.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.scaling.__main__ import ALLOCATION, PERFORMANCE, main
from benchmarks.scaling.org_day import CALLS_PER_S, OrgDay, calls_of, simulate
from benchmarks.scaling.shards import cut_apart, population, spread_over

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
MEASURED = PERFORMANCE.read_text(encoding="utf-8")


def test_the_page_shows_the_tables_that_are_computed(tmp_path: Path) -> None:
    shown, computed = PAGE.read_text(encoding="utf-8"), tmp_path / "scaling.md"
    computed.write_text(
        re.sub(r"(<!-- \w+ -->\n).*?\n?(<!-- end -->)", r"\1\2", shown, flags=re.DOTALL),
        encoding="utf-8",
    )
    assert main(["--page", str(computed)]) == 0
    assert computed.read_text(encoding="utf-8") == shown, (
        "compute them again: python -m benchmarks.scaling --page docs/scaling.md"
    )


@pytest.mark.parametrize(
    ("row", "purchases", "touchpoints"),
    [
        ("calls-lone-lead", 1, 0),
        ("calls-lone-activity-lead", 0, 1),
        ("calls-backlog-lead", 200, 0),
        ("calls-activities-lead", 0, 1_000),
        ("calls-long-backlog-lead", 2_000, 0),
    ],
)
def test_a_simulated_drain_makes_the_calls_that_are_counted(
    row: str, purchases: int, touchpoints: int
) -> None:
    counted = re.search(rf"^\| {row} \|[^|]*\| (\d+) \|", MEASURED, re.MULTILINE)
    assert counted is not None
    assert calls_of(purchases, touchpoints) == int(counted[1])


def test_an_org_at_the_lower_rate_never_uses_up_its_purchases_share() -> None:
    rate = min(CALLS_PER_S)
    assert rate * 86_400 <= 0.8 * ALLOCATION
    day = simulate(OrgDay(200_000, ALLOCATION, rate, 300.0), 1)
    assert day.calls <= rate * 8 * 3600 + 100
    assert day.longest_purchase_s < 60


def test_an_org_whose_share_is_used_up_waits_for_the_calls_of_the_day_before() -> None:
    day = simulate(OrgDay(2_000, 1_000, 10.0, 300.0), 1)
    assert day.calls >= 700
    assert day.longest_activity_s > 12 * 3600


def test_a_directory_moves_nothing_and_keeps_the_workspaces_of_an_org_together() -> None:
    found = population(1)
    spread = spread_over(found, 4)
    assert 1 <= spread.busiest_by_directory <= spread.busiest_by_hash
    assert spread.moved_by_rendezvous < spread.moved_by_modulo
    assert 0 < cut_apart(found, 4) <= found.shared
