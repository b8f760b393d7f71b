"""A rule tried on an event: the plan it would give, what of it changed, bad input, and no traces."""

from __future__ import annotations

import html
import json
import logging
import re

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import keep
from tests.fakes.events import SELLER, prospect, purchase, touchpoint
from zsf_plugin.console.rules.pasted_event import MAX_BYTES
from zsf_plugin.model import Event, Json, JsonObject
from zsf_plugin.wiring.apps import CommandApp

WORKSPACE = "acme"
CANARY = "CONTENT_CANARY"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def tried(client: FlaskClient, rule: str = "", event: str = "", entry: str = "") -> str:
    """The answer in plain words."""
    form = {"rule": rule, "event": event, "entry": entry}
    answer = client.post("/rules/try", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return words(answer.text)


@pytest.fixture
def entry_id(application: CommandApp) -> str:
    """An entry of a purchase."""
    return keep(application.store, purchase(prospect(1)))


def test_without_a_rule_the_plan_under_the_rules_in_force_is_shown(
    client: FlaskClient, entry_id: str
) -> None:
    page = client.get("/rules/try").text
    assert f'<option value="{entry_id}" selected>Ada1 Lovelace1' in page
    shown = words(page)
    assert "The plan under the rules in force." in shown
    assert "Result Synced Default" in shown
    assert "Title Engineer If blank Default" in shown
    assert "Changed" not in shown


def test_a_changed_value_is_marked_and_names_this_rule(client: FlaskClient, entry_id: str) -> None:
    shown = tried(
        client, '[fields.Lead]\nTitle = { value = "Boss" }\nPhone = false\nFax = "prospect.id"'
    )
    assert "Title Changed was Engineer → , now Boss If blank this rule" in shown
    assert "Fax New" in shown
    assert "This rule changes" in shown


def test_a_value_that_is_not_filled_any_more_is_marked(client: FlaskClient, entry_id: str) -> None:
    shown = tried(client, "[fields.Lead]\nTitle = false")
    assert "Title Gone was Engineer not filled any more" in shown
    assert "This rule changes 1 line of the plan." in shown


def test_another_policy_for_the_same_value_is_a_change(client: FlaskClient, entry_id: str) -> None:
    shown = tried(
        client, '[fields.Lead]\nTitle = { from = "prospect.title", overwrite = "always" }'
    )
    assert "Title Changed was Engineer (if blank) → , now Engineer Always this rule" in shown


def test_the_same_value_from_this_rule_is_no_change(client: FlaskClient, entry_id: str) -> None:
    shown = tried(client, '[fields.Lead]\nTitle = "prospect.title"')
    assert "Title Engineer If blank this rule" in shown
    assert "This rule changes nothing for this event." in shown


def test_a_switch_that_skips_the_event_leaves_no_plan(client: FlaskClient, entry_id: str) -> None:
    shown = tried(client, "[switches]\nsync_prospects = false")
    assert "Result Changed was Synced → , now Skipped: the switch “sync prospects” was off" in shown
    assert "LastName" not in shown


def test_another_mode_shows_the_objects_of_both(client: FlaskClient, entry_id: str) -> None:
    shown = tried(client, 'mode = "contact"\n[match]\nmany = "oldest"')
    assert "Prospects become Changed was Leads → , now Contacts + Accounts this rule" in shown
    assert "Several matching records Changed" in shown
    order = [shown.index(f"{name} only ") for name in ("Contact", "Account", "Lead")]
    assert order == sorted(order)
    assert "Lead only under the rules in force" in shown


def test_a_condition_that_is_not_true_is_said(client: FlaskClient, entry_id: str) -> None:
    shown = tried(client, "when = \"prospect.title == 'Boss'\"\nmode = 'contact'")
    assert "This rule does not apply to this event." in shown
    assert "Prospects become Leads Default" in shown


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mode = 'leads'", "Line 1: /mode must be one of lead, contact"),
        ("mode = ", "Line 1: not TOML"),
        ('{"mode": "leads"}', "Line 1: /mode must be one of lead, contact"),
        ("# x\n" * (MAX_BYTES // 3), "larger than 128 KiB"),
    ],
)
def test_an_invalid_rule_says_why_beside_the_plan_in_force(
    client: FlaskClient, entry_id: str, rule: str, expected: str
) -> None:
    shown = tried(client, rule)
    assert "This rule is invalid." in shown
    assert expected in shown
    assert "The plan under the rules in force." in shown


def test_a_rule_that_may_be_a_slip_is_tried_and_warned_about(
    client: FlaskClient, entry_id: str
) -> None:
    shown = tried(client, '[match]\nLead = ["Emial"]')
    assert "This rule may not do what you mean." in shown
    assert "nothing fills Lead.Emial" in shown
    assert "This rule changes" in shown


@pytest.mark.parametrize(
    "event",
    [
        {"last_name": "Byron", "email": "ada@byron.example"},
        {"prospect": {"id": "p", "last_name": "Byron"}, "user": SELLER},
        {
            "hook": "on_prospect_purchased",
            "workspace": "another",
            "event_id": "e",
            "occurred_at": "2026-11-01T10:00:00Z",
            "prospect": {"id": "p", "last_name": "Byron"},
            "user": SELLER,
        },
    ],
)
def test_a_pasted_prospect_or_call_is_tried_instead_of_an_entry(
    client: FlaskClient, entry_id: str, event: JsonObject
) -> None:
    shown = tried(client, event=json.dumps(event), entry=entry_id)
    assert "LastName Byron" in shown
    assert "Lovelace1" not in shown


def test_a_pasted_touchpoint_shows_its_activity(client: FlaskClient) -> None:
    event = {"touchpoint": {"id": "t", "channel": "call", "step": 2}, "prospect": prospect(1)}
    shown = tried(client, event=json.dumps(event))
    assert "Subject Call, step 2 If blank Default" in shown
    assert "LastName Lovelace1" not in shown


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("{", "It is not JSON: "),
        ("[]", "It must be one JSON object"),
        ('{"a": NaN}', "a number that is none"),
        ("[" * 100_000, "nested too deeply"),
        ('"' + "x" * MAX_BYTES + '"', "It is longer than 128 KiB."),
        ('{"prospect": {"id": 1.5}}', "/prospect/id"),
        ('{"hook": "on_search_results"}', "/hook: must be one of"),
        ('{"hook": "on_touchpoint_sent", "prospect": {"id": "p"}}', "/touchpoint"),
    ],
)
def test_a_pasted_text_that_is_no_event_says_why(
    client: FlaskClient, event: str, expected: str
) -> None:
    shown = tried(client, event=event)
    assert "This event can’t be read." in shown
    assert expected in shown


def test_without_any_event_the_page_asks_for_one(client: FlaskClient) -> None:
    page = words(client.get("/rules/try").text)
    assert "No event yet" in page
    assert "No entries yet: paste an event" in page


def test_an_entry_of_another_workspace_is_not_tried(
    client: FlaskClient, application: CommandApp
) -> None:
    other = keep(application.store, purchase(prospect(7)), workspace="other")
    assert "Lovelace7" not in tried(client, entry=other)


def test_an_entry_that_is_gone_is_said_to_be_gone(client: FlaskClient, entry_id: str) -> None:
    gone = "The chosen entry is gone , or only its IDs were stored."
    for shown in (tried(client, entry="e9999"), words(client.get("/rules/try?entry=e9999").text)):
        assert f"{gone} The newest event is tried instead." in shown
        assert "Lovelace1" in shown or "The plan under the rules in force." in shown
    assert gone not in tried(client, entry=entry_id)
    assert gone not in tried(client)
    assert gone not in tried(client, entry="e9999", event='{"email": "ada@acme.example"}')


def nested(levels: int) -> Json:
    value: Json = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "payload",
    [
        {"prospect": prospect(1, title=10**400, company=[1], first_name={"a": 1})},
        {"prospect": prospect(1, title="\ud800", last_name="\udfff", company={"name": 5})},
        {"prospect": prospect(1, title=nested(700)), "user": 3},
        {"prospect": [1]},
        {"prospect": None, "user": {}},
    ],
    ids=lambda _: "odd",
)
def test_no_stored_event_ends_the_page(
    client: FlaskClient, application: CommandApp, payload: JsonObject
) -> None:
    keep(application.store, Event("purchase", WORKSPACE, "e1", "no moment", payload))
    assert client.get("/rules/try").status_code == 200
    tried(client, '[fields.Lead]\nDescription = "to_string(@)"')


def test_an_event_that_no_plan_can_be_made_of_says_so(
    client: FlaskClient, entry_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError(CANARY)

    monkeypatch.setattr("zsf_plugin.console.rules.tried_plans.decide_arriving", fail)
    shown = tried(client, entry=entry_id)
    assert "This event can’t be read. No plan can be made of it: an unexpected Recursion" in shown
    assert CANARY not in shown


def test_no_rule_reveals_the_text_of_a_stored_message(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = keep(
        application.store, touchpoint(prospect(1), subject=CANARY, content={"text": CANARY})
    )
    rule = (
        "[switches]\ninclude_contents = true\n"
        '[activity."*"]\nDescription = "touchpoint.content.text"\nSummary__c = "to_string(@)"\n'
    )
    shown = tried(client, rule, entry=entry)
    assert "Summary__c New" in shown
    assert CANARY not in shown


def test_nothing_is_stored_or_logged(
    client: FlaskClient, application: CommandApp, entry_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    event = json.dumps({"last_name": CANARY})
    tried(client, f"mode = 'contact' # {CANARY}", event)
    tried(client, f"mode = '{CANARY}'", event + CANARY)
    assert CANARY not in caplog.text
    assert application.store.console_rule(WORKSPACE) == ({}, 0)
    assert application.store.counts(WORKSPACE).pending == 1
    assert application.store.history(WORKSPACE, codes=("mapping", "switch"), limit=5) == []


def test_without_script_the_page_keeps_what_was_typed(client: FlaskClient, entry_id: str) -> None:
    rule = '[fields.Lead]\nTitle = { value = "</textarea><b>" }'
    page = client.post("/rules/try", data={"rule": rule, "event": "", "entry": entry_id}).text
    assert "<h1>Try a rule</h1>" in page
    assert html.escape(rule, quote=False).replace('"', "&#34;") in page
    assert "Title Changed" in words(page)
