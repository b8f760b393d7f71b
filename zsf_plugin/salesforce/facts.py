"""Facts of the org, cached: in the process, then in the store, then revalidated (salesforce-api.md
§3.11).

Cold or once a day: one call for everything. Hourly: one call that asks only for what changed.
What is asked and what the answers say is for `org_facts`; nothing is decided by the facts here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from cachetools import LRUCache, TTLCache, cachedmethod

from zsf_plugin.errors import Rejected
from zsf_plugin.model import Connection, KnownFacts, OrgFacts
from zsf_plugin.ports import Clock, Fact, Store
from zsf_plugin.salesforce import answers, org_facts
from zsf_plugin.salesforce.composites import parse_composite
from zsf_plugin.salesforce.session import Session

_log = logging.getLogger("zsf_plugin.salesforce")

_MAX_AGE_S = 3600.0
#: A change of field security may leave a describe's date as it was: daily it is asked for in full
#: (§3.11).
_FULL_FETCH_PERIOD_S = 24 * 3600.0
#: How long a fetch answers those who asked for the same one while it ran.
_SHARED_FETCH_S = 60.0


class FactCache:
    """The facts of one workspace's org, as its connected user sees them.

    One row of the store, the stamp, says when they were last confirmed. Every reading looks at it,
    so what another process fetched is seen here at once, and costs a parse only when it is new.
    """

    def __init__(self, session: Session, store: Store, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._clock = clock
        self._parsed_facts: LRUCache[object, OrgFacts] = LRUCache(maxsize=2)
        self._fetches: TTLCache[object, float] = TTLCache(
            maxsize=2, ttl=_SHARED_FETCH_S, timer=clock.now
        )
        self._parsing = threading.Lock()
        self._fetching = threading.Condition()

    def facts(self, *, refresh: bool = False) -> OrgFacts:
        """The facts; `refresh` asks the org anew, in full. Raises as `Crm.facts`."""
        connection = self._session.connection()
        stamp = self._fact(connection, "stamp")
        if refresh:
            at = self._fetch(connection, whole=True)
        elif stamp is None or self._clock.now() - stamp.fetched_at >= _MAX_AGE_S:
            at = self._renew(connection, stamp.fetched_at if stamp is not None else None)
        else:
            at = stamp.fetched_at
        return self._parsed(connection, at)

    def known(self, connection: Connection) -> KnownFacts | None:
        """The facts as last read, however old; None where they never were. Asks nothing of the
        org."""
        at = self.read_at(connection)
        return KnownFacts(self._parsed(connection, at), at) if at is not None else None

    def read_at(self, connection: Connection) -> float | None:
        """When the facts were last read; None where they never were. Asks nothing of the org, and
        parses nothing."""
        stamp = self._fact(connection, "stamp")
        if stamp and stamp.fetched_at:
            return stamp.fetched_at
        return self._fetched_at(connection)  # expired

    def _fetched_at(self, connection: Connection) -> float | None:
        """When the youngest fact was read, as it says itself."""
        moments = [fact.fetched_at for fact in self._stored(connection).values()]
        return max(moments, default=0.0) or None

    def expire(self) -> None:
        """Have the next look ask in full, once a minute at most: a refusal showed that something
        has changed."""
        self._save_fact(self._session.connection(), "stamp", Fact(0.0, 0.0))

    @cachedmethod(
        lambda self: self._fetches,
        key=lambda _, connection, since: (connection.org_id, connection.user_id, since),
        condition=lambda self: self._fetching,
    )
    def _renew(self, connection: Connection, since: float | None) -> float:
        """One fetch for all threads that found the facts of that moment too old."""
        age_s = self._clock.now() - _read_in_full_at(self._fact(connection, "stamp"))
        return self._fetch(connection, whole=since is None or age_s >= _FULL_FETCH_PERIOD_S)

    def _parsed(self, connection: Connection, at: float) -> OrgFacts:
        """The facts as stored then, parsed by one thread for all."""
        key = (connection.org_id, connection.user_id, at)
        with self._parsing:
            if key not in self._parsed_facts:
                stored = self._stored(connection)
                self._parsed_facts[key] = org_facts.org_facts(connection, stored)
            return self._parsed_facts[key]

    def _fetch(self, connection: Connection, *, whole: bool) -> float:
        """Ask the org in one call, keep what it says, and return when that was."""
        before = self._stored(connection)
        read = org_facts.read_of({} if whole else before)
        try:
            answer = self._session.call(read, "upkeep")
            body = answers.result_of(answer, writes=False)
            responses = parse_composite(body, read.subrequests, writes=False)
            now = self._clock.now()
            fresh = org_facts.fresh_facts(responses, before, now)
        except Rejected as error:
            raise answers.puzzled(error) from error
        return self._save(connection, fresh, now, whole=whole)

    def _save(
        self, connection: Connection, fresh: Mapping[str, Fact], now: float, *, whole: bool
    ) -> float:
        """The stamp goes last: who sees it sees all that it stands for."""
        stamp = self._fact(connection, "stamp")
        for name, fact in fresh.items():
            self._save_fact(connection, name, fact)
        whole_at = now if whole or stamp is None else stamp.body
        self._save_fact(connection, "stamp", Fact(whole_at, now))
        _log.info(
            "asked org %s for its describes, %s",
            connection.org_id,
            "in full" if whole else "where changed",
        )
        return now

    def _stored(self, connection: Connection) -> dict[str, Fact]:
        names = org_facts.NAMES
        return {name: fact for name in names if (fact := self._fact(connection, name)) is not None}

    def _fact(self, connection: Connection, name: str) -> Fact | None:
        """A fact as stored: for one user, since describes differ by user (§3.11)."""
        return self._store.fact(connection.org_id, f"describe:{connection.user_id}:{name}")

    def _save_fact(self, connection: Connection, name: str, fact: Fact) -> None:
        self._store.save_fact(connection.org_id, f"describe:{connection.user_id}:{name}", fact)


def _read_in_full_at(stamp: Fact | None) -> float:
    """When all facts were last asked for, changed or not; 0 where that is not known."""
    return stamp.body if stamp and isinstance(stamp.body, (int, float)) else 0.0
