"""What becomes of entries: their states, links and journal, within the caller's transaction.

Hooks wait for that transaction. So all columns are ready before it begins, and one statement stores
the ends of several entries, their links or their journal: with SQLite that takes a third of the
time of one for each, and PostgreSQL is asked once instead of several times for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from zsf_plugin.store.sql.database import SqlConnection, execute
from zsf_plugin.store.sql.moving import settle_left
from zsf_plugin.store.sql.rows import (
    CLEAR_CAUSE,
    NO_CAUSE,
    Value,
    cause_values,
    column,
    row_id,
)

if TYPE_CHECKING:
    from zsf_plugin.model import Link, LinkKey
    from zsf_plugin.ports import Settlement

_WHERE_THEY_ARE = """
    SELECT id, workspace, lane FROM entries
    WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))
"""
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
        released_at = CASE WHEN :state != 'held' THEN released_at END,
        cause_code = :code, cause_group = :group, cause_key = :key, cause_object = :object,
        cause_field = :field, cause_data = :data, cause_fingerprint = :fingerprint,
        cause_detail = :detail
    WHERE id = :id AND (state IN ('pending', 'writing') OR :state IN ('done', 'writing'))
"""
# As `_SETTLE` for those that are done, nearly all: each item is a row id, a reason and steps.
_SETTLE_DONE = f"""
    UPDATE entries SET state = 'done', reason = json_extract(done.value, '$[1]'),
        steps = json_extract(done.value, '$[2]'), not_before = 0, org_id = :org_id,
        sent_at = NULL, sent_at_org = NULL, sent_as = '[]', settled_at = :now, {CLEAR_CAUSE}
    FROM json_each(:done) AS done
    WHERE entries.id = CAST(json_extract(done.value, '$[0]') AS BIGINT)
"""
_DROP_LINK = "DELETE FROM links WHERE workspace = ? AND org_id = ? AND kind = ? AND host_id = ?"
_SAVE_LINKS = """
    INSERT INTO links
        (workspace, org_id, kind, host_id, object, record_id, written, plan_digest, checked_at,
        arrived)
        VALUES {rows}
    ON CONFLICT (workspace, org_id, kind, host_id) DO UPDATE SET object = excluded.object,
        record_id = excluded.record_id, written = excluded.written,
        plan_digest = excluded.plan_digest, checked_at = excluded.checked_at,
        arrived = excluded.arrived
"""
# Not `astuple`, which copies the written fields of each link and line.
_LINK_VALUES = attrgetter(
    "kind", "host_id", "object", "record_id", "written", "plan_digest", "checked_at", "arrived"
)
_ADD_LINES = """
    INSERT INTO journal
        (entry, org_id, object, record_id, action, before, after, at, rules)
        VALUES {rows}
"""
_JOURNAL_VALUES = attrgetter("object", "record_id", "action", "before", "after", "at", "rules")
_STEP_VALUES = attrgetter("code", "object", "field", "data")

#: Rows of one statement: SQLite and psycopg keep the text of each length.
_MAX_ROWS = 50

_Columns: TypeAlias = tuple[Value, ...]
_DoneItem: TypeAlias = tuple[object, ...]


class ReadySettlement(NamedTuple):
    """A settlement with its columns, those of links and dropped links without the workspace. `done`
    is an item of `_SETTLE_DONE`, `other` has the values of `_SETTLE`: one of them is None."""

    settlement: Settlement
    row: int | None
    journal: list[_Columns]
    dropped: list[_Columns]
    links: list[_Columns]
    done: _DoneItem | None
    other: dict[str, Value] | None


#: A settlement's row id.
ROW = attrgetter("row")


def ready_to_store(settlement: Settlement, now: float, org_id: str) -> ReadySettlement:
    """The settlement with its columns, for a journal and links that belong to that org."""
    row, org = row_id(settlement.entry_id), column(org_id)
    journal, dropped, links = [], [], []
    for line in settlement.journal:
        journal.append((row, org, *map(column, _JOURNAL_VALUES(line))))
    for key in settlement.drop_links:
        dropped.append((org, *map(column, key)))
    for link in settlement.links:
        links.append((org, *map(column, _LINK_VALUES(link))))
    steps, reason = list(map(_STEP_VALUES, settlement.steps)), settlement.reason
    if settlement.state == "done" and not (settlement.count_attempt or settlement.not_before):
        ended = (row, _STEP_VALUES(reason) if reason else None, steps)
        return ReadySettlement(settlement, row, journal, dropped, links, ended, None)
    values: dict[str, object] = {
        "id": row,
        "org_id": org_id,
        "now": now,
        "state": settlement.state,
        "reason": reason,
        "steps": steps,
        "not_before": settlement.not_before,
        "count_attempt": settlement.count_attempt,
        "sent_at": settlement.sent_at,
        "sent_at_org": settlement.sent_at_org,
        **(cause_values(settlement.cause) if settlement.cause else NO_CAUSE),
    }
    other = dict(zip(values, map(column, values.values()), strict=True))
    return ReadySettlement(settlement, row, journal, dropped, links, None, other)


def settle_together(
    connection: SqlConnection,
    ready: Sequence[ReadySettlement],
    now: float,
    org_id: str,
    linked: set[tuple[str, str]],
    *,
    has_left: bool,
) -> list[tuple[str, str]]:
    """Store settlements; returns (workspace, lane) of each prospect that is `linked` by one, or was
    by one before it if it is held. Journal and links belong to that org; if the workspace has left
    it, so does an entry's new state."""
    places: dict[int | None, tuple[str, str]] = {}
    for row, workspace, lane in execute(connection, _WHERE_THEY_ARE, list(map(ROW, ready))):
        places[row] = (workspace, lane)
    journal, done, others = list[_Columns](), list[_DoneItem](), list[dict[str, Value]]()
    links: dict[_Columns, _Columns] = {}  # by workspace, org, kind and host id
    lanes: list[tuple[str, str]] = []
    for one in ready:
        place = places.get(one.row)
        if place is None:
            continue  # the file was restored from a backup during the drain: nothing to settle
        journal += one.journal
        workspace = place[0]
        first = column(workspace)
        for key in one.dropped:
            links.pop((first, *key), None)
            connection.execute(_DROP_LINK, (first, *key))
        for columns in one.links:  # of several of one link the last stays
            links[(first, *columns[:3])] = (first, *columns)
        if has_left:
            settle_left(connection, one.settlement, now, org_id)
            continue
        for link in one.settlement.links:
            if link.kind == "prospect":
                lanes.append((workspace, link.host_id))
                linked.add((workspace, link.host_id))
        if one.settlement.state == "held" and place in linked:
            lanes.append(place)
        if one.done is not None:
            done.append(one.done)
        if one.other is not None:
            others.append(one.other)
    _run_for_all(connection, _SAVE_LINKS, list(links.values()))
    _run_for_all(connection, _ADD_LINES, journal)
    if done:
        execute(connection, _SETTLE_DONE, done=done, org_id=org_id, now=now)
    if others:
        connection.executemany(_SETTLE, others)
    return lanes


def drop_link(connection: SqlConnection, workspace: str, org_id: str, key: LinkKey) -> None:
    """Remove a link, if there is one."""
    execute(connection, _DROP_LINK, workspace, org_id, *key)


def save_link(connection: SqlConnection, workspace: str, org_id: str, link: Link) -> None:
    """Store a link, in the place of the one that its prospect, company or touchpoint had."""
    columns = map(column, (workspace, org_id, *_LINK_VALUES(link)))
    _run_for_all(connection, _SAVE_LINKS, [tuple(columns)])


def _run_for_all(connection: SqlConnection, statement: str, rows: Sequence[_Columns]) -> None:
    """Run a statement once for all rows, which are many only if one entry has many."""
    for start in range(0, len(rows), _MAX_ROWS):
        together = rows[start : start + _MAX_ROWS]
        row = f"({', '.join('?' * len(together[0]))})"
        places = ", ".join([row] * len(together))
        connection.execute(statement.format(rows=places), list(chain.from_iterable(together)))
