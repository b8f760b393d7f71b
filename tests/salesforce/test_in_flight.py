"""How many calls may be out at the same time, and making them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.salesforce.in_flight import (
    CAUTION_S,
    MAX_CALLS,
    SLOW_CALL_S,
    InFlight,
    made_together,
)


def test_several_calls_may_be_out_only_while_the_org_is_slow() -> None:
    in_flight = InFlight(FakeClock())
    assert in_flight.max_calls == 1
    in_flight.last_call_s = SLOW_CALL_S
    assert in_flight.max_calls == MAX_CALLS
    in_flight.last_call_s = SLOW_CALL_S / 2
    assert in_flight.max_calls == 1


def test_after_a_call_that_was_not_served_they_are_made_one_by_one_for_a_minute() -> None:
    clock = FakeClock()
    in_flight = InFlight(clock, SLOW_CALL_S)
    in_flight.note_not_served()
    assert in_flight.max_calls == 1
    clock.time += CAUTION_S
    assert in_flight.max_calls == MAX_CALLS


def test_the_results_and_errors_come_in_the_order_of_the_calls() -> None:
    together = threading.Barrier(3, timeout=30)

    def call(number: int) -> Callable[[], int]:
        def make() -> int:
            together.wait()
            if number == 1:
                raise ValueError(number)
            return number

        return make

    first, second, third = made_together([call(0), call(1), call(2)])
    assert (first.result(), third.result()) == (0, 2)
    with pytest.raises(ValueError, match="1"):
        second.result()


def test_calls_are_made_even_if_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    here = threading.current_thread
    assert {one.result() for one in made_together([here, here])} == {threading.current_thread()}
