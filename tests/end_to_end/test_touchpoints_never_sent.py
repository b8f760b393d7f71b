"""A touchpoint that was never sent is sent without a lookup where Salesforce would refuse it if
something had changed; then it is looked up after all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.emulator.org.by_hand import Conversion, convert, delete, merge
from zsf_plugin.model import PERSON_MISSING, external_id
from zsf_plugin.ports import Entry


@pytest.fixture(params=["lead", "contact"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = MeteredBench(tmp_path, request.param, emulator)
        made.purchase(1)
        made.drain()
        yield made
        made.app.close()


def _person(bench: MeteredBench) -> tuple[str, str]:
    """(object, id) of the record that was created."""
    for name in ("Lead", "Contact"):
        for record_id in bench.emulator.org.rows[name]:
            return name, record_id
    raise AssertionError("nobody was created")


def _whose_tasks(bench: MeteredBench) -> list[str]:
    return [str(row["WhoId"]) for row in bench.emulator.org.rows["Task"].values()]


def _touchpoint(bench: MeteredBench) -> Entry:
    return next(one for one in bench.app.store.entries("default") if one.event.kind == "touchpoint")


def test_it_costs_one_call(bench: MeteredBench) -> None:
    bench.touch(1, 1)
    assert bench.calls_of_a_drain() == 1
    assert _whose_tasks(bench) == [_person(bench)[1]]


def test_its_task_goes_to_the_record_that_its_person_was_merged_into(bench: MeteredBench) -> None:
    object_, record_id = _person(bench)
    company = {"Company": "Elsewhere"} if object_ == "Lead" else {}
    winner = bench.emulator.org.seed(object_, {"LastName": "Winner", **company})
    merge(bench.emulator.org, object_, winner, record_id)
    bench.touch(1, 3)
    bench.drain()
    assert _whose_tasks(bench) == [winner] * 3


@pytest.mark.parametrize("bench", ["lead"], indirect=True)
def test_its_task_goes_to_the_contact_that_a_lead_was_converted_into(bench: MeteredBench) -> None:
    _, record_id = _person(bench)
    contact = convert(bench.emulator.org, Conversion(record_id))["contact"]
    bench.touch(1, 2)
    bench.drain()
    assert _whose_tasks(bench) == [contact] * 2


def test_a_lead_seen_an_hour_ago_is_looked_up_as_some_users_may_write_to_converted_ones(
    bench: MeteredBench,
) -> None:
    bench.links_grow_old()
    bench.touch(1, 1)
    with_its_owner = bench.calls_of_a_drain()
    bench.touch(1, 2)
    is_lead = _person(bench)[0] == "Lead"
    assert (with_its_owner, bench.calls_of_a_drain()) == (2, 2 if is_lead else 1)


def test_it_waits_for_its_person_if_their_record_was_deleted(bench: MeteredBench) -> None:
    delete(bench.emulator.org, _person(bench)[1])
    bench.touch(1, 1)
    bench.app.drains.drain("default")
    entry = _touchpoint(bench)
    assert entry.cause is not None
    assert (entry.state, entry.cause.code, _whose_tasks(bench)) == ("held", PERSON_MISSING, [])


def test_a_task_that_exists_already_is_not_logged_twice(bench: MeteredBench) -> None:
    """As after a restored backup, whose events are sent again."""
    task = {
        "WhoId": _person(bench)[1],
        "Zaplify_Id__c": external_id("default", "touchpoint", "t1-0"),
    }
    logged = bench.emulator.org.seed("Task", task)
    bench.touch(1, 2)
    bench.drain()
    assert len(bench.emulator.org.rows["Task"]) == 2
    bench.touch(1, 1)
    assert bench.calls_of_a_drain() == 0
    assert logged in bench.emulator.org.rows["Task"]


def test_a_refusal_of_another_kind_holds_it_after_one_lookup_and_is_not_met_twice(
    bench: MeteredBench,
) -> None:
    refusal = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "object": "Task", "times": 99}
    bench.emulator.control.answer("POST", ["refusals"], refusal)
    bench.touch(1, 1)
    before = bench.emulator.org.used
    bench.app.drains.drain("default")
    entry = _touchpoint(bench)
    assert entry.cause is not None
    assert (entry.state, entry.cause.code) == ("held", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    sent_and_looked_up = 2
    assert bench.emulator.org.used - before == sent_and_looked_up


def test_one_that_was_held_before_is_looked_up(bench: MeteredBench) -> None:
    refusal = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "object": "Task", "times": 99}
    bench.emulator.control.answer("POST", ["refusals"], refusal)
    bench.touch(1, 1)
    bench.app.drains.drain("default")
    bench.emulator.org.refusals.clear()
    bench.app.store.release("default", now=bench.clock.now())
    described_looked_up_and_written = 3
    assert bench.calls_of_a_drain() == described_looked_up_and_written
