"""A test bench for drains: real store and core, a CRM in memory, a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import NOWHERE
from zsf_plugin.model import Connection, Event, JsonObject, Tokens
from zsf_plugin.ports import Entry, NewEntry, Store
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.sync.context import DrainParts
from zsf_plugin.sync.drain import DrainLimits, drain
from zsf_plugin.sync.report import DrainReport


class LiveOwners:
    """Owners that never die."""

    def __init__(self) -> None:
        self._count = 0

    def new_owner(self) -> str:
        self._count += 1
        return f"drain-{self._count}"

    def is_dead(self, owner: str) -> bool:
        return False


class Bench:
    """One workspace with its org."""

    def __init__(
        self,
        store: Store,
        clock: FakeClock,
        crm: FakeCrm,
        mode: str = "lead",
        rule: JsonObject | None = None,
    ) -> None:
        self.store, self.clock, self.crm = store, clock, crm
        self.rule: JsonObject = {"mode": mode, **(rule or {})}
        rules = Rulebook(NOWHERE, lambda _: self.rule)
        self.parts = DrainParts(store, rules, clock, lambda _: crm, LiveOwners())
        self.connect()

    def connect(self) -> None:
        connection = Connection(
            "default",
            self.crm.org.org_id,
            "005000000000009AAA",
            "admin",
            "custom",
            "http://127.0.0.1",
            "http://127.0.0.1",
            "client",
            False,
            "68.0",
            self.clock.now(),
        )
        self.store.save_connection(connection, Tokens("access", "refresh"))

    def feed(self, *events: Event) -> list[str]:
        """Store events; returns their entry ids."""
        return [
            self.store.accept(
                NewEntry(
                    e.workspace,
                    e.event_id,
                    e.kind,
                    e.prospect_id,
                    "pending",
                    e.event_id,
                    e.payload,
                    e.occurred_at,
                    self.clock.now(),
                )
            ).entry_id
            for e in events
        ]

    def drain(
        self,
        workspace: str = "default",
        max_entries: int | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> DrainReport:
        return drain(self.parts, workspace, DrainLimits(max_entries=max_entries, stopping=stopping))

    def drain_one_by_one(self) -> None:
        """Drain with one entry per batch."""
        for _ in range(10_000):
            counts = self.store.counts("default")
            report = self.drain(max_entries=1)
            # one that is held may release another, which leaves the counts as they were
            if self.store.counts("default") == counts and not report.released:
                return

    def entry(self, entry_id: str) -> Entry:
        entry = self.store.entry("default", entry_id)
        assert entry is not None
        return entry

    def rows(self, object_: str) -> list[dict[str, object]]:
        return [dict(row) for row in self.crm.rows[object_].values()]
