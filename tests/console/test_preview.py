"""The live preview: it shows what a drain then writes, writes nothing, and looks up nothing twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.events import SELLER, prospect
from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.emulator.org.custom_fields import add_field
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.ports import HistoryLine, WorkspacePause
from zsf_plugin.wiring.apps import CommandApp

WORKSPACE = "acme"
LEVEL: JsonObject = {
    "object": "Lead",
    "name": "Level__c",
    "label": "Level",
    "type": "picklist",
    "restricted": True,
    "picklist": ["C-level"],
}


@pytest.fixture
def org() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as emulator:
        add_field(emulator.org, LEVEL)
        yield emulator


@pytest.fixture
def connected(application: CommandApp, org: Emulator) -> CommandApp:
    """A connected workspace whose org has been described."""
    sign_in = application.login.begin(org.url, "zaplify", "http://localhost:1/oauth/callback")
    grant = application.login.finish(sign_in, allow(sign_in.authorize_url))
    Connector(application.store, application.login, application.clock).finish(
        WORKSPACE, grant, sign_in, "custom", "send"
    )
    application.orgs.crm(WORKSPACE).facts()
    return application


def purchase(application: CommandApp, number: int, **changes: Json) -> str:
    receipt = application.intake.receive(
        "on_prospect_purchased",
        {
            "workspace": WORKSPACE,
            "event_id": f"e{number}",
            "occurred_at": "2026-11-01T10:00:00Z",
            "prospect": prospect(number, **changes),
            "user": SELLER,
        },
    )
    return str(receipt["entry"])


def preview(client: FlaskClient, **form: str) -> str:
    """The panel as plain text."""
    answer = client.post("/mapping/preview", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def lines(text: str) -> set[str]:
    return set(text.split())


def save(application: CommandApp, **document: Json) -> None:
    _, version = application.store.console_rule(WORKSPACE)
    assert application.store.save_console_rule(WORKSPACE, document, expected_version=version)


def records(org: Emulator, object_: str) -> list[dict[str, Any]]:
    return list(org.control.answer("GET", ["records"], None)[1][object_])


@pytest.mark.parametrize("known", [False, True])
def test_a_preview_shows_what_a_drain_then_writes(
    client: FlaskClient, connected: CommandApp, org: Emulator, known: bool
) -> None:
    if known:
        org.org.seed(
            "Lead", {"LastName": "L", "Company": "C", "Email": "ada1@acme1.example", "Title": "CFO"}
        )
    save(connected, fields={"Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}}})
    entry = purchase(connected, 1)
    shown = preview(client)
    connected.drains.drain(WORKSPACE)
    (line,) = connected.store.journal(WORKSPACE, entry)
    assert line.action == ("update" if known else "create")
    for name, value in line.after.items():
        if name not in ("OwnerId", "Zaplify_Id__c"):
            assert str(value) in shown, name
    assert str(line.after.get("OwnerId")) not in shown
    expected = "CFO → becomes Engineer" if known else "a new Lead will be created"
    assert expected in shown
    assert f"{len(line.after)} {'change' if known else 'filled'}" in shown


def test_a_preview_writes_nothing_and_looks_up_once(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    purchase(connected, 1)
    before = org.org.used
    costs = []
    for title in ("prospect.title", "prospect.first_name", "prospect.last_name"):
        save(connected, fields={"Lead": {"Title": title}})
        costs.append("When sent: 1 API call to look up, 1 to write." in preview(client))
    assert costs == [True] * 3
    assert preview(client).count("it may still refuse a value.") == 1
    assert org.org.used - before == 1
    assert records(org, "Lead") == []
    assert connected.store.counts(WORKSPACE).pending == 1


def test_a_found_person_is_shown_with_match_key_owner_and_link(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    found = org.org.seed("Contact", {"LastName": "L", "Email": "ada1@acme1.example"})
    purchase(connected, 1)
    answer = client.post("/mapping/preview", data={}, headers={"HX-Request": "true"})
    assert "Found by e-mail: Contact of" in answer.text
    assert f'/{found}" target="_blank" rel="noopener noreferrer"' in answer.text
    assert 'aria-label="In Salesforce"' in answer.text


def test_fields_that_stay_or_are_left_out_say_why(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    org.org.seed(
        "Lead",
        {"LastName": "Lovelace1", "Company": "C", "Email": "ada1@acme1.example", "Phone": "1"},
    )
    save(connected, fields={"Lead": {"Nope__c": "prospect.title", "Rating": {"value": "Lukewarm"}}})
    purchase(connected, 1, phone="2")
    shown = preview(client)
    assert "Stays 1 Zaplify has 2" in shown
    assert (
        "Nope__c Left out “Engineer”: The field does not exist, or is hidden from the connected user."
        in shown
    )


def test_only_a_value_that_its_picklist_lacks_can_be_mapped(
    client: FlaskClient, connected: CommandApp
) -> None:
    save(connected, fields={"Lead": {"Level__c": "prospect.title", "Nope__c": "prospect.title"}})
    purchase(connected, 1)
    page = client.post("/mapping/preview", data={}, headers={"HX-Request": "true"}).text
    assert "“Engineer” is not in the picklist." in page
    assert page.count('name="translate"') == 1
    assert 'value="Lead.Level__c"' in page


def test_without_an_event_a_made_up_prospect_is_shown_and_marked(
    client: FlaskClient, connected: CommandApp
) -> None:
    shown = preview(client)
    assert "No prospect was purchased yet, so this is a made-up example." in shown
    assert "Ragnhildur" in shown


def test_recently_purchased_prospects_can_be_chosen(
    client: FlaskClient, connected: CommandApp
) -> None:
    first, _ = purchase(connected, 1), purchase(connected, 2)
    page = client.get("/mapping/preview").text
    assert page.index("Ada2 Lovelace2") < page.index("Ada1 Lovelace1")
    assert "Lovelace2" in preview(client)
    assert "Lovelace1" in preview(client, prospect=first)


def test_a_prospect_of_another_workspace_is_not_found(
    client: FlaskClient, connected: CommandApp
) -> None:
    foreign = connected.intake.receive(
        "on_prospect_purchased",
        {
            "workspace": "other",
            "event_id": "e9",
            "occurred_at": "2026-11-01T10:00:00Z",
            "prospect": prospect(9),
            "user": SELLER,
        },
    )
    purchase(connected, 1)
    shown = preview(client, prospect=str(foreign["entry"]))
    assert "Lovelace9" not in shown
    assert "Lovelace1" in shown


def test_an_invalid_purchase_is_not_offered_for_a_preview(
    client: FlaskClient, connected: CommandApp
) -> None:
    connected.intake.receive(
        "on_prospect_purchased", {"workspace": WORKSPACE, "event_id": "x", "prospect": {"id": 5}}
    )
    assert "made-up" in preview(client)


def test_without_a_connection_only_the_plan_is_shown(
    client: FlaskClient, application: CommandApp
) -> None:
    purchase(application, 1)
    shown = preview(client)
    assert "Not compared with Salesforce." in shown
    assert "Engineer" in shown
    assert "When sent: at most 3 API calls." in shown


def test_throttled_badges_throttle_previews_too(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    purchase(connected, 1)
    connection = connected.orgs.connection(WORKSPACE)
    connected.store.note_usage(connection.org_id, 50, 100, connected.clock.now())
    before = org.org.used
    assert "Previews are paused to save API calls for purchases. This is only the plan." in preview(
        client
    )
    connected.store.pause(WORKSPACE, WorkspacePause("quota", "", 0.0, connected.clock.now() + 60))
    assert "This is the plan only: sending is paused." in preview(client)
    assert org.org.used == before


def test_an_unanswered_lookup_is_reported_and_can_be_repeated(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    purchase(connected, 1)
    org.control.answer("POST", ["faults"], {"kind": "html_503", "times": 1})
    first = preview(client)
    assert "Salesforce didn’t answer." in first
    assert "Try again" in first
    assert "Salesforce didn’t answer." in preview(client)
    assert "Salesforce didn’t answer." not in preview(client, again="yes")


def test_an_ended_sign_in_is_reported(client: FlaskClient, connected: CommandApp) -> None:
    purchase(connected, 1)
    connected.store.save_connection(
        replace(connected.orgs.connection(WORKSPACE), state="reconnect")
    )
    assert "This is the plan only: reconnect to compare it with the org." in preview(client)


def test_a_purchase_that_would_be_held_says_why_and_what_to_do(
    client: FlaskClient, connected: CommandApp
) -> None:
    save(connected, fields={"Lead": {"Company": False}})
    purchase(connected, 1)
    shown = preview(client)
    assert "This would be held. Lead.Company: required in Salesforce, but it is empty." in shown


def test_several_matches_are_not_reported_as_missing(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    for _ in range(2):
        org.org.seed("Contact", {"LastName": "L", "Email": "ada1@acme1.example"})
    purchase(connected, 1)
    shown = preview(client)
    assert "2 records match, and no policy chooses one." in shown
    assert "This would be held. Contact: several records match by Email" in shown


def test_with_prospects_off_it_says_that_new_ones_are_skipped(
    client: FlaskClient, connected: CommandApp
) -> None:
    purchase(connected, 1)
    save(connected, switches={"sync_prospects": False})
    shown = preview(client)
    assert "Sync prospects is off. New purchases are skipped, with this reason." in shown
    assert "This one was purchased before and is still sent." in shown
    assert "a new Lead will be created" in shown


def test_an_unchanged_synced_prospect_takes_no_api_call(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    purchase(connected, 1)
    connected.drains.drain(WORKSPACE)
    before = org.org.used
    shown = preview(client)
    assert "Already linked and up to date" in shown
    assert "Lead Nothing changes" in shown
    assert "When sent: no API calls." in shown
    assert org.org.used == before


def test_a_first_preview_is_recorded_and_asks_to_decide_on_waiting_entries(
    client: FlaskClient, connected: CommandApp
) -> None:
    connected.store.save_connection(
        replace(connected.orgs.connection(WORKSPACE), state="previewing")
    )
    purchase(connected, 1), purchase(connected, 2)
    assert "until you decide" not in client.get("/mapping/preview").text
    shown = preview(client)
    assert "2 entries wait. Nothing is sent until you decide." in shown
    assert "Send 2 Skip 2" in shown
    assert [line.by for line in connected.store.history(WORKSPACE, codes=("previewed",))] == [
        "Ada Admin"
    ]
    assert connected.orgs.connection(WORKSPACE).state == "previewing"


def test_without_waiting_entries_too_nothing_starts_without_a_click(
    client: FlaskClient, connected: CommandApp
) -> None:
    connected.store.save_connection(
        replace(connected.orgs.connection(WORKSPACE), state="previewing")
    )
    shown = preview(client)
    assert "Nothing waits. New purchases wait until you start. Start syncing" in shown
    assert connected.orgs.connection(WORKSPACE).state == "previewing"
    assert "Start syncing?" in client.get("/sending").text
    purchase(connected, 1)
    assert connected.drains.drain(WORKSPACE).done == 0
    client.post("/connection/waiting", data={"waiting": "send"})
    assert connected.drains.drain(WORKSPACE).done == 1


def test_a_preview_before_its_turn_starts_nothing_and_says_what_comes_first(
    client: FlaskClient, connected: CommandApp
) -> None:
    connection = replace(connected.orgs.connection(WORKSPACE), state="previewing")
    line = HistoryLine(connection.connected_at, "connected", "Ada Admin", {"rests": True})
    connected.store.save_connection(connection)
    connected.store.add_history(WORKSPACE, line)
    first = "First finish the earlier steps. "
    assert first in preview(client)
    assert connected.orgs.connection(WORKSPACE).state == "previewing"
    purchase(connected, 1)
    assert first in preview(client)
    assert "until you decide" not in preview(client)
    assert client.post("/connection/id-field/without").status_code == 303
    assert "1 entry waits. Nothing is sent until you decide." in preview(client)
    assert connected.orgs.connection(WORKSPACE).state == "previewing"


def test_a_preview_in_its_turn_offers_to_start_if_no_entries_wait(
    client: FlaskClient, connected: CommandApp
) -> None:
    connection = replace(connected.orgs.connection(WORKSPACE), state="previewing")
    connected.store.save_connection(connection)
    connected.store.add_history(
        WORKSPACE, HistoryLine(connection.connected_at, "connected", "Ada Admin", {"rests": True})
    )
    assert "Start syncing" not in preview(client)
    assert client.post("/connection/id-field/without").status_code == 303
    assert "Start syncing" in preview(client)


def test_a_plan_without_the_org_does_not_count_as_a_preview(
    client: FlaskClient, connected: CommandApp
) -> None:
    connection = replace(connected.orgs.connection(WORKSPACE), state="previewing")
    connected.store.save_connection(connection)
    connected.store.pause(
        WORKSPACE, WorkspacePause("unavailable", "", 0.0, connected.clock.now() + 60)
    )
    preview(client)
    assert connected.store.history(WORKSPACE, codes=("previewed",)) == []


def test_names_and_values_are_shown_unchanged(client: FlaskClient, connected: CommandApp) -> None:
    purchase(connected, 1, first_name="<script>alert(1)</script>", title='"><img src=x>')
    page = client.get("/mapping/preview").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_without_script_the_preview_is_a_page(client: FlaskClient, connected: CommandApp) -> None:
    entry = purchase(connected, 1)
    answer = client.post("/mapping/preview", data={"prospect": entry})
    assert answer.status_code == 200
    assert "<h1>Preview</h1>" in answer.text
    assert "Engineer" in answer.text


def test_purchases_that_wait_before_the_previewed_one_are_mentioned(
    client: FlaskClient, connected: CommandApp
) -> None:
    first = purchase(connected, 1)
    assert "sent alone" not in preview(client)
    purchase(connected, 2)
    assert "1 purchase is waiting to be sent first, so the result may differ." in preview(client)
    purchase(connected, 3)
    assert "2 purchases are waiting to be sent first, so the result may differ." in preview(client)
    assert "sent alone" not in preview(client, prospect=first)
    connected.drains.drain(WORKSPACE)
    assert "sent alone" not in preview(client)


def test_a_waiting_purchase_of_the_same_person_under_another_id_is_mentioned(
    client: FlaskClient, connected: CommandApp, org: Emulator
) -> None:
    purchase(connected, 1, email="Twin@Example.com")
    purchase(connected, 2, email="twin@example.com")
    purchase(connected, 3)
    twin = preview(client, prospect=str(connected.store.entries(WORKSPACE)[1].id))
    assert (
        "An earlier purchase of the same prospect or e-mail address is waiting and goes first"
        in twin
    )
    assert "2 purchases are waiting to be sent first" in preview(client)


def test_a_long_backlog_is_not_read_for_a_preview(
    client: FlaskClient, connected: CommandApp
) -> None:
    for number in range(1, 203):
        purchase(connected, number)
    assert (
        "More than 200 purchases are waiting to be sent first, so the result may differ."
        in preview(client)
    )


def test_a_new_contact_names_the_account_that_is_created_with_it(
    client: FlaskClient, connected: CommandApp
) -> None:
    save(connected, mode="contact")
    purchase(connected, 1)
    assert "the new Account" in preview(client)


def test_why_there_is_no_owner_is_said_once_of_a_contact_and_its_account(
    client: FlaskClient, connected: CommandApp
) -> None:
    save(connected, mode="contact")
    purchase(connected, 1)
    assert preview(client).count("No owner sent") == 1


def test_without_an_org_the_plan_of_a_contact_has_its_account(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, mode="contact")
    purchase(application, 1)
    shown = preview(client)
    assert re.search(r"Contact \d+ planned .* Account \d+ planned", shown)
    assert "Not looked up" in shown
