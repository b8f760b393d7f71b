"""The API calls of each operation, counted by the org. Never timed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.end_to_end.budget import BUDGET, Operation
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec

MODES = ("lead", "contact")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", BUDGET, ids=lambda operation: operation.name)
def test_an_operation_costs_just_the_calls_that_are_stated(
    tmp_path: Path, operation: Operation, mode: str
) -> None:
    with Emulator(OrgSpec(fields=FIELDS if operation.key else ())) as emulator:
        bench = MeteredBench(tmp_path, mode, emulator, warm=operation.warm)
        operation.before(bench)
        before = emulator.org.used
        operation.work(bench)
        assert emulator.org.used - before == operation.calls(mode)
        bench.app.close()


@pytest.mark.parametrize("mode", MODES)
def test_the_stated_calls_keep_the_promises(mode: str) -> None:
    """No calls if nothing changed, two for a single prospect, 0.02 per prospect in a backlog, one for
    a search."""
    calls = {operation.name: operation.calls(mode) for operation in BUDGET}
    assert (
        calls["unchanged"]
        == calls["backlog-again"]
        == calls["search-again"]
        == calls["search-ours"]
        == 0
    )
    assert max(calls["lone"], calls["lone-known"], calls["filled"]) <= 2
    assert calls["backlog-200"] <= 0.02 * 200
    assert calls["backlog-400"] <= 0.02 * 400
    assert calls["activities"] <= 3
    assert calls["search"] == calls["search-existing"] == 1
    assert calls["unchanged-later"] == calls["backlog-later"] == 1


@pytest.fixture(params=MODES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = MeteredBench(tmp_path, request.param, emulator)
        yield made
        made.app.close()


def test_hundreds_of_activities_are_as_many_tasks(bench: MeteredBench) -> None:
    """Of which 200 fit into a part of a request."""
    bench.purchase(*range(9))
    bench.drain()
    for number in range(9):
        bench.touch(number, 45)
    bench.drain()
    tasks = bench.emulator.org.rows["Task"].values()
    assert len([row for row in tasks if not row["IsDeleted"]]) == 9 * 45


def test_a_hundred_existing_people_cost_one_call_in_a_new_workspace(
    bench: MeteredBench, tmp_path: Path
) -> None:
    bench.purchase(*range(100))
    bench.drain()
    stranger = MeteredBench(tmp_path / "stranger", "lead", bench.emulator)
    assert stranger.calls_of_a_search(*range(100)) == (1, {"black"})
    stranger.app.close()
