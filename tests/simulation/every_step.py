"""One small scenario, and one blow: at each step of its drain in turn, of each kind. Exhaustive
where the seeds are random."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fakes.events import prospect
from tests.simulation.fate import OneBlow
from tests.simulation.judge import verdict
from tests.simulation.scenario import WORKSPACES, Scenario, purchase, touchpoint
from tests.simulation.scheduler import Blow, Kind, Misfortune
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Mode

DRAIN = "drain-north-0"
#: Longer than a lease lives.
_STALL_S = 40.0


def small(
    mode: Mode, *, external_id: bool, one_machine: bool, signed_out: bool = False
) -> Scenario:
    """Two colleagues of one company are purchased, and one of them is called; one drain, which is
    started anew.

    Signed out: the drain begins with a refresh, and a badge search races it for that.
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
        lasts_s=60.0,
    )


def steps_of(scenario: Scenario) -> list[Kind]:
    """The kinds of all the drain's steps, when nothing goes wrong."""
    fate = OneBlow(DRAIN)
    _wrongs(scenario, fate)
    return fate.kinds


def wrongs_of(scenario: Scenario, misfortune: Misfortune) -> Iterator[str]:
    """What is wrong after that misfortune, for each step that it can strike."""
    for at, kind in enumerate(steps_of(scenario), start=1):
        if _strikes(misfortune, kind):
            blow = Blow(misfortune, _STALL_S if misfortune == "stall" else 0.0)
            yield from (
                f"{misfortune} at step {at}: {it}"
                for it in _wrongs(scenario, OneBlow(DRAIN, at, blow))
            )


def _strikes(misfortune: Misfortune, kind: Kind) -> bool:
    if misfortune in ("lose", "late"):
        return kind == "org"
    return misfortune == "kill" or kind not in (
        "sleep",
        "instant",
        *(("statement",) if misfortune == "stall" else ()),
    )


def _wrongs(scenario: Scenario, fate: OneBlow) -> list[str]:
    run = Simulation(scenario, fate)
    try:
        run.run()
        return verdict(run)
    finally:
        run.close()
