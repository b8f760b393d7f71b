"""A drain: one pass over a workspace's outbox, under its org's lease, until nothing is due or
something has to rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import cast

from zsf_plugin.errors import (
    Fenced,
    NotSent,
    QuotaReached,
    ReconnectRequired,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.describe import OrgFacts
from zsf_plugin.model.event import Kind
from zsf_plugin.model.link import Connection
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm, Purpose
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Entry, Fence, HeldGroup, Pause, Store
from zsf_plugin.sync.allocation import look, note_exhausted, resting_now, wakes_at
from zsf_plugin.sync.batch import BatchResult, run_batch
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.grounds import looks_at, stands_on_describe
from zsf_plugin.sync.lease import LEASE_S, Heartbeat, Identity
from zsf_plugin.sync.pauses import ask_to_reconnect
from zsf_plugin.sync.report import DrainReport, spent
from zsf_plugin.sync.settlements import BELIEVE_NO_AFTER_S

_log = logging.getLogger("zsf_plugin.sync")

#: Purchases first: they never wait for a touchpoint. How many of each fit the fewest calls
#: (salesforce-api.md §3.6-7).
BATCHES: tuple[tuple[Kind, Purpose, int], ...] = (
    ("purchase", "purchases", 200),
    ("touchpoint", "activities", 1000),
)
#: A call that could not be served is tried again after so many seconds, before the workspace rests
#: (§4.3).
_SOON_S = (1.0, 2.0, 4.0)
#: What is known to take longer than this (maintenance, say) rests at once.
_SOON_ENOUGH_S = 60.0
#: Too many long requests at once (§2.3): nobody's day is used up, so wait a little longer each
#: time, then rest shortly.
_CONCURRENT_S = (1.0, 2.0, 4.0, 8.0)
#: How often one pass waits for an entry that is due soon: a row that stays locked is the next
#: pass's work.
_MOST_WAITS = 5
#: Another workspace of the org has a write whose outcome is unclear: look again after so many
#: seconds.
_ELSEWHERE_S = 30.0


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
    connection = parts.store.connection(workspace)
    paused = _why_not(parts, workspace, connection)
    if connection is None or paused is not None:
        return _closing(parts, workspace, DrainReport(paused=paused))
    owner = parts.identity.new_owner()
    fence = parts.store.acquire_lease(
        f"org:{connection.org_id}",
        owner,
        parts.clock.now(),
        ttl_s=LEASE_S,
        is_dead=parts.identity.is_dead,
    )
    if fence is None:
        return _closing(parts, workspace, DrainReport(busy=True))
    desk = DrainContext(
        parts.store, parts.crm_of(connection), parts.rules, parts.clock, connection, fence
    )
    before = _calls(parts.store, connection, parts.clock.now())
    with parts.heart(parts.store, fence, parts.clock):
        try:
            report = _Pass(desk, limits).run()
        except Fenced:
            _log.warning(
                "another drainer took over the org of workspace %s; this one settles nothing more",
                workspace,
            )
            report = DrainReport(busy=True)
    calls = spent(before, _calls(parts.store, connection, parts.clock.now()))
    return _closing(
        parts, workspace, replace(report, calls=sum(calls.values()), calls_by_purpose=calls)
    )


def _why_not(parts: DrainParts, workspace: str, connection: Connection | None) -> Pause | None:
    """Why the workspace rests, or None. A pause that has run out is taken away."""
    now = parts.clock.now()
    if connection is None:
        return Pause("not_connected", "no connection to Salesforce yet: run `zsf connect`", now)
    if connection.state == "reconnect":
        return Pause(
            "reconnect",
            connection.reason or "sign in again: run `zsf connect`",
            connection.connected_at,
        )
    if connection.state == "previewing":
        words = "in the console the first preview has to be seen, and what waits decided on"
        return Pause("previewing", words, connection.connected_at)
    pause = parts.store.paused(workspace)
    if pause is not None and pause.until is not None and pause.until <= now:
        parts.store.pause(workspace, None)
        return None
    return pause


def _closing(parts: DrainParts, workspace: str, report: DrainReport) -> DrainReport:
    counts = parts.store.counts(workspace)
    pause = report.paused or parts.store.paused(workspace)
    wakes = wakes_at(parts.store, workspace, report.resting)
    report = replace(report, waiting=counts.waiting, paused=pause, wakes_at=wakes)
    return replace(report, looks_at=looks_at(report, parts.clock.now()) if counts.held else None)


def _calls(store: Store, connection: Connection, now: float) -> Mapping[str, int]:
    return store.allocation(connection.org_id, now).by_purpose


def _fewer(entries: Sequence[Entry], size: int) -> Sequence[Entry]:
    """Entries whose answer was lost go in ever smaller batches, so that one which always breaks the
    connection is soon alone with it."""
    lost = max((entry.attempts for entry in entries if entry.state == "writing"), default=0)
    return entries[: max(1, size >> 2 * lost)]


class _Pass:
    """The loop of one drain: pick a batch, run it, rest where the org says so."""

    def __init__(self, desk: DrainContext, limits: DrainLimits) -> None:
        self._desk = desk
        self._limits = limits
        self._report = DrainReport()
        self._failures = 0
        self._waits = 0
        self._taken = 0

    def run(self) -> DrainReport:
        """Run batches until nothing is due."""
        try:
            self._desk.crm.keep_alive()
            self._report = replace(self._report, resting=self._resting())
            if "purchases" not in self._report.resting:
                self._release_changed()
        except ReconnectRequired as error:
            self._rests_for(error)
            return self._report
        while not self._over():
            try:
                if not self._next_batch() and not self._soon():
                    break
            except (Unavailable, QuotaReached, ReconnectRequired) as error:
                if self._rests_for(error):
                    break
        self._tell_of_unclear()
        return self._report

    def _release_changed(self) -> None:
        """Put back held entries whose fingerprint no longer stands: something that could matter has
        changed."""
        held = [
            group
            for group in self._desk.store.held(self._desk.connection.workspace)
            if group.cause.fingerprint
        ]
        if not held:
            return
        try:
            fingerprint = self._desk.fingerprint(self._facts_for(held))
        except ReconnectRequired:
            raise
        except ZsfError:
            # a batch that follows meets the same error; without one, the next look does

            return
        workspace, released = self._desk.connection.workspace, 0
        for group in held:
            now = fingerprint(group.cause)
            if now and group.cause.fingerprint not in (None, now):
                released += self._desk.store.release(
                    workspace,
                    cause=group.cause.group,
                    fingerprint=group.cause.fingerprint,
                    now=self._desk.clock.now(),
                )
        if released:
            _log.info(
                "workspace %s: %s held entries are tried again, as what they waited for changed",
                workspace,
                released,
            )
            self._report = replace(self._report, released=released)

    def _facts_for(self, held: Sequence[HeldGroup]) -> OrgFacts:
        """The facts, a call where they are old; none are asked for where no describe could make a
        cause go away."""
        if any(stands_on_describe(group.cause) for group in held):
            return self._desk.crm.facts()
        connection = self._desk.connection
        return OrgFacts(connection.org_id, connection.is_sandbox, None)

    def _over(self) -> bool:
        limits = self._limits
        out_of_time = limits.until is not None and self._desk.clock.now() >= limits.until
        enough = limits.max_entries is not None and self._taken >= limits.max_entries
        return out_of_time or enough or limits.stopping()

    def _next_batch(self) -> bool:
        """Run one batch of the first kind that is due and does not rest; False where there is
        none."""
        desk, now = self._desk, self._desk.clock.now()
        for kind, purpose, size in BATCHES:
            room = (
                size
                if self._limits.max_entries is None
                else min(size, self._limits.max_entries - self._taken)
            )
            entries = _fewer(desk.store.due(desk.connection.workspace, kind, room, now), size)
            if not entries or (kind == "purchase" and self._unclear_elsewhere(now)):
                continue
            if self._rests(purpose):
                continue
            self._take_in(len(entries), run_batch(desk, entries, purpose))
            return True
        return False

    def _rests(self, purpose: Purpose) -> bool:
        """Whether entries of that purpose must wait. Only when purchases rest does the workspace:
        then all do."""
        desk = self._desk
        tired = look(desk.store, desk.rules, desk.crm, desk.connection, desk.clock, purpose)
        self._report = replace(self._report, resting=tired)
        if "purchases" in tired:
            reason = "everything rests: our share of the org's API calls is used"
            self._pause("quota", reason, tired["purchases"])
        return purpose in tired

    def _unclear_elsewhere(self, now: float) -> bool:
        """Whether another workspace's lost create may still arrive in this org: the same person may
        be waiting here."""
        sent_at = self._desk.store.unclear_elsewhere(
            self._desk.connection.org_id, self._desk.connection.workspace
        )
        if sent_at is None or now >= sent_at + BELIEVE_NO_AFTER_S:
            return False
        reason = (
            "an answer of Salesforce to another workspace of this org was lost; "
            "purchases wait until it is settled"
        )
        self._report = replace(
            self._report, paused=Pause("unclear", reason, now, now + _ELSEWHERE_S)
        )
        return True

    def _tell_of_unclear(self) -> None:
        """Say so where all that is left waits for a lost answer to become clear."""
        store, workspace, now = (
            self._desk.store,
            self._desk.connection.workspace,
            self._desk.clock.now(),
        )
        due = store.next_due(workspace)
        if (
            self._report.paused is None
            and due is not None
            and due > now
            and store.counts(workspace).writing
        ):
            reason = (
                "an answer of Salesforce was lost; nothing is created until it is known "
                "what became of it"
            )
            self._report = replace(self._report, paused=Pause("unclear", reason, now, due))

    def _soon(self) -> bool:
        """Wait for an entry that is due within seconds (a locked row, a lost answer), a few times a
        pass."""
        due = wakes_at(self._desk.store, self._desk.connection.workspace, self._report.resting)
        wait = (
            None if due is None or self._report.paused is not None else due - self._desk.clock.now()
        )
        if wait is None or not 0 < wait <= _SOON_S[-1] or self._waits >= _MOST_WAITS:
            return False
        self._waits += 1
        self._desk.clock.sleep(wait)
        return True

    def _resting(self) -> dict[str, float]:
        desk = self._desk
        return resting_now(desk.store, desk.rules, desk.connection, desk.clock.now())

    def _take_in(self, taken: int, result: BatchResult) -> None:
        self._taken += taken
        self._report = self._report.plus(result.done, result.held, result.released)
        self._limits.on_progress(self._report)
        if result.stopped_by is not None:
            raise result.stopped_by
        self._failures = 0

    def _rests_for(self, error: ZsfError) -> bool:
        """Rest for an error that is about the org; True where the pass is over."""
        if isinstance(error, ReconnectRequired):
            now = self._desk.clock.now()
            ask_to_reconnect(self._desk.store, self._desk.connection, error, now)
            self._report = replace(self._report, paused=Pause("reconnect", error.reason, now))
            return True
        if isinstance(error, QuotaReached):
            return (
                self._day_is_used(error) if error.kind == "daily" else self._too_many_at_once(error)
            )
        return self._report.paused is not None or self._could_not_serve(cast(Unavailable, error))

    def _day_is_used(self, error: QuotaReached) -> bool:
        """The org refuses everybody: this workspace rests, and its siblings by what is kept of the
        org."""
        note_exhausted(self._desk.store, self._desk.connection, self._desk.clock.now())
        self._pause("quota", str(error), self._desk.clock.now() + error.retry_after_s)
        return True

    def _too_many_at_once(self, error: QuotaReached) -> bool:
        """Back off a few times, each longer; then a short pause under its own name. The day is not
        used up."""
        if self._wait_a_moment(_CONCURRENT_S):
            return False
        self._pause("concurrent", str(error), self._desk.clock.now() + error.retry_after_s)
        return True

    def _wait_a_moment(self, steps: Sequence[float]) -> bool:
        if self._failures >= len(steps) or self._limits.stopping():
            return False
        self._desk.clock.sleep(steps[self._failures])
        self._failures += 1
        return True

    def _could_not_serve(self, error: Unavailable) -> bool:
        """Wait a moment and go on, a few times; then, or where a longer wait is asked for, the
        workspace rests."""
        if error.retry_after_s <= _SOON_ENOUGH_S and self._wait_a_moment(_SOON_S):
            return False
        what = (
            "Salesforce cannot be reached"
            if isinstance(error, NotSent)
            else "Salesforce could not answer"
        )
        self._pause(
            "unavailable", f"{what}: {error.reason}", self._desk.clock.now() + error.retry_after_s
        )
        return True

    def _pause(self, code: str, reason: str, until: float) -> None:
        pause = Pause(code, reason, self._desk.clock.now(), until)
        self._desk.store.pause(self._desk.connection.workspace, pause)
        self._report = replace(self._report, paused=pause)
