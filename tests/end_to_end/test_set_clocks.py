"""This machine's clock is set while a create is in doubt: the org's clock, which its answers say,
shows how much time has passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import wait_until
from tests.end_to_end.bench import MeteredBench
from zsf_plugin.emulator import Emulator, OrgSpec

DAY_S = 86_400.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MeteredBench]:
    """An org without our id field."""
    with Emulator(OrgSpec.stock()) as emulator:
        made = MeteredBench(tmp_path, "lead", emulator)
        yield made
        made.app.close()


def minutes_pass(bench: MeteredBench, minutes: int) -> None:
    """Here and in the org."""
    bench.clock.shift_s += minutes * 60
    bench.emulator.org.clock_ahead_s += minutes * 60


def number_done(bench: MeteredBench) -> int:
    return bench.app.drains.drain("default").done


@pytest.mark.parametrize("set_by_s", [DAY_S, -DAY_S])
@pytest.mark.parametrize("is_restarted", [False, True], ids=["same process", "new process"])
def test_a_create_that_arrives_after_the_clock_was_set_makes_one_record(
    bench: MeteredBench, set_by_s: float, is_restarted: bool
) -> None:
    faults, leads = bench.emulator.faults, bench.emulator.org.rows["Lead"]
    create = {"body_contains": '"method":"POST"'}
    faults.add({"kind": "late_commit", "held": True, "match": create})
    bench.purchase(1)
    assert number_done(bench) == 0
    bench.clock.shift_s += set_by_s
    if is_restarted:
        bench.app.orgs.close()
    assert (number_done(bench), len(leads)) == (0, 0)
    minutes_pass(bench, 8)
    assert (number_done(bench), len(leads)) == (0, 0)
    faults.release()
    wait_until(lambda: faults.summary()["late"] == 0)
    minutes_pass(bench, 3)
    assert (number_done(bench), len(leads)) == (1, 1)
