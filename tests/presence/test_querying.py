"""Sharing queries to the org: one search at a time queries each result."""

from __future__ import annotations

from zsf_plugin.presence.querying import QueryCoordinator, QueryShare


def test_the_first_search_queries_everything_without_waiting() -> None:
    share = QueryCoordinator().take(["a", "b", "a"])
    assert (share.names, list(share.others)) == (frozenset("ab"), [])


def test_the_next_search_queries_the_others_and_waits_once_for_each_search() -> None:
    coordinator = QueryCoordinator()
    first, second = coordinator.take(["a", "b"]), coordinator.take(["c"])
    third = coordinator.take(["a", "b", "c", "d"])
    assert third.names == {"d"}
    assert len(third.others) == 2
    coordinator.end(first, {})
    assert [other.ended.is_set() for other in third.others] == [True, False]
    coordinator.end(second, {})
    assert [other.ended.is_set() for other in third.others] == [True, True]


def test_the_names_of_a_share_may_be_queried_again_once_it_ended() -> None:
    coordinator = QueryCoordinator()
    coordinator.end(coordinator.take(["a"]), {})
    assert coordinator.take(["a"]).names == {"a"}


def test_a_turn_without_names_ends_nothing() -> None:
    coordinator = QueryCoordinator()
    coordinator.take(["a"])
    coordinator.end(QueryShare(), {})
    assert coordinator.take(["a"]).names == frozenset()


def test_a_waiting_search_learns_why_a_name_is_still_unknown() -> None:
    coordinator = QueryCoordinator()
    first = coordinator.take(["a", "b"])
    second = coordinator.take(["a"])
    coordinator.end(first, {"a": "throttled"})
    assert [other.reasons for other in second.others] == [{"a": "throttled"}]
