"""Reading and deleting records over the wire: pages, children that cannot be asked for, odd
answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.salesforce.support import AdapterBench
from zsf_plugin.emulator.org.schema import Field
from zsf_plugin.errors import Fenced, OutcomeUnknown, Rejected, Unavailable
from zsf_plugin.model import RecordKey
from zsf_plugin.ports import WantedRecords

DELETED = "/composite/sobjects"


def seeded(bench: AdapterBench, count: int) -> list[str]:
    people = [{"LastName": f"Doe {number}", "Company": "Acme"} for number in range(count)]
    return [bench.org.seed("Lead", person) for person in people]


def test_records_are_read_whole_whatever_the_size_of_a_page(bench: AdapterBench) -> None:
    ids = seeded(bench, 5)
    bench.org.page_size = 2
    found = bench.crm.removal.read([WantedRecords("Lead", ids, ["LastName"])], "upkeep")
    assert {record.value_of("LastName") for record in found.values()} == {
        f"Doe {number}" for number in range(5)
    }


def test_a_record_with_more_fields_than_fit_into_one_address_is_read_in_parts(
    bench: AdapterBench,
) -> None:
    names = [f"Field_{number:03}__c" for number in range(400)]
    for name in names:
        bench.org.add_field(bench.org.object_type("Lead"), Field(name, length=80))
    (one,) = [bench.org.seed("Lead", {"LastName": "Doe", "Company": "A", names[399]: "last"})]
    found = bench.crm.removal.read([WantedRecords("Lead", [one], ["LastName", *names])], "upkeep")
    record = found["Lead", one]
    assert (record.value_of("LastName"), record.value_of(names[399])) == ("Doe", "last")


def test_a_record_in_the_recycle_bin_is_not_there(bench: AdapterBench) -> None:
    kept, gone = seeded(bench, 2)
    bench.org.edit("Lead", gone, {"IsDeleted": True})
    found = bench.crm.removal.read([WantedRecords("Lead", [kept, gone], ["LastName"])], "upkeep")
    assert list(found) == [("Lead", kept)]


def test_a_refused_read_never_means_that_a_record_is_gone(bench: AdapterBench) -> None:
    ids = seeded(bench, 1)
    with pytest.raises(Unavailable):
        bench.crm.removal.read([WantedRecords("Lead", ids, ["Nothing__c"])], "upkeep")


def test_deleting_takes_one_call_and_reports_each_record(bench: AdapterBench) -> None:
    first, locked, gone = seeded(bench, 3)
    bench.org.lock_record(locked)
    bench.org.edit("Lead", gone, {"IsDeleted": True})
    bench.calls()
    records = [("Lead", one) for one in (first, locked, gone)]
    outcomes = bench.crm.removal.delete(records, "upkeep")
    assert bench.calls() == 1
    assert [outcome.record_id for outcome in outcomes] == [first, None, gone]
    assert isinstance(outcomes[1].error, Rejected)


def test_more_records_than_one_call_takes_are_deleted_in_several(bench: AdapterBench) -> None:
    ids = seeded(bench, 201)
    bench.calls()
    outcomes = bench.crm.removal.delete([("Lead", one) for one in ids], "upkeep")
    assert bench.calls() == 2
    assert all(outcome.error is None for outcome in outcomes)


@pytest.mark.parametrize("body", [[], {}, [{"id": "x"}], "text"])
def test_an_answer_that_says_nothing_of_a_deletion_leaves_its_outcome_unknown(
    bench: AdapterBench, body: Any
) -> None:
    (lead,) = seeded(bench, 1)
    bench.fault("status", DELETED, status=200, body=body)
    (outcome,) = bench.crm.removal.delete([("Lead", lead)], "upkeep")
    assert isinstance(outcome.error, OutcomeUnknown)


def test_after_a_call_that_failed_no_further_record_is_deleted(bench: AdapterBench) -> None:
    ids = seeded(bench, 201)
    bench.fault("drop_before", DELETED)
    outcomes = bench.crm.removal.delete([("Lead", one) for one in ids], "upkeep")
    assert all(outcome.error is not None for outcome in outcomes)
    assert len(bench.org.records.live_rows("Lead")) >= 201


def test_each_request_is_announced_and_none_is_sent_once_the_lease_is_over(
    bench: AdapterBench,
) -> None:
    records = [("Lead", one) for one in seeded(bench, 201)]
    announced: list[int] = []

    def announce(part: Sequence[RecordKey]) -> None:
        announced.append(len(part))
        if len(announced) == 2:
            raise Fenced("over")

    with pytest.raises(Fenced):
        bench.crm.removal.delete(records, "upkeep", announce)
    assert announced == [200, 1]
    assert [row["Id"] for row in bench.org.records.live_rows("Lead")][-1:] == [records[-1][1]]


def test_what_goes_along_is_found_and_what_cannot_be_asked_for_is_named(
    bench: AdapterBench,
) -> None:
    (lead,) = seeded(bench, 1)
    task = bench.org.seed("Task", {"WhoId": lead, "Subject": "Lunch"})
    found = bench.crm.removal.dependents({"Lead": [lead]}, "upkeep")
    assert [(one.object, one.id, one.parent, one.field) for one in found.records] == [
        ("Task", task, lead, "WhoId")
    ]
    assert (dict(found.unread), found.protected) == ({}, frozenset())
    user = bench.connection().username
    hidden = {"user": user, "hidden_objects": ["Event"], "protected_objects": ["Lead"]}
    bench.control("POST", "permissions", hidden)
    found = bench.crm.removal.dependents({"Lead": [lead]}, "upkeep")
    assert (dict(found.unread), found.protected) == ({"Lead": {"Event"}}, frozenset({"Lead"}))
