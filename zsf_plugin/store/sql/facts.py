"""An org's cached answers, its rate gate, and its API calls by hour. Does not decide when an answer
is too old."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from zsf_plugin import ports
from zsf_plugin.store.sql.database import StorePart, execute
from zsf_plugin.store.sql.rows import column_list, encode

if TYPE_CHECKING:
    from zsf_plugin.ports import Allocation, Fact

_HOUR_S = 3_600
_DAY_H = 24
#: Buckets older than this are deleted; the console shows 30 days.
_MAX_AGE_H = 32 * _DAY_H

_FACT = "SELECT body, fetched_at, last_modified FROM facts WHERE org_id = ? AND name = ?"
_SAVE_FACT = """
    INSERT INTO facts (org_id, name, body, fetched_at, last_modified) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (org_id, name) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at,
        last_modified = excluded.last_modified
"""
_FACTS = """
    SELECT name, body, fetched_at, last_modified FROM facts
    WHERE org_id = ? AND name IN (SELECT value FROM json_each(?))
"""
_FORGET_FACTS = (
    "DELETE FROM facts WHERE org_id = ? AND substr(name, 1, length(?)) = ? AND fetched_at < ?"
)
_COUNT = """
    INSERT INTO calls (org_id, hour, purpose, calls) VALUES (?, ?, ?, ?)
    ON CONFLICT (org_id, hour, purpose) DO UPDATE SET calls = calls.calls + excluded.calls
"""
_FORGET_CALLS = "DELETE FROM calls WHERE org_id = ? AND hour < ?"
_GATE = "SELECT slot, asked_at FROM gates WHERE org_id = ?"
_SAVE_GATE = """
    INSERT INTO gates (org_id, slot, asked_at) VALUES (?, ?, ?)
    ON CONFLICT (org_id) DO UPDATE SET slot = excluded.slot, asked_at = excluded.asked_at
"""
#: Slots that were reserved by a clock further ahead than this are given up: a call would wait as
#: long.
_MAX_GATE_AHEAD_S = 2.0
_CALLS = """
    SELECT purpose, CAST(sum(calls) AS BIGINT) AS calls FROM calls
    WHERE org_id = ? AND hour BETWEEN ? AND ?
    GROUP BY purpose HAVING sum(calls) > 0
"""
_NOTE_USAGE = """
    INSERT INTO usage (org_id, used, daily_limit, seen_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (org_id) DO UPDATE SET used = excluded.used, daily_limit = excluded.daily_limit,
        seen_at = excluded.seen_at
    WHERE excluded.seen_at >= usage.seen_at
        OR excluded.seen_at < usage.seen_at - 900 -- a clock was set back
"""
_USAGE = "SELECT used, daily_limit, seen_at FROM usage WHERE org_id = ?"


class Facts(StorePart):
    """Cached answers and API usage of an org."""

    def fact(self, org_id: str, name: str) -> Fact | None:
        """The cached answer of that name, of any age, or None."""
        row = self._database.row(_FACT, org_id, name)
        return (
            ports.Fact(json.loads(row["body"]), row["fetched_at"], row["last_modified"])
            if row
            else None
        )

    def save_fact(self, org_id: str, name: str, fact: Fact) -> None:
        """Store an answer, replacing the previous one."""
        self.save_facts(org_id, {name: fact})

    def facts(self, org_id: str, names: Collection[str]) -> Mapping[str, Fact]:
        """The cached answers of these names, of any age, in one read."""
        found = {}
        for name, body, fetched_at, last_modified in self._database.rows(
            _FACTS, org_id, column_list(names)
        ):
            found[name] = ports.Fact(json.loads(body), fetched_at, last_modified)
        return found

    def save_facts(self, org_id: str, facts: Mapping[str, Fact]) -> None:
        """Store several answers in one transaction."""
        with self._database.writing(org_id) as connection:
            for name, fact in facts.items():
                values = (encode(fact.body), fact.fetched_at, fact.last_modified)
                execute(connection, _SAVE_FACT, org_id, name, *values)

    def forget_facts(self, org_id: str, prefix: str, before: float) -> int:
        """Delete answers whose name starts with `prefix` and that were fetched before `before`.
        Returns their number."""
        with self._database.writing(org_id) as connection:
            return execute(connection, _FORGET_FACTS, org_id, prefix, prefix, before).rowcount

    def count_calls(self, org_id: str, purpose: str, calls: int, now: float) -> None:
        """Add calls of that purpose to the hour of `now`."""
        hour = int(now // _HOUR_S)
        with self._database.writing(org_id) as connection:
            execute(connection, _COUNT, org_id, hour, purpose, calls)
            execute(connection, _FORGET_CALLS, org_id, hour - _MAX_AGE_H)

    def reserve_call(self, org_id: str, purpose: str, now: float, period_s: float) -> float:
        """Count one call and reserve the org's next slot; returns the seconds until then."""
        hour = int(now // _HOUR_S)
        with self._database.writing(org_id) as connection:
            execute(connection, _COUNT, org_id, hour, purpose, 1)
            execute(connection, _FORGET_CALLS, org_id, hour - _MAX_AGE_H)
            slot = asked_at = now
            gate = execute(connection, _GATE, org_id).fetchone()
            if gate is not None and now >= gate["asked_at"] - _MAX_GATE_AHEAD_S:
                slot, asked_at = max(now, gate["slot"] + period_s), max(now, gate["asked_at"])
            execute(connection, _SAVE_GATE, org_id, slot, asked_at)
        return slot - now

    def note_usage(self, org_id: str, used: int, limit: int, now: float) -> None:
        """Store what the org reported of its daily allocation, unless a newer report is stored."""
        with self._database.writing(org_id) as connection:
            execute(connection, _NOTE_USAGE, org_id, used, limit, now)

    def allocation(self, org_id: str, now: float) -> Allocation:
        """The org's last reported allocation, with our calls of the 24 hours before `now`, by
        purpose.

        Calls are stored by hour, and the first hour counts in full, so never too few.
        """
        hour = int(now // _HOUR_S)  # a clock that was ahead counted in later ones
        with self._database.reading() as connection:
            calls = execute(connection, _CALLS, org_id, hour - _DAY_H, hour + 1).fetchall()
            usage = execute(connection, _USAGE, org_id).fetchone()
        used, limit, seen_at = usage or (None, None, None)
        return ports.Allocation(used, limit, seen_at, dict(calls))
