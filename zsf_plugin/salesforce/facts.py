"""Facts of the org, cached: in the process, then in the store, then revalidated (salesforce-api.md
§3.11).

Cold or once a day: one call for everything. Hourly: one call that asks only for what changed.
Reading a describe is `describe`'s job; deciding by the facts is nobody's here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import cast

from cachetools import LRUCache, TTLCache, cachedmethod

from zsf_plugin.errors import Rejected
from zsf_plugin.model.describe import KnownFacts, ObjectDescribe, OrgFacts
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fact, Store
from zsf_plugin.salesforce import addresses, answers, composites, describe, headers, pages
from zsf_plugin.salesforce.session import Session

_log = logging.getLogger("zsf_plugin.salesforce")

OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
_STATUSES = "SELECT ApiName, MasterLabel, IsClosed, IsDefault FROM TaskStatus"
_ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
_QUERIES = {"TaskStatus": _STATUSES, "Organization": _ORGANIZATION}
_FRESH_S = 3600.0
#: A change of field security may leave a describe's date as it was: daily it is asked for in full
#: (§3.11).
_WHOLE_S = 24 * 3600.0
#: How long a fetch answers those who asked for the same one while it ran.
_SAME_S = 60.0
#: What an object's describe answers where the connected user may not see it.
_HIDDEN = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"})


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
        self._fetches: TTLCache[object, float] = TTLCache(maxsize=2, ttl=_SAME_S, timer=clock.now)
        self._parsing = threading.Condition()
        self._fetching = threading.Condition()

    def facts(self, *, refresh: bool = False) -> OrgFacts:
        """The facts; `refresh` asks the org anew, in full. Raises as `Crm.facts`."""
        connection = self._session.connection()
        stamp = self._stamp(connection)
        if refresh:
            at = self._fetch(connection, whole=True)
        elif stamp is None or self._clock.now() - stamp.fetched_at >= _FRESH_S:
            at = self._renewed(connection, stamp.fetched_at if stamp is not None else None)
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
        stamp = self._stamp(connection)
        at = stamp.fetched_at if stamp is not None else 0.0
        if not at:  # expired: what they were then is in the rows themselves
            at = max((fact.fetched_at for fact in self._kept(connection).values()), default=0.0)
        return at or None

    def expire(self) -> None:
        """Have the next look ask in full, once a minute at most: a refusal showed that something
        has changed."""
        connection = self._session.connection()
        self._store.save_fact(connection.org_id, _name(connection, "stamp"), Fact(0.0, 0.0))

    @cachedmethod(
        lambda self: self._fetches,
        key=lambda _, connection, since: (connection.org_id, connection.user_id, since),
        condition=lambda self: self._fetching,
    )
    def _renewed(self, connection: Connection, since: float | None) -> float:
        """One fetch for all threads that found the facts of that moment too old."""
        stamp = self._stamp(connection)
        whole_at = stamp.body if stamp is not None and isinstance(stamp.body, (int, float)) else 0.0
        return self._fetch(
            connection, whole=since is None or self._clock.now() - whole_at >= _WHOLE_S
        )

    @cachedmethod(
        lambda self: self._parsed_facts,
        key=lambda _, connection, at: (connection.org_id, connection.user_id, at),
        condition=lambda self: self._parsing,
    )
    def _parsed(self, connection: Connection, _at: float) -> OrgFacts:
        return _facts(connection, self._kept(connection))

    def _fetch(self, connection: Connection, *, whole: bool) -> float:
        """Ask the org in one call, keep what it says, and return when that was."""
        before = self._kept(connection)
        try:
            responses = self._ask({} if whole else before)
            now = self._clock.now()
            fresh = {}
            for name in OBJECTS:
                fresh[name] = _describe_fact(responses[name], before.get(name), now)
            for name in _QUERIES:
                fresh[name] = Fact(_rows(responses[name]), now)
        except Rejected as error:
            raise answers.puzzled(error) from error
        return self._keep(connection, fresh, now, whole=whole)

    def _ask(self, known: Mapping[str, Fact]) -> dict[str, composites.SubResponse]:
        """The answers by name; of describes that are `known`, only what changed since."""
        reads = {}
        for name in OBJECTS:
            last_modified = known[name].last_modified if name in known else None
            unchanged = headers.unchanged_since(last_modified)
            reads[name] = composites.Request("GET", addresses.describe(name), headers=unchanged)
        for name, statement in _QUERIES.items():
            reads[name] = composites.Request("GET", addresses.query(statement))
        read = composites.CompositeRead(reads)
        answer = self._session.call(read, "upkeep")
        return read.parse(answers.result_of(answer, writes=False))

    def _keep(
        self, connection: Connection, fresh: Mapping[str, Fact], now: float, *, whole: bool
    ) -> float:
        """The stamp goes last: who sees it sees all that it stands for."""
        stamp = self._stamp(connection)
        for name, fact in fresh.items():
            self._store.save_fact(connection.org_id, _name(connection, name), fact)
        whole_at = now if whole or stamp is None else stamp.body
        self._store.save_fact(connection.org_id, _name(connection, "stamp"), Fact(whole_at, now))
        _log.info(
            "asked org %s for its describes, %s",
            connection.org_id,
            "in full" if whole else "where changed",
        )
        return now

    def _stamp(self, connection: Connection) -> Fact | None:
        return self._store.fact(connection.org_id, _name(connection, "stamp"))

    def _kept(self, connection: Connection) -> dict[str, Fact]:
        kept = {
            name: self._store.fact(connection.org_id, _name(connection, name))
            for name in (*OBJECTS, *_QUERIES)
        }
        return {name: fact for name, fact in kept.items() if fact is not None}


def _name(connection: Connection, name: str) -> str:
    """The store's name of a fact: describes differ by user (§3.11)."""
    return f"describe:{connection.user_id}:{name}"


def _describe_fact(answer: composites.SubResponse, before: Fact | None, now: float) -> Fact:
    """The describe to keep: the new one, the old one where it has not changed, none where the
    object is hidden."""
    if answer.status == 304 and before is not None:
        return Fact(before.body, now, before.last_modified)
    try:
        body = answer.result(writes=False)
    except Rejected as error:
        if error.code not in _HIDDEN:
            raise
        return Fact(None, now)
    slim = describe.slim(body) if isinstance(body, dict) else None
    return Fact(
        describe.with_gone(slim, before.body if before is not None else None, now),
        now,
        answer.headers.get("last-modified"),
    )


def _rows(answer: composites.SubResponse) -> Json:
    """A query's records; none where the connected user may not ask."""
    try:
        return [dict(row) for row in pages.rows_in(answer.result(writes=False))]
    except Rejected:
        return []


def _facts(connection: Connection, kept: Mapping[str, Fact]) -> OrgFacts:
    describes: dict[str, ObjectDescribe] = {}
    for name in OBJECTS:
        body = kept[name].body if name in kept else None
        if isinstance(body, dict):
            describes[name] = describe.parse(body)
    organization = _records(kept.get("Organization"))
    sandbox = organization[0].get("IsSandbox") is True if organization else connection.is_sandbox
    return OrgFacts(
        connection.org_id, sandbox, _closed(_records(kept.get("TaskStatus"))), describes
    )


def _records(fact: Fact | None) -> list[Mapping[str, Json]]:
    body = fact.body if fact is not None else None
    return (
        [cast(Mapping[str, Json], row) for row in body if isinstance(row, dict)]
        if isinstance(body, list)
        else []
    )


def _closed(statuses: list[Mapping[str, Json]]) -> str | None:
    """The org's own closed status: “Completed” where there is one, else the default among the
    closed, else the first by name (§5.4: several may be closed, and none need be called so)."""
    closed = {
        str(row.get("ApiName") or row.get("MasterLabel")): row
        for row in statuses
        if row.get("IsClosed") is True
    }
    if "Completed" in closed:
        return "Completed"
    default = [name for name, row in closed.items() if row.get("IsDefault") is True]
    return next(iter(default + sorted(closed)), None)
