"""In-doubt writes: what is retried at once, what waits ten minutes, what is held. Never twice,
never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision.causes import outcome_unclear
from zsf_plugin.errors import OutcomeUnknown, RowBusy, ZsfError
from zsf_plugin.model import OrgFacts, Step, Write
from zsf_plugin.ports import ORG_LEASE, Settlement, Store

Refuse = Callable[[Write], ZsfError | None]


class LateWrites:
    """Answers are lost while `losing`; what was sent then arrives only on `arrive`."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.losing, self.on_their_way = bench, True, []  # type: ignore[var-annotated]
        bench.crm.refuse = self

    def __call__(self, write: Write) -> ZsfError | None:
        if not self.losing:
            return None
        self.on_their_way.append(write)
        return OutcomeUnknown("no answer")

    def arrive(self) -> None:
        """Make the lost creates now, except those that a unique id refuses."""
        rows = self.bench.crm.rows
        for write in self.on_their_way:
            values = {name: value for name, value in write.values.items() if isinstance(value, str)}
            key = values.get("Zaplify_Id__c")
            if not key or all(
                row.get("Zaplify_Id__c") != key for row in rows[write.object].values()
            ):
                self.bench.crm.add(write.object, **values)
        self.on_their_way = []


def bench_of(store: Store, clock: FakeClock, org: OrgFacts | None = None, **rule: object) -> Bench:
    bench = Bench(store, clock, FakeCrm(org or facts()))
    bench.rule |= rule  # type: ignore[arg-type]
    return bench


def drain_for(bench: Bench, seconds: float) -> None:
    """Drain until this much time has passed."""
    end = bench.clock.time + seconds
    while bench.clock.time < end:
        bench.drain()
        bench.clock.time += 30


@pytest.mark.parametrize("external_id", [True, False])
def test_while_a_write_is_in_doubt_a_duplicate_of_the_person_creates_no_record(
    store: Store, clock: FakeClock, external_id: bool
) -> None:
    bench = bench_of(store, clock, facts(external_id=external_id))
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    late.losing = False
    bench.feed(purchase(prospect(2, email="ADA1@acme1.example"), "e2"))
    bench.drain()
    late.arrive()
    drain_for(bench, 700)
    assert store.counts("default").done == 2
    assert len(bench.rows("Lead")) == 1


def test_while_a_write_is_in_doubt_another_workspace_of_the_org_creates_no_record(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    late.losing = False
    connection = store.connection("default")
    assert connection is not None
    store.save_connection(replace(connection, workspace="south"), store.tokens("default"))
    bench.feed(replace(purchase(prospect(1), "e1"), workspace="south"))
    assert bench.drain("south").done == 0
    late.arrive()
    for _ in range(30):
        bench.drain()
        bench.drain("south")
        clock.time += 30
    assert (store.counts("default").done, store.counts("south").done) == (1, 1)
    assert len(bench.rows("Lead")) == 1


def test_a_changed_mode_does_not_create_a_second_person(store: Store, clock: FakeClock) -> None:
    bench = bench_of(store, clock, mode="contact")
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1, company=None), "e1"))
    bench.drain()
    late.losing = False
    bench.rule["mode"] = "lead"
    bench.drain()
    late.arrive()
    drain_for(bench, 700)
    assert store.counts("default").done == 1
    assert (len(bench.rows("Contact")), len(bench.rows("Lead"))) == (1, 0)


def test_with_the_id_an_in_doubt_create_is_retried_at_once_and_a_late_arrival_collides(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock)
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1), "e1"))
    bench.crm.before_write = lambda: setattr(late, "losing", not late.on_their_way)
    bench.drain()
    assert store.counts("default").done == 1
    late.arrive()
    assert len(bench.rows("Lead")) == 1


def test_a_person_without_match_key_who_may_exist_is_only_written_again_on_request(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    late = LateWrites(bench)
    nameless = prospect(1, email=None, company=None)
    bench.feed(purchase(nameless, "e1"))
    bench.drain()
    late.losing = False
    clock.time += 601
    bench.feed(purchase({**nameless, "title": "CTO"}, "e2"))
    bench.drain()
    assert [group.cause.code for group in store.held_groups("default")] == ["OUTCOME_UNCLEAR"]
    bench.rule["fields"] = {"Lead": {"Title": False}}
    bench.drain()
    assert (store.counts("default").held, bench.rows("Lead")) == (2, [])
    store.release("default", cause="OUTCOME_UNCLEAR")
    bench.drain()
    assert store.counts("default").done == 2
    assert len(bench.rows("Lead")) == 1


def test_a_person_bought_twice_in_one_batch_who_may_exist_is_held_twice(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    late = LateWrites(bench)
    nameless = prospect(1, email=None, company=None)
    bench.feed(purchase(nameless, "e1"), purchase({**nameless, "title": "CTO"}, "e2"))
    bench.drain()
    late.losing = False
    clock.time += 601
    bench.drain()
    assert (store.counts("default").held, bench.rows("Lead")) == (2, [])


def test_a_record_that_always_breaks_the_connection_is_held_and_the_others_continue(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock)

    def answer_lost(write: Write) -> ZsfError | None:
        return (
            OutcomeUnknown("its trigger never ends")
            if write.values.get("LastName") == "Lovelace7"
            else None
        )

    bench.crm.refuse = answer_lost
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(20)))
    drain_for(bench, 3000)
    counts = store.counts("default")
    assert (counts.done, counts.held, counts.writing) == (19, 1, 0)


def test_two_touchpoints_of_one_day_and_subject_are_two_tasks_without_the_id_too(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    bench.drain()
    bench.feed(touchpoint(prospect(1), "t2"))
    bench.drain()
    assert len(bench.rows("Task")) == 2


def test_a_lost_task_is_not_mistaken_for_another_touchpoints(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    bench.drain()
    late = LateWrites(bench)
    bench.feed(touchpoint(prospect(1), "t2"))
    bench.drain()
    late.losing, late.on_their_way = False, []
    drain_for(bench, 700)
    assert store.counts("default").done == 3
    assert len(bench.rows("Task")) == 2


def test_an_in_doubt_activity_holds_no_purchase_back(store: Store, clock: FakeClock) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    bench.crm.refuse = lambda write: OutcomeUnknown("no answer") if write.object == "Task" else None
    bench.drain()
    (bought,) = bench.feed(purchase(prospect(2), "e2"))
    bench.drain()
    assert bench.entry(bought).state == "done"


def test_a_drain_that_lost_its_lease_before_it_writes_sends_nothing(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock)
    (entry,) = bench.feed(purchase(prospect(1)))
    find = bench.crm.find

    def slow(*given):  # type: ignore[no-untyped-def]
        """The process stalled during its lookup, and another one took over the org."""
        clock.time += 60
        assert store.acquire_lease(
            f"org:{bench.crm.org.org_id}", "other", clock.now(), ttl_s=15, is_over=lambda _: True
        )
        return find(*given)

    bench.crm.find = slow  # type: ignore[method-assign]
    assert bench.drain().busy
    assert (bench.rows("Lead"), bench.entry(entry).state) == ([], "pending")


def _nameless_and_in_doubt(store: Store, clock: FakeClock) -> tuple[Bench, LateWrites]:
    """A person without match key was sent and the answer lost; the record exists, and the ten
    minutes are over."""
    bench = bench_of(store, clock, facts(external_id=False))
    late = LateWrites(bench)
    bench.feed(purchase(prospect(1, email=None, company=None), "e1"))
    bench.drain()
    late.losing = False
    late.arrive()
    clock.time += 700
    return bench, late


def test_another_reason_to_hold_leaves_the_write_in_doubt(store: Store, clock: FakeClock) -> None:
    bench, _ = _nameless_and_in_doubt(store, clock)
    bench.rule["fields"] = {"Lead": {"Title": {"value": "x" * 999, "too_long": "hold"}}}
    bench.drain()
    bench.rule.pop("fields")
    bench.drain()
    bench.drain()
    assert [group.cause.code for group in store.held_groups("default")] == ["OUTCOME_UNCLEAR"]
    assert len(bench.rows("Lead")) == 1


def test_a_field_created_in_between_leaves_the_write_in_doubt(
    store: Store, clock: FakeClock
) -> None:
    bench, _ = _nameless_and_in_doubt(store, clock)
    bench.drain()
    bench.crm.org = facts(external_id=True)
    bench.feed(purchase(prospect(1, email=None, company=None, title="CTO"), "e2"))
    bench.drain()
    assert (store.counts("default").held, len(bench.rows("Lead"))) == (2, 1)


def test_a_person_dropped_in_doubt_is_created_only_once_an_admin_retries(
    store: Store, clock: FakeClock
) -> None:
    bench, _ = _nameless_and_in_doubt(store, clock)
    bench.drain()
    (held,) = store.entries("default", state="held")
    store.skip("default", Step("dropped"), clock.now(), entry_ids=[held.id])
    (again,) = bench.feed(purchase(prospect(1, email=None, company=None, title="CTO"), "e2"))
    bench.drain()
    assert (bench.entry(again).state, len(bench.rows("Lead"))) == ("held", 1)
    store.release("default", entry_ids=[again])
    bench.drain()
    assert (bench.entry(again).state, len(bench.rows("Lead"))) == ("done", 2)


def test_an_entry_whose_sender_recorded_no_creates_may_have_sent_anything(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock)
    (entry,) = bench.feed(purchase(prospect(1)))
    name = ORG_LEASE + bench.crm.org.org_id
    fence = store.acquire_lease(name, "me", clock.now(), ttl_s=15, is_over=lambda _: False)
    assert fence is not None
    store.settle(fence, [Settlement(entry, "writing", sent_at=clock.now())], clock.now())
    store.release_lease(fence)
    bench.drain()
    assert (bench.entry(entry).state, bench.rows("Lead")) == ("writing", [])
    drain_for(bench, 700)
    assert bench.entry(entry).state == "done"


def test_only_the_lane_of_a_locked_row_waits_for_it(store: Store, clock: FakeClock) -> None:
    bench = bench_of(store, clock)
    locked = [RowBusy("locked", 2.0)]
    bench.crm.refuse = lambda write: (
        locked.pop() if locked and write.values.get("LastName") == "Lovelace1" else None
    )
    bench.feed(
        purchase(prospect(1), "e1"),
        purchase(prospect(1, title="CTO"), "e2"),
        purchase(prospect(2), "e3"),
    )
    report = bench.drain()
    assert (report.done, report.waiting) == (3, 0)
    assert clock.time - 1_790_000_000.0 < 5


def test_a_person_held_in_doubt_by_an_older_version_is_not_released_by_a_drain_either(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    (entry,) = bench.feed(purchase(prospect(1, email=None, company=None)))
    name = ORG_LEASE + bench.crm.org.org_id
    fence = store.acquire_lease(name, "me", clock.now(), ttl_s=15, is_over=lambda _: False)
    assert fence is not None
    cause = replace(outcome_unclear("Lead"), fingerprint="of older rules")
    store.settle(fence, [Settlement(entry, "held", cause=cause)], clock.now())
    store.release_lease(fence)
    assert bench.drain().released == 0
    assert bench.entry(entry).state == "held"


def test_a_task_that_was_sent_without_the_id_is_not_sent_again_with_one(
    store: Store, clock: FakeClock
) -> None:
    bench = bench_of(store, clock, facts(external_id=False))
    bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))

    def lost(write: Write) -> ZsfError | None:
        """The answer is lost, and an admin creates the field meanwhile."""
        if write.object != "Task":
            return None
        bench.crm.org = facts(external_id=True)
        return OutcomeUnknown("no answer")

    bench.crm.fail_answer = lost
    bench.drain()
    bench.crm.fail_answer = lambda _: None
    drain_for(bench, 700)
    assert len(bench.rows("Task")) == 1
    assert [group.cause.code for group in store.held_groups("default")] == ["OUTCOME_UNCLEAR"]


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("by", ["describe", "refusal"])
def test_a_lost_create_of_a_person_whose_keys_cannot_be_asked_by_is_held_and_never_repeated(
    store: Store, clock: FakeClock, arrives: bool, by: str
) -> None:
    org = facts(external_id=False)
    describes = dict(org.describes)
    for object_ in ("Lead", "Contact"):
        fields = dict(describes[object_].fields)
        fields["Email"] = replace(fields["Email"], filterable=False, encrypted=True)
        describes[object_] = replace(describes[object_], fields=fields)
    email = [{"field": "Email", "compare": "email"}]
    match = {"Lead": email, "Contact": email, "unasked": "create"}
    shut = replace(org, describes=describes) if by == "describe" else org
    bench = bench_of(store, clock, shut, match=match)
    if by == "refusal":
        bench.crm.refuse_lookup = lambda lookup: (
            "INVALID_FIELD" if lookup.parts[0][0] == "Email" and lookup.object != "User" else None
        )
    late = LateWrites(bench)
    (entry_id,) = bench.feed(purchase(prospect(1), "e1"))
    bench.drain()
    late.losing = False
    if arrives:
        late.arrive()
    drain_for(bench, 1200)
    cause = bench.entry(entry_id).cause
    assert cause is not None
    assert cause.code == outcome_unclear("Lead").code
    assert len(bench.rows("Lead")) == arrives
