"""Implements the `Crm` port over Salesforce's REST API, from finding, writing and the cached facts.
Decides nothing.

API calls (salesforce-api.md §2.1): facts 0 if fresh, else 1; find 1 for five packed queries, plus 1
for each further page; write 1 for 25 records with references between them, or for 1,000 of one
kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zsf_plugin.errors import Log, Rejected, ZsfError
from zsf_plugin.model import Write, WriteOutcome
from zsf_plugin.ports import Clock, Purpose, do_nothing
from zsf_plugin.salesforce import (
    batching,
    delivery,
    http,
    refused_columns,
    tokens,
    unknown_fields,
    users,
)
from zsf_plugin.salesforce.facts import FactCache
from zsf_plugin.salesforce.finding import Finder
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.traced_http import new_http
from zsf_plugin.sync.leases import Owners

if TYPE_CHECKING:
    from zsf_plugin.model import Connection, KnownFacts
    from zsf_plugin.ports import Store
    from zsf_plugin.salesforce.metadata import SalesforceMetadata
    from zsf_plugin.salesforce.removal import SalesforceRemoval

_log = Log("zsf_plugin.salesforce")

#: Refusals that contradict our caches: the owner was active, the field existed (§9 traps 29, 33).
_OF_USERS = frozenset({"INACTIVE_OWNER_OR_USER", "OP_WITH_INVALID_USER_TYPE_EXCEPTION"})
_OF_FIELDS = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE"})


class SalesforceCrm:
    """One workspace's org. Reads connection and tokens from the store. With `org_id`, calls that
    org only: once the workspace is connected to another, every call raises ReconnectRequired.
    Thread-safe.

    `facts`, `find`, `keep_alive`, `org_time` and `usage` are as in `Crm`; `known_facts`,
    `known_users` and `read_at` return what was last read, without a call.
    """

    def __init__(
        self,
        workspace: str,
        *,
        org_id: str | None = None,
        store: Store,
        clock: Clock,
        client_secret: str | None,
        identity: Owners,
        calls_per_second: float = 10.0,
        read_timeout_s: float = http.DEFAULT_READ_TIMEOUT_S,
        network: http.Network = http.DIRECT,
        on_facts: Callable[[Connection, KnownFacts], None] | None = None,
    ) -> None:
        """`on_facts` is called with the org's facts after each fetch; it must raise nothing."""
        # A refresh must end within its lease, which fits DEFAULT_READ_TIMEOUT_S and no longer
        # timeout.
        login_http = new_http(min(read_timeout_s, http.DEFAULT_READ_TIMEOUT_S), network)
        org_http = new_http(read_timeout_s, network)
        refresher = tokens.Refresher(workspace, store, clock, login_http, client_secret, identity)
        session = SalesforceSession(
            workspace, store, clock, org_http, refresher, calls_per_second, org_id
        )
        self._https = (login_http, org_http)
        self._session = session
        self._facts = FactCache(session, store, clock, on_facts)
        self._users = users.UserCache(store, clock)
        self._unknown_fields = unknown_fields.UnknownFields(clock.monotonic)
        # Methods of the port that one part implements alone.
        self.facts = self._facts.facts
        self.known_facts = self._facts.known
        self.read_at = self._facts.read_at
        self.known_users = self._users.by_id
        refused = refused_columns.RefusedColumnCache(session, store, clock)
        self.find = Finder(session, self._facts, self._users, refused).find
        self.keep_alive = session.keep_alive
        self.org_time = session.org_clock.now
        self.usage = session.usage

    @property
    def metadata(self) -> SalesforceMetadata:
        """The `Metadata` port over the same session. Loaded here: whoever syncs needs none of
        it."""
        from zsf_plugin.salesforce.metadata import SalesforceMetadata

        return SalesforceMetadata(self._session)

    @property
    def removal(self) -> SalesforceRemoval:
        """The `RecordRemoval` port over the same session, for undoing."""
        from zsf_plugin.salesforce.removal import SalesforceRemoval

        return SalesforceRemoval(self._session)

    @property
    def crm(self) -> SalesforceCrm:
        """Itself, as `undo.UndoOrg`."""
        return self

    def write(
        self,
        writes: Sequence[Write],
        purpose: Purpose,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Write the records; one outcome for each, in order. Errors of Salesforce are outcomes;
        raises what `before_each` raises.

        A refusal that contradicts a cached answer drops it, so that the second look fetches it
        again. One that names a field which the describes lack has them read again, for one call.
        """
        outcomes = delivery.Delivery(self._session, purpose, before_each).run(writes)
        refusals = []
        for write, outcome in zip(writes, outcomes, strict=True):
            if isinstance(outcome.error, Rejected):
                refusals.append((write.object, outcome.error))
        if refusals:
            self._forget(refusals)
        return outcomes

    def _forget(self, refusals: Sequence[tuple[str, Rejected]]) -> None:
        """Drop the cached answers that these refusals contradict.

        Errors are logged only: the outcomes of the writes must not be lost for a cache.
        """
        codes = {error.code for _, error in refusals}
        try:
            if not _OF_USERS.isdisjoint(codes):
                self._users.forget(self._session.connection().org_id)
            if not _OF_FIELDS.isdisjoint(codes):
                self._facts.expire()
            elif self._names_unknown_field(refusals):
                self._facts.facts(refresh=True)
        except ZsfError as error:
            kind = type(error).__name__
            _log.warning("could not drop a cached answer that a refusal contradicts: %s", kind)

    def _names_unknown_field(self, refusals: Sequence[tuple[str, Rejected]]) -> bool:
        """Whether they name a field that is newer than the describes, or hidden."""
        known = self._facts.known(self._session.connection())
        return known is not None and self._unknown_fields.notice(refusals, known.facts)

    def cost(self, writes: Sequence[Write]) -> int:
        """API calls that `write` takes for these if nothing is refused."""
        return batching.call_count(writes)

    def close(self) -> None:
        """Close the open HTTP connections."""
        for client in self._https:
            client.close()
