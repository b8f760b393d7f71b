"""What changed in Salesforce meanwhile: an hour after its record was last seen, a link no longer
proves that the same purchase left nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.model import Json
from zsf_plugin.model.link import MAX_UNCHECKED_S
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store


def _bench(folder: Path, mode: str) -> Iterator[Bench]:
    store = open_store(Settings(folder, folder, secret_key="k" * 40))
    yield Bench(store, FakeClock(), FakeCrm(facts()), mode)
    store.close()


@pytest.fixture(params=["lead", "contact"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from _bench(tmp_path, request.param)


@pytest.fixture
def contacts(tmp_path: Path) -> Iterator[Bench]:
    yield from _bench(tmp_path, "contact")


def bought(bench: Bench, number: int = 1, event_id: str = "e1", after_s: float = 0.0) -> str:
    """Buy a prospect, always with the same data; returns the state of the entry."""
    bench.clock.sleep(after_s)
    (entry,) = bench.feed(purchase(prospect(number), event_id))
    bench.drain()
    return bench.entry(entry).state


def people(bench: Bench) -> dict[str, dict[str, Json]]:
    return bench.crm.rows["Lead"] | bench.crm.rows["Contact"]


def last_code(bench: Bench) -> str | None:
    reason = bench.store.entries("default", limit=1)[0].reason
    return reason.code if reason is not None else None


def test_within_the_hour_an_unchanged_purchase_costs_nothing(bench: Bench) -> None:
    bought(bench)
    assert bought(bench, event_id="e2", after_s=MAX_UNCHECKED_S - 1) == "done"
    assert (bench.crm.finds, last_code(bench)) == (1, "unchanged")


def test_after_an_hour_it_is_looked_up_once_and_then_trusted_for_another_hour(
    bench: Bench,
) -> None:
    bought(bench)
    written = len(bench.crm.written)
    for number in range(3):
        bought(bench, event_id=f"later-{number}", after_s=MAX_UNCHECKED_S)
        assert last_code(bench) == "unchanged"
        bought(bench, event_id=f"soon-{number}", after_s=MAX_UNCHECKED_S / 2)
        assert bench.crm.finds == 2 + number
    assert len(bench.crm.written) == written


def test_a_deleted_person_who_is_bought_again_unchanged_is_created_again(bench: Bench) -> None:
    bought(bench)
    (gone,) = people(bench)
    bench.crm.rows["Lead"].clear()
    bench.crm.rows["Contact"].clear()
    bench.crm.add("Lead", LastName="takes the id of the deleted one")
    bench.crm.add("Contact", LastName="takes the id of the deleted one")
    bench.crm.rows["Lead"].pop(gone, None)
    bench.crm.rows["Contact"].pop(gone, None)
    assert bought(bench, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    names = [row["LastName"] for row in people(bench).values()]
    assert names.count("Lovelace1") == 1
    link = bench.store.links("default", bench.crm.org.org_id, [("prospect", "p1")])[
        "prospect", "p1"
    ]
    assert people(bench)[link.record_id]["LastName"] == "Lovelace1"


def test_a_deleted_account_is_created_again_and_its_contact_moved_to_it(contacts: Bench) -> None:
    bought(contacts)
    (contact,) = contacts.crm.rows["Contact"]
    contacts.crm.rows["Account"].clear()
    contacts.crm.rows["Contact"][contact]["AccountId"] = None
    assert bought(contacts, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    assert [row["Name"] for row in contacts.rows("Account")] == ["Acme 1"]
    assert [row["AccountId"] for row in contacts.rows("Contact")] == list(
        contacts.crm.rows["Account"]
    )


def test_an_account_deleted_with_its_contact_comes_back_with_it(contacts: Bench) -> None:
    bought(contacts)
    contacts.crm.rows["Account"].clear()
    contacts.crm.rows["Contact"].clear()
    assert bought(contacts, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    assert (len(contacts.rows("Account")), len(contacts.rows("Contact"))) == (1, 1)


def test_a_merged_person_is_followed(bench: Bench) -> None:
    bought(bench)
    (object_,) = [name for name in ("Lead", "Contact") if bench.crm.rows[name]]
    (loser,) = bench.crm.rows[object_]
    winner = bench.crm.add(object_, LastName="Byron", Company="Else", Email="b@else.example")
    bench.crm.merge(object_, loser, winner)
    assert bought(bench, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    assert list(bench.crm.rows[object_]) == [winner]
    link = bench.store.links("default", bench.crm.org.org_id, [("prospect", "p1")])[
        "prospect", "p1"
    ]
    assert link.record_id == winner


def test_a_person_deleted_and_restored_before_the_purchase_is_found(bench: Bench) -> None:
    bought(bench)
    (object_,) = [name for name in ("Lead", "Contact") if bench.crm.rows[name]]
    ((lead, row),) = bench.crm.rows[object_].items()
    del bench.crm.rows[object_][lead]
    bench.crm.rows[object_][lead] = row
    assert bought(bench, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    assert list(people(bench)) == [lead]


def test_a_value_that_someone_cleared_is_filled_again(bench: Bench) -> None:
    bought(bench)
    for row in people(bench).values():
        row["Title"] = None
    assert bought(bench, event_id="e2", after_s=MAX_UNCHECKED_S) == "done"
    assert [row["Title"] for row in people(bench).values()] == ["Engineer"]


def test_two_hundred_unchanged_purchases_share_one_lookup(bench: Bench) -> None:
    numbers = range(200)
    bench.feed(*(purchase(prospect(number), f"a{number}") for number in numbers))
    bench.drain()
    before = (bench.crm.finds, len(bench.crm.written))
    bench.clock.sleep(MAX_UNCHECKED_S)
    bench.feed(*(purchase(prospect(number), f"b{number}") for number in numbers))
    report = bench.drain()
    assert report.done == 200
    assert (bench.crm.finds, len(bench.crm.written)) == (before[0] + 1, before[1])


def test_a_clock_set_back_makes_no_link_trusted_for_longer(bench: Bench) -> None:
    bought(bench)
    bench.clock.sleep(-MAX_UNCHECKED_S)
    bought(bench, event_id="e2")
    assert bench.crm.finds == 2


def test_the_same_touchpoint_is_never_logged_twice_however_old_its_link_is(bench: Bench) -> None:
    bought(bench)
    for event_id in ("x1", "x2"):
        bench.clock.sleep(2 * MAX_UNCHECKED_S)
        one = touchpoint(prospect(1), "t1")
        bench.feed(type(one)(one.kind, one.workspace, event_id, one.occurred_at, one.payload))
        bench.drain()
    assert len(bench.rows("Task")) == 1
