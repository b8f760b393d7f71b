"""Search preview without a browser: the rows, refused input, no traces, and workspaces kept apart."""

from __future__ import annotations

import io
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.bad_input.place import Place
from tests.console.conftest import ADA
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.console.search.lookup import look_up
from zsf_plugin.console.search.parsing import parse_prospects
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import Connection, Tokens
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.orgs import Orgs
from zsf_plugin.wiring.parts import Parts

ORG = "https://acme.my.salesforce.com"
ADDRESS = "ada1@acme1.example"
PASTED = f"id,first_name,last_name,email,company\np1,Ada,Byron,{ADDRESS},Acme 1\n"


@pytest.fixture
def crm(parts: Parts, application: CommandApp, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    """Ada's workspace is connected to an org in memory."""
    made = FakeCrm(facts(), {})
    parts.clock = FakeClock(1_790_000_000.0)
    connect(application, made, "acme")
    monkeypatch.setattr(Orgs, "crm_of", lambda *_: made)
    return made


def connect(application: CommandApp, crm: FakeCrm, workspace: str, url: str = ORG) -> None:
    connection = Connection(
        workspace,
        crm.org.org_id,
        "005000000000009AAA",
        "admin",
        "production",
        url,
        url,
        "client",
        False,
        "68.0",
        1.0,
    )
    application.store.save_connection(connection, Tokens("access", "refresh"))


def page(client: FlaskClient, text: str = PASTED, part: bool = False) -> str:
    headers = {"HX-Request": "true"} if part else {}
    return client.post("/search", data={"pasted": text}, headers=headers).text


def words(html: str) -> str:
    """The text of the rows."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    body = re.sub(r"<title>.*?</title>", "", body)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def names(html: str) -> list[str]:
    """The alternative texts of the badges."""
    return re.findall(r'role="img" aria-label="([^"]+)"', html.partition("<tbody")[2])


def test_a_person_who_exists_is_black_with_a_link_to_the_record(
    client: FlaskClient, crm: FakeCrm
) -> None:
    record = crm.add("Contact", LastName="Byron", Email=ADDRESS)
    html = page(client)
    assert names(html) == ["Person exists", "Company doesn’t exist"]
    assert f'<a href="{ORG}/{record}" target="_blank" rel="noopener noreferrer">Contact<' in html
    assert "just now" in words(html)


def test_a_person_without_a_match_is_grey(client: FlaskClient, crm: FakeCrm) -> None:
    html = page(client)
    assert names(html) == ["Person doesn’t exist", "Company doesn’t exist"]
    assert "Not in Salesforce" in words(html)


def test_several_matches_are_counted_and_none_is_named(client: FlaskClient, crm: FakeCrm) -> None:
    for _ in range(3):
        crm.add("Contact", LastName="Byron", Email=ADDRESS)
    html = page(client)
    assert "3 Contacts a purchase would be held" in words(html)
    assert f'href="{ORG}' not in html


def test_a_linked_person_was_not_looked_up(
    client: FlaskClient, application: CommandApp, crm: FakeCrm
) -> None:
    event = purchase(prospect(1, id="p1"))
    envelope = {"workspace": "acme", "event_id": event.event_id, "occurred_at": event.occurred_at}
    application.intake.receive("on_prospect_purchased", dict(**envelope, **event.payload))
    assert application.drains.drain("acme").done == 1
    finds = crm.finds
    assert "Lead of Ada Byron, opens in Salesforce linked" in words(page(client))
    assert crm.finds == finds


def test_without_a_connection_the_reason_and_the_next_step_are_shown(client: FlaskClient) -> None:
    html = page(client)
    assert names(html) == ["Person unknown", "Company unknown"]
    assert "Unknown not connected to Salesforce not yet" in words(html)
    assert 'href="/connection"' in html.partition("search-foot")[2]


def test_throttled_badges_name_their_share_and_when_they_are_checked_again(
    client: FlaskClient, application: CommandApp, crm: FakeCrm
) -> None:
    application.store.note_usage(crm.org.org_id, 600, 1000, application.clock.now())
    html = page(client)
    assert "Unknown badges are paused" in words(html)
    assert "0 API calls: badges are paused." in html
    assert "Badges pause from 50 % of the org’s calls; checked again at about <time" in html


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("unavailable", "Unknown Salesforce doesn’t answer"),
        ("concurrent", "Unknown Salesforce doesn’t answer"),
        ("quota", "Unknown the workspace is paused"),
    ],
)
def test_a_pause_of_the_workspace_is_the_reason(
    client: FlaskClient, application: CommandApp, crm: FakeCrm, code: str, why: str
) -> None:
    application.store.pause("acme", WorkspacePause(code, "", application.clock.now()))
    assert why in words(page(client))


def test_a_person_without_a_match_key_is_unknown(client: FlaskClient, crm: FakeCrm) -> None:
    assert "Unknown no match key has a value" in words(page(client, "first_name\nAda\n"))


def test_an_unnamed_company_has_no_badge(client: FlaskClient, crm: FakeCrm) -> None:
    assert names(page(client, "email\na@b.example\n")) == ["Person doesn’t exist"]


def test_an_address_outside_the_org_is_no_link(
    client: FlaskClient, application: CommandApp, crm: FakeCrm
) -> None:
    connect(application, crm, "acme", "javascript:alert(1)//x")
    crm.add("Contact", LastName="Byron", Email=ADDRESS)
    html = page(client)
    assert names(html)[0] == "Person exists"
    assert "javascript:alert" not in html


def test_people_looked_up_before_are_counted_as_known(
    application: CommandApp, crm: FakeCrm
) -> None:
    parsed = parse_prospects(PASTED)
    assert look_up(application, "acme", parsed).known == 0
    application.clock.sleep(120)
    again = look_up(application, "acme", parsed)
    assert (again.known, crm.finds) == (1, 1)
    assert application.clock.now() - (again.rows[0].found.at or 0.0) == 120


def test_an_invalid_line_is_a_finding_and_the_valid_ones_are_looked_up(
    client: FlaskClient, crm: FakeCrm
) -> None:
    html = page(
        client, "first_name,email,company\nA,a@b.example,C\nD,d@e.example\nF,f@g.example,H\n"
    )
    assert "<li>Line 3 has 2 columns; the header row has 3.</li>" in html
    assert html.count("<tr") == 3, "the heading and two prospects"


def test_more_findings_than_fit_are_folded(client: FlaskClient, crm: FakeCrm) -> None:
    html = page(client, "email,company\n" + "a\n" * 20)
    assert html.count("<li>Line") == 20
    assert "<summary>12 more</summary>" in html


def test_unreadable_input_is_an_error_in_words(client: FlaskClient) -> None:
    for text, words in (("", "Nothing was pasted."), ("Ada,Byron\n", "No prospect could be read")):
        answer = client.post("/search", data={"pasted": text})
        assert answer.status_code == 422
        assert words in answer.text


def test_a_file_takes_precedence_over_the_box_and_fills_it(
    client: FlaskClient, crm: FakeCrm
) -> None:
    file = (
        io.BytesIO("E-Mail;Bemerkung;Company\nz@b.example;x;Zürich AG\n".encode("cp1252")),
        "people.csv",
    )
    answer = client.post(
        "/search",
        data={"pasted": "email\nno@b.example\n", "file": file},
        headers={"HX-Request": "true"},
    )
    assert "Zürich AG" in words(answer.text)
    assert 'hx-swap-oob="true">\nE-Mail;Bemerkung;Company' in answer.text


def test_a_request_for_a_part_gets_only_that_part(client: FlaskClient, crm: FakeCrm) -> None:
    html = page(client, part=True)
    assert "<html" not in html
    assert (
        '<div id="toast" class="toast" role="status" aria-live="polite" hx-swap-oob="true"><p>1 prospect looked up.</p>'
        in html
    )


def test_what_a_big_file_found_can_be_downloaded(client: FlaskClient, crm: FakeCrm) -> None:
    rows = (f"Jürgen;Müßig;a{number}@acme1.example;" for number in range(5_000))
    text = "\n".join(["first_name;last_name;email;phone", *rows])
    answer = client.post("/search", data={"file": (io.BytesIO(text.encode()), "people.csv")})
    form = answer.text.partition('class="search-export"')[2]
    assert 'enctype="multipart/form-data"' in form
    (carried,) = re.findall(r'name="pasted" value="([^"]*)"', form)
    assert carried.count("\n") < 150
    file = client.post("/search.csv", data={"pasted": carried})
    assert len(file.get_data(as_text=True).splitlines()) == 101


def test_too_much_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/search", data={"pasted": "a" * 1_100_000})
    assert answer.status_code == 413
    assert "Too much data" in answer.text


def test_nothing_pasted_is_stored_or_logged(
    client: FlaskClient, application: CommandApp, crm: FakeCrm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page(client)
    page(client, PASTED.replace(ADDRESS, "canary@b.example") + '{"broken canary')
    application.store.close()
    kept = b"".join(
        path.read_bytes() for path in application.settings.data_dir.iterdir() if path.is_file()
    )
    assert ADDRESS.encode() not in kept
    assert b"canary" not in kept
    assert "canary" not in caplog.text


def test_it_looks_up_only_in_the_visitors_workspace(
    client: FlaskClient, console: Flask, application: CommandApp, crm: FakeCrm
) -> None:
    application.store.forget_connection(ADA.workspace)
    connect(application, crm, "another")
    crm.add("Contact", LastName="Byron", Email=ADDRESS)
    assert names(page(client)) == ["Person unknown", "Company unknown"]
    assert crm.finds == 0


def test_the_badge_style_sheet_needs_no_visitor(console: Flask) -> None:
    answer = console.test_client().get("/badge.css")
    assert answer.mimetype == "text/css"
    assert "Set-Cookie" not in answer.headers
    assert ".zsf-badge-disc" in answer.text


def test_look_ups_at_the_same_time_say_each_its_own_calls(tmp_path: Path) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        place = Place(tmp_path, emulator)
        place.connect()
        place.app.orgs.crm("default").facts()
        used = emulator.org.used
        texts = [f"email\nada@acme{number}.example\n" for number in range(6)]
        with ThreadPoolExecutor(len(texts)) as pool:
            found = list(
                pool.map(
                    lambda text: look_up(place.app.console(), "default", parse_prospects(text)),
                    texts,
                )
            )
        said = [sum(one.calls.values()) for one in found]
        assert sum(said) == emulator.org.used - used > 0
        assert max(said) <= 2
        place.app.close()


def test_an_example_fills_the_box_without_a_look_up(client: FlaskClient, crm: FakeCrm) -> None:
    assert "Wim,van der Steen" in client.get("/search?example=1").text
    assert crm.finds == 0
