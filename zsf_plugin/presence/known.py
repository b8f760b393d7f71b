"""What is known of search results without a call: by our links, by the answers kept in the store
for a while, and by what we created since. Asks no org.

A cached answer is named by a digest: neither a person's id nor an address becomes a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
from zsf_plugin.presence.search import Wanted

_PREFIX = "badge:"
#: Records are rarely deleted; new ones come every minute, and ours are seen at once
#: (`created_since`).
EXISTS_AGE_S = 3600.0
MISSING_AGE_S = 600.0


@dataclass(frozen=True, slots=True)
class CachedFinding:
    """What was found out, and when (seconds since 1970)."""

    finding: ResultPresence
    at: float

    def is_fresh(self, now: float) -> bool:
        """Whether it is young enough to be believed."""
        max_age_s = EXISTS_AGE_S if self.finding.exists else MISSING_AGE_S
        return 0 <= now - self.at < max_age_s


def cache_name(workspace: str, plan: Plan) -> str:
    """The name of a result's cached answer: equal for equal values under equal rules."""
    text = f"{workspace}\x1f{plan.digest}"
    return _PREFIX + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class BadgeCache:
    """What was found out, in one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cleared_at = 0.0

    def fresh(self, org_id: str, names: Iterable[str]) -> dict[str, CachedFinding]:
        """What is known of those names whose answer is young enough."""
        now = self._clock.now()
        cached = self._stored(org_id, set(names))
        return {name: one for name, one in cached.items() if one.is_fresh(now)}

    def _stored(self, org_id: str, names: set[str]) -> dict[str, CachedFinding]:
        """What is known of those names, however old."""
        facts = self._store.facts(org_id, names) if names else {}
        return {name: _cached(fact) for name, fact in facts.items()}

    def keep(self, org_id: str, found: Mapping[str, ResultPresence]) -> None:
        """Keep what was found out now; once an hour, forget what is too old."""
        now = self._clock.now()
        self._store.save_facts(org_id, _facts(found, now))
        if now - self._cleared_at >= EXISTS_AGE_S:
            self._clear(org_id, now)

    def _clear(self, org_id: str, now: float) -> None:
        """Forget what is too old."""
        self._cleared_at = now
        self._store.forget_facts(org_id, _PREFIX, now - EXISTS_AGE_S)


def _facts(found: Mapping[str, ResultPresence], now: float) -> dict[str, Fact]:
    return {name: Fact(_body(finding), now) for name, finding in found.items()}


def _body(finding: ResultPresence) -> Json:
    return [_row(finding.person), _row(finding.company)]


def _row(seen: Presence) -> Json:
    return [seen.status, seen.object, seen.id, seen.several]


def _cached(fact: Fact) -> CachedFinding:
    return CachedFinding(_finding(fact.body), fact.fetched_at)


def _finding(body: Json) -> ResultPresence:
    person, company = map(_sighting, body if isinstance(body, list) else [])
    return ResultPresence(person, company)


def _sighting(row: Json) -> Presence:
    return Presence(*row) if isinstance(row, list) else Presence("unknown")


def learn_from_links(wanted: Wanted, store: Store) -> None:
    """Take in what our own links say."""
    plans = wanted.plans
    links = store.links(wanted.search.workspace, _link_keys(plans.values()))
    found = {result_id: _by_links(plan, links) for result_id, plan in plans.items()}
    wanted.search.learn(found, "link")


def _link_keys(plans: Iterable[Plan]) -> set[LinkKey]:
    return {key for plan in plans for key in plan.links}


def cached_findings(wanted: Wanted, cache: BadgeCache) -> dict[str, CachedFinding]:
    """What the cache still knows, by result id."""
    known = cache.fresh(wanted.connection.org_id, wanted.names.values())
    return {id_: known[name] for id_, name in wanted.names.items() if name in known}


def missing_since(cached: Mapping[str, CachedFinding]) -> float | None:
    """The earliest moment (seconds since 1970) at which one of these was missing, or None."""
    moments = [one.at for one in cached.values() if not one.finding.exists]
    return min(moments, default=None)


def created_world(created: Iterable[JournalLine], facts: OrgFacts) -> World:
    """The world of the records that we created."""
    records = [Record(line.object, line.record_id, line.after) for line in created]
    return World(facts).with_records(records)


def learn_from_cache(
    wanted: Wanted, cached: Mapping[str, CachedFinding], created: World | None
) -> None:
    """Take in what the cache knows; a record that we created since turns its badge at once."""
    for result_id, one in cached.items():
        found = _with_creations(wanted.plans[result_id], one.finding, created)
        wanted.search.learn({result_id: found}, *_known_by(one, found))
    wanted.search.mark_unknown("no_key", cached)


def _known_by(cached: CachedFinding, found: ResultPresence) -> tuple[KnownBy, float | None]:
    """By what the person is known and since when: by our own write, else by looking."""
    if found.person != cached.finding.person:
        return "our_write", None
    return "looking", cached.at


def _with_creations(plan: Plan, known: ResultPresence, created: World | None) -> ResultPresence:
    """What is known, with what was missing looked for among the records that we created."""
    if created is None or known.exists:
        return known
    return with_newly_created(plan, known, created)


def _by_links(plan: Plan, links: Mapping[LinkKey, Link]) -> ResultPresence:
    return ResultPresence(_linked(plan, "Lead", links), _linked(plan, "Account", links))


def _linked(plan: Plan, object_: str, links: Mapping[LinkKey, Link]) -> Presence:
    """What our own link says of the person or the company."""
    target = plan.targets.get(object_)
    return linked_presence(links.get(target.link) if target is not None else None)
