"""One app per entry point: what the console, the command line and the host's plugin need.

Builds and decides nothing: each app exposes the parts that its entry point may use, opened on first
use. `HostApp` knows no page and no command; `ConsoleApp` drains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zsf_plugin.forking import fork_guard
from zsf_plugin.giving_way import running_hooks
from zsf_plugin.wiring.status import missing_config, status_of

if TYPE_CHECKING:
    from zsf_plugin.errors import NotSent
    from zsf_plugin.intake import Intake
    from zsf_plugin.model import Connection, Health, Receipt, SearchAnswer
    from zsf_plugin.ports import Clock, Login, Store
    from zsf_plugin.presence import Badges
    from zsf_plugin.rulebook import Finding, Rulebook
    from zsf_plugin.settings import Settings
    from zsf_plugin.store import Cipher
    from zsf_plugin.sync.availability import OrgAvailability
    from zsf_plugin.sync.leases import Holder
    from zsf_plugin.wiring.drains import Drains
    from zsf_plugin.wiring.explainer import Explainer
    from zsf_plugin.wiring.operations import Operations
    from zsf_plugin.wiring.orgs import Orgs
    from zsf_plugin.wiring.parts import Parts
    from zsf_plugin.wiring.status import WorkspaceStatus
    from zsf_plugin.wiring.undoing import Undoer


class App:
    """The parts shared by the entry points for people; each is opened on first use."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def settings(self) -> Settings:
        """Folders, database, secrets and timeouts."""
        return self._parts.settings

    @property
    def clock(self) -> Clock:
        """The time, in seconds since 1970."""
        return self._parts.clock

    @property
    def store(self) -> Store:
        """Entries, links, connections. Raises StoreUnavailable, ConfigurationError."""
        return self._parts.store

    @property
    def rulebook(self) -> Rulebook:
        """The rules of every workspace, and findings about their files."""
        return self._parts.rulebook

    @property
    def availability(self) -> OrgAvailability:
        """Whether an org may be called now, and what an error pauses."""
        return self._parts.availability

    @property
    def login(self) -> Login:
        """Signing in to Salesforce."""
        return self._parts.login

    @property
    def orgs(self) -> Orgs:
        """The orgs that workspaces are connected to."""
        return self._parts.orgs

    @property
    def badges(self) -> Badges:
        """Badges of search results."""
        return self._parts.badges

    @property
    def explainer(self) -> Explainer:
        """Explains what syncing events would do."""
        return self._parts.explainer

    @property
    def undoer(self) -> Undoer:
        """Undoes entries."""
        from zsf_plugin.wiring.undoing import undoer_of

        return undoer_of(self._parts)

    def status(self, workspace: str) -> WorkspaceStatus:
        """The workspace now, without a call to Salesforce. Raises StoreUnavailable."""
        holder = self.org_holder(workspace)
        store, rules, clock = self.store, self.rulebook, self.clock
        found = status_of(store, rules, clock, self.availability, workspace, holder)
        config = missing_config(self.settings)
        return replace(
            found,
            refresh_holder=self._parts.refresh_holder(workspace),
            network_fault=self.network_fault(),
            findings=(*config, *found.findings),
            unfit=self._unfit_rules(found.connection),
            short_key=self._parts.cipher.short_key,
        )

    def unfit_rules(self, workspace: str) -> tuple[Finding, ...]:
        """What in the rules in force does not fit the workspace's org, as last read; none without a
        connection. Costs no call. Raises StoreUnavailable."""
        return self._unfit_rules(self.store.connection(workspace))

    def _unfit_rules(self, connection: Connection | None) -> tuple[Finding, ...]:
        if connection is None:
            return ()
        findings = self.orgs.findings
        found = findings.stored(connection)
        if found is None:
            known = self.orgs.known_facts(connection.workspace)
            found = findings.look(connection, known) if known is not None else ()
        return found

    def health(self) -> Health:
        """Whether the store can be used, and how long work has been due."""
        from zsf_plugin.wiring.health import health_of

        return health_of(lambda: self.store, self.clock.now())

    def org_holder(self, workspace: str) -> Holder | None:
        """Who drains the workspace's org now, or did until it died. Raises StoreUnavailable."""
        return self._parts.org_holder(workspace)

    def network_fault(self) -> NotSent | None:
        """Why nothing can be sent with these settings, whatever the workspace; None if nothing is
        known to be wrong. Opens no connection."""
        return self._parts.network_fault()

    def close(self) -> None:
        """Stop the threads and close the store, for every app of these parts."""
        self._parts.close()


class ConsoleApp(App):
    """What the console's pages need."""

    def wake(self, workspace: str) -> None:
        """Have the workspace drained soon, if drains run in this process."""
        self._parts.drains.wake(workspace)

    @property
    def cipher(self) -> Cipher:
        """Encrypts browser state and derives the cookie key, equal in every process with these
        settings. Raises ConfigurationError if there is no usable key."""
        return self._parts.cipher


class CommandApp(App):
    """What commands need."""

    @property
    def intake(self) -> Intake:
        """Accepts hook calls, as the host's plugin does."""
        return self._parts.intake

    @property
    def drains(self) -> Drains:
        """Drains workspaces, in the calling thread or in threads of this process."""
        return self._parts.drains

    @property
    def operations(self) -> Operations:
        """What operating the store takes."""
        from zsf_plugin.wiring.operations import Operations

        return Operations(self._parts)

    def console(self) -> ConsoleApp:
        """A console app on the same parts, served by `zsf console`."""
        return ConsoleApp(self._parts)


#: What the parts of a host load when they are built.
_HOST_MODULES = (
    *("zsf_plugin.intake", "zsf_plugin.presence.querying", "zsf_plugin.wiring.drains"),
    *("zsf_plugin.sync.scheduler", "zsf_plugin.sync.surveys", "zsf_plugin.wiring.orgs"),
)


class HostApp:
    """What the plugin needs. Nothing is opened before the first call."""

    def __init__(self, parts: Parts) -> None:
        with fork_guard.inside():  # a fork in the middle of an import would hang the child
            for name in _HOST_MODULES:
                import_module(name)
        self._parts = parts

    def receive(self, hook: str, call: Mapping[str, object], *, is_retry: bool) -> Receipt:
        """Store the call of this hook and return its receipt; see `Intake.accept_call`. Raises
        StoreUnavailable, ConfigurationError, and what is unexpected."""
        with running_hooks:
            return self._parts.intake.accept_call(hook, call, is_retry=is_retry)

    def answer(
        self, workspace: str, results: Sequence[Mapping[str, Any]], user: Mapping[str, Any]
    ) -> SearchAnswer:
        """A badge for each search result by its id, within the deadline of the settings. Raises
        StoreUnavailable."""
        self._parts.drains.retry()
        deadline_s = self._parts.settings.badges_deadline_s
        return self._parts.badges.answer(workspace, results, user, deadline_s)

    def stop(self, timeout_s: float) -> None:
        """Finish the current batch and start no other, within that time; calls are still stored."""
        self._parts.stop(timeout_s)

    def close(self) -> None:
        """Stop, and close the store: later calls cannot be stored."""
        self._parts.close()
