"""Users by e-mail, cached: active Standard ones, addressed as the host knows them (salesforce-api.md §5.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from zsf_plugin.model.describe import Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.world import Lookup
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Fact, Store

_FOUND_S = 3600.0
_MISSING_S = 600.0
_SANDBOX_ENDING = ".invalid"


class UserCache:
    """Who owns what: asked once an hour; that there is nobody, once in ten minutes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def known(self, org_id: str, lookups: Iterable[Lookup]) -> tuple[list[Record], list[Lookup]]:
        """(users already known, lookups still to be asked)."""
        found: dict[str, Record] = {}
        asking = []
        for lookup in lookups:
            fact = self._store.fact(org_id, _name(lookup))
            rows = fact.body if fact is not None and isinstance(fact.body, list) else []
            fresh = _FOUND_S if rows else _MISSING_S
            if fact is None or self._clock.now() - fact.fetched_at >= fresh:
                asking.append(lookup)
            else:
                found |= {record.id: record for record in map(_record, rows) if record is not None}
        return list(found.values()), asking

    def learn(self, org_id: str, lookups: Sequence[Lookup], records: Iterable[Record]) -> list[Record]:
        """Keep what the org answered, and give it with each address as the host knows it."""
        users = [_as_the_host_knows(record) for record in records]
        for lookup in lookups:
            email = lookup.parts[0][2].casefold()
            mine: list[Json] = [
                {"Id": u.id, **u.values} for u in users if str(u.values.get("Email")).casefold() == email
            ]
            self._store.save_fact(org_id, _name(lookup), Fact(mine, self._clock.now()))
        return users


def _name(lookup: Lookup) -> str:
    """The cache's name of an address: its digest, so that no address is a key."""
    return "user:" + hashlib.sha256(lookup.parts[0][2].casefold().encode("utf-8", "replace")).hexdigest()[:32]


def _record(row: Json) -> Record | None:
    return Record("User", str(row["Id"]), row) if isinstance(row, dict) else None


def _as_the_host_knows(record: Record) -> Record:
    email = str(record.values.get("Email") or "")
    return Record("User", record.id, {**record.values, "Email": email.removesuffix(_SANDBOX_ENDING)})
