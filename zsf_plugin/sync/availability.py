"""The one place that says whether a workspace's org may be asked now, and keeps what an error
pauses. Shares are computed by `decision.budget`; the numbers are the store's, by org, so that all
workspaces and processes of one org see one budget. Words are `messages.availability`'s.
"""

from __future__ import annotations

from typing import cast

from zsf_plugin.decision.budget import purposes_to_measure, throttled_purposes
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable
from zsf_plugin.model import (
    AVAILABLE,
    Availability,
    AvailabilityCode,
    Connection,
    JsonObject,
    Limits,
    Reason,
)
from zsf_plugin.ports import Clock, Crm, HistoryLine, Pause, Purpose, RuleSource, Store

#: Errors that are about the whole org, not about a record.
OrgError = Unavailable | QuotaReached | ReconnectRequired
ORG_ERRORS = (Unavailable, QuotaReached, ReconnectRequired)
#: Purposes that write; they wait for the first preview, and a failure of theirs pauses the
#: workspace. A failure while looking pauses looking alone.
SENDING: tuple[Purpose, ...] = ("purchases", "activities")
#: So far may the clocks of two machines lie apart.
MAX_CLOCK_SKEW_S = 60.0


class OrgAvailability:
    """Availability of every workspace's org. A failed look is remembered by this object alone; all
    else is the store's."""

    def __init__(self, store: Store, rules: RuleSource, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._failed_looks: dict[str, Availability] = {}

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
        if not found.may_ask:
            return found
        return _share(purpose, self.measure(connection, crm, purpose))

    def _check_all_but_shares(
        self, connection: Connection | None, purpose: Purpose | None
    ) -> Availability:
        """Whether connection, pauses and failed looks allow it."""
        if connection is None:
            return Availability("not_connected")
        if connection.state == "reconnect":
            since = connection.connected_at
            return Availability("reconnect", since=since, reason=connection.reason)
        if connection.state == "previewing" and (purpose is None or purpose in SENDING):
            return Availability("previewing", since=connection.connected_at)
        found = self._paused(connection.workspace)
        if not found.may_ask or purpose is None:
            return found
        return self._failed_look(connection.workspace, purpose) or AVAILABLE

    def _paused(self, workspace: str) -> Availability:
        """What the store keeps of a pause that has not run out."""
        pause = self._store.paused(workspace)
        if pause is None or not _is_in_force(pause, self._clock.now()):
            return AVAILABLE
        code = cast(AvailabilityCode, pause.code)
        return Availability(code, pause.reason, pause.since, pause.until)

    def _failed_look(self, workspace: str, purpose: Purpose) -> Availability | None:
        """What keeps from looking for badges since one failed, until that has passed."""
        failed = self._failed_looks.get(workspace)
        if failed is None or failed.until is None or purpose != "badges":
            return None
        return failed if self._clock.now() < failed.until else None

    def throttled(self, connection: Connection) -> dict[str, float]:
        """The purposes whose share is used, each with when it is looked at again (seconds since
        1970). Costs no call."""
        now = self._clock.now()
        reading = self._store.allocation(connection.org_id, now)
        limits = self._limits(connection)
        return throttled_purposes(reading.used, reading.limit, reading.seen_at, limits, now)

    def measure(self, connection: Connection, crm: Crm, purpose: Purpose) -> dict[str, float]:
        """As `throttled`, asking the org in one call where the reading that throttled `purpose` is
        too old.

        Where the org does not tell, the next call's header does (salesforce-api.md §2.4). Raises as
        `Crm.usage`.
        """
        now = self._clock.now()
        reading = self._store.allocation(connection.org_id, now)
        limits = self._limits(connection)
        used, limit, seen_at = reading.used, reading.limit, reading.seen_at
        if purpose not in purposes_to_measure(used, limit, seen_at, limits, now):
            return throttled_purposes(used, limit, seen_at, limits, now)
        usage = crm.usage()
        if usage is not None:
            self._store.note_usage(connection.org_id, usage.used, usage.limit, self._clock.now())
        return self.throttled(connection)

    def record(
        self, connection: Connection, error: OrgError, purpose: Purpose = "purchases"
    ) -> Availability:
        """Keep what the error pauses, and say it: a sign-in that ended and a day that is used up
        concern the workspace whoever met them; other failures pause what they were met by.

        Raises StoreUnavailable.
        """
        now = self._clock.now()
        if isinstance(error, ReconnectRequired):
            ask_to_reconnect(self._store, connection, error, now)
            return Availability("reconnect", since=now, reason=Reason(error.code, error.data))
        found = _pause_for(error, now)
        if found.code == "quota":
            self._note_exhausted(connection, now)
        if purpose in SENDING or found.code == "quota":
            return self.pause(connection, found)
        if purpose == "badges":
            self._failed_looks[connection.workspace] = found
        return found

    def pause(self, connection: Connection, found: Availability) -> Availability:
        """Pause the workspace for every process, until then."""
        since = self._clock.now() if found.since is None else found.since
        pause = Pause(found.code, found.detail, since, found.until)
        self._store.pause(connection.workspace, pause)
        return found

    def forget_failed_look(self, workspace: str) -> None:
        """Look again at once: a person asks for it."""
        self._failed_looks.pop(workspace, None)

    def _note_exhausted(self, connection: Connection, now: float) -> None:
        """Keep that the org refuses every call: its other workspaces pause by that, without a call
        each."""
        reading = self._store.allocation(connection.org_id, now)
        if reading.limit:
            used = max(reading.used or 0, reading.limit)
            self._store.note_usage(connection.org_id, used, reading.limit, now)

    def _limits(self, connection: Connection) -> Limits:
        workspace = connection.workspace
        return self._rules.rules_for(workspace, {"workspace": workspace}).limits


def ask_to_reconnect(
    store: Store, connection: Connection, error: ReconnectRequired, now: float
) -> None:
    """Mark the connection, unless a person has signed in anew meanwhile; the history tells of it
    once."""
    data: JsonObject = {**error.data}
    line = HistoryLine(now, "sign_in_ended", detail={"code": error.code, "data": data})
    store.ask_to_reconnect(connection, Reason(error.code, error.data), line)


def _is_in_force(pause: Pause, now: float) -> bool:
    """Whether a pause lasts; one from the future, which a clock set back leaves behind, does
    not."""
    return pause.since - MAX_CLOCK_SKEW_S <= now and (pause.until is None or now < pause.until)


def _pause_for(error: Unavailable | QuotaReached, now: float) -> Availability:
    """What the error says of the org, and until when."""
    until = now + error.retry_after_s
    if isinstance(error, Unavailable):
        return Availability("unavailable", error.reason, now, until)
    code: AvailabilityCode = "concurrent" if error.kind == "concurrent" else "quota"
    return Availability(code, "", now, until)


def _share(purpose: Purpose, throttled: dict[str, float]) -> Availability:
    if purpose not in throttled:
        return AVAILABLE
    return Availability("throttled", purpose, until=throttled[purpose])
