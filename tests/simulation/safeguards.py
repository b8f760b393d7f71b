"""What keeps the promises, and how to take each out: the simulation has to notice every one that is missing.

A safeguard that can be taken out unnoticed is either not needed or not tested. `noticed_by` tries seeds, made rougher
where the safeguard is about something rare, and says which one noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.simulation.crm import Weather
from tests.simulation.fate import Odds
from tests.simulation.judge import verdict
from tests.simulation.scenario import Scenario, scenario_of
from tests.simulation.simulation import Simulation
from zsf_plugin.model.link import Connection, Tokens
from zsf_plugin.ports.store import Fence, Settlement
from zsf_plugin.salesforce.oauth import TokenAnswer
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.store.sqlite import settling
from zsf_plugin.store.sqlite.settling import Settling
from zsf_plugin.sync import folding, settlements
from zsf_plugin.sync.drain import _Pass


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One thing that must not be missing: what to put in its place, and in which scenarios its absence shows."""

    name: str
    patches: tuple[tuple[object, str, Any], ...]
    rougher: Callable[[Scenario], Scenario]


def noticed_by(safeguard: Safeguard, seeds: Collection[int]) -> tuple[int, str] | None:
    """The first seed that notices, and what it says; None where none does. The patches are the caller's to apply."""
    for seed in seeds:
        run = Simulation(safeguard.rougher(scenario_of(seed)))
        try:
            run.run()
            wrongs = verdict(run)
        finally:
            run.close()
        if wrongs:
            return seed, wrongs[0]
    return None


def _settles_in_two(self: Settling, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
    """Entries first, links and journal after: as if they were no one thing."""
    _settle(self, fence, [replace(it, links=(), journal=(), drop_links=()) for it in settlements], now)
    return _settle(self, fence, settlements, now)


def _keeps_nothing(self: Refresher, connection: Connection, stale: Tokens, answer: TokenAnswer) -> Tokens:
    """Tokens that are used and not stored."""
    return Tokens(answer.access, answer.refresh or stale.refresh, stale.version + 1, self._clock.now())


def _never_waits(self: Refresher) -> Fence:
    """A lease for everybody."""
    return Fence("refresh", 0, "anybody")


_settle = Settling.settle


def _late(scenario: Scenario) -> Scenario:
    weather = Weather(late=0.5, lost_before=0.1, latency=2.0)
    return replace(scenario, external_id=False, weather=weather, odds=Odds(kill=0.004), acts=0)


def _stalled(scenario: Scenario) -> Scenario:
    return replace(scenario, drainers=2, odds=Odds(stall=0.05, longest_stall_s=90.0), weather=Weather(latency=5.0))


def _killed(scenario: Scenario) -> Scenario:
    return replace(scenario, odds=Odds(kill=0.02), acts=0)


def _unmapped(scenario: Scenario) -> Scenario:
    return replace(scenario, knows_segment=False)


def _many_sessions(scenario: Scenario) -> Scenario:
    return replace(scenario, sessions_end=8, refreshers=2, drainers=2, login_loses=0.0, odds=Odds(), lasts_s=700.0)


SAFEGUARDS = (
    Safeguard(
        "a “no” is believed only after ten minutes",
        ((folding, "BELIEVE_NO_AFTER_S", 0.0), (settlements, "BELIEVE_NO_AFTER_S", 0.0)),
        _late,
    ),
    Safeguard("entries are marked before anything is sent", ((Settling, "begin", lambda *_: None),), _late),
    Safeguard("an old epoch settles nothing", ((settling, "_check", lambda *_: None),), _stalled),
    Safeguard("entry, links and journal are one transaction", ((Settling, "settle", _settles_in_two),), _killed),
    Safeguard("what changed releases what it held", ((_Pass, "_release_changed", lambda self: None),), _unmapped),
    Safeguard("tokens are stored before they are used", ((Refresher, "_kept", _keeps_nothing),), _many_sessions),
    Safeguard("one refreshes at a time", ((Refresher, "_acquired", _never_waits),), _many_sessions),
)
