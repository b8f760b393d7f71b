"""Which incidents of a workspace an operator hears of, and what is said. Pure: it sends and stores
nothing.

An incident is reported once, and once more when it is over. Both messages are sent until they are
delivered, each under one id, so that a receiver can tell a repetition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from zsf_plugin.messages.alerts import ALERT_WORDS, DISCONNECTED_SUBJECT, DISCONNECTED_TEXT
from zsf_plugin.messages.availability import AVAILABILITY_WORDS
from zsf_plugin.model.text import one_line

if TYPE_CHECKING:
    from zsf_plugin.model import Json, JsonObject
    from zsf_plugin.ports import WorkspaceOverview

AlertKind = Literal["sign_in_ended", "entries_held", "sync_paused"]
#: A pause is reported once an entry has waited for this long: most end sooner by themselves.
PAUSE_DELAY_S = 900.0


@dataclass(frozen=True, slots=True)
class Incident:
    """What was wrong `since` (seconds since 1970), or is over since. `is_delivered`: this state of
    it was reported."""

    kind: AlertKind
    since: float
    is_resolved: bool = False
    is_delivered: bool = False


Incidents: TypeAlias = "tuple[Incident, ...]"


def happening(one: WorkspaceOverview, known: Incidents, max_held: int, now: float) -> set[str]:
    """The kinds of what is wrong with a workspace now."""
    lasts = _is_lasting(known, "sync_paused")
    found = {
        "sign_in_ended": one.state == "reconnect",
        "entries_held": one.counts.held >= _held_bound(known, max_held),
        "sync_paused": _is_still_paused(one) if lasts else _is_paused_long(one, now),
    }
    return {kind for kind, is_so in found.items() if is_so}


def _is_lasting(known: Incidents, kind: AlertKind) -> bool:
    """Whether an incident of that kind is not over."""
    return any(one.kind == kind and not one.is_resolved for one in known)


def _held_bound(known: Incidents, max_held: int) -> int:
    """How many held entries are too many: once that is reported, half as many still are, so that a
    number near the bound is not reported again and again."""
    return (max_held + 1) // 2 if _is_lasting(known, "entries_held") else max_held


def needs_last_pause(one: WorkspaceOverview, now: float) -> bool:
    """Whether a pause whose end has come may be why the workspace sends nothing: it is over once
    sending worked, and until it is tried again nobody knows."""
    return one.state == "connected" and one.pause is None and _has_waited_long(one, now)


def _has_waited_long(one: WorkspaceOverview, now: float) -> bool:
    return one.waiting_since is not None and now - one.waiting_since >= PAUSE_DELAY_S


def _is_paused_long(one: WorkspaceOverview, now: float) -> bool:
    return one.state == "connected" and one.pause is not None and _has_waited_long(one, now)


def _is_still_paused(one: WorkspaceOverview) -> bool:
    """Whether a reported pause goes on. An ended sign-in is not the end of it."""
    return one.pause is not None if one.state == "connected" else one.state is not None


def next_incidents(known: Incidents, kinds: set[str], now: float) -> Incidents:
    """The incidents after a look at the workspace."""
    return tuple(
        incident
        for kind in ALERT_WORDS
        for incident in _next(
            cast(AlertKind, kind),
            next((one for one in known if one.kind == kind), None),
            kind in kinds,
            now,
        )
    )


def _next(
    kind: AlertKind, known: Incident | None, is_happening: bool, now: float
) -> Iterator[Incident]:
    """The incident of that kind, or none. One that comes back is a new one."""
    if is_happening:
        lasts = known is not None and not known.is_resolved
        yield known if known is not None and lasts else Incident(kind, now)
    elif known is not None and not known.is_resolved:
        yield Incident(kind, now, is_resolved=True)
    elif known is not None and not known.is_delivered:
        yield known


def incidents_in(detail: JsonObject) -> Incidents:
    """The incidents in a line of history."""
    stored = cast("Sequence[JsonObject]", detail.get("incidents", ()))
    return tuple(
        Incident(
            cast(AlertKind, one["kind"]),
            float(cast(float, one["since"])),
            bool(one["is_resolved"]),
            bool(one["is_delivered"]),
        )
        for one in stored
        if one["kind"] in ALERT_WORDS
    )


def incidents_detail(incidents: Incidents) -> JsonObject:
    """The detail of their line of history."""
    return {"incidents": [cast("Json", asdict(one)) for one in incidents]}


def message_id(workspace: str, incident: Incident) -> str:
    """The id of its message, the same each time that it is sent."""
    said = repr((workspace, incident.kind, incident.since, incident.is_resolved))
    return f"msg_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def message(one: WorkspaceOverview, incident: Incident) -> JsonObject:
    """The body of its message."""
    subject, text = _words(one, incident)
    values = {
        "workspace": one_line(one.workspace),  # a host may call it anything
        "held": one.counts.held,
        "waiting": one.counts.waiting,
        "pause": AVAILABILITY_WORDS.get(one.pause or "", one.pause or ""),
    }
    return {
        "type": f"zsf.{incident.kind}.{'resolved' if incident.is_resolved else 'raised'}",
        "timestamp": datetime.fromtimestamp(incident.since, UTC).isoformat(timespec="seconds"),
        "data": {
            "workspace": one.workspace,
            "held": one.counts.held,
            "waiting": one.counts.waiting,
            "pause": one.pause,
            "email": {"subject": subject.format(**values), "text": text.format(**values)},
        },
    }


def _words(one: WorkspaceOverview, incident: Incident) -> tuple[str, str]:
    """The templates of its subject and text. Without a connection no incident of one ended well."""
    words = ALERT_WORDS[incident.kind]
    if not incident.is_resolved:
        return words.subject, words.text
    if one.state is None and incident.kind != "entries_held":
        return DISCONNECTED_SUBJECT, DISCONNECTED_TEXT
    return words.resolved_subject, words.resolved_text
