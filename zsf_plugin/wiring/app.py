"""What the console's app and the command line's share: the parts both read. Builds nothing."""

from __future__ import annotations

from zsf_plugin.ports import Clock, Login, Store
from zsf_plugin.presence import Badges
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.settings import Settings
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.wiring.explainer import Explainer
from zsf_plugin.wiring.orgs import Orgs
from zsf_plugin.wiring.parts import Parts
from zsf_plugin.wiring.status import Status, status_of


class App:
    """A face that a person looks through: each member is opened when first used."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def settings(self) -> Settings:
        """Where files live and who we are."""
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
        """The rules of every workspace, and what is wrong with their files."""
        return self._parts.rulebook

    @property
    def availability(self) -> OrgAvailability:
        """Whether an org may be asked now, and what an error pauses."""
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
        """Marks of search results."""
        return self._parts.badges

    @property
    def explainer(self) -> Explainer:
        """What would become of events."""
        return self._parts.explainer

    def status(self, workspace: str) -> Status:
        """The workspace now, without a call to Salesforce. Raises StoreUnavailable."""
        return status_of(self.store, self.rulebook, self.clock, self.availability, workspace)

    def close(self) -> None:
        """Stop what runs in threads and let go of the store, for every app of these parts."""
        self._parts.close()
