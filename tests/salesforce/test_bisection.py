"""Sending in parts: what is refused alone is found, everything else goes out once, in few requests."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.salesforce.bisection import send_in_parts


class Gate:
    """Refuses every request that holds one of `bad`."""

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad
        self.requests = 0
        self.through: list[int] = []
        self.refused: list[int] = []

    def passes(self, items: Sequence[int]) -> bool:
        self.requests += 1
        if self.bad.isdisjoint(items):
            self.through += items
            return True
        if len(items) == 1:
            self.refused += items
        return False


@given(st.integers(2, 60).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_what_is_refused_alone_is_found_and_the_others_are_sent_once_in_order(
    case: tuple[int, set[int]],
) -> None:
    count, bad = case
    gate = Gate(bad)
    send_in_parts(range(count), gate.passes)
    assert gate.refused == sorted(bad)
    assert gate.through == [item for item in range(count) if item not in bad]
    assert gate.requests <= max(len(bad), 1) * (math.ceil(math.log2(count)) + 2)


@pytest.mark.parametrize("count", [2, 3, 4, 10, 25, 100, 200, 1000])
def test_one_refused_item_costs_no_more_than_is_promised(count: int) -> None:
    for bad in (0, 1, count // 2, count - 1):
        gate = Gate({bad})
        send_in_parts(range(count), gate.passes)
        assert gate.requests <= math.ceil(math.log2(count)) + 2
        assert gate.requests + 1 <= 2 * math.log2(count) + 2, "with the small read before it"


@pytest.mark.parametrize("bad", [set(), {0}])
def test_a_lone_item_is_sent_once_more(bad: set[int]) -> None:
    gate = Gate(bad)
    send_in_parts([0], gate.passes)
    assert gate.requests == 1
    assert gate.refused == sorted(bad)


@given(st.integers(2, 40), st.integers(1, 40))
def test_a_limit_of_size_lets_everything_through_in_parts(count: int, most: int) -> None:
    through: list[int] = []

    def passes(items: Sequence[int]) -> bool:
        if len(items) > most:
            return False
        through.extend(items)
        return True

    send_in_parts(range(count), passes)
    assert through == list(range(count))
