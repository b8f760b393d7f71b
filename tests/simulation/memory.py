"""What one simulated process of ours holds in memory: its own store object, clients of the org, its
papers and its heart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from tests.fakes.events import NOWHERE
from tests.simulation.crm import SimulatedCrm, Sky
from tests.simulation.disk import CIPHER, SimulatedStore, Watch
from tests.simulation.login import Login
from tests.simulation.org import Org
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Process, Scheduler, VirtualClock
from zsf_plugin.errors import Fenced, StoreUnavailable
from zsf_plugin.intake import Intake
from zsf_plugin.model import JsonObject, Rules
from zsf_plugin.ports import Clock, Fence, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.salesforce.tokens import Refresher
from zsf_plugin.sync.context import LEASE_S, DrainParts

if TYPE_CHECKING:
    from zsf_plugin.salesforce.http import Http


class World(Protocol):
    """The world outside of a process."""

    scenario: Scenario
    scheduler: Scheduler
    clock: VirtualClock
    watch: Watch
    org: Org
    sky: Sky
    login: Login
    census: Census
    file: Path


class Census:
    """Which process every lease owner is."""

    def __init__(self) -> None:
        self.owners: dict[str, Process] = {}


class Papers:
    """Who a process is, and whether another still lives: that is only known of those on the same
    machine."""

    def __init__(self, census: Census, process: Process) -> None:
        self._census = census
        self._process = process

    def new_owner(self) -> str:
        name = f"{self._process.machine}/{self._process.name}/{len(self._census.owners)}"
        self._census.owners[name] = self._process
        return name

    def is_dead(self, owner: str) -> bool:
        other = self._census.owners.get(owner)
        return other is not None and other.dead and other.machine == self._process.machine


class Heart:
    """Keeps a lease in virtual time while its process is alive and not stalled; knows the fence for
    the judge."""

    def __init__(self, scheduler: Scheduler, process: Process, watch: Watch) -> None:
        self._scheduler = scheduler
        self._process = process
        self._watch = watch
        self.fence: Fence | None = None

    def __call__(self, store: Store, fence: Fence, clock: Clock) -> AbstractContextManager[None]:
        return self._beating(store, fence)

    @contextmanager
    def _beating(self, store: Store, fence: Fence) -> Iterator[None]:
        self.fence = fence
        self._scheduler.at(self._scheduler.now + LEASE_S / 3, lambda: self._beat(store, fence))
        try:
            yield
        finally:
            self.fence = None
            if not self._watch.holds(fence) and not self._process.dead:
                self._scheduler.story.count("zombie")
            store.release_lease(fence)

    def _beat(self, store: Store, fence: Fence) -> None:
        scheduler, process = self._scheduler, self._process
        if process.dead or self.fence is not fence:
            return
        again = scheduler.now + LEASE_S / 3
        if process.frozen_at(scheduler.now):
            again = process.stalled_until
        else:
            try:
                store.renew_lease(fence, scheduler.now, ttl_s=LEASE_S)
            except Fenced:
                scheduler.story.tell(
                    scheduler.now, process.name, "its heart finds that the lease is another's"
                )
                return
            except StoreUnavailable:
                pass
        scheduler.at(again, lambda: self._beat(store, fence))


class RulesInForce:
    """The rules of a workspace as the console's document in the store says; the documents are few,
    and read once."""

    def __init__(self, store: SimulatedStore) -> None:
        self._store = store

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


class Memory:
    """What a process starts with: nothing but the file and what the world outside is."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self.process = process
        self.store = SimulatedStore(world.file, world.scheduler, world.watch)
        self.heart = Heart(world.scheduler, process, world.watch)
        self._papers = Papers(world.census, process)
        self._rules = RulesInForce(self.store)
        self._clients: dict[str, SimulatedCrm] = {}
        self.parts = DrainParts(
            self.store,
            self._rules,
            world.clock,
            lambda it: self.client(it.workspace),
            self._papers,
            self.heart,
        )

    @cached_property
    def intake(self) -> Intake:
        """Takes the host's calls."""
        return Intake(
            self.store, self._rules, self._world.clock, first_violation, CIPHER.digest_key()
        )

    def client(self, workspace: str) -> SimulatedCrm:
        """This process's client of the org, for that workspace."""
        made = self._clients.get(workspace)
        if made is None:
            world = self._world
            http = cast("Http", world.login)
            made = self._clients[workspace] = SimulatedCrm(
                workspace,
                org=world.org,
                sky=world.sky,
                scheduler=world.scheduler,
                store=self.store,
                login=world.login if world.scenario.has_sessions else None,
                refresher=Refresher(workspace, self.store, world.clock, http, None, self._papers),
                sending=self._sending,
            )
        return made

    def _sending(self) -> None:
        """A request that writes leaves: only under a lease that is still ours."""
        fence = self.heart.fence
        if fence is None or not self._world.watch.holds(fence):
            self._world.watch.wrongs.append(
                f"{self.process.name}: a zombie sent a request that writes"
            )
