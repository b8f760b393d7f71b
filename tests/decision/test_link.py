"""The ids of a host's things in Salesforce and in links: the same thing always has the same id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.org import describe
from zsf_plugin.model import FieldDescribe, Json, OrgFacts, company_id, external_id

TEXT = st.text(max_size=30)


@given(workspace=TEXT, host_id=TEXT)
def test_an_external_id_is_safe_in_a_url_for_any_host_id(workspace: str, host_id: str) -> None:
    made = external_id(workspace, "prospect", host_id)
    assert re.fullmatch(r"zp-[a-z2-7]{26}", made)
    assert made == external_id(workspace, "prospect", host_id)


def test_external_ids_never_change_between_versions() -> None:
    assert external_id("default", "prospect", "p1") == "zp-nxz47qixwamjj5zmqmurjjcvqi"


def test_workspace_kind_and_host_id_each_change_the_external_id() -> None:
    ids = {
        external_id("a", "prospect", "1"),
        external_id("b", "prospect", "1"),
        external_id("a", "company", "1"),
        external_id("a", "touchpoint", "1"),
        external_id("a", "prospect", "2"),
        external_id("ap", "prospect", "1"),
    }
    assert len(ids) == 6


def test_the_field_is_found_under_a_packages_namespace_too() -> None:
    own = FieldDescribe("acme__Zaplify_Id__c", "Zaplify Id", "string")
    assert describe("Lead").external_id_field == "Zaplify_Id__c"
    assert describe("Lead", external_id=False, extra=(own,)).external_id_field == own.name


def test_an_id_field_that_cannot_be_filtered_by_is_not_used() -> None:
    hidden = FieldDescribe("Zaplify_Id__c", "Zaplify Id", "string", filterable=False)
    assert describe("Lead", external_id=False, extra=(hidden,)).external_id_field is None
    assert describe("Lead", external_id=False).external_id_field is None


def test_an_org_names_the_field_of_each_object_that_has_one_and_is_not_hidden() -> None:
    org = OrgFacts(
        "00D", False, None, {"Lead": describe("Lead"), "Task": describe("Task", external_id=False)}
    )
    assert org.id_fields == {"Lead": "Zaplify_Id__c"}


def test_required_fields_come_by_name() -> None:
    names = [field.name for field in describe("Lead").required_fields]
    assert names == ["Company", "LastName"]


@pytest.mark.parametrize(
    ("company", "known_as"),
    [
        ({"id": "c1", "domain": "acme.example", "name": "Acme"}, "c1"),
        ({"domain": "https://www.Acme.example/about", "name": "Acme"}, "domain:acme.example"),
        ({"website": "acme.example", "name": "Acme"}, "domain:acme.example"),
        ({"website": "https://facebook.com/acme", "name": " ACME Inc "}, "name:acme inc"),
        (
            {"name": "  ", "linkedin_url": "https://linkedin.com/company/ACME/"},
            "linkedin:company/acme",
        ),
        ({"phone": "+46 (0)8 123 45 67"}, "phone:4681234567"),
        ({"name": "Self-employed", "phone": "+46 (0)8 123 45 67"}, None),
        ({"linkedin_url": "acme", "phone": "n/a"}, None),
        ({"name": "  "}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_company_is_known_by_its_id_else_domain_else_name_else_profile_or_phone(
    company: Json, known_as: str | None
) -> None:
    assert company_id({"id": "p1", "company": company}) == known_as


def test_field_names_ignore_case() -> None:
    lead = describe("Lead")
    assert lead.field("EMAIL") is lead.field("email") is lead.fields["Email"]
    assert lead.field("Emai") is None


def test_a_field_with_a_similar_name_is_not_ours() -> None:
    other = FieldDescribe("NotZaplify_Id__c", "Not ours", "string")
    assert describe("Lead", external_id=False, extra=(other,)).external_id_field is None
