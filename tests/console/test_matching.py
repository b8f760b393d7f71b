"""The settings of matching: every value of the rule language has an answer, each is in force at once,
and a rule file's value is locked."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from zsf_plugin.console.configuration.matching import MatchChoice, match_choice
from zsf_plugin.console.presenters.match_settings import (
    MATCH_NAMES,
    MATCH_SETTINGS,
    MatchName,
    answer_in_force,
)
from zsf_plugin.console.rich_text import At
from zsf_plugin.model import JsonObject, Rule, Rules
from zsf_plugin.model.rules import Alerts, Many, SharedMailbox, UnaskedPolicy
from zsf_plugin.ports import HistoryLine
from zsf_plugin.wiring.apps import CommandApp

BY_SCRIPT = {"HX-Request": "true"}
WORKSPACE = "acme"
VALUES: dict[MatchName, tuple[str, ...]] = {
    "shared_mailbox": get_args(SharedMailbox),
    "unasked": get_args(UnaskedPolicy),
    "many": get_args(Many),
    "alerts": get_args(Alerts),
}
#: A value of each setting that is not its default.
OTHER: dict[MatchName, str] = {
    "shared_mailbox": "hold",
    "unasked": "create",
    "many": "oldest",
    "alerts": "save",
}


def save(client: FlaskClient, name: str, to: str, **headers: str) -> TestResponse:
    return client.post(f"/configuration/matching/{name}", data={"to": to}, headers=headers)


def in_force(application: CommandApp, name: MatchName) -> str:
    return answer_in_force(name, application.rulebook.rules(WORKSPACE))


def lock(application: CommandApp, text: str) -> None:
    folder = Path(application.settings.config_dir) / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-eu.toml").write_text(text)


def choice(name: MatchName, *rules: Rule, history: tuple[HistoryLine, ...] = ()) -> MatchChoice:
    return match_choice(name, rules, history)


@pytest.mark.parametrize("name", MATCH_NAMES)
def test_each_setting_has_an_answer_for_every_value_the_default_first(name: MatchName) -> None:
    answers = MATCH_SETTINGS[name].answers
    assert sorted(answers) == sorted(VALUES[name])
    assert next(iter(answers)) == getattr(Rules(), name)


@pytest.mark.parametrize("name", MATCH_NAMES)
def test_each_answer_says_what_it_costs_in_a_sentence_without_keys(name: MatchName) -> None:
    setting = MATCH_SETTINGS[name]
    texts = [setting.about, *(one.cost for one in setting.answers.values())]
    assert all(text.endswith(".") for text in texts)
    whole = " ".join([setting.title, *texts, *(one.title for one in setting.answers.values())])
    assert "_" not in whole
    assert "=" not in whole


@pytest.mark.parametrize("name", MATCH_NAMES)
def test_an_answer_is_in_force_at_once_and_can_be_undone(
    client: FlaskClient, application: CommandApp, name: MatchName
) -> None:
    before = in_force(application, name)
    answer = save(client, name, OTHER[name], **BY_SCRIPT)
    assert answer.status_code == 200
    assert in_force(application, name) == OTHER[name]
    assert MATCH_SETTINGS[name].title in answer.text
    assert answer.headers["HX-Trigger"] == "switched"
    version = application.store.console_rule(WORKSPACE)[1]
    undone = client.post(
        f"/configuration/matching/{name}/undo", data={"version": version}, headers=BY_SCRIPT
    )
    assert undone.status_code == 200
    assert in_force(application, name) == before
    assert application.store.console_rule(WORKSPACE)[0] == {}


def test_the_page_offers_every_setting_with_the_answer_in_force(client: FlaskClient) -> None:
    html = client.get("/configuration").text
    for name in MATCH_NAMES:
        default = getattr(Rules(), name)
        assert f'id="match-{name}-{default}" name="to" value="{default}" checked' in html


def test_one_setting_leaves_the_others_and_the_switches(
    client: FlaskClient, application: CommandApp
) -> None:
    client.post("/configuration/include_contents", data={"to": "on"})
    for name in MATCH_NAMES:
        save(client, name, OTHER[name])
    assert application.store.console_rule(WORKSPACE)[0] == {
        "switches": {"include_contents": True},
        "match": dict(OTHER),
    }


def test_the_history_says_who_chose_what(client: FlaskClient, application: CommandApp) -> None:
    save(client, "unasked", "create")
    (line,) = application.store.history(WORKSPACE, codes=("match",))
    detail = {name: line.detail[name] for name in ("match", "was", "now")}
    assert (line.by, detail) == ("Ada Admin", {"match": "unasked", "was": "hold", "now": "create"})
    assert ", by Ada Admin" in client.get("/configuration").text


def test_the_same_answer_again_changes_nothing(
    client: FlaskClient, application: CommandApp
) -> None:
    answer = save(client, "unasked", "hold", **BY_SCRIPT)
    assert "hold the entry, as before." in answer.text
    assert "Undo" not in answer.text
    assert application.store.console_rule(WORKSPACE)[1] == 0


@pytest.mark.parametrize("name", MATCH_NAMES)
def test_a_setting_of_a_rule_file_is_locked_and_a_post_is_refused(
    client: FlaskClient, application: CommandApp, name: MatchName
) -> None:
    lock(application, f'[match]\n{name} = "{OTHER[name]}"\n')
    page = client.get("/configuration").text
    assert f'id="match-{name}-save"' not in page
    assert "Set by 10-eu.toml" in page
    assert "Change it in that file." in page
    default = getattr(Rules(), name)
    for answer in (save(client, name, default, **BY_SCRIPT), save(client, name, default)):
        assert answer.status_code == 409
        assert "is set by 10-eu.toml. Change it in that file." in answer.text
    assert application.store.console_rule(WORKSPACE) == ({}, 0)


def test_a_setting_for_some_prospects_is_named(
    client: FlaskClient, application: CommandApp
) -> None:
    when = "prospect.location.country_code == 'DE'"
    lock(application, f'when = "{when}"\n[match]\nunasked = "create"\n')
    page = client.get("/configuration").text
    assert "10-eu.toml sets this for DE. This setting applies to everyone else." in page
    assert save(client, "unasked", "create").status_code == 303


def test_without_script_a_choice_redirects_to_the_page(client: FlaskClient) -> None:
    answer = save(client, "shared_mailbox", "hold")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mapping#configuration")


@pytest.mark.parametrize(
    ("name", "to", "code"), [("mode", "hold", 404), ("unasked", "maybe", 400), ("many", "", 400)]
)
def test_an_unknown_setting_or_answer_is_refused(
    client: FlaskClient, application: CommandApp, name: str, to: str, code: int
) -> None:
    assert save(client, name, to).status_code == code
    undone = client.post(f"/configuration/matching/{name}/undo", data={"version": "x"})
    assert undone.status_code in (400, 404)
    assert application.store.console_rule(WORKSPACE)[1] == 0


def test_a_choice_without_its_token_is_refused(console: Flask, application: CommandApp) -> None:
    assert save(console.test_client(), "unasked", "create").status_code == 400
    assert in_force(application, "unasked") == "hold"


def test_a_setting_says_since_when_and_by_whom() -> None:
    rule = Rule("console", "console", {"match": {"unasked": "create"}})
    detail: JsonObject = {"match": "unasked", "was": "hold", "now": "create", "version": 1}
    line = HistoryLine(10.0, "match", "Jörg", detail)
    assert choice("unasked").since == ("By default",)
    assert choice("unasked", rule).since == ("Set here",)
    assert choice("unasked", rule, history=(line,)).since == ("Since ", At(10.0), ", by Jörg")
    assert choice("many", rule, history=(line,)).since == ("By default",)
