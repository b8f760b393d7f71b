"""The contract of every store engine for reads of all workspaces at once; part of `store_contract`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from zsf_plugin.model import Cause, Connection, Kind, State, Tokens
from zsf_plugin.ports import (
    ORG_LEASE,
    Fact,
    Fence,
    HoldingWorkspace,
    NewEntry,
    Settlement,
    Store,
    WorkspacePause,
)

_ORG = "00D000000000001EAA"
_URL = "https://acme.my.salesforce.com"
_NOW = 1000.0


def connected(workspace: str, org_id: str = _ORG) -> Connection:
    ids = (org_id, "005000000000009AAA")
    return Connection(
        workspace, *ids, "admin", "production", _URL, _URL, "client", False, "68.0", 7.0
    )


def arrived(
    workspace: str, event_id: str = "e1", kind: Kind = "purchase", state: State = "pending"
) -> NewEntry:
    cause = Cause("A", "Lead") if state == "held" else None
    at = "2026-11-01T10:00:00Z"
    return NewEntry(workspace, event_id, kind, event_id, state, "d", {}, at, 100.0, cause=cause)


def org_fence(store: Store) -> Fence:
    fence = store.acquire_lease(ORG_LEASE + _ORG, "me", 0.0, ttl_s=15, is_over=lambda _: False)
    assert fence is not None
    return fence


def _waiting(store: Store) -> list[str]:
    return [one.workspace for one in store.waiting_workspaces(_NOW)]


class SurveysContract:
    """The contract."""

    def test_workspaces_in_which_entries_wait_are_found_by_their_connection(
        self, store: Store
    ) -> None:
        for name in ("c", "a", "b", "apart"):
            store.accept(arrived(name))
            store.accept(arrived(name, "e2"))
        store.accept(arrived("ended", state="skipped"))
        store.accept(arrived("held", state="held"))
        for name in ("a", "b", "c", "ended", "held", "idle"):
            store.save_connection(connected(name), Tokens("access", "refresh"))
        assert _waiting(store) == ["a", "b", "c"]

    @pytest.mark.parametrize("state", ["reconnect", "previewing"])
    def test_entries_that_wait_for_a_person_wait_for_nothing_else(
        self, store: Store, state: str
    ) -> None:
        store.accept(arrived("w"))
        connection = replace(connected("w"), state=state)  # type: ignore[arg-type]
        store.save_connection(connection, Tokens("access", "refresh"))
        assert _waiting(store) == []

    def test_each_kind_is_due_when_the_outbox_says(self, store: Store) -> None:
        for name in ("both", "later", "activity", "doubt"):
            store.save_connection(connected(name), Tokens("access", "refresh"))
        store.accept(arrived("both"))
        store.accept(arrived("both", "t", "touchpoint"))
        later = store.accept(arrived("later")).entry_id
        store.accept(arrived("activity", "t", "touchpoint"))
        doubt = store.accept(arrived("doubt")).entry_id
        store.accept(arrived("doubt", "e2"))
        settlements = [
            Settlement(later, "pending", not_before=1030.0),
            Settlement(doubt, "writing", not_before=1600.0),
        ]
        store.settle(org_fence(store), settlements, _NOW)
        found = {one.workspace: one.due_at for one in store.waiting_workspaces(_NOW)}
        assert found == {
            "activity": {"touchpoint": 0.0},
            "both": {"purchase": 0.0, "touchpoint": 0.0},
            "doubt": {"purchase": 1600.0},
            "later": {"purchase": 1030.0},
        }
        for name, due_at in found.items():
            kinds: tuple[Kind, ...] = ("purchase", "touchpoint")
            asked = {kind: store.next_due(name, kind) for kind in kinds}
            assert due_at == {kind: at for kind, at in asked.items() if at is not None}

    @pytest.mark.parametrize(
        ("pause", "is_paused"),
        [
            (WorkspacePause("quota", "", 900.0, 1060.0), True),
            (WorkspacePause("quota", "", 900.0, None), True),
            (WorkspacePause("quota", "", 900.0, 1060.0, _ORG), True),
            (WorkspacePause("quota", "", 900.0, 1060.0, _ORG[:15]), True),
            (WorkspacePause("quota", "", 900.0, 1000.0), False),
            (WorkspacePause("quota", "", 9000.0, 9060.0), False),
        ],
    )
    def test_a_pause_in_force_says_when_it_ends(
        self, store: Store, pause: WorkspacePause, is_paused: bool
    ) -> None:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        store.accept(arrived("w"))
        store.pause("w", pause)
        (found,) = store.waiting_workspaces(_NOW)
        assert (found.due_at == {}) is is_paused
        assert found.paused_until == (pause.until if is_paused else None)

    def test_a_pause_of_the_org_before_does_not_count(self, store: Store) -> None:
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        store.accept(arrived("w"))
        store.pause("w", WorkspacePause("quota", "", 900.0, 1060.0, _ORG))
        other = replace(connected("w", "00D000000000002EAA"), connected_at=8.0)
        store.save_connection(other, Tokens("access", "refresh"))
        (found,) = store.waiting_workspaces(_NOW)
        assert found.due_at == {"purchase": 0.0}

    def test_what_waits_comes_with_its_orgs_allocation_and_the_version_of_its_rules(
        self, store: Store
    ) -> None:
        for name in ("a", "b"):
            store.save_connection(connected(name), Tokens("access", "refresh"))
            store.accept(arrived(name))
        store.save_console_rule("b", {"mode": "lead"}, expected_version=0)
        found = store.waiting_workspaces(_NOW)
        assert [(one.used, one.limit, one.seen_at) for one in found] == [(None, None, None)] * 2
        store.note_usage(_ORG, 5, 100, 990.0)
        found = store.waiting_workspaces(_NOW)
        assert [(one.used, one.limit, one.seen_at) for one in found] == [(5, 100, 990.0)] * 2
        assert [one.console_version for one in found] == [0, 1]

    def test_connected_workspaces_in_which_entries_are_held_are_found(self, store: Store) -> None:
        for name in ("b", "a", "apart"):
            store.accept(arrived(name, state="held"))
            store.accept(arrived(name, "e2", state="held"))
        for name in ("a", "b", "idle"):
            store.save_connection(connected(name), Tokens("access", "refresh"))
        store.save_console_rule("b", {"mode": "lead"}, expected_version=0)
        common = (_ORG, "005000000000009AAA", 7.0, "connected")
        first, second = (
            HoldingWorkspace("a", *common, console_version=0),
            HoldingWorkspace("b", *common, console_version=1),
        )
        assert list(store.holding_workspaces()) == [first, second]
        assert list(store.holding_workspaces("b")) == [second]
        assert list(store.holding_workspaces("idle")) == []
        assert list(store.holding_workspaces("apart")) == []

    def test_the_times_of_many_answers_are_read_at_once(self, store: Store) -> None:
        store.save_fact("o1", "stamp", Fact({}, 5.0))
        store.save_fact("o2", "stamp", Fact({}, 0.0))
        store.save_fact("o2", "other", Fact({}, 9.0))
        wanted = [("o1", "stamp"), ("o2", "stamp"), ("o3", "stamp")]
        assert store.fetched_at(wanted) == {("o1", "stamp"): 5.0, ("o2", "stamp"): 0.0}
        assert store.fetched_at([]) == {}

    def test_the_revision_stays_while_nothing_is_stored(self, store: Store) -> None:
        store.accept(arrived("w"))
        before = store.revision()
        store.counts("w")
        store.waiting_workspaces(_NOW)
        assert store.revision() == before

    @pytest.mark.parametrize("by_another", [False, True])
    @pytest.mark.parametrize(
        "change",
        [
            lambda store: store.accept(arrived("w", "e2")),
            lambda store: store.pause("w", WorkspacePause("quota", "", 1.0)),
            lambda store: store.release("w", now=_NOW),
            lambda store: store.save_connection(connected("w"), Tokens("a", "r")),
            lambda store: store.save_console_rule("w", {}, expected_version=0),
            lambda store: store.forget_connection("x"),
        ],
    )
    def test_whatever_any_process_stores_changes_the_revision(
        self,
        open_store: Callable[[], Store],
        change: Callable[[Store], object],
        by_another: bool,
    ) -> None:
        store, other = open_store(), open_store()
        store.accept(arrived("w", state="held"))
        store.save_connection(connected("x"), Tokens("access", "refresh"))
        before = store.revision()
        change(other if by_another else store)
        assert store.revision() != before
