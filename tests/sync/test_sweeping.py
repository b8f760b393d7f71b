"""A sweep wakes what is due at once, and everything else once in each interval of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.surveys import Survey
from zsf_plugin.sync.sweeping import HELD_INTERVAL_S, SWEEP_INTERVAL_S, workspaces_to_wake
from zsf_plugin.sync.visits import KEEP_ALIVE_INTERVAL_S

NAMES = st.lists(st.text(max_size=5), min_size=1, max_size=8, unique=True)
BEGINS = st.integers(0, 10**6).map(lambda sweeps: sweeps * SWEEP_INTERVAL_S)
INPUTS = HoldInputs("digest", 1.0, "connected", None)


def turns(survey: Survey, begin: float, interval_s: float) -> dict[str, int]:
    """How often each workspace is woken by the sweeps of one interval."""
    found = dict.fromkeys(survey.workspaces, 0)
    for number in range(int(interval_s / SWEEP_INTERVAL_S)):
        for workspace in workspaces_to_wake(survey, begin + number * SWEEP_INTERVAL_S):
            found[workspace] += 1
    return found


@given(NAMES, BEGINS)
def test_every_sweep_wakes_what_is_due(names: list[str], begin: float) -> None:
    survey = Survey(names, frozenset(names))
    assert workspaces_to_wake(survey, begin) == names


@given(NAMES, BEGINS)
def test_what_is_held_is_woken_once_in_each_interval_of_held_entries(
    names: list[str], begin: float
) -> None:
    survey = Survey(names, held=dict.fromkeys(names, INPUTS))
    assert turns(survey, begin, HELD_INTERVAL_S) == dict.fromkeys(names, 1)


def test_the_sign_in_of_an_idle_workspace_is_kept_alive_once_a_day() -> None:
    survey = Survey(["acme", "", "\ud800"])
    assert turns(survey, 5_000.0, KEEP_ALIVE_INTERVAL_S) == {"acme": 1, "": 1, "\ud800": 1}


def test_idle_workspaces_are_not_all_woken_by_the_same_sweep() -> None:
    survey = Survey([f"w{number}" for number in range(200)])
    most = max(
        len(workspaces_to_wake(survey, number * SWEEP_INTERVAL_S))
        for number in range(int(KEEP_ALIVE_INTERVAL_S / SWEEP_INTERVAL_S))
    )
    assert most < 5
