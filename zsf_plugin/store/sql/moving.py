"""What happens to a workspace's entries when it is connected to another org, and when it comes
back. Part of the caller's transaction.

An entry that was being written in the old org, or is held because its outcome there is unclear, is
decided again for the new one. Its write stays in doubt in the old org (`left_in_doubt`): other
workspaces of that org wait for it, and back there the entry is looked up before it writes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsf_plugin.model import OUTCOME_UNCLEAR
from zsf_plugin.store.sql.database import SqlConnection, execute
from zsf_plugin.store.sql.rows import CLEAR_CAUSE, row_id

if TYPE_CHECKING:
    from zsf_plugin.model import Connection
    from zsf_plugin.ports import Settlement

_ORG = "SELECT org_id FROM connections WHERE workspace = ?"
_IS_ELSEWHERE = "workspace = :workspace AND org_id IS NOT NULL AND org_id != :org_id"
_WRITING = f"SELECT id FROM entries WHERE {_IS_ELSEWHERE} AND state = 'writing'"
_HELD_IN_DOUBT = f"""
    SELECT id FROM entries INDEXED BY entries_unclear_lane
    WHERE {_IS_ELSEWHERE} AND cause_code = '{OUTCOME_UNCLEAR}' AND state = 'held'
"""
# A held entry no longer knows what it sent or when: at the latest when it was held, and anything.
_LEAVE = f"""
    INSERT INTO left_in_doubt
        (entry, org_id, workspace, kind, lane, sent_at, sent_at_org, sent_as, attempts)
    SELECT id, org_id, workspace, kind, lane, coalesce(sent_at, settled_at), sent_at_org, sent_as,
        attempts
    FROM entries WHERE id IN ({_WRITING} UNION ALL {_HELD_IN_DOUBT})
    ON CONFLICT (entry, org_id) DO UPDATE SET sent_at = excluded.sent_at,
        sent_at_org = excluded.sent_at_org, sent_as = excluded.sent_as, attempts = excluded.attempts
"""
_DECIDE_AGAIN = f"""
    UPDATE entries SET state = 'pending', not_before = 0, attempts = 0, sent_at = NULL,
        sent_at_org = NULL, sent_as = '[]', settled_at = NULL, {CLEAR_CAUSE}
    WHERE id IN ({_WRITING} UNION ALL {_HELD_IN_DOUBT})
"""
# What made them wait was in the old org.
_WAIT_NO_LONGER = f"""
    UPDATE entries SET not_before = 0, attempts = 0 WHERE {_IS_ELSEWHERE} AND state = 'pending'
"""
_RESUME = """
    UPDATE entries SET state = 'writing', org_id = waiting.org_id, not_before = 0,
        sent_at = waiting.sent_at, sent_at_org = waiting.sent_at_org, sent_as = waiting.sent_as,
        attempts = waiting.attempts
    FROM left_in_doubt AS waiting
    WHERE waiting.org_id = (SELECT org_id FROM connections WHERE workspace = :workspace)
        AND waiting.workspace = :workspace
        AND waiting.entry = entries.id AND entries.state = 'pending'
"""
_FORGET_RESUMED = """
    DELETE FROM left_in_doubt WHERE workspace = :workspace
        AND org_id = (SELECT org_id FROM connections WHERE workspace = :workspace)
        AND EXISTS (SELECT 1 FROM entries WHERE entries.id = entry AND entries.state = 'writing'
            AND entries.org_id = left_in_doubt.org_id)
"""
_KNOWN = "SELECT 1 FROM left_in_doubt WHERE entry = ? AND org_id = ?"
_FORGET = "DELETE FROM left_in_doubt WHERE entry = ? AND org_id = ?"
_STILL_IN_DOUBT = """
    UPDATE left_in_doubt SET sent_at = coalesce(:sent_at, sent_at),
        sent_at_org = CASE WHEN :sent_at IS NULL THEN sent_at_org ELSE :sent_at_org END,
        attempts = attempts + :count_attempt
    WHERE entry = :entry AND org_id = :org_id
"""
_DONE_THERE = """
    UPDATE entries SET state = 'done', reason = :reason, steps = :steps, settled_at = :now,
        org_id = :org_id
    WHERE id = :entry AND state = 'pending'
"""


def org_of(database: SqlConnection, workspace: str) -> str | None:
    """The id of the org that the workspace is connected to, or None."""
    row = execute(database, _ORG, workspace).fetchone()
    return None if row is None else row["org_id"]


def move(database: SqlConnection, connection: Connection) -> None:
    """Fit the workspace's entries to the org that it is connected to now, which may be the same as
    before."""
    wanted = {"workspace": connection.workspace, "org_id": connection.org_id}
    for statement in (_LEAVE, _DECIDE_AGAIN, _WAIT_NO_LONGER):
        execute(database, statement, **wanted)
    resume(database, connection.workspace)


def resume(database: SqlConnection, workspace: str) -> None:
    """Take pending entries whose write is in doubt in the connected org up again: they are looked
    up before they write."""
    if execute(database, _RESUME, workspace=workspace).rowcount:
        execute(database, _FORGET_RESUMED, workspace=workspace)


def settle_left(database: SqlConnection, settlement: Settlement, now: float, org_id: str) -> None:
    """Store how an entry's write ended in an org that its workspace has left. An entry that was not
    in doubt there stays as it is."""
    entry = row_id(settlement.entry_id)
    key = {"entry": entry, "org_id": org_id}
    if execute(database, _KNOWN, entry, org_id).fetchone() is None:
        return
    if settlement.state == "writing":
        sent = {"sent_at": settlement.sent_at, "sent_at_org": settlement.sent_at_org}
        attempt = {"count_attempt": settlement.count_attempt}
        execute(database, _STILL_IN_DOUBT, **key, **sent, **attempt)
        return
    execute(database, _FORGET, entry, org_id)
    if settlement.state == "done":
        story = {"reason": settlement.reason, "steps": settlement.steps, "now": now}
        execute(database, _DONE_THERE, **key, **story)
