"""Encrypted, hidden and unfilterable match keys: nobody is created as if looked for, the story
names the field, and the rest of the workspace goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.field.conftest import Open
from tests.field.trial import Trial, person

ADA = {"LastName": "Byron", "FirstName": "Ada", "Email": "doe@doe.example"}
MODES = [("lead", "Lead"), ("contact", "Contact")]


def changed(object_: str, name: str, **change: Any) -> dict[str, Any]:
    return {"object": object_, "name": name, **change}


def secret_email(**change: Any) -> list[dict[str, Any]]:
    return [changed(name, "Email", **change) for name in ("Lead", "Contact")]


WAYS = [{"encrypted": "probabilistic"}, {"filterable": False}]


def records(object_: str) -> dict[str, Any]:
    return {object_: [{**ADA, "Company": "B"} if object_ == "Lead" else ADA]}


def people(trial: Trial) -> int:
    return len(trial.rows("Lead")) + len(trial.rows("Contact"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("mode", "object_"), MODES)
@pytest.mark.parametrize("there", ["Lead", "Contact"])
def test_a_person_who_cannot_be_asked_for_is_held_and_the_field_is_named(
    start_trial: Open, mode: str, object_: str, there: str, way: dict[str, Any]
) -> None:
    spec = {"field_changes": secret_email(**way), "records": records(there)}
    trial = start_trial(mode, duplicate_rules=[], **spec)
    event = trial.buy(person("Doe"))
    trial.place.drain()
    assert trial.entry(event).state == "held"
    assert "Email" in trial.story(event)
    assert people(trial) == 1


def test_an_admin_may_choose_to_create_instead(start_trial: Open) -> None:
    trial = start_trial(
        rules='[match]\nunasked = "create"\n',
        field_changes=secret_email(encrypted="probabilistic"),
        duplicate_rules=[],
    )
    event = trial.buy(person("Doe"))
    trial.sync()
    assert trial.row("Lead", "Doe")["Email"] == "doe@doe.example"
    assert "Email" in trial.story(event)


def test_a_person_without_that_value_is_searched_by_the_next_key(start_trial: Open) -> None:
    there = {"LastName": "Doe", "FirstName": "Given", "Company": "Firm Doe"}
    trial = start_trial(
        field_changes=secret_email(encrypted="probabilistic"), records={"Lead": [there]}
    )
    trial.buy(person("Doe", email=None, title="Buyer"))
    trial.sync()
    assert trial.row("Lead", "Doe")["Title"] == "Buyer"


@pytest.mark.parametrize("scheme", ["deterministic", "deterministic_exact"])
@pytest.mark.parametrize("there", ["Lead", "Contact"])
def test_a_deterministic_address_is_asked_by_equality(
    start_trial: Open, there: str, scheme: str
) -> None:
    trial = start_trial(
        field_changes=secret_email(encrypted=scheme), records=records(there), duplicate_rules=[]
    )
    trial.buy(person("Byron", first_name="Ada", email="Doe@Doe.example", title="Countess"))
    trial.sync()
    assert people(trial) == 1
    assert trial.row(there, "Byron")["Title"] == "Countess"


@pytest.mark.parametrize("scheme", ["deterministic", "probabilistic"])
@pytest.mark.parametrize("website", ["firm.example", "https://www.firm.example/"])
def test_a_website_that_takes_no_like_stops_nobody(
    start_trial: Open, scheme: str, website: str
) -> None:
    there = {"Name": "There", "Website": website}
    trial = start_trial(
        "contact",
        field_changes=[changed("Account", "Website", encrypted=scheme)],
        records={"Account": [there]},
    )
    trial.buy(person("Doe", company={"name": "There", "domain": "firm.example"}))
    trial.buy(person("Roe", company=None))
    trial.sync()
    (account,) = trial.rows("Account")
    assert trial.row("Contact", "Doe")["AccountId"] == account["Id"]
    assert trial.row("Contact", "Roe")["AccountId"] is None


@pytest.mark.parametrize(
    "website", ["firm.example", "http://firm.example", "https://www.firm.example/"]
)
def test_a_deterministic_website_is_asked_by_its_usual_forms(
    start_trial: Open, website: str
) -> None:
    trial = start_trial(
        "contact",
        field_changes=[changed("Account", "Website", encrypted="deterministic")],
        records={"Account": [{"Name": "There", "Website": website}]},
    )
    trial.buy(person("Doe", company={"name": "Another name", "domain": "firm.example"}))
    trial.sync()
    (account,) = trial.rows("Account")
    assert trial.row("Contact", "Doe")["AccountId"] == account["Id"]


KEY = {"object": "Lead", "name": "Number__c", "type": "string", "length": 40}
BY_NUMBER = """
[fields.Lead]
Number__c = "prospect.custom.number"
[match]
Lead = [["Number__c"]]
Contact = []
"""


@pytest.mark.parametrize("way", WAYS)
def test_a_key_of_the_admins_own_is_treated_alike(start_trial: Open, way: dict[str, Any]) -> None:
    trial = start_trial(rules=BY_NUMBER, fields=[{**KEY, **way}], duplicate_rules=[])
    event = trial.buy(person("Doe", custom={"number": "A 17"}))
    trial.place.drain()
    assert trial.entry(event).state == "held"
    assert "Number__c" in trial.story(event)
    assert people(trial) == 0


def test_a_touchpoint_of_someone_who_cannot_be_asked_for_creates_nobody(start_trial: Open) -> None:
    trial = start_trial(
        field_changes=secret_email(encrypted="probabilistic"),
        records=records("Lead"),
        duplicate_rules=[],
    )
    event = trial.touch(person("Doe"))
    trial.place.drain()
    assert trial.entry(event).state == "held"
    assert (people(trial), trial.rows("Task")) == (1, [])


@pytest.mark.parametrize("way", WAYS)
def test_a_search_says_that_it_does_not_know(start_trial: Open, way: dict[str, Any]) -> None:
    trial = start_trial(field_changes=secret_email(**way), records=records("Lead"))
    answer = trial.place.app.badges.answer("default", [person("Doe")], {}, 60.0)
    (badge,) = answer["results"].values()
    assert badge["badge"] == "unknown"


def test_what_becomes_askable_is_released(start_trial: Open) -> None:
    trial = start_trial(
        field_changes=secret_email(filterable=False), records=records("Lead"), duplicate_rules=[]
    )
    event = trial.buy(person("Byron", first_name="Ada", email=ADA["Email"], title="Countess"))
    trial.place.drain()
    assert trial.entry(event).state == "held"
    for change in secret_email(filterable=True):
        trial.control("fields", change, "PATCH")
    trial.hour_passes()
    trial.sync()
    assert trial.row("Lead", "Byron")["Title"] == "Countess"
