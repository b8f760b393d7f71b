"""Finds records: packs lookups into queries, and asks again where the org, or something on the way
to it, refuses one.

Compares nothing. `lookup_queries` builds the statements, `querying` runs them, `narrowing` decides
what follows from a refusal, `users` caches users.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from zsf_plugin.errors import GatewayRefused, Unavailable
from zsf_plugin.model import Lookup, LookupAnswers, Record, RecordKey
from zsf_plugin.ports import Purpose
from zsf_plugin.salesforce import answers, bisection, lookup_queries, narrowing, querying
from zsf_plugin.salesforce.facts import FactCache
from zsf_plugin.salesforce.refused_columns import RefusedColumnCache
from zsf_plugin.salesforce.session import SalesforceSession
from zsf_plugin.salesforce.users import UserCache

#: A field or object of the describe is gone or hidden now: describe again, before narrowing down
#: (§9 trap 33).
_VANISHED = frozenset({"INVALID_FIELD", "INVALID_TYPE"})
#: So many lookups refused alone by a gateway that lets none through: it refuses searching as such.
_MAX_REFUSED_ALONE = 4
#: Requests of one `find` that a gateway may refuse.
_MAX_REFUSED = 200
#: How long to wait for a gateway that refuses to search.
_NO_SEARCH_DELAY_S = 900.0


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
        try:
            refusals = querying.run_queries(self._session, packed.queries, purpose, found)
        except GatewayRefused as error:
            refusals = self._in_parts(error, packed.queries, narrower, purpose, found)
        if refusals or packed.undescribed:
            self._narrow(narrower, refusals, purpose, found)
            if narrower.has_learned:
                self._refused.save(facts.org_id, refused_before, narrower.columns)
        if refused:
            answered = [lookup for lookup in unanswered if lookup not in refused]
        records = self._users.learn(facts.org_id, answered, list(found.values()))
        return LookupAnswers(known + records, refused, frozenset(packed.by_usual_forms))

    def _narrow(
        self,
        narrower: narrowing.Narrower,
        refusals: querying.Refusals,
        purpose: Purpose,
        found: dict[RecordKey, Record],
    ) -> None:
        """Run other queries instead of the refused ones, until `narrower` has the lookups that the
        org refuses for good."""
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
                refusals = querying.run_queries(self._session, following, purpose, found)
            except GatewayRefused as error:
                refusals = self._in_parts(error, following, narrower, purpose, found)
                families = _alone(refusals)

    def _in_parts(
        self,
        error: GatewayRefused,
        queries: Sequence[lookup_queries.LookupQuery],
        narrower: narrowing.Narrower,
        purpose: Purpose,
        found: dict[RecordKey, Record],
    ) -> querying.Refusals:
        """Ask in parts for what a gateway refused to pass, until the lookups that it refuses are
        alone; return the queries that the org refuses. Raises the gateway's error if it is an
        outage, and for badges, which are not worth the calls; Unavailable if it lets no search
        through, or too few."""
        if purpose == "badges" or not self._session.reaches_salesforce():
            raise error
        refusals: querying.Refusals = []
        alone = got_through = refused = 0

        def passes(part: Sequence[Lookup]) -> bool:
            nonlocal alone, got_through, refused
            try:
                smaller = narrower.packed(part)
                refusals.extend(querying.run_queries(self._session, smaller, purpose, found))
            except GatewayRefused:
                alone, refused = alone + (len(part) == 1), refused + 1
                if (alone >= _MAX_REFUSED_ALONE and not got_through) or refused > _MAX_REFUSED:
                    status = {"status": error.status}
                    raise Unavailable("gateway_searches", _NO_SEARCH_DELAY_S, status) from error
                narrower.refuse_at_gateway(part)
                return False
            got_through += 1
            return True

        lookups = list(chain.from_iterable(query.lookups for query in queries))
        bisection.send_in_parts(lookups, passes)
        return refusals


def _alone(refusals: querying.Refusals) -> list[narrowing.Family]:
    """The refused queries, none a part of another."""
    return [[query] for query, _ in refusals]
