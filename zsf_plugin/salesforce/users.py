"""A cache of active Standard users by e-mail, with the address as the host knows it, and by id
(salesforce-api.md §5.6).

Makes no calls. No address is a key in the store: the key of a cached answer is the digest of its
address, or the user's id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from zsf_plugin.model import Json, Lookup, Record
from zsf_plugin.model.text import one_line
from zsf_plugin.ports import MAX_CLOCK_SKEW_S, Clock, Fact

if TYPE_CHECKING:
    from zsf_plugin.ports import Store

_MAX_FOUND_AGE_S = 3600.0
_MAX_MISSING_AGE_S = 600.0
_PREFIX = "user:"
_BY_ID = f"{_PREFIX}id:"
_SANDBOX_SUFFIX = ".invalid"


class UserCache:
    """Users by e-mail or id. A found user is cached for an hour, a missing one for ten minutes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def known(
        self,
        org_id: str,
        lookups: Sequence[Lookup],
        columns: Sequence[str],
        asked_at: float = 0.0,
    ) -> tuple[list[Record], list[Lookup]]:
        """(cached users with all of those columns, lookups that need the org).

        Lookups of other objects are among the latter. What was cached before a person asked again,
        at `asked_at` (seconds since 1970), counts no more.
        """
        users: dict[str, Record] = {}
        unanswered = []
        now = self._clock.now()
        since = asked_at if asked_at <= now + MAX_CLOCK_SKEW_S else 0.0
        for lookup in lookups:
            name = _name_of_answer(lookup)
            rows = self._fresh(org_id, name, columns, since) if name is not None else None
            if rows is None:
                unanswered.append(lookup)
                continue
            for row in rows:
                users[row.id] = row
        return list(users.values()), unanswered

    def learn(
        self, org_id: str, lookups: Sequence[Lookup], records: Sequence[Record]
    ) -> list[Record]:
        """Cache the org's answer to those lookups.

        Returns all records; users have the address as the host knows it.
        """
        answers: dict[str, list[Json]] = {}
        for lookup in lookups:
            name = _name_of_answer(lookup)
            if name is not None:
                answers[name] = []
        learned = []
        now = self._clock.now()
        by_id: dict[str, Fact] = {}
        for record in records:
            if record.object == "User":
                record = _as_host_knows(record, answers)
                row = {**record.values, "Id": record.id}
                by_id[_BY_ID + record.id] = Fact(row, now)
                same = answers.get(_name_by_email(_email_of(record)))
                if same is not None:
                    same.append(row)
            learned.append(record)
        facts: dict[str, Fact] = {}
        for name, rows in answers.items():
            facts[name] = Fact(rows, now)
        facts |= by_id
        if facts:
            self._store.save_facts(org_id, facts)
        return learned

    def by_id(self, org_id: str, ids: Collection[str]) -> Mapping[str, Record]:
        """The cached users with these ids, of any age, by id."""
        facts = self._store.facts(org_id, [_BY_ID + user_id for user_id in ids])
        rows = [fact.body for fact in facts.values() if isinstance(fact.body, dict)]
        return {str(row["Id"]): Record("User", str(row["Id"]), row) for row in rows}

    def forget(self, org_id: str) -> None:
        """Drop all cached users: one of them turned out to be inactive."""
        self._store.forget_facts(org_id, _PREFIX, float("inf"))

    def _fresh(
        self, org_id: str, name: str, columns: Sequence[str], since: float
    ) -> list[Record] | None:
        """The cached answer; None if it is missing, too old, from before `since`, or lacks one of
        those columns."""
        fact = self._store.fact(org_id, name)
        found = fact.body if fact is not None else None
        found = [found] if isinstance(found, dict) else found
        if fact is None or not isinstance(found, list):
            return None
        max_age_s = _MAX_FOUND_AGE_S if found else _MAX_MISSING_AGE_S
        age_s = self._clock.now() - fact.fetched_at
        if not -MAX_CLOCK_SKEW_S <= age_s < max_age_s or fact.fetched_at < since:
            return None
        users = []
        for row in found:
            if not isinstance(row, dict) or not row.keys() >= set(columns):
                return None
            users.append(Record("User", str(row["Id"]), row))
        return users


def _name_of_answer(lookup: Lookup) -> str | None:
    """The name under which the answer to a lookup of a user is cached; None for another lookup."""
    if lookup.object != "User" or len(lookup.parts) != 1:
        return None
    ((field, _, value),) = lookup.parts
    if field == "Id":
        return _BY_ID + value
    return _name_by_email(one_line(value).casefold()) if field == "Email" else None


def _name_by_email(email: str) -> str:
    """That of the lookup by an address, case-folded."""
    return _PREFIX + hashlib.sha256(email.encode()).hexdigest()


def _as_host_knows(user: Record, answers: Collection[str]) -> Record:
    """The user without a sandbox's suffix, unless a lookup, of those whose answers have these
    names, asked with it."""
    email = str(user.values.get("Email") or "")
    plain = email.removesuffix(_SANDBOX_SUFFIX)
    asked_plain = _name_by_email(plain.casefold()) in answers
    if _name_by_email(email.casefold()) in answers or not asked_plain:
        plain = email
    return Record("User", user.id, {**user.values, "Email": plain})


def _email_of(user: Record) -> str:
    return str(user.values["Email"]).casefold()
