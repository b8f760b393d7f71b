"""Status: what `zsf status` tells of a workspace, gathered from the store without a call to
Salesforce."""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.decision.budget import NextRest, next_to_rest, resting, shares
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model.json import JsonObject
from zsf_plugin.model.link import Connection
from zsf_plugin.model.rules import Switches
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.store import Allocation, Counts, HeldGroup, Pause, Store
from zsf_plugin.rulebook import Finding, Rulebook


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
    paused: Pause | None
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
        counts, told, connection = self.counts, self.allocation, self.connection
        return {
            "workspace": self.workspace,
            "pending": counts.pending,
            "writing": counts.writing,
            "held": counts.held,
            "done": counts.done,
            "skipped": counts.skipped,
            "causes": [
                {"cause": g.cause.group, "text": cause_text(g.cause), "entries": g.entries}
                for g in self.held
            ],
            "paused": {
                "code": self.paused.code if self.paused else None,
                "reason": self.paused.reason if self.paused else None,
                "until": self.paused.until if self.paused else None,
            },
            "api": {
                "used": told.used,
                "limit": told.limit,
                "seen_at": told.seen_at,
                "calls_by_purpose": dict(told.by_purpose),
                "share": dict(self.shares),
                "resting": dict(self.resting),
                "rests_until": self.rests_until,
                "next_to_rest": _next_json(self.next_rest),
            },
            "connection": {
                "state": connection.state if connection else "not_connected",
                "environment": connection.environment if connection else None,
                "instance_url": connection.instance_url if connection else None,
                "org_id": connection.org_id if connection else None,
                "org_name": connection.org_name if connection else None,
                "username": connection.username if connection else None,
                "since": connection.connected_at if connection else None,
            },
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


def status_of(store: Store, rules: Rulebook, clock: Clock, workspace: str) -> Status:
    """The workspace's status. Raises StoreUnavailable."""
    now = clock.now()
    connection = store.connection(workspace)
    told = store.allocation(connection.org_id, now) if connection is not None else Allocation()
    in_force = rules.rules_for(workspace, {"workspace": workspace})
    return Status(
        workspace=workspace,
        counts=store.counts(workspace),
        held=tuple(store.held(workspace)),
        paused=_pause(store, connection, workspace, now),
        allocation=told,
        shares=shares(in_force.limits),
        next_rest=next_to_rest(told.used, told.limit, in_force.limits),
        resting=resting(told.used, told.limit, told.seen_at, in_force.limits, now),
        connection=connection,
        switches=in_force.switches,
        findings=rules.findings(workspace),
    )


def _next_json(rest: NextRest | None) -> JsonObject | None:
    if rest is None:
        return None
    return {"purpose": rest.purpose, "at_used": rest.at_used, "calls_left": rest.calls_left}


def _pause(store: Store, connection: Connection | None, workspace: str, now: float) -> Pause | None:
    """Why it rests; one that has run out is none."""
    if connection is not None and connection.state == "reconnect":
        return Pause(
            "reconnect",
            connection.reason or "sign in again: run `zsf connect`",
            connection.connected_at,
        )
    if connection is not None and connection.state == "previewing":
        return Pause(
            "previewing",
            "nothing is sent before a preview: open `zsf console`",
            connection.connected_at,
        )
    pause = store.paused(workspace)
    return None if pause is None or (pause.until is not None and pause.until <= now) else pause
