"""One pass of a drain, step by step: what it prepares, what it fetches, what it waits for, where it
stops, and what it reports."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import (
    Fenced,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Availability, Cause, LookupAnswers, OrgFacts, ReconnectReason, Write
from zsf_plugin.ports import ORG_LEASE, Clock, Fence, Moment, Settlement, Store, WorkspacePause
from zsf_plugin.sync.arrivals import MAX_ARRIVAL_DELAY_S
from zsf_plugin.sync.availability import OrgError
from zsf_plugin.sync.context import never, take_lease
from zsf_plugin.sync.drain import (
    CONCURRENT_RETRY_DELAYS_S,
    MAX_RETRY_AFTER_S,
    MAX_WAIT_S,
    MAX_WAITS,
    RETRY_DELAYS_S,
    DrainLimits,
    drain,
)
from zsf_plugin.sync.report import DrainReport

SELLER = {"seller@zaplify.example": "005000000000001AAA"}
W = "default"
ORG = "00D000000000001EAA"


class SleepRecorder(FakeClock):
    """A clock that records its sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)


class Org(FakeCrm):
    """An org whose next answers to lookups, describes and keep-alive calls are these errors, in
    turn; None is a normal answer."""

    def __init__(self, org: OrgFacts) -> None:
        super().__init__(org, SELLER)
        self.describes = 0
        self.at_look: list[ZsfError | None] = []
        self.at_facts: list[ZsfError | None] = []
        self.at_keep_alive: list[ZsfError | None] = []

    def keep_alive(self) -> None:
        _meet_next_error(self.at_keep_alive)

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        self.describes += 1
        _meet_next_error(self.at_facts)
        return super().facts(refresh=refresh)

    def find(self, *asked: object) -> LookupAnswers:  # type: ignore[override]
        _meet_next_error(self.at_look)
        return super().find(*asked)  # type: ignore[arg-type]


def _meet_next_error(errors: list[ZsfError | None]) -> None:
    error = errors.pop(0) if errors else None
    if error is not None:
        raise error


class Drains(Bench):
    """A bench with this clock and org."""

    clock: SleepRecorder
    crm: Org

    def purchases(self, *numbers: int) -> list[str]:
        return self.feed(*(purchase(prospect(number), f"e{number}") for number in numbers))

    def states(self, *ids: str) -> list[str]:
        return [self.entry(id_).state for id_ in ids]

    def use_calls(self, calls: int) -> None:
        self.store.note_usage(ORG, calls, 100, self.clock.now())

    def hold(self, *numbers: int) -> list[str]:
        """Hold purchases that Salesforce refuses until they are retried."""
        ids = self.purchases(*numbers)
        self.crm.refuse = lambda _: Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
        self.drain()
        self.crm.refuse = lambda _: None
        assert self.states(*ids) == ["held"] * len(ids)
        return ids

    def change_rules(self) -> None:
        self.rule = {"fields": {"Lead": {"Title": False}}}

    def within(self, limits: DrainLimits) -> DrainReport:
        return drain(self.parts, W, limits)


@pytest.fixture
def bench(store: Store) -> Drains:
    return Drains(store, SleepRecorder(), Org(facts()))


def code(report: DrainReport) -> str | None:
    return report.paused and report.paused.code


# --- around the pass ----------------------------------------------------------------------------


def test_a_paused_workspace_makes_no_call(bench: Drains) -> None:
    bench.purchases(1)
    now = bench.clock.now()
    bench.store.pause(W, WorkspacePause("unavailable", "maintenance", now, now + 60))
    bench.crm.at_keep_alive = [ReconnectRequired("revoked")]
    report = bench.drain()
    assert report.paused == Availability("unavailable", "maintenance", now, now + 60)
    assert (report.waiting, report.done, bench.crm.finds) == (1, 0, 0)


def test_a_drain_that_finds_the_org_busy_says_what_waits(bench: Drains) -> None:
    bench.hold(1)
    bench.purchases(2, 3)
    connection = bench.store.connection(W)
    assert connection is not None
    take_lease(bench.parts, connection)
    report = bench.drain()
    assert (report.busy, report.waiting, report.next_due_at) == (True, 2, 0.0)
    assert report.recheck_at == bench.clock.now() + 5
    assert bench.crm.finds == 1


def test_the_lease_has_a_heartbeat_only_while_entries_are_sent(
    bench: Drains,
) -> None:
    happened: list[object] = []

    @contextmanager
    def heart(store: Store, fence: Fence, clock: Clock) -> Iterator[None]:
        happened.append((store, fence.name, clock))
        yield
        happened.append("end")

    bench.purchases(1)
    bench.parts = replace(bench.parts, heartbeat_of=heart)
    bench.crm.before_write = lambda: happened.append("write")
    bench.drain()
    assert happened == [(bench.store, f"org:{ORG}", bench.clock), "write", "end"]


def test_a_report_counts_the_calls_of_its_own_pass_by_purpose(bench: Drains) -> None:
    def count() -> None:
        bench.store.count_calls(ORG, "purchases", 2, bench.clock.now())
        bench.store.count_calls(ORG, "upkeep", 1, bench.clock.now())

    bench.store.count_calls(ORG, "purchases", 40, bench.clock.now())
    bench.store.count_calls(ORG, "badges", 40, bench.clock.now())
    bench.purchases(1)
    bench.crm.before_write = count
    report = bench.drain()
    assert (report.calls, report.calls_by_purpose) == (3, {"purchases": 2, "upkeep": 1})
    assert bench.drain().calls == 0


def test_a_pause_set_by_another_process_meanwhile_is_reported(bench: Drains) -> None:
    now = bench.clock.now()
    bench.purchases(1)
    bench.crm.before_write = lambda: bench.store.pause(
        W, WorkspacePause("quota", "", now, now + 60)
    )
    report = bench.drain()
    assert (report.done, report.paused) == (1, Availability("quota", "", now, now + 60))


def test_a_pause_set_by_another_process_does_not_hide_the_passs_own(bench: Drains) -> None:
    now = bench.clock.now()

    def meet() -> None:
        bench.store.pause(W, WorkspacePause("quota", "", now, now + 60))
        raise ReconnectRequired("revoked")

    bench.purchases(1)
    bench.crm.before_write = meet
    assert code(bench.drain()) == "reconnect"


# --- prepare ------------------------------------------------------------------------------------


def test_a_sign_in_that_ended_is_met_before_anything_else(bench: Drains) -> None:
    ids = bench.purchases(1)
    bench.crm.at_keep_alive = [ReconnectRequired("revoked")]
    report = bench.drain()
    reason = ReconnectReason("revoked")
    assert report.paused == Availability("reconnect", since=bench.clock.now(), reason=reason)
    assert (bench.states(*ids), bench.crm.finds) == (["pending"], 0)
    connection = bench.store.connection(W)
    assert connection is not None
    assert (connection.state, connection.reason) == ("reconnect", reason)


def test_held_entries_are_retried_once_after_their_cause_has_changed(
    bench: Drains, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ids = bench.hold(1, 2, 3)
    assert bench.drain().released == 0
    bench.change_rules()
    report = bench.drain()
    assert (report.released, report.done) == (3, 3)
    assert bench.states(*ids) == ["done"] * 3
    assert bench.store.released(W, bench.clock.now() - 3600)["change"] == 3
    (record,) = caplog.records
    assert "workspace default: retrying 3 held entries" in record.getMessage()


def test_entries_that_a_link_releases_are_counted_beside_those_that_a_change_does(
    bench: Drains,
) -> None:
    bench.hold(2)
    bench.change_rules()
    bench.feed(touchpoint(prospect(1)))
    bench.crm.at_facts = [Unavailable("slow")]
    assert bench.drain().held == 1
    bench.purchases(1)
    assert bench.drain().released == 2
    assert bench.store.counts(W).done == 3


def test_only_entries_whose_own_fingerprint_changed_are_retried(bench: Drains) -> None:
    """The first was held under rules that have changed since, the second under those in force."""
    bench.hold(1)
    bench.change_rules()
    bench.crm.at_facts = [Unavailable("slow")]
    (first, second) = ("e1", *bench.hold(2))
    assert first != second
    report = bench.drain()
    assert (report.released, report.done) == (1, 1)
    assert bench.states(second) == ["held"]


def test_of_two_causes_with_one_fingerprint_the_one_that_still_applies_stays(
    bench: Drains,
) -> None:
    """The object was not described when the first was held, and is now."""
    connection = bench.store.connection(W)
    assert connection is not None
    context = take_lease(bench.parts, connection)
    assert context is not None
    undescribed, standing = Cause("refused", object="Lead"), Cause("refused")
    print_ = context.fingerprint(facts(), standing)
    ids = bench.purchases(1, 2)
    settlements = [
        Settlement(id_, "held", cause=replace(cause, fingerprint=print_))
        for id_, cause in zip(ids, (undescribed, standing), strict=True)
    ]
    bench.store.settle(context.fence, settlements, bench.clock.now())
    bench.store.release_lease(context.fence)
    assert bench.drain().released == 1
    assert bench.states(*ids) == ["done", "held"]


def test_without_describes_held_entries_stay_and_others_are_sent(
    bench: Drains,
) -> None:
    (held,) = bench.hold(1)
    bench.change_rules()
    (bought,) = bench.purchases(2)
    bench.crm.at_facts = [Unavailable("slow")]
    report = bench.drain()
    assert (report.released, report.done, report.paused) == (0, 1, None)
    assert bench.states(held, bought) == ["held", "done"]


def test_a_sign_in_that_ends_at_the_describes_is_recorded(bench: Drains) -> None:
    bench.hold(1)
    bench.purchases(2)
    bench.crm.at_facts = [ReconnectRequired("revoked")]
    report = bench.drain()
    assert (code(report), report.done) == ("reconnect", 0)


def test_describes_are_read_for_what_is_held_only_where_one_could_release_it(
    bench: Drains,
) -> None:
    bench.feed(touchpoint(prospect(1)))
    bench.drain()
    assert bench.store.counts(W).held == 1
    bench.crm.describes = 0
    bench.drain()
    assert bench.crm.describes == 0
    bench.hold(2)
    bench.crm.describes = 0
    bench.drain()
    assert bench.crm.describes == 1


def test_while_purchases_are_throttled_no_held_entry_is_rechecked(bench: Drains) -> None:
    bench.hold(1)
    bench.change_rules()
    bench.use_calls(90)
    bench.crm.describes = 0
    assert bench.drain().released == 0
    assert bench.crm.describes == 0


def test_while_only_activities_are_throttled_held_purchases_are_tried_again(
    bench: Drains,
) -> None:
    bench.hold(1)
    bench.change_rules()
    bench.use_calls(75)
    assert bench.drain().released == 1


# --- limits -------------------------------------------------------------------------------------


def counting(bench: Drains) -> list[tuple[str, int]]:
    """Records what is read from the outbox: (kind, limit)."""
    asked: list[tuple[str, int]] = []
    due = bench.store.due

    def note(workspace: str, kind: str, limit: int, now: float) -> object:
        asked.append((kind, limit))
        return due(workspace, kind, limit, now)  # type: ignore[arg-type]

    bench.store.due = note  # type: ignore[method-assign,assignment]
    return asked


def test_purchases_go_first_and_each_kind_in_its_own_batches(bench: Drains) -> None:
    bench.feed(touchpoint(prospect(1)), purchase(prospect(1)))
    asked = counting(bench)
    bench.drain()
    assert asked == [
        ("purchase", 1000),
        *[("purchase", 1000), ("touchpoint", 2980)],
        *[("purchase", 1000), ("touchpoint", 2980)],
    ]


def test_no_more_entries_are_taken_than_allowed(bench: Drains) -> None:
    ids = bench.purchases(1, 2, 3)
    bench.feed(touchpoint(prospect(1)))
    asked = counting(bench)
    assert bench.drain(max_entries=2).done == 2
    assert bench.states(*ids) == ["done", "done", "pending"]
    assert asked == [("purchase", 2)]
    assert bench.drain(max_entries=2).done == 2
    assert asked[1:] == [("purchase", 2), ("purchase", 1), ("touchpoint", 1)]


@pytest.mark.parametrize(("left_s", "done"), [(1.0, 1), (0.0, 0), (-1.0, 0)])
def test_no_batch_begins_at_or_after_the_deadline(bench: Drains, left_s: float, done: int) -> None:
    bench.purchases(1)
    assert bench.within(DrainLimits(until=bench.clock.monotonic() + left_s)).done == done


def test_a_started_batch_is_finished_after_the_deadline(bench: Drains) -> None:
    bench.purchases(1)
    bench.feed(touchpoint(prospect(1)))
    bench.crm.before_write = lambda: bench.clock.sleep(60)
    report = bench.within(DrainLimits(until=bench.clock.monotonic() + 30))
    assert (report.done, report.waiting) == (1, 1)


def test_a_pass_that_has_to_stop_begins_no_batch_and_waits_for_nothing(bench: Drains) -> None:
    answers = iter([False, True, True])
    bench.purchases(1)
    bench.crm.at_look = [Unavailable("slow")]
    report = bench.drain(stopping=lambda: next(answers))
    assert (report.done, bench.clock.slept) == (0, [])
    assert bench.drain(stopping=lambda: True).done == 0


def test_each_batch_is_reported_when_it_ends(bench: Drains) -> None:
    reports: list[DrainReport] = []
    bench.purchases(1, 2)
    bench.feed(touchpoint(prospect(1)), touchpoint(prospect(9), "t9"))
    bench.within(DrainLimits(on_progress=reports.append))
    assert [(report.done, report.held) for report in reports] == [(2, 0), (3, 1)]


def test_a_drain_makes_room_after_a_batch_for_another_workspace_of_its_org(bench: Drains) -> None:
    connection = bench.store.connection(W)
    assert connection is not None
    bench.store.save_connection(replace(connection, workspace="other"))
    bench.purchases(1, 2)
    bench.feed(touchpoint(prospect(1)), touchpoint(prospect(2), "t2"))
    others: list[DrainReport] = []

    def other_comes(_: DrainReport) -> None:
        others.append(drain(bench.parts, "other", DrainLimits()))

    report = bench.within(DrainLimits(others_wait=never, on_progress=other_comes))
    assert [other.busy for other in others] == [True]
    assert (report.done, report.waiting, report.has_yielded) == (2, 2, True)
    assert not drain(bench.parts, "other", DrainLimits()).busy
    report = bench.within(DrainLimits(others_wait=never))
    assert (report.done, report.has_yielded) == (2, False)


def test_a_drain_makes_room_for_others_that_wait_for_its_thread(bench: Drains) -> None:
    bench.purchases(1)
    bench.feed(touchpoint(prospect(1)))
    report = bench.within(DrainLimits(others_wait=lambda: True))
    assert (report.done, report.waiting, report.has_yielded) == (1, 1, False)


def test_a_single_drain_goes_on_to_the_end_whoever_waits(bench: Drains) -> None:
    bench.purchases(1)
    bench.feed(touchpoint(prospect(1)))

    def other_comes(_: DrainReport) -> None:
        bench.store.want_lease(ORG_LEASE + ORG)

    assert bench.within(DrainLimits(on_progress=other_comes)).done == 2


# --- throttling and in-doubt writes ---------------------------------------------------------------


def test_purchases_are_sent_while_activities_are_throttled_and_the_report_says_until_when(
    bench: Drains,
) -> None:
    until = bench.clock.now() + 900
    bench.purchases(1)
    bench.feed(touchpoint(prospect(1)))
    bench.use_calls(75)
    report = bench.drain()
    assert (report.done, report.waiting, report.paused) == (1, 1, None)
    assert report.throttled_until == {"activities": until, "badges": until}
    assert report.next_due_at == until


def test_purchases_that_are_throttled_pause_the_workspace_for_every_process(
    bench: Drains,
) -> None:
    now = bench.clock.now()
    bench.purchases(1)
    bench.use_calls(85)
    report = bench.drain()
    assert report.paused == Availability("quota", "", now, now + 900)
    assert bench.store.paused(W) == WorkspacePause("quota", "", now, now + 900, ORG)
    assert (report.done, bench.clock.slept) == (0, [])


def test_throttled_activities_alone_pause_nothing(bench: Drains) -> None:
    bench.feed(touchpoint(prospect(1)))
    bench.use_calls(75)
    assert bench.drain().paused is None
    assert bench.store.paused(W) is None


@pytest.mark.parametrize(
    ("sent_s_ago", "done"), [(0.0, 0), (MAX_ARRIVAL_DELAY_S - 1, 0), (MAX_ARRIVAL_DELAY_S, 1)]
)
def test_purchases_wait_while_a_create_of_another_workspace_of_the_org_may_arrive(
    bench: Drains, sent_s_ago: float, done: int
) -> None:
    now = bench.clock.now()
    asked: list[tuple[str, str]] = []

    def in_doubt(org_id: str, workspace: str) -> list[Moment]:
        asked.append((org_id, workspace))
        return [Moment(now - 3600.0), Moment(now - sent_s_ago)]

    bench.purchases(1)
    bench.store.in_doubt_elsewhere = in_doubt  # type: ignore[method-assign]
    report = bench.drain()
    assert (report.done, report.waiting) == (done, 1 - done)
    assert report.paused == (None if done else Availability("in_doubt", "", now, now + 30))
    assert set(asked) == {(ORG, W)}


def test_with_no_purchase_due_in_doubt_writes_elsewhere_are_not_read(bench: Drains) -> None:
    def in_doubt(org_id: str, workspace: str) -> list[Moment]:
        raise AssertionError

    bench.feed(touchpoint(prospect(1)))
    bench.store.in_doubt_elsewhere = in_doubt  # type: ignore[method-assign]
    assert bench.drain().held == 1


def test_a_lost_answer_that_has_to_become_clear_first_is_why_all_waits(store: Store) -> None:
    bench = Drains(store, SleepRecorder(), Org(facts(external_id=False)))
    lost: list[OutcomeUnknown] = [OutcomeUnknown("lost")]
    bench.crm.refuse = lambda _: lost.pop() if lost else None
    now = bench.clock.now()
    ids = bench.purchases(1)
    report = bench.drain()
    assert report.paused == Availability("in_doubt", "", now, now + MAX_ARRIVAL_DELAY_S)
    assert (bench.states(*ids), report.waiting) == (["writing"], 1)


def test_a_locked_row_leaves_nothing_in_doubt(bench: Drains) -> None:
    bench.purchases(1)
    bench.crm.refuse = lambda _: RowBusy("row_busy", 100.0)
    report = bench.drain()
    assert (report.paused, report.waiting) == (None, 1)
    assert report.next_due_at == bench.clock.now() + 100


# --- waits --------------------------------------------------------------------------------------


def busy_for(bench: Drains, seconds: float, times: int = 1) -> None:
    """Lock the rows of the next writes this many times."""
    errors = [RowBusy("row_busy", seconds)] * times
    bench.crm.refuse = lambda _: errors.pop() if errors else None


@pytest.mark.parametrize(
    ("seconds", "slept"),
    [(0.5, [0.5]), (MAX_WAIT_S, [MAX_WAIT_S]), (MAX_WAIT_S + 0.5, [])],
)
def test_a_drain_waits_for_entries_due_within_seconds(
    bench: Drains, seconds: float, slept: list[float]
) -> None:
    bench.purchases(1)
    busy_for(bench, seconds)
    report = bench.drain()
    assert (bench.clock.slept, report.done) == (slept, len(slept))


def test_one_pass_waits_a_few_times_and_leaves_the_rest_to_the_next(bench: Drains) -> None:
    bench.purchases(1)
    busy_for(bench, 2.0, times=MAX_WAITS + 1)
    report = bench.drain()
    assert (bench.clock.slept, report.done) == ([2.0] * MAX_WAITS, 0)
    assert bench.drain().done == 1


@pytest.mark.parametrize(("read_s_ago", "slept"), [(898, [2]), (890, [])])
def test_a_drain_waits_for_a_throttled_share_only_if_its_check_is_within_seconds(
    bench: Drains, read_s_ago: float, slept: list[float]
) -> None:
    bench.feed(touchpoint(prospect(1)))
    bench.store.note_usage(ORG, 75, 100, bench.clock.now() - read_s_ago)
    assert bench.drain().held == len(slept)
    assert (bench.clock.slept, bench.crm.usage_calls) == (slept, len(slept))


# --- errors about the org -----------------------------------------------------------------------

DAILY = QuotaReached("daily", 1800.0)
CONCURRENT = QuotaReached("concurrent", 60.0)


@pytest.mark.parametrize(
    ("error", "delays", "paused"),
    [
        (Unavailable("slow"), RETRY_DELAYS_S, "unavailable"),
        (Unavailable("slow", MAX_RETRY_AFTER_S), RETRY_DELAYS_S, "unavailable"),
        (Unavailable("maintenance", MAX_RETRY_AFTER_S + 1), (), "unavailable"),
        (CONCURRENT, CONCURRENT_RETRY_DELAYS_S, "concurrent"),
        (DAILY, (), "quota"),
        (ReconnectRequired("revoked"), (), "reconnect"),
    ],
)
def test_an_error_about_the_org_is_tried_again_a_few_times_and_pauses_then(
    bench: Drains, error: OrgError, delays: tuple[float, ...], paused: str
) -> None:
    ids = bench.purchases(1)
    bench.crm.at_look = [error] * (len(delays) + 1)
    report = bench.drain()
    assert (tuple(bench.clock.slept), code(report)) == (delays, paused)
    assert bench.states(*ids) == ["pending"]
    assert bench.crm.at_look == []
    kept = bench.store.paused(W)
    assert (kept and kept.code) == (None if paused == "reconnect" else paused)


@pytest.mark.parametrize("error", [Unavailable("slow"), CONCURRENT])
def test_an_org_that_answers_after_the_last_delay_continues(bench: Drains, error: OrgError) -> None:
    bench.purchases(1)
    bench.crm.at_look = [error] * 3
    report = bench.drain()
    assert (report.done, report.paused, bench.clock.slept) == (1, None, [1.0, 2.0, 4.0])


def test_the_delays_start_over_after_a_successful_batch(bench: Drains) -> None:
    bench.purchases(1)
    bench.feed(touchpoint(prospect(1)))
    slow = Unavailable("slow")
    bench.crm.at_look = [slow, slow, None]
    errors: list[ZsfError | None] = [None, slow]

    def before_write() -> None:
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    bench.crm.before_write = before_write
    report = bench.drain()
    assert (report.done, bench.clock.slept) == (2, [1.0, 2.0, 1.0])


def test_an_error_that_ends_a_batch_early_counts_what_was_done_before(bench: Drains) -> None:
    def refuse(write: Write) -> ZsfError | None:
        return DAILY if write.values.get("LastName") == "Lovelace2" else None

    ids = bench.purchases(1, 2)
    bench.crm.refuse = refuse
    report = bench.drain()
    assert (report.done, code(report)) == (1, "quota")
    assert bench.states(*ids) == ["done", "pending"]


def test_a_drain_that_was_overtaken_says_so_in_the_log(
    bench: Drains, caplog: pytest.LogCaptureFixture
) -> None:
    def overtaken() -> None:
        raise Fenced

    bench.purchases(1)
    bench.crm.before_write = overtaken
    report = bench.drain()
    assert (report.busy, report.done) == (True, 0)
    assert [(one.levelname, "workspace default" in one.getMessage()) for one in caplog.records] == [
        ("WARNING", True)
    ]
