"""When a workspace has work: entries that are due and not throttled, once no pause is in force; and
held entries after an hour, or when the fingerprint of their cause has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.model import DEFECT, OUTCOME_UNCLEAR, PERSON_MISSING, Availability, Cause, OrgFacts
from zsf_plugin.ports import Store, WorkspacePause
from zsf_plugin.sync import due
from zsf_plugin.sync.availability import OrgAvailability
from zsf_plugin.sync.due import (
    RECHECK_INTERVAL_S,
    depends_on_describe,
    fingerprint_of,
    next_due,
    next_work,
    recheck_at,
)
from zsf_plugin.sync.report import DrainReport

NOW = 1000.0
W = "default"
REFUSED = Cause("refused", object="Lead")


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts()))


def work(bench: Bench) -> float | None:
    availability = OrgAvailability(bench.store, bench.parts.rules, bench.clock)
    return next_work(bench.store, availability, W)


def test_nothing_is_due_in_an_empty_outbox(bench: Bench) -> None:
    assert (next_due(bench.store, W, {}), work(bench)) == (None, None)


def test_throttled_entries_are_due_at_the_next_check_of_their_share(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1), "t1"))
    assert next_due(bench.store, W, {}) == 0.0
    assert next_due(bench.store, W, {"activities": 50.0}) == 50.0
    assert next_due(bench.store, W, {"purchases": 50.0}) == 0.0


def test_the_earliest_kind_counts(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1), "t1"), purchase(prospect(2)))
    assert next_due(bench.store, W, {"purchases": 50.0, "activities": 90.0}) == 50.0


def test_a_pause_puts_work_off_until_it_ends(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    now = bench.clock.now()
    bench.store.pause(W, WorkspacePause("unavailable", "", now, now + 60))
    assert work(bench) == now + 60
    bench.clock.time += 60
    assert work(bench) == 0.0


def test_a_pause_that_waits_for_a_person_leaves_no_work(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.store.pause(W, WorkspacePause("unavailable", "", bench.clock.now()))
    assert work(bench) is None


def test_without_a_connection_there_is_no_work(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.store.forget_connection(W)
    assert work(bench) is None


@pytest.mark.parametrize(
    ("cause", "depends"),
    [
        (Cause("REQUIRED_EMPTY", object="Lead"), True),
        (Cause("REQUIRED_EMPTY"), False),
        (Cause(PERSON_MISSING, object="Lead"), False),
    ],
)
def test_a_cause_about_an_object_depends_on_its_describe_save_a_missing_person(
    cause: Cause, depends: bool
) -> None:
    assert depends_on_describe(cause) is depends


@pytest.mark.parametrize(
    ("report", "at"),
    [
        (DrainReport(), NOW + RECHECK_INTERVAL_S),
        (DrainReport(paused=Availability("quota", "", NOW, NOW + 60)), NOW + 60),
        (DrainReport(paused=Availability("quota", "", NOW, NOW - 60)), NOW + 1),
        (DrainReport(paused=Availability("reconnect", "", NOW)), NOW + RECHECK_INTERVAL_S),
        (DrainReport(throttled_until={"purchases": NOW + 90}), NOW + 90),
        (DrainReport(throttled_until={"badges": NOW + 90}), NOW + RECHECK_INTERVAL_S),
        (DrainReport(busy=True), NOW + 5),
    ],
)
def test_held_entries_are_rechecked_in_an_hour_or_when_the_obstacle_ends(
    report: DrainReport, at: float
) -> None:
    assert recheck_at(report, NOW) == at


def of(cause: Cause, rules: str = "rules", at: float = 1.0, org: OrgFacts | None = None) -> str:
    return fingerprint_of(cause, rules, at, org or facts())


def redescribed(object_: str) -> OrgFacts:
    """The org with another describe of that object."""
    org = facts()
    changed = replace(org.describes[object_], fingerprint="another")
    return replace(org, describes={**org.describes, object_: changed})


def test_equal_inputs_give_equal_texts_of_sixteen_characters() -> None:
    assert of(REFUSED) == of(REFUSED)
    assert len(of(REFUSED)) == 16


def test_other_rules_another_sign_in_and_another_describe_change_it() -> None:
    texts = {of(REFUSED), of(REFUSED, rules="other"), of(REFUSED, at=2.0)}
    texts.add(of(REFUSED, org=redescribed("Lead")))
    assert len(texts) == 4


@pytest.mark.parametrize(
    "cause", [REFUSED, Cause("refused"), Cause(PERSON_MISSING, object="Contact")]
)
def test_describes_that_the_cause_does_not_depend_on_do_not_change_its_fingerprint(
    cause: Cause,
) -> None:
    assert of(cause) == of(cause, org=redescribed("Contact"))


def test_an_object_that_is_not_described_is_no_obstacle() -> None:
    assert of(Cause("refused", object="Case"))


def test_a_new_version_changes_only_the_fingerprint_of_a_defect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defect = Cause(DEFECT)
    before = of(defect), of(REFUSED)
    monkeypatch.setattr(due, "__version__", "99")
    assert of(defect) != before[0]
    assert of(REFUSED) == before[1]


def test_a_cause_that_only_a_person_can_settle_has_no_fingerprint() -> None:
    assert of(Cause(OUTCOME_UNCLEAR, object="Lead")) == ""
