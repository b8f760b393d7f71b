"""Users by e-mail, cached: active Standard ones, addressed as the host knows them
(salesforce-api.md §5.6).

Asks nothing itself, and keeps no address as a name: a cached answer is named by the digest of its
address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from zsf_plugin.model.describe import Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.text import one_line
from zsf_plugin.model.world import Lookup
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fact, Store

_FOUND_S = 3600.0
_MISSING_S = 600.0
_PREFIX = "user:"
_SANDBOX_ENDING = ".invalid"


class UserCache:
    """Who owns what: asked once an hour; that there is nobody, once in ten minutes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def known(
        self, org_id: str, lookups: Iterable[Lookup], columns: Sequence[str]
    ) -> tuple[list[Record], list[Lookup]]:
        """(users already known with all of those columns, lookups still to be asked)."""
        found: dict[str, Record] = {}
        asking = []
        for lookup in lookups:
            rows = self._fresh(org_id, lookup) if _by_email(lookup) else None
            if rows is None or not all(name in row.values for row in rows for name in columns):
                asking.append(lookup)
            else:
                found |= {row.id: row for row in rows}
        return list(found.values()), asking

    def learn(
        self, org_id: str, lookups: Sequence[Lookup], records: Iterable[Record]
    ) -> list[Record]:
        """Keep what the org answered, and give it with each address as the host knows it."""
        asked = {_email(lookup) for lookup in lookups if _by_email(lookup)}
        users = [_as_the_host_knows(record, asked) for record in records]
        by_email: dict[str, list[Json]] = {email: [] for email in asked}
        for user in users:
            by_email.get(str(user.values.get("Email")).casefold(), []).append(
                {**user.values, "Id": user.id}
            )
        for email, rows in by_email.items():
            self._store.save_fact(org_id, _name(email), Fact(rows, self._clock.now()))
        return users

    def forget(self, org_id: str) -> None:
        """Believe nothing of what is known: somebody was deactivated since."""
        self._store.forget_facts(org_id, _PREFIX, float("inf"))

    def _fresh(self, org_id: str, lookup: Lookup) -> list[Record] | None:
        """The cached answer, or None where there is none that is young enough."""
        fact = self._store.fact(org_id, _name(_email(lookup)))
        if fact is None or not isinstance(fact.body, list):
            return None
        fresh = _FOUND_S if fact.body else _MISSING_S
        if self._clock.now() - fact.fetched_at >= fresh:
            return None
        return [Record("User", str(row["Id"]), row) for row in fact.body if isinstance(row, dict)]


def _by_email(lookup: Lookup) -> bool:
    return len(lookup.parts) == 1 and lookup.parts[0][0] == "Email"


def _email(lookup: Lookup) -> str:
    return one_line(lookup.parts[0][2]).casefold()


def _name(email: str) -> str:
    return _PREFIX + hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()


def _as_the_host_knows(record: Record, asked: set[str]) -> Record:
    """The address without a sandbox's ending, where that is what was asked for."""
    email = str(record.values.get("Email") or "")
    plain = email.removesuffix(_SANDBOX_ENDING)
    known = plain if email.casefold() not in asked and plain.casefold() in asked else email
    return Record("User", record.id, {**record.values, "Email": known})
