"""The page of the rules in force: values, what set them, what they overrode, and findings."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import connect
from tests.fakes.clock import FakeClock
from zsf_plugin.console.console_rules import save_console_rules
from zsf_plugin.console.labels import api_name
from zsf_plugin.console.rules.in_force import KeyRow, RulesView, key_at, rules_view
from zsf_plugin.model import JsonObject, Layer, Rule
from zsf_plugin.ports import HistoryLine
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.rulebook import shipped_rules
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.tested_rules import CaseCounts, files_digest, store_result

WORKSPACE = "acme"


def write(application: CommandApp, name: str, text: str) -> None:
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def save(application: CommandApp, document: JsonObject, line: HistoryLine) -> None:
    console = application.console()
    _, version = application.store.console_rule(WORKSPACE)
    assert save_console_rules(console, WORKSPACE, document, version, line) == "saved"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def row_of(page: str, title: str) -> str:
    """The row of the key with that title, as plain words."""
    for row in page.split("<tr role")[1:]:
        text = words("<tr role" + row.partition("</tr>")[0])
        if text.startswith(f"{title} "):
            return text
    raise AssertionError(title)


def rule(document: JsonObject, file: str, layer: Layer = "config", when: str | None = None) -> Rule:
    return Rule(file, layer, document, when)


def view_of(
    *rules: Rule, history: Sequence[HistoryLine] = (), findings: Sequence[Finding] = ()
) -> RulesView:
    return rules_view((*shipped_rules(), *rules), history, findings, api_name)


def key(view: RulesView, *path: str) -> KeyRow:
    return next(row for group in view.groups for row in group.rows if row.path == path)


def test_a_key_shows_its_value_what_set_it_and_what_it_overrode(
    client: FlaskClient, application: CommandApp
) -> None:
    write(application, "10-eu.toml", 'mode = "contact"\n[switches]\nsync_activities = false\n')
    page = client.get("/rules").text
    assert row_of(page, "Prospects become") == (
        "Prospects become mode Contacts + Accounts 10-eu.toml was Leads Default"
    )
    assert "Off 10-eu.toml was On Default" in row_of(page, "Sync activities")
    assert row_of(page, "Sync prospects").endswith("On Default")


def test_a_person_is_named_who_set_a_key_in_the_console(
    client: FlaskClient, application: CommandApp
) -> None:
    client.post("/configuration/sync_activities", data={"to": "off"})
    row = row_of(client.get("/rules").text, "Sync activities")
    assert "Off Ada Admin in the console, " in row
    assert row.endswith("was On Default")


def test_every_layer_below_is_shown_the_last_one_first() -> None:
    view = view_of(
        rule({"fields": {"Lead": {"Title": False}}}, "console", "console"),
        rule({"fields": {"Lead": {"title": {"value": "Boss"}}}}, "rules/10.toml"),
    )
    title = key(view, "fields", "Lead", "Title")
    assert [one.value.text for one in (title.now, *title.was)] == [
        "“Boss”",
        "Not filled",
        "Job title",
    ]
    assert title.was[0].by.words == "Console"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            HistoryLine(1.0, "mapping", "Ada", {"rows": [{"object": "Lead", "field": "Title"}]}),
            " in the console, ",
        ),
        (HistoryLine(1.0, "mapping", "Ada", {"fields": ["Lead.Title"]}), " in the console, "),
        (HistoryLine(1.0, "switch", "Ada", {"switch": "sync_prospects"}), "last saved by"),
    ],
)
def test_a_field_names_who_mapped_it_else_who_saved_last(line: HistoryLine, expected: str) -> None:
    document: JsonObject = {"fields": {"Lead": {"Title": {"value": "Boss"}}}}
    view = view_of(rule(document, "console", "console"), history=[line])
    by = key(view, "fields", "Lead", "Title").now.by
    assert expected in "".join(part for part in by.text if isinstance(part, str))
    assert by.words == "Console Ada"


def test_match_keys_policies_limits_and_notes_are_words() -> None:
    view = view_of(
        rule(
            {"fields": {"Lead": {"Title": {"from": "prospect.title", "overwrite": "if_ours"}}}},
            "rules/10.toml",
        )
    )
    assert key(view, "match", "Lead").now.value.text == (
        "Email (as e-mail addresses), then FirstName + LastName + Company"
    )
    assert key(view, "match", "many").now.value.text == "Hold the entry"
    assert key(view, "limits", "api_share").now.value.text == "80 % of the org’s calls"
    assert key(view, "owner", "from").now.value.text == "Purchased by: e-mail"
    assert key(view, "owner", "assignment_rules").now.value.text == "Off"
    assert key(view, "fields", "Lead", "Title").now.value.note == "if Zaplify wrote it"
    assert "30 values mapped" in key(view, "fields", "Lead", "Industry").now.value.note


def test_a_rule_for_some_events_is_listed_apart_and_named_at_its_keys() -> None:
    some = rule({"name": "Europe", "mode": "contact"}, "rules/10.toml", when="user.id == 'DE'")
    view = view_of(some)
    assert key(view, "mode").now.value.text == "Leads"
    assert [one.text for one in key(view, "mode").some] == ["10.toml decides for DE."]
    (listed,) = view.conditional
    assert listed.name == "Europe"
    assert [(title, value.text) for title, value in listed.sets] == [
        ("What is synced: Prospects become", "Contacts + Accounts")
    ]


def _with_fields(count: int, file: str = "rules/10.toml") -> Rule:
    fields = {f"F{number:03}__c": "prospect.title" for number in range(count)}
    return rule({"name": file, "fields": {"Lead": {**fields}}}, file, when="user.id == 'DE'")


def test_of_a_rule_with_many_keys_the_first_are_shown_and_all_when_it_is_shown_alone() -> None:
    view = view_of(_with_fields(300), _with_fields(2, "rules/20.toml"))
    many, few = view.conditional
    assert (len(many.settings), len(many.sets), many.is_cut) == (300, 30, True)
    assert (len(few.sets), few.is_cut) == (2, False)
    (alone,) = view.only("rules/10.toml").conditional
    assert (len(alone.sets), alone.is_cut, view.only("rules/10.toml").groups) == (300, False, ())
    assert view.only("rules/30.toml").conditional == ()


def test_of_many_rules_with_many_keys_each_shows_few() -> None:
    rules = [_with_fields(30, f"rules/{number}.toml") for number in range(200)]
    shown = [len(one.sets) for one in view_of(*rules).conditional]
    assert (len(shown), {*shown}) == (200, {3})


def test_a_filter_shows_the_keys_that_it_finds_beyond_the_first() -> None:
    (found,) = view_of(_with_fields(300)).filtered("f299__C").conditional
    assert [title for title, _ in found.sets] == ["Lead: F299__c"]
    (by_name,) = view_of(_with_fields(2)).filtered("10.toml").conditional
    assert len(by_name.sets) == 2


def test_of_many_rules_that_decide_a_key_for_some_the_first_are_named() -> None:
    rules = [
        rule({"mode": "contact"}, f"rules/{number}.toml", when="`true`") for number in "123456"
    ]
    some = key(view_of(*rules), "mode").some
    assert len(some) == 6
    assert some[-1].text == "1 more rule decides for some."


def test_the_page_leads_to_a_rule_with_many_keys_alone(
    client: FlaskClient, application: CommandApp
) -> None:
    fields = "".join(f'F{number:03}__c = "prospect.title"\n' for number in range(40))
    write(application, "10.toml", f"when = \"user.id == 'DE'\"\n[fields.Lead]\n{fields}")
    page = client.get("/rules").text
    assert "F039__c" not in page
    assert 'href="/rules?rule=rules/10.toml">All 40 keys' in page
    alone = client.get("/rules?rule=rules/10.toml").text
    assert "F039__c" in alone
    assert "Only rules/10.toml" in words(alone)
    assert "API calls per second" not in alone
    assert "Nothing matches" in client.get("/rules?rule=<b>x").text


def test_a_finding_stands_beside_its_key_and_not_in_the_notices(
    client: FlaskClient, application: CommandApp
) -> None:
    write(application, "10-eu.toml", "mode = 'leads'\n")
    page = client.get("/rules").text
    assert "10-eu.toml, line 1: must be" in row_of(page, "Prospects become")
    assert "rules/10-eu.toml is invalid." in page
    assert page.count("must be &#39;lead&#39; or &#39;contact&#39;") <= 1
    assert "Line 1: " not in page
    assert "Line 1: " in client.get("/search").text


def test_a_finding_about_a_condition_is_at_its_rule(
    client: FlaskClient, application: CommandApp
) -> None:
    write(
        application, "10-big.toml", "when = \"prospect.company.employees > '1'\"\nmode='contact'\n"
    )
    page = client.get("/rules").text
    assert "says something that is the same for every event" not in page
    assert "write a number in backticks" in words(page.partition('class="rules-some"')[2])


def test_a_warning_about_a_whole_file_is_shown_once(
    client: FlaskClient, application: CommandApp
) -> None:
    write(application, "10-eu.toml", 'mode = "contact"\n')
    write(application, "20-eu.toml", 'mode = "lead"\n')
    page = client.get("/rules").text
    assert page.count("all that it sets is set again by rules/20-eu.toml") == 1


def test_a_finding_of_the_org_is_beside_the_field_it_is_about() -> None:
    finding = Finding("rules/10.toml", 3, "/fields/Lead/Nope__c/from", "does not exist")
    mapped = rule({"fields": {"Lead": {"NOPE__c": "prospect.id"}}}, "rules/10.toml")
    view = view_of(mapped, findings=[finding])
    assert key(view, "fields", "Lead", "NOPE__c").findings == ("10.toml, line 3: does not exist",)
    assert view.beside == {finding}
    assert [group.title for group in view.groups if group.is_open] == [
        "What is synced",
        "Matching",
        "Lead",
    ]


def test_a_pointer_leads_to_the_key_it_is_in() -> None:
    assert key_at("/fields/Lead/Title/values/a~1b") == ("fields", "lead", "title")
    assert key_at("/match/Lead/0/1") == ("match", "lead")
    assert key_at("/mode") == ("mode",)
    assert key_at("") == ()


def test_the_filter_finds_keys_values_files_and_people(
    client: FlaskClient, application: CommandApp
) -> None:
    write(application, "10-eu.toml", 'mode = "contact"\n')
    for asked, found in (
        ("10-eu", "Prospects become"),
        ("linkedin MESSAGE", "Subject"),
        ("match.lead", "Lead is found by"),
    ):
        page = client.get("/rules", query_string={"q": asked}).text
        assert found in words(page.partition("<main")[2])
        assert "API calls per second" not in page
    page = client.get("/rules", query_string={"q": "<b>nothing"}).text
    assert "Nothing matches" in page
    assert "<b>nothing" not in page


def test_the_page_says_what_the_last_stored_run_of_the_cases_gave(
    client: FlaskClient, application: CommandApp, fake_clock: FakeClock
) -> None:
    assert "Tested" not in words(client.get("/rules").text)
    digest = files_digest(application, WORKSPACE)
    store_result(application, WORKSPACE, digest, CaseCounts(22, 0, 0, ()))
    fake_clock.sleep(7_200)
    page = words(client.get("/rules").text)
    assert "Tested 2 h ago: 22 passed, 0 failed (rule files unchanged since)." in page
    write(application, "10.toml", 'mode = "contact"\n')
    assert "0 failed (rule files changed since)." in words(client.get("/rules").text)
    counts = CaseCounts(1, 2, 1, ("<b>a case",))
    store_result(application, WORKSPACE, files_digest(application, WORKSPACE), counts)
    page = client.get("/rules").text
    assert "Tested just now: 1 passed, 2 failed, 1 file invalid (rule files" in words(page)
    assert "2 failed cases <b>a case 1 more" in words(page)
    assert "<b>a case" not in page


def test_the_page_names_the_digest_of_the_rules_in_force(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    assert application.rulebook.digest(WORKSPACE) in client.get("/rules").text


def test_of_many_findings_about_one_rule_the_first_are_shown() -> None:
    some = rule({"mode": "contact"}, "rules/10.toml", when="user.id == 'DE'")
    found = [Finding("rules/10.toml", line, "/mode", "wrong") for line in range(1, 31)]
    (listed,) = view_of(some, findings=found).conditional
    assert len(listed.findings) == 21
    assert listed.findings[-1] == "10 more: see `zsf rules check`"
    assert view_of(some, findings=found).beside == {*found}
