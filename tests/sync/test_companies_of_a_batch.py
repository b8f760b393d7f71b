"""People are looked up at the company that they have once earlier entries of their batch are done."""

from __future__ import annotations

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision import lookups
from zsf_plugin.model import Json
from zsf_plugin.ports import Store

NAMED: dict[str, Json] = {"id": "c1", "name": "Acme 1"}
WITH_SITE: dict[str, Json] = {**NAMED, "domain": "acme1.example"}


@pytest.mark.parametrize("has_id", [False, True])
@pytest.mark.parametrize("website", ["acme1.example", None], ids=["linked", "filled"])
def test_a_person_at_a_company_that_an_earlier_entry_decided_is_found_there(
    store: Store,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    has_id: bool,
    website: str | None,
) -> None:
    """The first purchase links the company to the Account with its website, or fills it in."""
    monkeypatch.setattr(lookups, "MAX_NAME_ONLY_LOOKUPS", 0)  # as in a large batch
    bench = Bench(store, clock, FakeCrm(facts(external_id=has_id)), mode="contact")
    name = "Acme Incorporated" if website else "Acme 1"
    ours = bench.crm.add("Account", Name=name, Website=website)
    if website:
        bench.crm.add("Account", Name="Acme 1")
    there = bench.crm.add("Contact", FirstName="Ada2", LastName="Lovelace2", AccountId=ours)
    bench.feed(
        purchase(prospect(1, company=WITH_SITE), "x1"),
        purchase(prospect(2, email=None, company=NAMED), "x2"),
    )
    bench.drain()
    contacts = bench.crm.rows["Contact"]
    assert [id_ for id_, row in contacts.items() if row["LastName"] == "Lovelace2"] == [there]
