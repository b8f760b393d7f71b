"""The Overview page without a browser: its numbers, what it says when there are none, and its
files."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import ACME, connect, keep, settle, undo
from tests.fakes.clock import FakeClock
from tests.fakes.events import prospect, purchase
from zsf_plugin.decision import causes
from zsf_plugin.model import Step
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import CommandApp

DAY_S = 86_400.0
CREATED = (Step("created", "Lead"),)
LINKED = (Step("found", "Contact", data={"by": "match_key", "record": "003", "fields": ["Email"]}),)
UPDATED = (Step("found", "Lead", data={"by": "link"}), Step("updated", "Lead"))


@pytest.fixture(autouse=True)
def now(fake_clock: FakeClock) -> float:
    """21 September 2026, early in the afternoon."""
    return fake_clock.now()


def text(client: FlaskClient, path: str = "/overview") -> str:
    """The page without markup, its spaces single."""
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def end(
    application: CommandApp,
    number: int,
    steps: tuple[Step, ...],
    at: float,
    workspace: str = ACME,
) -> None:
    """Purchase a prospect, which ends as these steps say."""
    event = purchase(prospect(number), f"{workspace}-{number}")
    settle(
        application.store,
        keep(application.store, event, workspace, at),
        "done",
        steps=steps,
        at=at,
    )


def hold(application: CommandApp, number: int, at: float) -> None:
    entry = keep(application.store, purchase(prospect(number), f"event-{number}"), at=at)
    cause = causes.required_empty("Contact", "Consent__c")
    settle(application.store, entry, "held", cause=cause, at=at)


def test_the_console_begins_with_the_overview_once_it_is_connected(
    client: FlaskClient, application: CommandApp
) -> None:
    assert client.get("/").headers["Location"] == "/connection"
    connect(application.store)
    assert client.get("/").headers["Location"] == "/overview"


def test_an_empty_page_says_what_to_do_first(client: FlaskClient, application: CommandApp) -> None:
    assert "Connect Salesforce to begin" in text(client)
    connect(application.store)
    assert "Ready for the first purchase" in text(client)
    connection = application.store.connection(ACME)
    assert connection is not None
    application.store.save_connection(replace(connection, state="previewing"))
    keep(application.store, purchase(prospect(1)))
    shown = text(client)
    assert "Almost there" in shown
    assert "1 entry waits; until then nothing is sent." in shown
    assert "Results by day" not in shown


def test_what_happened_is_counted_by_day_and_in_all(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    connect(application.store)
    end(application, 1, CREATED, now)
    end(application, 2, CREATED, now - 3 * DAY_S)
    end(application, 3, LINKED, now - 3 * DAY_S)
    end(application, 4, UPDATED, now - 29 * DAY_S)
    end(application, 5, UPDATED, now - 31 * DAY_S)
    end(application, 6, CREATED, now, workspace="other")
    hold(application, 7, now)
    shown = text(client)
    assert "People created 2 1 today" in shown
    assert "Linked to existing people 1 0 today" in shown
    assert "People updated 1 0 today" in shown
    assert "21 Sep 2026: 1 created, 1 held" in shown
    assert "21 Sep 2026 1 0 0 0 1 0 0 0 20 Sep 2026" in shown
    assert "18 Sep 2026 1 1 0 0 0 0 0 0 17 Sep 2026" in shown
    assert "23 Aug 2026 0 0 1 0 0 0 0 0" in shown
    assert "22 Aug 2026" not in shown


def test_what_needs_someone_is_beside_the_numbers(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    connect(application.store)
    for number in (1, 2):
        hold(application, number, now)
    keep(application.store, purchase(prospect(3), "waits"), at=now - 3_600)
    html, shown = client.get("/overview").text, text(client)
    assert "Waiting 1 entry the oldest since 13:13 UTC Held 2 entries" in shown
    assert re.search(r'<a href="/held#cause-\w+">Contact needs Consent', html)


def test_the_switches_and_the_latest_changes_say_who_and_what(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    connect(application.store)
    lines = [
        HistoryLine(now - 9 * DAY_S, "disconnected", "Bo"),
        HistoryLine(now, "switch", "Ada", {"switch": "sync_prospects", "was": True, "now": False}),
        HistoryLine(now, "match", "Ada", {"match": "many", "was": "hold", "now": "oldest"}),
        HistoryLine(now, "mode", "Ada", {"mode": "contact"}),
        HistoryLine(
            now,
            "mapping",
            "Ada",
            {"rows": [{"object": "Contact", "field": "Title"}], "mode": "lead"},
        ),
        HistoryLine(now, "mapping", "Ada", {"fields": [f"Lead.F{n}" for n in range(5)]}),
        HistoryLine(now, "mapping", "Ada"),
        HistoryLine(now, "released", "Ada", {"entries": 2}),
        HistoryLine(now, "dropped", "Ada", {"entries": 1}),
    ]
    for line in lines:
        application.store.add_history(ACME, line)
    shown = text(client)
    assert "1 held entry dropped by Ada" in shown
    assert "2 held entries retried by Ada" in shown
    assert "Mapping changed by Ada" in shown
    assert "Mapping changed: 5 fields by Ada" in shown
    assert "Mapping changed: Contact Title; prospects become Leads by Ada" in shown
    assert "Prospects become Contacts + Accounts by Ada" in shown
    assert "Several matching records: " in shown
    assert "Sync prospects turned off by Ada" in shown
    assert "Disconnected" not in shown  # the ninth
    assert "Sync prospects On by default" in shown


def test_the_calls_of_a_day_stand_beside_what_the_org_allows(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    connect(application.store)
    connection = application.store.connection(ACME)
    assert connection is not None
    assert "API calls by day" not in text(client)
    application.store.count_calls(connection.org_id, "purchases", 300, now)
    application.store.count_calls(connection.org_id, "badges", 100, now)
    assert "At most 400 on one day. Salesforce has not reported" in text(client)
    application.store.note_usage(connection.org_id, 900, 1_000, now)
    shown = text(client)
    assert "At most 400 on one day, 40 % of the 1,000 that the org may use." in shown
    assert "21 Sep 2026: 300 purchases, 100 badges" in shown
    assert 'class="chart-limit"' in client.get("/overview").text
    application.store.note_usage(connection.org_id, 900, 1_000_000, now)
    assert "less than 1 % of the 1,000,000" in text(client)
    assert 'class="chart-limit"' not in client.get("/overview").text


def test_each_chart_has_its_numbers_as_a_file(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    assert client.get("/overview/calls.csv").status_code == 404
    connect(application.store)
    end(application, 1, CREATED, now)
    connection = application.store.connection(ACME)
    assert connection is not None
    application.store.count_calls(connection.org_id, "activities", 7, now)
    results = client.get("/overview/results.csv").text.splitlines()
    assert results[0] == (
        "\ufeffDay (UTC),Created,Linked,Updated,Logged,Held,Already up to date,Undone,Skipped"
    )
    assert results[1] == "2026-08-23,0,0,0,0,0,0,0,0"
    assert results[-1] == "2026-09-21,1,0,0,0,0,0,0,0"
    assert len(results) == 31
    calls = client.get("/overview/calls.csv").text.splitlines()
    assert (calls[0], calls[-1]) == (
        '\ufeffDay (UTC),Purchases,Activities,Badges,"Upkeep (fields, limits)"',
        "2026-09-21,0,7,0,0",
    )


def test_activity_shows_today_while_no_entry_is_open(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    assert "Today Nothing yet. Since midnight UTC." in text(client, "/activity")
    end(application, 1, CREATED, now)
    end(application, 2, CREATED, now - DAY_S)
    hold(application, 3, now)
    assert "Today 1 created 1 held Since midnight UTC." in text(client, "/activity")


def test_an_undone_entry_is_said_beside_the_figures_and_is_in_the_table_and_the_file(
    client: FlaskClient, application: CommandApp, now: float
) -> None:
    connect(application.store)
    for number in range(3):
        end(application, number, CREATED, now - DAY_S)
    assert "undone since" not in text(client)
    newest = application.store.entries(ACME)[0]
    undo(application.store, newest.id, now)
    shown = text(client)
    assert "People created 2 0 today" in shown
    assert "1 entry was undone since" in shown
    heading, *_, yesterday, _ = client.get("/overview/results.csv").text.splitlines()
    numbers = dict(zip(heading.split(","), yesterday.split(","), strict=True))
    assert (numbers["Created"], numbers["Undone"]) == ("2", "1")
