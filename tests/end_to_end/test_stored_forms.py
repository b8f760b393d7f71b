"""What is written is what Salesforce stores, from the hook to the org: cleaned, rounded, in the
order of its list, on its lists of states and countries; and found again in that form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.emulator.org.spec import ADMIN
from zsf_plugin.messages.text import step_text

NUMBERS = count()
SELLER = {
    "Username": USER["email"],
    "Email": USER["email"],
    "LastName": "Seller",
    "TimeZoneSidKey": "America/Los_Angeles",
}
FIELDS = [
    {
        "object": "Lead",
        "name": "Topics__c",
        "type": "multipicklist",
        "picklist": ["Tech", "People", "Money"],
        "restricted": True,
    },
    {"object": "Lead", "name": "Revenue__c", "type": "currency", "precision": 18, "scale": 2},
    {"object": "Lead", "name": "Bought__c", "type": "date"},
    {"object": "Lead", "name": "Born__c", "type": "date"},
    {
        "object": "Lead",
        "name": "Stage__c",
        "type": "picklist",
        "picklist": ["New", "Won"],
        "restricted": True,
    },
]
RULE = """
[fields.Lead]
Topics__c = { from = "prospect.custom.topics", overwrite = "if_ours" }
Revenue__c = { from = "prospect.custom.revenue", overwrite = "if_ours" }
Email = { from = "prospect.email", overwrite = "if_ours" }
Bought__c = "occurred_at"
Born__c = "prospect.custom.born"
Stage__c = ["prospect.custom.first", "prospect.custom.second"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    spec = OrgSpec(address_lists=True, fields=FIELDS, users=[ADMIN, SELLER])
    with Emulator(spec) as emulator:
        made = Place(tmp_path, emulator)
        made.rule(RULE)
        made.connect()
        yield made
        made.app.close()


def written(place: Place, **person: Any) -> dict[str, Any]:
    """The only Lead after a purchase of that person, which must not be held."""
    receipt = place.purchase(f"e{next(NUMBERS)}", **person)
    place.drain()
    entry = place.entry(receipt["entry"])
    assert (entry.state, entry.cause) == ("done", None)
    (lead,) = place.leads()
    return lead


def story(place: Place, **person: Any) -> tuple[dict[str, Any], list[str]]:
    """The only Lead after a purchase, and the entry's story."""
    receipt = place.purchase("e1", **person)
    place.drain()
    (lead,) = place.leads()
    return lead, [step_text(step) for step in place.entry(receipt["entry"]).steps]


def test_what_we_wrote_is_recognised_and_replaced_however_the_org_stores_it(place: Place) -> None:
    first = {"topics": "Money;Tech;Money", "revenue": 1234.567}
    lead = written(place, email="Ada.B@Acme.example", custom=first)
    assert (lead["Topics__c"], lead["Revenue__c"]) == ("Tech;Money", 1234.57)
    assert lead["Email"] == "ada.b@acme.example"
    second = {"topics": "People", "revenue": 2000.0}
    lead = written(place, email="Ada.New@Acme.example", custom=second)
    assert (lead["Topics__c"], lead["Revenue__c"]) == ("People", 2000)
    assert lead["Email"] == "ada.new@acme.example"


def test_what_a_person_changed_meanwhile_stays(place: Place) -> None:
    lead = written(place, custom={"topics": "Money;Tech", "revenue": 5})
    place.control("PATCH", f"records/Lead/{lead['Id']}", {"Topics__c": "Tech", "Revenue__c": 6})
    lead = written(place, custom={"topics": "People", "revenue": 7})
    assert (lead["Topics__c"], lead["Revenue__c"]) == ("Tech", 6)


def test_an_unchanged_value_is_never_written_again(place: Place) -> None:
    place.rule(RULE.replace("if_ours", "always"))
    custom = {"topics": "Money;Tech", "revenue": 1234.567}
    written(place, email="Ada@Acme.example", custom=custom)
    receipt = place.purchase("again", email="ADA@acme.example", custom={**custom, "x": 1})
    place.drain()
    codes = [step.code for step in place.entry(receipt["entry"]).steps]
    assert "updated" not in codes


@pytest.mark.parametrize(
    ("topics", "stored"),
    [
        ("Tech;People;", "Tech;People"),
        (["Tech", ""], "Tech"),
        (["Tech", None], "Tech"),
        (["Tech", "Astrology"], "Tech"),
        ("Money; people", "People;Money"),
    ],
)
def test_of_several_choices_those_that_fit_are_written(
    place: Place, topics: Any, stored: str
) -> None:
    lead, steps = story(place, custom={"topics": topics})
    assert lead["Topics__c"] == stored
    noted = [step for step in steps if "Topics__c" in step and "values" in step]
    assert len(noted) == ("Astrology" in topics)
    assert ("(Astrology)" in str(noted)) == ("Astrology" in topics)


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("mailto:ada@acme.example", "ada@acme.example"),
        ("\u200bada@acme.example", "ada@acme.example"),
        ("Ada Byron <Ada@acme.example>", "ada@acme.example"),
        (".ada@acme.example", None),
        ("ada@acme.example;bo@acme.example", "ada@acme.example"),
        ("ada@acme.example;bo", None),
    ],
)
def test_an_address_is_cleaned_or_left_out_and_holds_nobody(
    place: Place, email: str, stored: str | None
) -> None:
    assert written(place, email=email)["Email"] == stored
    written(place, email=email, title="Countess")  # found again, by link


@pytest.mark.parametrize(
    "person",
    [
        {"first_name": "Maria da Conceicao Aparecida Fernandes dos Santos"},
        {"last_name": "van der Westhuizen-" + "Montgomery " * 7},
        {"company": {"name": "Verein zur Förderung " * 15}},
        {"company": {"name": "Ac\u00adme\u200b Inc"}},
    ],
)
def test_a_person_whose_name_was_changed_to_fit_is_found_again(
    place: Place, person: dict[str, Any]
) -> None:
    whole = {"company": {"name": "Acme"}, "email": None, **person}
    written(place, id="first", **whole)
    written(place, id="second", **whole)


def test_in_one_batch_they_are_one_person_too(place: Place) -> None:
    for number in (1, 2):
        company = {"name": "Verein zur Förderung " * 15}
        place.purchase(f"e{number}", id=f"p{number}", email=None, company=company)
    place.drain()
    assert len(place.leads()) == 1


@pytest.mark.parametrize(
    ("location", "state", "country"),
    [
        ({"city": "Paris", "region": "Île-de-France", "country": "France"}, None, "France"),
        ({"region": "California", "country": "USA"}, None, None),
        ({"region": "California", "country": "USA", "country_code": "us"}, "California", "US"),
        ({"region": "CA", "country": "United States"}, "California", "US"),
        ({"region": "ca", "country_code": "US"}, "California", "US"),
        ({"region": "WA", "country": "AUSTRALIA"}, "Western Australia", "AU"),
        ({"region": "California"}, None, None),
        ({"region": "Bavaria", "country": "Germany"}, None, "Germany"),
    ],
)
def test_a_state_and_a_country_are_those_of_the_orgs_lists(
    place: Place, location: dict[str, str], state: str | None, country: str | None
) -> None:
    lead, steps = story(place, location=location)
    labels = {"US": "United States", "AU": "Australia"}
    assert (lead["State"], lead["Country"]) == (state, labels.get(str(country), country))
    assert lead["City"] == location.get("city")
    assert any("State left out" in step for step in steps) == (state is None)


def test_a_state_is_added_to_the_country_that_the_record_holds(place: Place) -> None:
    lead = written(place, location={"country": "Canada"})
    lead = written(place, location={"region": "bc"})
    assert (lead["State"], lead["Country"]) == ("British Columbia", "Canada")


def test_the_first_source_that_fits_is_written(place: Place) -> None:
    website = "https://acme16.example/l?" + "utm_campaign=abcdefghij&" * 12
    company = {"name": "Acme", "website": website, "domain": "acme16.example"}
    custom = {"first": "Nope", "second": "won"}
    lead, steps = story(place, company=company, custom=custom)
    assert (lead["Website"], lead["Stage__c"]) == ("acme16.example", "Won")
    assert len([step for step in steps if "next source" in step]) == 2
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-20T11:00:00Z"}
    sent = {"id": "t1", "channel": "email", "step": 1, "sent_at": "24/11/2026"}
    prospect = {"id": "p1", "email": "ada@acme.example", "last_name": "Byron"}
    place.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=prospect, user=USER)
    )
    place.drain()
    (task,) = place.emulator.org.rows["Task"].values()
    assert task["ActivityDate"] == "2026-11-20"


def test_a_moment_is_the_day_that_it_was_for_the_owner(place: Place) -> None:
    call = {"workspace": "default", "event_id": "e1", "occurred_at": "2026-11-21T04:30:00Z"}
    custom = {"born": "1980-05-01T00:00:00+02:00"}
    prospect = {"id": "p1", "last_name": "Byron", "email": "ada@acme.example", "custom": custom}
    place.app.intake.receive("on_prospect_purchased", dict(**call, prospect=prospect, user=USER))
    place.drain()
    (lead,) = place.leads()
    assert (lead["Bought__c"], lead["Born__c"]) == ("2026-11-20", "1980-05-01")


@pytest.mark.parametrize("born", ["1699-12-31", "4001-01-01", "80-05-01", "0080-05-01"])
def test_a_date_outside_salesforces_calendar_is_left_out(place: Place, born: str) -> None:
    assert written(place, custom={"born": born})["Born__c"] is None
