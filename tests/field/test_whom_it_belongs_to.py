"""Companies, shared mailboxes, owners, and what people did in the org meanwhile: a purchase or a
touchpoint reaches the record that it is about, or the story says why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.field.conftest import Open
from tests.field.trial import Trial, person


def account_of(trial: Trial, name: str) -> Any:
    """The name of the Account that a Contact stands under."""
    accounts = {row["Id"]: row["Name"] for row in trial.rows("Account")}
    return accounts.get(trial.row("Contact", name)["AccountId"])


@pytest.mark.parametrize(
    ("website", "company"),
    [
        ("https://www.firm-doe.example/", {"domain": "firm-doe.example"}),
        ("firm-doe.example", {"website": "HTTPS://FIRM-DOE.example:443/about?x=1"}),
        ("https://www.firm-doe.example/", {"domain": "firm-doe.example", "name": "Other"}),
        (
            "firm-doe.example",
            {"website": "HTTPS://FIRM-DOE.example:443/about?x=1", "name": "Other"},
        ),
        ("http://firm-doe.example", {"website": "http//firm-doe.example", "name": "Other"}),
        ("http://firm-doe.example", {"domain": "www.www.firm-doe.example.", "name": "Other"}),
        ("www.xn--bcher-kva.example", {"domain": "bücher.example", "name": "Other"}),
        ("https://bücher.example/", {"domain": "xn--bcher-kva.example", "name": "Other"}),
        ("https://BÜCHER.example", {"website": "https://https://bücher.example", "name": "Other"}),
    ],
)
def test_a_company_is_found_by_any_form_of_its_host(
    start_trial: Open, website: str, company: dict[str, str]
) -> None:
    trial = start_trial("contact", records={"Account": [{"Name": "There", "Website": website}]})
    trial.buy(person("Doe", company=company))
    trial.sync()
    assert account_of(trial, "Doe") == "There"
    assert len(trial.rows("Account")) == 1


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "[::1]", "localhost", "n/a", "none", "-", "intranet", "3232235777"]
)
def test_a_host_that_identifies_nobody_joins_no_companies(start_trial: Open, host: str) -> None:
    there = {"Name": "There", "Website": f"http://{host}/crm"}
    trial = start_trial("contact", records={"Account": [there]})
    trial.buy(person("Doe", company={"name": "Own", "website": f"http://{host}"}))
    trial.sync()
    assert account_of(trial, "Doe") == "Own"
    assert trial.row("Account", "There")["Website"] == there["Website"]


SHARED = ["info@role.example", "sales@role.example", "Office@Role.example"]


@pytest.mark.parametrize("address", SHARED)
@pytest.mark.parametrize(("mode", "object_"), [("lead", "Lead"), ("contact", "Contact")])
@pytest.mark.parametrize("at_once", [True, False])
def test_two_people_of_one_mailbox_are_two_people(
    start_trial: Open, mode: str, object_: str, address: str, *, at_once: bool
) -> None:
    trial = start_trial(mode, duplicate_rules=[])
    company = {"id": "c", "name": "Role Ltd"}
    ann = person("One", first_name="Ann", email=address, title="Buyer", company=company)
    bo = person("Two", first_name="Bo", email=address, title="CEO", company=company)
    trial.buy(ann)
    if not at_once:
        trial.sync()
    trial.buy(bo)
    trial.touch(bo)
    trial.sync()
    assert trial.row(object_, "One")["Title"] == "Buyer"
    assert trial.row(object_, "Two")["Title"] == "CEO"
    (task,) = trial.rows("Task")
    assert task["WhoId"] == trial.row(object_, "Two")["Id"]


def test_the_second_of_a_mailbox_is_held_if_a_duplicate_rule_of_the_org_objects(
    start_trial: Open,
) -> None:
    trial = start_trial()
    trial.buy(person("One", first_name="Ann", email=SHARED[0]))
    event = trial.buy(person("Two", first_name="Bo", email=SHARED[0]))
    trial.sync("p-One")
    assert trial.entry(event).state == "held"
    assert "another name" in trial.story(event)
    assert "duplicate rule" in trial.story(event)
    assert len(trial.rows("Lead")) == 1


def test_an_address_of_ones_own_connects_whatever_the_name_and_the_story_says_so(
    start_trial: Open,
) -> None:
    there = {"LastName": "Married", "FirstName": "Ann", "Company": "B", "Email": "ann@own.example"}
    trial = start_trial(records={"Lead": [there]})
    event = trial.buy(person("Maiden", first_name="Ann", email="ann@own.example"))
    trial.sync()
    assert len(trial.rows("Lead")) == 1
    assert "name" in trial.story(event)


@pytest.fixture
def known(start_trial: Open) -> Trial:
    """A workspace whose prospect Doe has become a Lead."""
    trial = start_trial()
    trial.buy(person("Doe"))
    trial.sync()
    trial.hour_passes()
    return trial


def reaches(trial: Trial, object_: str, record_id: str) -> None:
    """The next touchpoint and purchase of Doe reach this record, and make no other."""
    before = {name: len(trial.rows(name)) for name in ("Lead", "Contact")}
    trial.touch(person("Doe"))
    trial.buy(person("Doe", title="Head"), "again")
    trial.sync()
    (task,) = trial.rows("Task")
    assert task["WhoId"] == record_id
    (row,) = [row for row in trial.rows(object_) if row["Id"] == record_id]
    assert row["Title"] == "Head"
    assert {name: len(trial.rows(name)) for name in before} == before


def another(trial: Trial, object_: str, **values: Any) -> str:
    stock = {"LastName": "Winner", "Email": "winner@else.example"}
    stock |= {"Company": "Else"} if object_ == "Lead" else {}
    return str(trial.control(f"records/{object_}", {**stock, **values})["id"])


def merge(trial: Trial, object_: str, loser: str, winner: str) -> str:
    trial.control("merge", {"object": object_, "winner": winner, "loser": loser})
    return winner


def convert(trial: Trial, lead: str, **into: str) -> str:
    return str(trial.control("convert", {"lead": lead, **into})["contact"])


def test_converted_then_merged(known: Trial) -> None:
    contact = convert(known, known.row("Lead", "Doe")["Id"])
    known.control(f"records/Contact/{contact}", {"Email": "x9@else.example"}, "PATCH")
    reaches(known, "Contact", merge(known, "Contact", contact, another(known, "Contact")))


def test_converted_then_merged_twice(known: Trial) -> None:
    contact = convert(known, known.row("Lead", "Doe")["Id"])
    first = merge(known, "Contact", contact, another(known, "Contact"))
    second = another(known, "Contact", LastName="Last", Email="last@else.example")
    reaches(known, "Contact", merge(known, "Contact", first, second))


def test_merged_then_converted(known: Trial) -> None:
    lead = merge(known, "Lead", known.row("Lead", "Doe")["Id"], another(known, "Lead"))
    reaches(known, "Contact", convert(known, lead))


def test_converted_into_a_contact_that_was_there(known: Trial) -> None:
    account = known.control("records/Account", {"Name": "There"})["id"]
    contact = another(known, "Contact", AccountId=account)
    lead = known.row("Lead", "Doe")["Id"]
    reaches(known, "Contact", convert(known, lead, account=account, contact=contact))


def test_deleted_and_restored(known: Trial) -> None:
    lead = known.row("Lead", "Doe")["Id"]
    known.control("delete", {"id": lead})
    known.control("undelete", {"id": lead})
    reaches(known, "Lead", lead)


def test_deleted_for_good_and_bought_again_unchanged(known: Trial) -> None:
    known.control("delete", {"id": known.row("Lead", "Doe")["Id"]})
    known.control("empty_bin")
    known.buy(person("Doe"), "again")
    known.sync()
    assert len(known.rows("Lead")) == 1


def test_a_company_that_comes_later_replaces_our_own_stand_in(start_trial: Open) -> None:
    trial = start_trial()
    trial.buy(person("Doe", company=None))
    trial.buy(person("Roe", company=None))
    trial.sync()
    lead = trial.row("Lead", "Roe")["Id"]
    trial.control(f"records/Lead/{lead}", {"Company": "By hand"}, "PATCH")
    trial.hour_passes()
    for name in ("Doe", "Roe"):
        trial.buy(person(name, company={"name": "Real"}), f"later {name}")
    trial.sync()
    companies = {name: trial.row("Lead", name)["Company"] for name in ("Doe", "Roe")}
    assert companies == {"Doe": "Real", "Roe": "By hand"}


@pytest.mark.parametrize("policy", ["on_create", "if_blank", "always", "if_ours"])
def test_an_owner_that_a_rule_maps_is_reported_as_such(start_trial: Open, policy: str) -> None:
    trial = start_trial()
    queue = trial.control("records/Group", {"Name": "Leads", "Type": "Queue"})["id"]
    owner = f'OwnerId = {{value = "{queue}", overwrite = "{policy}"}}'
    trial.place.rule(f"[owner]\nfrom = false\n[fields.Lead]\n{owner}\n", "60.toml")
    event = trial.buy(person("Doe"))
    trial.sync()
    assert trial.row("Lead", "Doe")["OwnerId"] == queue
    assert queue in trial.story(event)
    assert "no owner" not in trial.story(event)
