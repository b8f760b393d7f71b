"""A drain: one pass over a workspace's outbox, under its org's lease, until nothing is due or the
org may not be asked. What becomes of a batch is `batch`'s; when the next pass is, `scheduler`'s."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from zsf_plugin.errors import Fenced, QuotaReached, ReconnectRequired, ZsfError
from zsf_plugin.model import Availability, Connection, Kind, OrgFacts
from zsf_plugin.ports import Clock, Crm, Entry, Fence, HeldGroup, Purpose, RuleSource, Store
from zsf_plugin.sync.availability import ORG_ERRORS, OrgAvailability, OrgError
from zsf_plugin.sync.batch import BatchResult, run_batch
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.due import depends_on_describe, next_due, recheck_at
from zsf_plugin.sync.lease import LEASE_S, Heartbeat, Identity
from zsf_plugin.sync.report import DrainReport, spent
from zsf_plugin.sync.settlements import BELIEVE_NO_AFTER_S

_log = logging.getLogger("zsf_plugin.sync")

#: Purchases first: they never wait for a touchpoint. How many of each fit the fewest calls
#: (salesforce-api.md §3.6-7).
BATCHES: tuple[tuple[Kind, Purpose, int], ...] = (
    ("purchase", "purchases", 200),
    ("touchpoint", "activities", 1000),
)
#: A call that could not be served is tried again after so many seconds, before the workspace
#: pauses (§4.3).
RETRY_DELAYS_S: tuple[float, ...] = (1.0, 2.0, 4.0)
#: Too many long requests at once (§2.3): nobody's day is used up, so wait a little longer each
#: time, then pause shortly.
CONCURRENT_RETRY_DELAYS_S: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
#: What is known to take longer than this (maintenance, say) pauses at once.
MAX_RETRY_AFTER_S = 60.0
#: How often one pass waits for an entry that is due soon: a row that stays locked is the next
#: pass's work.
MAX_WAITS = 5
MAX_WAIT_S = 4.0
#: Another workspace of the org has a write in doubt: look again after so many seconds.
OTHERS_DOUBT_DELAY_S = 30.0


@dataclass(frozen=True, slots=True)
class DrainParts:
    """What drains are made of, the same for every workspace."""

    store: Store
    rules: RuleSource
    clock: Clock
    crm_of: Callable[[Connection], Crm]
    identity: Identity
    heart: Callable[[Store, Fence, Clock], AbstractContextManager[object]] = Heartbeat


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """Where a drain stops early: entries, a moment (seconds since 1970), or a call that says so."""

    max_entries: int | None = None
    until: float | None = None
    stopping: Callable[[], bool] = lambda: False
    on_progress: Callable[[DrainReport], None] = lambda _: None


def drain(parts: DrainParts, workspace: str, limits: DrainLimits) -> DrainReport:
    """Drain one workspace. Never raises for what Salesforce does: the report says why it stopped.

    Raises StoreUnavailable.
    """
    availability = OrgAvailability(parts.store, parts.rules, parts.clock)
    context = _begin(parts, availability, workspace)
    if isinstance(context, DrainReport):
        return _finish(parts, workspace, context)
    calls_before = _calls_by_purpose(context)
    with parts.heart(context.store, context.fence, context.clock):
        try:
            report = DrainPass(context, availability, limits).run()
        except Fenced:
            words = "another drainer took over the org of workspace %s; this one settles nothing"
            _log.warning(words, workspace)
            report = DrainReport(busy=True)
    calls = spent(calls_before, _calls_by_purpose(context))
    report = replace(report, calls=sum(calls.values()), calls_by_purpose=calls)
    return _finish(parts, workspace, _with_pause(report, availability, context.connection))


def _begin(
    parts: DrainParts, availability: OrgAvailability, workspace: str
) -> DrainContext | DrainReport:
    """What the drain works with, or a report that says why it cannot."""
    connection = parts.store.connection(workspace)
    found = availability.check(connection)
    if connection is None or not found.may_ask:
        return DrainReport(paused=found)
    return _take_lease(parts, connection) or DrainReport(busy=True)


def _with_pause(
    report: DrainReport, availability: OrgAvailability, connection: Connection
) -> DrainReport:
    """The report, with the pause that somebody else's error may have brought meanwhile."""
    if report.paused is not None:
        return report
    found = availability.check(connection)
    return report if found.may_ask else replace(report, paused=found)


def _take_lease(parts: DrainParts, connection: Connection) -> DrainContext | None:
    """What the drain works with, under its org's lease; None where another drainer has it."""
    store, clock, identity = parts.store, parts.clock, parts.identity
    fence = store.acquire_lease(
        f"org:{connection.org_id}",
        identity.new_owner(),
        clock.now(),
        ttl_s=LEASE_S,
        is_dead=identity.is_dead,
    )
    if fence is None:
        return None
    return DrainContext(store, parts.crm_of(connection), parts.rules, clock, connection, fence)


def _calls_by_purpose(context: DrainContext) -> Mapping[str, int]:
    """API calls of the last 24 hours, of all who use the org."""
    return context.store.allocation(context.connection.org_id, context.clock.now()).by_purpose


def _finish(parts: DrainParts, workspace: str, report: DrainReport) -> DrainReport:
    """The report with what is left in the outbox, and when there is work again."""
    counts = parts.store.counts(workspace)
    wakes_at = next_due(parts.store, workspace, report.resting)
    looks_at = recheck_at(report, parts.clock.now()) if counts.held else None
    return replace(report, waiting=counts.waiting, wakes_at=wakes_at, looks_at=looks_at)


def batch_size(entries: Sequence[Entry], size: int) -> int:
    """How many of these entries go together, at most `size`. Those whose answer was lost go in ever
    smaller batches, so that one which always breaks the connection is soon alone with it."""
    lost = 0
    for entry in entries:
        if entry.state == "writing":
            lost = max(lost, entry.attempts)
    return max(1, size >> 2 * lost)


class DrainPass:
    """The loop of one drain. Its methods stand in the order of time: prepare, fetch a batch, run
    it, wait or pause, report."""

    def __init__(
        self, context: DrainContext, availability: OrgAvailability, limits: DrainLimits
    ) -> None:
        self._context = context
        self._availability = availability
        self._limits = limits
        self._taken = self._done = self._held = self._released = 0
        self._throttled: dict[str, float] = {}
        self._paused: Availability | None = None
        self._failures = 0
        self._waits = 0

    def run(self) -> DrainReport:
        """Run batches until nothing is due. Raises Fenced, StoreUnavailable."""
        if not self._prepare():
            return self._report()
        while not self._is_over():
            try:
                fetched = self._fetch_batch()
                if fetched is not None:
                    entries, purpose = fetched
                    self._count(len(entries), run_batch(self._context, entries, purpose))
                elif not self._wait_until_due():
                    break
            except ORG_ERRORS as error:
                if not self._wait_to_retry(error):
                    break
        self._report_doubt()
        return self._report()

    def _prepare(self) -> bool:
        """Keep the sign-in alive, see which shares are used, try again what is held and may pass;
        False where a person has to sign in first."""
        connection = self._context.connection
        try:
            self._context.crm.keep_alive()
            self._throttled = self._availability.throttled(connection)
            if "purchases" not in self._throttled:
                self._release_changed()
        except ReconnectRequired as error:
            self._paused = self._availability.record(connection, error)
            return False
        return True

    def _release_changed(self) -> None:
        """Put back held entries whose fingerprint no longer stands: something that could matter has
        changed."""
        store, workspace = self._context.store, self._context.connection.workspace
        groups = store.held(workspace)
        if not groups:
            return
        try:
            fingerprint = self._context.fingerprint(self._facts_for(groups))
        except ReconnectRequired:
            raise
        except ZsfError:
            return  # a batch that follows meets the same error; without one, the next pass does
        for group in groups:
            self._release_if_changed(group, fingerprint(group.cause))
        if self._released:
            words = "workspace %s: %s held entries are tried again, as what they waited for changed"
            _log.info(words, workspace, self._released)

    def _release_if_changed(self, group: HeldGroup, now: str) -> None:
        """Put that group back where its fingerprint is another one now."""
        kept = group.cause.fingerprint
        if not kept or not now or kept == now:
            return
        self._released += self._context.store.release(
            self._context.connection.workspace,
            cause=group.cause.group,
            fingerprint=kept,
            now=self._context.clock.now(),
        )

    def _facts_for(self, groups: Sequence[HeldGroup]) -> OrgFacts:
        """The org's facts, a call where they are old; none are asked for where no describe could
        make a cause go away."""
        for group in groups:
            if group.cause.fingerprint and depends_on_describe(group.cause):
                return self._context.crm.facts()
        connection = self._context.connection
        return OrgFacts(connection.org_id, connection.is_sandbox, None)

    def _is_over(self) -> bool:
        limits = self._limits
        if limits.until is not None and self._context.clock.now() >= limits.until:
            return True
        if limits.max_entries is not None and self._taken >= limits.max_entries:
            return True
        return limits.stopping()

    def _fetch_batch(self) -> tuple[Sequence[Entry], Purpose] | None:
        """The entries of the first kind that is due and may go out now, and their purpose; None
        where there is none."""
        store, workspace = self._context.store, self._context.connection.workspace
        now = self._context.clock.now()
        for kind, purpose, size in BATCHES:
            entries = store.due(workspace, kind, self._room(size), now)
            if entries and not self._must_wait(kind, purpose, now):
                return entries[: batch_size(entries, size)], purpose
        return None

    def _room(self, size: int) -> int:
        """How many entries may still be taken in this pass, at most `size`."""
        if self._limits.max_entries is None:
            return size
        return min(size, self._limits.max_entries - self._taken)

    def _must_wait(self, kind: Kind, purpose: Purpose, now: float) -> bool:
        """Whether due entries of that kind may not go out now."""
        if kind == "purchase" and self._waits_for_another_workspace(now):
            return True
        return self._is_throttled(purpose)

    def _waits_for_another_workspace(self, now: float) -> bool:
        """Whether another workspace's lost create may still arrive in this org: the same person may
        be waiting here."""
        connection = self._context.connection
        sent_at = self._context.store.unclear_elsewhere(connection.org_id, connection.workspace)
        if sent_at is None or now >= sent_at + BELIEVE_NO_AFTER_S:
            return False
        self._paused = Availability("in_doubt", "", now, now + OTHERS_DOUBT_DELAY_S)
        return True

    def _is_throttled(self, purpose: Purpose) -> bool:
        """Whether entries of that purpose must wait. Only when purchases must does the workspace
        pause: then all do."""
        connection = self._context.connection
        self._throttled = self._availability.measure(connection, self._context.crm, purpose)
        if "purchases" in self._throttled:
            now = self._context.clock.now()
            quota = Availability("quota", "", now, self._throttled["purchases"])
            self._paused = self._availability.pause(connection, quota)
        return purpose in self._throttled

    def _count(self, taken: int, result: BatchResult) -> None:
        """Add up what a batch brought. Raises the error about the whole org that ended it early."""
        self._taken += taken
        self._done += result.done
        self._held += result.held
        self._released += result.released
        self._limits.on_progress(self._report())
        if result.stopped_by is not None:
            raise result.stopped_by
        self._failures = 0

    def _wait_until_due(self) -> bool:
        """Wait for an entry that is due within seconds (a locked row, a lost answer), a few times a
        pass; False where there is nothing to wait for."""
        if self._paused is not None or self._waits >= MAX_WAITS:
            return False
        workspace, clock = self._context.connection.workspace, self._context.clock
        due = next_due(self._context.store, workspace, self._throttled)
        if due is None:
            return False
        wait = due - clock.now()
        if not 0 < wait <= MAX_WAIT_S:
            return False
        self._waits += 1
        clock.sleep(wait)
        return True

    def _wait_to_retry(self, error: OrgError) -> bool:
        """Wait a moment and try again, a few times where the error allows it; else keep what it
        pauses: False."""
        if self._may_retry(error):
            return True
        if self._paused is None or isinstance(error, ReconnectRequired | QuotaReached):
            self._paused = self._availability.record(self._context.connection, error)
        return False

    def _may_retry(self, error: OrgError) -> bool:
        """Whether the error may pass by itself within seconds; then those have passed."""
        delays = self._retry_delays(error)
        if self._failures >= len(delays) or self._limits.stopping():
            return False
        self._context.clock.sleep(delays[self._failures])
        self._failures += 1
        return True

    def _retry_delays(self, error: OrgError) -> tuple[float, ...]:
        """How long to wait before each further try, in seconds; empty where none is worth it."""
        if isinstance(error, ReconnectRequired):
            return ()
        if isinstance(error, QuotaReached):
            return CONCURRENT_RETRY_DELAYS_S if error.kind == "concurrent" else ()
        if self._paused is None and error.retry_after_s <= MAX_RETRY_AFTER_S:
            return RETRY_DELAYS_S
        return ()

    def _report_doubt(self) -> None:
        """Say so where all that is left waits for a lost answer to become clear."""
        if self._paused is not None:
            return
        store, workspace = self._context.store, self._context.connection.workspace
        now, due = self._context.clock.now(), store.next_due(workspace)
        if due is not None and due > now and store.counts(workspace).writing:
            self._paused = Availability("in_doubt", "", now, due)

    def _report(self) -> DrainReport:
        return DrainReport(
            done=self._done,
            held=self._held,
            released=self._released,
            paused=self._paused,
            resting=self._throttled,
        )
