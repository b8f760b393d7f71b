"""The history of settings: who saved what, before and after, and the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.console.conftest import ADA
from zsf_plugin.console.rules.history import PAGE_SIZE
from zsf_plugin.console.rules.versions import Comparison, FieldTrouble
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import HistoryLine, SavedRules
from zsf_plugin.rulebook.rulebook import shipped_rules
from zsf_plugin.wiring.apps import CommandApp

FIRST: JsonObject = {"mode": "contact", "switches": {"sync_activities": False}}
SECOND: JsonObject = {
    "mode": "contact",
    "fields": {"Contact": {"Title": {"from": "prospect.title", "overwrite": "always"}}},
}


def save(application: CommandApp, *documents: JsonObject, by: str = "Jörg Öztürk") -> None:
    store = application.store
    for document in documents:
        _, version = store.console_rule("acme")
        line = HistoryLine(1_700_000_000.0 + version, "mapping", by)
        assert store.save_console_rule("acme", document, expected_version=version, line=line)


def text_of(html: str) -> str:
    """What a person reads on the page."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def read(client: FlaskClient, path: str = "/rules/history") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return text_of(answer.text)


def restore(client: FlaskClient, version: int, seen: int) -> Any:
    return client.post(f"/rules/history/{version}/restore", data={"seen": str(seen)})


def comparison(application: CommandApp) -> Comparison:
    rules = application.rulebook.rules("acme")
    return Comparison(rules, lambda _, field: field, lambda *_: "")


def test_without_a_save_the_history_says_so(client: FlaskClient) -> None:
    assert "Nothing was changed yet" in read(client)


def test_each_save_has_who_and_what_before_and_after_in_an_admins_words(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, FIRST, SECOND)
    text = read(client)
    assert text.index("version 2") < text.index("version 1")
    assert "Jörg Öztürk In force" in text
    assert "Prospects become Leads Contacts + Accounts" in text
    assert "Sync activities On Off" in text
    assert "Sync activities Off On" in text
    assert re.search(r"Contact Title Job title Job title always", text), text


def test_a_switch_flipped_in_the_panel_is_in_the_history(client: FlaskClient) -> None:
    client.post("/configuration/sync_prospects", data={"to": "off"})
    assert f"{ADA.name} In force" in read(client)
    assert "Sync prospects On Off" in read(client)


def test_the_page_of_a_version_shows_what_returning_to_it_changes_and_writes_nothing(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, FIRST, SECOND)
    text = read(client, "/rules/history/1")
    assert "Restoring it changes 2 settings" in text
    assert "Sync activities On Off" in text
    assert "It is saved as version 3; you can return to version 2" in text
    assert application.store.console_rule("acme") == (SECOND, 2)


def test_restoring_is_a_new_save_with_its_own_line_and_can_be_undone_alike(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, FIRST, SECOND)
    answer = restore(client, 1, seen=2)
    assert answer.status_code == 303
    assert application.store.console_rule("acme") == (FIRST, 3)
    assert "Version 1 was restored." in client.get(answer.location).text
    (line,) = application.store.history("acme", codes=["restored"])
    assert (line.by, line.detail["restored"]) == (ADA.name, 1)
    assert restore(client, 2, seen=3).status_code == 303
    assert application.store.console_rule("acme") == (SECOND, 4)


def test_a_return_is_refused_if_someone_saved_since_it_was_shown(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, FIRST, SECOND)
    save(application, {"mode": "lead"}, by="Grace")
    answer = restore(client, 1, seen=2)
    assert answer.status_code == 409
    assert "Grace saved in the meantime" in answer.text
    assert 'name="seen" value="3"' in answer.text
    assert application.store.console_rule("acme") == ({"mode": "lead"}, 3)


def test_a_key_that_a_rule_file_sets_is_named_with_its_file(
    client: FlaskClient, application: CommandApp
) -> None:
    folder = Path(application.settings.config_dir) / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-eu.toml").write_text("[switches]\nsync_activities = true\n")
    save(application, FIRST, SECOND)
    assert "Set by 10-eu.toml, so this has no effect." in read(client, "/rules/history/1")


def test_an_undo_after_a_return_changes_nothing(
    client: FlaskClient, application: CommandApp
) -> None:
    client.post("/configuration/sync_prospects", data={"to": "off"})
    client.post("/configuration/sync_prospects", data={"to": "on"})
    assert restore(client, 1, seen=2).status_code == 303
    for version in ("2", "3"):  # the last change, and the return itself
        answer = client.post("/configuration/sync_prospects/undo", data={"version": version})
        assert answer.status_code == 409
        assert f"{ADA.name} has changed Sync prospects since" in answer.text
    assert "Off since" in client.get("/configuration").text


def test_a_mapping_that_was_open_meanwhile_does_not_undo_a_return(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, FIRST, SECOND)
    page = client.get("/mapping").text
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    restore(client, 1, seen=2)
    draft = {"seen": seen[1], "mode": "lead", "mode.was": "contact"}
    answer = client.post("/mapping", data=draft)
    assert answer.status_code == 409
    assert f"{ADA.name} saved this page" in answer.text


@pytest.mark.parametrize("path", ["9", "0", "99999999999999999999999", "x", "-1"])
def test_a_version_that_is_not_stored_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/rules/history/{path}").status_code == 404
    assert client.post(f"/rules/history/{path}/restore", data={"seen": 1}).status_code == 404


def test_a_document_that_is_not_valid_any_more_is_refused_with_why(
    client: FlaskClient, application: CommandApp
) -> None:
    save(application, {"switches": {"sync_prospect": True}}, SECOND)
    page = client.get("/rules/history/1").text
    assert "it cannot be restored" in page
    assert "sync_prospect" in text_of(page)
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    answer = restore(client, 1, seen=2)
    assert answer.status_code == 422
    assert "sync_prospect" in text_of(answer.text)
    assert application.store.console_rule("acme")[1] == 2


def test_a_long_history_has_pages(client: FlaskClient, application: CommandApp) -> None:
    modes = ("lead", "contact")
    save(application, *({"mode": modes[number % 2]} for number in range(PAGE_SIZE + 3)))
    first = client.get("/rules/history").text
    older = re.search(r'href="(/rules/history\?before=\d+)"', first)
    assert older is not None
    rest = read(client, older[1])
    assert ("version 3" in rest, "version 4 " in rest, "Older" in rest) == (True, False, False)
    assert "Nothing earlier" in read(client, "/rules/history?before=1")


def test_saves_of_very_many_changes_have_more_pages_and_each_is_on_one(
    client: FlaskClient, application: CommandApp
) -> None:
    names = [f"F{number}__c" for number in range(60)]
    save(
        application,
        *({"fields": {"Lead": dict.fromkeys(names, f"'{number}'")}} for number in range(PAGE_SIZE)),
    )
    numbers: list[int] = []
    path, pages = "/rules/history", 0
    while path:
        html = client.get(path).text
        numbers += map(int, re.findall(r"version (\d+) ·", text_of(html)))
        older = re.search(r'href="(/rules/history\?before=\d+)"', html)
        path, pages = (older[1] if older else ""), pages + 1
    assert numbers == list(range(PAGE_SIZE, 0, -1))
    assert pages == 4


def test_what_the_first_stored_save_changed_is_unknown(application: CommandApp) -> None:
    (row,) = comparison(application).rows([SavedRules(7, FIRST)], 20)
    assert (row.is_first, row.changes) == (True, ())


NO_FIELD = "Salesforce doesn’t have this field now."
NO_ACCESS = "The connected user can’t write this field now, so this has no effect."


@pytest.mark.parametrize(
    ("document", "trouble"),
    [
        ({"fields": {"Lead": {"Gone__c": "prospect.title"}}}, NO_FIELD),
        ({"fields": {"Lead": {"Formula__c": "prospect.title"}}}, NO_ACCESS),
        ({"fields": {"Lead": {"Title": "prospect.phone"}}}, ""),
        ({"activity": {"email": {"Gone__c": "touchpoint.step"}}}, NO_FIELD),
        ({"activity": {"email": {"Subject": "touchpoint.step"}}}, ""),
        (
            {"match": {"Lead": ["Gone__c", ["Formula__c", {"field": "Gone2__c"}]]}},
            "Salesforce doesn’t have Gone__c and Gone2__c now.",
        ),
        ({"match": {"Lead": ["LastName"]}}, ""),
        ({"match": {"many": "oldest"}}, ""),
    ],
)
def test_what_cannot_be_filled_in_the_org_as_it_is_is_said_before_it_is_restored(
    application: CommandApp, document: JsonObject, trouble: str
) -> None:
    def trouble_of(_: str, name: str) -> FieldTrouble:
        return "gone" if "Gone" in name else "read_only" if "Formula" in name else ""

    known = replace(comparison(application), trouble_of=trouble_of)
    (there,), (back,) = known.changes({}, document), known.changes(document, {})
    assert (there.trouble, back.trouble) == (trouble, "")


SWITCHES = st.fixed_dictionaries(
    {}, optional={"sync_prospects": st.booleans(), "sync_activities": st.booleans()}
)
FIELDS = st.dictionaries(
    st.sampled_from(["Title", "Phone", "Fax"]),
    st.sampled_from(["prospect.title", False, {"value": "Zaplify"}, {"from": "prospect.phone", "overwrite": "always"}]),
)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={"mode": st.sampled_from(["lead", "contact"]), "switches": SWITCHES,
                  "fields": st.fixed_dictionaries({"Lead": FIELDS})}
)  # fmt: skip


@given(was=DOCUMENTS, now=DOCUMENTS)
def test_the_way_back_is_always_the_way_there_reversed(was: JsonObject, now: JsonObject) -> None:
    made = Comparison(shipped_rules(), lambda _, field: field, lambda *_: "")
    there, back = made.changes(was, now), made.changes(now, was)
    assert [one.path for one in there] == [one.path for one in back]
    assert all(one.was.text == other.now.text for one, other in zip(there, back, strict=True))
    assert made.changes(now, now) == ()
