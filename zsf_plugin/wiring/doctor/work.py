"""Checks of what a workspace does by what is stored: its connection, rules, API calls and entries.
Makes no call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zsf_plugin.messages.availability import NOT_DRAINED_TEXT, availability_text, holder_text
from zsf_plugin.messages.connection import RENEWAL_WORDS
from zsf_plugin.messages.doctor import RULES_HINT, SENT_BY, SENT_BY_NOBODY, WAITING_SINCE
from zsf_plugin.messages.text import cause_advice, cause_text
from zsf_plugin.sync.alerts import PAUSE_DELAY_S
from zsf_plugin.wiring.doctor.found import DoctorFinding, Outcome, finding
from zsf_plugin.wiring.doctor.org_reading import sign_in_ended

if TYPE_CHECKING:
    from zsf_plugin.model import Connection, Renewal
    from zsf_plugin.wiring.rule_checks import CheckedRules
    from zsf_plugin.wiring.status import WorkspaceStatus

#: Findings in rules that the check of the mapping makes, for every layer at once.
_OF_MAPPING = ("FIELD_GONE", "FIELD_MISSING", "FIELD_READ_ONLY", "OBJECT_HIDDEN")
#: Pauses that the check of the connection reports.
_OF_CONNECTION = ("not_connected", "reconnect", "previewing")


def connection(found: Connection | None, renewal: Renewal | None) -> Outcome:
    """Whether the workspace is connected, and started."""
    if found is None:
        return Outcome([finding("NOT_CONNECTED")])
    if found.state == "reconnect":
        return Outcome([sign_in_ended(found.reason)])
    data = {
        "state": found.state,
        "kind": "sandbox" if found.is_sandbox else "org",
        "org": f"{found.org_name} ({found.org_id})" if found.org_name else found.org_id,
        "user": found.username,
    }
    return Outcome([*_of_connection(found, renewal)], data)


def _of_connection(found: Connection, renewal: Renewal | None) -> Iterator[DoctorFinding]:
    if found.state == "previewing":
        yield finding("NOT_STARTED")
    if renewal is None:
        words = RENEWAL_WORDS["unknown"]
        yield finding("NO_RENEWAL", why=words.why, advice=words.advice)


def rules(found: CheckedRules) -> Outcome:
    """What is wrong with the rules in force, also beside the org as last read."""
    every = [one for one in found.findings if one.code not in _OF_MAPPING]
    findings = [DoctorFinding(one.code, one.severity, str(one), RULES_HINT) for one in every]
    return Outcome(findings, {"rules": found.valid})


def api_calls(status: WorkspaceStatus) -> Outcome:
    """Whether some purpose has used its share of the org's API calls."""
    used, limit = status.allocation.used, status.allocation.limit
    found = [
        finding("SHARE_USED", purpose=purpose, used=used, limit=limit)
        for purpose in status.throttled_until
    ]
    shares = ", ".join(f"{name} at {share:.0%}" for name, share in status.shares.items())
    known = {
        "used": "an unknown number" if used is None else used,
        "limit": limit or "the org's calls",
        "shares": shares,
    }
    return Outcome(found, known)


def entries(status: WorkspaceStatus, waiting_since: float | None) -> Outcome:
    """Which entries are held, and why."""
    found = [
        finding(
            "ENTRIES_HELD",
            entries=group.entries,
            cause=cause_text(group.cause),
            advice=cause_advice(group.cause),
        )
        for group in status.held
    ]
    return Outcome(found, {"waiting": _waiting(status, waiting_since)})


def _waiting(status: WorkspaceStatus, waiting_since: float | None) -> str:
    waiting = str(status.counts.pending + status.counts.writing)
    if waiting_since is None:
        return waiting
    return WAITING_SINCE.format(waiting=waiting, since=_utc(waiting_since))


def sync(status: WorkspaceStatus, waiting_since: float | None, now: float) -> Outcome:
    """Whether what is due is being sent, and who sends it."""
    holder, said = status.holder, SENT_BY_NOBODY
    if holder is not None and not holder.is_dead:
        said = SENT_BY.format(holder=holder_text(holder.machine, holder.pid))
    return Outcome([*_overdue(status, waiting_since, now)], {"holder": said})


def _overdue(
    status: WorkspaceStatus, waiting_since: float | None, now: float
) -> Iterator[DoctorFinding]:
    paused = status.paused
    if paused is not None:
        if paused.code not in _OF_CONNECTION:
            yield finding("PAUSED", why=availability_text(paused))
    elif status.is_undrained:
        yield finding("NOT_DRAINED", why=NOT_DRAINED_TEXT)
    elif waiting_since is not None and now - waiting_since > PAUSE_DELAY_S:
        yield finding("ENTRIES_WAIT", since=_utc(waiting_since))


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
