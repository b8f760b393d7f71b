"""The org's allocation at work: what rests now, the one look when a rest ends, and when a workspace
has work again.

Deciding is `decision.budget`'s; the numbers are the store's, by org, so that all workspaces and
processes of one org see one budget. The shares are the workspace's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.decision.budget import must_look, resting
from zsf_plugin.model.event import Kind
from zsf_plugin.model.link import Connection
from zsf_plugin.model.rules import Limits
from zsf_plugin.ports.clock import Clock
from zsf_plugin.ports.crm import Crm, Purpose
from zsf_plugin.ports.rules import RuleSource
from zsf_plugin.ports.store import Store

#: What each kind of entry spends its calls on.
PURPOSES: tuple[tuple[Kind, Purpose], ...] = (
    ("purchase", "purchases"),
    ("touchpoint", "activities"),
)


def limits_of(rules: RuleSource, workspace: str) -> Limits:
    """The workspace's own limits."""
    return rules.rules_for(workspace, {"workspace": workspace}).limits


def resting_now(
    store: Store, rules: RuleSource, connection: Connection, now: float
) -> dict[str, float]:
    """The purposes that rest, each with when it is looked at again. Asks nobody but the store."""
    told = store.allocation(connection.org_id, now)
    if told.used is None:
        return {}
    return resting(told.used, told.limit, told.seen_at, limits_of(rules, connection.workspace), now)


def look(
    store: Store,
    rules: RuleSource,
    crm: Crm,
    connection: Connection,
    clock: Clock,
    purpose: Purpose,
) -> dict[str, float]:
    """The purposes that rest, asking the org in one call where a rest of `purpose` has just ended.

    Where the org does not tell, the next call's header does (salesforce-api.md §2.4). Raises as
    `Crm.usage`.
    """
    now = clock.now()
    told = store.allocation(connection.org_id, now)
    limits = limits_of(rules, connection.workspace)
    if purpose not in must_look(told.used, told.limit, told.seen_at, limits, now):
        return resting(told.used, told.limit, told.seen_at, limits, now)
    usage = crm.usage()
    if usage is not None:
        store.note_usage(connection.org_id, usage.used, usage.limit, clock.now())
    return resting_now(store, rules, connection, clock.now())


def note_exhausted(store: Store, connection: Connection, now: float) -> None:
    """Keep that the org refuses every call: its other workspaces rest by that, without a call
    each."""
    told = store.allocation(connection.org_id, now)
    if told.limit:
        store.note_usage(connection.org_id, max(told.used or 0, told.limit), told.limit, now)


def wakes_at(store: Store, workspace: str, rests: Mapping[str, float]) -> float | None:
    """When something that does not rest is due in the workspace (may lie in the past); None where
    nothing waits."""
    moments = [
        max(due, rests.get(purpose, 0.0))
        for kind, purpose in PURPOSES
        if (due := store.next_due(workspace, kind)) is not None
    ]
    return min(moments, default=None)


def next_work(store: Store, rules: RuleSource, workspace: str, now: float) -> float | None:
    """As `wakes_at`, by what the store knows of the workspace: its pause, and its org's
    allocation."""
    connection = store.connection(workspace)
    if connection is None:
        return None
    at = wakes_at(store, workspace, resting_now(store, rules, connection, now))
    pause = store.paused(workspace)
    if at is None or pause is None or (pause.until is not None and pause.until <= now):
        return at
    return None if pause.until is None else max(at, pause.until)
