"""Users by e-mail, cached: active Standard ones, addressed as the host knows them
(salesforce-api.md §5.6).

Asks nothing itself, and keeps no address as a name: a cached answer is named by the digest of its
address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from zsf_plugin.model import Json, Lookup, Record
from zsf_plugin.model.text import one_line
from zsf_plugin.ports import Clock, Fact, Store

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
        self, org_id: str, lookups: Sequence[Lookup], columns: Sequence[str]
    ) -> tuple[list[Record], list[Lookup]]:
        """(users already known with all of those columns, lookups still to be asked).

        Lookups of other objects are among the latter.
        """
        users: dict[str, Record] = {}
        unanswered = []
        for lookup in lookups:
            email = _email_asked(lookup)
            rows = None if email is None else self._fresh(org_id, email, columns)
            if rows is None:
                unanswered.append(lookup)
                continue
            for row in rows:
                users[row.id] = row
        return list(users.values()), unanswered

    def learn(
        self, org_id: str, lookups: Sequence[Lookup], records: Sequence[Record]
    ) -> list[Record]:
        """Keep what the org answered to those lookups of users.

        Returns all records, the users among them with each address as the host knows it.
        """
        rows_by_email: dict[str, list[Json]] = {}
        for lookup in lookups:
            email = _email_asked(lookup)
            if email is not None:
                rows_by_email[email] = []
        learned = []
        for record in records:
            is_user = record.object == "User"
            learned.append(_as_host_knows(record, rows_by_email) if is_user else record)
        for email, rows in rows_by_email.items():
            self._store.save_fact(org_id, _name(email), Fact(rows, self._clock.now()))
        return learned

    def forget(self, org_id: str) -> None:
        """Believe nothing of what is known: somebody was deactivated since."""
        self._store.forget_facts(org_id, _PREFIX, float("inf"))

    def _fresh(self, org_id: str, email: str, columns: Sequence[str]) -> list[Record] | None:
        """The cached answer; None where there is none young enough, with all those columns."""
        fact = self._store.fact(org_id, _name(email))
        if fact is None or not isinstance(fact.body, list):
            return None
        max_age_s = _FOUND_S if fact.body else _MISSING_S
        if self._clock.now() - fact.fetched_at >= max_age_s:
            return None
        users = []
        for row in fact.body:
            if not isinstance(row, dict) or not row.keys() >= set(columns):
                return None
            users.append(Record("User", str(row["Id"]), row))
        return users


def _email_asked(lookup: Lookup) -> str | None:
    """The address by which a user is looked for, case-folded; None for another kind of lookup."""
    if lookup.object != "User" or len(lookup.parts) != 1:
        return None
    field, _, value = lookup.parts[0]
    return one_line(value).casefold() if field == "Email" else None


def _name(email: str) -> str:
    return _PREFIX + hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()


def _as_host_knows(record: Record, asked: Mapping[str, list[Json]]) -> Record:
    """The user without a sandbox's ending, where that is what was asked for; added to `asked`."""
    known = _as_asked(str(record.values.get("Email") or ""), asked)
    user = Record("User", record.id, {**record.values, "Email": known})
    rows = asked.get(known.casefold())
    if rows is not None:
        rows.append({**user.values, "Id": user.id})
    return user


def _as_asked(email: str, asked: Collection[str]) -> str:
    """The address, less a sandbox's ending where it was asked for without."""
    plain = email.removesuffix(_SANDBOX_ENDING)
    return plain if email.casefold() not in asked and plain.casefold() in asked else email
