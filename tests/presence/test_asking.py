"""Turns of asking the org: each result is asked for by one search at a time."""

from __future__ import annotations

from zsf_plugin.presence.asking import Turn, Turns


def test_who_comes_first_asks_for_all_and_waits_for_nobody() -> None:
    turn = Turns().take(["a", "b", "a"])
    assert (turn.names, list(turn.others)) == (frozenset("ab"), [])


def test_who_comes_next_asks_for_the_rest_and_waits_once_for_each_other_search() -> None:
    turns = Turns()
    first, second = turns.take(["a", "b"]), turns.take(["c"])
    third = turns.take(["a", "b", "c", "d"])
    assert third.names == {"d"}
    assert len(third.others) == 2
    turns.end(first, {})
    assert [other.ended.is_set() for other in third.others] == [True, False]
    turns.end(second, {})
    assert [other.ended.is_set() for other in third.others] == [True, True]


def test_what_a_turn_asked_for_may_be_asked_for_again_once_it_ended() -> None:
    turns = Turns()
    turns.end(turns.take(["a"]), {})
    assert turns.take(["a"]).names == {"a"}


def test_a_turn_without_names_ends_nothing() -> None:
    turns = Turns()
    turns.take(["a"])
    turns.end(Turn(), {})
    assert turns.take(["a"]).names == frozenset()


def test_who_waits_is_told_why_a_name_is_still_unknown() -> None:
    turns = Turns()
    first = turns.take(["a", "b"])
    second = turns.take(["a"])
    turns.end(first, {"a": "throttled"})
    assert [other.reasons for other in second.others] == [{"a": "throttled"}]
