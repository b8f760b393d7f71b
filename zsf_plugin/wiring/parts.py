"""The one place that builds things: what a process has once, made from settings when first used.

Nothing is decided here, and nothing outside this folder knows which engine stands behind a port.
Faces do not take these parts as they are: each has an app of its own beside this module.
"""

from __future__ import annotations

from functools import cached_property

from zsf_plugin.intake import Intake
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.login import Login
from zsf_plugin.ports.store import Store
from zsf_plugin.presence import Badges
from zsf_plugin.presence.badges import BadgeParts
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.store import Cipher, open_cipher, open_store
from zsf_plugin.wiring.drains import Drains
from zsf_plugin.wiring.explainer import Explainer
from zsf_plugin.wiring.orgs import Orgs
from zsf_plugin.wiring.process import ProcessIdentity, SystemClock


class Parts:
    """What one process has once, whatever its faces; `close` lets go of what was used."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._identity = ProcessIdentity()

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
    def cipher(self) -> Cipher:
        """What is made from the secret key. Raises ConfigurationError where no usable key is
        found."""
        return open_cipher(self.settings)

    @cached_property
    def login(self) -> Login:
        """OAuth with Salesforce."""
        from zsf_plugin.salesforce import SalesforceLogin

        return SalesforceLogin(
            self.settings.client_secret, self.clock, self.settings.read_timeout_s
        )

    @cached_property
    def orgs(self) -> Orgs:
        """The orgs that workspaces are connected to."""
        return Orgs(self.settings, self.store, self.rulebook, self.clock, self._identity)

    @cached_property
    def drains(self) -> Drains:
        """Drains, and who is woken for one."""
        return Drains(
            self.store, self.rulebook, self.clock, self.orgs, self._identity, self.settings.drain
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
            self.cipher.digest_key(),
            self.drains.wake,
        )

    @cached_property
    def badges(self) -> Badges:
        """Marks search results, within a deadline."""
        from zsf_plugin.rulebook.schema import first_fault

        parts = BadgeParts(
            self.store,
            self.rulebook,
            self.clock,
            self.orgs.crm_of,
            lambda result: first_fault("prospect", result) is None,
        )
        return Badges(parts)

    @cached_property
    def explainer(self) -> Explainer:
        """What would become of events."""
        return Explainer(self.store, self.rulebook, self.clock, self.orgs)

    def close(self) -> None:
        """Stop the threads of drains and badges, and let go of the store, where they were used."""
        if "drains" in self.__dict__:
            self.drains.stop()
        if "badges" in self.__dict__:
            self.badges.stop()
        if "store" in self.__dict__:
            self.store.close()
