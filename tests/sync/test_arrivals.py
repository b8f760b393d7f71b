"""How long ago a create was sent, and for how long it may still arrive, by two clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.ports import Moment
from zsf_plugin.sync.arrivals import (
    MAX_ARRIVAL_DELAY_S,
    MAX_CLOCK_ERROR_S,
    elapsed_s,
    may_arrive_for_s,
)

SENT, SENT_AT_ORG = 1_790_000_000.0, 1_795_983_300.0
DAY_S = 86_400.0


def later(ours_s: float, orgs_s: float | None) -> Moment:
    """The moment at which so much has passed by each clock."""
    return Moment(SENT + ours_s, None if orgs_s is None else SENT_AT_ORG + orgs_s)


@pytest.mark.parametrize(
    ("ours_s", "orgs_s", "expected_s"),
    [
        pytest.param(60.0, 60.0, 60.0, id="both clocks agree"),
        pytest.param(60.0, 57.0, 60.0, id="an answer was on its way"),
        pytest.param(DAY_S, 60.0, 60.0, id="ours was set a day ahead"),
        pytest.param(-DAY_S, 60.0, 60.0, id="ours was set a day back"),
        pytest.param(60.0, DAY_S, DAY_S, id="ours was set back by as much as passed"),
        pytest.param(660.0, 0.0, 660.0, id="ours was set eleven minutes ahead"),
        pytest.param(-660.0, 0.0, 0.0, id="ours was set eleven minutes back"),
        pytest.param(MAX_CLOCK_ERROR_S, 0.0, MAX_CLOCK_ERROR_S, id="at the limit"),
        pytest.param(MAX_CLOCK_ERROR_S + 1, 0.0, 0.0, id="just beyond the limit"),
        pytest.param(DAY_S, -60.0, 0.0, id="both were set"),
        pytest.param(DAY_S, None, DAY_S, id="the org says no time now"),
        pytest.param(-DAY_S, None, 0.0, id="the org says no time now, ours was set back"),
    ],
)
def test_the_orgs_clock_counts_only_if_ours_was_set_since(
    ours_s: float, orgs_s: float | None, expected_s: float
) -> None:
    assert elapsed_s(Moment(SENT, SENT_AT_ORG), later(ours_s, orgs_s)) == expected_s


@pytest.mark.parametrize("ours_s", [60.0, DAY_S])
def test_a_create_whose_time_in_the_org_is_unknown_goes_by_our_clock(ours_s: float) -> None:
    assert elapsed_s(Moment(SENT), later(ours_s, 60.0)) == ours_s


@pytest.mark.parametrize(
    ("ours_s", "orgs_s", "wait_s"),
    [
        (0.0, 0.0, MAX_ARRIVAL_DELAY_S),
        (MAX_ARRIVAL_DELAY_S - 1, None, 1.0),
        (MAX_ARRIVAL_DELAY_S, None, 0.0),
        (DAY_S, 200.0, MAX_ARRIVAL_DELAY_S - 200),
        (-DAY_S, None, MAX_ARRIVAL_DELAY_S),
        (-DAY_S, MAX_ARRIVAL_DELAY_S, 0.0),
    ],
)
def test_a_create_may_arrive_for_the_rest_of_ten_minutes(
    ours_s: float, orgs_s: float | None, wait_s: float
) -> None:
    assert may_arrive_for_s(Moment(SENT, SENT_AT_ORG), later(ours_s, orgs_s)) == wait_s


def test_what_was_never_sent_cannot_arrive() -> None:
    assert may_arrive_for_s(None, Moment(SENT)) == 0.0


@given(at=st.floats(1.5e9, 2.5e9), after_s=st.floats(0.0, MAX_ARRIVAL_DELAY_S))
def test_after_the_wait_it_is_over_whatever_the_times_round_to(at: float, after_s: float) -> None:
    sent, now = Moment(at), Moment(at + after_s)
    until = Moment(now.at + may_arrive_for_s(sent, now))
    assert may_arrive_for_s(sent, until) == 0.0
