"""Finding: packed questions sent by composite, pages followed (salesforce-api.md §3.6, §3.12).
Compares nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zsf_plugin.errors import Rejected
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.json import Json
from zsf_plugin.model.world import Lookup
from zsf_plugin.ports.crm import Purpose
from zsf_plugin.salesforce import addresses, composites
from zsf_plugin.salesforce.answers import puzzled, result_of
from zsf_plugin.salesforce.composites import MOST_HEAVY, Sub
from zsf_plugin.salesforce.facts import FactCache
from zsf_plugin.salesforce.ids import long_id
from zsf_plugin.salesforce.questions import Question, columns, pack
from zsf_plugin.salesforce.session import Session
from zsf_plugin.salesforce.users import UserCache

#: A field or object that was there when described is gone or hidden now: describe anew, ask once
#: more (§9 trap 33).
_VANISHED = frozenset({"INVALID_FIELD", "INVALID_TYPE"})
#: The statement is more than the org will do at once (§4.2): split it. A badge is not worth the
#: calls.
_TOO_MUCH = frozenset({"QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE", "HTTP_414", "HTTP_431"})


class Finder:
    """Answers lookups from the cache of users and from the org."""

    def __init__(self, session: Session, facts: FactCache, users: UserCache) -> None:
        self._session = session
        self._facts = facts
        self._users = users

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> list[Record]:
        """The records that answer the lookups, each once. Raises as `Crm.find`."""
        if not lookups:
            return []
        try:
            return self._found(lookups, select, purpose, self._facts.facts())
        except Rejected as error:
            if error.code in _TOO_MUCH and len(lookups) > 1 and purpose != "badges":
                return self._in_halves(lookups, select, purpose)
            if error.code not in _VANISHED:
                raise puzzled(error) from error
        try:
            return self._found(lookups, select, purpose, self._facts.facts(refresh=True))
        except Rejected as error:
            raise puzzled(error) from error

    def _in_halves(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: Purpose
    ) -> list[Record]:
        """Ask for less at a time, where the org says that it was asked for too much at once."""
        middle = len(lookups) // 2
        halves = (lookups[:middle], lookups[middle:])
        found = [record for half in halves for record in self.find(half, select, purpose)]
        return list({(record.object, record.id): record for record in found}.values())

    def _found(
        self,
        lookups: Sequence[Lookup],
        select: Mapping[str, Sequence[str]],
        purpose: Purpose,
        facts: OrgFacts,
    ) -> list[Record]:
        about_users = [lookup for lookup in lookups if lookup.object == "User"]
        wanted = columns("User", select.get("User", ()), facts)
        known, asking = self._users.known(facts.org_id, about_users, wanted)
        others = [lookup for lookup in lookups if lookup.object != "User"]
        records = list(self._asked(pack([*asking, *others], select, facts), purpose))
        users = self._users.learn(facts.org_id, asking, [r for r in records if r.object == "User"])
        rest = [record for record in records if record.object != "User"]
        return list({(r.object, r.id): r for r in (*known, *users, *rest)}.values())

    def _asked(self, questions: Sequence[Question], purpose: Purpose) -> Iterator[Record]:
        """Five questions a call, the most that one composite takes."""
        for start in range(0, len(questions), MOST_HEAVY):
            chunk = questions[start : start + MOST_HEAVY]
            subs = [_sub(number, question) for number, question in enumerate(chunk)]
            body = composites.request(subs, self._session.connection().api_version)
            answer = self._session.call("POST", addresses.COMPOSITE, purpose, body=body)
            found = composites.answers(result_of(answer, writes=False), subs, writes=False)
            for sub, question in zip(subs, chunk, strict=True):
                yield from self._rows(
                    question.object, found[sub.name].result(writes=False), purpose
                )

    def _rows(self, object_: str, body: Json, purpose: Purpose) -> Iterator[Record]:
        """All rows of a query, further pages fetched one call each."""
        while isinstance(body, dict):
            records = body.get("records")
            for row in records if isinstance(records, list) else ():
                whole = long_id(str(row.get("Id"))) if isinstance(row, dict) else None
                if isinstance(row, dict) and whole is not None:
                    yield Record(
                        object_, whole, {k: v for k, v in row.items() if k != "attributes"}
                    )
            more = body.get("nextRecordsUrl")
            if body.get("done") is not False or not isinstance(more, str):
                return
            body = result_of(
                self._session.call("GET", addresses.next_page(more), purpose), writes=False
            )


def _sub(number: int, question: Question) -> Sub:
    """Tasks are asked for with queryAll: closed ones older than a year are archived, and still
    there (§5.4)."""
    return Sub(f"q{number}", "GET", addresses.query(question.statement, archived=question.archived))
