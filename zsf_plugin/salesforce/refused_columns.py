"""Remembers the columns by which an org refuses to search, so that the next batch does not pay for
them again.

Kept in the store under the describe's fingerprint: they count while the object's describe stays as
it is, and for an hour at most, since a permission may change without it.
"""

from __future__ import annotations

from zsf_plugin.model import Json
from zsf_plugin.ports import Clock, Fact, Store

_NAME = "refused_columns"
#: As long as describes are cached.
MAX_AGE_S = 3600.0


class RefusedColumnCache:
    """The refused columns of every org, in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def known(self, org_id: str) -> dict[str, str]:
        """The columns that count as refused (`lookup_queries.columns_key`), with the code of the
        refusal. Makes no call."""
        fact = self._store.fact(org_id, _NAME)
        if fact is None or not 0 <= self._clock.now() - fact.fetched_at < MAX_AGE_S:
            return {}
        body = fact.body if isinstance(fact.body, dict) else {}
        return {key: str(code) for key, code in body.items()}

    def save(self, org_id: str, columns: dict[str, str]) -> None:
        """Store all refused columns, as learned now."""
        body: dict[str, Json] = {**columns}
        self._store.save_fact(org_id, _NAME, Fact(body, self._clock.now()))
