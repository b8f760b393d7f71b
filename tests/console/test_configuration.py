"""Flipping switches: saved at once, undone unless someone has flipped it since, and refused if a file sets
it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.console_rules import save_console_rules
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.ports import HistoryLine
from zsf_plugin.settings import from_environment
from zsf_plugin.sync.scheduler import Scheduler
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

BY_SCRIPT = {"HX-Request": "true"}
WORKSPACE = "acme"


def flip(client: FlaskClient, switch: str, to: str, **headers: str) -> TestResponse:
    return client.post(
        f"/configuration/{switch}", data={"to": to}, headers={**BY_SCRIPT, **headers}
    )


def undo(client: FlaskClient, switch: str, version: object) -> TestResponse:
    return client.post(
        f"/configuration/{switch}/undo", data={"version": version}, headers=BY_SCRIPT
    )


def in_force(application: CommandApp, workspace: str = WORKSPACE) -> dict[str, bool]:
    switches = application.rulebook.rules_for(workspace, {"workspace": workspace}).switches
    return {
        name: getattr(switches, name)
        for name in ("sync_prospects", "sync_activities", "include_contents")
    }


def version(application: CommandApp) -> int:
    return application.store.console_rule(WORKSPACE)[1]


def by(application: CommandApp, name: str, workspace: str = WORKSPACE) -> FlaskClient:
    """The browser of another visitor."""
    app = build_app(application.console(), ConsoleOptions(lambda _: Visitor(workspace, name)))
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def lock(application: CommandApp, text: str) -> None:
    folder = Path(application.settings.config_dir) / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-eu.toml").write_text(text)


@pytest.mark.parametrize(
    ("switch", "to"),
    [("sync_prospects", "off"), ("sync_activities", "off"), ("include_contents", "on")],
)
def test_a_flip_is_in_force_at_once_and_offers_an_undo(
    client: FlaskClient, application: CommandApp, switch: str, to: str
) -> None:
    before = in_force(application)
    answer = flip(client, switch, to)
    assert answer.status_code == 200
    assert in_force(application) == {**before, switch: to == "on"}
    assert f" is {to}." in answer.text
    assert f'aria-checked="{"true" if to == "on" else "false"}"' in answer.text
    assert answer.headers["HX-Trigger"] == "switched"
    assert undo(client, switch, version(application)).status_code == 200
    assert in_force(application) == before


def test_an_undo_restores_the_rules_and_keeps_other_saved_changes(
    client: FlaskClient, application: CommandApp
) -> None:
    flip(client, "sync_activities", "off")
    flipped_as = version(application)
    mapping = {**application.store.console_rule(WORKSPACE)[0], "mode": "contact"}
    save_console_rules(application, WORKSPACE, mapping, flipped_as, HistoryLine(0.0, "mapping"))
    assert undo(client, "sync_activities", flipped_as).status_code == 200
    assert application.store.console_rule(WORKSPACE)[0] == {"mode": "contact"}


def test_the_history_says_who_flipped_what(client: FlaskClient, application: CommandApp) -> None:
    flip(client, "sync_prospects", "off")
    (line,) = application.store.history(WORKSPACE, codes=("switch",))
    detail = {name: line.detail[name] for name in ("switch", "was", "now")}
    assert (line.by, detail) == (
        "Ada Admin",
        {"switch": "sync_prospects", "was": True, "now": False},
    )


def test_flipping_to_the_same_state_changes_nothing(
    client: FlaskClient, application: CommandApp
) -> None:
    answer = flip(client, "sync_prospects", "on")
    assert "is already on." in answer.text
    assert "Undo" not in answer.text
    assert version(application) == 0


def test_an_undo_after_someone_elses_flip_names_them_and_undoes_nothing(
    client: FlaskClient, application: CommandApp
) -> None:
    flip(client, "sync_activities", "off")
    mine = version(application)
    other = by(application, "Jörg Öztürk")
    flip(other, "sync_activities", "on")
    flip(other, "sync_activities", "off")
    answer = undo(client, "sync_activities", mine)
    assert answer.status_code == 409
    assert "Jörg Öztürk has changed Sync activities since. Nothing was undone." in answer.text
    assert in_force(application)["sync_activities"] is False


def test_a_flip_of_another_switch_does_not_prevent_an_undo(
    client: FlaskClient, application: CommandApp
) -> None:
    flip(client, "sync_activities", "off")
    mine = version(application)
    flip(by(application, "Jörg"), "include_contents", "on")
    assert undo(client, "sync_activities", mine).status_code == 200
    assert in_force(application) == {
        "sync_prospects": True,
        "sync_activities": True,
        "include_contents": True,
    }


def test_an_undo_of_an_unknown_flip_undoes_nothing(client: FlaskClient) -> None:
    assert undo(client, "sync_activities", 7).status_code == 409


def test_a_switch_that_a_file_sets_is_locked_and_a_post_is_refused(
    client: FlaskClient, application: CommandApp
) -> None:
    lock(application, "[switches]\ninclude_contents = false\n")
    page = client.get("/configuration").text
    assert 'aria-disabled="true"' in page
    assert "Set by 10-eu.toml. Change it in that file." in page
    for answer in (
        flip(client, "include_contents", "on"),
        client.post("/configuration/include_contents", data={"to": "on"}),
        undo(client, "include_contents", 1),
    ):
        assert answer.status_code == 409
        assert (
            "Include message contents is set by 10-eu.toml. Change it in that file." in answer.text
        )
    assert in_force(application)["include_contents"] is False
    assert version(application) == 0


def test_a_switch_that_a_file_sets_for_some_can_be_flipped_for_everyone_else(
    client: FlaskClient, application: CommandApp
) -> None:
    lock(
        application,
        "when = \"prospect.location.country_code == 'DE'\"\n[switches]\nsync_prospects = false\n",
    )
    assert (
        "10-eu.toml turns this off for DE. This switch applies to everyone else."
        in client.get("/configuration").text
    )
    assert flip(client, "sync_prospects", "off").status_code == 200


def test_without_script_a_flip_redirects_to_the_page(
    client: FlaskClient, application: CommandApp
) -> None:
    answer = client.post("/configuration/sync_prospects", data={"to": "off"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mapping#configuration")
    assert in_force(application)["sync_prospects"] is False


@pytest.mark.parametrize(("path", "code"), [("sync_everything", 404), ("sync_prospects", 400)])
def test_an_unknown_switch_or_setting_is_refused(client: FlaskClient, path: str, code: int) -> None:
    assert client.post(f"/configuration/{path}", data={"to": "maybe"}).status_code == code
    assert client.post(f"/configuration/{path}/undo", data={"version": "x"}).status_code == code


def test_a_flip_affects_only_the_visitors_workspace(
    client: FlaskClient, application: CommandApp
) -> None:
    flip(client, "sync_prospects", "off")
    assert in_force(application, "other")["sync_prospects"] is True
    foreign = by(application, "Eve", "other")
    assert undo(foreign, "sync_prospects", version(application)).status_code == 409
    assert "Ada" not in foreign.get("/configuration").text
    assert in_force(application)["sync_prospects"] is False


def test_a_flip_without_its_token_is_refused(console: Flask, application: CommandApp) -> None:
    answer = flip(console.test_client(), "sync_prospects", "off")
    assert answer.status_code == 400
    assert in_force(application)["sync_prospects"] is True


def test_names_are_shown_unchanged(application: CommandApp) -> None:
    client = by(application, "<b>Ada & Co</b>")
    assert "by &lt;b&gt;Ada &amp; Co&lt;/b&gt;" in flip(client, "sync_prospects", "off").text


def test_a_flip_wakes_the_drain_only_if_it_runs_in_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(Scheduler, "wake", lambda _, workspace: woken.append(workspace))
    for drain in ("external", "background"):
        settings = from_environment(
            {}, config_dir=tmp_path, data_dir=tmp_path / drain, host_settings={"drain": drain}
        )
        application = CommandApp(Parts(settings))
        flip(by(application, "Ada"), "sync_prospects", "off")
        application.close()
    assert woken == [WORKSPACE]


def test_a_switch_that_another_set_at_the_same_moment_is_not_set_once_more(
    client: FlaskClient, application: CommandApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an undo would take back what the other did."""
    before = application.rulebook.rules(WORKSPACE)
    flip(by(application, "Grace"), "include_contents", "on")
    monkeypatch.setattr(application.rulebook, "rules", lambda _: before)
    assert "already on" in flip(client, "include_contents", "on").text
    assert version(application) == 1
