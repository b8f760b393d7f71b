"""Search preview in a browser: the three badges by name and shape, files, bad input, and the cost in
API calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.access import assert_accessible, assert_accessible_in_two_looks
from tests.browser.console import Console
from tests.browser.guard import Guard
from tests.browser.shots import shoot, snap
from tests.browser.states import wait_until_settled
from zsf_plugin.console.search.parsing import parse_prospects
from zsf_plugin.emulator import OrgSpec

PEOPLE = """first_name,last_name,title,email,company,website
Ragnhildur,Þorsteinsdóttir,Chief Financial Officer and Deputy Chief Executive,ragnhildur@nordurljos.example,Norðurljós Orka hf.,nordurljos.example
Maximiliane,von Hohenstein-Wiedenbrück,VP Revenue Operations,m.vh@brondby.example,Brøndby Precision A/S,brondby.example
Siobhán,Ó Dochartaigh,Head of Procurement,s.odochartaigh@kestrel.example,Kestrel Fjord Logistics GmbH,kestrel.example
Ngozi,Adébáyò-Whitfield,Chief of Staff,ngozi@harbour.example,Harbour & Loom Ltd,harbour.example
José-María,Núñez Peralta,Director de Operaciones,jm.nunez@almendro.example,Almendro Foods S.L.,almendro.example
Żaneta,Błaszczykowska,Kierowniczka zakupów,z.b@zuraw.example,Żuraw i Synowie sp. z o.o.,zuraw.example
"""
MORE_PEOPLE = '''Tadhg,Šimek,"Buyer ""EMEA""",t.simek@sued.example,Kestrel Fjord Logistik (Süd) KG,sued.example
شهرزاد,نیک‌پور,مدیر خرید,sh@golestan.example,گلستان,golestan.example
'''


def account(key: str, name: str) -> dict[str, str]:
    return {"$id": key, "Name": name, "Website": f"https://www.{key}.example"}


def contact(key: str, email: str, last_name: str) -> dict[str, str]:
    return {"AccountId": f"${key}", "LastName": last_name, "Email": email}


@pytest.fixture
def org_spec() -> OrgSpec:
    """The people of `PEOPLE` who exist in Salesforce."""
    return OrgSpec(
        name="Hällström & Vale AB",
        is_sandbox=True,
        records={
            "Account": [
                account("nordurljos", "Norðurljós Orka hf."),
                account("brondby", "Brøndby Precision A/S"),
                account("kestrel", "Kestrel Fjord Logistics GmbH"),
                account("almendro", "Almendro Foods S.L."),
            ],
            "Contact": [
                contact("nordurljos", "ragnhildur@nordurljos.example", "Þorsteinsdóttir"),
                contact("brondby", "m.vh@brondby.example", "von Hohenstein-Wiedenbrück"),
                *(
                    contact("almendro", "jm.nunez@almendro.example", "Núñez Peralta")
                    for _ in range(3)
                ),
            ],
            "Lead": [
                {
                    "LastName": "Adébáyò-Whitfield",
                    "Company": "Harbour & Loom",
                    "Email": "ngozi@harbour.example",
                }
            ],
        },
    )


def look_up(page: Page, text: str) -> Locator:
    """Paste the text and look it up; returns the rows."""
    page.get_by_label("Paste prospects, CSV or JSON").fill(text)
    with page.expect_response("**/search"):
        page.get_by_role("button", name="Look up").click()
    wait_until_settled(page)
    return page.locator(".search-table tbody tr")


def badges(rows: Locator) -> list[list[str]]:
    """The names of each row's badges, as a screen reader reads them."""
    return [
        [one.get_attribute("aria-label") or "" for one in row.get_by_role("img").all()]
        for row in rows.all()
    ]


def throttle_badges(console: Console) -> None:
    """Use so many of the org's calls that badges are throttled."""
    connection = console.application.orgs.connection("default")
    console.application.store.note_usage(connection.org_id, 14_000, 20_000, console.clock.now())


def test_each_row_has_its_badges_record_and_reason(page: Page, connected: Console) -> None:
    page.goto(connected.at("/search"))
    rows = look_up(page, PEOPLE)
    assert badges(rows) == [
        ["Person exists", "Company exists"],
        ["Person exists", "Company exists"],
        ["Person doesn’t exist", "Company exists"],
        ["Person exists", "Company doesn’t exist"],
        ["Person exists", "Company exists"],
        ["Person doesn’t exist", "Company doesn’t exist"],
    ]
    expect(
        rows.nth(3).get_by_role("link", name="Lead of Ngozi Adébáyò-Whitfield")
    ).to_have_attribute("href", f"{connected.emulator.url}/{connected.records('Lead')[0]['Id']}")
    expect(rows.nth(4)).to_contain_text("3 Contacts")
    expect(rows.nth(2)).to_contain_text("Not in Salesforce")
    expect(page.locator(".search-sum")).to_contain_text("4 people exist, 2 don’t")
    connected.clock.advance(125)
    throttle_badges(connected)
    rows = look_up(page, PEOPLE + MORE_PEOPLE)
    expect(rows.nth(0)).to_contain_text("2 min ago")
    assert badges(rows)[6:] == [["Person unknown", "Company unknown"]] * 2
    expect(rows.nth(6)).to_contain_text("Unknown badges are paused")
    expect(rows.nth(6)).to_contain_text("not yet")
    expect(page.locator(".search-sum")).to_contain_text(
        "0 API calls: badges are paused. 6 already known."
    )
    assert_accessible_in_two_looks(page)
    shoot(page, "search")


def test_a_lookup_writes_nothing_and_known_people_cost_no_call(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at("/search"))
    look_up(page, PEOPLE)
    before = connected.control("GET", "calls")
    look_up(page, PEOPLE)
    assert connected.control("GET", "calls") == before
    assert before["writes"] == 0
    expect(page.locator(".search-sum")).to_contain_text("0 API calls. 6 already known.")


def test_a_bad_line_is_reported_and_the_good_ones_are_still_looked_up(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at("/search"))
    rows = look_up(
        page,
        "first_name,last_name,email,company\nA,B,a@b.example,C\nD,E,d@e.example,F\nG,H,g@h.example\n",
    )
    expect(page.locator("#results").get_by_role("alert")).to_contain_text(
        "Line 4 has 3 columns; the header row has 4."
    )
    expect(rows).to_have_count(2)
    assert_accessible(page)
    shoot(page, "search-bad-input")


def test_an_empty_box_is_reported(page: Page, connected: Console, guard: Guard) -> None:
    guard.allow("422")
    page.goto(connected.at("/search"))
    look_up(page, "")
    expect(page.locator("#results").get_by_role("alert")).to_contain_text("Nothing was pasted.")
    assert_accessible(page)


def test_a_file_is_looked_up_at_once_and_shown_in_the_box(
    page: Page, connected: Console, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("E-Mail;Company\r\nngozi@harbour.example;Żuraw\r\n".encode("utf-16"))
    page.goto(connected.at("/search"))
    with page.expect_response("**/search"):
        page.get_by_label("Upload a file").set_input_files(file)
    rows = page.locator(".search-table tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Żuraw")
    expect(page.get_by_label("Paste prospects")).to_have_value(
        "E-Mail;Company\nngozi@harbour.example;Żuraw\n"
    )
    (
        expect(look_up(page, "email\nz.b@zuraw.example\n")).to_contain_text("z.b@zuraw.example"),
        "not the file again",
    )


def test_a_file_that_is_too_big_is_reported(
    page: Page, connected: Console, tmp_path: Path, guard: Guard
) -> None:
    guard.allow("413")
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "a@b.example\n" * 100_000, encoding="utf-8")
    page.set_viewport_size({"width": 360, "height": 500})
    page.goto(connected.at("/search"))
    with page.expect_response("**/search"):
        page.get_by_label("Upload a file").set_input_files(file)
    refusal = page.get_by_role("alert").filter(has_text="Too much data")
    expect(refusal).to_be_in_viewport()
    snap(page, "search-too-big-360")


def test_the_button_shows_the_count_and_the_keyboard_alone_is_enough(
    page: Page, connected: Console
) -> None:
    page.goto(connected.at("/search"))
    box = page.get_by_label("Paste prospects")
    box.focus()
    page.keyboard.insert_text(PEOPLE)
    expect(page.get_by_role("button", name="Look up 6 prospects")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("6 prospects looked up.")
    expect(box).to_be_focused()


def test_without_a_connection_all_badges_are_unknown_with_a_link_to_connect(
    page: Page, console: Console
) -> None:
    page.goto(console.at("/search"))
    expect(look_up(page, PEOPLE).first).to_contain_text("not connected to Salesforce")
    expect(
        page.locator(".search-foot").get_by_role("link", name="Connect Salesforce")
    ).to_be_visible()


def test_a_late_answer_is_reported_and_known_the_next_time(page: Page, connected: Console) -> None:
    connected.control("POST", "settings", {"latency_ms": 2500})
    page.goto(connected.at("/search"))
    expect(look_up(page, PEOPLE).first).to_contain_text("no answer in time")
    expect(page.locator(".search-foot")).to_contain_text("Look up again in a moment")
    connected.control("POST", "settings", {"latency_ms": 0})
    prospects = [row.prospect for row in parse_prospects(PEOPLE).rows]
    connected.application.badges.find(
        "default", prospects, {}, 60.0
    )  # waits for the running search
    expect(look_up(page, PEOPLE).first.get_by_role("img").first).to_have_attribute(
        "aria-label", "Person exists"
    )


def test_the_page_works_without_scripts(context: BrowserContext, connected: Console) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(connected.at("/search"))
    page.get_by_label("Paste prospects").fill(PEOPLE)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".search-table tbody tr")).to_have_count(6)
    expect(page.get_by_label("Paste prospects")).to_have_value(PEOPLE)
    plain.close()


def test_markup_in_a_name_is_shown_as_text(page: Page, connected: Console) -> None:
    page.goto(connected.at("/search"))
    rows = look_up(
        page,
        'email,company,title\na@b.example,"<img src=x onerror=alert(1)>","</textarea><script>x</script>"\n',
    )
    expect(rows).to_contain_text("<img src=x onerror=alert(1)>")
    expect(rows).to_contain_text("</textarea><script>x</script>")


def test_before_the_first_lookup_the_page_explains_itself(page: Page, connected: Console) -> None:
    page.goto(connected.at("/search"))
    expect(page.locator("#results")).to_contain_text("Nothing looked up yet")
    assert_accessible_in_two_looks(page)
    shoot(page, "search-empty")
    page.get_by_role("link", name="Fill in an example").click()
    expect(page.get_by_role("button", name="Look up 3 prospects")).to_be_visible()


def test_forced_colours_keep_the_three_shapes(page: Page, connected: Console) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(connected.at("/search"))
    look_up(page, PEOPLE)
    assert_accessible(page)
    snap(page, "search-1440-forced")
