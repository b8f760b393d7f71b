"""Finds records: packs lookups into queries, and asks again where the org, or something on the way
to it, refuses one.

Compares nothing. `lookup_queries` builds the statements, `querying` runs them, `narrowing` decides
what follows from a refusal, `users` caches users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from zsf_plugin.errors import Unavailable
from zsf_plugin.model import Lookup, LookupAnswers, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import answers, gateways, lookup_queries, narrowing, querying
from zsf_plugin.salesforce.facts import FactCache
from zsf_plugin.salesforce.refused_columns import RefusedColumnCache
from zsf_plugin.salesforce.searches_in_parts import SearchInParts
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.users import UserCache

#: A field or object of the describe is gone or hidden now: describe again, before narrowing down
#: (§9 trap 33).
_VANISHED = frozenset({"INVALID_FIELD", "INVALID_TYPE"})


class Finder:
    """Answers lookups from the user cache and from the org."""

    def __init__(
        self,
        session: SalesforceSession,
        facts: FactCache,
        users: UserCache,
        refused: RefusedColumnCache,
    ) -> None:
        self._session = session
        self._facts = facts
        self._users = users
        self._refused = refused

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> LookupAnswers:
        """The records that the lookups find, each once, and the lookups that the org refuses for
        good. Raises as `Crm.find`.

        A refused statement is narrowed down to the columns, and then to the lookups, that the org
        refuses. Refused columns are remembered (`refused_columns`).
        """
        if not lookups:
            return LookupAnswers()
        facts = self._facts.facts()
        wanted = lookup_queries.columns("User", select.get("User", ()), facts)
        refused_before = self._refused.known(facts.org_id)
        columns, asked_at = refused_before.codes, refused_before.asked_at
        known, unanswered = self._users.known(facts.org_id, lookups, wanted, asked_at)
        packed = lookup_queries.build_queries(unanswered, select, facts, columns)
        found: dict[RecordKey, Record] = {}
        answered, refused = unanswered, packed.refused
        narrower = narrowing.Narrower(
            facts, select, columns, refused, packed.undescribed, packed.by_usual_forms
        )
        parts = SearchInParts(self._session, narrower, purpose, found)
        try:
            refusals = querying.run_queries(self._session, packed.queries, purpose, found)
            self._session.searches_put_off = 0
        except Unavailable as error:
            refusals = self._in_parts(error, packed.queries, parts)
        if refusals or packed.undescribed:
            self._narrow(parts, refusals)
        if narrower.has_learned:
            self._refused.save(facts.org_id, refused_before, narrower.columns)
        if refused:
            answered = [lookup for lookup in unanswered if lookup not in refused]
        records = self._users.learn(facts.org_id, answered, list(found.values()))
        return LookupAnswers(known + records, refused, frozenset(packed.by_usual_forms))

    def _narrow(self, parts: SearchInParts, refusals: querying.Refusals) -> None:
        """Run other queries instead of the refused ones, until the narrower has the lookups that
        the org refuses for good."""
        narrower, purpose = parts.narrower, parts.purpose
        families = _alone(refusals)
        is_refreshed = False
        while True:
            codes = {error.code for _, error in refusals}
            for _, error in refusals if purpose == "badges" else ():
                if error.code in querying.TOO_LARGE:
                    # badges are not worth the calls of smaller statements
                    raise answers.unexpected_refusal(error) from error
            if not is_refreshed and (narrower.undescribed or not _VANISHED.isdisjoint(codes)):
                is_refreshed = True
                narrower.facts = self._facts.facts(refresh=True)
            families = narrower.narrowed(families, refusals)
            if not families:
                break
            following = list(chain.from_iterable(families))
            try:
                refusals = querying.run_queries(self._session, following, purpose, parts.found)
            except Unavailable as error:
                refusals = self._in_parts(error, following, parts)
                families = _alone(refusals)

    def _in_parts(
        self,
        error: Unavailable,
        queries: Sequence[lookup_queries.LookupQuery],
        parts: SearchInParts,
    ) -> querying.Refusals:
        """Ask in parts for what a gateway refused to pass; return the queries that the org refuses.
        Raises the error if it is no such refusal, or an outage."""
        status = gateways.status_of_refusal(error)
        if error.put_off is not None:
            self._session.searches_put_off += 1
        may_pass = self._session.searches_put_off < gateways.MAX_PUT_OFF
        if status is None or (error.put_off is not None and may_pass):
            raise error
        return parts.after(error, status, queries)


def _alone(refusals: querying.Refusals) -> list[narrowing.Family]:
    """The refused queries, none a part of another."""
    return [[query] for query, _ in refusals]
