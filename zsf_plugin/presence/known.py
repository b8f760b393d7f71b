"""What is known of search results without a call: by our links, by the cache, and by what we
created since the cache was filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zsf_plugin.decision.presence import linked, newly_created
from zsf_plugin.model import (
    Finding,
    KnownBy,
    Link,
    LinkKey,
    OrgFacts,
    Plan,
    Record,
    Sighting,
    World,
)
from zsf_plugin.ports import JournalLine, Store
from zsf_plugin.presence.cache import BadgeCache, CachedFinding
from zsf_plugin.presence.search import Wanted


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


def _known_by(cached: CachedFinding, found: Finding) -> tuple[KnownBy, float | None]:
    """By what the person is known and since when: by our own write, else by looking."""
    if found.person != cached.finding.person:
        return "our_write", None
    return "looking", cached.at


def _with_creations(plan: Plan, known: Finding, created: World | None) -> Finding:
    """What is known, with what was missing looked for among the records that we created."""
    if created is None or known.exists:
        return known
    return newly_created(plan, known, created)


def _by_links(plan: Plan, links: Mapping[LinkKey, Link]) -> Finding:
    return Finding(_linked(plan, "Lead", links), _linked(plan, "Account", links))


def _linked(plan: Plan, object_: str, links: Mapping[LinkKey, Link]) -> Sighting:
    """What our own link says of the person or the company."""
    target = plan.targets.get(object_)
    return linked(links.get(target.link) if target is not None else None)
