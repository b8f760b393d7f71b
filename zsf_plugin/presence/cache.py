"""What was found out about search results, kept in the store for a while. Decides nothing, asks no
org.

A cached answer is named by a digest: neither a person's id nor an address becomes a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zsf_plugin.model import Finding, Json, Plan, Sighting
from zsf_plugin.ports import Clock, Fact, Store

_PREFIX = "badge:"
#: Records are rarely deleted; new ones come every minute, and ours are seen at once
#: (`created_since`).
EXISTS_AGE_S = 3600.0
MISSING_AGE_S = 600.0


@dataclass(frozen=True, slots=True)
class CachedFinding:
    """What was found out, and when (seconds since 1970)."""

    finding: Finding
    at: float

    def is_fresh(self, now: float) -> bool:
        """Whether it is young enough to be believed."""
        max_age_s = EXISTS_AGE_S if self.finding.exists else MISSING_AGE_S
        return 0 <= now - self.at < max_age_s


def name_of(workspace: str, plan: Plan) -> str:
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

    def keep(self, org_id: str, found: Mapping[str, Finding]) -> None:
        """Keep what was found out now; once an hour, forget what is too old."""
        now = self._clock.now()
        self._store.save_facts(org_id, _facts(found, now))
        if now - self._cleared_at >= EXISTS_AGE_S:
            self._clear(org_id, now)

    def _clear(self, org_id: str, now: float) -> None:
        """Forget what is too old."""
        self._cleared_at = now
        self._store.forget_facts(org_id, _PREFIX, now - EXISTS_AGE_S)


def _facts(found: Mapping[str, Finding], now: float) -> dict[str, Fact]:
    return {name: Fact(_body(finding), now) for name, finding in found.items()}


def _body(finding: Finding) -> Json:
    return [_row(finding.person), _row(finding.company)]


def _row(seen: Sighting) -> Json:
    return [seen.status, seen.object, seen.id, seen.several]


def _cached(fact: Fact) -> CachedFinding:
    return CachedFinding(_finding(fact.body), fact.fetched_at)


def _finding(body: Json) -> Finding:
    person, company = map(_sighting, body if isinstance(body, list) else [])
    return Finding(person, company)


def _sighting(row: Json) -> Sighting:
    return Sighting(*row) if isinstance(row, list) else Sighting("unknown")
