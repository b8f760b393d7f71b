"""Facts of the org, cached: in the process, then in the store, then revalidated (salesforce-api.md §3.11).

Cold or once a day: one call for everything. Hourly: one call that asks only for what changed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import cast

from cachetools import TTLCache, cachedmethod

from zsf_plugin.errors import ReconnectRequired, Rejected
from zsf_plugin.model.describe import ObjectDescribe, OrgFacts
from zsf_plugin.model.json import Json
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fact, Store
from zsf_plugin.salesforce import composites, describe, soql
from zsf_plugin.salesforce.answers import result_of
from zsf_plugin.salesforce.composites import Sub, SubAnswer
from zsf_plugin.salesforce.session import Session

OBJECTS = ("Lead", "Contact", "Account", "Task", "User")
_FRESH_S = 3600.0
_WHOLE_S = 24 * 3600.0
_STATUSES = "SELECT ApiName, MasterLabel, IsClosed, IsDefault FROM TaskStatus"
_ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
_QUERIES = {"TaskStatus": _STATUSES, "Organization": _ORGANIZATION}


class FactCache:
    """The facts of one workspace's org, as its connected user sees them."""

    def __init__(self, session: Session, store: Store, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._clock = clock
        self._cache: TTLCache[object, OrgFacts] = TTLCache(maxsize=4, ttl=_FRESH_S, timer=clock.now)
        self._condition = threading.Condition()

    def facts(self, *, refresh: bool = False) -> OrgFacts:
        """The facts; `refresh` asks the org anew, in full."""
        if refresh:
            with self._condition:
                self._cache.clear()
            self._fetch(whole=True)
        return self._cached(self._session.connection().org_id)

    @cachedmethod(lambda self: self._cache, condition=lambda self: self._condition)
    def _cached(self, org_id: str) -> OrgFacts:
        """One look at the store (or the org) for all threads that wait for it."""
        kept = self._kept(org_id)
        oldest = min((fact.fetched_at for fact in kept.values()), default=0.0)
        complete = all(name in kept for name in (*OBJECTS, *_QUERIES))
        if not complete or self._clock.now() - oldest >= _FRESH_S:
            whole = not complete or self._clock.now() - self._whole_at(org_id) >= _WHOLE_S
            self._fetch(whole=whole)
            kept = self._kept(org_id)
        return _facts(org_id, kept)

    def _kept(self, org_id: str) -> dict[str, Fact]:
        user = self._session.connection().user_id
        kept = {name: self._store.fact(org_id, f"{user}:{name}") for name in (*OBJECTS, *_QUERIES)}
        return {name: fact for name, fact in kept.items() if fact is not None}

    def _whole_at(self, org_id: str) -> float:
        fact = self._store.fact(org_id, f"{self._session.connection().user_id}:whole")
        return fact.fetched_at if fact is not None else 0.0

    def _fetch(self, *, whole: bool) -> None:
        """Ask the org in one call; field security may change without a new date, so now and then in full."""
        connection = self._session.connection()
        kept = {} if whole else self._kept(connection.org_id)
        subs = [_describe_sub(name, kept.get(name)) for name in OBJECTS]
        subs += [Sub(name, "GET", f"/query?q={soql.encoded(text)}") for name, text in _QUERIES.items()]
        body = composites.request(subs, connection.api_version)
        answer = self._session.call("POST", "/composite", "upkeep", body=body)
        found = composites.answers(result_of(answer, writes=False), subs, writes=False)
        now = self._clock.now()
        for name in OBJECTS:
            self._keep(f"{connection.user_id}:{name}", _describe_fact(found[name], kept.get(name), now))
        for name in _QUERIES:
            self._keep(f"{connection.user_id}:{name}", Fact(_rows(found[name]), now))
        if whole:
            self._keep(f"{connection.user_id}:whole", Fact(None, now))

    def _keep(self, name: str, fact: Fact) -> None:
        self._store.save_fact(self._session.connection().org_id, name, fact)


def _describe_sub(name: str, kept: Fact | None) -> Sub:
    unchanged = {"If-Modified-Since": kept.last_modified} if kept is not None and kept.last_modified else {}
    return Sub(name, "GET", f"/sobjects/{name}/describe", headers=unchanged)


def _describe_fact(answer: SubAnswer, kept: Fact | None, now: float) -> Fact:
    """The describe to keep: the new one, the old one where it has not changed, none where the object is hidden."""
    if answer.status == 304 and kept is not None:
        return Fact(kept.body, now, kept.last_modified)
    if answer.status == 404:
        return Fact(None, now)
    body = answer.result(writes=False)
    slim = describe.slim(body) if isinstance(body, dict) else None
    return Fact(slim, now, answer.headers.get("last-modified"))


def _rows(answer: SubAnswer) -> Json:
    """A query's records; none where the connected user may not ask."""
    try:
        body = answer.result(writes=False)
    except (Rejected, ReconnectRequired):
        return []
    records = body.get("records") if isinstance(body, dict) else None
    return records if isinstance(records, list) else []


def _facts(org_id: str, kept: Mapping[str, Fact]) -> OrgFacts:
    describes: dict[str, ObjectDescribe] = {}
    for name in OBJECTS:
        body = kept[name].body if name in kept else None
        if isinstance(body, dict):
            describes[name] = describe.parse(body)
    organization = _records(kept.get("Organization"))
    sandbox = bool(organization) and organization[0].get("IsSandbox") is True
    return OrgFacts(org_id, sandbox, _closed(_records(kept.get("TaskStatus"))), describes)


def _records(fact: Fact | None) -> list[Mapping[str, Json]]:
    body = fact.body if fact is not None else None
    return [cast(Mapping[str, Json], row) for row in body if isinstance(row, dict)] if isinstance(body, list) else []


def _closed(statuses: list[Mapping[str, Json]]) -> str | None:
    """The org's own closed status: “Completed” where there is one, else the default among the closed, else the first
    by name (§5.4: several may be closed, and none need be called so)."""
    closed = [row for row in statuses if row.get("IsClosed") is True]
    named = [str(row.get("ApiName") or row.get("MasterLabel")) for row in closed]
    if "Completed" in named:
        return "Completed"
    default = [str(row.get("ApiName")) for row in closed if row.get("IsDefault") is True]
    return next(iter(default + sorted(named)), None)
