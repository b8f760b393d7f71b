"""Facts of the org: what is asked to know it, what its answers say, and how long that is believed
(salesforce-api.md §3.11).

Describes of the objects we read, the Task statuses, and whether it is a sandbox. Cached in the
process, then in the store, then revalidated. Cold or once a day: one call for everything. Hourly:
one call that asks only for what changed. How a describe is read is for `describe`; nothing is
decided by the facts here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from cachetools import LRUCache, TTLCache, cachedmethod

from zsf_plugin.errors import Rejected
from zsf_plugin.model import Connection, Json, KnownFacts, ObjectDescribe, OrgFacts
from zsf_plugin.ports import Clock, Fact, Store
from zsf_plugin.salesforce import addresses, answers, composites, describe, headers
from zsf_plugin.salesforce.session import SalesforceSession

_log = logging.getLogger("zsf_plugin.salesforce")

_MAX_AGE_S = 3600.0
#: A change of field security may leave a describe's date as it was: daily it is asked for in full
#: (§3.11).
_FULL_FETCH_PERIOD_S = 24 * 3600.0
#: How long a fetch answers those who asked for the same one while it ran.
_SHARED_FETCH_S = 60.0

OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
_STATUSES = "SELECT ApiName, MasterLabel, IsClosed, IsDefault FROM TaskStatus"
_ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
_QUERIES = {"TaskStatus": _STATUSES, "Organization": _ORGANIZATION}
#: The facts of an org by name.
NAMES = (*OBJECTS, *_QUERIES)
#: What an object's describe answers where the connected user may not see it.
_HIDDEN = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"})


class FactCache:
    """The facts of one workspace's org, as its connected user sees them.

    One row of the store, the stamp, says when they were last confirmed. Every reading looks at it,
    so what another process fetched is seen here at once, and costs a parse only when it is new.
    """

    def __init__(self, session: SalesforceSession, store: Store, clock: Clock) -> None:
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
        return max(moments, default=None)

    def expire(self) -> None:
        """Have the next look ask in full, once a minute at most: a refusal showed that something
        has changed."""
        self._save_fact(self._session.connection(), "stamp", Fact(None, 0.0))

    @cachedmethod(
        lambda self: self._fetches,
        key=lambda _, connection, since: (connection.org_id, connection.user_id, since),
        condition=lambda self: self._fetching,
    )
    def _renew(self, connection: Connection, since: float | None) -> float:  # noqa: ARG002 - a key
        """One fetch for all threads that found the facts of that moment too old."""
        age_s = self._clock.now() - _read_in_full_at(self._fact(connection, "stamp"))
        return self._fetch(connection, whole=age_s >= _FULL_FETCH_PERIOD_S)

    def _parsed(self, connection: Connection, at: float) -> OrgFacts:
        """The facts as stored then, parsed by one thread for all."""
        key = (connection.org_id, connection.user_id, at)
        with self._parsing:
            if key not in self._parsed_facts:
                stored = self._stored(connection)
                self._parsed_facts[key] = org_facts(connection, stored)
            return self._parsed_facts[key]

    def _fetch(self, connection: Connection, *, whole: bool) -> float:
        """Ask the org in one call, keep what it says, and return when that was."""
        before = self._stored(connection)
        read = read_of({} if whole else before)
        try:
            answer = self._session.call(read, "upkeep")
            body = answers.result_of(answer, writes=False)
            responses = composites.parse_composite(body, read.subrequests, writes=False)
            now = self._clock.now()
            fresh = fresh_facts(responses, before, now)
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
        return {name: fact for name in NAMES if (fact := self._fact(connection, name)) is not None}

    def _fact(self, connection: Connection, name: str) -> Fact | None:
        """A fact as stored: for one user, since describes differ by user (§3.11)."""
        return self._store.fact(connection.org_id, f"describe:{connection.user_id}:{name}")

    def _save_fact(self, connection: Connection, name: str, fact: Fact) -> None:
        self._store.save_fact(connection.org_id, f"describe:{connection.user_id}:{name}", fact)


def _read_in_full_at(stamp: Fact | None) -> float:
    """When all facts were last asked for, changed or not; 0 where that is not known."""
    return stamp.body if stamp and isinstance(stamp.body, (int, float)) else 0.0


def read_of(known: Mapping[str, Fact]) -> composites.Composite:
    """The one call for all facts; of describes that are `known`, only for what changed since."""
    reads = {}
    for name in OBJECTS:
        last_modified = known[name].last_modified if name in known else None
        unchanged = headers.if_modified_since(last_modified)
        reads[name] = composites.RestRequest("GET", addresses.describe(name), headers=unchanged)
    for name, statement in _QUERIES.items():
        reads[name] = composites.RestRequest("GET", addresses.query(statement))
    return composites.Composite(reads)


def fresh_facts(
    responses: Mapping[str, composites.SubResponse], before: Mapping[str, Fact], now: float
) -> dict[str, Fact]:
    """The facts to keep, by name, as read at `now` (seconds since 1970).

    Raises what a refused describe stands for, unless the object is hidden from the connected user.
    """
    fresh = {}
    for name in OBJECTS:
        fresh[name] = _describe_fact(responses[name], before.get(name), now)
    return fresh | {name: Fact(_rows(responses[name]), now) for name in _QUERIES}


def org_facts(connection: Connection, stored: Mapping[str, Fact]) -> OrgFacts:
    """What the facts say; an object without a describe is absent."""
    describes: dict[str, ObjectDescribe] = {}
    for name in OBJECTS:
        body = stored[name].body if name in stored else None
        if isinstance(body, dict):
            describes[name] = describe.parse_describe(body)
    is_sandbox = _is_sandbox(stored, connection.is_sandbox)
    closed = closed_status(_stored_rows(stored, "TaskStatus"))
    return OrgFacts(connection.org_id, is_sandbox, closed, describes)


def _is_sandbox(stored: Mapping[str, Fact], as_connected: bool) -> bool:
    """What the org says of itself, else what was known when it was connected."""
    rows = _stored_rows(stored, "Organization")
    return rows[-1].get("IsSandbox") is True if rows else as_connected


def closed_status(statuses: Sequence[Mapping[str, Json]]) -> str | None:
    """The org's own closed status: “Completed” where there is one, else the default among the
    closed, else the first by name (§5.4: several may be closed, and none need be called so)."""
    closed = []
    default = None
    for row in statuses:
        if row.get("IsClosed") is not True:
            continue
        closed.append(_status_name(row))
        if default is None and row.get("IsDefault") is True:
            default = closed[-1]
    if "Completed" in closed:
        return "Completed"
    return default or min(closed, default=None)


def _status_name(row: Mapping[str, Json]) -> str:
    return str(row.get("ApiName") or row.get("MasterLabel"))


def _describe_fact(response: composites.SubResponse, before: Fact | None, now: float) -> Fact:
    """The describe to keep: the new one, the old one where it has not changed, none where the
    object is hidden."""
    if response.status == 304 and before is not None:
        return Fact(before.body, now, before.last_modified)
    try:
        body = response.result(writes=False)
    except Rejected as error:
        if error.code not in _HIDDEN:
            raise
        return Fact(None, now)
    slim = describe.slim(body) if isinstance(body, dict) else None
    with_gone = describe.with_gone(slim, before.body if before is not None else None, now)
    return Fact(with_gone, now, response.headers.get("last-modified"))


def _rows(response: composites.SubResponse) -> Json:
    """A query's rows; none where the connected user may not ask."""
    try:
        return [dict(row) for row in answers.objects_in(response.result(writes=False), "records")]
    except Rejected:
        return []


def _stored_rows(stored: Mapping[str, Fact], name: str) -> list[Mapping[str, Json]]:
    return answers.objects_in({name: stored[name].body}, name) if name in stored else []
