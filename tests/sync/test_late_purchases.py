"""A purchase that was held while a newer one of the same prospect was carried out: it fills blanks
and replaces nothing, whatever the rules let a purchase overwrite."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import Rejected
from zsf_plugin.model import JsonObject, Write
from zsf_plugin.ports import Store

ALWAYS: JsonObject = {
    "fields": {
        "Lead": {
            "Title": {"from": "prospect.title", "overwrite": "always"},
            "City": {"from": "prospect.location.city", "overwrite": "always"},
        },
        "Contact": {
            "Title": {"from": "prospect.title", "overwrite": "always"},
            "MailingCity": {"from": "prospect.location.city", "overwrite": "always"},
        },
        "Account": {"BillingCity": {"from": "prospect.location.city", "overwrite": "always"}},
    }
}
CITY = {"Lead": "City", "Contact": "MailingCity"}


def _refuse_the_boss(write: Write) -> Rejected | None:
    is_boss = write.values.get("LastName") == "Boss"
    return Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", ()) if is_boss else None


@pytest.mark.parametrize(("mode", "object_"), [("lead", "Lead"), ("contact", "Contact")])
def test_a_late_purchase_fills_blanks_and_replaces_nothing(
    store: Store, clock: FakeClock, mode: str, object_: str
) -> None:
    bench = Bench(store, clock, FakeCrm(facts()), mode=mode, rule=ALWAYS)
    bench.crm.refuse = _refuse_the_boss
    older = prospect(1, last_name="Boss", title="Boss", location={"city": "Bonn"})
    newer = prospect(1, title="Engineer")
    newer.pop("location", None)
    late, _ = bench.feed(purchase(older, "e1"), purchase(newer, "e2"))
    bench.drain()
    assert bench.entry(late).state == "held"
    bench.crm.refuse = lambda write: None
    store.release("default", entry_ids=[late])
    bench.drain()
    assert bench.entry(late).state == "done"
    (row,) = bench.rows(object_)
    assert (row["LastName"], row["Title"], row[CITY[object_]]) == ("Lovelace1", "Engineer", "Bonn")


@pytest.mark.parametrize(("mode", "object_"), [("lead", "Lead"), ("contact", "Contact")])
def test_after_a_late_purchase_the_next_one_overwrites_as_ever(
    store: Store, clock: FakeClock, mode: str, object_: str
) -> None:
    bench = Bench(store, clock, FakeCrm(facts()), mode=mode, rule=ALWAYS)
    bench.crm.refuse = _refuse_the_boss
    late, _ = bench.feed(
        purchase(prospect(1, last_name="Boss", title="Boss"), "e1"),
        purchase(prospect(1, title="Engineer"), "e2"),
    )
    bench.drain()
    bench.crm.refuse = lambda write: None
    store.release("default", entry_ids=[late])
    bench.drain()
    bench.feed(purchase(prospect(1, last_name="Boss", title="Boss"), "e3"))
    bench.drain()
    (row,) = bench.rows(object_)
    assert row["Title"] == "Boss"


def test_a_late_purchase_replaces_nothing_of_a_company_that_another_prospect_changed(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(store, clock, FakeCrm(facts()), mode="contact", rule=ALWAYS)
    bench.crm.refuse = _refuse_the_boss
    company = prospect(1)["company"]
    late, _ = bench.feed(
        purchase(prospect(2, last_name="Boss", company=company, location={"city": "Bonn"}), "e1"),
        purchase(prospect(1, company=company, location={"city": "Umeå"}), "e2"),
    )
    bench.drain()
    bench.crm.refuse = lambda write: None
    store.release("default", entry_ids=[late])
    bench.drain()
    assert [row["BillingCity"] for row in bench.rows("Account")] == ["Umeå"]
    assert sorted(str(row["MailingCity"]) for row in bench.rows("Contact")) == ["Bonn", "Umeå"]
