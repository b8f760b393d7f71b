"""What `zsf status` reports about a workspace, read from the store without a call to Salesforce."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from zsf_plugin.decision.budget import NextThrottled, next_throttled, shares
from zsf_plugin.messages.availability import (
    NOT_DRAINED,
    NOT_DRAINED_TEXT,
    availability_text,
)
from zsf_plugin.messages.keys import KEY_TOO_SHORT, TOKENS_UNREADABLE, unreadable_text
from zsf_plugin.messages.rule_findings import finding_text
from zsf_plugin.messages.text import cause_text
from zsf_plugin.ports import Allocation
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.names import shown_name
from zsf_plugin.sync.due import in_doubt_elsewhere, in_doubt_here, next_work

if TYPE_CHECKING:
    from zsf_plugin.errors import NotSent
    from zsf_plugin.model import (
        Availability,
        Connection,
        Json,
        JsonObject,
        Renewal,
        Rule,
        Switches,
    )
    from zsf_plugin.ports import Clock, EntryCounts, HeldGroup, Store, StoreSize
    from zsf_plugin.rulebook import Rulebook
    from zsf_plugin.settings import Settings
    from zsf_plugin.sync.availability import OrgAvailability
    from zsf_plugin.sync.leases import Holder

#: Entries that came just now are about to be drained, in seconds.
JUST_NOW_S = 2.0


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """One workspace now. `throttled_until` maps each throttled purpose to the time (seconds since
    1970) at which the allocation is read again.

    `shares` are those (0..1) at which each purpose is throttled, highest rank first;
    `next_throttled` is the next purpose to be throttled; `findings` what is wrong with the rules,
    `unfit` what in them does not fit the org;
    `holder` who drains the workspace's org now, or did until it died; `refresh_holder` who
    refreshes its sign-in, for which calls may wait;
    `unreadable` are the workspaces, of all, whose tokens no known secret key fits;
    `renewal` what renews the connection's session; `network_fault` why the proxy or the
    certificates of the settings cannot be used; `is_undrained`: entries are due that no process is
    sending; `short_key`: that the secret key is too short, and what to do; `size` of the database;
    `rules_digest` changes whenever any rule in force does, `rule_files` are their files, low to
    high.
    """

    workspace: str
    counts: EntryCounts
    held: tuple[HeldGroup, ...]
    paused: Availability | None
    allocation: Allocation
    throttled_until: dict[str, float]
    shares: dict[str, float]
    next_throttled: NextThrottled | None
    connection: Connection | None
    switches: Switches
    findings: tuple[Finding, ...] = ()
    unfit: tuple[Finding, ...] = ()
    holder: Holder | None = None
    refresh_holder: Holder | None = None
    renewal: Renewal | None = None
    unreadable: tuple[str, ...] = ()
    network_fault: NotSent | None = None
    is_undrained: bool = False
    short_key: str | None = None
    size: StoreSize | None = None
    rules_digest: str = ""
    rule_files: tuple[str, ...] = ()

    @property
    def allocation_recheck_at(self) -> float | None:
        """When the allocation is read again, if anything is throttled by it; the window rolls, so
        throttling may continue."""
        if self.paused is not None and self.paused.code == "quota":
            return self.paused.until
        return min(self.throttled_until.values(), default=None)

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
            "holder": holder_json(self.holder),
            "refresh_holder": holder_json(self.refresh_holder),
            "undrained": _undrained_json(self.is_undrained),
            "api": self._api_json(),
            "connection": _connection_json(self.connection, self.renewal),
            "switches": {
                "sync_prospects": self.switches.sync_prospects,
                "sync_activities": self.switches.sync_activities,
                "include_contents": self.switches.include_contents,
            },
            "secret_key": secret_key_json(self.unreadable, self.short_key),
            "network": network_json(self.network_fault),
            "database": database_json(self.size),
            "rules": {
                "digest": self.rules_digest,
                "files": list(self.rule_files),
                "findings": len(self.findings),
                "wrong_files": list(dict.fromkeys(finding.file for finding in self.findings)),
                "unfit": [str(finding) for finding in self.unfit],
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
            "resting": dict(self.throttled_until),
            "rests_until": self.allocation_recheck_at,
            "next_to_rest": _next_json(self.next_throttled),
        }


def holder_json(holder: Holder | None) -> JsonObject | None:
    """Who holds a lease, as in `status` and `drain`; times are seconds since 1970 by the
    holder's clock."""
    return None if holder is None else asdict(holder)


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


def _connection_json(connection: Connection | None, renewal: Renewal | None) -> JsonObject:
    """Without a connection every key is null but `state`. `renews`: whether a session that ends is
    followed by another without a person."""
    document: dict[str, Json] = {"renews": None if connection is None else renewal is not None}
    for key, attribute in _CONNECTION.items():
        document[key] = None if connection is None else getattr(connection, attribute)
    return document if connection is not None else {**document, "state": "not_connected"}


def secret_key_json(unreadable: tuple[str, ...], short_key: str | None) -> JsonObject:
    """Whether the secret key fits, and is long enough; `code` and `advice` are null if both."""
    code = KEY_TOO_SHORT if short_key is not None else None
    return {
        "unreadable": list(unreadable),
        "code": TOKENS_UNREADABLE if unreadable else code,
        "advice": unreadable_text(unreadable) if unreadable else short_key,
    }


def _undrained_json(is_undrained: bool) -> JsonObject:
    """Whether entries are due that nobody drains; both null if not."""
    return {
        "code": NOT_DRAINED if is_undrained else None,
        "reason": NOT_DRAINED_TEXT if is_undrained else None,
    }


def network_json(fault: NotSent | None) -> JsonObject:
    """What is wrong with the proxy or the certificates of the settings; null if nothing is."""
    if fault is None:
        return {"code": None, "reason": None}
    return {"code": fault.code, "reason": str(fault)}


def database_json(size: StoreSize | None) -> JsonObject:
    """The size of the database; `free_bytes` is null if it is not known."""
    if size is None:
        return {"bytes": None, "free_bytes": None}
    return {"bytes": size.total, "free_bytes": size.free}


def _cause_json(group: HeldGroup) -> JsonObject:
    cause = group.cause
    return {"cause": cause.group, "text": cause_text(cause), "entries": group.entries}


def paused_json(paused: Availability | None) -> JsonObject:
    """Why a workspace is paused, as in `status` and `drain`: `code`, `reason` and `until` (seconds
    since 1970); all null if it is not."""
    if paused is None:
        return {"code": None, "reason": None, "until": None}
    reason = availability_text(paused)
    return {"code": paused.code, "reason": reason, "until": paused.until}


def status_of(
    store: Store,
    rules: Rulebook,
    clock: Clock,
    availability: OrgAvailability,
    workspace: str,
    holder: Holder | None,
) -> WorkspaceStatus:
    """The workspace's status. Raises StoreUnavailable."""
    connection = store.connection(workspace)
    allocation, throttled = Allocation(), dict[str, float]()
    if connection is not None:
        allocation = store.allocation(connection.org_id, clock.now())
        throttled = availability.throttled(connection)
    paused = _pause_of(store, availability, connection)
    every = rules.in_force(workspace)
    in_force = every.rules_for({"workspace": workspace})
    return WorkspaceStatus(
        workspace=workspace,
        counts=store.counts(workspace),
        held=tuple(store.held_groups(workspace)),
        paused=paused,
        allocation=allocation,
        shares=shares(in_force.limits),
        next_throttled=next_throttled(allocation.used, allocation.limit, in_force.limits),
        throttled_until=throttled,
        connection=connection,
        switches=in_force.switches,
        findings=rules.findings(workspace),
        holder=holder,
        renewal=store.renewal(workspace),
        unreadable=tuple(store.unreadable_tokens()),
        is_undrained=paused is None and _is_undrained(store, availability, workspace, holder),
        size=store.size(),
        rules_digest=every.digest,
        rule_files=_files_in_force(rules, every.rules, workspace),
    )


def _files_in_force(rules: Rulebook, every: tuple[Rule, ...], workspace: str) -> tuple[str, ...]:
    """The files of those rules, without the ones that were never valid."""
    never_valid = rules.never_valid(workspace)
    files = [rule.file for rule in every if rule.layer != "console"]
    return tuple([file for file in files if file not in never_valid])


def _pause_of(
    store: Store, availability: OrgAvailability, connection: Connection | None
) -> Availability | None:
    """Why nothing is sent: what the org or a person has to end, or a write in doubt."""
    found = availability.check(connection)
    if not found.is_available or connection is None:
        return None if found.is_available else found
    now = availability.clock.now()
    own = in_doubt_here(store, connection.workspace, now)
    return own or in_doubt_elsewhere(store, connection, now)


def missing_config(settings: Settings) -> tuple[Finding, ...]:
    """A finding if ZSF_CONFIG_DIR names a folder that is not there, as a volume that is not
    mounted."""
    if not settings.is_config_dir_set or os.path.lexists(settings.config_dir):
        return ()
    words = finding_text("CONFIG_MISSING", {})
    return (Finding(shown_name(str(settings.config_dir)), None, "", words, "CONFIG_MISSING"),)


def _is_undrained(
    store: Store, availability: OrgAvailability, workspace: str, holder: Holder | None
) -> bool:
    """Whether entries are due, and not just since now, that nobody drains."""
    if holder is not None and not holder.is_dead:
        return False
    now, due = availability.clock.now(), next_work(store, availability, workspace)
    if due is None or due > now - JUST_NOW_S:
        return False
    newest = store.entries(workspace, state="pending")
    return not newest or newest[-1].received_at <= now - JUST_NOW_S


def _next_json(upcoming: NextThrottled | None) -> JsonObject | None:
    if upcoming is None:
        return None
    return {
        "purpose": upcoming.purpose,
        "at_used": upcoming.at_used,
        "calls_left": upcoming.calls_left,
    }
