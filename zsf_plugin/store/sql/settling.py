"""What a drain may take from the outbox, and how entries change state. A drain's changes are fenced
by its lease.

What must change together changes here, in one transaction: entry, links, journal, released lanes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import (
    INVALID_EVENT,
    KEY_NOT_ASKABLE,
    OUTCOME_UNCLEAR,
    PERSON_MISSING,
    SEVERAL_MATCH,
    SHARED_MAILBOX,
    Kind,
    is_same_org,
)
from zsf_plugin.ports import ASKED_AGAIN, ORG_LEASE
from zsf_plugin.store.sql import times_ahead
from zsf_plugin.store.sql.database import SqlConnection, StorePart, execute
from zsf_plugin.store.sql.entry_settling import (
    ROW,
    ReadySettlement,
    ready_to_store,
    save_link,
    settle_together,
)
from zsf_plugin.store.sql.leases import fenced
from zsf_plugin.store.sql.moving import org_of, resume
from zsf_plugin.store.sql.rows import (
    CLEAR_CAUSE,
    column_list,
    entry_from_row,
    row_id,
)

if TYPE_CHECKING:
    from zsf_plugin.model import Link, Step
    from zsf_plugin.ports import Entry, Fence, Moment, ReleasedBy, Settlement

_WRITING = """
    SELECT * FROM entries INDEXED BY entries_writing
    WHERE workspace = :workspace AND kind = :kind AND state = 'writing' ORDER BY id LIMIT :limit
"""
# No entry overtakes an older one of its kind and lane that has to wait; those are few.
_OLDER_WAITS = """EXISTS (
        SELECT 1 FROM entries AS older INDEXED BY entries_backing_off
        WHERE older.workspace = entries.workspace AND older.state IN ('pending', 'writing')
          AND older.not_before > 0 AND older.not_before > {now}
          AND older.kind = entries.kind AND older.lane = entries.lane AND older.id < entries.id)
"""
# INDEXED BY: without statistics SQLite may prefer an index that has to sort the whole backlog for
# each batch.
_DUE = f"""
    SELECT * FROM entries INDEXED BY entries_waiting
    WHERE workspace = :workspace AND kind = :kind AND state IN ('pending', 'writing')
        AND not_before <= :now
      AND NOT {_OLDER_WAITS.format(now=":now")}
    ORDER BY id LIMIT :limit
"""
_DUE_AT_ONCE = f"""
    SELECT CAST(0 AS DOUBLE PRECISION) FROM entries INDEXED BY entries_waiting
    WHERE workspace = ? AND kind = ? AND state IN ('pending', 'writing') AND not_before <= 0
      AND NOT {_OLDER_WAITS.format(now="0")} LIMIT 1
"""
_DUE_AFTER_BACKOFF = f"""
    SELECT min(not_before) FROM entries INDEXED BY entries_backing_off
    WHERE workspace = ? AND kind = ? AND state IN ('pending', 'writing') AND not_before > 0
      AND NOT {_OLDER_WAITS.format(now="0")}
"""
_IN_DOUBT_UNTIL = """
    SELECT max(not_before) FROM entries INDEXED BY entries_writing
    WHERE workspace = ? AND kind = ? AND state = 'writing'
"""
#: Until when nothing of a workspace and kind is due: the first of them that answers says it.
NEXT_DUE = (_IN_DOUBT_UNTIL, _DUE_AT_ONCE, _DUE_AFTER_BACKOFF)
# A batch has one workspace. The first 15 characters of an org's id decide.
_LEASE_IS_OURS = """
    SELECT coalesce((
        SELECT CASE substr(connections.org_id, 1, 15) WHEN substr(:org_id, 1, 15) THEN 0 ELSE 1 END
        FROM entries CROSS JOIN connections ON connections.workspace = entries.workspace
        WHERE entries.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:rows)) LIMIT 1
    ), 0) AS has_left
    FROM leases WHERE name = :name AND epoch = :epoch AND owner = :owner /* FOR SHARE */
"""
_MARK_WRITING = """
    UPDATE entries SET state = 'writing', org_id = :org_id
    WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:rows))
        AND state IN ('pending', 'writing')
"""
# What an earlier, lost attempt was to create may still arrive, so it is kept beside what this one
# creates.
_MARK_CREATING = """
    UPDATE entries SET state = 'writing', org_id = :org_id, sent_at = :sent_at,
        sent_at_org = :sent_at_org,
        sent_as = CASE sent_as WHEN '[]' THEN :objects ELSE (
            SELECT json_group_array(name) FROM (
                SELECT value AS name FROM json_each(sent_as)
                    UNION SELECT value FROM json_each(:objects) ORDER BY name) AS names) END
    WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:rows))
        AND state IN ('pending', 'writing')
"""
_NOTHING = column_list(())
_REOPEN = f"""
    UPDATE entries SET state = 'pending', not_before = 0, attempts = 0, settled_at = NULL,
        released_at = :released_at, released_by = :released_by, {CLEAR_CAUSE}
    WHERE workspace = :workspace AND state = 'held'
"""
_RELEASE_LANES = f"""{_REOPEN} AND lane IN (SELECT value FROM json_each(:lanes))
    AND cause_code IN ('{PERSON_MISSING}', '{KEY_NOT_ASKABLE}')
"""
_HELD_LANE = "SELECT lane FROM entries WHERE workspace = ? AND id = ? AND state = 'held'"
_RELEASE_CHOSEN = f"""{_REOPEN} AND (id = :id
    OR (lane = :lane AND cause_code IN
        ('{SEVERAL_MATCH}', '{SHARED_MAILBOX}', '{PERSON_MISSING}', '{KEY_NOT_ASKABLE}')))
"""
_RELEASE = f"""{_REOPEN} AND coalesce(cause_code, '') != '{INVALID_EVENT}'
    AND (:ids IS NULL OR id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)))
    AND (:cause IS NULL OR cause_code = :cause OR cause_group = :cause)
    AND (:fingerprint IS NULL OR cause_fingerprint = :fingerprint)
"""
# Releasing an in-doubt entry vouches for its lane: what was dropped or left in doubt there is
# settled too.
_LANES_VOUCHED_FOR = f"""
    SELECT lane FROM entries
    WHERE workspace = :workspace AND state = 'held' AND cause_code = '{OUTCOME_UNCLEAR}'
        AND (:ids IS NULL OR id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)))
        AND (:cause IS NULL OR cause_code = :cause OR cause_group = :cause)
"""
_FORGET_DROPPED_IN_DOUBT = f"""
    UPDATE entries SET cause_code = NULL
    WHERE workspace = :workspace AND state = 'skipped' AND cause_code = '{OUTCOME_UNCLEAR}'
        AND lane IN ({_LANES_VOUCHED_FOR})
"""
_FORGET_LEFT_IN_DOUBT = f"""
    DELETE FROM left_in_doubt WHERE workspace = :workspace
        AND org_id = (SELECT org_id FROM connections WHERE workspace = :workspace)
        AND lane IN ({_LANES_VOUCHED_FOR})
"""
_ASK_AGAIN = f"""
    INSERT INTO facts (org_id, name, body, fetched_at)
    SELECT org_id, '{ASKED_AGAIN}', '1', :now FROM connections WHERE workspace = :workspace
    ON CONFLICT (org_id, name) DO UPDATE SET
        body = CAST(CAST(facts.body AS INTEGER) + 1 AS TEXT), fetched_at = excluded.fetched_at
"""
SKIP_PENDING = """
    UPDATE entries SET state = 'skipped', reason = :reason, settled_at = :now
    WHERE workspace = :workspace AND state = 'pending'
"""
#: As `SKIP_PENDING`, up to an entry, by its row id.
SKIP_PENDING_UP_TO = f"{SKIP_PENDING} AND id <= :last"
_SKIP_BY_ID = """
    UPDATE entries SET state = 'skipped', reason = :reason, settled_at = :now
    WHERE workspace = :workspace AND state IN ('pending', 'held')
        AND id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))
"""


#: A drain changes at most this many entries in one transaction, since the hooks of other processes
#: may wait for it; and no more than the least number, with one statement each for entries, links
#: and journal, if a hook of this process waits, or comes. Where none waits, the most go together.
MAX_TOGETHER = 50
MIN_TOGETHER = 10


class Settling(StorePart):
    """Takes entries out of the outbox."""

    def due(self, workspace: str, kind: Kind, limit: int, now: float) -> Sequence[Entry]:
        """The entries that a drain may take now, oldest first; those in `writing` come first, and
        nothing overtakes them."""
        wanted = {"workspace": workspace, "kind": kind, "limit": max(limit, 0)}
        with self._database.reading() as connection:
            in_doubt_until = execute(connection, _IN_DOUBT_UNTIL, workspace, kind).fetchone()[0]
            if in_doubt_until is None:
                rows = execute(connection, _DUE, now=now, **wanted).fetchall()
            elif in_doubt_until <= now:
                rows = execute(connection, _WRITING, **wanted).fetchall()
            else:
                rows = []
        entries = []
        for row in give_way_between(rows):
            entries.append(entry_from_row(row))
        return entries

    def next_due(self, workspace: str, kind: Kind | None = None) -> float | None:
        """When the next entry of that kind, or of any, is due; 0.0 if one never had to wait."""
        moments = []
        with self._database.reading() as connection:
            for each in get_args(Kind) if kind is None else (kind,):
                for statement in NEXT_DUE:
                    row = execute(connection, statement, workspace, each).fetchone()
                    if row is not None and row[0] is not None:
                        moments.append(row[0])
                        break
        return min(moments, default=None)

    def mark_writing(
        self,
        fence: Fence,
        entry_ids: Collection[str],
        sent_at: float,
        *,
        creating: Mapping[str, Collection[str]],
        sent_at_org: float | None = None,
    ) -> None:
        """Mark waiting entries `writing`; ended ones stay ended. Raises Fenced. All at once: after
        an error none counts as sent."""
        rows = list(map(row_id, entry_ids))
        alike: dict[str, list[int | None]] = {}
        for entry, row in zip(entry_ids, rows, strict=True):
            alike.setdefault(column_list(sorted(creating.get(entry, ()))), []).append(row)
        sent = {"sent_at": sent_at, "sent_at_org": sent_at_org}
        with self._database.writing(rows) as connection:
            org_id, has_left = require_lease(connection, fence, rows)
            if has_left:
                raise fenced(fence)
            for objects, of_objects in alike.items():
                values: dict[str, object] = {"org_id": org_id, "rows": of_objects}
                if objects == _NOTHING:
                    execute(connection, _MARK_WRITING, **values)
                else:
                    execute(connection, _MARK_CREATING, objects=objects, **values, **sent)

    def forget_times_ahead(self, fence: Fence, workspace: str, now: Moment, latest: float) -> int:
        """Undo what a clock that was ahead has stored; reads only, if that is nothing."""
        org_id = fence.name.removeprefix(ORG_LEASE)
        values = times_ahead.values_of(workspace, org_id, now, latest)
        with self._database.reading() as connection:
            if execute(connection, times_ahead.ANY, **values).fetchone() is None:
                return 0
        with self._database.writing(workspace) as connection:
            require_lease(connection, fence, ())
            return times_ahead.forget(connection, values)

    def settle(self, fence: Fence, settlements: Sequence[Settlement], now: float) -> int:
        """Store the settlements in parts, each one transaction with all that belongs to its
        entries. Returns the number of held entries that this released."""
        size, waiting = MIN_TOGETHER, self._database.waiting
        if waiting is None:
            size, waiting = MAX_TOGETHER, ()
        org_id = fence.name.removeprefix(ORG_LEASE)
        stored, released, is_over = 0, 0, False
        linked: set[tuple[str, str]] = set()
        ready: list[ReadySettlement] = []
        while True:
            if not ready:
                following = settlements[stored : stored + MAX_TOGETHER]
                for settlement in give_way_between(following):
                    ready.append(ready_to_store(settlement, now, org_id))
            done, lanes = 0, dict[str, list[str]]()
            rows = list(map(ROW, ready))
            with self._database.writing(rows) as connection:
                _, has_left = require_lease(connection, fence, rows)
                for first in give_way_between(range(0, len(ready), size), waiting):
                    if waiting and first:
                        break
                    together = ready[first : first + size]
                    done += len(together)
                    for workspace, lane in settle_together(
                        connection, together, now, org_id, linked, has_left=has_left
                    ):
                        lanes.setdefault(workspace, []).append(lane)
                # Last, so that a touchpoint finds its person whatever the order within a batch.
                for workspace, of_workspace in lanes.items():
                    listed = column_list(of_workspace)
                    cursor = execute(
                        connection,
                        _RELEASE_LANES,
                        workspace=workspace,
                        lanes=listed,
                        released_at=now,
                        released_by="link",
                    )
                    if cursor.rowcount:
                        resume(connection, workspace)
                        released += cursor.rowcount
            del ready[:done]
            stored += done
            is_over = is_over or has_left
            if stored >= len(settlements):
                break
        if is_over:
            raise fenced(fence)
        return released

    def release(
        self,
        workspace: str,
        *,
        entry_ids: Collection[str] | None = None,
        cause: str | None = None,
        fingerprint: str | None = None,
        now: float | None = None,
    ) -> int:
        """Release the held entries that match every given argument; counted in the history if `now`
        is given. Returns their number."""
        ids = None if entry_ids is None else list(map(row_id, entry_ids))
        wanted = {"workspace": workspace, "ids": ids, "cause": cause, "fingerprint": fingerprint}
        by: ReleasedBy = "person" if fingerprint is None else "change"
        marked = {"released_at": now, "released_by": None if now is None else by}
        with self._database.writing(workspace) as connection:
            if by == "person":
                execute(connection, _FORGET_DROPPED_IN_DOUBT, **wanted)
                execute(connection, _FORGET_LEFT_IN_DOUBT, **wanted)
            released = execute(connection, _RELEASE, **wanted, **marked).rowcount
            if not released:
                return 0
            resume(connection, workspace)
            if now is not None and by == "person":
                execute(connection, _ASK_AGAIN, workspace=workspace, now=now)
            return released

    def choose(self, workspace: str, entry_id: str, org_id: str, link: Link, now: float) -> int:
        """Store the link that a person chose for a held entry, and release the entries that waited
        for it. Returns their number."""
        row = row_id(entry_id)
        with self._database.writing(workspace) as connection:
            found = execute(connection, _HELD_LANE, workspace, row).fetchone()
            connected = org_of(connection, workspace) or org_id
            if found is None or not is_same_org(connected, org_id):
                return 0
            save_link(connection, workspace, org_id, link)
            chosen = {"workspace": workspace, "id": row, "lane": found["lane"]}
            marked = {"released_at": now, "released_by": "person"}
            released = execute(connection, _RELEASE_CHOSEN, **chosen, **marked).rowcount
            resume(connection, workspace)
            return released

    def skip(
        self, workspace: str, reason: Step, now: float, *, entry_ids: Collection[str] | None = None
    ) -> int:
        """Skip all pending entries, or those of these ids that are pending or held. Returns their
        number."""
        ending: dict[str, object] = {"workspace": workspace, "reason": reason, "now": now}
        with self._database.writing(workspace) as connection:
            if entry_ids is None:
                return execute(connection, SKIP_PENDING, **ending).rowcount
            ids = list(map(row_id, entry_ids))
            return execute(connection, _SKIP_BY_ID, ids=ids, **ending).rowcount


def require_lease(
    connection: SqlConnection, fence: Fence, rows: Sequence[int | None]
) -> tuple[str, bool]:
    """The id of the lease's org, and whether the workspace of these entries is connected to another
    one by now. Raises Fenced."""
    org_id = fence.name.removeprefix(ORG_LEASE)
    wanted = {"name": fence.name, "epoch": fence.epoch, "owner": fence.owner}
    found = execute(connection, _LEASE_IS_OURS, rows=rows, org_id=org_id, **wanted).fetchone()
    if found is None:
        raise fenced(fence)
    return org_id, bool(found["has_left"])
