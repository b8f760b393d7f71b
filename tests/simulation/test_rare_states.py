"""The rare states: each is recognised in some seed, and a long run that never reaches one fails."""

from __future__ import annotations

import pytest

from tests.simulation import __main__ as command
from tests.simulation.__main__ import Mode, Result, run_many, simulate
from tests.simulation.rare_states import OF_POSTGRES, RARE_STATES

#: Seeds that together reached every state when they were chosen, and still reach most: whatever the
#: product does in another order makes other scenes of them.
SEEDS = (
    *(2, 34, 56, 64, 79, 96, 83, 1, 1017, 1020, 1048, 1053, 1072, 1085, 1091),
    *(2002, 2023, 2039, 2080, 2089, 2096, 5049),
)
NAMES = [state.name for state in (*RARE_STATES, *OF_POSTGRES)]


def test_every_state_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


def test_a_few_seeds_reach_most_states() -> None:
    reached = frozenset[str]().union(*(simulate(seed).reached for seed in SEEDS))
    names = {state.name for state in RARE_STATES}
    assert len(names - reached) <= len(names) / 3, sorted(names - reached)


def test_a_long_run_that_never_reaches_a_state_fails_and_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reach_all_but_one(seed: int, mode: Mode) -> Result:
        return Result(seed, "", (), reached=frozenset(mode.states) - {"narrowed to one"})

    monkeypatch.setattr(command, "simulate", reach_all_but_one)
    assert run_many(range(command.MIN_SEEDS), 1, Mode()) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "never reached: narrowed to one"
    assert run_many(range(command.MIN_SEEDS - 1), 1, Mode()) == 0
