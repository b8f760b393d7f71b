"""Causes that an admin lifts without a trace: one entry of each is tried an hour, and the others
follow if it is held by that cause no more."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision.refusals import NOT_ABOUT_A_VALUE
from zsf_plugin.errors import Rejected
from zsf_plugin.model import (
    GATEWAY_REFUSED,
    KEY_NOT_ASKABLE,
    OWN_CODES,
    Cause,
    Json,
    Lookup,
    Step,
    Write,
)
from zsf_plugin.ports import Store
from zsf_plugin.sync.trials import LIFTED_IN_THE_ORG, TRIAL_INTERVAL_S, may_be_lifted

DENIED = "INSUFFICIENT_ACCESS_OR_READONLY"


class Counted(FakeCrm):
    """An org that counts the writes that it refuses."""

    refused = 0

    def deny(self, object_: str, code: str = DENIED) -> None:
        def refuse(write: Write) -> Rejected | None:
            if write.object != object_:
                return None
            self.refused += 1
            return Rejected(code, "")

        self.refuse = refuse

    def allow(self) -> None:
        self.refuse = lambda _: None


class Trying(Bench):
    crm: Counted

    def hold(self, size: int, object_: str = "Lead", code: str = DENIED) -> list[str]:
        self.crm.deny(object_, code)
        ids = self.feed(*[purchase(prospect(n), f"e{n}") for n in range(1, size + 1)])
        self.drain()
        assert self.states(ids) == {"held"}
        self.crm.refused = 0
        return ids

    def states(self, ids: list[str]) -> set[str]:
        return {self.entry(one).state for one in ids}

    def hours(self, number: float) -> None:
        self.clock.time += number * TRIAL_INTERVAL_S


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Trying:
    return Trying(store, clock, Counted(facts()))


@pytest.mark.parametrize("size", [1, 2, 250])
def test_all_follow_the_first_that_is_sent(bench: Trying, size: int) -> None:
    ids = bench.hold(size)
    bench.crm.allow()
    bench.hours(0.9)
    assert bench.drain().released == 0
    assert bench.states(ids) == {"held"}
    bench.hours(0.1)
    report = bench.drain()
    assert (report.released, report.done) == (size, size)
    assert bench.states(ids) == {"done"}
    assert len(bench.rows("Lead")) == size
    assert dict(bench.store.released("default", 0.0)) == {"change": size, "link": 0, "person": 0}


def test_a_cause_that_stands_costs_one_entry_an_hour(bench: Trying) -> None:
    ids = bench.hold(250)
    for hour in range(1, 4):
        bench.hours(1)
        finds = bench.crm.finds
        for _ in range(3):
            bench.drain()
        assert (bench.crm.refused, bench.crm.finds - finds) == (hour, 1)
        assert bench.states(ids) == {"held"}


def test_one_that_is_then_held_by_another_cause_lets_the_others_go(bench: Trying) -> None:
    ids = bench.hold(3)
    bench.crm.deny("Lead", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    bench.hours(1)
    bench.drain()
    causes = [bench.entry(one).cause for one in ids]
    assert {one.code for one in causes if one is not None} == {"FIELD_CUSTOM_VALIDATION_EXCEPTION"}


def test_each_cause_is_tried_on_its_own(bench: Trying) -> None:
    first = bench.hold(3)
    bench.crm.deny("Lead", "STORAGE_LIMIT_EXCEEDED")
    second = bench.feed(*[purchase(prospect(n), f"f{n}") for n in range(10, 13)])
    bench.drain()
    bench.hours(1)
    report = bench.drain()
    assert bench.states([*first, *second]) == {"held"}
    assert report.released == 4, "one of each, and those whose cause is another now"
    bench.hours(1)
    bench.crm.allow()
    bench.drain()
    assert bench.states([*first, *second]) == {"done"}


def test_an_activity_is_tried_like_a_purchase(bench: Trying) -> None:
    bench.feed(purchase(prospect(1)))
    bench.crm.deny("Task")
    ids = bench.feed(*[touchpoint(prospect(1), f"t{n}") for n in range(3)])
    bench.drain()
    assert bench.states(ids) == {"held"}
    bench.crm.allow()
    bench.hours(1)
    bench.drain()
    assert bench.states(ids) == {"done"}
    assert len(bench.rows("Task")) == 3


def test_a_search_that_the_org_refuses_is_tried(bench: Trying) -> None:
    def refuse(lookup: Lookup) -> str | None:
        is_by_email = lookup.parts[0][0] == "Email" and lookup.object == "Lead"
        return "INSUFFICIENT_ACCESS" if is_by_email else None

    bench.crm.refuse_lookup = refuse
    ids = bench.feed(*[purchase(prospect(n), f"e{n}") for n in range(1, 4)])
    bench.drain()
    causes = [bench.entry(one).cause for one in ids]
    assert {one.code for one in causes if one is not None} == {KEY_NOT_ASKABLE}
    bench.hours(1)
    finds = bench.crm.finds
    bench.drain()
    assert bench.states(ids) == {"held"}
    assert bench.crm.finds == finds + 1
    bench.crm.refuse_lookup = lambda _: None
    bench.hours(1)
    bench.drain()
    assert bench.states(ids) == {"done"}


def test_a_newly_held_entry_is_proof_that_the_cause_stands(bench: Trying) -> None:
    ids = bench.hold(2)
    bench.hours(0.9)
    bench.feed(purchase(prospect(9), "e9"))
    bench.drain()
    bench.crm.refused = 0
    bench.hours(0.2)
    bench.drain()
    assert bench.crm.refused == 0
    assert bench.states(ids) == {"held"}


def test_one_that_a_person_drops_meanwhile_lets_nobody_go(bench: Trying) -> None:
    ids = bench.hold(2)

    def drop(write: Write) -> Rejected | None:
        bench.store.skip("default", Step("dropped"), bench.clock.now(), entry_ids=ids[1:])
        return Rejected(DENIED, "")

    bench.crm.refuse = drop
    bench.hours(1)
    bench.drain()
    assert bench.entry(ids[0]).state == "held"


def test_nothing_is_tried_while_the_org_cannot_be_called(bench: Trying) -> None:
    ids = bench.hold(2)
    bench.crm.allow()
    bench.hours(1)
    bench.store.note_usage(bench.crm.org.org_id, 99, 100, bench.clock.now())
    bench.drain()
    assert bench.states(ids) == {"held"}


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [
        (KEY_NOT_ASKABLE, {"unasked": "refused"}, True),
        (KEY_NOT_ASKABLE, {"unasked": "gateway"}, True),
        (KEY_NOT_ASKABLE, {"unasked": "encrypted"}, False),
        (GATEWAY_REFUSED, {"status": 403, "answer": "page"}, True),
        (KEY_NOT_ASKABLE, {"unasked": "hidden"}, False),
        ("INSUFFICIENT_ACCESS", {}, True),
        ("INVALID_FIELD", {"fields": ["A", "B"]}, True),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", {}, False),
        ("DUPLICATES_DETECTED", {}, False),
        ("DUPLICATE_VALUE", {}, False),
    ],
)
def test_only_what_leaves_no_trace_in_a_describe_is_tried(
    code: str, data: dict[str, Json], expected: bool
) -> None:
    assert may_be_lifted(Cause(code, "Lead", data=data)) is expected


def test_no_cause_of_our_own_and_no_value_is_tried() -> None:
    assert LIFTED_IN_THE_ORG.isdisjoint(OWN_CODES)
    about_values = LIFTED_IN_THE_ORG - NOT_ABOUT_A_VALUE
    assert about_values <= {
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_CROSS_REFERENCE_KEY",
        "TRANSFER_REQUIRES_READ",
    }
