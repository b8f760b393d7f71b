"""Remembers the columns by which an org refuses to search, so that the next batch does not pay for
them again.

Kept in the store for each connected user, under the describe's fingerprint: they count while the
object's describe stays as it is, no person has held entries retried, and for an hour at most, since
a permission may change without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.model import Json
from zsf_plugin.ports import ASKED_AGAIN, Clock, Fact
from zsf_plugin.salesforce.session import SalesforceSession

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_NAME = "refused_columns:"
#: As long as describes are cached.
MAX_AGE_S = 3600.0


@dataclass(frozen=True, slots=True)
class KnownColumns:
    """The columns that count as refused (`lookup_queries.columns_key`), with the code of the
    refusal, and when each was refused (seconds since 1970).

    `asked_count` is how often people had asked again by then, `asked_at` when they last did.
    """

    codes: dict[str, str] = field(default_factory=dict)
    refused_at: Mapping[str, float] = field(default_factory=dict)
    asked_count: Json = None
    asked_at: float = 0.0


class RefusedColumnCache:
    """The refused columns of an org, as its connected user may search it, in the store."""

    def __init__(self, session: SalesforceSession, store: Store, clock: Clock) -> None:
        self._session = session
        self._store = store
        self._clock = clock

    def known(self, org_id: str) -> KnownColumns:
        """The columns that count as refused. Makes no call."""
        name = _NAME + self._session.connection().user_id
        asked, fact = self._store.fact(org_id, ASKED_AGAIN), self._store.fact(org_id, name)
        asked_count, asked_at = (asked.body, asked.fetched_at) if asked is not None else (None, 0.0)
        codes: dict[str, str] = {}
        refused_at: dict[str, float] = {}
        body = fact.body if fact is not None else None
        columns = body.get("columns") if isinstance(body, dict) else None
        if (
            isinstance(body, dict)
            and isinstance(columns, dict)
            and body.get("asked") == asked_count
        ):
            now = self._clock.now()
            for key, refusal in columns.items():
                code, at = refusal if isinstance(refusal, list) else (None, None)
                if isinstance(at, (int, float)) and 0 <= now - at < MAX_AGE_S:
                    codes[key], refused_at[key] = str(code), at
        return KnownColumns(codes, refused_at, asked_count, asked_at)

    def save(self, org_id: str, known: KnownColumns, columns: Mapping[str, str]) -> None:
        """Store all refused columns: those that were not `known` as refused now."""
        now = self._clock.now()
        refusals: dict[str, Json] = {}
        for key, code in columns.items():
            refusals[key] = [code, known.refused_at.get(key, now)]
        body: dict[str, Json] = {"asked": known.asked_count, "columns": refusals}
        name = _NAME + self._session.connection().user_id
        self._store.save_fact(org_id, name, Fact(body, now))
