"""The budget: ranks hold, throttling lasts until the next check, and what is throttled next is in
calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.budget import (
    PURPOSES_BY_RANK,
    STALE_AFTER_S,
    NextThrottled,
    next_throttled,
    shares,
    throttling,
    used_up_purposes,
)
from zsf_plugin.model import Limits

SHARE = st.floats(0, 1)
LIMITS = st.builds(Limits, SHARE, SHARE, SHARE)


@pytest.mark.parametrize(
    ("used", "limit", "throttled", "next_one"),
    [
        (0, 100, [], ("badges", 50, 50)),
        (49, 100, [], ("badges", 50, 1)),
        (50, 100, ["badges"], ("activities", 70, 20)),
        (70, 100, ["activities", "badges"], ("purchases", 80, 10)),
        (7, 10, ["activities", "badges"], ("purchases", 8, 1)),
        (80, 100, ["purchases", "activities", "badges"], None),
        (130, 100, ["purchases", "activities", "badges"], None),
        (None, None, [], None),
        (5, 0, [], None),
    ],
)
def test_each_purpose_is_throttled_at_its_share(
    used: int | None, limit: int | None, throttled: list[str], next_one: tuple[str, int, int] | None
) -> None:
    assert list(throttling(used, limit, 1000.0, Limits(), 1001.0).until) == throttled
    following = next_throttled(used, limit, Limits())
    assert (following and (following.purpose, following.at_used, following.calls_left)) == next_one


def test_throttling_lasts_until_the_next_check_and_not_a_moment_longer() -> None:
    until = 1000.0 + STALE_AFTER_S
    assert throttling(75, 100, 1000.0, Limits(), until - 1).until == {
        "activities": until,
        "badges": until,
    }
    assert throttling(75, 100, 1000.0, Limits(), until - 1).to_measure == ()
    assert throttling(75, 100, 1000.0, Limits(), until).until == {}
    assert throttling(75, 100, 1000.0, Limits(), until).to_measure == ("activities", "badges")


def test_an_org_with_calls_left_needs_no_measurement() -> None:
    assert throttling(49, 100, 0.0, Limits(), 1e9).to_measure == ()


def test_a_clock_set_back_makes_a_reading_stale() -> None:
    assert throttling(90, 100, 1_000_000.0, Limits(), 1000.0).until == {}


@given(used=st.integers(0, 300_000), limit=st.integers(1, 200_000), limits=LIMITS)
def test_no_purpose_continues_while_a_higher_one_is_throttled(
    used: int, limit: int, limits: Limits
) -> None:
    tired = used_up_purposes(used, limit, limits)
    assert tired == PURPOSES_BY_RANK[len(PURPOSES_BY_RANK) - len(tired) :]


@given(used=st.integers(0, 300_000), limit=st.integers(1, 200_000), limits=LIMITS)
def test_the_purpose_throttled_next_continues_until_its_last_call(
    used: int, limit: int, limits: Limits
) -> None:
    following = next_throttled(used, limit, limits)
    if following is None:
        assert used_up_purposes(used, limit, limits) == PURPOSES_BY_RANK
    else:
        assert following.purpose not in used_up_purposes(following.at_used - 1, limit, limits)
        assert following.purpose in used_up_purposes(used + following.calls_left, limit, limits)


@pytest.mark.parametrize(
    ("given_shares", "in_force"),
    [
        ((0.8, 0.7, 0.5), (0.8, 0.7, 0.5)),
        ((0.6, 0.7, 0.9), (0.6, 0.6, 0.6)),
        ((0.8, 0.4, 0.5), (0.8, 0.4, 0.4)),
    ],
)
def test_no_share_lies_above_that_of_a_higher_rank(
    given_shares: tuple[float, ...], in_force: tuple[float, ...]
) -> None:
    assert shares(Limits(*given_shares)) == dict(zip(PURPOSES_BY_RANK, in_force, strict=True))


@pytest.mark.parametrize(
    ("now", "stale"),
    [
        (1000.0, False),
        (1000.0 + STALE_AFTER_S - 1, False),
        (1000.0 + STALE_AFTER_S, True),
        (1000.0 - STALE_AFTER_S, False),
        (1000.0 - STALE_AFTER_S - 1, True),
    ],
)
def test_a_reading_is_valid_for_fifteen_minutes_in_both_directions(now: float, stale: bool) -> None:
    assert STALE_AFTER_S == 900
    assert bool(throttling(90, 100, 1000.0, Limits(), now).until) is not stale
    assert bool(throttling(90, 100, 1000.0, Limits(), now).to_measure) is stale


def test_without_a_reading_nothing_is_throttled_and_nothing_is_to_measure() -> None:
    assert throttling(90, 100, None, Limits(), 0.0).until == {}
    assert throttling(90, 100, None, Limits(), 1e9).to_measure == ()


@pytest.mark.parametrize(("used", "limit"), [(None, 100), (5, None), (5, 0), (None, None)])
def test_an_incomplete_reading_throttles_nothing(used: int | None, limit: int | None) -> None:
    assert used_up_purposes(used, limit, Limits()) == ()
    assert next_throttled(used, limit, Limits()) is None


def test_a_limit_of_one_call_is_a_limit() -> None:
    assert used_up_purposes(1, 1, Limits()) == PURPOSES_BY_RANK
    assert next_throttled(0, 1, Limits()) == NextThrottled("badges", 1, 1)


@pytest.mark.parametrize(("limit", "at"), [(10, 7), (11, 8), (1000, 700), (100_000, 70_000)])
def test_a_share_is_reached_by_whole_calls(limit: int, at: int) -> None:
    limits = Limits(api_share=0.9, activities_share=0.7, badges_share=0.1)
    assert "activities" not in used_up_purposes(at - 1, limit, limits)
    assert "activities" in used_up_purposes(at, limit, limits)
    assert next_throttled(at - 1, limit, limits) == NextThrottled("activities", at, 1)
