"""Fetches, parses and caches the facts of an org (salesforce-api.md §3.11).

Facts are the describes of the objects we use, the Task statuses, and whether it is a sandbox. They
are cached in the process and in the store. With an empty cache, once a day, and once a person had
held entries retried, one call fetches everything; hourly, one call fetches what changed. `describe`
parses describes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from cachetools import LRUCache, TTLCache, cachedmethod

from zsf_plugin.errors import GatewayRefused, Log, Rejected, Unavailable
from zsf_plugin.model import Connection, Json, KnownFacts, ObjectDescribe, OrgFacts
from zsf_plugin.ports import (
    ASKED_AGAIN,
    MAX_CLOCK_SKEW_S,
    STAMP,
    Clock,
    Fact,
    describes_name,
    describes_stamp,
)
from zsf_plugin.salesforce import (
    addresses,
    answers,
    composites,
    describe,
    headers,
    record_types,
    soql,
)
from zsf_plugin.salesforce.session import SalesforceSession

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_log = Log("zsf_plugin.salesforce")

_MAX_AGE_S = 3600.0
#: A change of field-level security may not change a describe's date, so it is fetched in full daily
#: (§3.11).
_FULL_FETCH_PERIOD_S = 24 * 3600.0
#: How long threads that waited for the same fetch share its result.
_SHARED_FETCH_TTL_S = 60.0

#: How long to wait for a gateway that refuses to describe: first, doubled each time, and at most.
_REFUSED_DELAY_S = 900.0
_MAX_REFUSED_DELAY_S = 4 * 3600.0

OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
_STATUSES = "SELECT ApiName, MasterLabel, IsClosed, IsDefault FROM TaskStatus"
_ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
_QUERIES = {"TaskStatus": _STATUSES, "Organization": _ORGANIZATION}
#: The names of an org's facts.
NAMES = (*OBJECTS, *_QUERIES)
#: The fact about the connected user, who owns what is created without an owner.
_CONNECTED_USER = "ConnectedUser"
#: The fact with what each record type offers, read in full fetches only.
_RECORD_TYPES = "RecordTypes"
#: Errors of a describe if the object is hidden from the connected user.
_HIDDEN = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"})


class FactCache:
    """The facts of one workspace's org, as its connected user sees them.

    One row of the store, the stamp, has the time of the last fetch. It is read each time, so that
    what another process fetched is used here at once, and parsed only if it is new.
    """

    def __init__(
        self,
        session: SalesforceSession,
        store: Store,
        clock: Clock,
        on_fetched: Callable[[Connection, KnownFacts], None] | None = None,
    ) -> None:
        """`on_fetched` is called after each fetch; it must raise nothing."""
        self._session = session
        self._store = store
        self._clock = clock
        self._on_fetched = on_fetched
        self._parsed_facts: LRUCache[object, OrgFacts] = LRUCache(maxsize=2)
        self._fetches: TTLCache[object, float] = TTLCache(
            maxsize=2, ttl=_SHARED_FETCH_TTL_S, timer=clock.monotonic
        )
        self._parsing = threading.Lock()
        self._fetching = threading.Condition()
        self._times_refused = 0

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        """The facts. `refresh` fetches all of them again; `thorough` does if they were last fetched
        in full an hour ago. Raises as `Crm.facts`."""
        connection = self._session.connection()
        stamp = self._stamp(connection)
        asked = self._store.fact(connection.org_id, ASKED_AGAIN)
        asked_count = asked.body if asked is not None else None
        now = self._clock.now()  # what was fetched later than now, a clock that was ahead stored
        is_old = stamp is None or not -MAX_CLOCK_SKEW_S <= now - stamp.fetched_at < _MAX_AGE_S
        if thorough:
            is_old = is_old or not 0 <= now - _read_in_full_at(stamp) < _MAX_AGE_S
        if asked_count is not None:
            is_old = is_old or asked_count != _count_of(stamp)
        if refresh:
            at = self._fetch(connection, asked_count, whole=True)
        elif stamp is None or is_old:
            since = stamp.fetched_at if stamp is not None else None
            at = self._renew(connection, since, asked_count, thorough=thorough)
        else:
            at = stamp.fetched_at
        return self._parsed(connection, at)

    def known(self, connection: Connection) -> KnownFacts | None:
        """The facts as last fetched, of any age; None if they never were. Makes no call."""
        at = self.read_at(connection)
        return KnownFacts(self._parsed(connection, at), at) if at is not None else None

    def read_at(self, connection: Connection) -> float | None:
        """When the facts were last fetched; None if they never were. Makes no call, parses
        nothing."""
        stamp = self._stamp(connection)
        if stamp and stamp.fetched_at:
            return stamp.fetched_at
        return self._fetched_at(connection)  # expired

    def _fetched_at(self, connection: Connection) -> float | None:
        """When the newest fact was fetched."""
        moments = [fact.fetched_at for fact in self._stored(connection).values()]
        return max(moments, default=None)

    def expire(self) -> None:
        """Make the next use fetch everything, once a minute at most: a refusal showed that the
        facts are out of date."""
        connection = self._session.connection()
        name = describes_stamp(connection.user_id)
        self._store.save_fact(connection.org_id, name, Fact(None, 0.0))

    @cachedmethod(
        lambda self: self._fetches,
        key=lambda _, connection, since, asked_count, **__: (
            connection.org_id,
            connection.user_id,
            since,
            asked_count,
        ),
        condition=lambda self: self._fetching,
    )
    def _renew(
        self,
        connection: Connection,
        since: float | None,  # noqa: ARG002 - a key
        asked_count: Json,
        *,
        thorough: bool = False,
    ) -> float:
        """One fetch for all threads that found the facts of that time too old, or read before a
        person asked again."""
        stamp = self._stamp(connection)
        now = self._clock.now()
        is_old = not 0 <= now - _read_in_full_at(stamp) < _FULL_FETCH_PERIOD_S
        is_asked = asked_count is not None and asked_count != _count_of(stamp)
        return self._fetch(connection, asked_count, whole=thorough or is_old or is_asked)

    def _parsed(self, connection: Connection, at: float) -> OrgFacts:
        """The facts fetched at that time, parsed by one thread for all."""
        key = (connection.org_id, connection.user_id, at)
        with self._parsing:
            if key not in self._parsed_facts:
                stored = self._stored(connection)
                self._parsed_facts[key] = org_facts(connection, stored)
            return self._parsed_facts[key]

    def _fetch(self, connection: Connection, asked_count: Json, *, whole: bool) -> float:
        """Fetch the facts in one call, store them, and return the time. `asked_count`: how often
        people had asked again before the call."""
        before = self._stored(connection)
        read = request_for({} if whole else before, connection.user_id)
        types = None if whole or _RECORD_TYPES not in before else before[_RECORD_TYPES].body
        layouts = record_types.requests() if whole else {}
        layouts |= record_types.requests_by_type(_bodies(before), types)
        read = composites.Composite({**read.subrequests, **layouts})
        try:
            body = self._answer_to(read)
            responses = composites.parse_composite(body, read.subrequests, writes=False)
            now = self._clock.now()
            fresh = fresh_facts(responses, before, now)
            if layouts:
                fresh[_RECORD_TYPES] = Fact(record_types.offered_in(responses, types), now)
        except Rejected as error:
            raise answers.unexpected_refusal(error) from error
        return self._save(connection, fresh, now, asked_count, whole=whole)

    def _answer_to(self, read: composites.Composite) -> Json:
        """The body of the answer; pages may come from an address that is no longer the org's, which
        would never be left if the first call of a drain met nothing but them.

        Raises Unavailable for ever longer if a gateway refuses this call alone."""
        found: Literal["moved", "answers", "silent"] | None = None
        while True:
            try:
                answer = self._session.call(read, "upkeep")
                body = answers.result_of(answer, writes=False)
                if not isinstance(body, dict) or "compositeResponse" not in body:
                    raise GatewayRefused(answer.status, "json")
            except GatewayRefused as error:
                if found == "answers":
                    raise self._refused_alone(error.status) from error
                if found is not None:
                    raise
                found = self._session.after_pages()
                if found == "silent":
                    raise
            else:
                self._times_refused = 0
                return body

    def _refused_alone(self, status: int) -> Unavailable:
        """The error of a gateway that refuses the describes while it lets a small read through."""
        delay_s = min(_REFUSED_DELAY_S * 2**self._times_refused, _MAX_REFUSED_DELAY_S)
        self._times_refused += 1
        return Unavailable("gateway_describes", delay_s, {"status": status})

    def _save(
        self,
        connection: Connection,
        fresh: Mapping[str, Fact],
        now: float,
        asked_count: Json,
        *,
        whole: bool,
    ) -> float:
        """Store the facts and their stamp at once: whoever sees it also sees them."""
        stamp = self._stamp(connection)
        whole_at = now if whole or stamp is None else _read_in_full_at(stamp)
        stamped = {**fresh, STAMP: Fact([whole_at, asked_count], now)}
        user = connection.user_id
        facts = {describes_name(user, name): fact for name, fact in stamped.items()}
        self._store.save_facts(connection.org_id, facts)
        _log.info(
            "fetched the describes of org %s, %s",
            connection.org_id,
            "in full" if whole else "what changed",
        )
        if self._on_fetched is not None:
            self._on_fetched(connection, KnownFacts(self._parsed(connection, now), now))
        return now

    def _stored(self, connection: Connection) -> dict[str, Fact]:
        """What is stored of the org's facts, by name, in one read."""
        user = connection.user_id
        names = {
            describes_name(user, name): name for name in (*NAMES, _CONNECTED_USER, _RECORD_TYPES)
        }
        stored = self._store.facts(connection.org_id, names.keys())
        return {names[stored_name]: fact for stored_name, fact in stored.items()}

    def _stamp(self, connection: Connection) -> Fact | None:
        name = describes_stamp(connection.user_id)
        return self._store.fact(connection.org_id, name)


def _bodies(stored: Mapping[str, Fact]) -> dict[str, Json]:
    """The stored facts without their times."""
    return {name: fact.body for name, fact in stored.items()}


def _read_in_full_at(stamp: Fact | None) -> float:
    """When all facts were last fetched in full; 0 if unknown."""
    body = stamp.body if stamp is not None else None
    at = body[0] if isinstance(body, list) and body else body  # older files have the number alone
    return float(at) if isinstance(at, (int, float)) else 0.0


def _count_of(stamp: Fact | None) -> Json:
    """How often people had asked again before the last fetch; None if never."""
    body = stamp.body if stamp is not None else None
    return body[1] if isinstance(body, list) and len(body) > 1 else None


def request_for(known: Mapping[str, Fact], user_id: str) -> composites.Composite:
    """The one call for all facts; describes that are `known` only if they changed."""
    reads = {}
    for name in OBJECTS:
        last_modified = known[name].last_modified if name in known else None
        unchanged = headers.if_modified_since(last_modified)
        reads[name] = composites.RestRequest("GET", addresses.describe(name), headers=unchanged)
    for name, statement in _QUERIES.items():
        reads[name] = composites.RestRequest("GET", addresses.query(statement))
    by_id = soql.where(["TimeZoneSidKey"], "User", [soql.equal("Id", user_id)])
    reads[_CONNECTED_USER] = composites.RestRequest("GET", addresses.query(by_id))
    return composites.Composite(reads)


def fresh_facts(
    responses: Mapping[str, composites.SubResponse], before: Mapping[str, Fact], now: float
) -> dict[str, Fact]:
    """The facts to store, by name, fetched at `now` (seconds since 1970).

    Raises the error of a refused describe, unless the object is hidden from the connected user.
    """
    fresh = {}
    for name in OBJECTS:
        fresh[name] = _describe_fact(responses[name], before.get(name), now)
    fresh |= {name: Fact(_rows(responses[name]), now) for name in _QUERIES}
    with suppress(Unavailable, KeyError):  # a zone is not worth doing without the rest
        fresh[_CONNECTED_USER] = Fact(_rows(responses[_CONNECTED_USER]), now)
    return fresh


def org_facts(connection: Connection, stored: Mapping[str, Fact]) -> OrgFacts:
    """The parsed facts; an object without a describe is absent."""
    describes: dict[str, ObjectDescribe] = {}
    types = stored[_RECORD_TYPES].body if _RECORD_TYPES in stored else None
    for name in OBJECTS:
        body = stored[name].body if name in stored else None
        if isinstance(body, dict):
            describes[name] = describe.parse_describe(body, record_types.offers(types, name))
    is_sandbox = _is_sandbox(stored, connection.is_sandbox)
    closed = closed_status(_stored_rows(stored, "TaskStatus"))
    zones = [row.get("TimeZoneSidKey") for row in _stored_rows(stored, _CONNECTED_USER)]
    zone = zones[0] if zones and isinstance(zones[0], str) else None
    return OrgFacts(connection.org_id, is_sandbox, closed, describes, zone)


def _is_sandbox(stored: Mapping[str, Fact], as_connected: bool) -> bool:
    """What the org reports, else what was known when it was connected."""
    rows = _stored_rows(stored, "Organization")
    return rows[-1].get("IsSandbox") is True if rows else as_connected


def closed_status(statuses: Sequence[Mapping[str, Json]]) -> str | None:
    """The org's closed status: “Completed” if it exists, else the default among the closed ones,
    else the first by name (§5.4: several may be closed, under any name)."""
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
    """The describe to store: the new one, the old one if it has not changed, none if the object is
    hidden."""
    if response.status == 304 and before is not None:
        return Fact(before.body, now, before.last_modified)
    try:
        body = response.result(writes=False)
    except Rejected as error:
        if error.code not in _HIDDEN:
            raise
        return Fact(None, now)
    if not isinstance(body, dict) or not answers.objects_in(body, "fields"):
        # a hidden object has no describe at all
        raise Unavailable("unreadable", data={"status": response.status})
    with_gone = describe.with_gone(
        describe.slim(body), before.body if before is not None else None, now
    )
    return Fact(with_gone, now, response.headers.get("last-modified"))


def _rows(response: composites.SubResponse) -> Json:
    """A query's rows; none if the connected user has no access. Raises Unavailable for a response
    without rows."""
    try:
        body = response.result(writes=False)
    except Rejected:
        return []
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise Unavailable("no_records")
    return [dict(row) for row in answers.objects_in(body, "records")]


def _stored_rows(stored: Mapping[str, Fact], name: str) -> list[Mapping[str, Json]]:
    return answers.objects_in({name: stored[name].body}, name) if name in stored else []
