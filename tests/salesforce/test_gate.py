"""The rate gate."""

from __future__ import annotations

import itertools

from tests.fakes.clock import FakeClock
from zsf_plugin.salesforce.gate import Gate


def test_no_window_of_a_second_lets_more_calls_through_than_the_rate() -> None:
    clock = FakeClock()
    gate, moments = Gate(25.0, clock), []
    for _ in range(120):
        gate.wait()
        moments.append(clock.now())
    assert all(
        later - earlier >= 1.0 - 1e-3 for earlier, later in zip(moments, moments[25:], strict=False)
    )


def test_calls_that_come_slowly_do_not_wait() -> None:
    clock = FakeClock()
    gate, began = Gate(10.0, clock), clock.now()
    for step in itertools.repeat(0.2, 5):
        gate.wait()
        clock.sleep(step)
    assert abs(clock.now() - began - 1.0) < 1e-3


def test_a_clock_set_back_does_not_close_the_gate() -> None:
    clock = FakeClock()
    gate = Gate(10.0, clock)
    gate.wait()
    clock.time -= 3600
    began = clock.now()
    gate.wait()
    assert clock.now() - began < 1.0
