"""The page *Field mapping* in a real browser: by keyboard among 800 fields, with a draft that is never
lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.access import assert_accessible_in_two_looks
from tests.browser.console import WORKSPACE, Console
from tests.browser.guard import Guard
from tests.browser.looks import NARROW
from tests.browser.shots import shoot
from zsf_plugin.console import Visitor
from zsf_plugin.emulator import OrgSpec

JORG = Visitor(WORKSPACE, "Jörg Öztürk", "u-jorg")
FIELDS = "**/mapping/fields"
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
    """819 fields on Contact, one of them required and not filled."""
    for row in CUSTOM.strip().splitlines():
        name, label, kind, length = row.split("|")
        yield {
            "object": "Contact",
            "name": name,
            "label": label,
            "type": kind,
            "length": int(length),
        }
    basis = {
        "object": "Contact",
        "name": "Consent_Basis__c",
        "label": "Consent basis",
        "type": "picklist",
    }
    yield {
        **basis,
        "picklist": ["Contract", "Legitimate interest"],
        "restricted": True,
        "required": True,
    }
    level = {
        "object": "Contact",
        "name": "Level__c",
        "label": "Level",
        "type": "picklist",
        "restricted": True,
    }
    yield {**level, "picklist": ["Manager", "Director"]}
    for number in range(1, 772):
        yield {
            "object": "Contact",
            "name": f"Extra_{number}__c",
            "label": f"Extra field {number}",
            "type": "string",
        }


@pytest.fixture
def org_spec() -> OrgSpec:
    """An org with many fields."""
    return OrgSpec(name="Hällström & Vale AB", is_sandbox=True, fields=list(fields()))


@pytest.fixture
def full(connected: Console) -> Console:
    """A workspace that creates Contacts, with a purchase that is held since nothing fills the consent
    basis."""
    connected.rule(MODE, "05-mode.toml")
    connected.application.orgs.crm(WORKSPACE).facts()
    connected.purchase(1, **PERSON)
    connected.drain()
    return connected


def open_page(page: Page, console: Console) -> Page:
    page.goto(console.at("/mapping"))
    expect(page.locator("#preview .loading")).to_have_count(0)
    return page


def row(page: Page, key: str, object_: str = "Contact") -> Any:
    return page.locator(f"#row-{object_}-{key}")


def contact(console: Console) -> dict[str, Any]:
    (one,) = console.records("Contact")
    return one


def search(page: Page) -> Any:
    """The picker's field, while it is open."""
    return page.locator(".combobox input")


def choose_by_keyboard(page: Page, choice: Locator, label: str) -> None:
    """Move down a list of options to that one. Typing its letters would depend on timing."""
    choice.focus()
    for _ in range(choice.locator("option").count()):
        if choice.locator("option:checked").text_content() == label:
            return
        expect(choice).to_be_focused()
        page.keyboard.press("ArrowDown")
    expect(choice.locator("option:checked")).to_have_text(label)


def expect_saved(page: Page) -> None:
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    expect(page.locator("#unsaved")).to_be_hidden()


def document(console: Console) -> Any:
    return console.application.store.console_rule(WORKSPACE)[0]


def test_a_field_created_in_salesforce_is_mapped_by_keyboard_alone_and_written(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    basis = {
        "object": "Contact",
        "name": "LinkedIn_Profile__c",
        "label": "LinkedIn profile",
        "type": "url",
    }
    full.control("POST", "fields", {**basis, "length": 255})
    page.locator("#refresh-Contact").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#mapping-notes")).to_contain_text("1 new field.")
    expect(page.locator("#refresh-Contact")).to_be_focused()
    expect(page.locator("#mapping-notes")).to_contain_text("Contact.LinkedIn_Profile__c")
    source = row(page, "need-Consent_Basis__c").get_by_label("Value for Consent basis", exact=True)
    choose_by_keyboard(page, source, "Contract")
    page.keyboard.press("Tab")
    expect(row(page, "need-Consent_Basis__c")).not_to_contain_text("Required, not mapped")
    shoot(page, "mapping-new-field")
    page.get_by_role("button", name="Map it LinkedIn profile").focus()
    page.keyboard.press("Enter")
    added = row(page, "new-1").get_by_label("Zaplify field", exact=True)
    expect(added).to_be_focused()
    expect(row(page, "new-1")).to_contain_text("LinkedIn_Profile__c")
    choose_by_keyboard(page, added, "LinkedIn profile")
    page.keyboard.press("Tab")
    expect(row(page, "new-1")).to_have_attribute("data-change", "LinkedIn profile")
    page.locator("#pick-Contact-new-1").focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.type("linkedin prof")
    first = page.locator('#fields-list [aria-selected="true"]')
    expect(first).to_contain_text("LinkedIn_Profile__c")
    expect(search(page)).to_have_attribute("aria-activedescendant", str(first.get_attribute("id")))
    page.keyboard.press("Enter")
    expect(page.locator("#pick-Contact-new-1")).to_be_focused()
    expect(row(page, "new-1")).to_contain_text("https://linkedin.example/in/ragnhildur")
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    expect(page.locator("#unsaved")).to_contain_text("Also applies to 1 waiting or held entry.")
    page.keyboard.press("Control+s")
    expect_saved(page)
    full.drain()
    assert contact(full)["LinkedIn_Profile__c"] == PERSON["linkedin_url"]
    assert contact(full)["Consent_Basis__c"] == "Contract"


def test_filling_a_required_field_releases_held_entries_and_removes_the_warning(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    expect(page.locator("#map-Contact")).to_contain_text("1 required field is empty")
    warned = row(page, "need-Consent_Basis__c")
    expect(warned).to_contain_text("1 entry held")
    warned.get_by_label("Value for Consent basis", exact=True).select_option("Legitimate interest")
    expect(row(page, "need-Consent_Basis__c")).to_contain_text("“Legitimate interest”")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect_saved(page)
    expect(page.locator("#map-Contact")).not_to_contain_text("required field is empty")
    full.drain()
    assert contact(full)["Consent_Basis__c"] == "Legitimate interest"
    page.reload()
    expect(page.locator("#held-count")).to_have_text("")


def test_a_required_field_has_no_warning_while_another_row_fills_it(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    expect(row(page, "need-Consent_Basis__c")).to_contain_text("Required, not mapped")
    page.locator("#pick-Contact-Title").click()
    search(page).fill("consent basis")
    page.get_by_role("option", name="Consent basis").click()
    expect(row(page, "need-Consent_Basis__c")).to_be_hidden()
    page.locator("#pick-Contact-Title").click()
    search(page).fill("personal")
    page.get_by_role("option", name="Personal web link").click()
    expect(row(page, "need-Consent_Basis__c")).to_be_visible()
    expect(row(page, "need-Consent_Basis__c")).to_contain_text("Required, not mapped")


def test_options_are_not_redrawn_under_the_mouse(page: Page, full: Console) -> None:
    """An option that is redrawn between the press and the release of a button loses the click."""
    open_page(page, full)
    page.locator("#pick-Contact-Title").click()
    option = page.locator('#fields-list [role="option"]:not([aria-disabled])').nth(3)
    name = str(option.get_attribute("data-name"))
    option.hover()
    search(page).fill(name)
    with page.expect_response(FIELDS) as answered:
        page.mouse.down()
    answered.value.finished()
    assert page.locator("#fields-list").get_by_role("option").count() > 1
    page.mouse.up()
    expect(page.locator('[name="Contact.Title.to"]')).to_have_value(name)


def test_enter_waits_for_the_options_of_the_words_typed(page: Page, full: Console) -> None:
    open_page(page, full)
    page.locator("#pick-Contact-Title").click()
    expect(page.locator('#fields-list [aria-selected="true"]')).to_be_visible()
    held: list[Route] = []
    page.route(FIELDS, lambda route: held.append(route), times=1)
    with page.expect_request(FIELDS):
        search(page).fill("linkedin page")
        search(page).press("Enter")
    assert page.locator("#pick-Contact-Title").get_attribute("aria-expanded") == "true"
    held[0].continue_()
    expect(row(page, "Title")).to_contain_text("LinkedIn_Page__c")


def test_a_search_without_an_answer_offers_no_options_of_other_words(
    page: Page, full: Console, guard: Guard
) -> None:
    guard.allow("ERR_FAILED")
    open_page(page, full)
    page.locator("#pick-Contact-Title").click()
    expect(page.locator('#fields-list [aria-selected="true"]')).to_be_visible()
    page.route(FIELDS, lambda route: route.abort(), times=1)
    search(page).fill("linkedin page")
    search(page).press("Enter")
    expect(page.locator(".fields-none")).to_have_text("Zaplify didn’t answer. Try again.")
    search(page).press("Enter")
    search(page).fill("linkedin  page")
    expect(page.get_by_role("option").filter(has_text="LinkedIn_Page__c")).to_be_visible()
    expect(page.locator("#pick-Contact-Title")).to_have_attribute("aria-expanded", "true")


def test_the_warning_of_an_unmapped_required_field_disappears_once_another_row_fills_it(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    warning = "Last Name would be empty"
    page.locator("#pick-Contact-LastName").click()
    page.get_by_role("button", name="Do not map").click()
    expect(row(page, "LastName")).to_contain_text(warning)
    page.locator("#pick-Contact-Title").click()
    search(page).fill("last name")
    page.locator("#fields-list").get_by_role("option", name="Last Name").click()
    expect(row(page, "LastName")).not_to_contain_text(warning)
    page.locator("#pick-Contact-Title").click()
    search(page).fill("personal")
    page.get_by_role("option", name="Personal web link").click()
    expect(row(page, "LastName")).to_contain_text(warning)


def test_the_picker_moves_restores_and_accepts_only_fields_that_fit(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    page.locator("#pick-Contact-Title").focus()
    page.keyboard.press("Enter")
    expect(search(page)).to_be_focused()
    expect(search(page)).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#fields-count")).to_have_text("819 of 819 fields")
    assert page.locator("#fields-list [role=option]").count() == 20
    page.keyboard.type("linkdin")
    expect(page.locator(".fields-none")).to_have_text(
        "No field matches “linkdin”. Did you mean “linkedin”? 3 fields."
    )
    page.get_by_role("button", name="linkedin", exact=True).click()
    expect(page.locator("#fields-count")).to_have_text("3 of 819 fields")
    search(page).fill("connections")
    expect(page.locator("#fields-count")).to_have_text("1 of 819 fields")
    refused = page.get_by_role("option", name="LinkedIn connections")
    expect(refused).to_contain_text("A text is not a number")
    page.keyboard.press("ArrowDown")
    expect(refused).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(search(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pick-Contact-Title")).to_be_focused()
    expect(row(page, "Title")).to_contain_text("Title · Text, 128")
    expect(page.locator("#unsaved")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("personal")
    page.get_by_role("option", name="Personal web link").click()
    expect(row(page, "Title")).to_contain_text("Personal_Link__c · Text, 120")
    expect(page.locator("#unsaved-names")).to_have_text("Job title.")
    page.locator("#pick-Contact-Phone").click()
    search(page).fill("personal")
    expect(page.get_by_role("option", name="Personal web link")).to_contain_text(
        "Already filled by Job title"
    )


def test_fields_that_were_never_read_are_read_while_the_page_is_open(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at("/mapping"))
    expect(page.locator("#map-Lead")).to_contain_text("Fields read just now")
    expect(page.locator("#tables .loading")).to_have_count(0)
    expect(row(page, "Title", "Lead")).to_contain_text("Title · Text, 128")


def test_a_row_is_unmapped_by_keyboard_with_a_warning_if_salesforce_requires_the_field(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    page.locator("#pick-Contact-LastName").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Do not map")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Do not map")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "LastName")).to_contain_text("Not mapped")
    expect(row(page, "LastName")).to_contain_text(
        "Last Name would be empty. Salesforce would refuse new Contacts"
    )
    expect(page.locator("#pick-Contact-LastName")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#fields-count")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#pick-Contact-LastName")).to_be_focused()
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert document(full)["fields"]["Contact"] == {"LastName": False}
    expect(page.locator("#map-Contact")).to_contain_text("2 required fields are empty")


def test_the_entries_held_for_a_field_are_one_click_away(page: Page, full: Console) -> None:
    open_page(page, full)
    row(page, "need-Consent_Basis__c").get_by_role("link", name="View").click()
    expect(page.locator("section.cause:target")).to_contain_text("Consent")


def test_leaving_with_changes_asks_and_discard_does_not(page: Page, full: Console) -> None:
    open_page(page, full)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.dismiss()))
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    page.get_by_role("link", name="Activity").click()
    expect(page.locator("#unsaved")).to_be_visible()
    assert dialogs == ["beforeunload"]
    page.get_by_role("link", name="Discard").click()
    expect(page.locator("#unsaved")).to_be_hidden()
    expect(row(page, "Title").get_by_label("Overwrite Title")).to_have_value("if_blank")
    assert dialogs == ["beforeunload"]
    assert document(full) == {}


def test_the_preview_follows_changes_that_are_not_saved(page: Page, full: Console) -> None:
    open_page(page, full)
    expect(page.locator("#preview")).to_contain_text("This would be held.")
    row(page, "need-Consent_Basis__c").get_by_label(
        "Value for Consent basis", exact=True
    ).select_option("Contract")
    expect(page.locator("#preview")).to_contain_text("Consent basis")
    expect(page.locator("#preview")).not_to_contain_text("This would be held.")
    assert document(full) == {}


def test_the_draft_survives_a_save_that_is_refused_and_a_second_admin(
    page: Page, full: Console, guard: Guard
) -> None:
    guard.allow("409|422")
    open_page(page, full)
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    other = page.context.browser.new_context() if page.context.browser else None
    assert other is not None
    full.sign_in(other, JORG)
    theirs = open_page(other.new_page(), full)
    row(theirs, "Title").get_by_label("Overwrite Title").select_option("If Zaplify wrote it")
    theirs.keyboard.press("Control+s")
    expect_saved(theirs)
    other.close()
    page.keyboard.press("Control+s")
    expect(page.locator("#mapping-notes")).to_contain_text("Jörg Öztürk saved this page")
    expect(page.locator("#mapping-notes")).to_contain_text("Your 1 change is still here.")
    expect(page.locator(".mapping-compare")).to_contain_text("Title, if Zaplify wrote it")
    full.rule('[fields.Contact]\nPhone = "prospect.phone"\n', "30.toml")
    row(page, "Phone").get_by_label("Overwrite Phone").select_option("Always")
    page.keyboard.press("Control+s")
    expect(page.locator("#mapping-notes")).to_contain_text("Contact.Phone is set by 30.toml.")
    expect(row(page, "Title").get_by_label("Overwrite Title")).to_have_value("always")
    expect(row(page, "Phone")).to_contain_text("30.toml")
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert document(full)["fields"]["Contact"]["Title"]["overwrite"] == "always"


def test_a_row_set_by_a_file_cannot_be_changed_and_says_so(page: Page, full: Console) -> None:
    full.rule(FILE, "10-eu.toml")
    full.rule(SOME, "20-de.toml")
    open_page(page, full)
    locked = row(page, "LeadSource")
    expect(locked).to_contain_text("Set by 10-eu.toml")
    assert locked.locator("button, select, input").count() == 0
    expect(page.get_by_role("radio", name="Leads")).to_be_disabled()
    expect(row(page, "Phone")).to_contain_text("20-de.toml decides for DE.")
    row(page, "Phone").get_by_label("Overwrite Phone").select_option("Always")
    page.keyboard.press("Control+s")
    expect_saved(page)


def test_the_mode_is_part_of_the_draft_and_has_its_own_tables(
    page: Page, connected: Console
) -> None:
    connected.application.orgs.crm(WORKSPACE).facts()
    open_page(page, connected)
    expect(page.locator("#map-Lead")).to_be_visible()
    expect(page.locator("#map-Contact")).to_be_hidden()
    page.get_by_role("radio", name="Contacts + Accounts").check()
    expect(page.locator("#map-Lead")).to_be_hidden()
    expect(page.locator("#map-Account")).to_be_visible()
    expect(page.locator("#unsaved-names")).to_have_text("Mode: Contacts + Accounts.")
    page.keyboard.press("Control+s")
    expect_saved(page)
    assert document(connected) == {"mode": "contact"}


def test_a_missing_field_is_created_from_the_picker_and_chosen_in_its_row(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    page.locator("#add-Contact").click()
    row(page, "new-1").get_by_label("Zaplify field", exact=True).select_option("Seniority")
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    page.locator("#pick-Contact-new-1").click()
    page.get_by_role("button", name="Create a field for “Seniority”…").click()
    expect(page.get_by_label("Label")).to_have_value("Seniority")
    page.get_by_role("button", name="Show plan").click()
    expect(page.locator(".plan")).to_contain_text("Contact.Seniority__c")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#mapping-notes")).to_contain_text("Seniority was created on Contact.")
    expect(row(page, "new-1")).to_contain_text("Seniority__c · Text, 255")
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    row(page, "need-Consent_Basis__c").get_by_label(
        "Value for Consent basis", exact=True
    ).select_option("Contract")
    page.keyboard.press("Control+s")
    expect_saved(page)
    full.drain()
    assert contact(full)["Seniority__c"] == "C-level"


def test_a_value_that_the_picklist_lacks_is_translated_from_the_preview(
    page: Page, full: Console
) -> None:
    open_page(page, full)
    row(page, "need-Consent_Basis__c").get_by_label(
        "Value for Consent basis", exact=True
    ).select_option("Contract")
    page.locator("#add-Contact").click()
    row(page, "new-1").get_by_label("Zaplify field", exact=True).select_option("Seniority")
    page.locator("#pick-Contact-new-1").click()
    search(page).fill("level")
    page.get_by_role("option", name="Level").click()
    expect(row(page, "new-1")).to_contain_text("Not in the picklist: left out")
    expect(page.locator("#preview")).to_contain_text("“C-level” is not in the picklist.")
    page.locator("#preview").get_by_role("button", name="Map values").click()
    page.get_by_label("Value for C-level").select_option("Director")
    page.get_by_role("button", name="Use these values").click()
    expect(row(page, "new-1")).to_contain_text("Map values of Seniority (1)")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect_saved(page)
    full.drain()
    assert contact(full)["Level__c"] == "Director"


def test_an_org_that_does_not_answer_leaves_the_page_as_it_is(page: Page, full: Console) -> None:
    open_page(page, full)
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    full.control("POST", "faults", {"kind": "html_503", "times": 9})
    page.locator("#refresh-Contact").click()
    expect(page.locator("#mapping-notes")).to_contain_text(
        "Salesforce didn’t answer. Showing the fields as read at"
    )
    expect(row(page, "Title").get_by_label("Overwrite Title")).to_have_value("always")
    expect(page.locator("#unsaved-count")).to_have_text("1 unsaved change")


def test_in_a_narrow_window_the_picker_is_a_page_and_the_draft_is_kept(
    page: Page, full: Console
) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    open_page(page, full)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    row(page, "Phone").get_by_label("Overwrite Phone").select_option("Always")
    page.locator("#pick-Contact-Title").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Job title")
    page.get_by_role("searchbox").fill("link")
    expect(page.locator("#fields-list")).to_contain_text("A text is not a number")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    page.get_by_role("button", name="Personal web link").click()
    expect(row(page, "Title")).to_contain_text("Personal_Link__c")
    expect(page.locator("#unsaved-count")).to_have_text("2 unsaved changes")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect_saved(page)
    assert document(full)["fields"]["Contact"]["Personal_Link__c"] == "prospect.title"


def test_a_field_can_be_mapped_without_scripts(chromium: Browser, full: Console) -> None:
    plain = chromium.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(full.at("/mapping"))
    page.get_by_role("button", name="Map another field").first.click()
    row(page, "new-1").get_by_label("Zaplify field", exact=True).select_option("LinkedIn profile")
    page.locator("#pick-Contact-new-1").click()
    page.get_by_role("searchbox").fill("linkedin")
    page.get_by_role("button", name="Search", exact=True).last.click()
    page.get_by_role("button", name="LinkedIn page").click()
    expect(page.locator("#unsaved-count")).to_have_text("1 unsaved change")
    page.get_by_role("button", name="Save mapping", exact=True).last.click()
    expect(page.locator("#mapping-notes")).to_contain_text("Saved.")
    assert document(full)["fields"]["Contact"]["LinkedIn_Page__c"] == "prospect.linkedin_url"
    plain.close()


def test_the_page_and_its_picker_are_accessible_in_every_look(page: Page, full: Console) -> None:
    full.rule(FILE, "10-eu.toml")
    open_page(page, full)
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    page.locator("#pick-Contact-Phone").click()
    search(page).fill("extra")
    expect(page.locator("#fields-count")).to_have_text("771 of 819 fields")
    assert_accessible_in_two_looks(page)
    page.keyboard.press("Escape")
    page.goto(full.at("/mapping/field?pick=Contact.Title&words=link"))
    assert_accessible_in_two_looks(page)
    page.goto(full.at("/mapping/create?create=Contact.Title"))
    page.get_by_role("button", name="Show plan").click()
    assert_accessible_in_two_looks(page)


def test_screenshots_show_the_picker_and_a_new_field(page: Page, full: Console) -> None:
    full.rule(FILE, "10-eu.toml")
    full.rule(SOME, "20-de.toml")
    open_page(page, full)
    row(page, "Title").get_by_label("Overwrite Title").select_option("Always")
    page.locator("#add-Contact").click()
    row(page, "new-1").get_by_label("Zaplify field", exact=True).select_option("LinkedIn profile")
    page.locator("#pick-Contact-new-1").click()
    search(page).fill("link")
    expect(page.locator("#fields-count")).to_contain_text("5 of")
    shoot(page, "mapping-picker")
    page.goto(full.at("/mapping/field?pick=Contact.Title&words=link"))
    shoot(page, "mapping-picker-page")
    page.goto(full.at("/mapping/create?create=Contact.Title"))
    page.get_by_role("button", name="Show plan").click()
    shoot(page, "mapping-create")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_focused_element_is_never_under_the_bar_of_unsaved_changes(
    page: Page, full: Console, width: int
) -> None:
    open_page(page, full)
    page.locator("#map-Contact .map-policy").first.select_option("always")
    expect(page.locator("#unsaved")).to_be_visible()
    page.set_viewport_size({"width": width, "height": 500})
    for _ in range(40):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const focused = document.activeElement, bar = document.getElementById("unsaved");
              if (bar.contains(focused) || focused === document.body) return false;
              return focused.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1;
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
