"""Status: what `zsf status` tells of a workspace, gathered from the store without a call to
Salesforce."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision.budget import NextRest, next_to_rest, shares
from zsf_plugin.messages.availability import availability_text
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model import Availability, Connection, Json, JsonObject, Switches
from zsf_plugin.ports import Allocation, Clock, Counts, HeldGroup, Store
from zsf_plugin.rulebook import Finding, Rulebook
from zsf_plugin.sync.availability import OrgAvailability


@dataclass(frozen=True, slots=True)
class Status:
    """One workspace now. `resting` maps each resting purpose to the time (seconds since 1970) of
    the next look.

    `shares` are those (0..1) at which each purpose rests, highest rank first; `next_rest` is what
    rests next; `findings` what is wrong with the rules.
    """

    workspace: str
    counts: Counts
    held: tuple[HeldGroup, ...]
    paused: Availability | None
    allocation: Allocation
    resting: dict[str, float]
    shares: dict[str, float]
    next_rest: NextRest | None
    connection: Connection | None
    switches: Switches
    findings: tuple[Finding, ...] = ()

    @property
    def rests_until(self) -> float | None:
        """When the allocation is looked at again, where something rests by it; the window rolls, so
        it may rest on."""
        if self.paused is not None and self.paused.code == "quota":
            return self.paused.until
        return min(self.resting.values(), default=None)

    def as_json(self) -> JsonObject:
        """The document of `zsf status --json` (design: fixed interfaces)."""
        return {
            "workspace": self.workspace,
            "pending": self.counts.pending,
            "writing": self.counts.writing,
            "held": self.counts.held,
            "done": self.counts.done,
            "skipped": self.counts.skipped,
            "causes": [_cause_json(group) for group in self.held],
            "paused": paused_json(self.paused),
            "api": self._api_json(),
            "connection": _connection_json(self.connection),
            "switches": {
                "sync_prospects": self.switches.sync_prospects,
                "sync_activities": self.switches.sync_activities,
                "include_contents": self.switches.include_contents,
            },
            "rules": {
                "findings": len(self.findings),
                "wrong_files": list(dict.fromkeys(finding.file for finding in self.findings)),
            },
        }

    def _api_json(self) -> JsonObject:
        allocation = self.allocation
        return {
            "used": allocation.used,
            "limit": allocation.limit,
            "seen_at": allocation.seen_at,
            "calls_by_purpose": dict(allocation.by_purpose),
            "share": dict(self.shares),
            "resting": dict(self.resting),
            "rests_until": self.rests_until,
            "next_to_rest": _next_json(self.next_rest),
        }


#: Each key of the connection in JSON, and the attribute that it shows.
_CONNECTION = {
    "state": "state",
    "environment": "environment",
    "instance_url": "instance_url",
    "org_id": "org_id",
    "org_name": "org_name",
    "username": "username",
    "since": "connected_at",
}


def _connection_json(connection: Connection | None) -> JsonObject:
    """All null where there is none, but for the state, which says so."""
    document: dict[str, Json] = {}
    for key, attribute in _CONNECTION.items():
        document[key] = None if connection is None else getattr(connection, attribute)
    return document if connection is not None else {**document, "state": "not_connected"}


def _cause_json(group: HeldGroup) -> JsonObject:
    cause = group.cause
    return {"cause": cause.group, "text": cause_text(cause), "entries": group.entries}


def paused_json(paused: Availability | None) -> JsonObject:
    """Why a workspace pauses, as `status` and `drain` say it: `code`, its words, and until when
    (seconds since 1970); all null where it does not."""
    if paused is None:
        return {"code": None, "reason": None, "until": None}
    reason = availability_text(paused)
    return {"code": paused.code, "reason": reason, "until": paused.until}


def status_of(
    store: Store, rules: Rulebook, clock: Clock, availability: OrgAvailability, workspace: str
) -> Status:
    """The workspace's status. Raises StoreUnavailable."""
    connection = store.connection(workspace)
    allocation, throttled = Allocation(), dict[str, float]()
    if connection is not None:
        allocation = store.allocation(connection.org_id, clock.now())
        throttled = availability.throttled(connection)
    found = availability.check(connection)
    in_force = rules.rules_for(workspace, {"workspace": workspace})
    return Status(
        workspace=workspace,
        counts=store.counts(workspace),
        held=tuple(store.held(workspace)),
        paused=None if found.may_ask else found,
        allocation=allocation,
        shares=shares(in_force.limits),
        next_rest=next_to_rest(allocation.used, allocation.limit, in_force.limits),
        resting=throttled,
        connection=connection,
        switches=in_force.switches,
        findings=rules.findings(workspace),
    )


def _next_json(rest: NextRest | None) -> JsonObject | None:
    if rest is None:
        return None
    return {"purpose": rest.purpose, "at_used": rest.at_used, "calls_left": rest.calls_left}
