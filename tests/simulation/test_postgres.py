"""The simulation on PostgreSQL: a few seeds, and safeguards whose absence shows there.

The long profile is `python -m tests.simulation --postgres --seeds 0:300`.
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.postgres import Server
from tests.simulation.__main__ import Mode, simulate
from tests.simulation.postgres_database import PostgresTables
from tests.simulation.safeguards import OF_POSTGRES, SAFEGUARDS, Safeguard, detected_by

#: Short ones, in which commits get no answer, statements fail and processes are killed.
SEEDS = (24, 27)
#: What is detected if it is missing, within these seeds; most within the first few.
DETECTED = (
    "an old epoch settles nothing",
    "tokens are stored before they are used",
    "an insert whose commit was lost is recognised",
)
DETECTION_SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_duplicated_or_blanked(postgres: Server, seed: int) -> None:
    result = simulate(seed, Mode(partial(PostgresTables, postgres)))
    assert result.violations == ()
    assert "commit lost" in result.reached


def test_the_same_seed_gives_the_same_trace(postgres: Server) -> None:
    mode = Mode(partial(PostgresTables, postgres))
    assert simulate(SEEDS[0], mode).digest == simulate(SEEDS[0], mode).digest


@pytest.mark.parametrize(
    "safeguard",
    [it for it in (*SAFEGUARDS, *OF_POSTGRES) if it.name in DETECTED],
    ids=lambda it: it.name,
)
def test_a_missing_safeguard_is_detected(
    postgres: Server, safeguard: Safeguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_engine = partial(PostgresTables, postgres)
    with monkeypatch.context() as without:
        for owner, name, replacement in safeguard.patches:
            without.setattr(owner, name, replacement)
        detected = detected_by(safeguard, DETECTION_SEEDS, new_engine)
    assert detected is not None
    passing = detected_by(safeguard, [detected[0]], new_engine)
    assert passing is None, "with it, the same seed passes"
