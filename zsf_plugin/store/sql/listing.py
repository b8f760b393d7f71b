"""Reads of the outbox: entries, counts, held groups, links, journal. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import starmap
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, get_args

from zsf_plugin import ports
from zsf_plugin.model import OUTCOME_UNCLEAR, State
from zsf_plugin.ports import WITH_ID
from zsf_plugin.store.sql.database import StorePart, execute
from zsf_plugin.store.sql.held_causes import IDS_OF_CAUSE, of_cause
from zsf_plugin.store.sql.rows import (
    cause_of,
    column_list,
    entry_from_row,
    journal_line_of,
    link_of,
    row_id,
)
from zsf_plugin.store.sql.state_ranges import NEWEST_FIRST, merged

if TYPE_CHECKING:
    from zsf_plugin.model import Kind, Link, LinkKey, LinkKind
    from zsf_plugin.ports import Entry, EntryCounts, HeldGroup, JournalLine, Moment

#: A row's first column, or its first two.
_FIRST = itemgetter(0)
_PAIR = itemgetter(0, 1)
_ARRIVED = attrgetter("arrived")
# Costs the same however many entries have ended.
_COUNTS = """
    SELECT 'waiting' AS state, count(*) AS entries FROM entries INDEXED BY entries_waiting
    WHERE workspace = :workspace AND state IN ('pending', 'writing')
    UNION ALL SELECT 'writing', count(*) FROM entries INDEXED BY entries_writing
    WHERE workspace = :workspace AND state = 'writing'
    UNION ALL SELECT 'held', count(*) FROM entries INDEXED BY entries_held
    WHERE workspace = :workspace AND state = 'held'
    UNION ALL SELECT state, entries FROM settled_counts WHERE workspace = :workspace
"""
_WAITING_PURCHASES = """
    SELECT count(*) FROM entries INDEXED BY entries_waiting
    WHERE workspace = ? AND kind = 'purchase' AND state IN ('pending', 'writing')
"""
_ENTRY = "SELECT * FROM entries WHERE workspace = ? AND id = ?"
_BY_ID = """
    SELECT entries.* FROM json_each(?) AS ids
    CROSS JOIN entries ON entries.id = CAST(ids.value AS BIGINT)
"""
_UPCOMING = """
    SELECT * FROM entries INDEXED BY entries_waiting
    WHERE workspace = :workspace AND kind = :kind AND state IN ('pending', 'writing')
      AND state = 'pending' AND not_before <= 0 AND id > :after ORDER BY id LIMIT :limit
"""
_WANTED = " AND id < :before AND (:cause IS NULL OR cause_code = :cause OR cause_group = :cause)"
_OF_STATE: Mapping[State, str] = {
    state: merged("*", (state,), _WANTED, NEWEST_FIRST) for state in get_args(State)
}
_OF_ANY_STATE = merged("*", get_args(State), _WANTED, NEWEST_FIRST)
_MAX_ROW_ID = 2**63 - 1
# Grouped inside the index; then one row per group is read, the oldest entry's, for its cause.
_HELD = """
    SELECT entries.*, groups.entries AS held_entries, groups.since, groups.latest
    FROM (
        SELECT count(*) AS entries, min(settled_at) AS since,
            max(settled_at) AS latest, min(id) AS oldest
        FROM entries INDEXED BY entries_held WHERE workspace = ? AND state = 'held'
        GROUP BY cause_code, cause_key, cause_fingerprint
    ) AS groups JOIN entries ON entries.id = groups.oldest
    WHERE cause_code IS NOT NULL
    ORDER BY groups.entries DESC, groups.oldest
"""
# `coalesce`: against a plain parameter SQLite would plan the statement again for each kind, since
# one of them has an index of its own.
_LINKS = """
    SELECT * FROM links
    WHERE workspace = ? AND org_id = ? AND kind = coalesce(?, '')
        AND host_id IN (SELECT value FROM json_each(?))
"""
_LINKED = """
    SELECT record_id FROM links INDEXED BY links_of_touchpoints
    WHERE kind = 'touchpoint' AND org_id = ? AND object = ?
        AND record_id IN (SELECT value FROM json_each(?))
"""
_LANES_IN_DOUBT = f"""
    SELECT lane FROM entries INDEXED BY entries_unclear_lane
    WHERE workspace = :workspace AND lane IN (SELECT value FROM json_each(:lanes))
        AND cause_code = '{OUTCOME_UNCLEAR}'
      AND state IN ('held', 'skipped') AND org_id = :org_id
    UNION SELECT lane FROM left_in_doubt
    WHERE org_id = :org_id AND workspace = :workspace
        AND lane IN (SELECT value FROM json_each(:lanes)) AND sent_at IS NOT NULL
        AND (sent_as = '[]' OR EXISTS (
            SELECT 1 FROM json_each(sent_as) WHERE value NOT LIKE '%{WITH_ID}'))
"""
_IN_DOUBT_ELSEWHERE = """
    SELECT sent_at, sent_at_org FROM entries INDEXED BY entries_writing_in_org
    WHERE org_id = :org_id AND state = 'writing' AND kind = 'purchase'
        AND workspace != :workspace AND sent_at IS NOT NULL
    UNION SELECT sent_at, sent_at_org FROM left_in_doubt
    WHERE org_id = :org_id AND kind = 'purchase' AND sent_at IS NOT NULL
"""
_JOURNAL = """
    SELECT journal.* FROM journal JOIN entries ON entries.id = journal.entry
    WHERE entries.workspace = ? AND journal.entry = ? ORDER BY journal.id
"""
# Newest first by row id; CROSS JOIN keeps the journal as the outer loop, so that a reader who stops
# early reads little. What undoing deleted is no longer there.
_CREATED = """
    SELECT journal.* FROM journal CROSS JOIN entries ON entries.id = journal.entry
    WHERE entries.workspace = :workspace AND journal.action = 'create' AND journal.id < :before
        AND NOT EXISTS (
            SELECT 1 FROM undos WHERE undos.entry = journal.entry
                AND undos.record_id = journal.record_id
                AND undos.action = 'delete' AND undos.state = 'done')
    ORDER BY journal.id DESC LIMIT :lines
"""
_LINES_AT_ONCE = 500
# Jumps from each workspace to the next in the index: the time depends on the number of workspaces,
# not of entries.
WORKSPACE_NAMES = """
    WITH RECURSIVE names (name) AS (
        SELECT min(workspace) FROM entries
        UNION ALL SELECT (SELECT min(workspace) FROM entries
        WHERE workspace > name) FROM names WHERE name IS NOT NULL
    )
"""
_WORKSPACES = f"""
    {WORKSPACE_NAMES}
    SELECT name FROM names WHERE name IS NOT NULL UNION SELECT workspace FROM connections
"""


class Listing(StorePart):
    """Reads entries, links and the journal."""

    def waiting_purchases(self, workspace: str) -> int:
        """Purchases that are pending or being written."""
        row = self._database.row(_WAITING_PURCHASES, workspace)
        return int(row[0]) if row is not None else 0

    def counts(self, workspace: str) -> EntryCounts:
        """Entries by state."""
        counts = dict(map(_PAIR, self._database.rows(_COUNTS, workspace=workspace)))
        pending = counts.pop("waiting") - counts["writing"]
        return ports.EntryCounts(pending, **counts)

    def entry(self, workspace: str, entry_id: str) -> Entry | None:
        """One complete entry, or None."""
        row = self._database.row(_ENTRY, workspace, row_id(entry_id))
        return entry_from_row(row) if row else None

    def entries(
        self,
        workspace: str,
        *,
        state: State | None = None,
        cause: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Entry]:
        """Entries newest first; none if `before` is not an entry's id."""
        end = _MAX_ROW_ID if before is None else row_id(before)
        if cause is not None and state == "held":
            return self._held_by(cause, workspace, end, max(limit, 0))
        rows = self._database.rows(
            _OF_STATE[state] if state else _OF_ANY_STATE,
            workspace=workspace,
            cause=cause,
            before=end,
            limit=max(limit, 0),
        )
        return list(map(entry_from_row, rows))

    def upcoming(self, workspace: str, kind: Kind, after: str, limit: int) -> Sequence[Entry]:
        """Entries of that kind that were accepted after that one (all, for "") and never had to
        wait, oldest first."""
        wanted = {"workspace": workspace, "kind": kind, "after": row_id(after) or 0}
        rows = self._database.rows(_UPCOMING, **wanted, limit=limit)
        return list(map(entry_from_row, rows))

    def _held_by(
        self, cause: str, workspace: str, before: int | None, limit: int
    ) -> Sequence[Entry]:
        """The newest entries that the cause holds. With one among many, reading them all for it
        would take long."""
        wanted = {**of_cause(cause), "workspace": workspace, "before": before, "after": 0}
        with self._database.reading() as connection:
            ids = [row["id"] for row in execute(connection, IDS_OF_CAUSE, max_rows=limit, **wanted)]
            found = list(map(entry_from_row, execute(connection, _BY_ID, ids)))
        return sorted(found, key=_ARRIVED, reverse=True)

    def held_groups(self, workspace: str) -> Sequence[HeldGroup]:
        """Held entries by cause, largest group first; `since` is when its first entry was held."""
        groups = []
        for row in self._database.rows(_HELD, workspace):
            cause = cause_of(row, with_detail=False)
            groups.append(ports.HeldGroup(cause, row["held_entries"], row["since"], row["latest"]))
        return groups

    def links(
        self, workspace: str, org_id: str, keys: Collection[LinkKey]
    ) -> Mapping[LinkKey, Link]:
        """The existing links of these keys; none if the org is not known."""
        if not org_id:
            return {}  # those whose org is not known are stored under ""
        wanted: dict[LinkKind, list[str]] = {}
        for kind, host_id in keys:
            wanted.setdefault(kind, []).append(host_id)
        links = {}
        with self._database.reading() as connection:
            for kind, host_ids in wanted.items():
                listed = column_list(host_ids)
                for row in execute(connection, _LINKS, workspace, org_id, kind, listed):
                    link = link_of(row)
                    links[kind, link.host_id] = link
        return links

    def linked_records(
        self, org_id: str, object_: str, record_ids: Collection[str]
    ) -> frozenset[str]:
        """The records, of those given, that a touchpoint is linked to in that org."""
        rows = self._database.rows(_LINKED, org_id, object_, column_list(record_ids))
        return frozenset(map(_FIRST, rows))

    def lanes_in_doubt(self, workspace: str, org_id: str, lanes: Collection[str]) -> frozenset[str]:
        """The given lanes in which an entry is in doubt in that org, or was when it was dropped or
        the workspace left."""
        wanted = {"workspace": workspace, "org_id": org_id, "lanes": column_list(lanes)}
        rows = self._database.rows(_LANES_IN_DOUBT, **wanted)
        return frozenset(map(_FIRST, rows))

    def in_doubt_elsewhere(self, org_id: str, workspace: str) -> Sequence[Moment]:
        """When other workspaces sent in-doubt purchase creates to the org, or such were left in
        doubt there; each moment once."""
        wanted = {"org_id": org_id, "workspace": workspace}
        return list(starmap(ports.Moment, self._database.rows(_IN_DOUBT_ELSEWHERE, **wanted)))

    def journal(self, workspace: str, entry_id: str) -> Sequence[JournalLine]:
        """The writes of one entry, oldest first."""
        rows = self._database.rows(_JOURNAL, workspace, row_id(entry_id))
        return list(map(journal_line_of, rows))

    def created_since(
        self, workspace: str, org_id: str, since: float, *, limit: int = 5000
    ) -> Sequence[JournalLine]:
        """The creates in that org journaled at `since` or later, newest first, at most `limit`.

        The journal is in order of time, so reading ends at the first older line.
        """
        found: list[JournalLine] = []
        before = _MAX_ROW_ID
        with self._database.reading() as connection:
            while len(found) < limit:
                wanted = {"workspace": workspace, "before": before, "lines": _LINES_AT_ONCE}
                rows = execute(connection, _CREATED, **wanted).fetchall()
                for row in rows:
                    if row["at"] < since:
                        return found[:limit]
                    if row["org_id"] == org_id:
                        found.append(journal_line_of(row))
                if len(rows) < _LINES_AT_ONCE:
                    break
                before = rows[-1]["id"]
        return found[:limit]

    def workspaces(self) -> Sequence[str]:
        """Every workspace with an entry or a connection, by name."""
        return sorted(map(_FIRST, self._database.rows(_WORKSPACES)))
