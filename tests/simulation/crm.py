"""The `Crm` port over the simulated org, for one process: sessions, counted calls, lost responses.

A request is on its way as soon as `before_each` returns. The seed decides its outcome. A request
whose response is lost may still reach the org within ten minutes, as Salesforce documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.simulation.happenings import Failed, LookedUp, Sent
from tests.simulation.login import Login
from tests.simulation.org import Org
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
from zsf_plugin.model import Lookup, LookupAnswers, OrgFacts, Record, Write, WriteOutcome
from zsf_plugin.ports import Clock, Store, Usage, do_nothing
from zsf_plugin.salesforce.tokens import Refresher

_T = TypeVar("_T")
_ORDER = {"Account": 0, "Lead": 1, "Contact": 1, "Task": 2}
_FACTS_S = 3600.0
#: The longest time after sending that a request may still take effect (salesforce-api.md §9 trap 43).
MAX_LATE_S = 599.0


@dataclass(frozen=True, slots=True)
class NetworkFaults:
    """How the network and the org behave: probabilities per call, the maximum latency in seconds, and
    rows per request."""

    lost_before: float = 0.0
    lost_after: float = 0.0
    late: float = 0.0
    unavailable: float = 0.0
    not_sent: float = 0.0
    quota: float = 0.0
    latency: float = 0.5
    rows: int = 25


NO_NETWORK_FAULTS = NetworkFaults()


class Network:
    """The current network faults and API usage; faults stop for the final drains."""

    def __init__(self, network_faults: NetworkFaults, rng: Random) -> None:
        self.network_faults = network_faults
        self.rng = rng
        self.calls = 0
        self.used = 100
        self.limit = 10_000
        self.quota_used_until = 0.0
        #: Called right before a request that writes.
        self.meddle: Callable[[Sequence[Write]], None] = do_nothing
        #: Requests that arrive late, some of them right before the next one.
        self.under_way: list[Callable[[], None]] = []

    def happens(self, chance: float) -> bool:
        """Draw whether an event of this probability happens."""
        return chance > 0 and self.rng.random() < chance

    def hurry(self) -> None:
        """Perhaps let the oldest late request arrive now."""
        if self.under_way and self.happens(self.network_faults.late):
            self.under_way[0]()

    def latency(self) -> float:
        """Draw the latency of a call, in seconds."""
        return 0.05 + self.rng.random() * self.network_faults.latency


class SimulatedCrm:
    """One workspace's org for one process. `sending` is called before each writing request, so that
    the oracle can check the lease; `has_lost_lease` after it."""

    def __init__(
        self,
        workspace: str,
        *,
        org: Org,
        network: Network,
        scheduler: Scheduler,
        clock: Clock,
        store: Store,
        login: Login | None,
        refresher: Refresher,
        sending: Callable[[], None],
        has_lost_lease: Callable[[], bool],
        may_move: bool = False,
    ) -> None:
        self._workspace = workspace
        self._org = org
        self._sky = network
        self._scheduler = scheduler
        self._clock = clock
        self._store = store
        self._login = login
        self._refresher = refresher
        self._sending = sending
        self._has_lost_lease = has_lost_lease
        self._may_move = may_move
        self._facts: tuple[float, OrgFacts] | None = None
        self._seen: dict[str, int] = {}
        self._has_answered = False

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        """Cached for an hour, like the real facts."""
        if self._may_move:
            self._check_connection()
        if refresh or self._facts is None or self._scheduler.now >= self._facts[0] + _FACTS_S:
            facts = self._read("asks for the describes", "upkeep", self._org.facts)
            self._facts = (self._scheduler.now, facts)
        return self._facts[1]

    def org_time(self) -> float | None:
        """The true time, which the org says in each answer; None before the first."""
        return self._scheduler.now if self._has_answered else None

    def keep_alive(self) -> None:
        self._check_connection()

    def usage(self) -> Usage | None:
        return self._read(
            "asks for the limits", "upkeep", lambda: Usage(self._sky.used, self._sky.limit)
        )

    def cost(self, writes: Sequence[Write]) -> int:
        return -(-len(writes) // self._sky.network_faults.rows)

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> LookupAnswers:
        found = self._read(
            f"looks for {len(lookups)} things", purpose, lambda: self._find_records(lookups)
        )
        self._scheduler.log("found " + (", ".join(record.id for record in found) or "nothing"))
        self._scheduler.note(LookedUp(purpose, lookups, frozenset(it.id for it in found)))
        return LookupAnswers(found)

    def write(
        self,
        writes: Sequence[Write],
        purpose: str,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Write in the order of `_ORDER`, a few rows per request; stop after the first failed request."""
        places = sorted(range(len(writes)), key=lambda at: _ORDER[writes[at].object])
        outcomes: dict[int, WriteOutcome] = {}
        ids: dict[str, str] = {}
        stopped: ZsfError | None = None
        size = self._sky.network_faults.rows
        for start in range(0, len(places), size):
            chunk = places[start : start + size]
            rows = [writes[at] for at in chunk]
            find: Sequence[WriteOutcome]
            if stopped is None:
                find, stopped = self._request(rows, ids, purpose, before_each)
            else:
                find = [WriteOutcome(write.token, error=_not_sent(stopped)) for write in rows]
            outcomes.update(zip(chunk, find, strict=True))
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
        before_each: Callable[[Sequence[Write]], None],
    ) -> tuple[Sequence[WriteOutcome], ZsfError | None]:
        try:
            self._ensure_session()
            self._count(purpose)
            fault_kind = self._scheduler.step(f"is about to send {_summary(rows)}", "org")
            with self._scheduler.uninterrupted():
                before_each(rows)
            self._sky.meddle(rows)
            self._sky.hurry()
            find = self._send(rows, ids, fault_kind)
        except (Unavailable, QuotaReached, ReconnectRequired, OutcomeUnknown) as error:
            self._scheduler.log(f"got no outcome: {type(error).__name__}")
            self._scheduler.note(Failed(error))
            return [WriteOutcome(write.token, error=error) for write in rows], error
        self._scheduler.log("got outcomes: " + ", ".join(_answer(answer) for answer in find))
        self._scheduler.note(Sent(purpose, rows, find, self._has_lost_lease()))
        self._store_usage()
        return find, None

    def _send(
        self, rows: Sequence[Write], ids: dict[str, str], fault_kind: str | None
    ) -> Sequence[WriteOutcome]:
        """Send the request; its outcome is unknown until the response arrives."""
        network_faults, happens = self._sky.network_faults, self._sky.happens
        self._fail_before_sending()
        self._sending()
        if fault_kind == "late" or happens(network_faults.late):
            self._wait_for_late(rows, dict(ids))
        lost_before = fault_kind == "lose" or happens(network_faults.lost_before)
        lost_after = fault_kind == "fail" or happens(network_faults.lost_after)
        find = () if lost_before else self._org.apply(rows, ids, self._seen, self._scheduler.now)
        try:
            self._scheduler.step("waits for the answer", "org", self._sky.latency())
        except Killed:
            self._scheduler.trace.count("killed while a call was out")
            raise
        if lost_before or lost_after:
            self._scheduler.trace.count("lost answer")
            self._scheduler.trace.count("request lost" if lost_before else "only the answer lost")
            raise OutcomeUnknown("the answer was lost")
        return find

    def _wait_for_late(self, rows: Sequence[Write], ids: dict[str, str]) -> None:
        """The response never arrives, and the org acts later, even if the sender is dead by then."""
        sent = self._scheduler.now
        try:
            self._scheduler.step(
                "waits for an answer that never comes", "org", self._sky.rng.random() * 120
            )
        except Killed:
            self._schedule_late_arrival(sent, rows, ids)
            self._scheduler.trace.count("late commit of a dead process")
            raise
        self._schedule_late_arrival(sent, rows, ids)
        self._scheduler.trace.count("lost answer")
        raise OutcomeUnknown("the answer was lost")

    def _schedule_late_arrival(
        self, since: float, rows: Sequence[Write], ids: dict[str, str]
    ) -> None:
        moment = max(self._scheduler.now, since + self._sky.rng.random() * MAX_LATE_S)
        seen = dict(self._seen)

        def arrive() -> None:
            if arrive not in self._sky.under_way:
                return  # it was earlier
            self._sky.under_way.remove(arrive)
            self._scheduler.log(f"arrives late: {_summary(rows)}")
            self._scheduler.trace.count("late commit")
            self._org.apply(rows, ids, seen, self._scheduler.now, late=True)

        self._sky.under_way.append(arrive)
        self._scheduler.at(moment, arrive)

    def _read(self, what: str, purpose: str, look: Callable[[], _T]) -> _T:
        self._ensure_session()
        self._count(purpose)
        fails = self._scheduler.step(what, "org")
        try:
            self._fail_before_sending()
        except ZsfError as error:
            self._scheduler.note(Failed(error))
            raise
        seen = look()
        self._scheduler.step("waits for the answer", "org", self._sky.latency())
        if fails:
            raise Unavailable("the connection broke", 30.0)
        self._store_usage()
        return seen

    def _find_records(self, lookups: Sequence[Lookup]) -> list[Record]:
        found = self._org.find(lookups)
        self._seen.update(dict.fromkeys((record.id for record in found), self._org.turn))
        return found

    def _fail_before_sending(self) -> None:
        """Faults that hit a call before it reaches the org."""
        network, now = self._sky, self._scheduler.now
        network.calls += 1
        network.used += 1
        if now < network.quota_used_until:
            raise QuotaReached("daily", 300.0)
        if network.happens(network.network_faults.quota):
            raise QuotaReached("concurrent", 10.0)
        if network.happens(network.network_faults.not_sent):
            raise NotSent("connection refused", 30.0)
        if network.happens(network.network_faults.unavailable):
            raise Unavailable("HTTP 503", 30.0)

    def _ensure_session(self) -> None:
        """Refresh the session once if it is not accepted."""
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
        if connection.org_id != self._org.org_id:
            raise ReconnectRequired("moved")

    def _count(self, purpose: str) -> None:
        """Like the real session: count a call before it is sent, and wait for its slot."""
        try:
            wait = self._store.reserve_call(self._org.org_id, purpose, self._scheduler.now, 0.1)
        except StoreUnavailable:
            self._scheduler.log("the call could not be counted")
            return
        if wait > 0:
            self._scheduler.sleep(wait)

    def _store_usage(self) -> None:
        """Store the org's API usage, which each answer says, if the store is available."""
        self._has_answered = True
        try:
            used, limit = self._sky.used, self._sky.limit
            self._store.note_usage(self._org.org_id, used, limit, self._clock.now())
        except StoreUnavailable:
            self._scheduler.log("the org's API usage could not be stored")


def _not_sent(stopped: ZsfError) -> ZsfError:
    """The error for the requests after a failed one."""
    if isinstance(stopped, (QuotaReached, ReconnectRequired)):
        return stopped
    return NotSent("an earlier part of the batch got no answer", 30.0)


def _summary(rows: Sequence[Write]) -> str:
    return ", ".join(f"{write.action} {write.object} {write.ref}" for write in rows)


def _answer(outcome: WriteOutcome) -> str:
    if outcome.error is None:
        return str(outcome.record_id)
    return getattr(outcome.error, "code", None) or type(outcome.error).__name__
