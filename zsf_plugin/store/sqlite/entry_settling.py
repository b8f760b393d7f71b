"""What becomes of one entry: its state, links and journal, within the caller's transaction."""

from __future__ import annotations

import sqlite3
from operator import attrgetter
from typing import TYPE_CHECKING

from zsf_plugin.store.sqlite.database import execute
from zsf_plugin.store.sqlite.moving import settle_left
from zsf_plugin.store.sqlite.rows import NO_CAUSE, cause_values, row_id

if TYPE_CHECKING:
    from zsf_plugin.ports import Settlement

_WHERE_IT_IS = "SELECT workspace, lane FROM entries WHERE id = ?"
# A person may have ended a pending entry while a drain handled it. What was written is stored
# anyway; a settlement that wrote nothing does not reopen it.
_SETTLE = """
    UPDATE entries SET state = :state, reason = :reason, steps = :steps, not_before = :not_before,
        org_id = :org_id, attempts = attempts + :count_attempt,
        sent_at = CASE :state WHEN 'writing' THEN coalesce(:sent_at, sent_at) END,
        sent_at_org = CASE WHEN :state != 'writing' THEN NULL
            WHEN :sent_at IS NULL THEN sent_at_org ELSE :sent_at_org END,
        sent_as = CASE :state WHEN 'writing' THEN sent_as ELSE '[]' END,
        settled_at = CASE WHEN :state IN ('done', 'skipped', 'held') THEN :now END,
        cause_code = :code, cause_group = :group, cause_key = :key, cause_object = :object,
        cause_field = :field, cause_data = :data, cause_fingerprint = :fingerprint,
        cause_detail = :detail
    WHERE id = :id AND (state IN ('pending', 'writing') OR :state IN ('done', 'writing'))
"""
_DROP_LINK = "DELETE FROM links WHERE workspace = ? AND org_id = ? AND kind = ? AND host_id = ?"
SAVE_LINK = """
    INSERT INTO links
        (workspace, org_id, kind, host_id, object, record_id, written, plan_digest, checked_at,
        arrived)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (workspace, org_id, kind, host_id) DO UPDATE SET object = excluded.object,
        record_id = excluded.record_id, written = excluded.written,
        plan_digest = excluded.plan_digest, checked_at = excluded.checked_at,
        arrived = excluded.arrived
"""
# Not `astuple`, which copies the written fields of each link and line.
LINK_VALUES = attrgetter(
    "kind", "host_id", "object", "record_id", "written", "plan_digest", "checked_at", "arrived"
)
_JOURNAL = (
    "INSERT INTO journal (entry, org_id, object, record_id, action, before, after, at) VALUES "
    "(?, ?, ?, ?, ?, ?, ?, ?)"
)
_JOURNAL_VALUES = attrgetter("object", "record_id", "action", "before", "after", "at")


def settle_entry(
    connection: sqlite3.Connection,
    settlement: Settlement,
    now: float,
    org_id: str,
    linked: set[tuple[str, str]],
    *,
    has_left: bool,
) -> list[tuple[str, str]]:
    """Store one settlement; returns (workspace, lane) of each prospect that is `linked` by it, or
    was by one before it if it is held. Journal and links belong to that org; if the workspace has
    left it, so does the entry's new state."""
    row = row_id(settlement.entry_id)
    found = execute(connection, _WHERE_IT_IS, row).fetchone()
    if found is None:
        return []  # the file was restored from a backup during the drain: nothing to settle
    for line in settlement.journal:
        execute(connection, _JOURNAL, row, org_id, *_JOURNAL_VALUES(line))
    workspace, lanes = found["workspace"], []
    for key in settlement.drop_links:
        execute(connection, _DROP_LINK, workspace, org_id, *key)
    for link in settlement.links:
        execute(connection, SAVE_LINK, workspace, org_id, *LINK_VALUES(link))
        if link.kind == "prospect":
            lanes.append((workspace, link.host_id))
    if has_left:
        settle_left(connection, settlement, now, org_id)
        return []
    linked.update(lanes)
    if settlement.state == "held" and (workspace, found["lane"]) in linked:
        lanes.append((workspace, found["lane"]))
    execute(
        connection,
        _SETTLE,
        id=row,
        org_id=org_id,
        now=now,
        state=settlement.state,
        reason=settlement.reason,
        steps=settlement.steps,
        not_before=settlement.not_before,
        count_attempt=settlement.count_attempt,
        sent_at=settlement.sent_at,
        sent_at_org=settlement.sent_at_org,
        **(cause_values(settlement.cause) if settlement.cause else NO_CAUSE),
    )
    return lanes
