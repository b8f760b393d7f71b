"""Activity, Held and Search as files: the same entries and words as on the pages, and no message
text."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import connect, keep, settle
from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.presenters import entry_rows
from zsf_plugin.decision import causes
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Step
from zsf_plugin.wiring.apps import CommandApp

AT = 1_790_000_000.0


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    return [*csv.DictReader(StringIO(response.get_data().decode("utf-8-sig"), newline=""))]


def test_every_matching_entry_is_in_the_file_newest_first(
    client: FlaskClient, application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_rows, "_PAGE_SIZE", 3)
    ids = []
    for number in range(10):
        entry = keep(application.store, purchase(prospect(number), f"event-{number}"), at=AT)
        ids.append(settle(application.store, entry, "done") if number % 2 else entry)
    keep(application.store, purchase(prospect(1)), workspace="other")
    assert [row["Entry ID"] for row in rows(client, "/activity.csv")] == ids[::-1]
    waiting = rows(client, "/activity.csv?state=pending")
    assert [row["Entry ID"] for row in waiting] == ids[8::-2]
    assert {row["State"] for row in waiting} == {"Waiting"}
    assert len(rows(client, "/activity.csv?words=event-3")) == 1
    assert rows(client, "/activity.csv?words=nobody") == []


def test_a_row_has_the_words_of_the_page_ids_and_times_in_utc(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    event = purchase(prospect(1), "event-1")
    entry = keep(application.store, event, at=AT)
    settle(application.store, entry, "done", steps=(Step("created", "Lead"),), at=AT + 60)
    (row,) = rows(client, "/activity.csv")
    assert row["Received"] == "2026-09-21T14:13:20Z"
    assert row["Ended"] == "2026-09-21T14:14:20Z"
    assert (row["Event ID"], row["Kind"], row["State"]) == ("event-1", "Purchase", "Done")
    assert row["What happened"].startswith("Created Lead Ada")
    assert row["Prospect ID"] == event.prospect_id


def test_held_entries_have_their_cause_and_what_to_do(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = keep(application.store, purchase(prospect(1), "event-1"))
    settle(application.store, entry, "held", cause=causes.required_empty("Contact", "Consent__c"))
    keep(application.store, purchase(prospect(2), "event-2"))
    (row,) = rows(client, "/held.csv")
    assert row["Cause"] == "Contact needs Consent__c, but it is empty"
    assert row["What to do"].startswith("Salesforce refuses every new Contact without it.")


def test_a_third_download_at_a_time_waits_for_another_to_end(
    client: FlaskClient, application: CommandApp
) -> None:
    running = [client.get("/activity.csv", buffered=False) for _ in range(2)]
    refused = client.get("/held.csv")
    assert refused.status_code == 429
    assert "Two downloads are running" in refused.text
    assert client.get("/activity").status_code == 200
    running[0].close()
    third = client.get("/held.csv", buffered=False)
    assert third.status_code == 200
    for one in (running[1], third):
        one.close()
    assert client.head("/held.csv", buffered=True).status_code == 200


def test_another_workspace_has_its_own_downloads(
    client: FlaskClient, application: CommandApp
) -> None:
    running = [client.get("/activity.csv", buffered=False) for _ in range(2)]
    other = build_app(
        application.console(), ConsoleOptions(lambda _: Visitor("globex", "Eve"))
    ).test_client()
    assert other.get("/activity.csv", buffered=True).status_code == 200
    for one in running:
        one.close()


def test_no_file_has_message_text(client: FlaskClient, application: CommandApp) -> None:
    event = touchpoint(prospect(1), "event-1", subject="CANARY", content={"text": "CANARY"})
    refusal = Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "CANARY is not allowed")
    cause = causes.from_rejection(refusal, "Task")
    settle(application.store, keep(application.store, event), "held", cause=cause)
    for path in ("/activity.csv", "/held.csv"):
        assert len(rows(client, path)) == 1
        assert "CANARY" not in client.get(path).text


def test_the_pages_link_to_their_files_with_their_filters(
    client: FlaskClient, application: CommandApp
) -> None:
    assert "/activity.csv" not in client.get("/activity").text
    assert "/held.csv" not in client.get("/held").text
    cause = causes.required_empty("Contact", "Consent__c")
    settle(application.store, keep(application.store, purchase(prospect(1))), "held", cause=cause)
    assert 'href="/activity.csv?state=held"' in client.get("/activity?state=held").text
    assert 'href="/held.csv"' in client.get("/held").text


def test_what_a_look_up_found_is_a_file_of_the_same_prospects(
    client: FlaskClient, fake_clock: FakeClock
) -> None:
    pasted = "first_name,last_name,email,company\n=Ada,Byron,ada@acme.example,Acme\n"
    page = client.post("/search", data={"pasted": pasted}).text
    assert 'action="/search.csv"' in page
    response = client.post("/search.csv", data={"pasted": pasted})
    (row,) = csv.DictReader(StringIO(response.get_data().decode("utf-8-sig"), newline=""))
    assert row["Person"] == "'=Ada Byron"
    assert (row["Company"], row["Person in Salesforce"]) == ("Acme", "unknown")
    assert row["Why unknown"] == "not connected to Salesforce"
    assert fake_clock.now() == AT
    assert "search-acme-2026-09-21.csv" in response.headers["Content-Disposition"]
