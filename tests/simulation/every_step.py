"""One small scenario and one fault: of each kind, at each step of the drain in turn. Exhaustive,
whereas the seeds are random."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fakes.events import prospect
from tests.simulation.fault_injector import SingleFault
from tests.simulation.oracle import find_violations
from tests.simulation.scenario import WORKSPACES, Scenario, purchase, touchpoint
from tests.simulation.scheduler import CANNOT_STALL, Fault, FaultKind, StepKind
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Mode

DRAIN = "drain-north-0"
#: Longer than a lease lasts.
_STALL_S = 40.0


def small(
    mode: Mode, *, external_id: bool, one_machine: bool, signed_out: bool = False
) -> Scenario:
    """Two prospects of one company are purchased and one is called; one drain, restarted after each
    kill.

    `signed_out`: the drain starts with a token refresh, and a badge search competes for it.
    """
    shared = {"id": "s1", "name": "Shared", "domain": "shared.example"}
    ada, bea = prospect(1, company=shared), prospect(2, company=shared)
    north = WORKSPACES[0]
    fed = (purchase(north, "p1", ada), purchase(north, "p2", bea), touchpoint(north, "t1", ada, 1))
    return Scenario(
        seed=0,
        external_id=external_id,
        one_machine=one_machine,
        signed_out=signed_out,
        refreshers=int(signed_out),
        rules=({"mode": mode},),
        fed=fed,
        duration_s=60.0,
    )


def steps_of(scenario: Scenario) -> list[StepKind]:
    """The kinds of the drain's steps in a run without faults."""
    fault_injector = SingleFault(DRAIN)
    _violations(scenario, fault_injector)
    return fault_injector.kinds


def violations_of(
    scenario: Scenario, fault_kind: FaultKind, steps: slice = slice(None)
) -> Iterator[str]:
    """The violations after this fault, at each of those steps where it can occur."""
    for at, kind in list(enumerate(steps_of(scenario), start=1))[steps]:
        if _applies(fault_kind, kind):
            fault = Fault(fault_kind, _STALL_S if fault_kind == "stall" else 0.0)
            yield from (
                f"{fault_kind} at step {at}: {it}"
                for it in _violations(scenario, SingleFault(DRAIN, at, fault))
            )


def _applies(fault_kind: FaultKind, kind: StepKind) -> bool:
    if fault_kind in ("lose", "late"):
        return kind == "org"
    if fault_kind == "lost commit":
        return kind == "commit"
    if fault_kind == "stall":
        return kind not in ("sleep", *CANNOT_STALL)
    return fault_kind == "kill" or kind not in ("sleep", "instant")


def _violations(scenario: Scenario, fault_injector: SingleFault) -> list[str]:
    run = Simulation(scenario, fault_injector)
    try:
        run.run()
        return find_violations(run)
    finally:
        run.close()
