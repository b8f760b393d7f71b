"""The one place that says whether a workspace's org may be asked now, and keeps what an error
pauses. Shares are computed by `decision.budget`; the numbers are the store's, by org, so that all
workspaces and processes of one org see one budget. Words are `messages.availability`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from zsf_plugin.decision.budget import throttling
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.model import (
    AVAILABLE,
    Availability,
    AvailabilityCode,
    Connection,
    JsonObject,
    Limits,
    ReconnectReason,
)
from zsf_plugin.ports import Clock, Crm, HistoryLine, Purpose, RuleSource, Store, WorkspacePause

#: Errors that are about the whole org, not about a record.
OrgError = Unavailable | QuotaReached | ReconnectRequired
ORG_ERRORS = (Unavailable, QuotaReached, ReconnectRequired)
#: Purposes that write; they wait for the first preview, and a failure of theirs pauses the
#: workspace. A failure while looking pauses looking alone.
SENDING: tuple[Purpose, ...] = ("purchases", "activities")
#: So far may the clocks of two machines lie apart.
MAX_CLOCK_SKEW_S = 60.0


#: Used calls, the limit, when the org told them; the limits of the rules, and the time now.
_Reading = tuple[int | None, int | None, float | None, Limits, float]


@dataclass(slots=True, eq=False)
class OrgAvailability:
    """Availability of every workspace's org. A failed look is remembered by this object alone; all
    else is the store's."""

    store: Store
    rules: RuleSource
    clock: Clock
    _failed_looks: dict[str, Availability] = field(default_factory=dict)

    def check(self, connection: Connection | None, purpose: Purpose | None = None) -> Availability:
        """Whether the org may be asked for that purpose, by what is stored; costs no call.

        Without a purpose: whether anything may be sent at all, whatever the shares. Raises
        StoreUnavailable.
        """
        found = self._check_all_but_shares(connection, purpose)
        if connection is None or purpose is None or not found.may_ask:
            return found
        return _share(purpose, self.throttled(connection))

    def check_asking(self, connection: Connection, crm: Crm, purpose: Purpose) -> Availability:
        """Like `check`, but asks the org in one call where the reading that throttled the purpose
        is too old. Raises as `Crm.usage`."""
        found = self._check_all_but_shares(connection, purpose)
        if found.may_ask:
            found = _share(purpose, self.measure(connection, crm, purpose))
        return found

    def _check_all_but_shares(
        self, connection: Connection | None, purpose: Purpose | None
    ) -> Availability:
        """Whether connection, pauses and failed looks allow it."""
        if connection is None:
            return Availability("not_connected")
        since = connection.connected_at
        if connection.state == "reconnect":
            return Availability("reconnect", since=since, reason=connection.reason)
        if connection.state == "previewing" and purpose in (None, *SENDING):
            return Availability("previewing", since=since)
        pause = self.store.paused(connection.workspace)
        if pause is not None and _is_in_force(pause, self.clock.now()):
            code = cast(AvailabilityCode, pause.code)
            return Availability(code, pause.reason, pause.since, pause.until)
        return self._failed_look(connection.workspace) if purpose == "badges" else AVAILABLE

    def _failed_look(self, workspace: str) -> Availability:
        """What keeps from looking for badges since one failed, until that has passed."""
        failed = self._failed_looks.get(workspace, AVAILABLE)
        return failed if self.clock.now() < (failed.until or 0.0) else AVAILABLE

    def throttled(self, connection: Connection) -> dict[str, float]:
        """The purposes whose share is used, each with when it is looked at again (seconds since
        1970). Costs no call."""
        return throttling(*self._reading(connection)).until

    def measure(self, connection: Connection, crm: Crm, purpose: Purpose) -> dict[str, float]:
        """As `throttled`, asking the org in one call where the reading that throttled `purpose` is
        too old.

        Where the org does not tell, the next call's header does (salesforce-api.md §2.4). Raises as
        `Crm.usage`.
        """
        found = throttling(*self._reading(connection))
        if purpose not in found.to_measure:
            return found.until
        usage = crm.usage()
        if usage is not None:
            self.store.note_usage(connection.org_id, usage.used, usage.limit, self.clock.now())
        return self.throttled(connection)

    def _reading(self, connection: Connection) -> _Reading:
        """What shares are computed by, as it is known now."""
        now, workspace = self.clock.now(), connection.workspace
        told = self.store.allocation(connection.org_id, now)
        limits = self.rules.rules_for(workspace, {"workspace": workspace}).limits
        return told.used, told.limit, told.seen_at, limits, now

    def record(
        self, connection: Connection, error: OrgError, purpose: Purpose = "purchases"
    ) -> Availability:
        """Keep what the error pauses, and say it: a sign-in that ended and a day that is used up
        concern the workspace whoever met them; other failures pause what they were met by.

        Raises StoreUnavailable.
        """
        now = self.clock.now()
        if isinstance(error, ReconnectRequired):
            ask_to_reconnect(self.store, connection, error, now)
            return Availability(
                "reconnect", since=now, reason=ReconnectReason(error.code, error.data)
            )
        found = _pause_for(error, now)
        if found.code == "quota":
            self._note_exhausted(connection, now)
        if found.code == "quota" or purpose in SENDING:
            return self.pause(connection, found)
        if purpose == "badges":
            self._failed_looks[connection.workspace] = found
        return found

    def pause(self, connection: Connection, found: Availability) -> Availability:
        """Pause the workspace for every process, until then."""
        since = found.since or self.clock.now()
        pause = WorkspacePause(found.code, found.detail, since, found.until)
        self.store.pause(connection.workspace, pause)
        return found

    def forget_failed_look(self, workspace: str) -> None:
        """Look again at once: a person asks for it."""
        self._failed_looks.pop(workspace, None)

    def _note_exhausted(self, connection: Connection, now: float) -> None:
        """Keep that the org refuses every call: its other workspaces pause by that, without a call
        each."""
        told = self.store.allocation(connection.org_id, now)
        if told.limit:
            used = max(told.used or 0, told.limit)
            self.store.note_usage(connection.org_id, used, told.limit, now)


def ask_to_reconnect(
    store: Store, connection: Connection, error: ReconnectRequired, now: float
) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; the history tells of it
    once."""
    data: JsonObject = {**error.data}
    line = HistoryLine(now, "sign_in_ended", detail={"code": error.code, "data": data})
    store.ask_to_reconnect(connection, ReconnectReason(error.code, error.data), line)


def _is_in_force(pause: WorkspacePause, now: float) -> bool:
    """Whether a pause lasts; one from the future, which a clock set back leaves behind, does
    not."""
    return pause.since - MAX_CLOCK_SKEW_S <= now and (pause.until is None or now < pause.until)


def _pause_for(error: Unavailable | QuotaReached, now: float) -> Availability:
    """What the error says of the org, and until when."""
    until = now + error.retry_after_s
    if isinstance(error, Unavailable):
        return Availability("unavailable", str(error), now, until)
    code: AvailabilityCode = "concurrent" if error.kind == "concurrent" else "quota"
    return Availability(code, "", now, until)


def _share(purpose: Purpose, throttled: dict[str, float]) -> Availability:
    if purpose not in throttled:
        return AVAILABLE
    return Availability("throttled", purpose, until=throttled[purpose])
