"""Values that only Salesforce sees do not fit: the entry goes on without them, at the cost of one
more write for its whole batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import Rejected, ZsfError
from zsf_plugin.model import Json, OrgFacts, Write
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store

SELLER = "seller@zaplify.example"
Refusal = tuple[str, str, Json, str]


class Calls(Bench):
    """A bench that counts writing calls."""

    calls = 0

    def refuse(self, *refusals: Refusal) -> None:
        """Refuse records by (object, field, value, code), and name the field."""

        def refusal(write: Write) -> ZsfError | None:
            for object_, field, value, code in refusals:
                if write.object == object_ and write.values.get(field, refusals) == value:
                    return Rejected(code, f"{field}: {value}", (field,))
            return None

        self.crm.refuse = refusal


def _bench(folder: Path, mode: str) -> Iterator[Calls]:
    store = open_store(Settings(folder, folder, secret_key="k" * 40))
    bench = Calls(store, FakeClock(), FakeCrm(facts(), {"005000000000001AAA": SELLER}), mode)
    write = bench.crm.write

    def counted(*given: object) -> object:
        bench.calls += 1
        return write(*given)  # type: ignore[arg-type]

    bench.crm.write = counted  # type: ignore[method-assign,assignment]
    yield bench
    store.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Calls]:
    yield from _bench(tmp_path, "lead")


@pytest.fixture
def contacts(tmp_path: Path) -> Iterator[Calls]:
    yield from _bench(tmp_path, "contact")


def with_field(org: OrgFacts, object_: str, name: str, type_: str) -> OrgFacts:
    """The org with another type for a field."""
    described = org.describes[object_]
    field = replace(described.fields[name], type=type_)
    changed = replace(described, fields={**described.fields, name: field})
    return replace(org, describes={**org.describes, object_: changed})


def left_out(bench: Bench, entry: str) -> list[tuple[str | None, str | None, Json]]:
    """(object, field, code) of each value that Salesforce refused, in the entry's story."""
    return [
        (step.object, step.field, step.data["code"])
        for step in bench.entry(entry).steps
        if step.code == "left_out" and step.data.get("misfit") == "refused"
    ]


PLACE: dict[str, Json] = {"city": "Paris", "region": "Corse", "country": "Frankreich"}
ADDRESS: dict[str, Json] = {"city": "Paris", "region": "Corse", "country": "Frankreich"}


@pytest.mark.parametrize(
    ("mode", "refusal"),
    [
        ("lead", ("Lead", "Email", "ada1@acme1.example", "INVALID_EMAIL_ADDRESS")),
        ("lead", ("Lead", "State", "Corse", "FIELD_INTEGRITY_EXCEPTION")),
        ("lead", ("Lead", "LeadSource", "Zaplify", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")),
        ("lead", ("Lead", "Title", "Engineer", "FIELD_CUSTOM_VALIDATION_EXCEPTION")),
        ("contact", ("Contact", "Phone", "+46 8 1", "FIELD_CUSTOM_VALIDATION_EXCEPTION")),
        ("contact", ("Contact", "MailingCountry", "Frankreich", "FIELD_INTEGRITY_EXCEPTION")),
        ("contact", ("Account", "BillingCountry", "Frankreich", "FIELD_INTEGRITY_EXCEPTION")),
        ("contact", ("Account", "Website", "acme1.example", "A_CODE_OF_NEXT_YEAR")),
    ],
)
def test_a_new_person_is_created_without_the_refused_value_and_the_story_says_so(
    tmp_path: Path, mode: str, refusal: Refusal
) -> None:
    for bench in _bench(tmp_path, mode):
        bench.refuse(refusal)
        company = {**dict(prospect(1)["company"]), "address": ADDRESS}  # type: ignore[call-overload]
        person = prospect(1, location=PLACE, phone="+46 8 1", company=company)
        (entry,) = bench.feed(purchase(person))
        bench.drain()
        object_, field, _, code = refusal
        assert bench.entry(entry).state == "done"
        assert left_out(bench, entry) == [(object_, field, code)]
        assert [row.get(field) for row in bench.rows(object_)] == [None]
        assert (bench.crm.finds, bench.calls) == (1, 2)
        again = bench.feed(purchase(person, "e2"))[0]
        bench.drain()
        assert bench.entry(again).state == "done"
        assert (bench.crm.finds, bench.calls) == (1, 2), "an unchanged purchase costs nothing"


def test_an_existing_record_gets_the_other_values(bench: Calls) -> None:
    lead = bench.crm.add("Lead", LastName="Lovelace1", Email="ada1@acme1.example", Company="A")
    bench.refuse(("Lead", "Title", "Engineer", "FIELD_CUSTOM_VALIDATION_EXCEPTION"))
    (entry,) = bench.feed(purchase(prospect(1, phone="+46 8 1")))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert bench.crm.rows["Lead"][lead]["Phone"] == "+46 8 1"
    assert left_out(bench, entry) == [("Lead", "Title", "FIELD_CUSTOM_VALIDATION_EXCEPTION")]
    assert (bench.crm.finds, bench.calls) == (1, 2)


def test_an_update_of_refused_values_alone_writes_nothing_and_is_done(bench: Calls) -> None:
    bench.refuse(("Lead", "Phone", "+46 8 1", "A_CODE"))
    bench.feed(purchase(prospect(1)))
    bench.drain()
    (entry,) = bench.feed(purchase(prospect(1, phone="+46 8 1"), "e2"))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert bench.rows("Lead")[0].get("Phone") is None
    assert left_out(bench, entry) == [("Lead", "Phone", "A_CODE")]


def test_an_activity_is_logged_without_the_refused_value(bench: Calls) -> None:
    bench.feed(purchase(prospect(1)))
    bench.drain()
    bench.refuse(("Task", "TaskSubtype", "Email", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"))
    entries = bench.feed(*(touchpoint(prospect(1), f"t{number}") for number in range(5)))
    before = bench.calls
    bench.drain()
    assert {bench.entry(entry).state for entry in entries} == {"done"}
    assert [row.get("TaskSubtype") for row in bench.rows("Task")] == [None] * 5
    assert bench.calls - before == 2


@pytest.mark.parametrize("number_of_bad", [1, 200])
def test_all_refused_values_of_a_batch_cost_one_more_write(
    bench: Calls, number_of_bad: int
) -> None:
    bad = [f"bad{number}@acme.example" for number in range(number_of_bad)]
    bench.refuse(*(("Lead", "Email", address, "INVALID_EMAIL_ADDRESS") for address in bad))
    people = [prospect(number) for number in range(200)]
    for person, address in zip(people, bad, strict=False):
        person["email"] = address
    bench.feed(*(purchase(person, f"e{number}") for number, person in enumerate(people)))
    report = bench.drain()
    assert (report.done, report.held) == (200, 0)
    assert (bench.crm.finds, bench.calls) == (1, 2)
    assert sum(row.get("Email") is None for row in bench.rows("Lead")) == number_of_bad


def test_a_refused_value_of_the_account_of_two_hundred_contacts_costs_one_more_write(
    contacts: Calls,
) -> None:
    contacts.refuse(("Account", "Website", "acme1.example", "A_CODE"))
    company = prospect(1)["company"]
    people = [prospect(number, company=company) for number in range(200)]
    entries = contacts.feed(*(purchase(person, f"e{n}") for n, person in enumerate(people)))
    report = contacts.drain()
    assert (report.done, report.held) == (200, 0)
    assert (len(contacts.rows("Account")), len(contacts.rows("Contact"))) == (1, 200)
    (account,) = contacts.crm.rows["Account"]
    assert {row["AccountId"] for row in contacts.rows("Contact")} == {account}
    assert left_out(contacts, entries[0]) == [("Account", "Website", "A_CODE")]
    assert (contacts.crm.finds, contacts.calls) == (1, 2)


def test_values_of_the_company_and_of_the_person_are_left_out_in_turn(contacts: Calls) -> None:
    contacts.refuse(
        ("Account", "Website", "acme1.example", "A_CODE"),
        ("Contact", "Title", "Engineer", "B_CODE"),
    )
    (entry,) = contacts.feed(purchase(prospect(1)))
    contacts.drain()
    assert contacts.entry(entry).state == "done"
    assert ("Contact", "Title", "B_CODE") in left_out(contacts, entry)
    assert [row.get("Website") for row in contacts.rows("Account")] == [None]


def test_a_state_without_its_refused_country_is_left_out_too(bench: Calls) -> None:
    def refuse(write: Write) -> ZsfError | None:
        if write.values.get("Country") == "Frankreich":
            return Rejected("FIELD_INTEGRITY_EXCEPTION", "", ("Country",))
        if "State" in write.values and "Country" not in write.values:
            return Rejected("FIELD_INTEGRITY_EXCEPTION", "", ("State",))
        return None

    bench.crm.refuse = refuse
    (entry,) = bench.feed(purchase(prospect(1, location=PLACE)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert [row.get("City") for row in bench.rows("Lead")] == ["Paris"]
    assert [field for _, field, _ in left_out(bench, entry)] == ["State", "Country"]
    assert bench.calls == 3


def refuse_each(bench: Calls, *fields: str) -> None:
    """Refuse the first of these fields that a write has, as Salesforce names one at a time."""

    def refuse(write: Write) -> ZsfError | None:
        for name in fields:
            if name in write.values:
                return Rejected(f"{name}_CODE", "", (name,))
        return None

    bench.crm.refuse = refuse


def test_a_record_does_without_each_of_four_values_refused_one_after_the_other(
    bench: Calls,
) -> None:
    fields = ("Title", "Email", "LeadSource", "Website")
    refuse_each(bench, *fields)
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert {field for _, field, _ in left_out(bench, entry)} == set(fields)
    assert bench.calls == 5
    bench.feed(purchase(prospect(1), "again"))
    bench.drain()
    assert bench.calls == 5


def test_a_country_in_two_forms_its_state_and_the_address_are_left_out(bench: Calls) -> None:
    """As an org with lists does whose code fields are hidden from the connected user."""

    def refuse(write: Write) -> ZsfError | None:
        if "Email" in write.values:
            return Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
        if "Country" in write.values:
            return Rejected("FIELD_INTEGRITY_EXCEPTION", "", ("Country",))
        is_refused = "State" in write.values
        return Rejected("FIELD_INTEGRITY_EXCEPTION", "", ("State",)) if is_refused else None

    bench.crm.refuse = refuse
    place = {"region": "California", "country": "USA", "country_code": "US", "city": "Napa"}
    (entry,) = bench.feed(purchase(prospect(1, location=place)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert [row.get("City") for row in bench.rows("Lead")] == ["Napa"]


def test_a_record_that_is_refused_for_a_fifth_value_is_held_with_the_last_cause(
    bench: Calls,
) -> None:
    refuse_each(bench, "Title", "Email", "LeadSource", "Website", "FirstName")
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    held = bench.entry(entry)
    assert held.cause is not None
    assert (held.state, held.cause.code) == ("held", "FirstName_CODE")
    assert held.cause.field == "FirstName"
    assert bench.calls == 5
    assert bench.rows("Lead") == []


@pytest.mark.parametrize("fields", [("Rating",), ("Formula__c", "Rating"), (), ("Zaplify_Id__c",)])
def test_a_refusal_of_anything_else_holds_after_one_write(
    bench: Calls, fields: tuple[str, ...]
) -> None:
    bench.crm.refuse = lambda _: Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", fields)
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "held"
    assert bench.calls == 1


@pytest.mark.parametrize("fields", [("LastName",), ("Title", "Company"), ("Title", "Rating")])
def test_a_refusal_that_lasts_holds_with_its_own_cause_after_what_may_be_tried(
    bench: Calls, fields: tuple[str, ...]
) -> None:
    bench.crm.refuse = lambda _: Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", fields)
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    held = bench.entry(entry)
    assert held.cause is not None
    assert (held.state, held.cause.code) == ("held", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert bench.calls == 2


#: Required fields that have another source or a default: what is refused, and what is written.
OTHERS: list[tuple[str, str, str, Json, Json]] = [
    ("lead", "Lead", "LastName", ["'Refused'", "'Other'"], "Other"),
    ("lead", "Lead", "LastName", ["'Refused'", "prospect.first_name"], "Ada1"),
    ("lead", "Lead", "Company", {"from": "'Refused'", "default": "[unknown]"}, "[unknown]"),
    ("contact", "Contact", "LastName", ["'Refused'", "'Other'"], "Other"),
    ("contact", "Account", "Name", ["prospect.company.name", "'Other'"], "Other"),
]


@pytest.mark.parametrize(("mode", "object_", "field", "rule", "other"), OTHERS)
@pytest.mark.parametrize("size", [1, 60])
def test_a_required_field_takes_the_next_source_for_one_more_write(
    tmp_path: Path, mode: str, object_: str, field: str, rule: Json, other: Json, size: int
) -> None:
    for bench in _bench(tmp_path, mode):
        bench.rule["fields"] = {object_: {field: rule}}
        refused = ["Refused", *[f"Acme {n}" for n in range(1, size + 1)]]
        rule_of_the_org = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        bench.refuse(*[(object_, field, value, rule_of_the_org) for value in refused])
        entries = bench.feed(*[purchase(prospect(n), f"e{n}") for n in range(1, size + 1)])
        bench.drain()
        assert {bench.entry(one).state for one in entries} == {"done"}
        names = {str(row[field]) for row in bench.rows(object_)}
        assert names == ({other} if other != "Ada1" else {f"Ada{n}" for n in range(1, size + 1)})
        steps = [one for one in bench.entry(entries[0]).steps if one.field == field]
        assert [(one.code, one.data["code"]) for one in steps] == [
            ("other_source", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
        ]
        assert (bench.crm.finds, bench.calls) == (1, 2)


def test_a_required_field_of_an_update_takes_the_next_source(bench: Calls) -> None:
    sources: Json = ["prospect.last_name", "prospect.title"]
    bench.rule["fields"] = {"Lead": {"LastName": {"from": sources, "overwrite": "always"}}}
    lead = bench.crm.add("Lead", LastName="Old", Email="ada1@acme1.example", Company="A")
    bench.refuse(("Lead", "LastName", "Lovelace1", "A_CODE"))
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert bench.crm.rows["Lead"][lead]["LastName"] == "Engineer"


def test_each_source_of_a_required_field_is_tried_before_it_holds(bench: Calls) -> None:
    bench.rule["fields"] = {"Lead": {"Company": {"from": ["'A'", "'B'"], "default": "C"}}}
    bench.refuse(*[("Lead", "Company", name, f"NO_{name}") for name in "ABC"])
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    held = bench.entry(entry)
    assert held.cause is not None
    assert (held.state, held.cause.code, held.cause.field) == ("held", "NO_C", "Company")
    assert bench.calls == 3
    assert bench.rows("Lead") == []


@pytest.mark.parametrize("mode", ["lead", "contact"])
@pytest.mark.parametrize("size", [1, 60])
@pytest.mark.parametrize("unwritten", ["Rating__c", "Score__c", "Fax", "Id"])
def test_a_rule_that_also_names_a_field_we_did_not_write_is_about_those_we_did(
    tmp_path: Path, mode: str, size: int, unwritten: str
) -> None:
    person = "Lead" if mode == "lead" else "Contact"

    def refuse(write: Write) -> ZsfError | None:
        is_refused = write.object == person and "Title" in write.values
        fields = (unwritten, "Title", "Email")
        return Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", fields) if is_refused else None

    for bench in _bench(tmp_path, mode):
        bench.crm.refuse = refuse
        entries = bench.feed(*[purchase(prospect(n), f"e{n}") for n in range(1, size + 1)])
        bench.drain()
        assert {bench.entry(one).state for one in entries} == {"done"}
        assert [row.get("Title") for row in bench.rows(person)] == [None] * size
        assert {field for _, field, _ in left_out(bench, entries[0])} == {"Title", "Email"}
        assert (bench.crm.finds, bench.calls) == (1, 2)


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_later_entry_with_some_of_the_values_that_were_refused_together_keeps_them(
    tmp_path: Path, mode: str
) -> None:
    person = "Lead" if mode == "lead" else "Contact"
    together = ("Title", "Email")

    def refuse(write: Write) -> ZsfError | None:
        is_refused = write.object == person and all(map(write.values.get, together))
        return Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", together) if is_refused else None

    for bench in _bench(tmp_path, mode):
        bench.crm.refuse = refuse
        entries = bench.feed(
            purchase(prospect(1), "e1"),
            purchase(prospect(1, email=None), "e2"),
            purchase(prospect(1), "e3"),
        )
        bench.drain()
        assert {bench.entry(one).state for one in entries} == {"done"}
        assert [(row.get("Title"), row.get("Email")) for row in bench.rows(person)] == [
            ("Engineer", None)
        ]


def test_what_cannot_be_left_out_beside_it_holds(bench: Calls) -> None:
    """A rule that holds its entry, or a field that a create requires and nothing else fills."""
    bench.rule["fields"] = {
        "Lead": {"Title": {"from": "prospect.title", "misfit": "hold"}, "LastName": "'Lovelace'"}
    }
    entries = []
    for number, name in enumerate(("Title", "LastName"), 1):
        fields = ("Score__c", name, "Email")
        bench.crm.refuse = lambda _, named=fields: Rejected("A_CODE", "", named)  # type: ignore[misc]
        entries += bench.feed(purchase(prospect(number), f"e{number}"))
        bench.drain()
        assert bench.calls == number
    assert {bench.entry(one).state for one in entries} == {"held"}


def test_a_refusal_that_stays_without_the_value_is_not_tried_a_third_time(bench: Calls) -> None:
    bench.crm.refuse = lambda _: Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", ("Title",))
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    bench.drain()
    assert bench.entry(entry).state == "held"
    assert bench.calls == 2


def test_what_an_entry_waits_for_goes_on_with_it(contacts: Calls) -> None:
    """A later purchase of the same person relies on the record that was refused."""
    contacts.refuse(("Contact", "Title", "Engineer", "A_CODE"))
    first, second = contacts.feed(
        purchase(prospect(1), "e1"), purchase(prospect(1, phone="+46 8 1"), "e2")
    )
    contacts.drain()
    assert [contacts.entry(one).state for one in (first, second)] == ["done", "done"]
    (row,) = contacts.rows("Contact")
    assert (row.get("Title"), row["Phone"]) == (None, "+46 8 1")


def test_a_touchpoint_in_the_same_pass_is_logged_on_the_person(bench: Calls) -> None:
    bench.refuse(("Lead", "Email", "ada1@acme1.example", "INVALID_EMAIL_ADDRESS"))
    entries = bench.feed(purchase(prospect(1)), touchpoint(prospect(1)))
    bench.drain()
    assert [bench.entry(one).state for one in entries] == ["done", "done"]
    (task,) = bench.rows("Task")
    assert [task["WhoId"]] == list(bench.crm.rows["Lead"])


def test_a_held_value_is_retried_when_its_rule_changes_to_leaving_it_out(bench: Calls) -> None:
    bench.refuse(("Lead", "Title", "Engineer", "A_CODE"))
    title: Json = {"Lead": {"Title": {"from": "prospect.title", "misfit": "hold"}}}
    bench.rule["fields"] = title
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "held"
    bench.rule["fields"] = {}
    bench.drain()
    assert bench.entry(entry).state == "done"


def test_the_next_source_takes_the_place_of_a_refused_value(bench: Calls) -> None:
    bench.refuse(("Lead", "Website", "https://acme.example/x", "A_CODE"))
    company = {**dict(prospect(1)["company"]), "website": "https://acme.example/x"}  # type: ignore[call-overload]
    (entry,) = bench.feed(purchase(prospect(1, company=company)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert [row["Website"] for row in bench.rows("Lead")] == ["acme1.example"]
    (step,) = [step for step in bench.entry(entry).steps if step.field == "Website"]
    assert (step.code, step.data["code"]) == ("other_source", "A_CODE")
    assert bench.calls == 2


def test_a_value_made_of_a_list_is_left_out_like_any(bench: Calls) -> None:
    bench.rule["fields"] = {"Lead": {"Industry": "prospect.tags"}}
    bench.crm.refuse = lambda write: (
        Rejected("A_CODE", "", ("Industry", "Industry")) if "Industry" in write.values else None
    )
    bench.crm.org = with_field(bench.crm.org, "Lead", "Industry", "multipicklist")
    first, second = bench.feed(
        purchase(prospect(1, tags=["Technology", "Finance"]), "e1"),
        purchase(prospect(1, tags=["Technology", "Finance"]), "e2"),
    )
    bench.drain()
    assert [bench.entry(one).state for one in (first, second)] == ["done", "done"]
    assert [row.get("Industry") for row in bench.rows("Lead")] == [None]
