"""The layout of every page: the org and the notices."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.console.outbox import connect, keep
from tests.console.page_checks import outside_links, repeated_notices
from tests.console.walk import pages
from tests.fakes.events import prospect, purchase
from zsf_plugin.documentation import BASE_URL, PAGES
from zsf_plugin.model import Tokens
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.store import Cipher
from zsf_plugin.wiring.apps import CommandApp


def test_a_pause_says_why_and_when_it_ends(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    now = application.clock.now()
    application.store.pause(
        "acme", WorkspacePause("quota", "the org's daily API limit is reached", now, now + 3600)
    )
    page = client.get("/held").text
    assert "The org’s API calls for today are used up." in page
    assert "Nothing waits. Sending continues at about <time datetime=" in page


def test_a_pause_for_another_reason_shows_that_reason_as_text(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    application.store.pause(
        "acme", WorkspacePause("unavailable", "maintenance <b>now</b>", application.clock.now())
    )
    page = client.get("/held").text
    assert "Sending is paused." in page
    assert "maintenance &lt;b&gt;now&lt;/b&gt;. Nothing waits. Sending continues when" in page


def test_a_secret_key_that_does_not_fit_is_shown_with_what_to_do(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    former = Cipher("a former key", "this test")
    present = application.store._cipher
    application.store._cipher = former
    connection = application.store.connection("acme")
    assert connection is not None
    application.store.save_connection(connection, Tokens("access", "refresh"))
    application.store._cipher = present
    page = client.get("/held").text
    assert "The stored sign-in cannot be read." in page
    assert "ZSF_SECRET_KEY_PREVIOUS" in page


def test_an_expired_pause_is_not_shown(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    now = application.clock.now()
    application.store.pause("acme", WorkspacePause("quota", "used up", now - 60, now - 1))
    assert "used up" not in client.get("/held").text


def test_a_rule_file_that_is_not_read_is_shown_on_every_page(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True)
    (folder / "10-eu.yaml").write_text("switches: {include_contents: no}\n")
    (folder / "20-eu.toml.txt").write_text('mode = "contact"\n')
    page = client.get("/search").text
    assert "rules/10-eu.yaml has no effect." in page
    assert "message contents stay off meanwhile." in page
    assert "rules/20-eu.toml.txt has no effect." in page
    assert "rename it to &#39;20-eu.toml&#39;" in page
    assert page.count("message contents stay off meanwhile.") == 1


def test_a_condition_that_is_never_true_is_shown_with_what_to_write(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True)
    (folder / "10-big.toml").write_text("when = \"prospect.company.employees > '100'\"\n")
    (folder / "20-typo.toml").write_text("when = \"prospect.emial == 'x'\"\n")
    page = client.get("/search").text
    assert "rules/10-big.toml says something that is the same for every event." in page
    assert "It is in force. Line 1: " in page
    assert "write a number in backticks: `100`" in page
    assert "20-typo" not in page


def test_a_file_with_a_match_key_that_never_matches_is_not_called_invalid(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True)
    match = "[match]\nLead = ['Nickname__c']\n"
    (folder / "10-match.toml").write_text(match)
    (folder / "20-both.toml").write_text(f"when = \"prospect.company.employees > '1'\"\n{match}")
    (folder / "30-old.toml").write_text(match)
    page = client.get("/search").text
    (folder / "30-old.toml").write_text("mode = 'leads'\n")
    assert "rules/10-match.toml has a match key without effect." in page
    assert "It is in force. Line 2: nothing fills Lead.Nickname__c" in page
    assert "rules/20-both.toml has an expression or a match key without effect." in page
    assert "is invalid." not in page
    page = client.get("/search").text
    assert "rules/30-old.toml is invalid." in page
    assert "Its last valid version stays in force." in page
    assert "has a match key without effect" not in client.get("/rules").text


def test_an_invalid_rule_file_is_shown_on_every_page(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True)
    (folder / "10-eu.toml").write_text("mode = 'leads'\n")
    page = client.get("/search").text
    assert "rules/10-eu.toml is invalid." in page
    assert "Line 1: " in page
    assert "It is ignored, and message contents stay off until it is fixed." in page


def test_a_file_that_was_valid_before_keeps_its_last_valid_version(
    client: FlaskClient, application: CommandApp
) -> None:
    file = application.settings.config_dir / "rules" / "10-eu.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[switches]\ninclude_contents = false\n")
    client.get("/search")
    file.write_text("mode = 'leads'\n")
    assert "Its last valid version stays in force." in client.get("/search").text


State = Literal["not_connected", "previewing", "reconnect", "quota", "unavailable", "syncing"]


def bring_to(state: State, application: CommandApp) -> None:
    """Bring the workspace, with a waiting entry, into that state."""
    store, now = application.store, application.clock.now()
    keep(store, purchase(prospect(1)))
    if state == "not_connected":
        return
    connect(store)
    connection = store.connection("acme")
    assert connection is not None
    if state in ("previewing", "reconnect"):
        store.save_connection(replace(connection, state=state))
    if state in ("quota", "unavailable"):
        store.pause("acme", WorkspacePause(state, "maintenance", now, now + 3600))


@pytest.mark.parametrize("state", State.__args__)
def test_no_page_repeats_a_notice(
    client: FlaskClient, console: Flask, application: CommandApp, state: State
) -> None:
    bring_to(state, application)
    found = {
        one.path: repeated
        for one in pages(console, {"entry_id": "e1"})
        if (repeated := repeated_notices(client.get(one.path).text))
    }
    assert found == {}


def test_each_page_starts_with_a_link_that_skips_to_its_main_part(
    client: FlaskClient, console: Flask
) -> None:
    for one in pages(console, {"entry_id": "e1"}):
        page = client.get(one.path).text
        if "<body" in page:
            first = re.search(r"<(?:a|button|input|select)\b[^>]*>", page.partition("<body")[2])
            assert first is not None
            assert first[0] == '<a class="skip" href="#main">', one.path
            assert 'id="main"' in page


def test_help_opens_the_documentation_in_a_new_tab(client: FlaskClient, console: Flask) -> None:
    seen = set()
    for one in pages(console, {"entry_id": "e1"}):
        for link in outside_links(client.get(one.path).text):
            assert link["href"].startswith(BASE_URL), one.path
            assert (link["target"], link["rel"]) == ("_blank", "noopener")
            seen.add(link["href"].removeprefix(BASE_URL))
    assert seen >= {"console.html", "rules.html", "errors.html"}
    assert seen <= {f"{page}.html" for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_each_help_page_is_part_of_the_documentation(page: str) -> None:
    assert (Path("docs") / f"{page}.md").is_file()


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("/overview", "Overview"),
        ("/configuration", "Field mapping"),
        ("/mapping/preview", "Field mapping"),
        ("/rules/history", "Rules"),
        ("/person?id=p1", "Activity"),
    ],
)
def test_every_page_marks_the_tab_that_it_belongs_to(
    client: FlaskClient, application: CommandApp, path: str, tab: str
) -> None:
    """Also on a phone, where the menu's button names it."""
    connect(application.store)
    keep(application.store, purchase(prospect(1)))
    html = client.get(path).text
    assert re.findall(r'aria-current="page">([^<]+)', html) == [tab]
    assert f'<span class="tabs-here">{tab}</span>' in html


def test_an_unknown_address_belongs_to_no_tab(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    html = client.get("/held/nothing").text
    assert 'aria-current="page"' not in html
