"""The timetable equals a dictionary of times in which the least is looked for, at whatever time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.sync.timetable import Timetable

NAMES = "abc"
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4)), max_size=30)


def test_the_earliest_is_first_and_of_equals_the_one_that_was_planned_first() -> None:
    timetable = Timetable()
    for name, at in (("c", 5.0), ("b", 5.0), ("a", 7.0)):
        timetable.plan(name, at)
    taken = []
    while (first := timetable.first()) is not None:
        timetable.begin(first[0])
        taken.append(first)
    assert taken == [("c", 5.0), ("b", 5.0), ("a", 7.0)]


def test_a_visit_that_is_planned_during_a_visit_is_next_once_that_ends() -> None:
    timetable = Timetable()
    timetable.plan("a", 1.0)
    timetable.begin("a")
    timetable.plan("a", 3.0)
    timetable.plan("a", 2.0)
    timetable.plan("b", 9.0)
    assert timetable.first() == ("b", 9.0)
    timetable.end("a")
    assert timetable.first() == ("a", 2.0)
    assert len(timetable) == 2


@given(STEPS)
def test_it_keeps_the_earliest_time_of_each(steps: list[tuple[str, int]]) -> None:
    timetable, times, visited = Timetable(), dict[str, float](), list[str]()
    for name, at in steps:
        if at == 0 and visited:
            timetable.end(visited.pop())
        elif at == 1 and (first := timetable.first()) is not None:
            timetable.begin(first[0])
            del times[first[0]]
            visited.append(first[0])
        else:
            timetable.plan(name, float(at))
            times[name] = min(times.get(name, at), at)
        free = [times[each] for each in times if each not in visited]
        first = timetable.first()
        assert (None if first is None else first[1]) == min(free, default=None)
        assert all(timetable.is_visited(each) for each in visited)
        assert len(timetable) == len(times)


def test_visits_that_no_longer_count_are_not_kept() -> None:
    timetable = Timetable()
    for name in NAMES:
        timetable.plan(name, 86_400.0)
    for at in range(1_000):
        timetable.plan("a", float(at))
        timetable.begin("a")
        timetable.plan("a", 86_400.0 + at)
        timetable.end("a")
    assert len(timetable) == len(NAMES)
    assert len(timetable._queue) < 200
    assert timetable.first() == ("b", 86_400.0)
