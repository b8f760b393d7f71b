"""Turns of asking the org: each result is asked for by one search at a time."""

from __future__ import annotations

from zsf_plugin.presence.querying import QueryCoordinator, QueryShare


def test_who_comes_first_asks_for_all_and_waits_for_nobody() -> None:
    share = QueryCoordinator().take(["a", "b", "a"])
    assert (share.names, list(share.others)) == (frozenset("ab"), [])


def test_who_comes_next_asks_for_the_rest_and_waits_once_for_each_other_search() -> None:
    coordinator = QueryCoordinator()
    first, second = coordinator.take(["a", "b"]), coordinator.take(["c"])
    third = coordinator.take(["a", "b", "c", "d"])
    assert third.names == {"d"}
    assert len(third.others) == 2
    coordinator.end(first, {})
    assert [other.ended.is_set() for other in third.others] == [True, False]
    coordinator.end(second, {})
    assert [other.ended.is_set() for other in third.others] == [True, True]


def test_what_a_turn_asked_for_may_be_asked_for_again_once_it_ended() -> None:
    coordinator = QueryCoordinator()
    coordinator.end(coordinator.take(["a"]), {})
    assert coordinator.take(["a"]).names == {"a"}


def test_a_turn_without_names_ends_nothing() -> None:
    coordinator = QueryCoordinator()
    coordinator.take(["a"])
    coordinator.end(QueryShare(), {})
    assert coordinator.take(["a"]).names == frozenset()


def test_who_waits_is_told_why_a_name_is_still_unknown() -> None:
    coordinator = QueryCoordinator()
    first = coordinator.take(["a", "b"])
    second = coordinator.take(["a"])
    coordinator.end(first, {"a": "throttled"})
    assert [other.reasons for other in second.others] == [{"a": "throttled"}]
