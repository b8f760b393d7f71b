"""Seeds of the simulated world: nothing lost, nothing twice, nothing blanked, whatever dies, stalls
or comes late.

The long profile is more seeds: `python -m tests.simulation --seeds 0:10000 --jobs 2`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.__main__ import main, simulate
from tests.simulation.every_step import small, wrongs_of
from tests.simulation.safeguards import SAFEGUARDS, Safeguard, noticed_by
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Misfortune

CHUNK = 30
#: Among these seeds each safeguard is missed; most are by one of the first few.
MOST_SEEDS = range(60)


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_nothing_is_lost_nothing_is_twice_nothing_is_blanked(first: int) -> None:
    wrongs = {
        seed: result.wrongs
        for seed in range(first, first + CHUNK)
        if (result := simulate(seed)).wrongs
    }
    assert wrongs == {}, "python -m tests.simulation --seed N tells the story"


def test_the_same_seed_is_the_same_story() -> None:
    assert [simulate(seed).digest for seed in range(5)] == [
        simulate(seed).digest for seed in range(5)
    ]


def test_a_story_does_not_depend_on_how_python_orders_its_sets() -> None:
    code = "from tests.simulation.__main__ import simulate; print([simulate(seed).digest for seed in range(3)])"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": one},
            capture_output=True,
            check=True,
        ).stdout
        for one in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.parametrize("misfortune", ["kill", "fail", "stall", "lose", "late"])
@pytest.mark.parametrize(
    "scenario",
    [
        small("contact", external_id=False, one_machine=True),
        small("lead", external_id=True, one_machine=False, signed_out=True),
    ],
    ids=["contact", "lead"],
)
def test_one_blow_at_any_step_costs_nothing(scenario: Scenario, misfortune: Misfortune) -> None:
    assert list(wrongs_of(scenario, misfortune)) == []


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda it: it.name)
def test_the_simulation_notices_when_a_safeguard_is_missing(
    safeguard: Safeguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        for owner, name, replacement in safeguard.patches:
            without.setattr(owner, name, replacement)
        noticed = noticed_by(safeguard, MOST_SEEDS)
    assert noticed is not None
    assert noticed_by(safeguard, [noticed[0]]) is None, "with it, the same seed is well"


def test_one_seed_is_told_as_a_story(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulation", "--seed", "1"])
    assert main() == 0
    told = capsys.readouterr().out
    assert "has a receipt for" in told
    assert told.splitlines()[-1].startswith("seed 1: ")


def test_many_seeds_end_in_a_sum(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulation", "--seeds", "0:4"])
    assert main() == 0
    summed = capsys.readouterr().out
    assert "4 seeds in" in summed
    assert "0 lost, 0 twice, 0 blanked" in summed
