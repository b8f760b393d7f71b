"""Held entries whose cause an admin may lift in Salesforce while every describe stays as it is: a
permission, a lock, full storage; or whoever runs a firewall on the way to it.

Once an hour one entry of each such cause is tried. If that cause does not hold it again, the others
follow; else the hour begins again. So a cause costs the calls of one entry an hour, whatever it
holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zsf_plugin.model import GATEWAY_REFUSED, KEY_NOT_ASKABLE, Cause
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.due import RECHECK_INTERVAL_S

if TYPE_CHECKING:
    from zsf_plugin.ports import HeldGroup

#: Refusals that end when someone changes a permission, a setting or another record in Salesforce
#: (salesforce-api.md §4.2).
LIFTED_IN_THE_ORG = frozenset(
    {
        "ENTITY_IS_LOCKED",
        "FUNCTIONALITY_NOT_ENABLED",
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "STORAGE_LIMIT_EXCEEDED",
        "TRANSFER_REQUIRES_READ",
        "TXN_SECURITY_METERING_ERROR",
        "TXN_SECURITY_NO_ACCESS",
    }
)
#: Between two tries of a cause.
TRIAL_INTERVAL_S = RECHECK_INTERVAL_S
#: How many of the newest entries of a group are read to find one of a cause.
_MAX_READ = 50


def may_be_lifted(cause: Cause) -> bool:
    """Whether an admin may lift the cause without a trace in the describes."""
    if cause.code == KEY_NOT_ASKABLE:
        return cause.data.get("unasked") in ("refused", "gateway")
    return cause.code == GATEWAY_REFUSED or cause.code in LIFTED_IN_THE_ORG


def try_one_of_each(context: DrainContext, groups: Sequence[HeldGroup]) -> dict[str, Cause]:
    """Release one entry of each cause that may be lifted and held nothing for an hour; returns the
    causes by entry id. An entry that was held later than in an hour was held by a clock ahead."""
    tried: dict[str, Cause] = {}
    now = context.clock.now()
    for group in groups:
        if may_be_lifted(group.cause) and abs(now - group.latest) >= TRIAL_INTERVAL_S:
            entry_id = _newest_of(context, group.cause)
            if entry_id is not None and _release(context, group.cause, [entry_id]):
                tried[entry_id] = group.cause
    return tried


def release_others(context: DrainContext, tried: Mapping[str, Cause]) -> int:
    """Release the other entries of each cause whose tried entry ended otherwise; returns their
    number."""
    released = 0
    for entry_id, cause in tried.items():
        entry = context.store.entry(context.connection.workspace, entry_id)
        if entry is None or entry.state not in ("done", "held"):
            continue  # it waits, or a person dropped it: the next drain tries another
        if entry.cause is None or entry.cause.group != cause.group:
            released += _release(context, cause)
    return released


def _newest_of(context: DrainContext, cause: Cause) -> str | None:
    """The id of the newest entry that this cause holds."""
    workspace = context.connection.workspace
    entries = context.store.entries(workspace, state="held", cause=cause.group, limit=_MAX_READ)
    for entry in entries:
        if entry.cause is not None and entry.cause.key == cause.key:
            return entry.id
    return None


def _release(context: DrainContext, cause: Cause, entry_ids: Sequence[str] | None = None) -> int:
    """Release entries of that cause, all by default, as a change does; returns their number."""
    return context.store.release(
        context.connection.workspace,
        entry_ids=entry_ids,
        cause=cause.group,
        fingerprint=cause.fingerprint,
        now=context.clock.now(),
    )
