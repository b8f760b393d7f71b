"""When an engine gives a workspace its next turn: as soon as a thread of a worker without an engine
would visit it again, or with the next sweep."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.surveys import Surveyor
from zsf_plugin.sync.sweeping import SWEEP_INTERVAL_S
from zsf_plugin.sync.visits import BUSY_DELAY_S, MIN_DELAY_S, YIELD_DELAY_S
from zsf_plugin.wiring.engine import Turns

NOW = 1_790_000_000.0


def wait_after(report: DrainReport) -> float | None:
    """The seconds until the next turn, after one with that report."""
    turns = Turns(FakeClock(NOW), lambda *_: report, _no_surveyor)
    return turns.turn("acme", lambda: False)


def _no_surveyor() -> Surveyor:
    raise AssertionError("a turn surveys nothing")


@pytest.mark.parametrize(
    ("report", "wait_s"),
    [
        (DrainReport(waiting=1, next_due_at=NOW - 1), MIN_DELAY_S),
        (DrainReport(waiting=1, next_due_at=NOW + 3), 3.0),
        (DrainReport(waiting=1, next_due_at=NOW, busy=True), BUSY_DELAY_S),
        (DrainReport(waiting=1, next_due_at=NOW, has_yielded=True), YIELD_DELAY_S),
        (DrainReport(waiting=1, next_due_at=NOW + SWEEP_INTERVAL_S), None),
        (DrainReport(waiting=1), None),
        (DrainReport(busy=True), None),
    ],
)
def test_a_turn_says_how_soon_the_next_one_is_due(
    report: DrainReport, wait_s: float | None
) -> None:
    assert wait_after(report) == pytest.approx(wait_s, abs=0.001)


@pytest.mark.parametrize("error", [StoreUnavailable("it is away"), ValueError("a defect")])
def test_after_an_error_the_next_sweep_is_soon_enough(error: Exception) -> None:
    def fail(*_: object) -> DrainReport:
        raise error

    assert Turns(FakeClock(NOW), fail, _no_surveyor).turn("acme", lambda: False) is None
