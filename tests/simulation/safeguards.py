"""What keeps the promises, and how to take each out: the simulation has to notice every one that is
missing.

A safeguard that can be taken out unnoticed is either not needed or not tested. `noticed_by` tries
seeds, made rougher where the safeguard is about something rare, and says which one noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest.mock import patch

from tests.simulation.crm import Weather
from tests.simulation.fate import Odds
from tests.simulation.judge import verdict
from tests.simulation.scenario import WORKSPACES, Scenario, scenario_of
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Connection, JsonObject, Tokens
from zsf_plugin.ports import Fence, Settlement
from zsf_plugin.salesforce.oauth import TokenAnswer
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.store.sqlite import settling
from zsf_plugin.store.sqlite.leases import SqliteLeases
from zsf_plugin.store.sqlite.listing import SqliteListing
from zsf_plugin.store.sqlite.settling import SqliteSettling
from zsf_plugin.sync import in_doubt, settlements
from zsf_plugin.sync.drain import DrainPass


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One thing that must not be missing: what to put in its place, and in which scenarios its
    absence shows."""

    name: str
    patches: tuple[tuple[object, str, Any], ...]
    rougher: Callable[[Scenario], Scenario]


def noticed_by(safeguard: Safeguard, seeds: Collection[int]) -> tuple[int, str] | None:
    """The first seed that notices, and what it says; None where none does. The patches are the
    caller's to apply."""
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


def _settles_in_two(
    self: SqliteSettling, fence: Fence, settlements: Sequence[Settlement], now: float
) -> int:
    """Entries first, links and journal after: as if they were no one thing."""
    _settle(
        self, fence, [replace(it, links=(), journal=(), drop_links=()) for it in settlements], now
    )
    return _settle(self, fence, settlements, now)


def _keeps_nothing(
    self: Refresher, connection: Connection, stale: Tokens, answer: TokenAnswer
) -> Tokens:
    """Tokens that are used and not stored."""
    return Tokens(
        answer.access, answer.refresh or stale.refresh, stale.version + 1, self._clock.now()
    )


def _marks_nothing(
    self: SqliteSettling, fence: Fence, entry_ids: Collection[str], sent_at: float, **_: Any
) -> None:
    """A lease that is asked for, and no mark."""
    with self._database.writing() as connection:
        settling._require_lease(connection, fence)


def _marks_for_anybody(self: SqliteSettling, *told: Any, **more: Any) -> None:
    """A mark without asking whose the lease is."""
    with patch.object(settling, "_require_lease", lambda *_: None):
        _begin(self, *told, **more)


def _never_waits(self: Refresher) -> Fence:
    """A lease for everybody."""
    return Fence("refresh", 0, "anybody")


_settle, _begin = SqliteSettling.settle, SqliteSettling.mark_writing


def _beats_for_anybody(*_: Any, **__: Any) -> None:
    """A lease that nobody is told to have lost."""


def _late(scenario: Scenario) -> Scenario:
    weather = Weather(late=0.5, lost_before=0.1, latency=2.0)
    return replace(scenario, external_id=False, weather=weather, odds=Odds(kill=0.004), acts=0)


def _stalled(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        drainers=2,
        odds=Odds(stall=0.05, longest_stall_s=90.0),
        weather=Weather(latency=5.0),
    )


def _killed(scenario: Scenario) -> Scenario:
    return replace(scenario, odds=Odds(kill=0.02), acts=0)


def _two_workspaces(scenario: Scenario) -> Scenario:
    """Both buy the same people at the same time."""
    first, *_ = scenario.workspaces
    bought = [
        it
        for it in scenario.fed
        if it.call["workspace"] == first and it.hook == "on_prospect_purchased"
    ]
    both = tuple(
        replace(it, call={**it.call, "workspace": of}) for it in bought for of in WORKSPACES
    )
    return replace(_late(scenario), workspaces=WORKSPACES, fed=both)


def _without_ids(scenario: Scenario) -> Scenario:
    return replace(scenario, external_id=False, weather=Weather(), odds=Odds(), acts=0)


def _unmapped(scenario: Scenario) -> Scenario:
    return replace(scenario, knows_segment=False)


def _many_sessions(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        sessions_end=8,
        refreshers=2,
        drainers=2,
        login_loses=0.0,
        odds=Odds(),
        lasts_s=700.0,
    )


def _asleep_at_the_login(scenario: Scenario) -> Scenario:
    return replace(_many_sessions(scenario), odds=Odds(stall=0.02, longest_stall_s=600.0))


def _nameless(scenario: Scenario) -> Scenario:
    """Nobody has a first name or an e-mail, and everybody is bought twice."""
    bought = [it for it in scenario.fed if it.hook == "on_prospect_purchased"]
    fed = []
    for it in bought:
        person = {
            **cast("JsonObject", it.call["prospect"]),
            "first_name": "",
            "email": "",
            "title": "Engineer",
        }
        again = {
            **it.call,
            "event_id": f"{it.call['event_id']}-b",
            "prospect": {**person, "title": "Director"},
        }
        fed += [
            replace(it, call={**it.call, "prospect": person}),
            replace(it, call=again, after_s=300.0),
        ]
    return replace(_late(scenario), fed=tuple(fed), rules=scenario.rules[:1], known=())


SAFEGUARDS = (
    Safeguard(
        "a “no” is believed only after ten minutes",
        ((in_doubt, "LATE_ARRIVAL_S", 0.0), (settlements, "LATE_ARRIVAL_S", 0.0)),
        _late,
    ),
    Safeguard(
        "entries are marked before anything is sent",
        ((SqliteSettling, "mark_writing", _marks_nothing),),
        _late,
    ),
    Safeguard(
        "nothing is sent under an old epoch",
        ((SqliteSettling, "mark_writing", _marks_for_anybody),),
        _stalled,
    ),
    Safeguard(
        "an old epoch settles nothing", ((settling, "_require_lease", lambda *_: None),), _stalled
    ),
    Safeguard(
        "entry, links and journal are one transaction",
        ((SqliteSettling, "settle", _settles_in_two),),
        _killed,
    ),
    Safeguard(
        "another workspace's lost create is waited for",
        ((SqliteListing, "in_doubt_elsewhere", lambda *_: None),),
        _two_workspaces,
    ),
    Safeguard(
        "a Task stands for one touchpoint",
        ((SqliteListing, "linked_records", lambda *_: frozenset()),),
        _without_ids,
    ),
    Safeguard(
        "what changed releases what it held",
        ((DrainPass, "_release_changed", lambda *_: None),),
        _unmapped,
    ),
    Safeguard(
        "tokens are stored before they are used",
        ((Refresher, "_store_tokens", _keeps_nothing),),
        _many_sessions,
    ),
    Safeguard(
        "one refreshes at a time",
        (
            (Refresher, "_acquire_lease", _never_waits),
            (SqliteLeases, "renew_lease", _beats_for_anybody),
        ),
        _many_sessions,
    ),
    Safeguard(
        "who was overtaken presents no token",
        ((SqliteLeases, "renew_lease", _beats_for_anybody),),
        _asleep_at_the_login,
    ),
    Safeguard(
        "what may be there holds back what nothing identifies",
        ((SqliteListing, "lanes_in_doubt", lambda *_: frozenset()),),
        _nameless,
    ),
)
