"""Puts entries into a console's outbox in any state, without a drain and without an org."""

from __future__ import annotations

from dataclasses import replace

from zsf_plugin.model import Cause, Connection, Event, Link, State, Step, Tokens, long_id
from zsf_plugin.ports import (
    ORG_LEASE,
    Fence,
    JournalLine,
    NewEntry,
    SettledUndo,
    Settlement,
    Store,
    UndoLine,
)

ACME = "acme"
CONTACT = "003000000000001AAA"


def keep(store: Store, event: Event, workspace: str = ACME, at: float = 1_700_000_000.0) -> str:
    """Store an event as a waiting entry; returns the entry ID."""
    assigned = replace(event, workspace=workspace)
    return store.accept(
        NewEntry(
            workspace,
            assigned.event_id,
            assigned.kind,
            assigned.prospect_id,
            "pending",
            f"digest of {assigned.event_id}",
            assigned.payload,
            assigned.occurred_at,
            at,
        )
    ).entry_id


def settle(
    store: Store,
    entry_id: str,
    state: State,
    *,
    cause: Cause | None = None,
    reason: Step | None = None,
    steps: tuple[Step, ...] = (),
    links: tuple[Link, ...] = (),
    journal: tuple[JournalLine, ...] = (),
    at: float = 1_700_000_060.0,
) -> str:
    """Settle the entry as a drain would; returns its ID."""
    settlement = Settlement(entry_id, state, reason, cause, steps, links=links, journal=journal)
    store.settle(_fence(store, entry_id, at), [settlement], at)
    return entry_id


def undo(store: Store, entry_id: str, at: float) -> None:
    """Store that a record that the entry created was deleted, as undoing it does."""
    line = UndoLine(entry_id, "Lead", "00Q000000000001AAA", "delete", "done", {}, {}, at)
    store.settle_undo(_fence(store, entry_id, at), SettledUndo(ACME, entry_id, [line]))


def _fence(store: Store, entry_id: str, at: float) -> Fence:
    """The lease of the org of the entry's workspace."""
    name = ORG_LEASE + _org_of(store, entry_id)
    won = store.acquire_lease(name, "me", at, ttl_s=15, is_over=lambda _: True)
    assert isinstance(won, Fence)
    return won


def _org_of(store: Store, entry_id: str) -> str:
    """The org of the entry's workspace."""
    for workspace in store.workspaces():
        if store.entry(workspace, entry_id) is not None:
            connection = store.connection(workspace)
            return connection.org_id if connection is not None else _org_id(workspace)
    return _org_id(ACME)


def _org_id(workspace: str) -> str:
    return str(long_id(f"00D000000000{workspace[:3].upper():A<3}"))


def connect(
    store: Store, workspace: str = ACME, instance_url: str = "https://acme.my.salesforce.com"
) -> None:
    """Connect a workspace to an org that is never called."""
    connection = Connection(
        workspace,
        _org_id(workspace),
        "005000000000009AAA",
        "admin@acme.example",
        "sandbox",
        "https://test.salesforce.com",
        instance_url,
        "client",
        True,
        "68.0",
        1_700_000_000.0,
        org_name="Acme",
    )
    store.save_connection(connection, Tokens("ACCESS_CANARY", "REFRESH_CANARY"))
