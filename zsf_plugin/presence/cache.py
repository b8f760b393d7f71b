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
        asked = set(names)
        facts = self._store.facts(org_id, asked) if asked else {}
        now = self._clock.now()
        fresh: dict[str, CachedFinding] = {}
        for name, fact in facts.items():
            finding = _finding(fact.body)
            if 0 <= now - fact.fetched_at < _max_age_s(finding):
                fresh[name] = CachedFinding(finding, fact.fetched_at)
        return fresh

    def keep(self, org_id: str, found: Mapping[str, Finding]) -> None:
        """Keep what was found out now; once an hour, forget what is too old."""
        now = self._clock.now()
        facts: dict[str, Fact] = {}
        for name, finding in found.items():
            facts[name] = Fact(_body(finding), now)
        self._store.save_facts(org_id, facts)
        if now - self._cleared_at >= EXISTS_AGE_S:
            self._cleared_at = now
            self._store.forget_facts(org_id, _PREFIX, now - EXISTS_AGE_S)


def _max_age_s(finding: Finding) -> float:
    return EXISTS_AGE_S if finding.exists else MISSING_AGE_S


def _body(finding: Finding) -> Json:
    return [_row(finding.person), _row(finding.company)]


def _row(seen: Sighting) -> Json:
    return [seen.status, seen.object, seen.id, seen.several]


def _finding(body: Json) -> Finding:
    rows = body if isinstance(body, list) else []
    person, company = map(_sighting, rows)
    return Finding(person, company)


def _sighting(row: Json) -> Sighting:
    return Sighting(*row) if isinstance(row, list) else Sighting("unknown")
