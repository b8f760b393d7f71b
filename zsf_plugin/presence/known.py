"""What is known of search results without a call: by our links, by the cache, and by what we
created since the cache was filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zsf_plugin.decision.presence import linked, newly_created
from zsf_plugin.model import UNSEEN, Finding, Link, LinkKey, OrgFacts, Plan, Record, World
from zsf_plugin.ports import JournalLine, Store
from zsf_plugin.presence.cache import BadgeCache, CachedFinding
from zsf_plugin.presence.search import Wanted


def learn_from_links(wanted: Wanted, store: Store) -> None:
    """Take in what our own links say."""
    keys: set[LinkKey] = set()
    for plan in wanted.plans.values():
        for target in plan.targets.values():
            keys.add(target.link)
    links = store.links(wanted.search.workspace, keys)
    for result_id, plan in wanted.plans.items():
        wanted.search.learn({result_id: _by_links(plan, links)}, "link")


def cached_findings(wanted: Wanted, cache: BadgeCache) -> dict[str, CachedFinding]:
    """What the cache still knows, by result id."""
    by_name = cache.fresh(wanted.connection.org_id, wanted.names.values())
    cached: dict[str, CachedFinding] = {}
    for result_id, name in wanted.names.items():
        if name in by_name:
            cached[result_id] = by_name[name]
    return cached


def missing_since(cached: Mapping[str, CachedFinding]) -> float | None:
    """The earliest moment (seconds since 1970) at which one of these was missing, or None."""
    moments = [one.at for one in cached.values() if not one.finding.exists]
    return min(moments, default=None)


def created_world(created: Iterable[JournalLine], facts: OrgFacts) -> World:
    """The world of the records that we created."""
    records = []
    for line in created:
        records.append(Record(line.object, line.record_id, line.after))
    return World(facts).with_records(records)


def learn_from_cache(
    wanted: Wanted, cached: Mapping[str, CachedFinding], created: World | None
) -> None:
    """Take in what the cache knows; a record that we created since turns its badge at once."""
    for result_id, one in cached.items():
        known = one.finding
        found = known
        if created is not None and not known.exists:
            found = newly_created(wanted.plans[result_id], known, created)
        if found.person != known.person:
            wanted.search.learn({result_id: found}, "our_write")
        else:
            wanted.search.learn({result_id: found}, "looking", one.at)
    wanted.search.mark_unknown("no_key", cached)


def _by_links(plan: Plan, links: Mapping[LinkKey, Link]) -> Finding:
    person = linked(links.get(plan.targets["Lead"].link))
    account = plan.targets.get("Account")
    company = linked(links.get(account.link)) if account is not None else UNSEEN
    return Finding(person, company)
