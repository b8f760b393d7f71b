"""The in-memory state of one simulated process: its store, org clients, identity and heartbeat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from tests.fakes.events import NOWHERE
from tests.simulation.crm import Network, SimulatedCrm
from tests.simulation.login import Login
from tests.simulation.monitored_store import CIPHER, Engine, LeaseMonitor, SimulatedStore
from tests.simulation.org import ORG_ID, Org
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Process, Scheduler, VirtualClock
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.intake import Intake
from zsf_plugin.model import JsonObject, Rules
from zsf_plugin.ports import Clock, DigestKey, Fence, RulesInForce, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.sync.context import DrainParts
from zsf_plugin.sync.org_lease import LEASE_S

if TYPE_CHECKING:
    from zsf_plugin.salesforce.http import Http


class SimulatedWorld(Protocol):
    """Everything outside a process."""

    scenario: Scenario
    scheduler: Scheduler
    clock: VirtualClock
    lease_monitor: LeaseMonitor
    orgs: dict[str, Org]
    network: Network
    login: Login
    owner_registry: OwnerRegistry
    engine: Engine


class OwnerRegistry:
    """Maps lease owners to processes."""

    def __init__(self) -> None:
        self.owners: dict[str, Process] = {}


class ProcessIdentity:
    """A process's identity; it recognizes a dead process only on the same machine."""

    def __init__(self, owner_registry: OwnerRegistry, process: Process) -> None:
        self._owner_registry = owner_registry
        self._process = process

    def new_owner(self) -> str:
        name = f"{self._process.machine}/{self._process.name}/{len(self._owner_registry.owners)}"
        self._owner_registry.owners[name] = self._process
        return name

    def is_dead(self, owner: str) -> bool:
        other = self._owner_registry.owners.get(owner)
        return other is not None and other.dead and other.machine == self._process.machine


class Heartbeat:
    """Renews a lease in virtual time while its process is alive and not stalled; holds the fence for
    the oracle."""

    def __init__(self, scheduler: Scheduler, process: Process, lease_monitor: LeaseMonitor) -> None:
        self._scheduler = scheduler
        self._process = process
        self._lease_monitor = lease_monitor
        self.fence: Fence | None = None

    def __call__(self, store: Store, fence: Fence, clock: Clock) -> AbstractContextManager[None]:
        return self._renewing(store, fence, clock)

    @contextmanager
    def _renewing(self, store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
        self.fence = fence
        self._scheduler.at(
            self._scheduler.now + LEASE_S / 3, lambda: self._renew(store, fence, clock)
        )
        try:
            yield
        finally:
            self.fence = None
            if not self._lease_monitor.holds(fence) and not self._process.dead:
                self._scheduler.trace.count("zombie")
            store.release_lease(fence)

    def _renew(self, store: Store, fence: Fence, clock: Clock) -> None:
        scheduler, process = self._scheduler, self._process
        if process.dead or self.fence is not fence:
            return
        again = scheduler.now + LEASE_S / 3
        if process.frozen_at(scheduler.now):
            again = process.stalled_until
        else:
            try:
                store.renew_lease(fence, clock.now(), ttl_s=LEASE_S)
            except Fenced:
                scheduler.trace.log(
                    scheduler.now,
                    process.name,
                    "its heartbeat finds that another process holds the lease",
                )
                return
            except StoreUnavailable:
                pass
        scheduler.at(again, lambda: self._renew(store, fence, clock))


class StoredRules:
    """A workspace's rules from the console document in the store, cached by document."""

    def __init__(self, store: SimulatedStore) -> None:
        self._store = store

    def in_force(self, workspace: str) -> RulesInForce:
        return self._book(workspace).in_force(workspace)

    def last_known(self, workspace: str) -> tuple[RulesInForce, int | None]:
        return self.in_force(workspace), None

    def rules_for(self, workspace: str, scope: JsonObject) -> Rules:
        return self._book(workspace).rules_for(workspace, scope)

    def digest(self, workspace: str) -> str:
        return self._book(workspace).digest(workspace)

    def _book(self, workspace: str) -> Rulebook:
        return _book(json.dumps(self._store.console_rule(workspace)[0]))


@lru_cache(maxsize=1024)
def _book(document: str) -> Rulebook:
    read = json.loads(document)
    book = Rulebook(NOWHERE, lambda _: read)
    assert not book.findings("any"), book.findings("any")
    return book


class ProcessState:
    """The state of a new process: only the database and the environment."""

    def __init__(self, environment: SimulatedWorld, process: Process) -> None:
        self._environment = environment
        self.process = process
        self.store = environment.engine.new_store(environment.scheduler, environment.lease_monitor)
        self.heartbeat = Heartbeat(environment.scheduler, process, environment.lease_monitor)
        self._identity = ProcessIdentity(environment.owner_registry, process)
        self._rules = StoredRules(self.store)
        self._clients: dict[tuple[str, str], SimulatedCrm] = {}
        self.parts = DrainParts(
            self.store,
            self._rules,
            environment.clock,
            lambda it: self.client(it.workspace, it.org_id),
            self._identity,
            self.heartbeat,
        )

    @cached_property
    def intake(self) -> Intake:
        """Receives the host's calls."""
        return Intake(
            self.store,
            self._rules,
            self._environment.clock,
            first_violation,
            [DigestKey("", CIPHER.digest_key())],
        )

    def client(self, workspace: str, org_id: str = ORG_ID) -> SimulatedCrm:
        """This process's client of that org for a workspace."""
        made = self._clients.get((workspace, org_id))
        if made is None:
            environment = self._environment
            http = cast("Http", environment.login)
            made = self._clients[workspace, org_id] = SimulatedCrm(
                workspace,
                org=environment.orgs[org_id],
                network=environment.network,
                scheduler=environment.scheduler,
                clock=environment.clock,
                store=self.store,
                login=environment.login if environment.scenario.has_sessions else None,
                refresher=Refresher(
                    workspace, self.store, environment.clock, http, None, self._identity
                ),
                sending=self._sending,
                has_lost_lease=self._has_lost_lease,
                may_move=environment.scenario.moves > 0,
            )
        return made

    def _has_lost_lease(self) -> bool:
        fence = self.heartbeat.fence
        return fence is not None and not self._environment.lease_monitor.holds(fence)

    def _sending(self) -> None:
        """Check that a writing request is sent only under a lease we still hold."""
        fence = self.heartbeat.fence
        if fence is None or not self._environment.lease_monitor.holds(fence):
            self._environment.lease_monitor.violations.append(
                f"{self.process.name}: a zombie sent a request that writes"
            )
