"""The contract of every store engine. An engine joins with a subclass that has an `open_store`
fixture."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.contract.clocks_contract import ClocksContract
from tests.contract.daily_contract import DailyContract
from tests.contract.paging_contract import PagingContract
from tests.contract.purging_contract import PurgingContract
from tests.contract.store_machines import LeaseMachine, OutboxMachine
from tests.contract.surveys_contract import SurveysContract
from tests.contract.undos_contract import UndosContract
from tests.contract.upkeep_contract import UpkeepContract
from tests.contract.written_order_contract import WrittenOrderContract
from zsf_plugin.decision.causes import held_reason
from zsf_plugin.errors import Fenced, RulesChanged
from zsf_plugin.model import (
    KEY_NOT_ASKABLE,
    OUTCOME_UNCLEAR,
    PERSON_MISSING,
    SEVERAL_MATCH,
    Cause,
    Connection,
    Json,
    JsonObject,
    Kind,
    Link,
    ReconnectReason,
    SignInKey,
    State,
    Step,
    Tokens,
)
from zsf_plugin.ports import (
    ASKED_AGAIN,
    MAX_RULE_VERSIONS,
    ORG_LEASE,
    AcceptResult,
    Entry,
    EntryCounts,
    Fact,
    Fence,
    HeldLease,
    HistoryLine,
    JournalLine,
    Moment,
    NewEntry,
    SavedRules,
    Settlement,
    Store,
    WorkspacePause,
)

OpenStore = Callable[[], Store]
ORG = "00D000000000001EAA"
LEASE = ORG_LEASE + ORG
#: Each engine runs the same test, on a store that it opens itself.
_OF_EVERY_ENGINE = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.differing_executors,
    HealthCheck.too_slow,
]
_ANY_ORDER = settings(max_examples=25, stateful_step_count=25, deadline=None)


def new(
    event_id: str = "e1",
    *,
    state: State = "pending",
    lane: str = "p1",
    digest: str = "d",
    workspace: str = "w",
    kind: Kind = "purchase",
    cause: Cause | None = None,
    payload: JsonObject | None = None,
) -> NewEntry:
    return NewEntry(
        workspace,
        event_id,
        kind,
        lane,
        state,
        digest,
        payload or {"prospect": {"id": lane}},
        "2026-11-01T10:00:00Z",
        100.0,
        cause=cause,
    )


def held(code: str, fingerprint: str = "f1") -> Cause:
    return Cause(code, "Task", data={"fields": ["Subject", "Status"]}, fingerprint=fingerprint)


def lease(store: Store, owner: str = "me", now: float = 0.0, dead: bool = False) -> Fence | None:
    return store.acquire_lease(LEASE, owner, now, ttl_s=15, is_over=lambda _: dead)


def fence(store: Store) -> Fence:
    won = lease(store)
    assert won is not None
    return won


def connection(workspace: str = "w") -> Connection:
    return Connection(
        workspace,
        ORG,
        "005000000000001AAA",
        "admin@acme.example",
        "sandbox",
        "https://login",
        "https://i",
        "client",
        True,
        "68.0",
        5.0,
        org_name="Acme 日本 Übersee",
        connected_by="Ada Ünï",
    )


class StoreContract(
    PagingContract,
    ClocksContract,
    SurveysContract,
    UpkeepContract,
    PurgingContract,
    DailyContract,
    WrittenOrderContract,
    UndosContract,
):
    """The contract."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Store:
        return open_store()

    def entry(self, store: Store, entry_id: str) -> Entry:
        found = store.entry("w", entry_id)
        assert found is not None
        return found

    def settle_held(self, store: Store, entry_id: str, cause: Cause) -> None:
        store.settle(fence(store), [Settlement(entry_id, "held", held_reason(cause), cause)], 200.0)

    def test_an_accepted_entry_is_read_back_whole(self, store: Store) -> None:
        accepted = store.accept(
            new(payload={"prospect": {"id": "p1", "name": "Ünï \ud800 \x00 日本"}})
        )
        entry = self.entry(store, accepted.entry_id)
        assert entry.payload == {"prospect": {"id": "p1", "name": "Ünï \ud800 \x00 日本"}}
        assert (entry.state, entry.lane, entry.attempts) == ("pending", "p1", 0)

    @given(
        drawn=st.lists(
            st.tuples(st.sampled_from(["e1", "e2", "e3"]), st.sampled_from(["a", "b"])), max_size=6
        )
    )
    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=_OF_EVERY_ENGINE,
    )
    def test_entries_accepted_together_are_accepted_as_one_by_one(
        self, open_store: OpenStore, drawn: list[tuple[str, str]]
    ) -> None:
        found = []
        for together in (True, False):
            with closing(open_store()) as store:
                # a workspace of its own for each example and way: the store may be the same
                name = f"w{len(store.workspaces())}"
                entries = [new(one, digest=digest, workspace=name) for one, digest in drawn]
                results = store.accept_all(entries) if together else [*map(store.accept, entries)]
                known = [(one.duplicate, one.conflict, one.state) for one in results]
                ids: dict[str, str] = {}
                for (event, _), one in zip(drawn, results, strict=True):
                    assert ids.setdefault(event, one.entry_id) == one.entry_id
                conflicts = sorted(event for event, _, _ in store.conflicts(name))
                found.append((known, conflicts))
        assert found[0] == found[1]

    def test_of_entries_accepted_together_all_are_stored_or_none(self, store: Store) -> None:
        unstorable = replace(new("e2"), payload={"prospect": {"id": object()}})  # type: ignore[dict-item]
        with pytest.raises(TypeError):
            store.accept_all([new("e1"), unstorable])
        assert store.counts("w").pending == 0
        assert len(store.accept_all([new("e1"), new("e2")])) == 2
        assert store.counts("w").pending == 2

    @pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
    def test_an_event_decided_by_former_rules_of_the_console_is_not_stored(
        self, store: Store, together: bool
    ) -> None:
        def accept(entry: NewEntry) -> AcceptResult:
            return store.accept_all([entry])[0] if together else store.accept(entry)

        assert not accept(replace(new("e0"), console_version=0)).duplicate
        assert store.save_console_rule("w", {"mode": "contact"}, expected_version=0)
        with pytest.raises(RulesChanged):
            accept(replace(new("e1"), console_version=0))
        assert store.counts("w").pending == 1
        assert not accept(replace(new("e1"), console_version=1)).duplicate
        assert not accept(replace(new("e2", workspace="v"), console_version=0)).duplicate
        assert not accept(replace(new("e3"), console_version=None)).duplicate
        assert accept(replace(new("e1"), console_version=0)).duplicate

    @pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
    @pytest.mark.parametrize("odd", ["a\0b\ud800", "\0", "\udfff", "\ufdd0", '\ufdd0"x"'])
    def test_an_event_is_new_once_whatever_text_names_it_and_its_workspace(
        self, store: Store, odd: str, together: bool
    ) -> None:
        def accept(*entries: NewEntry) -> list[AcceptResult]:
            return [*(store.accept_all(entries) if together else map(store.accept, entries))]

        events = [new(odd), new(workspace=odd), new(odd, workspace=odd)]
        assert [one.duplicate for one in accept(*events)] == [False] * 3
        assert [one.duplicate for one in accept(*events)] == [True] * 3
        assert [one.conflict for one in accept(new(odd, workspace=odd, digest="x"))] == [True]
        assert [event for event, _, _ in store.conflicts(odd)] == [odd]

    @pytest.mark.parametrize("odd", ["a\0b\ud800", "\ufdd0"])
    def test_a_workspace_of_any_name_is_connected_and_has_rules(
        self, store: Store, odd: str
    ) -> None:
        store.save_connection(connection(odd), Tokens("access", None))
        assert store.connection(odd) == connection(odd)
        assert store.save_console_rule(odd, {"mode": "lead"}, expected_version=0)
        with pytest.raises(RulesChanged):
            store.accept(replace(new(workspace=odd), console_version=0))
        assert not store.accept(replace(new(workspace=odd), console_version=1)).duplicate

    def test_the_same_event_again_is_a_duplicate_and_changes_nothing(self, store: Store) -> None:
        first = store.accept(new())
        again = store.accept(new())
        assert (again.entry_id, again.duplicate, again.conflict) == (first.entry_id, True, False)
        assert store.counts("w") == EntryCounts(pending=1)

    def test_a_digest_by_another_known_key_is_compared_with_that_keys(self, store: Store) -> None:
        store.accept(new(digest="old"))
        again = store.accept(replace(new(digest="k2:new"), other_digests=("old",)))
        assert (again.duplicate, again.conflict) == (True, False)
        other = store.accept(replace(new(digest="k2:new"), other_digests=("x",)))
        assert other.conflict

    def test_a_digest_by_a_lost_key_makes_no_conflict(self, store: Store) -> None:
        store.accept(new(digest="k1:a"))
        again = store.accept(replace(new(digest="k2:b"), other_digests=("c",)))
        assert (again.duplicate, again.conflict) == (True, False)
        assert store.conflicts("w") == []

    def test_the_digest_keys_are_the_same_for_every_process(self, open_store: OpenStore) -> None:
        (key,) = open_store().digest_keys()
        assert open_store().digest_keys() == [key]
        assert (len(key.key), bool(key.name)) == (32, True)

    def test_sealing_again_changes_no_value(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("access", None))
        keys = store.digest_keys()
        resealed = store.reseal()
        assert (resealed.sealed, resealed.kept, resealed.unreadable) == (0, 2, ())
        assert store.digest_keys() == keys
        assert store.unreadable_tokens() == []

    def test_the_same_event_id_with_another_digest_is_a_recorded_conflict(
        self, store: Store
    ) -> None:
        first = store.accept(new())
        other = store.accept(new(digest="x"))
        assert (other.entry_id, other.conflict) == (first.entry_id, True)
        assert [(event, entry) for event, entry, _ in store.conflicts("w")] == [
            ("e1", first.entry_id)
        ]

    def test_event_ids_of_two_workspaces_are_two_events(self, store: Store) -> None:
        store.accept(new(workspace="a"))
        assert store.accept(new(workspace="b")).duplicate is False
        assert list(store.workspaces()) == ["a", "b"]

    def test_due_returns_the_oldest_first_of_one_kind(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(3)]
        store.accept(new("t", kind="touchpoint"))
        assert [entry.id for entry in store.due("w", "purchase", 2, 0.0)] == ids[:2]

    def test_upcoming_are_the_pending_of_a_kind_after_an_entry_that_never_had_to_wait(
        self, store: Store
    ) -> None:
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(6)]
        touched = store.accept(new("t", kind="touchpoint")).entry_id
        store.accept(new("other", workspace="other"))
        proof = fence(store)
        store.mark_writing(proof, ids[1:2], 150.0, creating={})
        waits = Settlement(ids[2], "pending", not_before=500.0)
        store.settle(proof, [waits, Settlement(ids[3], "done")], 200.0)

        def upcoming(kind: Kind, after: str, limit: int = 9) -> list[str]:
            return [entry.id for entry in store.upcoming("w", kind, after, limit)]

        assert upcoming("purchase", "") == [ids[0], ids[4], ids[5]]
        assert upcoming("purchase", ids[1]) == [ids[4], ids[5]]
        assert upcoming("purchase", ids[1], 1) == [ids[4]]
        assert upcoming("touchpoint", "") == [touched]

    def test_an_entry_that_backs_off_is_due_only_at_its_time(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        store.settle(
            fence(store),
            [Settlement(entry_id, "pending", not_before=500.0, count_attempt=True)],
            200.0,
        )
        assert store.due("w", "purchase", 9, 499.0) == []
        (entry,) = store.due("w", "purchase", 9, 500.0)
        assert entry.attempts == 1
        assert store.next_due("w") == 500.0

    def test_nothing_of_a_lane_overtakes_an_older_one_that_waits(self, store: Store) -> None:
        first, second, other = (
            store.accept(new(f"e{n}", lane=lane)).entry_id for n, lane in enumerate("aab")
        )
        store.settle(fence(store), [Settlement(first, "pending", not_before=500.0)], 200.0)
        assert [entry.id for entry in store.due("w", "purchase", 9, 499.0)] == [other]
        assert [entry.id for entry in store.due("w", "purchase", 9, 500.0)] == [
            first,
            second,
            other,
        ]

    def test_a_started_entry_is_writing_and_due_before_all_others(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(3)]
        store.mark_writing(fence(store), ids[1:2], 150.0, creating={ids[1]: {"Lead"}})
        (entry,) = store.due("w", "purchase", 9, 200.0)
        assert (entry.id, entry.state, entry.sent_at) == (ids[1], "writing", 150.0)

    def test_only_a_create_is_remembered_with_the_moment_it_was_sent(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(2)]
        store.mark_writing(fence(store), ids, 150.0, creating={ids[0]: {"Lead"}})
        store.mark_writing(fence(store), ids, 170.0, creating={})
        sent = [(entry.sent_at, entry.sent_as) for entry in store.due("w", "purchase", 9, 200.0)]
        assert sent == [(150.0, ("Lead",)), (None, ())]

    def test_the_planned_creates_of_an_earlier_try_are_kept_after_a_later_one(
        self, store: Store
    ) -> None:
        entry_id = store.accept(new()).entry_id
        store.mark_writing(
            fence(store), [entry_id], 150.0, creating={entry_id: {"Account", "Contact"}}
        )
        store.settle(fence(store), [Settlement(entry_id, "writing", count_attempt=True)], 160.0)
        store.mark_writing(fence(store), [entry_id], 170.0, creating={entry_id: {"Lead"}})
        (entry,) = store.due("w", "purchase", 9, 200.0)
        assert (entry.sent_at, set(entry.sent_as)) == (170.0, {"Account", "Contact", "Lead"})
        store.settle(fence(store), [Settlement(entry_id, "pending")], 180.0)
        (entry,) = store.due("w", "purchase", 9, 200.0)
        assert (entry.sent_at, entry.sent_as) == (None, ())

    def test_lanes_in_doubt_are_reported_until_a_person_vouches_for_them(
        self, store: Store
    ) -> None:
        lanes = ["p1", "p2", "p3", "p4"]
        ids = [store.accept(new(lane, lane=lane)).entry_id for lane in lanes]
        for entry_id in ids[:3]:
            self.settle_held(store, entry_id, held(OUTCOME_UNCLEAR if entry_id != ids[1] else "A"))
        store.skip("w", Step("dropped"), 300.0, entry_ids=[ids[2]])
        assert store.lanes_in_doubt("w", ORG, lanes) == {"p1", "p3"}
        again = store.accept(new("p3 again", lane="p3")).entry_id
        self.settle_held(store, again, held(OUTCOME_UNCLEAR))
        store.release("w", entry_ids=[again])
        assert store.lanes_in_doubt("w", ORG, lanes) == {"p1"}

    @given(
        waits=st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from([0.0, 0.0, 5.0, 9.0]), st.booleans()),
            max_size=6,
        ),
        now=st.sampled_from([0.0, 5.0, 7.0, 9.0]),
    )
    @settings(
        max_examples=30,
        suppress_health_check=_OF_EVERY_ENGINE,
    )
    def test_an_entry_that_is_due_now_is_returned(
        self, waits: list[tuple[str, float, bool]], now: float
    ) -> None:
        store = self.fresh()
        for number, (lane, not_before, writing) in enumerate(waits):
            entry_id = store.accept(new(f"e{number}", lane=lane)).entry_id
            state: State = "writing" if writing else "pending"
            store.settle(fence(store), [Settlement(entry_id, state, not_before=not_before)], 1.0)
        due = store.next_due("w", "purchase")
        assert (due is None) == (not waits)
        assert bool(store.due("w", "purchase", 1, now)) == (due is not None and due <= now)
        store.close()

    def test_nothing_of_its_kind_overtakes_an_in_doubt_write(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(2)]
        sent = store.accept(new("t1", kind="touchpoint", lane="p9")).entry_id
        store.mark_writing(fence(store), ids[:1], 150.0, creating={})
        store.settle(fence(store), [Settlement(ids[0], "writing", not_before=700.0)], 200.0)
        assert store.due("w", "purchase", 9, 699.0) == []
        assert [entry.id for entry in store.due("w", "touchpoint", 9, 699.0)] == [sent]
        assert [entry.id for entry in store.due("w", "purchase", 9, 700.0)] == ids[:1]
        store.settle(fence(store), [Settlement(sent, "done")], 200.0)
        assert store.next_due("w") == 700.0

    def test_an_in_doubt_purchase_of_another_workspace_in_the_same_org_is_reported(
        self, store: Store
    ) -> None:
        for workspace in ("w", "v"):
            store.save_connection(connection(workspace), Tokens("a", "r"))
        entry_id = store.accept(new()).entry_id
        assert store.in_doubt_elsewhere(ORG, "v") == []
        store.mark_writing(fence(store), [entry_id], 150.0, creating={entry_id: {"Lead"}})
        assert store.in_doubt_elsewhere(ORG, "v") == [Moment(150.0)]
        assert store.in_doubt_elsewhere(ORG, "w") == []
        assert store.in_doubt_elsewhere("another", "v") == []

    def test_tasks_linked_to_a_touchpoint_are_distinguished_from_others(self, store: Store) -> None:
        entry_id = store.accept(new(kind="touchpoint")).entry_id
        links = (
            Link("touchpoint", "t1", "Task", "00T1", {}),
            Link("prospect", "p1", "Lead", "00Q1", {}),
        )
        store.settle(fence(store), [Settlement(entry_id, "done", links=links)], 200.0)
        assert store.linked_records(ORG, "Task", ["00T1", "00T2", "00Q1"]) == {"00T1"}

    def test_a_settlement_keeps_entry_links_and_journal_together(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        after: dict[str, Json] = {"LastName": "Byron"}
        line = JournalLine(entry_id, "Lead", "00Q1", "create", {}, after, 200.0, rules="c0ffee")
        link = Link("prospect", "p1", "Lead", "00Q1", {"LastName": "Byron"}, "digest", 190.5)
        step = Step("updated", "Lead", "Title", {"fields": ["Title"]})
        settlement = Settlement(entry_id, "done", steps=(step,), links=(link,), journal=(line,))
        store.settle(fence(store), [settlement], 200.0)
        entry = self.entry(store, entry_id)
        assert (entry.state, entry.steps, entry.settled_at) == ("done", (step,), 200.0)
        assert store.links("w", ORG, [link.key, ("company", "c")]) == {link.key: link}
        assert list(store.journal("w", entry_id)) == [replace(line, org_id=ORG)]

    def test_a_link_stored_again_keeps_the_time_of_its_last_check(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        for checked_at in (100.0, 200.0):
            link = Link("company", "c1", "Account", "001", {}, "", checked_at)
            store.settle(fence(store), [Settlement(entry_id, "done", links=(link,))], 300.0)
            assert store.links("w", ORG, [link.key])[link.key].checked_at == checked_at

    def test_a_settlement_under_an_old_epoch_changes_nothing(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        old = fence(store)
        assert lease(store, "another", dead=True) is not None
        link = Link("prospect", "p1", "Lead", "00Q1", {})
        with pytest.raises(Fenced):
            store.settle(old, [Settlement(entry_id, "done", links=(link,))], 200.0)
        with pytest.raises(Fenced):
            store.mark_writing(old, [entry_id], 200.0, creating={})
        with pytest.raises(Fenced):
            store.renew_lease(old, 200.0, ttl_s=15)
        assert self.entry(store, entry_id).state == "pending"
        assert store.links("w", ORG, [link.key]) == {}

    def test_a_prospects_link_releases_entries_that_waited_for_the_person(
        self, store: Store
    ) -> None:
        mine = store.accept(new("t1", kind="touchpoint")).entry_id
        other = store.accept(new("t2", kind="touchpoint", lane="p2")).entry_id
        refused = store.accept(new("t3", kind="touchpoint")).entry_id
        unasked = store.accept(new("t4", kind="touchpoint")).entry_id
        codes = {
            mine: PERSON_MISSING,
            other: PERSON_MISSING,
            refused: "OTHER",
            unasked: KEY_NOT_ASKABLE,
        }
        for entry_id, code in codes.items():
            self.settle_held(store, entry_id, held(code))
        purchase = store.accept(new("e1")).entry_id
        link = Link("prospect", "p1", "Lead", "00Q1", {})
        assert store.settle(fence(store), [Settlement(purchase, "done", links=(link,))], 300.0) == 2
        states = [self.entry(store, entry_id).state for entry_id in codes]
        assert states == ["pending", "held", "held", "pending"]

    def test_a_chosen_link_is_stored_and_releases_its_entry_and_others_waiting_for_the_same_choice(
        self, store: Store
    ) -> None:
        causes = {"e1": held(SEVERAL_MATCH), "t1": held(PERSON_MISSING), "e2": held("OTHER")}
        ids = {event: store.accept(new(event)).entry_id for event in causes}
        other = store.accept(new("e3", lane="p2")).entry_id
        for entry_id, cause in [
            *((ids[event], cause) for event, cause in causes.items()),
            (other, held(SEVERAL_MATCH)),
        ]:
            self.settle_held(store, entry_id, cause)
        link = Link("prospect", "p1", "Contact", "0031", {})
        assert store.choose("w", ids["e1"], ORG, link, 300.0) == 2
        assert store.links("w", ORG, [link.key]) == {link.key: link}
        states = [self.entry(store, entry_id).state for entry_id in (*ids.values(), other)]
        assert states == ["pending", "pending", "held", "held"]
        assert store.released("w", 0.0)["person"] == 2

    def test_a_choice_for_an_entry_that_is_not_held_or_of_another_workspace_changes_nothing(
        self, store: Store
    ) -> None:
        entry_id = store.accept(new()).entry_id
        link = Link("prospect", "p1", "Contact", "0031", {})
        assert store.choose("w", entry_id, ORG, link, 300.0) == 0
        self.settle_held(store, entry_id, held(SEVERAL_MATCH))
        assert store.choose("v", entry_id, ORG, link, 300.0) == 0
        assert store.choose("w", "nonsense", ORG, link, 300.0) == 0
        assert store.links("w", ORG, [link.key]) == {}
        assert self.entry(store, entry_id).state == "held"

    def test_held_entries_are_grouped_by_cause_most_first(self, store: Store) -> None:
        for number, code in enumerate(("A", "B", "B")):
            self.settle_held(store, store.accept(new(f"e{number}")).entry_id, held(code))
        assert [(group.cause.code, group.entries) for group in store.held_groups("w")] == [
            ("B", 2),
            ("A", 1),
        ]

    def test_release_takes_ids_a_cause_or_a_fingerprint(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(3)]
        for entry_id, cause in zip(ids, (held("A"), held("B"), held("B", "f2")), strict=True):
            self.settle_held(store, entry_id, cause)
        assert store.release("w", cause="B:Task", fingerprint="f2") == 1
        assert store.release("w", entry_ids=[ids[0], "nonsense"]) == 1
        assert store.release("w") == 1
        assert store.counts("w").pending == 3

    def test_a_release_by_a_person_is_counted_once_for_the_org_whatever_it_releases(
        self, store: Store
    ) -> None:
        store.save_connection(connection())
        for number in range(5):
            entry_id = store.accept(new(f"e{number}")).entry_id
            self.settle_held(store, entry_id, held("A" if number else "B", f"f{number}"))
        assert store.fact(ORG, ASKED_AGAIN) is None
        store.release("w", cause="A", fingerprint="f1", now=50.0)  # a change, not a person
        store.release("w", cause="nothing", now=60.0)
        assert store.fact(ORG, ASKED_AGAIN) is None
        assert store.release("w", cause="A", now=70.0) == 3
        assert store.fact(ORG, ASKED_AGAIN) == Fact(1, 70.0)
        assert store.release("w", now=70.0) == 1
        assert store.fact(ORG, ASKED_AGAIN) == Fact(2, 70.0)

    def test_a_release_in_a_workspace_that_is_not_connected_counts_for_no_org(
        self, store: Store
    ) -> None:
        self.settle_held(store, store.accept(new()).entry_id, held("A"))
        assert store.release("w", now=70.0) == 1
        assert store.fact(ORG, ASKED_AGAIN) is None

    def test_an_invalid_event_is_never_released(self, store: Store) -> None:
        store.accept(
            new(
                state="held",
                cause=Cause("INVALID_EVENT", field="/prospect/id", data={"reason": "missing"}),
            )
        )
        assert store.release("w") == 0

    def test_skipping_ends_pending_ones_or_those_named(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(2)]
        self.settle_held(store, ids[1], held("A"))
        assert store.skip("w", Step("dropped"), 300.0) == 1
        assert store.skip("w", Step("dropped"), 300.0, entry_ids=[ids[1], "nonsense"]) == 1
        assert store.counts("w") == EntryCounts(skipped=2)

    def test_entries_page_from_newest_to_oldest(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(5)]
        first = store.entries("w", limit=2)
        then = store.entries("w", limit=9, before=first[-1].id)
        assert [entry.id for entry in (*first, *then)] == ids[::-1]
        assert store.entry("w", "nonsense") is None

    def test_a_lease_has_one_holder_until_it_ends_and_epochs_only_grow(self, store: Store) -> None:
        mine = fence(store)
        assert lease(store, "another", now=14.0) is None
        store.renew_lease(mine, 14.0, ttl_s=15)
        assert lease(store, "another", now=28.0) is None
        store.release_lease(mine)
        then = lease(store, "another", now=28.0)
        assert then is not None
        assert then.epoch > mine.epoch
        late = lease(store, "third", now=50.0, dead=True)
        assert late is not None
        assert late.epoch > then.epoch

    @pytest.mark.parametrize("now", [0.0, 15.0, 1e9, -1e9])
    def test_no_clock_ends_a_lease(self, store: Store, now: float) -> None:
        fence(store)
        assert lease(store, "another", now=now) is None

    def test_a_lease_says_who_holds_it_since_when_and_how_often_it_was_renewed(
        self, store: Store
    ) -> None:
        assert store.lease(LEASE) is None
        first = lease(store, "me", now=10.0)
        assert first is not None
        store.renew_lease(first, 15.0, ttl_s=15)
        assert store.lease(LEASE) == HeldLease(LEASE, first.epoch, "me", 10.0, 30.0, 1)
        store.release_lease(first)
        assert store.lease(LEASE) is None
        then = lease(store, "another", now=20.0)
        assert then is not None
        assert store.lease(LEASE) == HeldLease(LEASE, then.epoch, "another", 20.0, 35.0, 0)

    def test_a_renewal_changes_a_lease_even_of_a_clock_that_stands_still(
        self, store: Store
    ) -> None:
        mine = fence(store)
        before = store.lease(LEASE)
        store.renew_lease(mine, 0.0, ttl_s=15)
        assert store.lease(LEASE) != before

    def test_a_holder_that_renews_while_it_is_checked_keeps_its_lease(self, store: Store) -> None:
        mine = fence(store)

        def decided_too_late(_: HeldLease) -> bool:
            store.renew_lease(mine, 0.0, ttl_s=15)
            return True

        taken = store.acquire_lease(LEASE, "another", 9.0, ttl_s=15, is_over=decided_too_late)
        assert taken is None
        store.renew_lease(mine, 1.0, ttl_s=15)

    def test_a_login_address_moves_for_the_sign_in_that_met_it(self, store: Store) -> None:
        before = replace(connection(), connected_at=1.0)
        store.save_connection(before, Tokens("access", "refresh"))
        store.move_login(before, "https://new")
        assert store.connection("w") == replace(before, login_url="https://new")
        store.save_connection(replace(before, connected_at=2.0))
        store.move_login(before, "https://late")
        assert store.connection("w") == replace(before, connected_at=2.0)

    def test_an_api_version_is_chosen_for_the_sign_in_that_met_it(self, store: Store) -> None:
        before = replace(connection(), connected_at=1.0)
        store.save_connection(before, Tokens("access", "refresh"))
        store.choose_api_version(before, "67.0")
        kept = store.connection("w")
        assert kept is not None
        assert (kept.api_version, kept.state) == ("67.0", before.state)
        store.save_connection(replace(connection(), connected_at=2.0))
        store.choose_api_version(before, "66.0")
        kept = store.connection("w")
        assert kept is not None
        assert kept.api_version == before.api_version

    def test_tokens_are_rotated_by_whoever_was_first(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("access", "refresh"))
        before = store.tokens("w")
        assert before is not None
        fresh = Tokens("access2", "refresh2", refreshed_at=9.0)
        assert store.rotate_tokens(
            "w", fresh, instance_url="https://moved", expected_version=before.version
        )
        assert not store.rotate_tokens(
            "w", fresh, instance_url="https://x", expected_version=before.version
        )
        now = store.tokens("w")
        assert now is not None
        assert (now.access, now.refresh, now.version) == ("access2", "refresh2", before.version + 1)
        kept = store.connection("w")
        assert kept is not None
        assert kept.instance_url == "https://moved"

    def test_a_connection_is_stored_and_deleted_with_its_tokens(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("access", None))
        assert store.connection("w") == connection()
        store.forget_connection("w")
        assert store.connection("w") is None
        assert store.tokens("w") is None

    def test_a_key_is_stored_with_its_tokens_and_deleted_with_them(self, store: Store) -> None:
        key = SignInKey("jwt", "-----BEGIN\n…", "ada@acme.example")
        assert (store.renewal("w"), store.sign_in_key("w")) == (None, None)
        store.save_connection(connection(), Tokens("access", None), key=key)
        assert (store.renewal("w"), store.sign_in_key("w")) == ("key", key)
        fresh = Tokens("access2", None, refreshed_at=9.0)
        assert store.rotate_tokens("w", fresh, instance_url="https://x", expected_version=0)
        store.save_connection(connection())
        assert store.sign_in_key("w") == key
        store.forget_connection("w")
        assert (store.renewal("w"), store.sign_in_key("w")) == (None, None)

    def test_new_tokens_without_a_key_replace_one_with_a_key(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("a", None), key=SignInKey("jwt", "pem", "u"))
        store.save_connection(connection(), Tokens("a", "refresh"))
        assert (store.renewal("w"), store.sign_in_key("w")) == ("refresh_token", None)
        store.save_connection(connection(), Tokens("a", None))
        assert store.renewal("w") is None

    def test_connecting_and_disconnecting_are_recorded_in_the_history(self, store: Store) -> None:
        came, went = HistoryLine(5.0, "connected", "Ada"), HistoryLine(9.0, "disconnected")
        store.save_connection(connection(), Tokens("access", "refresh"), line=came)
        store.forget_connection("w", line=went)
        assert store.history("w") == [went, came]

    def test_an_ended_sign_in_is_recorded_once_until_someone_signs_in_again(
        self, store: Store
    ) -> None:
        store.save_connection(connection(), Tokens("access", "refresh"))
        for number in range(3):
            store.ask_to_reconnect(
                connection(),
                ReconnectReason("org_changed", {"org": f"00D{number}"}),
                HistoryLine(float(number), "sign_in_ended"),
            )
        marked = replace(
            connection(), state="reconnect", reason=ReconnectReason("org_changed", {"org": "00D2"})
        )
        assert (store.connection("w"), len(store.history("w"))) == (marked, 1)
        again = replace(connection(), connected_at=50.0)
        store.save_connection(again, Tokens("access", "refresh"))
        store.ask_to_reconnect(
            connection(), ReconnectReason("revoked"), HistoryLine(51.0, "sign_in_ended")
        )
        assert (store.connection("w"), len(store.history("w"))) == (again, 1)
        store.ask_to_reconnect(
            again, ReconnectReason("session"), HistoryLine(60.0, "sign_in_ended")
        )
        assert [line.at for line in store.history("w")] == [60.0, 0.0]

    def test_a_first_preview_ends_once_and_only_for_the_current_connection(
        self, store: Store
    ) -> None:
        line = HistoryLine(9.0, "waiting_sent", "Ada", {"more": 1})
        assert store.end_preview("w", connection().connected_at, line) is None
        store.accept(new("e1"))
        previewing = replace(connection(), state="previewing")
        store.save_connection(previewing, Tokens("access", "refresh"))
        assert store.end_preview("w", connection().connected_at - 1, line) is None
        assert (store.connection("w"), store.history("w")) == (previewing, [])
        assert store.end_preview("w", connection().connected_at, line) == 1
        assert store.connection("w") == connection()
        assert (
            store.end_preview(
                "w", connection().connected_at, line, skip_reason=Step("skipped_at_preview")
            )
            is None
        )
        assert store.counts("w").pending == 1
        assert [line.detail for line in store.history("w")] == [{"more": 1, "entries": 1}]

    def test_a_first_preview_may_end_with_pending_entries_skipped(self, store: Store) -> None:
        ids = [store.accept(new(f"e{number}")).entry_id for number in range(3)]
        store.accept(new("elsewhere", workspace="other"))
        store.accept(new("held", state="held", cause=held("CODE")))
        store.save_connection(
            replace(connection(), state="previewing"), Tokens("access", "refresh")
        )
        line = HistoryLine(9.0, "waiting_skipped")
        assert (
            store.end_preview(
                "w", connection().connected_at, line, skip_reason=Step("skipped_at_preview")
            )
            == 3
        )
        assert store.counts("w") == EntryCounts(skipped=3, held=1)
        assert store.counts("other").pending == 1
        skipped = store.entry("w", ids[0])
        assert skipped is not None
        assert (skipped.reason, skipped.settled_at) == (Step("skipped_at_preview"), 9.0)

    def test_a_first_preview_skips_nothing_that_came_after_it_was_shown(self, store: Store) -> None:
        ids = [store.accept(new(f"e{number}")).entry_id for number in range(3)]
        previewing = replace(connection(), state="previewing")
        store.save_connection(previewing, Tokens("access", "refresh"))
        line, reason = HistoryLine(9.0, "waiting_skipped"), Step("skipped_at_preview")
        at = connection().connected_at
        skipped = store.end_preview("w", at, line, skip_reason=reason, skip_up_to=ids[1])
        assert skipped == 2
        assert store.counts("w") == EntryCounts(skipped=2, pending=1)
        assert [one.detail["entries"] for one in store.history("w")] == [2]

    def test_only_one_of_sixteen_threads_ends_a_first_preview(self, store: Store) -> None:
        for number in range(3):
            store.accept(new(f"e{number}"))
        store.save_connection(
            replace(connection(), state="previewing"), Tokens("access", "refresh")
        )

        def end(number: int) -> int | None:
            reason = Step("skipped_at_preview") if number % 2 else None
            line = HistoryLine(float(number), "waiting_skipped" if number % 2 else "waiting_sent")
            return store.end_preview("w", connection().connected_at, line, skip_reason=reason)

        with ThreadPoolExecutor(16) as threads:
            ended = list(threads.map(end, range(16)))
        assert [one for one in ended if one is not None] == [3]
        (line,) = store.history("w")
        assert line.at == ended.index(3)
        assert store.counts("w") == (
            EntryCounts(skipped=3) if ended.index(3) % 2 else EntryCounts(pending=3)
        )

    def test_a_first_preview_that_ends_beside_a_disconnect_never_restores_the_connection(
        self, store: Store
    ) -> None:
        for number in range(20):
            at = float(number)
            store.save_connection(
                replace(connection(), state="previewing", connected_at=at),
                Tokens("access", "refresh"),
            )
            line = HistoryLine(at, "waiting_sent")
            with ThreadPoolExecutor(2) as threads:
                threads.submit(store.end_preview, "w", at, line)
                threads.submit(store.forget_connection, "w")
            assert (store.connection("w"), store.tokens("w")) == (None, None)

    def test_a_pause_lasts_until_it_is_lifted(self, store: Store) -> None:
        pause = WorkspacePause("unavailable", "too often", 1.0, 2.0, error="login_rate")
        store.pause("w", pause)
        assert store.paused("w") == pause
        store.pause("w", None)
        assert store.paused("w") is None

    def test_the_consoles_rule_has_one_writer(self, store: Store) -> None:
        assert store.console_rule("w") == ({}, 0)
        assert store.save_console_rule("w", {"mode": "lead"}, expected_version=0)
        assert not store.save_console_rule("w", {"mode": "contact"}, expected_version=0)
        assert store.console_rule("w") == ({"mode": "lead"}, 1)

    def test_a_changed_console_rule_and_its_history_line_are_stored_together(
        self, store: Store
    ) -> None:
        line = HistoryLine(5.0, "switch", "Ada", {"name": "include_contents", "to": True})
        assert store.save_console_rule("w", {"mode": "lead"}, expected_version=0, line=line)
        assert not store.save_console_rule(
            "w", {}, expected_version=0, line=HistoryLine(6.0, "mode")
        )
        assert store.history("w") == [line]

    def test_each_save_of_the_consoles_rules_stays_as_a_version(self, store: Store) -> None:
        line = HistoryLine(5.0, "mode", "Ünï \ud800")
        assert store.save_console_rule("w", {"mode": "lead"}, expected_version=0)
        assert store.save_console_rule("w", {"name": "\ud800"}, expected_version=1, line=line)
        assert not store.save_console_rule("w", {"mode": "lead"}, expected_version=1, line=line)
        first = SavedRules(1, {"mode": "lead"})
        second = SavedRules(2, {"name": "\ud800"}, 5.0, "Ünï \ud800")
        assert store.console_rule_versions("w") == [second, first]
        assert store.console_rule_versions("w", limit=1) == [second]
        assert store.console_rule_versions("w", before=2) == [first]
        assert store.console_rule_versions("w", before=1) == store.console_rule_versions("v") == []

    def test_the_history_lists_the_newest_first_by_workspace_and_code(self, store: Store) -> None:
        lines = [
            HistoryLine(1.0, "connected", "Ünï \ud800", {"org": "Ä \ud800"}),
            HistoryLine(2.0, "sign_in_ended"),
            HistoryLine(2.0, "reconnected", "Bob"),
        ]
        for line in lines:
            store.add_history("w", line)
        assert store.history("w") == lines[::-1]
        assert store.history("w", codes=["connected", "sign_in_ended"]) == [lines[1], lines[0]]
        assert store.history("w", limit=1) == [lines[2]]
        assert store.history("w", codes=[]) == store.history("v") == []

    def test_released_entries_are_counted_by_what_released_them_since_a_time(
        self, store: Store
    ) -> None:
        assert store.released("w", 0.0) == {"change": 0, "link": 0, "person": 0}
        hour = 3600.0
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(6)]
        for entry_id, cause in zip(
            ids, [held("A"), held("A"), held("B"), held("C"), held(PERSON_MISSING)], strict=False
        ):
            self.settle_held(store, entry_id, cause)
        store.release("w", cause="A", now=1 * hour)
        store.release("w", cause="B", fingerprint="f1", now=5 * hour)
        store.release("w", entry_ids=[ids[3]])
        link = Link("prospect", "p4", "Lead", "00Q1", {})
        assert (
            store.settle(fence(store), [Settlement(ids[5], "done", links=(link,))], 5 * hour) == 1
        )
        assert store.released("w", 0.0) == {"change": 1, "link": 1, "person": 2}
        assert store.released("w", 5 * hour) == {"change": 1, "link": 1, "person": 0}
        assert store.released("v", 0.0) == {"change": 0, "link": 0, "person": 0}

    def test_waiting_purchases_are_counted_without_activities_and_ended_ones(
        self, store: Store
    ) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(3)]
        store.accept(new("t1", kind="touchpoint"))
        store.accept(new("x", workspace="v"))
        self.settle_held(store, ids[0], held("A"))
        assert (store.waiting_purchases("w"), store.waiting_purchases("nobody")) == (2, 0)

    def test_an_entry_that_is_released_twice_counts_once_and_not_while_it_is_held_again(
        self, store: Store
    ) -> None:
        entry_id = store.accept(new("e1")).entry_id
        for at in (1.0, 2.0):
            self.settle_held(store, entry_id, held("A"))
            assert store.released("w", 0.0)["person"] == 0
            store.release("w", cause="A", now=at)
            assert store.released("w", 0.0)["person"] == 1
        self.settle_held(store, entry_id, held("A"))
        store.release("w", fingerprint="f1", now=3.0)
        assert store.released("w", 0.0) == {"change": 1, "link": 0, "person": 0}

    def test_valid_rules_are_stored_by_folder_and_replaced_as_a_whole(self, store: Store) -> None:
        assert store.last_valid_rules("rules") == {}
        store.save_valid_rules(
            "rules", {"a.toml": {"mode": "lead", "name": "Ünï \ud800"}, "b.json": {}}, 10.0
        )
        store.save_valid_rules("workspaces/w/rules", {"a.toml": {"mode": "contact"}}, 20.0)
        assert store.last_valid_rules("rules") == {
            "a.toml": {"mode": "lead", "name": "Ünï \ud800"},
            "b.json": {},
        }
        store.save_valid_rules("rules", {"b.json": {"mode": "contact"}}, 30.0)
        assert store.last_valid_rules("rules") == {"b.json": {"mode": "contact"}}
        assert store.last_valid_rules("workspaces/w/rules") == {"a.toml": {"mode": "contact"}}

    def test_what_rule_files_said_before_stays_known_for_a_while(self, store: Store) -> None:
        first: JsonObject = {"mode": "lead", "name": "Ünï \ud800"}
        store.save_valid_rules("rules", {"a.toml": first, "b.json": {}}, 10.0)
        store.save_valid_rules("other", {"a.toml": {}}, 15.0)
        store.save_valid_rules("rules", {}, 20.0)
        assert store.rule_file_versions("rules", 5.0, 9) == []
        assert store.rule_file_versions("rules", 10.0, 9) == [{"a.toml": first, "b.json": {}}]
        assert store.rule_file_versions("rules", 99.0, 9)[0] == {}
        assert len(store.rule_file_versions("rules", 99.0, 1)) == 1
        for number in range(MAX_RULE_VERSIONS + 5):
            store.save_valid_rules("rules", {"a.toml": {"name": f"{number}"}}, 30.0 + number)
        known = store.rule_file_versions("rules", 999.0, 999)
        assert len(known) == MAX_RULE_VERSIONS
        assert known[0] == {"a.toml": {"name": f"{MAX_RULE_VERSIONS + 4}"}}
        assert store.rule_file_versions("other", 999.0, 9) == [{"a.toml": {}}]

    def test_the_ids_of_a_prospects_entries_are_listed_oldest_first(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(5)]
        lane = store.entries("w", limit=1)[0].lane
        assert store.ids_of_lane("w", lane) == ids
        assert store.ids_of_lane("w", "nobody") == store.ids_of_lane("v", lane) == []

    def test_several_facts_are_stored_read_and_deleted_together(self, store: Store) -> None:
        kept = {f"badge:{number}": Fact({"n": number}, float(number)) for number in range(4)}
        store.save_facts(ORG, kept)
        store.save_fact(ORG, "Lead", Fact({}, 0.0))
        assert store.facts(ORG, ["badge:1", "badge:3", "badge:none"]) == {
            n: kept[n] for n in ("badge:1", "badge:3")
        }
        assert store.facts("00D000000000002EAA", list(kept)) == {}
        assert store.forget_facts(ORG, "badge:", 2.0) == 2
        assert set(store.facts(ORG, [*kept, "Lead"])) == {"badge:2", "badge:3", "Lead"}

    def test_creates_are_listed_from_a_moment_on_newest_first_and_by_workspace(
        self, store: Store
    ) -> None:
        for number, (workspace, action) in enumerate(
            [("w", "create"), ("w", "update"), ("v", "create"), ("w", "create")]
        ):
            entry = store.accept(new(f"e{number}", workspace=workspace)).entry_id
            line = JournalLine(
                entry, "Lead", f"id{number}", action, {}, {"Email": "a@b.example"}, float(number)
            )  # type: ignore[arg-type]
            store.settle(fence(store), [Settlement(entry, "done", journal=(line,))], float(number))
        assert [line.record_id for line in store.created_since("w", ORG, 0.0)] == ["id3", "id0"]
        assert [line.record_id for line in store.created_since("w", ORG, 1.0)] == ["id3"]
        assert [line.record_id for line in store.created_since("w", ORG, 0.0, limit=1)] == ["id3"]

    def test_facts_are_stored_by_org_and_name(self, store: Store) -> None:
        fact = Fact({"a": [1, None, "ü"]}, 5.0, "Mon, 02 Nov 2026 08:00:00 GMT")
        store.save_fact(ORG, "Lead", fact)
        assert store.fact(ORG, "Lead") == fact
        assert store.fact("00D000000000002EAA", "Lead") is None

    def test_calls_are_summed_over_the_last_day_by_purpose(self, store: Store) -> None:
        hour = 3600.0
        for at, purpose in (
            (100 * hour, "purchases"),
            (125 * hour, "purchases"),
            (125 * hour, "badges"),
        ):
            store.count_calls(ORG, purpose, 2, at)
        assert dict(store.allocation(ORG, 125 * hour).by_purpose) == {"purchases": 2, "badges": 2}

    def test_calls_that_were_never_sent_are_uncounted(self, store: Store) -> None:
        store.reserve_call(ORG, "purchases", 100.0, 0.1)
        store.reserve_call(ORG, "purchases", 100.0, 0.1)
        store.count_calls(ORG, "purchases", -1, 100.0)
        assert dict(store.allocation(ORG, 100.0).by_purpose) == {"purchases": 1}

    def test_calls_of_one_org_leave_in_slots_and_are_counted_by_purpose(self, store: Store) -> None:
        waits = [
            store.reserve_call(ORG, purpose, 100.0, 0.5)
            for purpose in ("purchases", "badges", "badges")
        ]
        assert waits == [0.0, 0.5, 1.0]
        assert store.reserve_call("00D000000000002EAA", "badges", 100.0, 0.5) == 0.0
        assert dict(store.allocation(ORG, 100.0).by_purpose) == {"purchases": 1, "badges": 2}

    def test_a_clock_set_back_does_not_close_the_gate(self, store: Store) -> None:
        store.reserve_call(ORG, "badges", 10_000.0, 0.5)
        assert store.reserve_call(ORG, "badges", 5_000.0, 0.5) == 0.0
        assert store.reserve_call(ORG, "badges", 5_000.0, 0.5) == 0.5

    @given(
        steps=st.lists(
            st.tuples(st.floats(-1, 2), st.sampled_from([4, 10, 25])), min_size=1, max_size=60
        )
    )
    def test_no_second_has_more_calls_to_an_org_than_its_rate_in_any_interleaving(
        self, steps: list[tuple[float, int]]
    ) -> None:
        store, now, latest, slots = self.fresh(), 100.0, 100.0, []
        try:
            for step, rate in steps:
                now = max(now + step, latest - 1.9)  # clocks of machines that differ a little
                latest = max(latest, now)
                slots.append(now + store.reserve_call(ORG, "badges", now, 1 / rate))
        finally:
            store.close()
        assert slots == sorted(slots)
        assert all(
            later - earlier >= 1.0 - 1e-6 for earlier, later in zip(slots, slots[25:], strict=False)
        )
        gaps = zip(slots, slots[1:], steps[1:], strict=False)
        assert all(later - earlier >= 1 / rate - 1e-6 for earlier, later, (_, rate) in gaps)

    def test_next_due_can_be_limited_to_one_kind(self, store: Store) -> None:
        store.accept(new("t1", kind="touchpoint"))
        assert (store.next_due("w", "touchpoint"), store.next_due("w", "purchase")) == (0.0, None)

    def test_the_newest_reading_of_the_allocation_counts(self, store: Store) -> None:
        store.note_usage(ORG, 50, 100, 10.0)
        store.note_usage(ORG, 40, 100, 9.0)
        allocation = store.allocation(ORG, 11.0)
        assert (allocation.used, allocation.limit, allocation.seen_at) == (50, 100, 10.0)

    def test_a_lease_never_has_two_holders_in_any_order_of_steps(self) -> None:
        self.in_any_order(LeaseMachine)

    def test_an_entry_is_always_in_exactly_one_state_and_all_views_agree(self) -> None:
        self.in_any_order(OutboxMachine)

    @given(events=st.lists(st.sampled_from("abc"), min_size=1, max_size=24))
    def test_the_same_event_id_is_one_entry_under_any_interleaving(self, events: list[str]) -> None:
        store = self.fresh()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda event_id: store.accept(new(event_id)), events))
        first = [answer.entry_id for answer in answers if not answer.duplicate]
        assert len(first) == len(set(first)) == len(set(events)) == store.counts("w").pending
        assert len(
            {(event, answer.entry_id) for event, answer in zip(events, answers, strict=True)}
        ) == len(first)
        store.close()

    def test_only_one_of_sixteen_threads_gets_a_lease(self, store: Store) -> None:
        with ThreadPoolExecutor(16) as threads:
            won = list(threads.map(lambda number: lease(store, f"owner {number}"), range(16)))
        assert sum(fence is not None for fence in won) == 1

    def test_only_one_of_sixteen_threads_rotates_tokens(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("access", "refresh"))

        def rotate(number: int) -> bool:
            return store.rotate_tokens(
                "w",
                Tokens(f"a{number}", None),
                instance_url=f"https://{number}",
                expected_version=0,
            )

        with ThreadPoolExecutor(16) as threads:
            rotated = list(threads.map(rotate, range(16)))
        tokens, kept = store.tokens("w"), store.connection("w")
        assert tokens is not None
        assert kept is not None
        assert rotated.count(True) == 1
        assert (tokens.access, kept.instance_url) == (
            f"a{rotated.index(True)}",
            f"https://{rotated.index(True)}",
        )

    def test_a_refresh_begun_before_a_new_sign_in_never_fits_the_new_tokens(
        self, store: Store
    ) -> None:
        store.save_connection(connection(), Tokens("old", "old"))
        store.forget_connection("w")
        store.save_connection(connection(), Tokens("new", "new"))
        assert not store.rotate_tokens(
            "w", Tokens("late", "late"), instance_url="https://late", expected_version=0
        )
        tokens = store.tokens("w")
        assert tokens is not None
        assert tokens.access == "new"

    def test_a_connection_saved_without_tokens_keeps_those_it_had(self, store: Store) -> None:
        store.save_connection(connection(), Tokens("access", "refresh"))
        store.save_connection(connection())
        tokens = store.tokens("w")
        assert tokens is not None
        assert tokens.access == "access"

    def test_any_text_survives_as_an_id(self, store: Store) -> None:
        odd = ("\ud800", "a\x00b", "\x1a\x1a", "\ufdd0x", "日本 \U0001f600", "' OR 1=1 --")
        for text in odd:
            accepted = store.accept(new(text, lane=text, workspace=text))
            entry = store.entry(text, accepted.entry_id)
            assert entry is not None
            assert (entry.event.workspace, entry.event.event_id, entry.lane) == (text, text, text)
            assert store.accept(new(text, lane=text, workspace=text)).duplicate
        assert sorted(store.workspaces()) == sorted(odd)

    def test_conflicts_are_listed_newest_first_and_at_most_a_thousand(self, store: Store) -> None:
        store.accept(new("first"))
        store.accept(new("first", digest="x"))
        store.accept(new("again"))
        for number in range(1_000):
            store.accept(new("again", digest=f"x{number}"))
        events = [event for event, _, _ in store.conflicts("w")]
        assert events == ["again"] * 1_000

    def test_a_write_of_unknown_outcome_is_due_again_and_keeps_when_it_was_sent(
        self, store: Store
    ) -> None:
        entry_id = store.accept(new()).entry_id
        store.mark_writing(fence(store), [entry_id], 150.0, creating={entry_id: {"Lead"}})
        store.settle(fence(store), [Settlement(entry_id, "writing", not_before=700.0)], 200.0)
        assert store.due("w", "purchase", 9, 699.0) == []
        (entry,) = store.due("w", "purchase", 9, 700.0)
        assert (entry.state, entry.sent_at, entry.settled_at) == ("writing", 150.0, None)

    def test_a_lease_is_wanted_from_when_another_asks_until_it_is_taken_again(
        self, store: Store
    ) -> None:
        store.want_lease(LEASE)
        held = fence(store)
        assert not store.is_wanted(held)
        before = store.lease(LEASE)
        store.want_lease(LEASE)
        assert store.is_wanted(held)
        assert store.lease(LEASE) == before, "its holder lives on as it did"
        store.release_lease(held)
        assert store.is_wanted(held)
        assert not store.is_wanted(fence(store))

    def test_a_release_resets_the_entry_but_keeps_its_last_reason(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        cause = held("A")
        store.settle(fence(store), [Settlement(entry_id, "pending", count_attempt=True)], 200.0)
        self.settle_held(store, entry_id, cause)
        store.release("w")
        entry = self.entry(store, entry_id)
        assert (entry.attempts, entry.not_before, entry.cause) == (0, 0.0, None)
        assert entry.reason == held_reason(cause)

    def test_an_entry_that_a_person_ended_is_not_reopened_but_its_write_is_recorded(
        self, store: Store
    ) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(2)]
        store.skip("w", Step("dropped"), 150.0)
        settlements = [Settlement(ids[0], "pending"), Settlement(ids[1], "done")]
        store.mark_writing(fence(store), ids, 160.0, creating={})
        store.settle(fence(store), settlements, 200.0)
        assert [self.entry(store, entry_id).state for entry_id in ids] == ["skipped", "done"]

    def test_the_batchs_order_does_not_decide_whether_a_touchpoint_finds_its_person(
        self, store: Store
    ) -> None:
        purchase = store.accept(new("e1")).entry_id
        touchpoint = store.accept(new("t1", kind="touchpoint")).entry_id
        linked = Settlement(purchase, "done", links=(Link("prospect", "p1", "Lead", "00Q1", {}),))
        waits = Settlement(touchpoint, "held", cause=held(PERSON_MISSING))
        assert store.settle(fence(store), [linked, waits], 300.0) == 1
        assert self.entry(store, touchpoint).state == "pending"

    def test_a_dropped_link_is_gone_and_a_stale_one_is_replaced(self, store: Store) -> None:
        entry_id = store.accept(new()).entry_id
        old, company = (
            Link("prospect", "p1", "Lead", "00Q1", {}),
            Link("company", "c1", "Account", "0011", {}),
        )
        store.settle(fence(store), [Settlement(entry_id, "pending", links=(old, company))], 200.0)
        fresh = Link("prospect", "p1", "Contact", "0031", {"LastName": "Byron"})
        again = Settlement(entry_id, "done", links=(fresh,), drop_links=(old.key, company.key))
        store.settle(fence(store), [again], 201.0)
        assert store.links("w", ORG, [old.key, company.key]) == {fresh.key: fresh}

    def test_a_groups_cause_has_the_oldest_time_and_no_detail(self, store: Store) -> None:
        for number, at in enumerate((300.0, 200.0)):
            entry_id = store.accept(new(f"e{number}")).entry_id
            cause = replace(held("A"), detail=f"value {number}")
            store.settle(fence(store), [Settlement(entry_id, "held", cause=cause)], at)
            assert self.entry(store, entry_id).cause == cause
        (group,) = store.held_groups("w")
        assert (group.cause, group.entries, group.since) == (held("A"), 2, 200.0)
        assert group.latest == 300.0

    def test_entries_are_found_by_state_and_by_cause_or_its_code(self, store: Store) -> None:
        ids = [store.accept(new(f"e{n}")).entry_id for n in range(3)]
        self.settle_held(store, ids[0], held("A"))
        self.settle_held(store, ids[1], held("B"))
        assert [entry.id for entry in store.entries("w", state="held")] == [ids[1], ids[0]]
        assert [entry.id for entry in store.entries("w", cause="A")] == [ids[0]]
        assert [entry.id for entry in store.entries("w", state="held", cause="B:Task")] == [ids[1]]
        assert list(store.entries("w", before="nonsense")) == []

    def test_is_dead_may_use_the_store(self, store: Store) -> None:
        fence(store)
        won = store.acquire_lease(
            LEASE,
            "another",
            0.0,
            ttl_s=15,
            is_over=lambda held: store.entry("w", held.owner) is None,
        )
        assert won is not None

    def in_any_order(self, machine: Callable[[Callable[[], Store]], RuleBasedStateMachine]) -> None:
        # Hypothesis documents that a factory will do; its annotation knows classes only.
        run_state_machine_as_test(lambda: machine(self.fresh), settings=_ANY_ORDER)  # type: ignore[arg-type]

    def fresh(self) -> Store:
        """A separate empty store, for property tests."""
        raise NotImplementedError

    def test_a_settlement_that_breaks_in_the_middle_changes_nothing_of_it(
        self, store: Store
    ) -> None:
        ids = [store.accept(new(f"e{n}", lane=f"p{n}")).entry_id for n in range(3)]
        whole = Settlement(ids[0], "done", links=(Link("prospect", "p0", "Lead", "00Q1", {}),))
        unwritable = JournalLine(ids[1], "Lead", "00Q2", "create", {}, {"Title": object()}, 1.0)  # type: ignore[dict-item]
        broken = Settlement(
            ids[1],
            "done",
            links=(Link("prospect", "p1", "Lead", "00Q2", {}),),
            journal=(unwritable,),
        )
        with pytest.raises(TypeError):
            store.settle(fence(store), [whole, broken, Settlement(ids[2], "done")], 200.0)
        assert store.counts("w") == EntryCounts(pending=3)
        assert store.links("w", ORG, [("prospect", "p0"), ("prospect", "p1")]) == {}
        assert [store.journal("w", entry_id) for entry_id in ids] == [[], [], []]
