"""Looks at every workspace and sends what an operator must hear of: once, or while a worker runs.
What an incident is, and its words, are in `sync.alerts`.

The state is the workspace's history, so any process goes on where another ended. One at a time
looks; two at once would send a message twice, under one id.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.messages.alerts import TEST_SUBJECT, TEST_TEXT
from zsf_plugin.ports import HistoryLine
from zsf_plugin.sync import alerts

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsf_plugin.model import JsonObject
    from zsf_plugin.ports import WorkspaceOverview
    from zsf_plugin.sync.leases import LeaseParts
    from zsf_plugin.wiring.webhooks import Delivery, Webhook

_log = Log("zsf_plugin.wiring")

LEASE = "alerts"
LEASE_S = 60.0
#: A look ends early, so that its lease outlives it.
_MAX_LOOK_S = LEASE_S / 3
INTERVAL_S = 60.0
MAX_INTERVAL_S = 3600.0
#: How long a worker that ends waits for a message that is being sent.
_STOP_TIMEOUT_S = 15.0
HISTORY_CODE = "alerted"


@dataclass(frozen=True, slots=True)
class AlertReport:
    """How many messages were sent, how many wait to be sent again, and how many incidents last.
    `is_busy`: another process was looking, and this one did nothing. `is_unanswered`: the receiver
    did not answer as it should, so that no more was tried."""

    sent: int = 0
    failed: int = 0
    incidents: int = 0
    is_busy: bool = False
    is_unanswered: bool = False


class Alerts:
    """Alerts of all workspaces, sent to one webhook."""

    def __init__(self, parts: LeaseParts, webhook: Webhook, max_held: int) -> None:
        self._parts = parts
        self._webhook = webhook
        self._max_held = max_held

    def look(self, stopping: Callable[[], bool] = lambda: False) -> AlertReport:
        """Look at every workspace once, and send what is new and what could not be sent before.
        Ends if the receiver does not answer; goes on if it refuses a message. Raises
        StoreUnavailable."""
        fence, _ = self._parts.acquire(LEASE, LEASE_S, stopping)
        if fence is None:
            return AlertReport(is_busy=True)
        try:
            return self._look_at_all(stopping)
        finally:
            self._parts.store.release_lease(fence)

    def _look_at_all(self, stopping: Callable[[], bool]) -> AlertReport:
        clock, report = self._parts.clock, AlertReport()
        started = clock.monotonic()
        every = self._parts.store.overviews(clock.now())
        # in any order: a slow receiver that refuses the first ones must not hold back the last
        for one in random.sample(every, len(every)):
            is_late = clock.monotonic() - started > _MAX_LOOK_S
            if stopping() or is_late or report.is_unanswered:
                break
            report = self._look_at(one, report)
        return report

    def _look_at(self, one: WorkspaceOverview, report: AlertReport) -> AlertReport:
        now, known = self._parts.clock.now(), self._known(one.workspace)
        if alerts.needs_last_pause(one, now):
            one = self._with_last_pause(one)
        kinds = alerts.happening(one, known, self._max_held, now)
        found = alerts.next_incidents(known, kinds, now)
        if found != known:
            self._store(one.workspace, found)  # first: a repetition has the same id
        deliveries = {
            incident: "taken" if incident.is_delivered else self._send(one, incident)
            for incident in found
        }
        tried = tuple(
            replace(incident, is_delivered=delivery == "taken")
            for incident, delivery in deliveries.items()
        )
        if tried != found:
            self._store(one.workspace, tried)
        waiting = sum(not incident.is_delivered for incident in tried)
        sent = sum(incident.is_delivered for incident in tried) - sum(
            incident.is_delivered for incident in found
        )
        lasting = sum(not incident.is_resolved for incident in tried)
        return replace(
            report,
            sent=report.sent + sent,
            failed=report.failed + waiting,
            incidents=report.incidents + lasting,
            is_unanswered="unanswered" in deliveries.values(),
        )

    def _send(self, one: WorkspaceOverview, incident: alerts.Incident) -> Delivery:
        """Send its message; returns what came of it."""
        id_, body = alerts.message_id(one.workspace, incident), alerts.message(one, incident)
        return self._webhook.send(id_, self._parts.clock.now(), body)

    def test(self) -> bool:
        """Send a message that reports nothing; returns whether the receiver took it."""
        now = self._parts.clock.now()
        body: JsonObject = {
            "type": "zsf.test",
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "data": {"email": {"subject": TEST_SUBJECT, "text": TEST_TEXT}},
        }
        return self._webhook.send(f"msg_{uuid.uuid4().hex}", now, body) == "taken"

    def _with_last_pause(self, one: WorkspaceOverview) -> WorkspaceOverview:
        """The workspace as if its last pause were in force, if that began while its oldest entry
        waited, and nothing was sent since."""
        last = self._parts.store.paused(one.workspace)
        if last is None or last.since < (one.waiting_since or 0.0):
            return one
        if self._parts.store.ended_together(one.workspace, last.since):
            return one
        return replace(one, pause=last.code, paused_until=last.until)

    def _known(self, workspace: str) -> alerts.Incidents:
        lines = self._parts.store.history(workspace, codes=(HISTORY_CODE,), limit=1)
        return alerts.incidents_in(lines[0].detail) if lines else ()

    def _store(self, workspace: str, incidents: alerts.Incidents) -> None:
        detail = alerts.incidents_detail(incidents)
        line = HistoryLine(self._parts.clock.now(), HISTORY_CODE, None, detail)
        self._parts.store.add_history(workspace, line)


@contextmanager
def sending_alerts(alerts_: Alerts | None, ended: threading.Event) -> Iterator[None]:
    """While the block runs, look every minute, less often while nothing can be sent, until `ended`
    is set; without alerts do nothing. `ended` must be set when the block ends."""
    if alerts_ is None:
        yield
        return

    def run() -> None:
        delay_s = INTERVAL_S
        while not ended.wait(delay_s):
            is_well = _look(alerts_, ended)
            delay_s = INTERVAL_S if is_well else min(2 * delay_s, MAX_INTERVAL_S)

    thread = threading.Thread(target=run, name="zsf-alerts", daemon=True)
    thread.start()
    yield
    thread.join(_STOP_TIMEOUT_S)


def _look(alerts_: Alerts, ended: threading.Event) -> bool:
    """Look once; an error ends neither the thread nor the drains. Returns whether to look again
    soon."""
    try:
        return not alerts_.look(ended.is_set).is_unanswered
    except ZsfError as error:
        _log.warning("could not look for alerts, trying again later: %s", error)
    except Exception as error:  # noqa: BLE001 - a defect here must not end the thread for good
        kind, place = type(error).__name__, place_of(error)
        _log.error("defect while looking for alerts: %s at %s", kind, place)
    return False
