"""Users by e-mail, cached: active Standard ones, addressed as the host knows them
(salesforce-api.md §5.6).

Asks nothing itself, and keeps no address as a name: a cached answer is named by the digest of its
address.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence

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
            asked = _asked(lookup)
            rows = self._fresh(org_id, asked[1], columns) if asked is not None else None
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
        names = dict(filter(None, map(_asked, lookups)))
        rows: defaultdict[str, list[Json]] = defaultdict(list)
        learned = []
        for record in records:
            if record.object == "User":
                record = _as_host_knows(record, names)
                rows[_email_of(record)].append({**record.values, "Id": record.id})
            learned.append(record)
        for email, name in names.items():
            self._store.save_fact(org_id, name, Fact(rows[email], self._clock.now()))
        return learned

    def forget(self, org_id: str) -> None:
        """Believe nothing of what is known: somebody was deactivated since."""
        self._store.forget_facts(org_id, _PREFIX, float("inf"))

    def _fresh(self, org_id: str, name: str, columns: Sequence[str]) -> list[Record] | None:
        """The cached answer; None where there is none young enough, with all those columns."""
        fact = self._store.fact(org_id, name)
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


def _asked(lookup: Lookup) -> tuple[str, str] | None:
    """(address by which a user is looked for, case-folded; name of the cached answer); None for
    another kind of lookup."""
    if lookup.object != "User" or len(lookup.parts) != 1 or lookup.parts[0][0] != "Email":
        return None
    email = one_line(lookup.parts[0][2]).casefold()
    return email, _PREFIX + hashlib.sha256(email.encode()).hexdigest()


def _as_host_knows(user: Record, asked: Collection[str]) -> Record:
    """The user without a sandbox's ending, where that is what was asked for."""
    email = str(user.values.get("Email") or "")
    plain = email.removesuffix(_SANDBOX_ENDING)
    if email.casefold() in asked or plain.casefold() not in asked:
        plain = email
    return Record("User", user.id, {**user.values, "Email": plain})


def _email_of(user: Record) -> str:
    return str(user.values["Email"]).casefold()
