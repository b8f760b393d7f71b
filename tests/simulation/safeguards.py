"""The safeguards behind the promises, and how to disable each: the simulation must detect every
missing one.

A safeguard that can be disabled without a failing seed is either not needed or not tested.
`detected_by` runs seeds, with harsher scenarios for safeguards against rare events, and returns the
first that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest.mock import patch

from tests.simulation.crm import NetworkFaults
from tests.simulation.disk import SqliteFile
from tests.simulation.fault_injector import ProcessFaults
from tests.simulation.monitored_store import Engine
from tests.simulation.oracle import find_violations
from tests.simulation.org import ORG_ID, OTHER_ORG_ID
from tests.simulation.scenario import WORKSPACES, Scenario, scenario_of
from tests.simulation.simulation import Simulation
from zsf_plugin.model import Connection, JsonObject, Link, LinkKey, Tokens, link
from zsf_plugin.ports import ORG_LEASE, Fence, Settlement
from zsf_plugin.salesforce.oauth import TokenAnswer
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.store.postgres import database as postgres
from zsf_plugin.store.sql import moving, settling
from zsf_plugin.store.sql.database import Inserted
from zsf_plugin.store.sql.leases import Leases
from zsf_plugin.store.sql.listing import Listing
from zsf_plugin.store.sql.settling import Settling
from zsf_plugin.sync import arrivals, settlements
from zsf_plugin.sync.drain import DrainPass


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One safeguard: the patches that disable it, and the scenarios in which its absence shows."""

    name: str
    patches: tuple[tuple[object, str, Any], ...]
    harsher: Callable[[Scenario], Scenario]


def detected_by(
    safeguard: Safeguard, seeds: Collection[int], new_engine: Callable[[], Engine] = SqliteFile
) -> tuple[int, str] | None:
    """The first failing seed and its violation, or None. The caller applies the patches."""
    for seed in seeds:
        run = Simulation(safeguard.harsher(scenario_of(seed)), engine=new_engine())
        try:
            run.run()
            violations = find_violations(run)
        finally:
            run.close()
        if violations:
            return seed, violations[0]
    return None


def _settle_in_two_transactions(
    self: Settling, fence: Fence, settlements: Sequence[Settlement], now: float
) -> int:
    """Settle entries first, links and journal in a second transaction."""
    _settle(
        self, fence, [replace(it, links=(), journal=(), drop_links=()) for it in settlements], now
    )
    return _settle(self, fence, settlements, now)


def _skip_storing(
    self: Refresher, connection: Connection, stale: Tokens, answer: TokenAnswer
) -> Tokens:
    """Use tokens without storing them."""
    return Tokens(
        answer.access, answer.refresh or stale.refresh, stale.version + 1, self._clock.now()
    )


def _skip_marking(
    self: Settling, fence: Fence, entry_ids: Collection[str], sent_at: float, **_: Any
) -> None:
    """Check the lease without marking the entries."""
    with self._database.writing(None) as connection:
        settling.require_lease(connection, fence, [])


def require_nothing(_: object, fence: Fence, __: object) -> tuple[str, bool]:
    """Hold every lease to be ours, and no workspace to have moved."""
    return fence.name.removeprefix(ORG_LEASE), False


def _mark_without_lease_check(self: Settling, *args: Any, **kwargs: Any) -> None:
    """Mark entries without checking the lease."""
    with patch.object(settling, "require_lease", require_nothing):
        _begin(self, *args, **kwargs)


def _skip_waiting(self: Refresher) -> Fence:
    """Grant the lease to everyone."""
    return Fence("refresh", 0, "anybody")


_settle, _begin = Settling.settle, Settling.mark_writing


def _skip_renewing(*_: Any, **__: Any) -> None:
    """Never report a lost lease."""


def _late(scenario: Scenario) -> Scenario:
    network_faults = NetworkFaults(late=0.5, lost_before=0.1, latency=2.0)
    return replace(
        scenario,
        external_id=False,
        network_faults=network_faults,
        process_faults=ProcessFaults(kill=0.004),
        user_actions=0,
    )


def _clock_set(scenario: Scenario) -> Scenario:
    """Every call may be lost or late, and the clock is set often."""
    return replace(_late(scenario), clock_jumps=6)


def _stalled(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        drainers=2,
        process_faults=ProcessFaults(stall=0.05, max_stall_s=90.0),
        network_faults=NetworkFaults(latency=5.0),
    )


def _commits_lost(scenario: Scenario) -> Scenario:
    """Every third commit gets no answer."""
    return replace(_without_faults(scenario), process_faults=ProcessFaults(lost_commit=0.3))


def _killed(scenario: Scenario) -> Scenario:
    return replace(scenario, process_faults=ProcessFaults(kill=0.02), user_actions=0)


def _killed_and_late(scenario: Scenario) -> Scenario:
    return replace(_late(scenario), process_faults=ProcessFaults(kill=0.015))


def _two_workspaces(scenario: Scenario) -> Scenario:
    """Both workspaces purchase the same people at the same time."""
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
    return replace(
        scenario,
        external_id=False,
        network_faults=NetworkFaults(),
        process_faults=ProcessFaults(),
        user_actions=0,
    )


def _unmapped(scenario: Scenario) -> Scenario:
    return replace(scenario, knows_segment=False)


def _many_sessions(scenario: Scenario) -> Scenario:
    return replace(
        scenario,
        sessions_end=8,
        refreshers=2,
        drainers=2,
        login_loss_rate=0.0,
        process_faults=ProcessFaults(),
        duration_s=700.0,
    )


def _stalled_at_the_login(scenario: Scenario) -> Scenario:
    return replace(
        _many_sessions(scenario), process_faults=ProcessFaults(stall=0.05, max_stall_s=600.0)
    )


def _without_faults(scenario: Scenario) -> Scenario:
    return replace(scenario, network_faults=NetworkFaults(), process_faults=ProcessFaults())


def _often_deleted(scenario: Scenario) -> Scenario:
    return replace(_without_faults(scenario), user_actions=8)


def _nameless(scenario: Scenario) -> Scenario:
    """No one has a first name or email, and everyone is purchased twice."""
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


def _moving(scenario: Scenario) -> Scenario:
    """The first workspace moves often, and every call may be lost or late."""
    return replace(
        _late(scenario), moves=6, sessions_end=0, signed_out=False, refreshers=0, known=()
    )


def _links_of_any_org(
    self: Listing, workspace: str, org_id: str, keys: Collection[LinkKey]
) -> Mapping[LinkKey, Link]:
    """Believe the links of every org."""
    return {
        **_links(self, workspace, OTHER_ORG_ID, keys),
        **_links(self, workspace, ORG_ID, keys),
    }


_links = Listing.links


SAFEGUARDS = (
    Safeguard(
        "a lookup without a match is trusted only after ten minutes",
        ((arrivals, "MAX_ARRIVAL_DELAY_S", 0.0),),
        _late,
    ),
    Safeguard(
        "the ten minutes pass by the org's clock if ours was set",
        ((arrivals, "MAX_CLOCK_ERROR_S", float("inf")),),
        _clock_set,
    ),
    Safeguard(
        "entries are marked before anything is sent",
        ((Settling, "mark_writing", _skip_marking),),
        _killed_and_late,
    ),
    Safeguard(
        "nothing is sent under an old epoch",
        ((Settling, "mark_writing", _mark_without_lease_check),),
        _stalled,
    ),
    Safeguard(
        "an old epoch settles nothing", ((settling, "require_lease", require_nothing),), _stalled
    ),
    Safeguard(
        "entry, links and journal are one transaction",
        ((Settling, "settle", _settle_in_two_transactions),),
        _killed,
    ),
    Safeguard(
        "a lost create of another workspace is waited for",
        ((Listing, "in_doubt_elsewhere", lambda *_: ()),),
        _two_workspaces,
    ),
    Safeguard(
        "a Task stands for one touchpoint",
        ((Listing, "linked_records", lambda *_: frozenset()),),
        _without_ids,
    ),
    Safeguard(
        "a change in the org releases entries held for it",
        ((DrainPass, "_release_changed", lambda *_: None),),
        _unmapped,
    ),
    Safeguard(
        "tokens are stored before they are used",
        ((Refresher, "_store_tokens", _skip_storing),),
        _many_sessions,
    ),
    Safeguard(
        "only one process refreshes at a time",
        (
            (Refresher, "_acquire_lease", _skip_waiting),
            (Leases, "renew_lease", _skip_renewing),
        ),
        _many_sessions,
    ),
    Safeguard(
        "a process that lost its lease uses no token",
        ((Leases, "renew_lease", _skip_renewing),),
        _stalled_at_the_login,
    ),
    Safeguard(
        "an in-doubt create holds back people without match keys",
        ((Listing, "lanes_in_doubt", lambda *_: frozenset()),),
        _nameless,
    ),
    Safeguard("a link holds in its org only", ((Listing, "links", _links_of_any_org),), _moving),
    Safeguard(
        "a create that was left in doubt is waited for",
        ((moving, "_LEAVE", "SELECT :workspace, :org_id"),),
        _moving,
    ),
    Safeguard(
        "a refused value is left out",
        ((settlements, "refused_values", lambda *_: ()),),
        _without_faults,
    ),
    Safeguard(
        "a refused write is held",
        ((settlements._Ending, "held", lambda self, *_: self.waiting(5.0)),),
        _without_faults,
    ),
    Safeguard(
        "a link proves nothing after an hour",
        ((link, "MAX_UNCHECKED_S", float("inf")),),
        _often_deleted,
    ),
)

#: Those of one engine.
OF_POSTGRES = (
    Safeguard(
        "an insert whose commit was lost is recognised",
        ((postgres, "Inserted", lambda row_id, was_tried: Inserted(row_id, was_tried=False)),),
        _commits_lost,
    ),
)
