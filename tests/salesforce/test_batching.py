"""Which requests carry a batch of writes, in what order, and how many calls that is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.salesforce.support import create
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Reference, Write, WriteOutcome
from zsf_plugin.salesforce.batching import (
    bulk_requests,
    call_count,
    fits_composite,
    in_order,
    independent_requests,
    parents_of,
    resolve,
    stages,
)
from zsf_plugin.salesforce.write_requests import CollectionRequest, StandaloneRequest

ACCOUNT_ID = "0015g00000AaBbCAAV"
LEAD_ID = "00Q5g00000BvKcMEAV"


def tasks(count: int, **values: Any) -> list[Write]:
    return [create("Task", number, {"Subject": "x", **values}) for number in range(count)]


def contact(number: int, account: int) -> Write:
    return create("Contact", 1000 + number, {"AccountId": Reference(f"new:{account}")})


def update(ref: str, name: str = "", **values: Any) -> Write:
    return Write("update", "Lead", ref, values, name=name)


def sizes(writes: list[Write]) -> list[list[int]]:
    """The chunks' lengths of each request; of a standalone one that of its only chunk."""
    found = []
    for request in bulk_requests(writes):
        chunks = request.chunks if isinstance(request, CollectionRequest) else [request.writes]
        found.append([len(chunk) for chunk in chunks])
    return found


def test_accounts_are_written_before_people_and_people_before_tasks() -> None:
    kinds = ["Task", "Lead", "Account", "Contact", "Account", "Task"]
    ordered = in_order([create(kind, number, {}) for number, kind in enumerate(kinds)])
    assert [write.ref for write in ordered] == [
        "new:2",
        "new:4",
        "new:1",
        "new:3",
        "new:0",
        "new:5",
    ]


@pytest.mark.parametrize(("count", "fits"), [(0, True), (25, True), (26, False)])
def test_twenty_five_writes_fit_one_composite(count: int, fits: bool) -> None:
    assert fits_composite(tasks(count)) is fits


def test_a_text_with_reference_syntax_fits_no_composite() -> None:
    assert not fits_composite([create("Lead", 1, {"LastName": "@{x}"})])


def test_each_write_is_sent_as_early_as_its_references_allow() -> None:
    account, person = create("Account", 1, {}), contact(1, 1)
    task = create("Task", 5, {"WhoId": Reference("new:1001"), "WhatId": Reference("new:1")})
    free = create("Task", 6, {})
    assert stages([account, person, task, free]) == [[account, free], [person], [task]]


def test_a_reference_to_what_this_batch_does_not_create_waits_for_nothing() -> None:
    assert stages([contact(1, 99)]) == [[contact(1, 99)]]


def test_a_records_later_writes_follow_each_other() -> None:
    made = create("Lead", 1, {})
    second, third = update("new:1", "new:1#1"), update("new:1", "new:1#2")
    assert stages([made, second, third]) == [[made], [second], [third]]


def test_a_reference_waits_for_the_records_create_but_not_for_its_later_writes() -> None:
    made, renamed = create("Account", 1, {}), update("new:1", "new:1#1")
    assert stages([made, renamed, contact(1, 1)]) == [[made], [renamed, contact(1, 1)]]


def test_a_thousand_records_of_a_kind_are_five_collections_of_one_request() -> None:
    assert sizes(tasks(1000)) == [[200] * 5]


def test_a_sixth_collection_starts_a_second_request() -> None:
    assert sizes(tasks(1001)) == [[200] * 5, [1]]


def test_creates_updates_objects_and_policies_do_not_share_a_collection() -> None:
    lead = create("Lead", 1, {})
    saved = Write("create", "Lead", "new:2", {}, save_alerted=True)
    assigned = Write("create", "Lead", "new:3", {}, assignment_rules=True)
    writes = [lead, update(LEAD_ID), saved, create("Contact", 4, {}), lead, assigned]
    assert sizes(writes) == [[2, 1, 1, 1, 1]]


def test_long_texts_make_shorter_collections() -> None:
    """Texts of a collection add up to 2,500,000 characters at most."""
    assert sizes(tasks(200, Description="x" * 25_000)) == [[99, 99, 2]]
    assert sizes(tasks(100, Description="x" * 24_999)) == [[100]]


def test_a_collections_texts_are_measured_to_the_last_character() -> None:
    half = "x" * 1_249_999
    assert sizes(tasks(2, Description=half)) == [[2]]
    assert sizes([*tasks(1, Description=half), *tasks(1, Description=half + "x")]) == [[1, 1]]


def test_a_text_longer_than_any_collection_is_sent_alone() -> None:
    assert sizes(tasks(2, Description="x" * 3_000_000)) == [[1, 1]]


def test_no_write_is_lost_or_changed_on_its_way_into_collections() -> None:
    writes = tasks(401)
    assert [write for request in bulk_requests(writes) for write in request.writes] == writes


def test_writes_with_reference_syntax_are_sent_first_each_object_in_its_own_request() -> None:
    odd = [create(kind, n, {"Name": "@{x}"}) for n, kind in enumerate(["Lead", "Contact", "Lead"])]
    requests = bulk_requests([*tasks(2), *odd])
    assert [type(request) for request in requests] == [
        StandaloneRequest,
        StandaloneRequest,
        CollectionRequest,
    ]
    assert [len(request.writes) for request in requests] == [2, 1, 2]


def test_more_than_two_hundred_records_are_sent_one_chunk_per_request() -> None:
    assert sizes(tasks(401, Subject="@{x}")) == [[200], [200], [1]]


@pytest.mark.parametrize(
    ("writes", "calls"),
    [
        ([], 0),
        (tasks(25), 1),
        (tasks(1000), 1),
        (tasks(1001), 2),
        ([*(create("Account", n, {}) for n in range(20)), *(contact(n, n) for n in range(20))], 2),
        ([create("Lead", 9, {"LastName": "@{x}"}), *tasks(2)], 2),
    ],
)
def test_the_calls_of_a_batch_are_known_before(writes: list[Write], calls: int) -> None:
    assert call_count(writes) == calls


# References


def test_a_write_without_references_stays_as_it_is() -> None:
    write = update(LEAD_ID, Title="CTO")
    assert resolve(write, {}) is write


def test_a_reference_becomes_the_id_of_the_record_that_was_created() -> None:
    resolved = resolve(contact(1, 1), {"new:1": WriteOutcome("new:1", ACCOUNT_ID)})
    assert resolved is not None
    assert resolved.values == {"AccountId": ACCOUNT_ID}
    assert (resolved.ref, resolved.token) == ("new:1001", "new:1001")


def test_a_second_write_takes_the_id_of_its_record_and_keeps_its_token() -> None:
    resolved = resolve(
        update("new:1", "new:1#1", Title="CTO"), {"new:1": WriteOutcome("new:1", LEAD_ID)}
    )
    assert resolved is not None
    assert (resolved.ref, resolved.token, resolved.values) == (LEAD_ID, "new:1#1", {"Title": "CTO"})


def test_a_write_keeps_the_token_of_its_records_ref() -> None:
    resolved = resolve(update("new:1", Title="CTO"), {"new:1": WriteOutcome("new:1", LEAD_ID)})
    assert resolved is not None
    assert (resolved.ref, resolved.token) == (LEAD_ID, "new:1")


def test_only_a_reference_to_an_earlier_request_becomes_an_id() -> None:
    made_here, made_before = Reference("new:2"), Reference("new:1")
    task = create("Task", 5, {"WhoId": made_here, "WhatId": made_before})
    resolved = resolve(task, {"new:1": WriteOutcome("new:1", ACCOUNT_ID)}, {"new:2"})
    assert resolved is not None
    assert resolved.values == {"WhoId": made_here, "WhatId": ACCOUNT_ID}


def test_a_reference_to_what_the_same_request_creates_stays() -> None:
    resolved = resolve(contact(1, 1), {}, {"new:1"})
    assert resolved is not None
    assert resolved.values == {"AccountId": Reference("new:1")}


@pytest.mark.parametrize("outcomes", [{}, {"new:1": WriteOutcome("new:1", error=Rejected("X"))}])
def test_a_write_whose_record_was_not_written_cannot_be_resolved(
    outcomes: dict[str, WriteOutcome],
) -> None:
    assert resolve(contact(1, 1), outcomes) is None
    assert resolve(update("new:1", "new:1#1"), outcomes) is None


@given(
    people=st.lists(st.integers(1, 400), min_size=1, max_size=12),
    others=st.integers(0, 2000),
)
def test_independent_requests_send_everything_once_in_each_persons_order_in_as_many_calls(
    people: list[int], others: int
) -> None:
    whose = [f"person {n}" for n, count in enumerate(people) for _ in range(count)]
    whose += [f"other {n}" for n in range(others)]
    writes = [create("Task", n, {"WhoId": who, "Subject": "x"}) for n, who in enumerate(whose)]
    requests = independent_requests(writes)
    assert len(requests) == len(bulk_requests(writes))
    sent: dict[str, list[str]] = {}
    for write in [write for request in requests for write in request.writes]:
        sent.setdefault(str(write.values["WhoId"]), []).append(write.ref)
    wanted: dict[str, list[str]] = {}
    for write in writes:
        wanted.setdefault(str(write.values["WhoId"]), []).append(write.ref)
    assert sent == wanted
    if len(writes) <= 1000 * len(requests) - max(people):  # there is room to keep all together
        parents = [parents_of(request) for request in requests]
        assert sum(map(len, parents)) == len(wanted)


def test_a_record_without_a_parent_is_its_own() -> None:
    (request,) = bulk_requests([update("00Q1"), create("Lead", 2, {"LastName": "X"})])
    assert parents_of(request) == {"00Q1", "new:2"}
    (people,) = bulk_requests([create("Contact", 1, {"AccountId": ACCOUNT_ID})])
    assert parents_of(people) == {ACCOUNT_ID}
