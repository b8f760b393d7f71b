"""Builds the parts that a process has once, from settings, on first use.

Decides nothing. Only this package knows which engine implements a port. Entry points do not use
`Parts` directly: each has its own app in `apps`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from zsf_plugin.errors import Log, NotSent
from zsf_plugin.forking import fork_guard
from zsf_plugin.ports import ORG_LEASE, REFRESH_LEASE, REFRESH_LEASE_S
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.store import open_cipher, open_store
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.wiring.process import ProcessIdentity, SystemClock

if TYPE_CHECKING:
    from zsf_plugin.intake import Intake
    from zsf_plugin.ports import Clock, Login, Store
    from zsf_plugin.presence import Badges
    from zsf_plugin.settings import Settings
    from zsf_plugin.store import Cipher
    from zsf_plugin.sync.leases import Holder, LeaseParts
    from zsf_plugin.wiring.drains import Drains
    from zsf_plugin.wiring.explainer import Explainer
    from zsf_plugin.wiring.orgs import OrgParts, Orgs

_log = Log("zsf_plugin")

#: How long `close` waits for the batches that run, in seconds.
_CLOSE_TIMEOUT_S = 20.0

T = TypeVar("T")


class _Once(Generic[T]):
    """A part that the first thread to need it builds, while the others wait.

    From Python 3.12 on, several threads may each build a `functools.cached_property`.
    """

    def __init__(self, build: Callable[[Parts], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    def __get__(self, parts: Parts, owner: type[Parts]) -> T:
        with parts._lock:
            if self._name not in parts.__dict__:
                parts.__dict__[self._name] = self._build(parts)
        part: T = parts.__dict__[self._name]  # later reads find it before this descriptor
        return part


class Parts:
    """The parts of one process. Safe to use from several threads.

    `stop` ends threads and `close` closes files, if they were ever started or opened.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._identity = ProcessIdentity()
        self._lock = threading.RLock()
        self._is_stopped = False
        self._has_warned = False

    @_Once
    def store(self) -> Store:
        """The store that the settings name. Raises StoreUnavailable, ConfigurationError."""
        return open_store(self.settings)

    @_Once
    def rulebook(self) -> Rulebook:
        """The rules of every workspace; the console's layer, and the last valid content of rule
        files, come from the store."""
        store = self.store
        return Rulebook(self.settings.config_dir, store.console_rule, store)

    @_Once
    def cipher(self) -> Cipher:
        """The cipher of the secret key. Raises ConfigurationError if there is no usable key."""
        return open_cipher(self.settings)

    @_Once
    def login(self) -> Login:
        """OAuth with Salesforce."""
        from zsf_plugin.salesforce.login import SalesforceLogin

        return SalesforceLogin(
            self.settings.client_secret,
            self.clock,
            self.settings.read_timeout_s,
            self.settings.network,
        )

    @_Once
    def orgs(self) -> Orgs:
        """The orgs that workspaces are connected to."""
        from zsf_plugin.wiring.orgs import Orgs

        return Orgs(self.settings, self.store, self.rulebook, self.clock, self._identity)

    @_Once
    def availability(self) -> OrgAvailability:
        """Whether an org may be called now, and what an error pauses."""
        return OrgAvailability(self.store, self.rulebook, self.clock)

    @_Once
    def org_parts(self) -> OrgParts:
        """The parts that drains and explanations share."""
        from zsf_plugin.wiring.orgs import OrgParts

        return OrgParts(self.store, self.rulebook, self.clock, self.availability, self.orgs)

    @_Once
    def drains(self) -> Drains:
        """Drains; wakes start none after `stop`."""
        from zsf_plugin.wiring.drains import Drains

        self._warn_of_network()
        settings = self.settings
        if self._is_stopped:
            settings = replace(settings, drain="external", engine=None)
        return Drains(self.org_parts, self._identity, settings)

    def _warn_of_network(self) -> None:
        """Log, once, if the settings name a proxy or certificates that cannot be used: events are
        stored all the same, and wait."""
        error = None if self._has_warned else self.network_fault()
        self._has_warned = True
        if error is not None:
            _log.warning("nothing can be sent: %s", error)

    def network_fault(self) -> NotSent | None:
        """Why the proxy or the certificates that the settings name cannot be used; None if they
        can, as far as this shows without a connection."""
        network = self.settings.network
        if not (network.proxy or network.ca_bundle):
            return None
        with fork_guard.inside():
            from zsf_plugin.salesforce.route import Route

        try:
            Route(network)
        except NotSent as error:
            return error
        return None

    @_Once
    def intake(self) -> Intake:
        """Accepts hook calls; wakes a drain if drains run in this process."""
        from zsf_plugin.intake import Intake
        from zsf_plugin.rulebook.schema import first_violation

        self._warn_of_network()
        does_drain = self.settings.drain == "background" or self.settings.engine is not None
        return Intake(
            self.store,
            self.rulebook,
            self.clock,
            first_violation,
            self.store.digest_keys(),
            self.drains.wake if does_drain else self._wake_if_built,
            self.drains.retry if does_drain else self._retry_if_built,
        )

    def _wake_if_built(self, workspace: str) -> None:
        """Wake the drains of a process that runs them only on request: `zsf feed` builds none."""
        if "drains" in self.__dict__:
            self.drains.wake(workspace)

    def _retry_if_built(self) -> None:
        if "drains" in self.__dict__:
            self.drains.retry()

    @_Once
    def badges(self) -> Badges:
        """Badges of search results, within a deadline; no queries after `stop`."""
        from zsf_plugin.presence import Badges
        from zsf_plugin.presence.querying import BadgeParts
        from zsf_plugin.rulebook.schema import first_violation
        from zsf_plugin.wiring.late_modules import load_late_modules

        parts = BadgeParts(
            self.store,
            self.rulebook,
            self.clock,
            self.availability,
            self.orgs.crm_of,
            lambda connection: self.orgs.crm_of(connection).known_facts(connection),
            partial(first_violation, "prospect"),
            load_late_modules,
        )
        badges = Badges(parts)
        if self._is_stopped:
            badges.stop(0.0)
        return badges

    @_Once
    def explainer(self) -> Explainer:
        """Explains what syncing events would do."""
        from zsf_plugin.wiring.explainer import Explainer

        return Explainer(self.org_parts)

    def org_holder(self, workspace: str) -> Holder | None:
        """Who drains the workspace's org now, or did until it died; None if nobody, or without a
        connection."""
        connection = self.store.connection(workspace)
        if connection is None or self.store.lease(ORG_LEASE + connection.org_id) is None:
            return None
        from zsf_plugin.sync.org_lease import holder_of_org

        return holder_of_org(self.store, self._identity, connection.org_id)

    def refresh_holder(self, workspace: str) -> Holder | None:
        """Who refreshes the workspace's sign-in now, or did until it died; None if nobody."""
        lease = self.store.lease(REFRESH_LEASE + workspace)
        if lease is None:
            return None
        from zsf_plugin.sync.leases import holder_of

        return holder_of(lease, REFRESH_LEASE_S, self._identity)

    def lease_parts(self) -> LeaseParts:
        """What this process takes a lease of the store with."""
        from zsf_plugin.sync.leases import LeaseParts, Sightings

        return LeaseParts(self.store, self.clock, self._identity, Sightings())

    def stop(self, timeout_s: float) -> None:
        """Finish the current batch, start no other, and query no more badges; waits at most this
        many seconds for all of them together."""
        deadline = time.monotonic() + timeout_s
        # A thread that opens a store may hold the lock for long; what it builds then is stopped by
        # `close`.
        is_mine = self._lock.acquire(timeout=timeout_s)
        self._is_stopped = True
        if is_mine:
            self._lock.release()
        if "badges" in self.__dict__:
            self.badges.stop(0.0)
        if "drains" in self.__dict__:
            self.drains.stop(max(deadline - time.monotonic(), 0.0))
        if "badges" in self.__dict__:
            self.badges.stop(max(deadline - time.monotonic(), 0.0))

    def close(self) -> None:
        """Stop, and close HTTP connections, the engine's and the store for good. After `stop` it
        waits for nothing."""
        self.stop(0.0 if self._is_stopped else _CLOSE_TIMEOUT_S)
        if "drains" in self.__dict__:
            self.drains.close()
        if "orgs" in self.__dict__:
            self.orgs.close()
        if "store" in self.__dict__:
            self.store.close()
