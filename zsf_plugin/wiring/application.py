"""The one place that builds things: from settings to an application whose parts know only ports.

Nothing is decided here, and nothing outside this folder knows which engine stands behind a port.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.explain import Estimate, Explanation, Live, Preview, Previews, estimate, explain
from zsf_plugin.explain.preview import PreviewParts
from zsf_plugin.intake import Intake
from zsf_plugin.model.describe import KnownFacts
from zsf_plugin.model.event import Event
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm
from zsf_plugin.ports.login import Login
from zsf_plugin.ports.store import Store
from zsf_plugin.presence import Badges
from zsf_plugin.presence.badges import BadgeParts
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.store import Cipher, open_cipher, open_store
from zsf_plugin.sync.allocation import next_work
from zsf_plugin.sync.background import BackgroundDrains
from zsf_plugin.sync.desk import plan_of
from zsf_plugin.sync.drain import DrainLimits, DrainParts, drain
from zsf_plugin.sync.grounds import Grounds, grounds
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.wiring.process import ProcessIdentity, SystemClock
from zsf_plugin.wiring.status import Status, status_of

if TYPE_CHECKING:
    from zsf_plugin.explain.candidates import Candidates
    from zsf_plugin.model.metadata import FieldSpec
    from zsf_plugin.provision import Provisioner
    from zsf_plugin.salesforce import SalesforceCrm


class Application:
    """Everything one process needs, built from settings; each part is made when it is first
    used."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._identity = ProcessIdentity()
        self._lock = threading.RLock()
        self._crms: dict[tuple[str, float], SalesforceCrm] = {}
        self._told: Callable[[str], None] | None = None

    @cached_property
    def store(self) -> Store:
        """The store the settings name. Raises StoreUnavailable, ConfigurationError."""
        return open_store(self.settings)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules of every workspace; the console's layer, and what wrong files said before, come
        from the store."""
        store = self.store
        return Rulebook(
            self.settings.config_dir, lambda workspace: store.console_rule(workspace)[0], store
        )

    @cached_property
    def background(self) -> BackgroundDrains:
        """Drains in threads of this process."""
        return BackgroundDrains(
            self.store,
            self.clock,
            lambda workspace, stopping: self.drain(workspace, stopping=stopping),
        )

    @cached_property
    def intake(self) -> Intake:
        """Takes hook calls; wakes a drain where drains run in this process."""
        from zsf_plugin.rulebook.schema import first_fault

        return Intake(
            self.store,
            self.rulebook,
            self.clock,
            first_fault,
            self._cipher.digest_key(),
            self.wake,
        )

    @cached_property
    def _cipher(self) -> Cipher:
        return open_cipher(self.settings)

    def seal(self, text: str) -> str:
        """The text as a browser may keep it for us; every process of these settings can `unseal`
        it."""
        return self._cipher.seal(text)

    def unseal(self, sealed: str) -> str | None:
        """What was sealed, or None for anything else."""
        return self._cipher.unseal(sealed)

    def login_base(self, url: str) -> str:
        """The base of a login address that may be followed. Raises ConfigurationError, with words
        for all others."""
        from zsf_plugin.salesforce.hosts import trusted_base

        return trusted_base(url)

    @cached_property
    def login(self) -> Login:
        """OAuth with Salesforce."""
        from zsf_plugin.salesforce import SalesforceLogin

        return SalesforceLogin(
            self.settings.client_secret, self.clock, self.settings.read_timeout_s
        )

    @cached_property
    def badges(self) -> Badges:
        """Marks search results, within a deadline."""
        from zsf_plugin.rulebook.schema import first_fault

        parts = BadgeParts(
            self.store,
            self.rulebook,
            self.clock,
            self._crm_of,
            lambda result: first_fault("prospect", result) is None,
        )
        return Badges(parts)

    def session_key(self) -> str:
        """What the console's cookies are signed with. Raises ConfigurationError where no usable key
        is found."""
        return self._cipher.session_key().hex()

    def wake(self, workspace: str) -> None:
        """Something may be due by now: have it drained soon, where drains run in this process."""
        if self._told is not None:
            self._told(workspace)
        elif self.settings.drain == "background":
            self.background.wake(workspace)

    def tell_wakes_to(self, told: Callable[[str], None]) -> None:
        """Have each wake told to a loop of drains that this process runs itself, in the place of
        background drains."""
        self._told = told

    @cached_property
    def _previews(self) -> Previews:
        """Previews, with what they found out lately."""
        return Previews(PreviewParts(self.store, self.rulebook, self.clock, self._crm_of))

    def connection(self, workspace: str) -> Connection:
        """The workspace's connection. Raises ReconnectRequired where there is none."""
        connection = self.store.connection(workspace)
        if connection is None:
            raise ReconnectRequired(
                "not connected to Salesforce yet: run `zsf connect`", "not_connected"
            )
        return connection

    def crm(self, workspace: str) -> Crm:
        """The workspace's org. Raises ReconnectRequired where there is no connection."""
        return self._crm_of(self.connection(workspace))

    def known_facts(self, workspace: str) -> KnownFacts | None:
        """The org as last read, however old; None where it never was, or nobody is connected. Costs
        no call."""
        connection = self.store.connection(workspace)
        return None if connection is None else self._crm_of(connection).known_facts(connection)

    def provisioner(self, workspace: str, *wanted: FieldSpec) -> Provisioner:
        """Makes fields in the workspace's org: those `wanted`, else our own. Raises
        ReconnectRequired where there is no connection."""
        from zsf_plugin.provision import Provisioner

        crm = self._crm_of(self.connection(workspace))
        return Provisioner(crm, crm.metadata, wanted) if wanted else Provisioner(crm, crm.metadata)

    def drain(
        self,
        workspace: str,
        *,
        max_entries: int | None = None,
        seconds: float | None = None,
        on_progress: Callable[[DrainReport], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> DrainReport:
        """One pass over a workspace's outbox. Raises StoreUnavailable."""
        until = None if seconds is None else self.clock.now() + seconds
        parts = DrainParts(self.store, self.rulebook, self.clock, self._crm_of, self._identity)
        return drain(parts, workspace, DrainLimits(max_entries, until, stopping, on_progress))

    def next_work(self, workspace: str) -> float | None:
        """When a drain of the workspace next has something to do that does not rest, by the store
        alone; or None."""
        return next_work(self.store, self.rulebook, workspace, self.clock.now())

    def grounds(self, workspace: str) -> Grounds | None:
        """What the workspace's held entries stand on, as known without a call; None where none is
        held."""
        return grounds(
            self.store,
            self.rulebook,
            lambda connection: self._crm_of(connection).read_at(connection),
            workspace,
        )

    def explain(self, event: Event, *, live: bool = False) -> Explanation:
        """What would become of an event; `live` looks at the org. Writes nothing. Raises as Crm
        does."""
        looking = (
            Live(self.crm(event.workspace), lambda: self.calls(event.workspace).get("upkeep", 0))
            if live
            else None
        )
        return explain(event, self.rulebook, self.store, live=looking)

    def estimate(self, workspace: str) -> Estimate:
        """What sending all that waits would do in the org. Reads only. Raises as Crm does."""
        looking = Live(self.crm(workspace), lambda: self.calls(workspace).get("upkeep", 0))
        return estimate(workspace, self.rulebook, self.store, looking, self.clock.now())

    def preview(
        self, event: Event, document: JsonObject | None = None, *, again: bool = False
    ) -> Preview:
        """What would become of an event beside the org, by the rules in force or with another
        console document.

        Writes nothing, and says so where the org may not be asked; `again`: a person asks, though
        it has just failed to answer. Raises StoreUnavailable; ConfigurationError where the document
        is wrong.
        """
        rules = (
            self.rulebook if document is None else self.rulebook.drafted(event.workspace, document)
        )
        return self._previews.of(event, rules, again=again)

    def candidates(self, event: Event) -> Candidates | None:
        """The records among which nobody chose for a held event, looked up now; None where nothing
        is left to choose.

        Raises as Crm does; ReconnectRequired where there is no connection.
        """
        from zsf_plugin.explain.candidates import candidates

        plan = plan_of(self.rulebook, event)
        return candidates(plan, self.store, event.workspace, self.crm(event.workspace))

    def calls(self, workspace: str) -> Mapping[str, int]:
        """API calls of ours in the last 24 hours to the workspace's org, by purpose."""
        connection = self.store.connection(workspace)
        return (
            {}
            if connection is None
            else self.store.allocation(connection.org_id, self.clock.now()).by_purpose
        )

    def status(self, workspace: str) -> Status:
        """The workspace now, without a call to Salesforce."""
        return status_of(self.store, self.rulebook, self.clock, workspace)

    def close(self) -> None:
        """Stop background drains and let go of the store, where either was used."""
        if "background" in self.__dict__:
            self.background.stop()
        if "badges" in self.__dict__:
            self.badges.stop()
        if "store" in self.__dict__:
            self.store.close()

    def _crm_of(self, connection: Connection) -> SalesforceCrm:
        """One client a connection: its caches and HTTP connections are worth keeping."""
        from zsf_plugin.salesforce import SalesforceCrm

        key = (connection.workspace, connection.connected_at)
        with self._lock:
            crm = self._crms.get(key)
            if crm is None:
                for old in [known for known in self._crms if known[0] == connection.workspace]:
                    del self._crms[old]  # of a sign-in before this one
                limits = self.rulebook.rules_for(
                    connection.workspace, {"workspace": connection.workspace}
                ).limits
                crm = self._crms[key] = SalesforceCrm(
                    connection.workspace,
                    store=self.store,
                    clock=self.clock,
                    client_secret=self.settings.client_secret,
                    identity=self._identity,
                    calls_per_second=limits.calls_per_second,
                    read_timeout_s=self.settings.read_timeout_s,
                )
            return crm


def build(settings: Settings) -> Application:
    """The application of those settings."""
    return Application(settings)
