"""Simulation seeds: nothing is lost, duplicated or blanked, whatever dies, stalls or arrives late.

The long profile is more seeds: `python -m tests.simulation --seeds 0:10000 --jobs 2`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.simulation.__main__ import Mode, main, simulate
from tests.simulation.every_step import small, violations_of
from tests.simulation.safeguards import SAFEGUARDS, Safeguard, detected_by
from tests.simulation.scenario import Scenario, without_end
from tests.simulation.scheduler import FaultKind

CHUNK = 30
#: Each missing safeguard is detected within these seeds, most within the first few.
DETECTION_SEEDS = range(60)


@pytest.mark.parametrize("first", range(0, 30, CHUNK))
def test_nothing_is_lost_duplicated_or_blanked(first: int) -> None:
    violations = {
        seed: result.violations
        for seed in range(first, first + CHUNK)
        if (result := simulate(seed)).violations
    }
    assert violations == {}, "python -m tests.simulation --seed N prints the trace"


def test_the_same_seed_gives_the_same_trace() -> None:
    assert [simulate(seed).digest for seed in range(5)] == [
        simulate(seed).digest for seed in range(5)
    ]


def test_a_trace_does_not_depend_on_set_order() -> None:
    code = "from tests.simulation.__main__ import simulate; print([simulate(seed).digest for seed in range(3)])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": one},
            capture_output=True,
            check=True,
        ).stdout
        for one in ("1", "2")
    }
    assert len(outputs) == 1


def test_what_must_hold_all_the_time_holds_while_faults_go_on() -> None:
    mode = Mode(change=without_end)
    violations = {
        seed: result.violations for seed in range(12) if (result := simulate(seed, mode)).violations
    }
    assert violations == {}, "python -m tests.simulation --faults-without-end --seed N"


@pytest.mark.parametrize(
    "name",
    ["an old epoch settles nothing", "a lookup without a match is trusted only after ten minutes"],
)
def test_a_missing_safeguard_shows_while_faults_go_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (safeguard,) = (it for it in SAFEGUARDS if it.name == name)
    endless = replace(safeguard, harsher=lambda it: without_end(safeguard.harsher(it)))
    for owner, attribute, replacement in safeguard.patches:
        monkeypatch.setattr(owner, attribute, replacement)
    assert detected_by(endless, DETECTION_SEEDS) is not None


def test_an_entry_that_is_tried_for_ever_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    (safeguard,) = (it for it in SAFEGUARDS if it.name == "a refused write is held")
    for owner, attribute, replacement in safeguard.patches:
        monkeypatch.setattr(owner, attribute, replacement)
    detected = detected_by(safeguard, DETECTION_SEEDS)
    assert detected is not None
    assert detected[1].startswith("endless: ")


CONTACT = small("contact", external_id=False, one_machine=True)
LEAD = small("lead", external_id=True, one_machine=False, signed_out=True)


#: Some of the steps: two scenarios have nearly the same, and seeds take others at random.
SECOND, FOURTH, EIGHTH = slice(0, None, 2), slice(1, None, 4), slice(1, None, 8)


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault_kind", "scenario", "steps"),
    [
        ("kill", CONTACT, FOURTH),
        ("kill", LEAD, EIGHTH),
        ("fail", CONTACT, FOURTH),
        ("stall", LEAD, FOURTH),
        ("lose", CONTACT, SECOND),
        ("late", CONTACT, SECOND),
        ("late", LEAD, SECOND),
    ],
    ids=lambda it: it.rules[0]["mode"] if isinstance(it, Scenario) else str(it),
)
def test_one_fault_at_any_step_loses_nothing(
    scenario: Scenario, fault_kind: FaultKind, steps: slice
) -> None:
    assert list(violations_of(scenario, fault_kind, steps)) == []


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda it: it.name)
def test_the_simulation_detects_a_missing_safeguard(
    safeguard: Safeguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        for owner, name, replacement in safeguard.patches:
            without.setattr(owner, name, replacement)
        detected = detected_by(safeguard, DETECTION_SEEDS)
    assert detected is not None
    assert detected_by(safeguard, [detected[0]]) is None, "with the safeguard, the same seed passes"


def test_one_seed_prints_its_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulation", "--seed", "1"])
    assert main() == 0
    output = capsys.readouterr().out
    assert "has a receipt for" in output
    assert output.splitlines()[-1].startswith("seed 1: ")


def test_many_seeds_print_totals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulation", "--seeds", "0:4"])
    assert main() == 0
    output = capsys.readouterr().out
    assert "4 seeds in" in output
    assert "0 lost, 0 twice, 0 blanked, 0 endless" in output
