"""When each workspace is drained: at once on a wake, else when its last drain said, or when a
survey finds work. The test sets the clock; threads are tested separately at the end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.threads import OwnThreads
from tests.sync.manual_threads import ManualThreads
from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.model import Availability
from zsf_plugin.sync import scheduler as module
from zsf_plugin.sync.due import HoldInputs
from zsf_plugin.sync.report import DrainReport
from zsf_plugin.sync.scheduler import (
    ERROR_DELAY_S,
    FIRST_VISIT_INTERVAL_S,
    MAX_SLEEP_S,
    POLL_INTERVAL_S,
    START_RETRY_INTERVAL_S,
    SURVEY_ERROR_DELAY_S,
    SURVEY_INTERVAL_S,
    Scheduler,
    SchedulerParts,
)
from zsf_plugin.sync.surveys import Survey
from zsf_plugin.sync.visits import (
    BUSY_DELAY_S,
    KEEP_ALIVE_INTERVAL_S,
    MIN_DELAY_S,
    YIELD_DELAY_S,
    next_visit,
)

NOW = 1000.0
DAY_S = KEEP_ALIVE_INTERVAL_S
INPUTS = HoldInputs("rules", 1.0, "connected", 10.0)


def in_doubt(now: float) -> DrainReport:
    return DrainReport(waiting=1, paused=Availability("in_doubt", "", now, now + 60.0))


def nothing(now: float) -> DrainReport:
    return DrainReport()


@dataclass
class World:
    """Workspaces whose drains are only recorded. `report(now)` is each drain's report."""

    report: Callable[[float], DrainReport] = nothing
    names: list[str] = field(default_factory=lambda: ["w"])
    clock: FakeClock = field(default_factory=FakeClock)
    waiting: dict[str, int] = field(default_factory=dict)
    inputs: HoldInputs | None = None
    work: float | None = 0.0
    drained: list[str] = field(default_factory=list)
    fails: Exception | None = None
    is_unchanged: bool = False
    #: The number that each survey got.
    occasions: list[int] = field(default_factory=list)
    on_survey: Callable[[], object] = lambda: None
    during: Callable[[str, Callable[[], bool]], object] = lambda workspace, stopping: None
    #: What the last drain asks after each batch.
    others_wait: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.scheduler = self.new(0)

    def new(self, threads: int) -> Scheduler:
        parts = SchedulerParts(
            self.clock, self.drain, self.count_waiting, self.hold_inputs, self.survey
        )
        return Scheduler(parts, threads)

    def survey(self, occasions: int) -> Survey | None:
        """All workspaces, as `Surveyor` finds them in a store that always changes."""
        self.occasions.append(occasions)
        if self.fails is not None:
            raise self.fails
        self.on_survey()
        is_due = self.work is not None and self.work <= self.clock.now()
        due = frozenset(name for name, number in self.waiting.items() if number and is_due)
        inputs = {name: self.hold_inputs(name) for name in self.names}
        held = {name: found for name, found in inputs.items() if found is not None}
        return None if self.is_unchanged else Survey(self.names, due, held)

    def count_waiting(self, workspace: str) -> int:
        return self.waiting.get(workspace, 0)

    def hold_inputs(self, workspace: str) -> HoldInputs | None:
        return self.inputs if workspace in self.names else None

    def drain(
        self, workspace: str, stopping: Callable[[], bool], others_wait: Callable[[], bool]
    ) -> DrainReport:
        self.drained.append(workspace)
        self.others_wait = others_wait
        if self.fails is not None:
            raise self.fails
        self.during(workspace, stopping)
        return self.report(self.clock.now())

    def polls(self, seconds: float = 0.0) -> list[str]:
        """What is drained in this many seconds, poll by poll."""
        self.drained.clear()
        self.scheduler.run_all_due()
        for _ in range(round(seconds / POLL_INTERVAL_S)):
            self.clock.sleep(POLL_INTERVAL_S)
            self.scheduler.run_all_due()
        return self.drained

    def after(self, seconds: float) -> list[str]:
        """What is drained after this many seconds."""
        self.drained.clear()
        self.clock.sleep(seconds)
        self.scheduler.run_all_due()
        return self.drained


def woken(world: World) -> World:
    """A process whose hooks wake it, after its first wake."""
    world.scheduler.wake("w")
    world.scheduler.run_all_due()
    return world


def polling(world: World) -> World:
    """`zsf worker` after its first surveys."""
    world.scheduler.start()
    world.polls(1)
    return world


# --- when the next visit is -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "at"),
    [
        (DrainReport(), NOW + DAY_S),
        (DrainReport(next_due_at=NOW + 30), NOW + 30),
        (DrainReport(next_due_at=NOW - 30), NOW + MIN_DELAY_S),
        (DrainReport(busy=True, next_due_at=NOW - 30), NOW + BUSY_DELAY_S),
        (DrainReport(recheck_at=NOW + 3600), NOW + 3600),
        (DrainReport(next_due_at=0.0, paused=Availability("quota", "", NOW, NOW + 60)), NOW + 60),
        (DrainReport(next_due_at=0.0, paused=Availability("reconnect", "", NOW)), NOW + DAY_S),
        (
            DrainReport(recheck_at=NOW + 9, paused=Availability("quota", "", NOW, NOW + 60)),
            NOW + 9,
        ),
    ],
)
def test_a_report_says_when_the_workspace_is_visited_again(report: DrainReport, at: float) -> None:
    assert next_visit(report, NOW, NOW) == at


# --- wakes --------------------------------------------------------------------------------------


def test_nothing_happens_before_the_first_wake() -> None:
    world = World()
    assert (world.scheduler.run_all_due(), world.drained) == (None, [])
    assert world.scheduler.is_running is False
    assert woken(world).scheduler.is_running is True


def test_a_wake_drains_the_workspace_at_once() -> None:
    assert woken(World()).drained == ["w"]


def test_a_workspace_that_is_woken_is_drained_before_its_planned_visit() -> None:
    world = woken(World(in_doubt))
    assert world.after(1) == []
    world.scheduler.wake("w")
    assert world.after(0) == ["w"]


def test_a_wake_while_the_workspace_is_drained_brings_another_drain() -> None:
    world = World()
    world.during = lambda workspace, stopping: (
        world.scheduler.wake("w") if len(world.drained) == 1 else None
    )
    assert woken(world).drained == ["w", "w"]


def test_the_first_wake_also_drains_entries_of_another_process() -> None:
    world = World(names=["left", "w"], waiting={"left": 1})
    assert woken(world).drained == ["w", "left"]


@pytest.mark.parametrize("due_s_ago", [1.0, 0.0])
def test_a_workspace_with_something_due_is_visited_at_once_before_others_that_wait(
    due_s_ago: float,
) -> None:
    world = World(names=["a", "b", "left"], waiting={"left": 1})
    world.work = world.clock.now() - due_s_ago
    assert woken(world).drained == ["w", "a", "left"]


def test_a_workspace_that_will_have_work_later_is_visited_in_its_turn() -> None:
    world = World(names=["a", "b"], waiting={"b": 1})
    world.work = world.clock.now() + 1
    assert woken(world).drained == ["w", "a"]
    assert world.after(FIRST_VISIT_INTERVAL_S) == ["b"]


def test_workspaces_with_nothing_due_are_visited_one_after_the_other() -> None:
    world = woken(World(names=["a", "b", "c", "w"]))
    assert world.drained == ["w", "a"]
    assert world.after(FIRST_VISIT_INTERVAL_S) == ["b"]
    assert world.after(FIRST_VISIT_INTERVAL_S) == ["c"]


def test_a_wake_after_the_end_is_ignored() -> None:
    world = World()
    world.scheduler.stop()
    assert woken(world).drained == []


# --- time ---------------------------------------------------------------------------------------


def test_entries_that_a_drain_reported_as_waiting_are_not_drained_earlier() -> None:
    world = woken(World(in_doubt, waiting={"w": 1}))
    assert world.after(59) == []
    assert world.after(1) == ["w"]


def test_a_quiet_workspace_is_visited_once_a_day_to_keep_its_sign_in_alive() -> None:
    world = woken(World())
    assert world.after(DAY_S - 1) == []
    assert world.after(1) == ["w"]


def test_held_entries_are_rechecked_when_the_report_says() -> None:
    world = woken(World(lambda now: DrainReport(recheck_at=now + 3600)))
    assert world.after(3599) == []
    assert world.after(1) == ["w"]


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), ValueError("a defect of ours")])
def test_a_failed_drain_is_tried_again_after_a_while_and_a_wake_at_once(error: Exception) -> None:
    world = woken(World(waiting={"w": 1}))
    world.fails = error
    world.scheduler.wake("w")
    assert world.after(0) == ["w"]
    assert world.after(ERROR_DELAY_S - 1) == []
    assert world.after(1) == ["w"]
    world.fails = None
    world.scheduler.wake("w")
    assert world.after(0) == ["w"]


def test_between_its_tries_a_failed_drain_blocks_no_other_workspace() -> None:
    world = polling(World(waiting={"w": 1}))

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        if workspace == "w":
            raise ValueError("a defect of ours")

    world.during = during
    world.scheduler.wake("w")
    assert world.polls(1) == ["w"]
    world.names = ["w", "new"]
    assert world.polls(ERROR_DELAY_S - 1 - POLL_INTERVAL_S) == ["new"]
    assert world.polls(POLL_INTERVAL_S) == ["w"]


@pytest.mark.parametrize(
    ("error", "level", "reported"),
    [
        (StoreUnavailable("locked by ada@acme.example"), logging.WARNING, "StoreUnavailable"),
        (ConfigurationError(("ZSF_SECRET_KEY is not the key",)), logging.WARNING, ": ZSF_SECRET_"),
        (ValueError("no number: ada@acme.example"), logging.ERROR, "ValueError at during:"),
    ],
)
def test_the_log_names_the_workspace_and_the_error_of_a_failed_drain_and_no_value(
    caplog: pytest.LogCaptureFixture, error: Exception, level: int, reported: str
) -> None:
    world = World(names=["acme"])

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        raise error

    world.during = during
    world.scheduler.wake("acme")
    world.scheduler.run_all_due()
    (record,) = caplog.records
    assert record.levelno == level
    assert "workspace acme" in record.getMessage()
    assert reported in record.getMessage()
    assert "ada@acme.example" not in caplog.text


def test_a_workspace_whose_org_another_drains_is_visited_again_in_two_seconds() -> None:
    report = DrainReport(busy=True, waiting=1, next_due_at=0.0)
    world = World(lambda _: report, waiting={"w": 1})
    world.scheduler.start()
    assert world.polls() == ["w"]
    assert world.polls(BUSY_DELAY_S - POLL_INTERVAL_S) == []
    assert world.polls(POLL_INTERVAL_S) == ["w"]


def test_the_workspace_that_is_overdue_longest_is_drained_first() -> None:
    world = woken(World(names=["w"]))
    for name in ("a", "b", "c"):
        world.scheduler.wake(name)
        world.clock.sleep(1)
    assert world.after(0) == ["a", "b", "c"]


def test_a_workspace_makes_room_for_others_after_a_batch_and_gets_another_turn() -> None:
    turns: list[bool] = []
    world = woken(World())

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        if workspace == "w":
            turns.append(world.others_wait())
            world.scheduler.wake("other")
            turns.append(world.others_wait())
            assert not stopping()

    world.during = during
    world.scheduler.wake("w")
    assert world.after(0) == ["w", "other"]
    assert turns == [False, True]


def test_a_survey_that_waits_for_a_thread_ends_a_turn_as_well() -> None:
    """It finds the work of other processes."""
    turns: list[bool] = []
    world = polling(World())

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        world.clock.sleep(POLL_INTERVAL_S)
        turns.append(world.others_wait())

    world.during = during
    world.scheduler.wake("w")
    world.scheduler.run_all_due()
    assert turns[0] is True


def test_the_end_ends_a_turn_at_once() -> None:
    turns: list[bool] = []
    world = World()

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        turns.append(stopping())
        world.scheduler.stop()
        turns.append(stopping())

    world.during = during
    assert woken(world).drained == ["w"]
    assert turns == [False, True]


def test_a_drain_that_made_room_for_another_of_its_org_comes_back_after_that_has_looked() -> None:
    report = DrainReport(has_yielded=True, waiting=1, next_due_at=0.0)
    assert next_visit(report, NOW - 5, NOW) == NOW + YIELD_DELAY_S > NOW + BUSY_DELAY_S


# --- surveys ------------------------------------------------------------------------------------


def test_a_process_that_is_woken_surveys_twice_a_minute() -> None:
    world = woken(World())
    assert SURVEY_INTERVAL_S <= 30
    world.waiting = {"w": 1}
    assert world.after(SURVEY_INTERVAL_S - 1) == []
    assert world.after(1) == ["w"]


def test_a_worker_finds_work_of_other_processes_within_a_poll_interval() -> None:
    world = polling(World())
    assert world.polls(5) == []
    world.waiting = {"w": 1}
    assert world.polls(POLL_INTERVAL_S) == ["w"]


def test_work_that_is_due_is_drained_in_each_poll() -> None:
    world = polling(World(lambda _: DrainReport(waiting=1), waiting={"w": 1}))
    assert len(world.polls(5)) == 10


def test_a_worker_waits_as_long_as_a_drain_reported_unless_work_arrives() -> None:
    world = polling(World(in_doubt, waiting={"w": 1}))
    assert world.polls(10) == []
    world.waiting = {"w": 2}
    assert world.polls(POLL_INTERVAL_S) == ["w"]


def test_a_stored_pause_is_read_again_since_someone_may_end_it() -> None:
    quota = Availability("quota", "", NOW, 9e9)
    world = polling(World(lambda _: DrainReport(waiting=1, paused=quota), waiting={"w": 1}))
    assert world.polls(POLL_INTERVAL_S) == ["w"]


@pytest.mark.parametrize(
    "changed",
    [
        replace(INPUTS, rules="others"),
        replace(INPUTS, connected_at=2.0),
        replace(INPUTS, state="reconnect"),
        replace(INPUTS, read_at=11.0),
    ],
)
def test_held_entries_are_rechecked_once_when_what_they_depend_on_changes(
    changed: HoldInputs,
) -> None:
    world = polling(World(lambda now: DrainReport(recheck_at=now + 3600), inputs=INPUTS))
    assert world.polls(5) == []
    world.inputs = changed
    assert world.polls(5) == ["w"]


def test_changes_during_a_drain_are_rechecked_by_the_next() -> None:
    world = polling(World(inputs=INPUTS))

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        world.inputs = replace(INPUTS, rules="changed meanwhile")

    world.during = during
    world.scheduler.wake("w")
    assert world.polls(5) == ["w", "w"]


def test_a_survey_skips_a_workspace_that_is_being_drained() -> None:
    world = World(names=["w", "x"])

    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        world.scheduler.run_all_due()

    world.during = during
    assert woken(world).drained == ["w", "x"]


def test_a_changed_rule_starts_no_drain_if_nothing_is_held() -> None:
    world = polling(World(inputs=INPUTS))
    world.inputs = None
    assert world.polls(5) == []


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), ValueError("a defect of ours")])
def test_a_survey_that_fails_is_tried_again(error: Exception) -> None:
    world = World(fails=error)
    world.scheduler.start()
    assert world.polls(1) == []
    world.fails = None
    assert world.polls(SURVEY_ERROR_DELAY_S - 1 - POLL_INTERVAL_S) == []
    assert world.polls(POLL_INTERVAL_S) == ["w"]


@pytest.mark.parametrize(
    ("error", "level", "reported"),
    [
        (StoreUnavailable("the database is locked"), logging.WARNING, "the database is locked"),
        (ValueError("no number: ada@acme.example"), logging.ERROR, "ValueError at survey"),
    ],
)
def test_the_log_says_why_a_survey_failed_and_no_value(
    caplog: pytest.LogCaptureFixture, error: Exception, level: int, reported: str
) -> None:
    world = World(fails=error)
    world.scheduler.start()
    world.polls()
    (record,) = caplog.records
    assert record.levelno == level
    assert reported in record.getMessage()
    assert "ada@acme.example" not in caplog.text


def test_a_survey_that_finds_nothing_changed_plans_nothing() -> None:
    world = polling(World())
    world.waiting, world.is_unchanged = {"w": 1}, True
    assert world.polls(5) == []
    world.is_unchanged = False
    assert world.polls(POLL_INTERVAL_S) == ["w"]


def test_a_survey_learns_of_each_drain_and_each_failure_since_the_one_before() -> None:
    world = polling(World())
    world.polls(1)
    quiet = world.occasions[-1]
    world.polls(1)
    assert world.occasions[-1] == quiet
    world.scheduler.wake("w")
    world.polls(1)
    assert world.occasions[-1] == quiet + 1
    world.fails = StoreUnavailable("locked")
    world.polls(POLL_INTERVAL_S)
    world.fails = None
    world.polls(SURVEY_ERROR_DELAY_S)
    assert world.occasions[-1] == quiet + 2


def test_each_report_goes_to_its_own_caller() -> None:
    reports: list[tuple[str, DrainReport]] = []
    world = World(lambda _: DrainReport(done=7))
    world.scheduler.start(on_report=lambda *reported: reports.append(reported))
    world.polls(1)
    assert reports == [("w", DrainReport(done=7))]


# --- threads, run by hand ------------------------------------------------------------------------


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> ManualThreads:
    threads = ManualThreads()
    monkeypatch.setattr(module, "threading", threads.module())
    return threads


def of(world: World, max_threads: int, *wakes: str) -> World:
    """The world with threads after these wakes; none has run yet."""
    world.scheduler = world.new(max_threads)
    for workspace in wakes:
        world.scheduler.wake(workspace)
    return world


def test_no_more_than_the_allowed_threads_start_and_none_blocks_the_exit(
    threads: ManualThreads,
) -> None:
    of(World(), 2, "a", "b", "c")
    assert [(thread.name, thread.daemon) for thread in threads.started] == [("zsf-drain", True)] * 2


def test_one_idle_thread_waits_for_the_first_planned_work_and_the_others_end(
    threads: ManualThreads,
) -> None:
    world = of(World(), 2, "w")
    first, second = threads.started

    def run_other_and_end() -> None:
        second.run()
        world.scheduler.stop()

    threads.meanwhile = [run_other_and_end]
    first.run()
    assert world.drained == ["w"]
    assert threads.waits == [SURVEY_INTERVAL_S]


def test_no_thread_sleeps_long_without_reading_the_clock(threads: ManualThreads) -> None:
    world = of(World(names=[]), 1)
    world.scheduler.start(survey_interval_s=3 * MAX_SLEEP_S)
    threads.meanwhile = [lambda: world.clock.sleep(2.5 * MAX_SLEEP_S), world.scheduler.stop]
    threads.started[0].run()
    assert threads.waits == [MAX_SLEEP_S, 0.5 * MAX_SLEEP_S]


def test_work_due_within_a_second_is_waited_for(threads: ManualThreads) -> None:
    world = of(World(names=[]), 1)
    world.scheduler.start()
    threads.meanwhile = [world.scheduler.stop]
    threads.started[0].run()
    assert threads.waits == [POLL_INTERVAL_S]


def test_a_wake_reaches_the_waiting_thread_and_starts_no_other(threads: ManualThreads) -> None:
    world = of(World(), 2, "w")
    first, second = threads.started
    threads.meanwhile = [second.run, lambda: world.scheduler.wake("x"), world.scheduler.stop]
    first.run()
    assert world.drained == ["w", "x"]
    assert (threads.notified, len(threads.started)) == (1, 2)


@pytest.mark.parametrize(("names", "started"), [(["a"], 0), (["a", "b"], 1)])
def test_work_due_at_the_same_time_is_shared_with_another_thread(
    threads: ManualThreads, names: list[str], started: int
) -> None:
    world = of(World(in_doubt, names=names), 2, *names)
    world.scheduler._survey_interval_s = 3600.0
    first, second = threads.started

    def pass_a_minute() -> None:
        second.run()
        world.clock.sleep(60)
        world.drained.clear()

    threads.meanwhile = [pass_a_minute, world.scheduler.stop]
    first.run()
    assert world.drained == names
    assert len(threads.started) == 2 + started


def test_a_wake_right_after_a_thread_has_decided_to_end_starts_another(
    threads: ManualThreads,
) -> None:
    """The two other threads have everything that is planned, and are busy for long."""
    world = of(World(), 3, "w")
    first, second = threads.started
    started: list[int] = []

    def wake_when_third_ends() -> None:
        (third,) = threads.started[2:]
        threads.on_release = [lambda: world.scheduler.wake("x")]
        third.run()
        started.append(len(threads.started))

    world.during = lambda workspace, _: second.run() if workspace == "w" else None
    world.on_survey = wake_when_third_ends
    threads.meanwhile = [world.scheduler.stop]
    first.run()
    assert started == [4]


def test_a_thread_that_is_torn_down_makes_room_for_another(threads: ManualThreads) -> None:
    def during(workspace: str, stopping: Callable[[], bool]) -> None:
        raise SystemExit

    world = of(World(during=during), 1, "w")
    with pytest.raises(SystemExit):
        threads.started[0].run()
    world.scheduler.wake("w")
    assert len(threads.started) == 2


def test_a_thread_that_dies_while_it_waits_is_replaced_by_the_next_wake(
    threads: ManualThreads,
) -> None:
    def no_memory() -> None:
        raise MemoryError

    world = of(World(), 2, "w")
    threads.meanwhile = [no_memory]
    with pytest.raises(MemoryError):
        threads.started[0].run()
    world.scheduler.wake("x")
    threads.meanwhile = [world.scheduler.stop]
    threads.started[-1].run()
    assert world.drained == ["w", "x"]


def test_the_end_waits_for_each_thread_only_for_what_is_left_of_its_time(
    threads: ManualThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = of(World(), 3, "a", "b", "c")
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=world.clock.now))
    threads.on_join = lambda: world.clock.sleep(3)
    world.scheduler.stop(timeout_s=5)
    assert threads.joins == [5, 2, 0]


def test_the_end_does_not_wait_for_the_thread_that_brings_it_about(
    threads: ManualThreads,
) -> None:
    world = of(World(), 3, "a", "b", "c")
    world.during = lambda *_: world.scheduler.stop()
    threads.started[0].run()
    assert len(threads.joins) == 2


# --- threads ------------------------------------------------------------------------------------


@dataclass
class BusyWorkspaces(World):
    """Workspaces drained by threads; each drain signals its start and waits to be released."""

    began: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go: threading.Event = field(default_factory=threading.Event)
    threads: OwnThreads = field(default_factory=OwnThreads)

    def drain(
        self, workspace: str, stopping: Callable[[], bool], others_wait: Callable[[], bool]
    ) -> DrainReport:
        self.drained.append(workspace)
        self.began.release()
        self.go.wait(20)
        return DrainReport()

    def has_begun(self, drains: int) -> bool:
        return all(self.began.acquire(timeout=20) for _ in range(drains))


@pytest.fixture
def busy_workspaces() -> Iterator[BusyWorkspaces]:
    busy_workspaces = BusyWorkspaces(names=[])
    busy_workspaces.scheduler = busy_workspaces.new(2)
    yield busy_workspaces
    busy_workspaces.go.set()
    busy_workspaces.scheduler.stop()


def test_many_workspaces_share_a_few_threads(busy_workspaces: BusyWorkspaces) -> None:
    for name in "abcde":
        busy_workspaces.scheduler.wake(name)
    assert busy_workspaces.has_begun(2)
    assert len(busy_workspaces.threads.alive()) <= 2
    busy_workspaces.go.set()
    assert busy_workspaces.has_begun(3)
    assert sorted(busy_workspaces.drained) == list("abcde")


def test_no_workspace_is_drained_by_two_threads_at_once(busy_workspaces: BusyWorkspaces) -> None:
    busy_workspaces.scheduler.wake("a")
    assert busy_workspaces.has_begun(1)
    busy_workspaces.scheduler.wake("a")
    busy_workspaces.scheduler.wake("b")
    assert busy_workspaces.has_begun(1)
    assert sorted(busy_workspaces.drained) == ["a", "b"]


def test_the_end_waits_for_all_threads_together_until_one_deadline(
    busy_workspaces: BusyWorkspaces,
) -> None:
    for name in "ab":
        busy_workspaces.scheduler.wake(name)
    assert busy_workspaces.has_begun(2)
    busy_workspaces.scheduler.stop(timeout_s=0.0)
    assert len(busy_workspaces.threads.alive()) == 2
    busy_workspaces.go.set()
    busy_workspaces.scheduler.stop()
    assert busy_workspaces.threads.left() == []


def test_after_the_end_of_work_one_thread_waits_at_most_and_ends_at_once(
    busy_workspaces: BusyWorkspaces,
) -> None:
    busy_workspaces.go.set()
    for name in "abcde":
        busy_workspaces.scheduler.wake(name)
    assert busy_workspaces.has_begun(5)
    busy_workspaces.scheduler.stop()
    assert busy_workspaces.threads.left() == []


def test_a_thread_that_cannot_start_is_logged_and_retried_by_the_next_wake(
    busy_workspaces: BusyWorkspaces,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        busy_workspaces.scheduler.wake("a")
    assert busy_workspaces.drained == []
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert "thread" in caplog.text
    busy_workspaces.go.set()
    busy_workspaces.scheduler.wake("b")
    assert busy_workspaces.has_begun(2)
    assert sorted(busy_workspaces.drained) == ["a", "b"]


class CountedWaits(threading.Event):
    """An event that is set after this many waits, which return at once; each is recorded."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        self.left -= 1
        return self.left < 0


def test_a_thread_that_cannot_start_is_tried_again_every_half_second_without_a_wake(
    busy_workspaces: BusyWorkspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    start = threading.Thread.start

    def refuse_twice(thread: threading.Thread) -> None:
        tries.append(thread.name)
        if len(tries) <= 2:
            raise RuntimeError("can't start new thread")
        start(thread)

    busy_workspaces.waiting = {"a": 1}
    busy_workspaces.names = ["a"]
    monkeypatch.setattr(threading.Thread, "start", refuse_twice)
    busy_workspaces.scheduler.start()
    assert len(tries) == 1
    waits = CountedWaits(2)
    busy_workspaces.scheduler.wait(waits)
    assert waits.seconds == [START_RETRY_INTERVAL_S] * 3
    assert busy_workspaces.has_begun(1)


def test_waiting_starts_no_thread_if_nothing_is_planned_or_all_has_ended(
    busy_workspaces: BusyWorkspaces,
) -> None:
    busy_workspaces.scheduler.wait(CountedWaits(1))
    assert busy_workspaces.threads.left() == []
    busy_workspaces.scheduler.stop()
    busy_workspaces.scheduler.wake("a")
    busy_workspaces.scheduler.wait(CountedWaits(1))
    assert busy_workspaces.threads.left() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_after_a_fork_the_child_starts_threads_of_its_own(busy_workspaces: BusyWorkspaces) -> None:
    busy_workspaces.scheduler.wake("a")
    busy_workspaces.scheduler.wake("b")
    assert busy_workspaces.has_begun(2)
    pid = os.fork()
    if pid == 0:
        busy_workspaces.go.set()
        busy_workspaces.scheduler.wake("c")
        os._exit(0 if busy_workspaces.has_begun(1) and busy_workspaces.drained[-1] == "c" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
