"""A batch from its entries to their settlements: rounds until each has ended, in the outbox's
order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.lookups import open_lookups
from zsf_plugin.decision.people import KnownPeople
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.errors import (
    DuplicateFound,
    DuplicateRecord,
    Fenced,
    Halted,
    OutcomeUnknown,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import (
    DEFECT,
    Changes,
    Event,
    Lookup,
    LookupAnswers,
    Plan,
    Record,
    Rules,
    World,
    Write,
    WriteOutcome,
)
from zsf_plugin.ports import ORG_LEASE, JournalLine, Purpose, Store, do_nothing
from zsf_plugin.sync import batch, links_and_journal, lookup, rounds
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S
from zsf_plugin.sync.batch import STUCK_DELAY_S, BatchResult, run_batch
from zsf_plugin.sync.context import DrainContext
from zsf_plugin.sync.entries import WrittenEntry


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


def run(bench: Bench, *ids: str) -> BatchResult:
    """The entries as one batch."""
    connection = bench.store.connection("default")
    assert connection is not None
    name = ORG_LEASE + connection.org_id
    fence = bench.store.acquire_lease(
        name, "me", bench.clock.now(), ttl_s=15, is_over=lambda _: False
    )
    assert fence is not None
    context = DrainContext(
        bench.store, bench.crm, bench.parts.rules, bench.clock, connection, fence
    )
    return run_batch(context, [bench.entry(one) for one in ids], "purchases")


def states(bench: Bench, ids: list[str]) -> list[str]:
    return [bench.entry(one).state for one in ids]


def test_a_batch_of_unrelated_people_takes_one_lookup_and_one_write(bench: Bench) -> None:
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    assert run(bench, *ids) == BatchResult(done=3)
    assert (bench.crm.finds, len(bench.rows("Lead"))) == (1, 3)


def test_an_entry_in_the_lane_of_a_waiting_one_waits_behind_it(bench: Bench) -> None:
    locked: list[ZsfError] = [RowBusy("locked", 60.0)]
    bench.crm.refuse = lambda _: locked.pop() if locked else None
    ids = bench.feed(purchase(prospect(1), "e1"), purchase(prospect(1, title="CTO"), "e2"))
    run(bench, *ids)
    assert states(bench, ids) == ["pending", "pending"]
    assert bench.rows("Lead") == []


def test_an_entry_that_relied_on_a_refused_record_is_tried_alone_in_the_next_round(
    bench: Bench,
) -> None:
    bench.crm.refuse = lambda write: (
        Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION")
        if write.values.get("Title") == "Chief"
        else None
    )
    ids = bench.feed(purchase(prospect(1, title="Chief"), "e1"), purchase(prospect(1), "e2"))
    assert run(bench, *ids) == BatchResult(done=1, held=1)
    assert bench.crm.finds == 1


def test_a_refusal_that_contradicts_the_lookup_costs_one_fresh_lookup(bench: Bench) -> None:
    refused: list[ZsfError] = [Rejected("NOT_FOUND")]
    bench.crm.refuse = lambda _: refused.pop() if refused else None
    ids = bench.feed(purchase(prospect(1)))
    assert run(bench, *ids) == BatchResult(done=1)
    assert bench.crm.finds == 2


def test_one_refusal_that_contradicts_the_lookup_repeats_it_for_all_entries_that_follow(
    bench: Bench,
) -> None:
    refused: list[ZsfError] = [Rejected("NOT_FOUND")]
    bench.crm.refuse = lambda _: refused.pop() if refused else None
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(2)))
    assert run(bench, *ids) == BatchResult(done=2)
    assert (bench.crm.finds, len(bench.rows("Lead"))) == (2, 2)


def test_an_entry_that_waits_for_a_new_record_follows_in_the_next_round(
    bench: Bench,
) -> None:
    ids = bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    assert run(bench, *ids) == BatchResult(done=2)
    (lead,) = bench.crm.rows["Lead"]
    assert [task["WhoId"] for task in bench.rows("Task")] == [lead]
    assert bench.crm.finds == 1


def test_a_lost_answer_to_a_change_ends_the_batch_too(bench: Bench) -> None:
    run(bench, *bench.feed(purchase(prospect(1), "e1")))
    bench.crm.fail_answer = lambda _: OutcomeUnknown("no answer")
    (entry,) = bench.feed(purchase(prospect(1, location={"city": "Bonn"}), "e2"))
    assert run(bench, entry) == BatchResult(answer_lost=True)
    assert (bench.entry(entry).state, bench.entry(entry).sent_at) == ("writing", None)


@pytest.mark.parametrize("error", [RowBusy("locked", 60.0), Rejected("NOT_FOUND")])
def test_a_field_of_ours_whose_update_failed_is_ours_still_and_is_updated_later(
    bench: Bench, error: ZsfError
) -> None:
    title = {"from": "prospect.title", "overwrite": "if_ours"}
    bench.rule = {"mode": "lead", "fields": {"Lead": {"Title": title}}}
    run(bench, *bench.feed(purchase(prospect(1), "e1")))
    failing = [error]
    bench.crm.refuse = lambda _: failing.pop() if failing else None
    ids = bench.feed(purchase(prospect(1, title="CTO"), "e2"))
    run(bench, *ids)
    if states(bench, ids) == ["pending"]:
        run(bench, *ids)
    assert states(bench, ids) == ["done"]
    assert [row["Title"] for row in bench.rows("Lead")] == ["CTO"]


def test_an_org_that_fails_at_the_first_lookup_raises_and_nothing_is_settled(bench: Bench) -> None:
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.crm.find = _unavailable  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        run(bench, entry)
    assert bench.entry(entry).state == "pending"


def test_an_org_that_fails_at_a_later_lookup_ends_the_batch_and_keeps_what_was_done(
    bench: Bench,
) -> None:
    def refuse(write: Write) -> ZsfError | None:
        bench.crm.find = _unavailable  # type: ignore[method-assign]
        return Rejected("NOT_FOUND") if write.values["LastName"] == "Lovelace2" else None

    bench.crm.refuse = refuse
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in (1, 2)))
    result = run(bench, *ids)
    assert (result.done, type(result.stopped_by)) == (1, Unavailable)
    assert states(bench, ids) == ["done", "pending"]


@pytest.mark.timeout(10)
def test_entries_that_make_no_progress_wait_rather_than_loop_forever(bench: Bench) -> None:
    bench.crm.refuse = lambda _: Halted("nobody knows why")
    (entry,) = bench.feed(purchase(prospect(1)))
    assert run(bench, entry) == BatchResult()
    assert (bench.entry(entry).state, bench.crm.finds) == ("pending", 1)
    assert bench.entry(entry).not_before == bench.clock.now() + STUCK_DELAY_S


@pytest.mark.timeout(10)
def test_an_entry_without_progress_is_not_overtaken_by_a_later_one_of_its_lane(
    bench: Bench,
) -> None:
    title = {"from": "prospect.title", "overwrite": "always"}
    bench.rule = {"mode": "lead", "fields": {"Lead": {"Title": title}}}
    run(bench, *bench.feed(purchase(prospect(1), "e0")))
    halted: list[ZsfError] = [Halted("nobody knows why")]
    bench.crm.refuse = lambda _: halted.pop() if halted else None
    chief = purchase(prospect(1, title="Chief"), "e1")
    ids = bench.feed(chief, purchase(prospect(1, title="CTO"), "e2"))
    run(bench, *ids)
    assert states(bench, ids) == ["pending", "pending"]
    assert [row["Title"] for row in bench.rows("Lead")] == ["Engineer"]


def break_lookup_of(event_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lookup for that event's plan meet a defect of ours."""

    def brittle(
        plans: Iterable[Plan], world: World, batch_size: int
    ) -> tuple[list[Lookup], list[Plan]]:
        of_batch = list(plans)
        if any(plan.event_id == event_id for plan in of_batch):
            raise OverflowError("a value nobody foresaw")
        return open_lookups(of_batch, world, batch_size)

    monkeypatch.setattr(lookup, "open_lookups", brittle)


def test_the_results_of_half_a_batch_count_even_if_the_other_half_cannot_be_looked_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_from_now_on(_: Write) -> None:
        bench.crm.find = _unavailable  # type: ignore[method-assign]

    break_lookup_of("e3", monkeypatch)
    bench.crm.refuse = fail_from_now_on
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(4)))
    result = run(bench, *ids)
    assert (result.done, type(result.stopped_by)) == (2, Unavailable)
    assert states(bench, ids) == ["done", "done", "pending", "pending"]


def test_a_refused_entry_in_one_half_of_a_batch_does_not_keep_the_other_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_lookup_of("e3", monkeypatch)
    bench.crm.refuse = lambda write: (
        Rejected("NO") if write.values.get("LastName") == "Lovelace0" else None
    )
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(4)))
    assert run(bench, *ids) == BatchResult(done=2, held=2)
    assert states(bench, ids) == ["held", "done", "done", "held"]


def break_deciding(event_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let planning that event meet a defect of ours."""

    def brittle(event: Event, rules: Rules, arrived: int, known: KnownPeople) -> Plan:
        if event.event_id == event_id:
            raise OverflowError("a value nobody foresaw")
        return decide(event, rules, arrived, known)

    monkeypatch.setattr(batch, "decide", brittle)


def break_reconciling(event_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reconciling that event meet a defect of ours."""

    def brittle(plan: Plan, world: World) -> tuple[Changes, World]:
        if plan.event_id == event_id:
            raise OverflowError("a value nobody foresaw")
        return reconcile(plan, world)

    monkeypatch.setattr(rounds, "reconcile", brittle)


@pytest.mark.parametrize("break_it", [break_deciding, break_lookup_of, break_reconciling])
def test_only_an_entry_with_a_defect_before_sending_is_held_with_its_name(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[str, pytest.MonkeyPatch], None],
) -> None:
    break_it("e1", monkeypatch)
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    assert run(bench, *ids) == BatchResult(done=2, held=1)
    held = bench.entry(ids[1])
    assert states(bench, ids) == ["done", "held", "done"]
    assert held.cause is not None
    assert (held.cause.code, held.cause.data) == (DEFECT, {"error": "OverflowError"})
    assert held.settled_at == bench.clock.now()


class Witness(FakeCrm):
    """Records the purposes and lookups of each call."""

    def __init__(self) -> None:
        super().__init__(facts())
        self.purposes: list[tuple[str, str]] = []
        self.asked: list[Lookup] = []

    def find(
        self, lookups: Sequence[Lookup], select: Mapping[str, Sequence[str]], purpose: str
    ) -> LookupAnswers:
        self.purposes.append(("find", purpose))
        self.asked += lookups
        return super().find(lookups, select, purpose)

    def write(
        self,
        writes: Sequence[Write],
        purpose: str,
        before_each: Callable[[Sequence[Write]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        self.purposes.append(("write", purpose))
        return super().write(writes, purpose, before_each)


@pytest.mark.parametrize("defect_of", ["nobody", "e1"])
def test_all_calls_of_a_batch_are_booked_on_its_purpose_also_those_of_its_halves(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, defect_of: str
) -> None:
    break_lookup_of(defect_of, monkeypatch)
    crm = Witness()
    bench = Bench(store, clock, crm)
    run(bench, *bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(2))))
    assert set(crm.purposes) == {("find", "purchases"), ("write", "purchases")}


def test_the_records_that_a_refusal_named_are_read_once_in_the_next_lookup(
    store: Store, clock: FakeClock
) -> None:
    crm = Witness()
    named = DuplicateRecord("Contact", crm.add("Contact", LastName="L", Email="else@where.example"))
    refusal = DuplicateFound("DUPLICATES_DETECTED", "", (named,))
    crm.refuse = lambda _: refusal if crm.finds == 1 else None
    bench = Bench(store, clock, crm)
    assert run(bench, *bench.feed(purchase(prospect(1)))) == BatchResult(done=1)
    assert (crm.finds, crm.asked.count(Lookup.by_id(named.object, named.id))) == (2, 1)


def test_a_person_without_match_key_is_not_created_while_held_in_doubt(
    bench: Bench,
) -> None:
    nameless = prospect(1, email=None, company=None)
    ids = bench.feed(
        purchase(nameless, "e1"), purchase(nameless, "e2"), purchase(prospect(2), "e3")
    )
    bench.crm.refuse = lambda _: OutcomeUnknown("no answer")
    bench.crm.org = facts(external_id=False)
    run(bench, ids[0])
    bench.clock.time += MAX_ARRIVAL_DELAY_S
    bench.crm.refuse = lambda _: None
    assert run(bench, ids[0]) == BatchResult(held=1)
    assert run(bench, *ids[1:]) == BatchResult(done=1, held=1)
    assert states(bench, ids) == ["held", "held", "done"]


def test_entries_are_marked_with_what_they_create_before_anything_is_sent(bench: Bench) -> None:
    seen: list[tuple[str, float | None, tuple[str, ...]]] = []
    (first,) = bench.feed(purchase(prospect(1), "e1"))
    run(bench, first)
    ids = bench.feed(
        purchase(prospect(1, location={"city": "Bonn"}), "e2"), purchase(prospect(2), "e3")
    )

    def read_store() -> None:
        for entry in map(bench.entry, ids):
            seen.append((entry.state, entry.sent_at, entry.sent_as))

    bench.crm.before_write = read_store
    run(bench, *ids)
    assert seen == [("writing", None, ()), ("writing", bench.clock.now(), ("Lead/id",))]


def test_an_error_about_the_org_while_writing_ends_the_batch(bench: Bench) -> None:
    """What was written is stored; nothing more is sent."""
    error = Unavailable("503")
    bench.crm.refuse = lambda write: (
        error if write.values.get("LastName") == "Lovelace2" else Rejected("NOT_FOUND")
    )
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in (1, 2)))
    result = run(bench, *ids)
    assert (result.stopped_by, result.must_end, bench.crm.finds) == (error, True, 1)
    assert states(bench, ids) == ["pending", "pending"]


def test_an_entry_without_progress_stays_in_doubt_while_a_lost_create_may_arrive(
    bench: Bench,
) -> None:
    met: list[ZsfError] = [Halted("nobody knows why"), OutcomeUnknown("no answer")]
    bench.crm.refuse = lambda _: met.pop()
    (entry,) = bench.feed(purchase(prospect(1)))
    assert run(bench, entry).answer_lost
    assert run(bench, entry) == BatchResult()
    stuck = bench.entry(entry)
    assert (stuck.state, stuck.sent_at) == ("writing", bench.clock.now())
    assert stuck.not_before == bench.clock.now() + STUCK_DELAY_S


def test_a_batch_ends_while_a_lost_create_of_one_of_its_entries_may_arrive(
    store: Store, clock: FakeClock
) -> None:
    """Without a unique id to collide on, the batch writes nothing until then."""
    bench = Bench(store, clock, FakeCrm(facts(external_id=False)))
    met: list[ZsfError] = [OutcomeUnknown("no answer")]
    bench.crm.refuse = lambda _: met.pop() if met else None
    ids = bench.feed(purchase(prospect(1), "e1"), purchase(prospect(2), "e2"))
    run(bench, ids[0])
    sent_at = clock.now()
    clock.time += 1
    assert run(bench, *ids) == BatchResult(answer_lost=True)
    assert (states(bench, ids), bench.rows("Lead")) == (["writing", "pending"], [])
    assert bench.entry(ids[0]).not_before == sent_at + MAX_ARRIVAL_DELAY_S


def test_a_halved_batch_lets_no_entry_overtake_one_that_waits_in_the_first_half(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in the lookup halves the batch; the order within a lane is kept."""
    break_lookup_of("e3", monkeypatch)
    locked: list[ZsfError] = [RowBusy("locked", 60.0)]
    bench.crm.refuse = lambda _: locked.pop() if locked else None
    later = purchase(prospect(1, title="CTO"), "e2")
    ids = bench.feed(
        purchase(prospect(1), "e0"), purchase(prospect(2), "e1"), later, purchase(prospect(3), "e3")
    )
    run(bench, *ids)
    assert states(bench, ids[:3]) == ["pending", "done", "pending"]
    assert len(bench.rows("Lead")) == 1


def test_a_defect_in_settling_an_entry_that_wrote_ends_the_others_and_repeats_its_lookup(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_settling(monkeypatch, "e1")
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    assert run(bench, *ids) == BatchResult(done=2, answer_lost=True)
    broken = bench.entry(ids[1])
    assert states(bench, ids) == ["done", "writing", "done"]
    assert (broken.attempts, broken.sent_at) == (1, bench.clock.now())


def test_a_defect_in_settling_that_stays_ends_in_a_hold_and_writes_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_settling(monkeypatch, "e1")
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    for _ in range(20):
        bench.drain()
        bench.clock.time += 900
    assert states(bench, ids) == ["done", "held", "done"]
    assert len(bench.rows("Lead")) == 3


def test_a_defect_in_writing_makes_the_batch_look_up_before_it_writes_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request before the defect arrived, so sending it again would duplicate it."""
    monkeypatch.setattr(bench.crm, "write", FailingCrm(bench.crm, "Lovelace1"))
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    result = run(bench, *ids)
    assert result == BatchResult(answer_lost=True)
    assert states(bench, ids) == ["writing"] * 3


def test_a_defect_in_writing_one_entry_holds_that_one_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bench.crm, "write", FailingCrm(bench.crm, "Lovelace1"))
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    for _ in range(20):
        bench.drain()
        bench.clock.time += 900
    assert states(bench, ids) == ["done", "held", "done"]
    assert len(bench.rows("Lead")) == 2
    assert "defect in a batch: OverflowError at __call__:" in caplog.text
    assert "nobody foresaw" not in caplog.text


class FailingCrm:
    """A CRM `write` that meets a defect of ours at the records with that name, after sending those
    before."""

    def __init__(self, crm: FakeCrm, name: str) -> None:
        self._sound, self._name = crm.write, name

    def __call__(
        self,
        writes: Sequence[Write],
        purpose: Purpose,
        before_each: Callable[[Sequence[Write]], None],
    ) -> Sequence[WriteOutcome]:
        for position, write in enumerate(writes):
            if self._name in map(str, write.values.values()):
                self._sound(writes[:position], purpose, before_each)
                raise OverflowError("a value nobody foresaw")
        return self._sound(writes, purpose, before_each)


def break_settling(monkeypatch: pytest.MonkeyPatch, event_id: str) -> None:
    """Let settling the entry of that event meet a defect of ours."""
    sound = links_and_journal._journal

    def brittle(
        written: WrittenEntry, ids: Mapping[str, str], now: float
    ) -> tuple[JournalLine, ...]:
        if written.planned.plan.event_id == event_id:
            raise OverflowError("a value nobody foresaw")
        return sound(written, ids, now)

    monkeypatch.setattr(links_and_journal, "_journal", brittle)


def test_results_add_up() -> None:
    error = Unavailable("503")
    both = BatchResult(1, 2, 3, answer_lost=True) + BatchResult(10, 20, 30, stopped_by=error)
    assert both == BatchResult(11, 22, 33, answer_lost=True, stopped_by=error)
    assert (BatchResult(stopped_by=error) + BatchResult()).stopped_by is error


def _unavailable(*_: object, **__: object) -> Sequence[Record]:
    raise Unavailable("503")


def test_only_the_entries_of_a_request_are_marked_before_it_is_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So none counts as sent whose own request never left."""

    def send_the_first(
        writes: Sequence[Write], _: str, before_each: Callable[[Sequence[Write]], None]
    ) -> Sequence[WriteOutcome]:
        before_each(writes[:1])
        raise Fenced("the lease is another's by now")

    monkeypatch.setattr(bench.crm, "write", send_the_first)
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(3)))
    with pytest.raises(Fenced):
        run(bench, *ids)
    assert states(bench, ids) == ["writing", "pending", "pending"]
