"""The page *Field mapping* in a real browser: by keyboard among 800 fields, with a draft that nothing makes one lose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.access import assert_accessible_in_all_looks
from tests.browser.looks import NARROW
from tests.browser.scene import ADA, WORKSPACE, Console, Options
from tests.browser.shots import shoot
from zsf_plugin.console import Visitor
from zsf_plugin.emulator import OrgSpec

JORG = Visitor(WORKSPACE, "Jörg Öztürk", "u-jorg")
PERSON: dict[str, Any] = {
    "first_name": "Ragnhildur",
    "last_name": "Þorsteinsdóttir",
    "email": "ragnhildur.thorsteinsdottir@nordurljos.example",
    "title": "Chief Financial Officer and Deputy Chief Executive",
    "phone": "+354 555 0142",
    "linkedin_url": "https://linkedin.example/in/ragnhildur-thorsteinsdottir",
    "location": {"city": "Reykjavík", "country": "Iceland", "country_code": "IS"},
    "company": {
        "id": "c1",
        "name": "Norðurljós Orka hf.",
        "website": "https://nordurljos.example",
        "industry": "Energy",
        "employees": 1240,
    },
    "custom": {"seniority": "C-level"},
}
MODE = 'mode = "contact"\n'
FILE = '[fields.Contact]\nLeadSource = { value = "Zaplify", overwrite = "on_create" }\n'
SOME = 'when = "prospect.location.country_code == \'DE\'"\n[fields.Contact]\nPhone = "prospect.phone"\n'
CUSTOM = """
LinkedIn_Page__c|LinkedIn page|url|255
Personal_Link__c|Personal web link|string|120
Source_Link__c|Source link|url|255
LinkedIn_Connections__c|LinkedIn connections|double|6
LinkedIn_Checked__c|LinkedIn last checked|date|0
"""


def fields() -> Iterator[dict[str, Any]]:
    """812 fields on Contact, one of them demanded and filled by nobody."""
    for row in CUSTOM.strip().splitlines():
        name, label, kind, length = row.split("|")
        yield {"object": "Contact", "name": name, "label": label, "type": kind, "length": int(length)}
    basis = {"object": "Contact", "name": "Consent_Basis__c", "label": "Consent basis", "type": "picklist"}
    yield {**basis, "picklist": ["Contract", "Legitimate interest"], "restricted": True, "required": True}
    level = {"object": "Contact", "name": "Level__c", "label": "Level", "type": "picklist", "restricted": True}
    yield {**level, "picklist": ["Manager", "Director"]}
    for number in range(1, 771):
        yield {"object": "Contact", "name": f"Extra_{number}__c", "label": f"Extra field {number}", "type": "string"}


@pytest.fixture
def org_spec() -> OrgSpec:
    """An org with many fields."""
    return OrgSpec(name="Hällström & Vale AB", is_sandbox=True, fields=list(fields()))


@pytest.fixture
def console_options() -> Options:
    """A console whose entries are drained when a test says so."""
    return Options()


@pytest.fixture
def full(connected: Console) -> Console:
    """A workspace that makes Contacts, with a purchase that is held: nothing fills the consent basis."""
    connected.rule(MODE, "05-mode.toml")
    connected.application.crm(WORKSPACE).facts()
    connected.purchase(1, **PERSON)
    connected.drain()
    return connected


def opened(page: Page, console: Console) -> Page:
    page.goto(console.at("/mapping"))
    expect(page.locator("#preview .loading")).to_have_count(0)
    return page


def row(page: Page, key: str, object_: str = "Contact") -> Any:
    return page.locator(f"#row-{object_}-{key}")


def contact(console: Console) -> dict[str, Any]:
    (one,) = console.records("Contact")
    return one


def test_looks(page: Page, full: Console) -> None:
    full.rule(FILE, "10-eu.toml")
    full.rule(SOME, "20-de.toml")
    opened(page, full)
    shoot(page, "mapping")
    page.set_viewport_size({"width": 1440, "height": 900})
    row(page, "Title").get_by_role("combobox").select_option("Always")
    page.locator("#add-Contact").click()
    page.get_by_label("Zaplify field", exact=True).select_option("LinkedIn profile")
    page.locator("#pick-Contact-new-1").click()
    page.get_by_role("combobox", name="Salesforce field for LinkedIn profile").fill("link")
    expect(page.locator("#fields-count")).to_contain_text("5 of")
    shoot(page, "mapping-picker")
