"""What people type into websites, e-mail addresses, numbers and dates: what is certain is written
and matched by; what is not joins nobody and is left out, and the story says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.field.conftest import Open
from tests.field.trial import RULES, person


def of_firm(name: str, **company: Any) -> dict[str, Any]:
    return person(name, company={"name": f"Firm {name}", **company})


@pytest.mark.parametrize(
    ("there", "comes"),
    [
        *[
            ("https://co.uk", "www.co.uk"),
            ("github.io", "github.io"),
            ("com.au", "http://com.au/x"),
        ],
        *[("www.none.com", "none.com"), ("example.com", "https://example.com/about")],
        *[("yourdomain.com", "www.yourdomain.com"), ("test.com", "test.com")],
        *[("a.github.io", "b.github.io"), ("linktr.ee/a", "linktr.ee/b")],
        *[
            ("sites.google.com/view/a", "sites.google.com/view/b"),
            ("a.wixsite.com", "b.wixsite.com"),
        ],
        *[("facebook.com/a", "facebook.com/b"), ("a@gmail.com", "info@gmail.com")],
    ],
)
def test_strangers_never_become_one_company(start_trial: Open, there: str, comes: str) -> None:
    trial = start_trial("contact", records={"Account": [{"Name": "Stranger", "Website": there}]})
    trial.buy(of_firm("Doe", website=comes))
    trial.buy(of_firm("Roe", website=comes))
    trial.sync()
    assert sorted(row["Name"] for row in trial.rows("Account")) == [
        "Firm Doe",
        "Firm Roe",
        "Stranger",
    ]
    assert trial.row("Account", "Stranger")["Website"] == there


@pytest.mark.parametrize(
    "website",
    [
        *("acme.example / acme-group.example", "acme.example, acme-group.example"),
        *("https://acme.example (old)", "acme.example \u2013 closed", "Website: acme.example"),
        "www.acme.example and www.acme-group.example",
    ],
)
@pytest.mark.parametrize("way", ["comes", "is there"])
def test_the_first_of_several_sites_is_the_companys(
    start_trial: Open, website: str, way: str
) -> None:
    there, comes = ("acme.example", website) if way == "comes" else (website, "acme.example")
    trial = start_trial("contact", records={"Account": [{"Name": "Acme", "Website": there}]})
    trial.buy(of_firm("Doe", website=comes))
    trial.sync()
    assert trial.row("Contact", "Doe")["AccountId"] == trial.row("Account", "Acme")["Id"]


def test_a_website_is_written_as_it_came_and_an_address_is_none(start_trial: Open) -> None:
    trial = start_trial()
    trial.buy(of_firm("Doe", website="acme.example, acme-group.example"))
    mail = trial.buy(of_firm("Roe", website="jo@gmail.com"))
    second = trial.buy(of_firm("Poe", website="info@poe.example", domain="poe.example"))
    trial.sync()
    assert trial.row("Lead", "Doe")["Website"] == "acme.example, acme-group.example"
    assert trial.row("Lead", "Roe")["Website"] is None
    assert trial.row("Lead", "Poe")["Website"] == "poe.example"
    assert "Website left out: an e-mail address" in trial.story(mail)
    assert "Website filled from its next source" in trial.story(second)


@pytest.mark.parametrize(
    ("email", "stored", "note"),
    [
        ("<N@Doe.example", "n@doe.example", ""),
        ("n@doe.example (work)", "n@doe.example", ""),
        ("E-mail: n@doe.example", "n@doe.example", ""),
        ("n@doe.example?subject=x", "n@doe.example", ""),
        ("n@doe.example/", "n@doe.example", ""),
        ("n@doe.example; b@doe.example", "n@doe.example", "takes one only"),
        ("Ann <n@doe.example>, Bo <b@doe.example>", "n@doe.example", "takes one only"),
        ("n at doe dot example", None, "not an e-mail address"),
        ("n@doe.example (left)", None, "not an e-mail address"),
    ],
)
def test_an_address_is_written_and_found_if_it_is_certain(
    start_trial: Open, email: str, stored: str | None, note: str
) -> None:
    trial = start_trial()
    event = trial.buy(person("Doe", email=email))
    trial.sync()
    assert trial.row("Lead", "Doe")["Email"] == stored
    assert note in trial.story(event)
    assert bool(note) == ("Email" in trial.story(event).replace("found by Email", ""))
    trial.hour_passes()
    trial.buy({**person("Doe", email=stored or email), "id": "another"})
    trial.sync()
    assert len(trial.rows("Lead")) == 1


def test_a_made_up_host_makes_nobody_of_two_people(start_trial: Open) -> None:
    there = {"LastName": "Byron", "FirstName": "Ada", "Email": "x@noemail.com", "Company": "B"}
    trial = start_trial(records={"Lead": [there]}, duplicate_rules=[])
    trial.buy(person("Doe", email="x@noemail.com"))
    trial.sync()
    assert sorted(row["LastName"] for row in trial.rows("Lead")) == ["Byron", "Doe"]


FIELDS: list[dict[str, Any]] = [
    {"object": "Lead", "name": "Rev__c", "type": "currency", "precision": 18, "scale": 2},
    {"object": "Lead", "name": "Count__c", "type": "int", "digits": 8},
    {"object": "Lead", "name": "Day__c", "type": "date"},
    {"object": "Lead", "name": "At__c", "type": "datetime"},
]


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        *[("Count__c", "250", 250), ("Count__c", "1 000", 1000), ("Count__c", "1,000", None)],
        *[("Count__c", "1.000", None), ("Count__c", "51-200", None), ("Count__c", "250+", None)],
        *[
            ("Rev__c", "1.000,50", 1000.5),
            ("Rev__c", "1,000,000", 1000000),
            ("Rev__c", "1e3", None),
        ],
        *[("Rev__c", "\u20ac 5", None), ("Rev__c", "12.125", None)],
        *[("Day__c", "2026-060", "2026-03-01"), ("Day__c", "2026-W09-7", "2026-03-01")],
        *[("Day__c", "2026-03-01T24:00+01:00", "2026-03-02"), ("Day__c", "01/02/2026", None)],
        *[("Day__c", 1772359200000, "2026-03-01"), ("Day__c", "2026-03-01+02:00", "2026-03-01")],
        *[
            ("At__c", "2026-03-01T24:00:00Z", "2026-03-02"),
            ("At__c", "2016-12-31T23:59:60Z", "2016-12-31"),
        ],
        *[("At__c", "1772359200", "2026-03-01"), ("At__c", "2026-W09", None)],
    ],
)
def test_a_number_or_moment_is_written_if_it_is_certain(
    start_trial: Open, field: str, value: Any, stored: Any
) -> None:
    rules = f'[fields.Lead]\n{field} = {{from = "prospect.custom.v", overwrite = "always"}}\n'
    trial = start_trial(rules=rules, fields=FIELDS)
    event = trial.buy(person("Doe", custom={"v": value}))
    trial.sync()
    found = trial.row("Lead", "Doe")[field]
    assert (found[:10] if field == "At__c" and found else found) == stored
    assert (f"{field} left out" in trial.story(event)) == (stored is None)
    before = trial.writes()
    trial.hour_passes()
    trial.buy(person("Doe", custom={"v": value}), "again")
    trial.sync()
    assert trial.writes() == before


def test_an_activity_has_no_hidden_parts_of_its_message(start_trial: Open) -> None:
    html = (
        "<html><head><title>T</title><style>p {}</style></head><body>"
        '<div style="display:none;max-height:0;overflow:hidden">Preview&zwnj;&nbsp;&#847;</div>'
        "<!--[if mso]>Outlook<![endif]--><p>Hello Ann,</p>"
        '<blockquote>On Monday you wrote</blockquote><img src="x" width="1" height="1"></body></html>'
    )
    trial = start_trial()
    trial.place.rule(RULES.format(mode="lead") + "include_contents = true\n")
    trial.touch(person("Doe"), subject="S", content={"html": html})
    trial.buy(person("Doe"))
    trial.sync()
    (task,) = trial.rows("Task")
    assert task["Description"].split() == "Hello Ann, On Monday you wrote".split()
