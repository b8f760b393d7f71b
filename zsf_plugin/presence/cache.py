"""What was found out about search results, kept in the store for a while. Decides nothing, asks no
org.

A cached answer is named by a digest: neither a person's id nor an address becomes a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from zsf_plugin.model.badge import Finding, Sighting
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import Plan
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fact, Store

_PREFIX = "badge:"
#: Records are rarely deleted; new ones come every minute, and ours are seen at once
#: (`created_since`).
_EXISTS_S = 3600.0
_MISSING_S = 600.0


def name_of(workspace: str, plan: Plan) -> str:
    """The name of a result's cached answer: equal for equal values under equal rules."""
    return (
        _PREFIX
        + hashlib.sha256(
            f"{workspace}\x1f{plan.digest}".encode("utf-8", "surrogatepass")
        ).hexdigest()
    )


class BadgeCache:
    """What was found out, in one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cleared_at = 0.0

    def fresh(self, org_id: str, names: Collection[str]) -> dict[str, tuple[Finding, float]]:
        """(finding, when it was found out) of those names whose answer is young enough."""
        found = {
            name: (_finding(fact.body), fact.fetched_at)
            for name, fact in self._facts(org_id, names).items()
        }
        now = self._clock.now()
        return {
            name: (known, at)
            for name, (known, at) in found.items()
            if 0 <= now - at < _lasts(known)
        }

    def keep(self, org_id: str, found: Mapping[str, Finding]) -> None:
        """Keep what was found out now; once an hour, forget what is too old."""
        now = self._clock.now()
        self._store.save_facts(
            org_id, {name: Fact(_body(known), now) for name, known in found.items()}
        )
        if now - self._cleared_at >= _EXISTS_S:
            self._cleared_at = now
            self._store.forget_facts(org_id, _PREFIX, now - _EXISTS_S)

    def _facts(self, org_id: str, names: Collection[str]) -> Mapping[str, Fact]:
        return self._store.facts(org_id, names) if names else {}


def _lasts(known: Finding) -> float:
    return _EXISTS_S if known.exists else _MISSING_S


def _body(known: Finding) -> Json:
    return [
        [seen.status, seen.object, seen.id, seen.several] for seen in (known.person, known.company)
    ]


def _finding(body: Json) -> Finding:
    rows = body if isinstance(body, list) else []
    person, company = (
        Sighting(*row) if isinstance(row, list) else Sighting("unknown") for row in rows
    )
    return Finding(person, company)
