"""What is known of search results without a call: from our links, from cached answers, and from the
records that we created since. Makes no API call.

A cached answer's name is a digest, so it contains neither a person's id nor an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.decision.presence import linked_presence, with_newly_created
from zsf_plugin.model import (
    Json,
    KnownBy,
    Link,
    LinkKey,
    OrgFacts,
    Plan,
    Presence,
    Record,
    ResultPresence,
    World,
)
from zsf_plugin.ports import Clock, Fact, JournalLine, Store
from zsf_plugin.presence.search import PendingResults

_PREFIX = "badge:"
#: Records are rarely deleted, so "exists" lasts longer. New ones appear all the time; our own count
#: at once (`created_since`).
MAX_EXISTS_AGE_S = 3600.0
MAX_MISSING_AGE_S = 600.0
#: The one reason for an unknown person that is cached with the answer.
_UNASKED: Literal["not_askable"] = "not_askable"


@dataclass(frozen=True, slots=True)
class CachedFinding:
    """A finding, and when it was made (seconds since 1970)."""

    finding: ResultPresence
    at: float

    def is_fresh(self, now: float) -> bool:
        """Whether it is recent enough to use."""
        max_age_s = MAX_EXISTS_AGE_S if self.finding.exists else MAX_MISSING_AGE_S
        return 0 <= now - self.at < max_age_s


def cache_name(org_id: str, workspace: str, plan: Plan) -> str:
    """The name of a result's cached answer, equal for equal values under equal rules in one
    org."""
    text = f"{org_id}\x1f{workspace}\x1f{plan.digest}"
    return _PREFIX + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class BadgeCache:
    """Cached findings, in one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cleared_at = 0.0

    def fresh(self, org_id: str, names: Iterable[str]) -> dict[str, CachedFinding]:
        """The findings for those names that are recent enough."""
        now = self._clock.now()
        cached = self._stored(org_id, set(names))
        return {name: one for name, one in cached.items() if one.is_fresh(now)}

    def _stored(self, org_id: str, names: set[str]) -> dict[str, CachedFinding]:
        """The findings for those names, of any age."""
        facts = self._store.facts(org_id, names) if names else {}
        return {name: _cached(fact) for name, fact in facts.items()}

    def store_findings(self, org_id: str, found: Mapping[str, ResultPresence]) -> None:
        """Store what was found now; once an hour, delete what is too old."""
        now = self._clock.now()
        self._store.save_facts(org_id, _facts(found, now))
        if now - self._cleared_at >= MAX_EXISTS_AGE_S:
            self._clear(org_id, now)

    def _clear(self, org_id: str, now: float) -> None:
        """Delete what is too old."""
        self._cleared_at = now
        self._store.forget_facts(org_id, _PREFIX, now - MAX_EXISTS_AGE_S)


def _facts(found: Mapping[str, ResultPresence], now: float) -> dict[str, Fact]:
    return {name: Fact(_body(finding), now) for name, finding in found.items()}


def _body(finding: ResultPresence) -> Json:
    return [_row(finding.person), _row(finding.company), finding.why]


def _row(found: Presence) -> Json:
    return [found.status, found.object, found.id, found.several]


def _cached(fact: Fact) -> CachedFinding:
    return CachedFinding(_finding(fact.body), fact.fetched_at)


def _finding(body: Json) -> ResultPresence:
    rows = body if isinstance(body, list) else []
    person, company = map(_presence, rows[:2])
    is_unasked = _UNASKED in rows[2:]
    return ResultPresence(person, company, why=_UNASKED if is_unasked else None)


def _presence(row: Json) -> Presence:
    return Presence(*row) if isinstance(row, list) else Presence("unknown")


def learn_from_links(pending: PendingResults, store: Store) -> None:
    """Apply our own links."""
    plans = pending.plans
    connection = pending.connection
    keys = _link_keys(plans.values())
    links = store.links(connection.workspace, connection.org_id, keys)
    found = {result_id: _by_links(plan, links) for result_id, plan in plans.items()}
    pending.search.learn(found, "link")


def _link_keys(plans: Iterable[Plan]) -> set[LinkKey]:
    return {key for plan in plans for key in plan.links}


def cached_findings(pending: PendingResults, cache: BadgeCache) -> dict[str, CachedFinding]:
    """The recent cached findings, by result id."""
    known = cache.fresh(pending.connection.org_id, pending.names.values())
    return {id_: known[name] for id_, name in pending.names.items() if name in known}


def missing_since(cached: Mapping[str, CachedFinding]) -> float | None:
    """The earliest time (seconds since 1970) at which one of these was missing, or None."""
    moments = [one.at for one in cached.values() if not one.finding.exists]
    return min(moments, default=None)


def created_world(created: Iterable[JournalLine], facts: OrgFacts) -> World:
    """The world of the records that we created."""
    records = [Record(line.object, line.record_id, line.after) for line in created]
    return World(facts).with_records(records)


def learn_from_cache(
    pending: PendingResults, cached: Mapping[str, CachedFinding], created: World | None
) -> None:
    """Apply cached findings; a record that we created since changes its badge at once."""
    for result_id, one in cached.items():
        found = _with_creations(pending.plans[result_id], one.finding, created)
        pending.search.learn({result_id: found}, *_known_by(one, found))
    pending.search.mark_unknown("no_key", cached)


def _known_by(cached: CachedFinding, found: ResultPresence) -> tuple[KnownBy, float | None]:
    """How the person is known and since when: from our own write, else from a lookup."""
    if found.person != cached.finding.person:
        return "our_write", None
    return "looking", cached.at


def _with_creations(plan: Plan, known: ResultPresence, created: World | None) -> ResultPresence:
    """The finding, with missing records looked up among those that we created."""
    if created is None or known.exists:
        return known
    return with_newly_created(plan, known, created)


def _by_links(plan: Plan, links: Mapping[LinkKey, Link]) -> ResultPresence:
    return ResultPresence(_linked(plan, "Lead", links), _linked(plan, "Account", links))


def _linked(plan: Plan, object_: str, links: Mapping[LinkKey, Link]) -> Presence:
    """The presence of the person or company according to our link."""
    target = plan.targets.get(object_)
    return linked_presence(links.get(target.link) if target is not None else None)
