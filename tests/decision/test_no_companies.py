"""Companies that name nobody: written as they are, and nobody is matched by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Changes, Json, World, company_id
from zsf_plugin.model.no_companies import names_no_company
from zsf_plugin.model.placeholders import is_placeholder
from zsf_plugin.sync.lookup import look_up_records

NOBODYS = [
    "Self-employed",
    "Self employed",
    "SELFEMPLOYED",
    "self\u2011employed",
    "Freelance",
    "Freelancer.",
    "Freelance Consultant",
    "Freelance Graphic Designer",
    "Self-employed / Freelance",
    "Independent",
    "Independent Consultant",
    "Independent IT Consultant",
    "Sole trader",
    "Confidential",
    "Stealth",
    "Stealth Mode Startup",
    "Retired",
    "Unemployed",
    "Student",
    "Private",
    "Home",
    "Consultant",
    "Looking for opportunities",
    "Open to work",
    "Selbstständig",
    "selbständig",
    "selbstaendig",
    "freiberuflich",
    "Rentner",
    "Indépendant",
    "independant",
    "Auto-entrepreneur",
    "à son compte",
    "Sans emploi",
    "Autónomo",
    "AUTONOMO",
    "Zelfstandig",
    "ZZP",
    "ZZP'er",
    "Libero professionista",
    "Egenföretagare",
    "egenforetagare",
    "Autônomo",
    "Selvstændig",
    "Yrittäjä",
    "Własna działalność",
    "wlasna dzialalnosc",
    "自由职业",
]
COMPANIES = [
    "Acme",
    "Freelance.com",
    "Freelance AB",
    "Independent Bank",
    "Independent News & Media",
    "Private Internet Access",
    "Home Depot",
    "Student Beans",
    "Stealth Communications",
    "Self Esteem Brands",
    "Consultant Connect",
    "Consulting",
    "Selfridges",
    "Unknown Worlds",
    "株式会社",
    "",
    "-",
]


@pytest.mark.parametrize("name", NOBODYS)
def test_such_a_name_is_known_in_any_spelling_and_is_no_placeholder(name: str) -> None:
    assert names_no_company(name)
    assert not is_placeholder("Company", name)


@pytest.mark.parametrize("name", COMPANIES)
def test_a_name_that_only_contains_such_a_word_is_a_company(name: str) -> None:
    assert not names_no_company(name)


@pytest.mark.parametrize(
    ("company", "known_as"),
    [
        ({"id": "c1", "name": "Self-employed"}, None),
        ({"id": "c1", "name": "Self-employed", "domain": "ada.example"}, "domain:ada.example"),
        ({"id": "c1", "name": "Freelance.com"}, "c1"),
        ({"name": "Freelance"}, None),
    ],
)
def test_a_host_may_give_one_id_to_all_who_have_no_company(
    company: Json, known_as: str | None
) -> None:
    assert company_id({"id": "p1", "company": company}) == known_as


def outcome(org: FakeCrm, person: dict[str, Json], mode: str = "lead", **rule: Json) -> Changes:
    made = plan(purchase(person), mode, **rule)  # type: ignore[arg-type]
    return reconcile(made, look_up_records([made], World(org.org), org, "purchases"))[0]


@given(
    st.sampled_from(NOBODYS),
    st.sampled_from([str.upper, str.title, str.lower, str.strip]),
    st.sampled_from(["", " ", ".", "!"]),
)
def test_nobody_is_ever_joined_by_it_and_it_is_written(
    name: str, dress: Callable[[str], str], end: str
) -> None:
    name = dress(name) + end
    org = FakeCrm(facts())
    org.add("Lead", FirstName="Ada1", LastName="Lovelace1", Company=name.strip())
    changes = outcome(org, prospect(1, email=None, company={"id": "c1", "name": name}))
    (write,) = changes.writes
    assert (write.action, write.values["Company"]) == ("create", name.strip())
    assert any("“self-employed”" in step_text(step) for step in changes.steps)


@pytest.mark.parametrize("name", NOBODYS)
def test_no_account_is_shared_or_created_by_it_and_the_story_says_so(name: str) -> None:
    org = FakeCrm(facts())
    org.add("Account", Name=name)
    changes = outcome(org, prospect(1, company={"id": "c1", "name": name}), "contact")
    (write,) = changes.writes
    assert (write.object, write.values.get("AccountId")) == ("Contact", None)
    story = list(map(step_text, changes.steps))
    assert any("“self-employed”" in text for text in story)
    assert any(text.startswith("no Account created") for text in story)


def test_the_account_of_a_domain_of_its_own_is_found_and_else_created() -> None:
    company: Json = {"id": "c1", "name": "Freelance", "domain": "ada.example"}
    org = FakeCrm(facts())
    account, contact = outcome(org, prospect(1, company=company), "contact").writes
    assert (account.object, account.values["Name"]) == ("Account", "Freelance")
    known = org.add("Account", Name="Ada Consulting", Website="https://ada.example")
    *_, contact = outcome(org, prospect(1, company=company), "contact").writes
    assert (contact.object, contact.values["AccountId"]) == ("Contact", known)


def test_it_is_found_by_another_key() -> None:
    org = FakeCrm(facts())
    lead = org.add("Lead", LastName="Lovelace1", Company="Freelance", Email="ada1@acme1.example")
    changes = outcome(org, prospect(1, company={"name": "Freelance"}))
    assert {write.ref for write in changes.writes} == {lead}


def test_a_field_of_the_rules_own_for_the_company_is_no_key_either() -> None:
    rule: dict[str, Json] = {
        "match": {"Lead": [["LastName", "Employer__c"]], "Contact": [["LastName", "Employer__c"]]},
        "fields": {
            "Lead": {"Employer__c": "prospect.custom.employer"},
            "Contact": {"Employer__c": "prospect.custom.employer"},
        },
    }
    person = prospect(1, custom={"employer": "Freelancer"})
    assert plan(purchase(person), **rule).targets["Lead"].keys == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Student", "Home", "Private", "Retired"])
def test_such_a_word_is_a_persons_name_too(name: str) -> None:
    made = plan(purchase(prospect(1, email=None, last_name=name))).targets["Lead"]
    assert made.keys
    assert made.names_none == ()


@given(st.text(max_size=90))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert names_no_company(text) in (True, False)
