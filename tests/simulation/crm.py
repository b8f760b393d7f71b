"""The `Crm` port over the simulated org, as one process of ours sees it: sessions, calls that are
counted, answers lost.

A request is on its way from the moment `before_each` returned: nothing comes between. What becomes
of it is the seed's to say. One whose answer is lost may still arrive for ten minutes after; how
late it may be is Salesforce's word, not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.simulation.login import Login
from tests.simulation.org import ORG_ID, Org
from tests.simulation.scheduler import Killed, Scheduler
from zsf_plugin.errors import (
    NotSent,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Lookup, OrgFacts, Record, Write, WriteOutcome
from zsf_plugin.ports import Store, Usage, do_nothing
from zsf_plugin.salesforce.tokens import Refresher

_T = TypeVar("_T")
_ORDER = {"Account": 0, "Lead": 1, "Contact": 1, "Task": 2}
_FACTS_S = 3600.0
#: So long after it was sent a request may still be carried out; then no more (salesforce-api.md §9
#: trap 43).
LATEST_S = 599.0


@dataclass(frozen=True, slots=True)
class Weather:
    """How the wire and the org behave: probabilities per call, the longest latency in seconds, rows
    in a request."""

    lost_before: float = 0.0
    lost_after: float = 0.0
    late: float = 0.0
    unavailable: float = 0.0
    not_sent: float = 0.0
    quota: float = 0.0
    latency: float = 0.5
    rows: int = 25


CALM = Weather()


class Sky:
    """The weather now; turned calm when the dust is to settle. `sent` is asked at each request that
    writes."""

    def __init__(self, weather: Weather, rng: Random) -> None:
        self.weather = weather
        self.rng = rng
        self.calls = 0
        self.used = 100
        self.limit = 10_000
        self.spent_until = 0.0

    def falls(self, chance: float) -> bool:
        """Whether something of that probability happens now."""
        return chance > 0 and self.rng.random() < chance

    def latency(self) -> float:
        """How long this call takes."""
        return 0.05 + self.rng.random() * self.weather.latency


class SimulatedCrm:
    """One workspace's org for one process. `may_send` says whether this process may still write:
    the judge's question."""

    def __init__(
        self,
        workspace: str,
        *,
        org: Org,
        sky: Sky,
        scheduler: Scheduler,
        store: Store,
        login: Login | None,
        refresher: Refresher,
        sending: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._org = org
        self._sky = sky
        self._scheduler = scheduler
        self._store = store
        self._login = login
        self._refresher = refresher
        self._sending = sending
        self._facts: tuple[float, OrgFacts] | None = None
        self._seen: dict[str, int] = {}

    def facts(self, *, refresh: bool = False) -> OrgFacts:
        """Cached for an hour, as the real ones are."""
        if refresh or self._facts is None or self._scheduler.now >= self._facts[0] + _FACTS_S:
            told = self._read("asks for the describes", "upkeep", self._org.facts)
            self._facts = (self._scheduler.now, told)
        return self._facts[1]

    def keep_alive(self) -> None:
        self._check_connection()

    def usage(self) -> Usage | None:
        return self._read(
            "asks for the limits", "upkeep", lambda: Usage(self._sky.used, self._sky.limit)
        )

    def cost(self, writes: Sequence[Write]) -> int:
        return -(-len(writes) // self._sky.weather.rows)

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> Sequence[Record]:
        found = self._read(
            f"looks for {len(lookups)} things", purpose, lambda: self._looked(lookups)
        )
        self._scheduler.tell("found " + (", ".join(record.id for record in found) or "nothing"))
        return found

    def write(
        self, writes: Sequence[Write], purpose: str, before_each: Callable[[], None] = do_nothing
    ) -> Sequence[WriteOutcome]:
        """In the order of `_ORDER`, some rows a request; after one that failed none is sent."""
        places = sorted(range(len(writes)), key=lambda at: _ORDER[writes[at].object])
        outcomes: dict[int, WriteOutcome] = {}
        ids: dict[str, str] = {}
        stopped: ZsfError | None = None
        size = self._sky.weather.rows
        for start in range(0, len(places), size):
            chunk = places[start : start + size]
            rows = [writes[at] for at in chunk]
            answers: Sequence[WriteOutcome]
            if stopped is None:
                answers, stopped = self._request(rows, ids, purpose, before_each)
            else:
                answers = [WriteOutcome(write.token, error=_not_sent(stopped)) for write in rows]
            outcomes.update(zip(chunk, answers, strict=True))
        made = [outcomes[at] for at in range(len(writes))]
        if any(
            isinstance(it.error, Rejected) and it.error.code.startswith("INVALID_FIELD")
            for it in made
        ):
            self._facts = None
        return made

    def _request(
        self,
        rows: Sequence[Write],
        ids: dict[str, str],
        purpose: str,
        before_each: Callable[[], None],
    ) -> tuple[Sequence[WriteOutcome], ZsfError | None]:
        try:
            self._let_in()
            self._count(purpose)
            misfortune = self._scheduler.step(f"is about to send {_words(rows)}", "org")
            with self._scheduler.in_one_go():
                before_each()
            answers = self._sent(rows, ids, misfortune)
        except (Unavailable, QuotaReached, ReconnectRequired, OutcomeUnknown) as error:
            self._scheduler.tell(f"got no outcome: {type(error).__name__}")
            return [WriteOutcome(write.token, error=error) for write in rows], error
        self._scheduler.tell("was told: " + ", ".join(_answer(answer) for answer in answers))
        self._note()
        return answers, None

    def _sent(
        self, rows: Sequence[Write], ids: dict[str, str], misfortune: str | None
    ) -> Sequence[WriteOutcome]:
        """The request leaves. From here on only the org knows what becomes of it, until it says
        so."""
        weather, falls = self._sky.weather, self._sky.falls
        self._refuse_the_call()
        self._sending()
        if misfortune == "late" or falls(weather.late):
            self._wait_for_late(rows, dict(ids))
        lost_before = misfortune == "lose" or falls(weather.lost_before)
        lost_after = misfortune == "fail" or falls(weather.lost_after)
        answers = () if lost_before else self._org.apply(rows, ids, self._seen, self._scheduler.now)
        self._scheduler.step("waits for the answer", "org", self._sky.latency())
        if lost_before or lost_after:
            self._scheduler.story.count("lost answer")
            raise OutcomeUnknown("the answer was lost")
        return answers

    def _wait_for_late(self, rows: Sequence[Write], ids: dict[str, str]) -> None:
        """Nothing comes back, and the org does it later: even when the one that asked is dead by
        then."""
        sent = self._scheduler.now
        try:
            self._scheduler.step(
                "waits for an answer that never comes", "org", self._sky.rng.random() * 120
            )
        except Killed:
            self._arrives_late(sent, rows, ids)
            raise
        self._arrives_late(sent, rows, ids)
        self._scheduler.story.count("lost answer")
        raise OutcomeUnknown("the answer was lost")

    def _arrives_late(self, since: float, rows: Sequence[Write], ids: dict[str, str]) -> None:
        moment = max(self._scheduler.now, since + self._sky.rng.random() * LATEST_S)
        seen = dict(self._seen)

        def arrive() -> None:
            self._scheduler.tell(f"arrives late: {_words(rows)}")
            self._scheduler.story.count("late commit")
            self._org.apply(rows, ids, seen, self._scheduler.now, late=True)

        self._scheduler.at(moment, arrive)

    def _read(self, what: str, purpose: str, look: Callable[[], _T]) -> _T:
        self._let_in()
        self._count(purpose)
        fails = self._scheduler.step(what, "org")
        self._refuse_the_call()
        seen = look()
        self._scheduler.step("waits for the answer", "org", self._sky.latency())
        if fails:
            raise Unavailable("the connection broke", 30.0)
        self._note()
        return seen

    def _looked(self, lookups: Sequence[Lookup]) -> list[Record]:
        found = self._org.answers(lookups)
        self._seen.update(dict.fromkeys((record.id for record in found), self._org.turn))
        return found

    def _refuse_the_call(self) -> None:
        """What befalls a whole call before it reaches anything."""
        sky, now = self._sky, self._scheduler.now
        sky.calls += 1
        sky.used += 1
        if now < sky.spent_until:
            raise QuotaReached("daily", 300.0)
        if sky.falls(sky.weather.quota):
            raise QuotaReached("concurrent", 10.0)
        if sky.falls(sky.weather.not_sent):
            raise NotSent("connection refused", 30.0)
        if sky.falls(sky.weather.unavailable):
            raise Unavailable("HTTP 503", 30.0)

    def _let_in(self) -> None:
        """A session that is accepted, refreshed once where it is not."""
        self._check_connection()
        if self._login is None:
            return
        tokens = self._store.tokens(self._workspace)
        if tokens is None:
            raise ReconnectRequired("no_sign_in")
        if self._login.accepts(self._workspace, tokens.access):
            return
        fresh = self._refresher.refresh(tokens)
        if not self._login.accepts(self._workspace, fresh.access):
            raise Unavailable("the session ended again", 5.0)

    def _check_connection(self) -> None:
        connection = self._store.connection(self._workspace)
        if connection is None or connection.state == "reconnect":
            raise ReconnectRequired("session")

    def _count(self, purpose: str) -> None:
        """As the real session does: a call is counted before it leaves, and waits for its slot."""
        try:
            wait = self._store.reserve_call(ORG_ID, purpose, self._scheduler.now, 0.1)
        except StoreUnavailable:
            self._scheduler.tell("the call could not be counted")
            return
        if wait > 0:
            self._scheduler.sleep(wait)

    def _note(self) -> None:
        """What the org said of its day is kept, where it can be."""
        try:
            self._store.note_usage(ORG_ID, self._sky.used, self._sky.limit, self._scheduler.now)
        except StoreUnavailable:
            self._scheduler.tell("what the org said of its day could not be kept")


def _not_sent(stopped: ZsfError) -> ZsfError:
    """What becomes of the requests after one that failed."""
    if isinstance(stopped, (QuotaReached, ReconnectRequired)):
        return stopped
    return NotSent("an earlier part of the batch got no answer", 30.0)


def _words(rows: Sequence[Write]) -> str:
    return ", ".join(f"{write.action} {write.object} {write.ref}" for write in rows)


def _answer(outcome: WriteOutcome) -> str:
    if outcome.error is None:
        return str(outcome.record_id)
    return getattr(outcome.error, "code", None) or type(outcome.error).__name__
