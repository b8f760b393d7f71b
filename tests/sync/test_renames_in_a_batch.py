"""Values that a batch only plans to write, by which records are found: names, addresses, companies.
Who is planned against them waits until they are written, or refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.memory import memory_dir
from tests.sync.bench import Bench
from tests.sync.planned import ACCOUNT, CONTACT, LEAD, planned, record, round_of, world_of
from zsf_plugin.decision import lookups
from zsf_plugin.errors import ZsfError
from zsf_plugin.model import Event, Json, JsonObject, Link, World, Write
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.answers import classify_error
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
from zsf_plugin.sync.entries import PlannedEntry

COMPANY: dict[str, Json] = {"id": "c1", "name": "Acme", "domain": "acme.example"}
LAST_NAMES: JsonObject = {
    "fields": {
        "Lead": {"LastName": {"from": "prospect.last_name", "overwrite": "always"}},
        "Contact": {"LastName": {"from": "prospect.last_name", "overwrite": "always"}},
    }
}
TO_CONTACT = Link("prospect", "p1", "Contact", CONTACT, {})
AT_ACME = record("Account", ACCOUNT, Name="Acme", Website="acme.example", Zaplify_Id__c="z")


def person(number: int, first: str, last: str, **changes: Json) -> dict[str, Json]:
    given: dict[str, Json] = {"first_name": first, "last_name": last, "email": None}
    return prospect(number, **{**given, "company": COMPANY, **changes})


def contact(last_name: str, **values: Json) -> World:
    """Ada at Acme, whom prospect 1 is linked to."""
    named: dict[str, Json] = {"FirstName": "Ada", "LastName": last_name, "AccountId": ACCOUNT}
    ada = record("Contact", CONTACT, None, **{**named, "Zaplify_Id__c": "z", **values})
    return world_of(AT_ACME, ada, links=[TO_CONTACT])


def sent_and_deferred(entries: Sequence[PlannedEntry], world: World) -> tuple[list[str], list[str]]:
    planner = round_of(entries, world)
    sent = [one.entry.id for one, _ in planner.sending]
    return sent, [one.entry.id for one in planner.deferred]


def of_contacts(*events: Event) -> list[PlannedEntry]:
    return [planned(event, "contact", dict(LAST_NAMES)) for event in events]


def test_who_has_the_name_that_an_update_replaces_waits_for_it() -> None:
    """If the first is refused, the second is its record."""
    entries = of_contacts(
        purchase(person(1, "Ada", "Byron"), "e1"), purchase(person(2, "Ada", "King"), "e2")
    )
    assert sent_and_deferred(entries, contact("King")) == (["e1"], ["e2"])


def test_a_namesake_at_another_company_does_not_wait() -> None:
    other: dict[str, Json] = {"id": "c2", "name": "Else", "domain": "else.example"}
    entries = of_contacts(
        purchase(person(1, "Ada", "Byron"), "e1"),
        purchase(person(2, "Ada", "King", company=other), "e2"),
    )
    assert sent_and_deferred(entries, contact("King")) == (["e1", "e2"], [])


def test_a_new_title_delays_nobody_of_that_name() -> None:
    title: dict[str, Json] = {"from": "prospect.title", "overwrite": "always"}
    rule: dict[str, Json] = {"fields": {"Contact": {"Title": title}}}
    entries = [
        planned(purchase(person(1, "Ada", "King", title="CTO"), "e1"), "contact", rule),
        planned(purchase(person(2, "Eve", "King", title="CTO"), "e2"), "contact", rule),
    ]
    assert sent_and_deferred(entries, contact("King", Title="CEO")) == (["e1", "e2"], [])


def test_nobody_who_relies_on_a_record_overtakes_one_that_waits_for_it() -> None:
    """The third would fill its title before the second does."""
    entries = of_contacts(
        purchase(person(1, "Ada", "Byron", title=None), "e1"),
        purchase(person(2, "Ada", "King", title="CEO"), "e2"),
        purchase(person(1, "Ada", "Byron", title="CTO"), "e3"),
    )
    assert sent_and_deferred(entries, contact("King")) == (["e1"], ["e2", "e3"])


def test_one_of_several_waits_while_one_of_them_may_not_come_to_its_company() -> None:
    """Were the first refused, there would be one Ada King at Acme."""
    address = "ada@acme.example"
    stray = record("Contact", "003000000000002AAA", FirstName="Ada", LastName="King", Email=address)
    world = contact("King").with_records([stray])
    entries = [
        planned(purchase(person(3, "Eve", "Byron", email=address), "e1"), "contact"),
        planned(purchase(person(2, "Ada", "King"), "e2"), "contact"),
    ]
    assert sent_and_deferred(entries, world) == (["e1"], ["e2"])


def test_who_has_the_name_that_a_waiting_entry_will_give_waits_for_it() -> None:
    """The company of the record is neither's that renames it."""
    lead = record("Lead", LEAD, FirstName="Ada", LastName="King", Company="Else", Title="T")
    world = world_of(lead, links=[Link("prospect", "p1", "Lead", LEAD, {})])
    company: dict[str, Json] = {"id": "c2", "name": "Else"}
    rule = dict(LAST_NAMES)
    entries = [
        planned(purchase(person(1, "Ada", "Byron"), "e1"), rule=rule),
        planned(purchase(person(1, "Ada", "Lovelace"), "e2"), rule=rule),
        planned(purchase(person(2, "Ada", "Lovelace", company=company), "e3"), rule=rule),
    ]
    assert sent_and_deferred(entries, world) == (["e1"], ["e2", "e3"])


def test_an_update_that_gives_a_record_the_name_of_a_waiting_entry_waits_for_it() -> None:
    """The second creates the Contact of that name, unless the first is refused; the third's must
    not be found in its place."""
    address = "other@acme.example"
    other = record(
        "Contact",
        "003000000000002AAA",
        FirstName="Ada",
        LastName="Else",
        Email=address,
        AccountId=ACCOUNT,
    )
    world = contact("King").with_records([other])
    entries = of_contacts(
        purchase(person(1, "Ada", "Byron"), "e1"),
        purchase(person(2, "Ada", "King"), "e2"),
        purchase(person(3, "Ada", "King", email=address, company=None), "e3"),
    )
    assert sent_and_deferred(entries, world) == (["e1"], ["e2", "e3"])


def test_a_company_is_not_filled_for_a_new_person_who_may_be_refused() -> None:
    """Were they refused, the second might be a Lead, whose company is not written."""
    account = record("Account", ACCOUNT, Name="Acme", Zaplify_Id__c="z")
    entries = of_contacts(
        purchase(person(1, "Ada", "King", company=None), "e1"),
        purchase(person(1, "Ada", "King"), "e2"),
    )
    assert sent_and_deferred(entries, world_of(account)) == (["e1"], ["e2"])


@pytest.mark.parametrize("code", ["FIELD_CUSTOM_VALIDATION_EXCEPTION", "DUPLICATES_DETECTED"])
@pytest.mark.parametrize("has_id", [False, True])
def test_a_refused_rename_leaves_one_contact_of_that_name(
    store: Store, clock: FakeClock, has_id: bool, code: str
) -> None:
    last: JsonObject = {"from": "prospect.last_name", "overwrite": "always", "misfit": "hold"}
    rule: JsonObject = {"fields": {"Contact": {"LastName": last}}}
    bench = Bench(store, clock, FakeCrm(facts(external_id=has_id)), "contact", rule)
    bench.crm.refuse = _refusing("Byron", code)
    acme = bench.crm.add("Account", Name="Acme", Website="acme.example")
    address = "ada@acme.example"
    bench.crm.add("Contact", FirstName="Ada", LastName="King", AccountId=acme, Email=address)
    bench.feed(
        purchase(person(1, "Ada", "Byron", email=address), "e1"),
        purchase(person(2, "Ada", "King"), "e2"),
    )
    bench.drain()
    assert [row["LastName"] for row in bench.rows("Contact")] == ["King"]


def _refusing(last_name: str, code: str) -> Callable[[Write], ZsfError | None]:
    def refuse(write: Write) -> ZsfError | None:
        if write.values.get("LastName") != last_name:
            return None
        return classify_error({"errorCode": code}, 400, writes=True)

    return refuse


def _overwriting(*fields: str) -> JsonObject:
    """Rules by which each of these fields follows the prospect."""
    sources = {
        "FirstName": "prospect.first_name",
        "LastName": "prospect.last_name",
        "Email": "prospect.email",
    }
    planned_fields: dict[str, Json] = {
        name: {"from": sources[name], "overwrite": "always"} for name in fields
    }
    return {"fields": {"Lead": planned_fields, "Contact": planned_fields}}


#: One company by several names and sites, another one, and none.
COMPANIES = [COMPANY, {"id": "c1", "name": "Acme"}, {"id": "c2", "name": "Acme"}, None,
             {"id": "c2", "name": "Else", "domain": "else.example"}]  # fmt: skip
ADDRESSES = [None, "a@acme.example", "b@acme.example", "c@acme.example"]


@st.composite
def _purchases(draw: st.DrawFn) -> list[Event]:
    """Purchases of few people who change names, addresses and companies, and touchpoints."""
    events: list[Event] = []
    for number in range(draw(st.integers(2, 7))):
        one = person(
            draw(st.integers(1, 4)),
            draw(st.sampled_from(["Ada", "Eve"])),
            draw(st.sampled_from(["King", "Byron"])),
            email=draw(st.sampled_from(ADDRESSES)),
            company=draw(st.sampled_from(COMPANIES)),
            title=draw(st.sampled_from([None, "CTO"])),
        )
        kind = touchpoint if number and draw(st.integers(0, 4)) == 0 else purchase
        events.append(kind(one, f"e{number}"))
    return events


def _rows(
    events: Sequence[Event], mode: str, rule: JsonObject, by_name: int, *, one_by_one: bool
) -> tuple[object, ...]:
    """The names, addresses and companies of an org of three people after these events."""
    with tempfile.TemporaryDirectory(dir=memory_dir()) as folder, pytest.MonkeyPatch.context() as p:
        p.setattr(lookups, "MAX_NAME_ONLY_LOOKUPS", by_name)
        place = Path(folder)
        store = open_store(from_environment({}, config_dir=place, data_dir=place / "data"))
        bench = Bench(store, FakeClock(), FakeCrm(facts()), mode, rule)
        acme = bench.crm.add("Account", Name="Acme")
        names: dict[str, Json] = {"FirstName": "Ada", "LastName": "King"}
        bench.crm.add("Contact", **names, AccountId=acme, Email="a@acme.example")
        bench.crm.add("Contact", **names | {"LastName": "Byron"}, Email="b@acme.example")
        bench.crm.add("Lead", **names | {"FirstName": "Eve"}, Company="Else")
        ids = bench.feed(*events)
        bench.drain_one_by_one() if one_by_one else bench.drain()
        accounts = {id_: row.get("Name") for id_, row in bench.crm.rows["Account"].items()}
        found = []
        for row in (*bench.rows("Contact"), *bench.rows("Lead")):
            of_row = [row.get(name) for name in ("FirstName", "LastName", "Email", "Title")]
            found.append(
                repr([*of_row, row.get("Company") or accounts.get(str(row.get("AccountId")))])
            )
        states = [bench.entry(id_).state for id_ in ids]
        store.close()
    return sorted(found), states


@given(
    events=_purchases(),
    mode=st.sampled_from(["lead", "contact"]),
    fields=st.lists(st.sampled_from(["FirstName", "LastName", "Email"]), min_size=1, unique=True),
    by_name=st.sampled_from([0, 2, lookups.MAX_NAME_ONLY_LOOKUPS]),
)
def test_whoever_is_renamed_a_batch_ends_as_its_entries_would_one_by_one(
    events: list[Event], mode: str, fields: list[str], by_name: int
) -> None:
    rule = _overwriting(*fields)
    together = _rows(events, mode, rule, by_name, one_by_one=False)
    assert together == _rows(events, mode, rule, by_name, one_by_one=True)
