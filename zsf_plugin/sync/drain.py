"""A drain: one pass over a workspace's outbox, under its org's lease, until nothing is due or the
org may not be called. `batch` runs each batch; `scheduler` decides when the next pass starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zsf_plugin.errors import (
    Fenced,
    Log,
    QuotaReached,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import MOVED, Availability, Cause, Kind, OrgFacts
from zsf_plugin.ports import ORG_LEASE, Entry, Moment, Purpose
from zsf_plugin.sync.arrivals import may_arrive_for_s
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError
from zsf_plugin.sync.batch import BatchResult, run_batch
from zsf_plugin.sync.context import (
    NO_FACTS,
    DrainContext,
    DrainParts,
    never,
    take_lease,
)
from zsf_plugin.sync.due import (
    MAX_ENTRY_WAIT_S,
    depends_on_describe,
    in_doubt_here,
    next_due,
    recheck_at,
)
from zsf_plugin.sync.report import DrainReport, spent
from zsf_plugin.sync.trials import release_others, try_one_of_each

if TYPE_CHECKING:
    from zsf_plugin.ports import HeldGroup

_log = Log("zsf_plugin.sync")

#: Purchases first: they never wait for a touchpoint. The sizes need the fewest calls per entry
#: (salesforce-api.md §3.6-7): a call writes 1,000 records. Activities fill three, which may be made
#: at the same time; the room left lets each person's activities go in one.
BATCHES: tuple[tuple[Kind, Purpose, int], ...] = (
    ("purchase", "purchases", 1000),
    ("touchpoint", "activities", 2980),
)
#: Seconds before each retry of a call that was not served; then the workspace pauses
#: (salesforce-api.md §4.3).
RETRY_DELAYS_S: tuple[float, ...] = (1.0, 2.0, 4.0)
#: Too many long requests at once (salesforce-api.md §2.3) is not the daily limit: wait longer each
#: time, then pause briefly.
CONCURRENT_RETRY_DELAYS_S: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
#: An outage known to last longer than this (maintenance, for example) pauses at once; so does one
#: whose answer itself asks for more than the last of these delays.
MAX_RETRY_AFTER_S = 60.0
#: How often, and how long, one pass waits for an entry that is due soon. A row that stays locked is
#: left to the next pass.
MAX_WAITS = 5
MAX_WAIT_S = 4.0
#: Another workspace of the org has a write in doubt: check again after this many seconds.
IN_DOUBT_ELSEWHERE_DELAY_S = 30.0


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """When a drain stops early: after this many entries, at `until` (by the monotonic clock, which
    nobody sets), or once `stopping` returns true. With `others_wait`, it also ends after a batch if
    that returns true, or if another drain waits for the org: the rest is left to a later turn."""

    max_entries: int | None = None
    until: float | None = None
    stopping: Callable[[], bool] = never
    others_wait: Callable[[], bool] | None = None
    on_progress: Callable[[DrainReport], None] | None = None


def drain(parts: DrainParts, workspace: str, limits: DrainLimits) -> DrainReport:
    """Drain one workspace. Never raises for Salesforce errors: the report says why it stopped.

    Raises StoreUnavailable.
    """
    store, clock = parts.store, parts.clock
    availability = OrgAvailability(store, parts.rules, clock)
    connection = store.connection(workspace)
    found = availability.check(connection)
    if connection is None or not found.is_available:
        return _finish(parts, workspace, DrainReport(), found)
    taken = take_lease(parts, connection, limits.stopping)
    if not isinstance(taken, DrainContext):
        store.want_lease(ORG_LEASE + connection.org_id)
        return _finish(parts, workspace, DrainReport(busy=True, holder=taken), found)
    before = store.allocation(connection.org_id, clock.now()).by_purpose
    with parts.heartbeat_of(store, taken.fence, clock):
        try:
            report = DrainPass(taken, availability, limits).run()
        finally:
            if taken.ahead.thread is not None:
                taken.ahead.take(is_last=True)
    reason = report.paused.reason if report.paused is not None else None
    if reason is not None and reason.code == MOVED:
        report = replace(report, paused=None, busy=True)  # the next drain goes to the other org
    after = store.allocation(connection.org_id, clock.now()).by_purpose
    calls = spent(before, after)
    report = replace(report, calls=sum(calls.values()), calls_by_purpose=calls)
    return _finish(parts, workspace, report, availability.check(connection))


def _finish(
    parts: DrainParts, workspace: str, report: DrainReport, found: Availability
) -> DrainReport:
    """The report completed: what is left in the outbox, when there is work again, and a pause that
    another process may have set."""
    if report.paused is None and not found.is_available:
        report = replace(report, paused=found)
    counts = parts.store.counts(workspace)
    due = next_due(parts.store, workspace, report.throttled_until) if counts.waiting else None
    recheck = recheck_at(report, parts.clock.now()) if counts.held else None
    return replace(report, waiting=counts.waiting, next_due_at=due, recheck_at=recheck)


def batch_size(entries: Sequence[Entry], size: int) -> int:
    """The number of these entries to send together, at most `size`. After each lost answer
    it is an eighth, so that an entry which always breaks the connection is soon alone."""
    lost = 0
    for entry in entries:
        if entry.state == "writing":
            lost = max(lost, entry.attempts)
    return max(1, size >> (3 * lost))


@dataclass(slots=True, eq=False)
class DrainPass:
    """The loop of one drain. Its methods are in the order of time: prepare, fetch a batch, run it,
    wait or pause, report."""

    context: DrainContext
    availability: OrgAvailability
    limits: DrainLimits
    _taken: int = 0
    _total: BatchResult = field(default_factory=BatchResult)
    _throttled: dict[str, float] = field(default_factory=dict)
    _paused: Availability | None = None
    _paused_by_others: Availability | None = None
    #: Entries that were released to try whether their cause still holds them, each with its cause.
    _tried: dict[str, Cause] = field(default_factory=dict)
    _failures: int = 0
    _waits: int = 0
    _has_yielded: bool = False

    def run(self) -> DrainReport:
        """Run batches until nothing is due. Raises StoreUnavailable."""
        context = self.context
        if not self._prepare():
            return self._report()
        while not self._limit_reached():
            try:
                fetched = self._fetch_batch()
                if fetched is not None:
                    result = run_batch(self.context, *fetched)
                    self._taken += len(fetched[0])
                    self._total += result
                    if self.limits.on_progress is not None:
                        self.limits.on_progress(self._report())
                    if result.stopped_by is not None:
                        raise result.stopped_by
                    self._failures = 0
                    others_wait = self.limits.others_wait
                    if others_wait is not None and self._must_yield(others_wait):
                        break
                elif not ((self._tried and self._release_others()) or self._wait_until_due()):
                    break
            except ORG_ERRORS as error:
                if not self._wait_to_retry(error):
                    break
            except Fenced:
                _log.warning(
                    "another process took over the org of workspace %s, or it was connected to "
                    "another org; this drain stops",
                    self.context.connection.workspace,
                )
                return replace(self._report(), busy=True)
        if self._paused is None:
            own = in_doubt_here(context.store, context.connection.workspace, context.clock.now())
            self._paused = self._paused_by_others or own
        return self._report()

    def _prepare(self) -> bool:
        """Keep the sign-in alive, read which purposes are throttled, release held entries whose
        cause may be gone; False if a person has to sign in first."""
        context = self.context
        try:
            context.crm.keep_alive()
            self._throttled = self.availability.throttled(context.connection)
            store, workspace = context.store, context.connection.workspace
            if "purchases" not in self._throttled and store.counts(workspace).held:
                self._release_changed(store.held_groups(workspace))
        except ReconnectRequired as error:
            self._paused = self.availability.record(context.connection, error)
        return self._paused is None

    def _release_changed(self, groups: Sequence[HeldGroup]) -> None:
        """Release held entries whose fingerprint has changed: their cause may be gone."""
        try:
            facts = self._facts_for(groups)
        except ReconnectRequired:
            raise
        except ZsfError:
            return  # the next batch, or the next pass, meets the same error and handles it
        released = sum(self._release_if_changed(group.cause, facts) for group in groups)
        self._tried = try_one_of_each(self.context, groups)
        released += len(self._tried)
        if released:
            self._total += BatchResult(released=released)
            words = "workspace %s: retrying %s held entries, whose cause has changed or may be gone"
            _log.info(words, self.context.connection.workspace, released)

    def _release_if_changed(self, cause: Cause, facts: OrgFacts) -> int:
        """Release the entries held by that cause if its fingerprint has changed; returns their
        number."""
        now = self.context.fingerprint(facts, cause)
        if not cause.fingerprint or not now or cause.fingerprint == now:
            return 0
        return self.context.store.release(
            self.context.connection.workspace,
            cause=cause.group,
            fingerprint=cause.fingerprint,
            now=self.context.clock.now(),
        )

    def _release_others(self) -> int:
        """Release what is held by the causes that no longer hold the entry that was tried; returns
        the number of entries."""
        tried, self._tried = self._tried, {}
        released = release_others(self.context, tried)
        self._total += BatchResult(released=released)
        return released

    def _facts_for(self, groups: Sequence[HeldGroup]) -> OrgFacts:
        """The org's facts, which cost a call if they were not read in full within the hour;
        NO_FACTS if no cause depends on a describe."""
        for group in groups:
            if group.cause.fingerprint and depends_on_describe(group.cause):
                return self.context.crm.facts(thorough=True)
        return NO_FACTS

    def _limit_reached(self) -> bool:
        limits = self.limits
        if limits.until is not None and self.context.clock.monotonic() >= limits.until:
            return True
        if limits.max_entries is not None and self._taken >= limits.max_entries:
            return True
        return limits.stopping()

    def _must_yield(self, others_wait: Callable[[], bool]) -> bool:
        """Whether the turn is over, after a batch: others wait, for this thread or for the org."""
        self._has_yielded = self.context.store.is_wanted(self.context.fence)
        return self._has_yielded or others_wait()

    def _fetch_batch(self) -> tuple[Sequence[Entry], Purpose] | None:
        """The entries of the first kind that is due and may be sent now, and their purpose; None if
        there are none."""
        store, workspace = self.context.store, self.context.connection.workspace
        limit, now = self.limits.max_entries, self.context.clock.now()
        self._paused_by_others = None
        for kind, purpose, size in BATCHES:
            room = size if limit is None else min(size, limit - self._taken)
            entries = store.due(workspace, kind, room, now)
            if entries and kind == "purchase":
                self._paused_by_others = self._check_elsewhere()
            if not entries or (kind == "purchase" and self._paused_by_others is not None):
                continue
            connection = self.context.connection
            self._throttled = self.availability.measure(connection, self.context.crm, purpose)
            if "purchases" in self._throttled:  # then everything must wait
                quota = Availability("quota", "", now, self._throttled["purchases"])
                self._paused = self.availability.pause(connection, quota)
            if purpose not in self._throttled:
                return entries[: batch_size(entries, size)], purpose
        return None

    def _check_elsewhere(self) -> Availability | None:
        """The pause of purchases while another workspace's lost create may still arrive in this
        org: it may be the same person. None if no such create is in doubt."""
        connection = self.context.connection
        sent = self.context.store.in_doubt_elsewhere(connection.org_id, connection.workspace)
        if not sent:
            return None
        now = self._now_as_when_sent(sent)
        if not any(may_arrive_for_s(one, now) for one in sent):
            return None
        return Availability("in_doubt", "", now.at, now.at + IN_DOUBT_ELSEWHERE_DELAY_S)

    def _now_as_when_sent(self, sent: Sequence[Moment]) -> Moment:
        """Now by the clocks by which that was sent. One call, if the org has not answered this
        process yet."""
        now = self.context.now()
        if now.at_org is None and any(one.at_org is not None for one in sent):
            self.context.crm.usage()
            now = self.context.now()
        return now

    def _wait_until_due(self) -> bool:
        """Wait for an entry that is due within seconds (a locked row, a lost answer), a few times
        per pass; False if there is nothing to wait for."""
        context = self.context
        if self._paused is not None or self._waits >= MAX_WAITS:
            return False
        if not context.store.counts(context.connection.workspace).waiting:
            return False
        if self._forget_times_ahead():
            return True
        due = next_due(context.store, context.connection.workspace, self._throttled)
        wait = 0.0 if due is None else due - context.clock.now()
        if not 0 < wait <= MAX_WAIT_S:
            return False
        self._waits += 1
        context.clock.sleep(wait)
        return True

    def _forget_times_ahead(self) -> int:
        """Make entries due that would wait for longer than any may, since a clock that was ahead
        stored until when; returns their number."""
        context = self.context
        now = context.now()
        latest = now.at + MAX_ENTRY_WAIT_S
        return context.store.forget_times_ahead(
            context.fence, context.connection.workspace, now, latest
        )

    def _wait_to_retry(self, error: OrgError) -> bool:
        """Wait before a retry, a few times if the error allows it; else record the pause and return
        False."""
        delays = self._retry_delays(error)
        if self._failures < len(delays) and not self.limits.stopping():
            self.context.clock.sleep(delays[self._failures])
            self._failures += 1
            return True
        if self._paused is None or isinstance(error, ReconnectRequired | QuotaReached):
            self._paused = self.availability.record(self.context.connection, error)
        return False

    def _retry_delays(self, error: OrgError) -> tuple[float, ...]:
        """Seconds to wait before each retry; empty if a retry is useless."""
        if isinstance(error, ReconnectRequired):
            return ()
        if isinstance(error, QuotaReached):
            return CONCURRENT_RETRY_DELAYS_S if error.kind == "concurrent" else ()
        is_asked = isinstance(error, Unavailable) and error.is_asked
        limit_s = RETRY_DELAYS_S[-1] if is_asked else MAX_RETRY_AFTER_S
        if self._paused is None and error.retry_after_s <= limit_s:
            return RETRY_DELAYS_S
        return ()

    def _report(self) -> DrainReport:
        return DrainReport(
            done=self._total.done,
            held=self._total.held,
            released=self._total.released,
            paused=self._paused,
            throttled_until=self._throttled,
            has_yielded=self._has_yielded,
        )
