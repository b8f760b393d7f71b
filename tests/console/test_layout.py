"""What stands around every page: whose org it is, and what everybody has to know now."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.console.outbox import connect
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.wiring.apps import CommandApp


def test_a_pause_says_why_and_when_it_ends(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    now = application.clock.now()
    application.store.pause(
        "acme", WorkspacePause("quota", "the org's daily API limit is reached", now, now + 3600)
    )
    page = client.get("/held").text
    assert "The org’s API calls for today are used up." in page
    assert "Goes on by itself at about <time datetime=" in page


def test_a_pause_for_another_reason_is_shown_in_its_words_as_text(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    application.store.pause(
        "acme", WorkspacePause("unavailable", "maintenance <b>now</b>", application.clock.now())
    )
    page = client.get("/held").text
    assert "Nothing is sent for now:" in page
    assert "maintenance &lt;b&gt;now&lt;/b&gt;. Goes on once a person has acted." in page


def test_a_pause_that_ran_out_is_not_shown(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    now = application.clock.now()
    application.store.pause("acme", WorkspacePause("quota", "used up", now - 60, now - 1))
    assert "used up" not in client.get("/held").text


def test_a_rule_file_with_a_mistake_is_told_on_every_page(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True)
    (folder / "10-eu.toml").write_text("mode = 'leads'\n")
    page = client.get("/search").text
    assert "rules/10-eu.toml has a mistake." in page
    assert "line 1" in page
    assert "It never was right: until it is, message contents are kept out." in page


def test_a_file_that_was_right_once_is_told_as_such(
    client: FlaskClient, application: CommandApp
) -> None:
    file = application.settings.config_dir / "rules" / "10-eu.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[switches]\ninclude_contents = false\n")
    client.get("/search")
    file.write_text("mode = 'leads'\n")
    assert "What it said before stays in force." in client.get("/search").text
