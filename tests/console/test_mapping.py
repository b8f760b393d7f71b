"""The Field mapping page without a browser: saving, conflicts, refreshing and creating fields, over a real
store."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.console.mapping_page import ADA, JORG, MappingBench, form_in
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import Rules

BASIS = {
    "object": "Lead",
    "name": "Consent_Basis__c",
    "label": "Consent basis",
    "type": "picklist",
    "picklist": ["Contract", "Legitimate interest"],
    "restricted": True,
    "required": True,
}
LINKEDIN = {
    "object": "Lead",
    "name": "LinkedIn_Profile__c",
    "label": "LinkedIn profile",
    "type": "url",
    "length": 255,
}
ADMIN = "admin@acme.example"
FILE = """
[fields.Lead]
Title = { from = "prospect.title", overwrite = "always" }
"""
SOME = """
when = "prospect.location.country_code == 'DE' || prospect.location.country_code == 'FR'"
[fields.Lead]
Phone = "prospect.phone"
"""


@pytest.fixture
def org() -> Iterator[Emulator]:
    with Emulator(OrgSpec(fields=[BASIS, LINKEDIN])) as running:
        yield running


@pytest.fixture
def unconnected(tmp_path: Path, org: Emulator) -> Iterator[MappingBench]:
    made = MappingBench(tmp_path, org)
    yield made
    made.app.close()


@pytest.fixture
def bench(unconnected: MappingBench) -> MappingBench:
    unconnected.connect()
    unconnected.page("/mapping?read=1")
    return unconnected


def rules(bench: MappingBench) -> Rules:
    return bench.app.rulebook.rules_for("default", {"workspace": "default"})


# Reading


def test_without_a_connection_rows_have_names_and_no_picker(
    unconnected: MappingBench,
) -> None:
    html = unconnected.page()
    assert "Salesforce is not connected." in html
    assert "NumberOfEmployees" in html
    assert 'class="pick"' not in html
    assert unconnected.saved({"Lead.Title.overwrite": "always"}).status_code == 303
    assert rules(unconnected).fields["Lead"]["Title"].overwrite == "always"


def test_unread_fields_are_read_after_the_page_loads(
    unconnected: MappingBench,
) -> None:
    unconnected.connect()
    assert "Reading fields from Salesforce" in unconnected.page()
    assert "Reading fields from Salesforce" not in unconnected.page("/mapping?read=1")
    unconnected.clock.sleep(240)
    assert "Fields read 4 min ago" in unconnected.page()


def test_an_unread_org_that_does_not_answer_is_asked_once(
    unconnected: MappingBench,
) -> None:
    unconnected.connect()
    unconnected.control("POST", "faults", {"kind": "html_503", "times": 9})
    html = unconnected.page("/mapping?read=1")
    assert "The fields have never been read. Try again in a minute." in html
    assert "Reading fields from Salesforce" not in html
    assert ">Try again</a>" in html


def test_opening_the_page_makes_no_api_call(bench: MappingBench) -> None:
    before = bench.emulator.org.used
    bench.clock.sleep(90_000)
    bench.page()
    bench.post(bench.form() | {"pick": "Lead.Title", "words": "a"}, "/mapping/fields")
    assert bench.emulator.org.used == before


def test_an_unfilled_required_field_comes_first_with_its_held_entries(
    bench: MappingBench,
) -> None:
    bench.purchase()
    bench.drain()
    html = bench.page()
    first = html.partition("<tbody")[2].partition("</tr>")[0]
    assert "Required, not mapped" in first
    assert "Salesforce would refuse new Leads" in first
    assert "1 entry held" in first
    assert "1 required field is empty" in html
    assert 'value="=Legitimate interest"' in first


def test_the_samples_are_those_of_the_previewed_prospect(bench: MappingBench) -> None:
    bench.purchase(title="Countess")
    other = bench.purchase("e2", id="p2", title="Duchess")
    assert "Duchess" in bench.page()
    first = bench.app.store.entries("default")[-1]
    assert "Countess" in bench.page(f"/mapping?prospect={first.id}")
    assert other["entry"] != first.id


def test_anchors_of_the_page_exist(bench: MappingBench) -> None:
    html = bench.page()
    targets = re.findall(r'href="#([\w-]+)"', html)
    assert {"configuration", "preview-panel"} <= set(targets)
    assert [target for target in targets if f'id="{target}"' not in html] == []


def test_texts_of_a_prospect_are_escaped(bench: MappingBench) -> None:
    bench.purchase(title='<script>alert("x")</script>')
    html = bench.page()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_row_that_a_file_sets_is_plain_text_with_its_name(bench: MappingBench) -> None:
    bench.rule(FILE, "10-eu.toml")
    bench.rule(SOME, "20-de.toml")
    html = bench.page()
    row = html.partition('id="row-Lead-Title"')[2].partition("</tr>")[0]
    assert "10-eu.toml" in row
    assert "name=" not in row
    assert "20-de.toml decides for DE and FR." in html
    assert not any(name.startswith("Lead.Title.") for name in bench.form())


def test_a_condition_that_no_sentence_covers_is_behind_show_expression(bench: MappingBench) -> None:
    text = '[fields.Lead]\nPhone = "prospect.phone"\n'
    bench.rule(f"when = \"starts_with(prospect.title, 'Chief')\"\n{text}", "20-de.toml")
    html = bench.page()
    folds = r"<details[^>]*><summary>Show expression</summary>.*?</details>"
    assert any("starts_with(" in fold for fold in re.findall(folds, html))
    assert "starts_with(" not in re.sub(folds, "", html)


def test_another_workspaces_entry_is_no_sample(bench: MappingBench) -> None:
    call = {"workspace": "other", "event_id": "e9", "occurred_at": "2026-11-01T10:00:00Z"}
    secret = {"id": "p9", "title": "OTHER_CANARY"}
    receipt = bench.app.intake.receive(
        "on_prospect_purchased", dict(**call, prospect=secret, user={"id": "u"})
    )
    assert "OTHER_CANARY" not in bench.page(f"/mapping?prospect={receipt['entry']}")


# Saving


def test_only_entries_that_can_use_a_change_are_counted(bench: MappingBench) -> None:
    """Neither activities, nor invalid events, of which only IDs are stored."""
    bench.purchase("e1")
    bench.purchase("e2", id="")
    sent = {"id": "t1", "channel": "email"}
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-01T10:00:00Z"}
    user = {"id": "u1"}
    bench.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect={"id": "p1"}, user=user)
    )
    counts = bench.app.store.counts("default")
    assert (counts.pending, counts.held) == (2, 1)
    assert "Also applies to 1 waiting or held entry." in bench.page()


def test_a_save_is_in_force_announced_and_in_the_history(bench: MappingBench) -> None:
    bench.purchase()
    answer = bench.saved({"Lead.Title.overwrite": "always", "Lead.Phone.to": "MobilePhone"})
    assert (answer.status_code, answer.location) == (303, "/mapping")
    assert "Saved. Also applies to 1 waiting or held entry." in bench.page()
    assert rules(bench).fields["Lead"]["Title"].origin == "console"
    line = bench.app.store.history("default", codes=["mapping"])[0]
    assert line.by == "Ada Admin"
    assert line.detail == {
        "rows": [
            {"object": "Lead", "was": "Phone", "field": "MobilePhone", "overwrite": "if_blank"},
            {"object": "Lead", "was": "Title", "field": "Title", "overwrite": "always"},
        ]
    } or {row["was"] for row in line.detail["rows"]} == {"Phone", "Title"}  # type: ignore[index,union-attr,call-overload]


def test_the_command_line_shows_saved_rules_with_their_provenance(
    bench: MappingBench,
) -> None:
    bench.saved({"Lead.Title.overwrite": "always", "mode": "contact"})
    command = [sys.executable, "-m", "zsf_plugin.cli.main", "rules", "show", "--json"]
    places = {
        "ZSF_CONFIG_DIR": str(bench.folder / "config"),
        "ZSF_DATA_DIR": str(bench.folder / "data"),
        "PATH": "/usr/bin",
    }
    shown = json.loads(
        subprocess.run(command, env=places, check=True, capture_output=True, text=True).stdout
    )
    assert shown["fields"]["Lead"]["Title"]["origin"] == "console"
    assert (shown["mode"], shown["origins"]["/mode"]) == ("contact", "console")


def test_saving_an_untouched_page_changes_nothing(bench: MappingBench) -> None:
    bench.saved({"Lead.Title.overwrite": "always", "mode": "contact"})
    before = bench.app.store.console_rule("default")
    assert bench.post(bench.form()).status_code == 303
    assert bench.app.store.console_rule("default") == before
    assert "Nothing to save." in bench.page()


def test_a_change_of_the_mode_alone_has_its_own_line_of_history(bench: MappingBench) -> None:
    bench.saved({"mode": "contact"})
    assert [
        line.code for line in bench.app.store.history("default", codes=["mapping", "mode"])
    ] == ["mode"]
    assert rules(bench).mode == "contact"


def test_filling_the_empty_required_field_releases_what_was_held(bench: MappingBench) -> None:
    bench.purchase()
    bench.drain()
    bench.saved({"Lead.need-Consent_Basis__c.source": "=Contract"})
    html = bench.page()
    assert "Required, not mapped" not in html
    bench.drain()
    assert [lead["Consent_Basis__c"] for lead in bench.leads()] == ["Contract"]
    assert bench.app.store.counts("default").held == 0


def test_an_invalid_draft_stays_on_the_page_with_the_reason(bench: MappingBench) -> None:
    answer = bench.saved({"Lead.Title.to": "LastName", "Lead.Phone.overwrite": "always"})
    assert answer.status_code == 422
    assert (
        "LastName is already filled by Last name, else First name. Choose another field for Job title."
        in answer.text
    )
    assert form_in(answer.text)["Lead.Phone.overwrite"] == "always"
    assert bench.document() == {}


def test_a_posted_locked_row_is_refused(bench: MappingBench) -> None:
    form = bench.form()
    bench.rule(FILE, "10-eu.toml")
    answer = bench.post(form | {"Lead.Title.overwrite": "if_ours"})
    assert answer.status_code == 422
    assert "Lead.Title is set by 10-eu.toml. Change it in that file." in answer.text


def test_the_draft_survives_a_faster_second_admin(bench: MappingBench) -> None:
    ours = bench.form() | {"Lead.Title.overwrite": "always", "Lead.Phone.to": "MobilePhone"}
    bench.visitor = JORG
    bench.saved({"Lead.Title.overwrite": "if_ours"})
    bench.visitor = ADA
    answer = bench.post(ours)
    assert answer.status_code == 409
    assert "Jörg Öztürk saved this page" in answer.text
    assert "Your 2 changes are still here." in answer.text
    beside = answer.text.partition("mapping-compare")[2].partition("</details>")[0]
    assert "Title, if Zaplify wrote it" in beside
    assert "Title, always" in beside
    assert bench.document()["fields"]["Lead"]["Title"]["overwrite"] == "if_ours"
    assert bench.post(form_in(answer.text)).status_code == 303
    assert rules(bench).fields["Lead"]["Title"].overwrite == "always"
    assert rules(bench).fields["Lead"]["MobilePhone"].sources == ("prospect.phone",)


def test_rows_untouched_by_the_second_admin_stay_as_the_first_saved_them(
    bench: MappingBench,
) -> None:
    ours = bench.form() | {"Lead.Phone.overwrite": "always", "Lead.Title.to": "Description"}
    bench.visitor = JORG
    bench.saved(
        {"Lead.Email.overwrite": "always", "Lead.Title.overwrite": "if_ours", "mode": "contact"}
    )
    bench.visitor = ADA
    again = form_in(bench.post(ours).text)
    assert (again["Lead.Email.overwrite"], again["mode"]) == ("always", "contact")
    assert "2 unsaved changes" in bench.post(again, "/mapping/draft").text
    bench.post(again)
    rules = bench.app.rulebook.rules_for("default", {"workspace": "default"})
    assert rules.mode == "contact"
    assert [rules.fields["Lead"][name].overwrite for name in ("Email", "Phone", "Description")] == [
        "always",
        "always",
        "if_ours",
    ]


def test_a_switch_flipped_in_the_meantime_does_not_conflict_with_a_save(
    bench: MappingBench,
) -> None:
    form = bench.form()
    flipped = {"switches": {"sync_activities": False}}
    assert bench.app.store.save_console_rule("default", flipped, expected_version=0)
    assert bench.post(form | {"Lead.Title.overwrite": "always"}).status_code == 303
    assert rules(bench).switches.sync_activities is False
    assert rules(bench).fields["Lead"]["Title"].overwrite == "always"


# Without script: every step posts the draft


def test_a_row_is_added_filled_on_the_pickers_page_and_saved(bench: MappingBench) -> None:
    form = form_in(
        bench.post(
            bench.form() | {"add": "Lead", "Lead.Title.overwrite": "always"}, "/mapping/draft"
        ).text
    )
    assert form["Lead.new-1.source"] == ""
    form |= {"Lead.new-1.source": "prospect.linkedin_url"}
    picking = bench.post(form | {"pick": "Lead.new-1", "words": "linked"}, "/mapping/field").text
    assert "Fits a web address" in picking
    carried = form_in(picking)
    back = bench.post(carried | {"choose": "LinkedIn_Profile__c"}, "/mapping/draft").text
    assert "2 unsaved changes" in back
    assert bench.post(form_in(back)).status_code == 303
    assert bench.document()["fields"]["Lead"]["LinkedIn_Profile__c"] == "prospect.linkedin_url"
    assert rules(bench).fields["Lead"]["Title"].overwrite == "always"


def test_an_added_row_can_be_dropped_again(bench: MappingBench) -> None:
    form = form_in(bench.post(bench.form() | {"add": "Lead"}, "/mapping/draft").text)
    left = form_in(bench.post(form | {"drop": "Lead.new-1"}, "/mapping/draft").text)
    assert not any(name.startswith("Lead.new-1") for name in left)


def test_the_picker_has_its_own_url(bench: MappingBench) -> None:
    html = bench.page("/mapping/field?pick=Lead.Title&words=titl")
    assert "<mark>Titl</mark>e" in html
    assert "No field matches “linkdin”. Did you mean “linkedin”? 1 field." in bench.page(
        "/mapping/field?pick=Lead.Title&words=linkdin"
    )
    assert bench.client.get("/mapping/field?pick=Lead.Nothing").status_code == 404


def test_a_script_gets_parts_of_the_page(bench: MappingBench) -> None:
    form = bench.form()
    row = bench.post(
        form | {"Lead.Title.to": "", "row": "Lead.Title"},
        "/mapping/draft",
        **{"HX-Request": "true"},
    ).text
    assert row.count("<tr") == 1
    assert "Not mapped" in row
    table = bench.post(form | {"add": "Lead"}, "/mapping/draft", **{"HX-Request": "true"}).text
    assert 'id="map-Lead"' in table
    assert "<html" not in table
    options = bench.post(form | {"pick": "Lead.Title", "words": ""}, "/mapping/fields").text
    assert options.count('role="option"') == 20
    assert "“Job title”" in options


# Values of picklists


def test_a_value_that_a_picklist_lacks_is_mapped_as_part_of_the_draft(bench: MappingBench) -> None:
    bench.control(
        "POST",
        "fields",
        {
            "object": "Lead",
            "name": "Level__c",
            "label": "Level",
            "type": "picklist",
            "picklist": ["Director", "Manager"],
            "restricted": True,
        },
    )
    bench.clock.sleep(60)
    bench.purchase(custom={"level": "C-level"})
    form = form_in(bench.post(bench.form(), "/mapping/refresh").text)
    form |= {
        "Lead.new-1.source": "prospect.custom.level",
        "Lead.new-1.to": "Level__c",
        "Lead.new-1.overwrite": "if_blank",
    }
    drafted = bench.post(form, "/mapping/draft").text
    assert "Not in the picklist: left out" in drafted
    page = bench.post(form_in(drafted) | {"translate": "Lead.new-1"}, "/mapping/values").text
    form = form_in(page)
    assert (form["source-0"], form["target-0"]) == ("C-level", "")
    assert (
        form_in(
            bench.post(form | {"target-0": "=Director", "back": "yes"}, "/mapping/draft").text
        ).get("Lead.new-1.values")
        is None
    )
    back = bench.post(
        form | {"target-0": "=Director", "source-1": "Boss", "target-1": "leave-out"},
        "/mapping/draft",
    ).text
    assert "Not in the picklist" not in back
    assert bench.post(form_in(back)).status_code == 303
    rule = rules(bench).fields["Lead"]["Level__c"]
    assert rule.values == {"C-level": "Director", "Boss": ""}


def test_a_field_chosen_on_a_page_that_was_opened_by_its_address_is_in_the_draft(
    bench: MappingBench,
) -> None:
    form = form_in(bench.page("/mapping/field?pick=Lead.Title&words=descr"))
    back = bench.post(form | {"choose": "Description"}, "/mapping/draft").text
    assert "1 unsaved change" in back
    assert bench.post(form_in(back)).status_code == 303
    assert bench.document()["fields"]["Lead"] == {
        "Title": False,
        "Description": "prospect.title",
    }


def test_translations_of_a_shipped_rule_are_shown_and_changed_one_by_one(
    bench: MappingBench,
) -> None:
    page = bench.page("/mapping/values?translate=Lead.Industry")
    form = form_in(page)
    place = next(
        name for name, value in form.items() if name.startswith("source-") and value == "Software"
    )
    into = place.replace("source", "target")
    assert form[into] == "=Technology"
    back = bench.post(form | {into: "=Electronics"}, "/mapping/draft").text
    bench.post(form_in(back))
    values = rules(bench).fields["Lead"]["Industry"].values
    assert values is not None
    assert (values["Software"], values["Internet"]) == ("Electronics", "Technology")
    assert bench.client.get("/mapping/values?translate=Lead.Title").status_code == 404


# Refreshing


def test_a_refresh_reports_new_removed_and_formerly_mapped_fields(
    bench: MappingBench,
) -> None:
    bench.saved({"Lead.Phone.to": "Fax"})
    bench.control("POST", "fields", {"object": "Lead", "name": "Seen__c", "label": "Seen"})
    bench.control("POST", "permissions", {"user": ADMIN, "hidden_fields": ["Lead.Fax"]})
    bench.clock.sleep(60)
    html = bench.post(bench.form() | {"Lead.Title.overwrite": "always"}, "/mapping/refresh").text
    assert "1 new field, 1 removed." in html
    assert "Fax was mapped: choose another field." in html
    assert "Seen <code>Lead.Seen__c</code>" in html
    assert "No longer in Salesforce. Choose another field" in html
    assert form_in(html)["Lead.Title.overwrite"] == "always"
    line = bench.app.store.history("default", codes=["fields_refreshed"])[0]
    assert line.detail == {"new": ["Seen"], "gone": ["Fax"], "mapped": ["Fax"]}


def test_a_new_field_is_mapped_by_the_button_beside_its_name(bench: MappingBench) -> None:
    form = bench.form() | {"Lead.Title.overwrite": "always", "map": "Lead.Region__c"}
    html = bench.post(form, "/mapping/draft").text
    drafted = form_in(html)
    assert (drafted["Lead.new-1.to"], drafted["Lead.new-1.source"]) == ("Region__c", "")
    assert drafted["Lead.Title.overwrite"] == "always"
    part = bench.post(form, "/mapping/draft", **{"HX-Request": "true"}).text
    assert part.startswith('<section id="map-Lead"')


def add_text_fields(bench: MappingBench, *names: str) -> None:
    for name in names:
        field = {"object": "Lead", "name": name, "label": name[:-3], "type": "string"}
        bench.control("POST", "fields", {**field, "length": 80})


def test_new_fields_stay_named_until_they_are_mapped_whatever_page_comes_between(
    bench: MappingBench,
) -> None:
    add_text_fields(bench, "Area__c", "Basin__c")
    bench.clock.sleep(60)
    form = form_in(bench.post(bench.form(), "/mapping/refresh").text)
    added = form_in(bench.post(form | {"map": "Lead.Area__c"}, "/mapping/draft").text)
    added |= {"fill": "Lead.new-1"}
    page = form_in(bench.post(added, "/mapping/fill").text)
    back = bench.post(page | {"path-0-0": "prospect.title", "use": "yes"}, "/mapping/fill").text
    assert "1 new field is not mapped yet." in back
    assert 'value="Lead.Basin__c"' in back
    assert 'name="map" value="Lead.Area__c"' not in back
    assert "not mapped yet" not in bench.page("/mapping")


def test_a_new_field_that_is_named_as_one_of_zaplifys_is_filled_by_it(bench: MappingBench) -> None:
    field = {"object": "Lead", "name": "Profile__c", "label": "linkedin Profile", "type": "url"}
    bench.control("POST", "fields", field)
    form = form_in(bench.post(bench.form(), "/mapping/refresh").text)
    drafted = form_in(bench.post(form | {"map": "Lead.Profile__c"}, "/mapping/draft").text)
    assert drafted["Lead.new-1.source"] == "prospect.linkedin_url"
    assert bench.post(drafted).status_code == 303
    assert bench.document()["fields"]["Lead"] == {"Profile__c": "prospect.linkedin_url"}


def test_required_fields_that_nothing_fills_are_named_above_every_page_with_the_way_to_their_rows(
    bench: MappingBench,
) -> None:
    add_text_fields(bench, "Basis__c", "Area__c")
    for name in ("Basis__c", "Area__c"):
        bench.control("PATCH", "fields", {"object": "Lead", "name": name, "required": True})
    bench.clock.sleep(60)
    bench.post(bench.form(), "/mapping/refresh")
    html = bench.page("/held")
    assert "Nothing fills 3 required fields." in html
    assert (
        "Salesforce refuses new records without Lead Area, Lead Basis and Lead Consent basis."
        in html
    )
    assert 'href="/mapping#row-Lead-need-Area__c"' in html
    assert 'id="row-Lead-need-Area__c"' in bench.page("/mapping")
    filled = {f"Lead.need-{name}.source": "=North" for name in ("Area__c", "Consent_Basis__c")}
    bench.saved(filled)
    html = bench.page("/held")
    assert "Lead needs Basis, and nothing fills it." in html
    assert "Salesforce refuses every new Lead without it." in html


def test_an_org_that_does_not_answer_leaves_the_fields_as_they_were_read(
    bench: MappingBench,
) -> None:
    bench.control("POST", "faults", {"kind": "html_503", "times": 9})
    answer = bench.post(bench.form() | {"Lead.Title.overwrite": "always"}, "/mapping/refresh")
    assert answer.status_code == 200
    assert "Salesforce didn’t answer." in answer.text
    assert "Showing the fields as read" in answer.text
    assert form_in(answer.text)["Lead.Title.overwrite"] == "always"


# Creating fields


def new_field_form(**more: str) -> dict[str, str]:
    return {"object": "Lead", "label": "Prospect score", "type": "Number", "length": "6", **more}


def test_a_field_is_planned_created_offered_and_written(bench: MappingBench) -> None:
    form = form_in(
        bench.post(
            bench.form() | {"add": "Lead", "Lead.need-Consent_Basis__c.source": "=Contract"},
            "/mapping/draft",
        ).text
    )
    form |= {"Lead.new-1.source": "prospect.company.employees", "create": "Lead.new-1"}
    answer = bench.post(form, "/mapping/create")
    assert answer.status_code == 200
    assert '<option value="Number" selected>' in answer.text
    planned = bench.post(form | new_field_form(step="plan"), "/mapping/create").text
    assert "Prospect_score__c" in planned
    assert "Permission set" in planned
    assert bench.emulator.org.objects["Lead"].fields.get("Prospect_score__c") is None
    made = bench.post(form_in(planned) | new_field_form(step="make"), "/mapping/create").text
    assert "Prospect score was created on Lead." in made
    assert form_in(made)["Lead.new-1.to"] == "Prospect_score__c"
    assert bench.post(form_in(made)).status_code == 303
    bench.purchase(company={"name": "Acme", "employees": 12})
    bench.drain()
    assert [lead["Prospect_score__c"] for lead in bench.leads()] == [12]
    line = bench.app.store.history("default", codes=["field_created"])[0]
    assert (line.by, line.detail["field"]) == ("Ada Admin", "Prospect_score__c")


def test_a_user_who_cannot_create_fields_learns_why_and_what_to_ask_for(
    bench: MappingBench,
) -> None:
    bench.control("POST", "permissions", {"user": ADMIN, "customize_application": False})
    answer = bench.post(new_field_form(step="make"), "/mapping/create").text
    assert "the connected user lacks “Customize Application”" in answer
    assert "Object Manager → Lead → Fields &amp; Relationships → New" in answer
    assert "Then return here and select Refresh fields" in answer
    assert 'aria-disabled="true"' in answer
    assert bench.app.store.history("default", codes=["field_created"]) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"label": " "}, "Enter a label"),
        ({"label": "日本"}, "The label needs a letter from A to Z"),
        ({"label": "x" * 41}, "The label has 41 characters"),
        ({"length": "19"}, "Length for Number: 1 to 18."),
        ({"scale": "6"}, "There must be fewer decimal places than digits."),
    ],
)
def test_an_invalid_field_is_reported_before_any_api_call(
    bench: MappingBench, more: dict[str, str], words: str
) -> None:
    before = bench.emulator.org.used
    answer = bench.post(new_field_form(step="plan") | more, "/mapping/create")
    assert answer.status_code == 422
    assert words in answer.text
    assert bench.emulator.org.used == before


def test_a_signed_out_workspace_still_shows_and_saves_its_mapping(bench: MappingBench) -> None:
    connection = bench.app.store.connection("default")
    assert connection is not None
    bench.app.store.save_connection(replace(connection, state="reconnect"))
    assert "Text, 128" in bench.page()
    refreshed = bench.post(
        bench.form() | {"Lead.Title.overwrite": "if_ours"}, "/mapping/refresh"
    ).text
    assert "Your Salesforce sign-in ended." in refreshed
    assert form_in(refreshed)["Lead.Title.overwrite"] == "if_ours"
    assert (
        "Your Salesforce sign-in" in bench.post(new_field_form(step="plan"), "/mapping/create").text
    )
    assert bench.saved({"Lead.Title.overwrite": "always"}).status_code == 303


def test_no_one_changes_another_workspace(bench: MappingBench) -> None:
    bench.visitor = replace(ADA, workspace="other")
    bench.saved({"Lead.Title.overwrite": "always"})
    assert bench.document() == {}
    found: Any = bench.app.store.console_rule("other")[0]
    assert found["fields"]["Lead"]["Title"]["overwrite"] == "always"
