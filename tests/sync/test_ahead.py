"""What comes next is planned while a call is out; each plan is used only if its rules are in force."""

from __future__ import annotations

import threading

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision import decide as deciding
from zsf_plugin.decision.people import KnownPeople
from zsf_plugin.model import Event, Plan, Rules
from zsf_plugin.ports import Store
from zsf_plugin.sync import ahead, batch
from zsf_plugin.sync.ahead import MIN_BATCH, Ahead

PEOPLE = range(MIN_BATCH)


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


class Decided:
    """Notes in which thread each event is planned, and lets one break."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, broken: str = "") -> None:
        self.in_turn: list[str] = []
        self.ahead: list[str] = []
        self.broken = broken
        monkeypatch.setattr(batch, "decide", self.decide)
        monkeypatch.setattr(ahead, "decide", self.decide)

    def decide(self, event: Event, rules: Rules, arrived: int, known: KnownPeople) -> Plan:
        is_ahead = threading.current_thread().name == "zsf-ahead"
        (self.ahead if is_ahead else self.in_turn).append(event.event_id)
        if event.event_id == self.broken:
            raise OverflowError("a value nobody foresaw")
        return deciding.decide(event, rules, arrived, known)


def feed(bench: Bench) -> None:
    bench.feed(*(purchase(prospect(n), f"e{n}") for n in PEOPLE))
    bench.feed(*(touchpoint(prospect(n), f"t{n}") for n in PEOPLE))


def test_activities_are_planned_while_purchases_are_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(bench)
    decided = Decided(monkeypatch)
    assert bench.drain().done == 2 * MIN_BATCH
    assert sorted(decided.in_turn) == sorted(f"e{n}" for n in PEOPLE)
    assert sorted(decided.ahead) == sorted(f"t{n}" for n in PEOPLE)


def test_a_small_batch_plans_nothing_ahead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.feed(purchase(prospect(1), "e1"), touchpoint(prospect(1), "t1"))
    decided = Decided(monkeypatch)
    assert bench.drain().done == 2
    assert (decided.in_turn, decided.ahead) == (["e1", "t1"], [])


def test_a_plan_under_rules_that_changed_meanwhile_is_made_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(bench)
    decided = Decided(monkeypatch)
    take = Ahead.take

    def take_under_other_rules(
        self: Ahead, *, is_last: bool = False
    ) -> dict[str, tuple[Rules, Plan]]:
        made = take(self, is_last=is_last)
        return {entry: (Rules(), plan) for entry, (_, plan) in made.items()}

    monkeypatch.setattr(Ahead, "take", take_under_other_rules)
    assert bench.drain().done == 2 * MIN_BATCH
    assert len(decided.in_turn) == 2 * MIN_BATCH


def test_a_defect_while_planning_ahead_holds_that_entry_alone_in_its_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(bench)
    decided = Decided(monkeypatch, broken="t7")
    report = bench.drain()
    assert (report.done, report.held) == (2 * MIN_BATCH - 1, 1)
    assert "t7" in decided.ahead
    assert "t7" in decided.in_turn


def test_without_a_thread_everything_is_planned_in_its_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    feed(bench)
    decided = Decided(monkeypatch)
    start = ahead.threading.Thread.start
    monkeypatch.setattr(
        threading.Thread,
        "start",
        lambda one: refuse(one) if one.name == "zsf-ahead" else start(one),
    )
    assert bench.drain().done == 2 * MIN_BATCH
    assert len(decided.in_turn) == 2 * MIN_BATCH


def test_no_thread_outlives_its_drain(bench: Bench) -> None:
    feed(bench)
    bench.drain(max_entries=MIN_BATCH)
    assert [one for one in threading.enumerate() if one.name == "zsf-ahead"] == []
