"""Decides whether a workspace's org may be called now, and records the pauses that errors cause.

`decision.budget` computes the shares. Usage is stored per org, so that all workspaces and processes
of one org share one budget. The wording is in `messages.availability`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from zsf_plugin import ports
from zsf_plugin.decision.budget import throttling
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.model import (
    AVAILABLE,
    MOVED,
    Availability,
    AvailabilityCode,
    Limits,
    ReconnectReason,
)
from zsf_plugin.ports import MAX_CLOCK_SKEW_S

if TYPE_CHECKING:
    from zsf_plugin.model import (
        Connection,
        JsonObject,
    )
    from zsf_plugin.ports import (
        Clock,
        Crm,
        Purpose,
        RuleSource,
        Store,
    )

#: Errors that are about the whole org, not about a record.
OrgError = Unavailable | QuotaReached | ReconnectRequired
ORG_ERRORS = (Unavailable, QuotaReached, ReconnectRequired)
#: Purposes that write: they wait for the first preview, and their failures pause the workspace. A
#: failed lookup pauses lookups only.
SENDING: tuple[Purpose, ...] = ("purchases", "activities")

_NONE_FAILED = ("", AVAILABLE)
#: Used calls, the limit, and when the org reported them; the limits of the rules; the current time.
_Reading = tuple[int | None, int | None, float | None, Limits, float]


@dataclass(slots=True, eq=False)
class OrgAvailability:
    """Availability of every workspace's org. Failed lookups are kept in this object; everything
    else is in the store."""

    store: Store
    rules: RuleSource
    clock: Clock
    #: By workspace, the org of the lookup that failed last, and the pause after it.
    _failed_lookups: dict[str, tuple[str, Availability]] = field(default_factory=dict)

    def check(self, connection: Connection | None, purpose: Purpose | None = None) -> Availability:
        """Whether the org may be called for that purpose, from what is stored; costs no call.

        Without a purpose: whether anything may be sent at all, regardless of shares. Raises
        StoreUnavailable.
        """
        found = self._check_without_shares(connection, purpose)
        if connection is None or purpose is None or not found.is_available:
            return found
        return _share(purpose, self.throttled(connection))

    def check_fresh(self, connection: Connection, crm: Crm, purpose: Purpose) -> Availability:
        """Like `check`, but reads the usage in one call if the reading that throttled the purpose
        is too old. Raises as `Crm.usage`."""
        found = self._check_without_shares(connection, purpose)
        if found.is_available:
            found = _share(purpose, self.measure(connection, crm, purpose))
        return found

    def _check_without_shares(
        self, connection: Connection | None, purpose: Purpose | None
    ) -> Availability:
        """Whether the connection, pauses and failed lookups allow it."""
        if connection is None:
            return Availability("not_connected")
        since = connection.connected_at
        if connection.state == "reconnect":
            return Availability("reconnect", since=since, reason=connection.reason)
        if connection.state == "previewing" and purpose in (None, *SENDING):
            return Availability("previewing", since=since)
        pause = self.store.paused(connection.workspace)
        if pause is not None and _is_in_force(pause.since, pause.until, self.clock.now()):
            code = cast(AvailabilityCode, pause.code)
            return Availability(code, pause.reason, pause.since, pause.until, error=pause.error)
        return self._failed_lookup(connection) if purpose == "badges" else AVAILABLE

    def _failed_lookup(self, connection: Connection) -> Availability:
        """The pause on badge lookups in the org after one failed, while it lasts."""
        org_id, failed = self._failed_lookups.get(connection.workspace, _NONE_FAILED)
        if org_id != connection.org_id:
            return AVAILABLE
        now, until = self.clock.now(), failed.until or 0.0
        return failed if _is_in_force(failed.since or 0.0, until, now) else AVAILABLE

    def throttled(self, connection: Connection) -> dict[str, float]:
        """The purposes whose share is used up, and when each is checked again (seconds since 1970).
        Costs no call."""
        return throttling(*self._reading(connection)).until

    def measure(self, connection: Connection, crm: Crm, purpose: Purpose) -> dict[str, float]:
        """Like `throttled`, but reads the usage in one call if the reading that throttled `purpose`
        is too old.

        If the org does not report it, the header of the next call does (salesforce-api.md §2.4).
        Raises as `Crm.usage`.
        """
        found = throttling(*self._reading(connection))
        if purpose not in found.to_measure:
            return found.until
        usage = crm.usage()
        if usage is not None:
            self.store.note_usage(connection.org_id, usage.used, usage.limit, self.clock.now())
        return self.throttled(connection)

    def _reading(self, connection: Connection) -> _Reading:
        """The current inputs for computing shares."""
        now, workspace = self.clock.now(), connection.workspace
        allocation = self.store.allocation(connection.org_id, now)
        limits = self.rules.in_force(workspace).rules_for({"workspace": workspace}).limits
        return allocation.used, allocation.limit, allocation.seen_at, limits, now

    def record(
        self, connection: Connection, error: OrgError, purpose: Purpose = "purchases"
    ) -> Availability:
        """Record and return what the error pauses: an ended sign-in and a used-up daily limit pause
        the whole workspace, whatever the purpose; other errors pause only the purpose that met
        them.

        Raises StoreUnavailable.
        """
        now = self.clock.now()
        if isinstance(error, ReconnectRequired):
            if error.code != MOVED:  # else nobody has to sign in
                ask_to_reconnect(self.store, connection, error, now)
            reason = ReconnectReason(error.code, error.data)
            return Availability("reconnect", since=now, reason=reason)
        found = _pause_for(error, now)
        if isinstance(error, QuotaReached) and error.kind == "daily":
            self._note_exhausted(connection, now)
        if found.code == "quota" or purpose in SENDING:
            return self.pause(connection, found)
        if purpose == "badges":
            self._failed_lookups[connection.workspace] = (connection.org_id, found)
        return found

    def pause(self, connection: Connection, found: Availability) -> Availability:
        """Pause the workspace for every process, until `found.until`, while it is connected to that
        org."""
        since = found.since or self.clock.now()
        pause = ports.WorkspacePause(
            found.code, found.detail, since, found.until, connection.org_id, found.error
        )
        self.store.pause(connection.workspace, pause)
        return found

    def forget_failed_lookup(self, workspace: str) -> None:
        """Allow the next lookup at once, because a person asks for it."""
        self._failed_lookups.pop(workspace, None)

    def _note_exhausted(self, connection: Connection, now: float) -> None:
        """Record that the org refuses every call, so that its other workspaces pause without a call
        each."""
        allocation = self.store.allocation(connection.org_id, now)
        if allocation.limit:
            used = max(allocation.used or 0, allocation.limit)
            self.store.note_usage(connection.org_id, used, allocation.limit, now)


def ask_to_reconnect(
    store: Store, connection: Connection, error: ReconnectRequired, now: float
) -> None:
    """Mark the connection, unless someone has signed in again since; the history records it
    once."""
    data: JsonObject = {**error.data}
    line = ports.HistoryLine(now, "sign_in_ended", detail={"code": error.code, "data": data})
    store.ask_to_reconnect(connection, ReconnectReason(error.code, error.data), line)


def _is_in_force(since: float, until: float | None, now: float) -> bool:
    """Whether a pause is in force. One that starts in the future, as a clock set back leaves
    behind, is not."""
    return since - MAX_CLOCK_SKEW_S <= now and (until is None or now < until)


def _pause_for(error: Unavailable | QuotaReached, now: float) -> Availability:
    """The pause that the error calls for."""
    until = now + error.retry_after_s
    if isinstance(error, Unavailable):
        return Availability("unavailable", str(error), now, until, error=error.code)
    code: AvailabilityCode = "concurrent" if error.kind == "concurrent" else "quota"
    return Availability(code, "", now, until)


def _share(purpose: Purpose, throttled: dict[str, float]) -> Availability:
    if purpose not in throttled:
        return AVAILABLE
    return Availability("throttled", purpose, until=throttled[purpose])
