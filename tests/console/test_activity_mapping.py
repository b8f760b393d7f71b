"""Activities mapped in the console, channel by channel: saved in the console's rules, locked by files,
previewed, and in force for what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import USER
from tests.console.mapping_page import ADA, JORG, MappingBench, form_in
from tests.console.test_history import text_of
from tests.console.test_roles import edits_on
from zsf_plugin.emulator import Emulator, OrgSpec

CAMPAIGN = {
    "object": "Task",
    "name": "Campaign_Name__c",
    "label": "Campaign name",
    "type": "string",
    "length": 80,
}
EMAIL = "/mapping/activities?channel=email"
EVERY = "/mapping/activities?channel=*"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MappingBench]:
    with Emulator(OrgSpec(fields=[CAMPAIGN])) as org:
        made = MappingBench(tmp_path, org)
        made.connect()
        made.page("/mapping?read=1")
        yield made
        made.app.close()


def activity(bench: MappingBench) -> Any:
    return bench.document().get("activity", {})


def add(bench: MappingBench, form: dict[str, str], field: str, **row: str) -> dict[str, str]:
    """The form with another row for that field."""
    page = bench.post(form | {"map": f"Task.{field}"}, "/mapping/draft").text
    drafted = form_in(page)
    (key,) = [name for name in drafted if name.endswith(".to") and drafted[name] == field]
    return drafted | {key.replace(".to", f".{part}"): value for part, value in row.items()}


def tasks(bench: MappingBench) -> list[dict[str, Any]]:
    return list(bench.control("GET", "records")["Task"])


def send(bench: MappingBench, channel: str = "email", number: int = 1, **touchpoint: Any) -> None:
    """A purchase, and a touchpoint of its prospect."""
    bench.purchase()
    sent = {"id": f"t{number}", "channel": channel, **touchpoint}
    call = {"workspace": "default", "occurred_at": "2026-11-02T10:00:00Z", "user": USER}
    person = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": "ada@acme.example"}
    event = {**call, "event_id": f"t{number}", "prospect": person, "touchpoint": sent}
    assert bench.app.intake.receive("on_touchpoint_sent", event)["accepted"]


def test_a_channel_has_its_own_fields_and_those_of_every_channel(bench: MappingBench) -> None:
    html = bench.page(EMAIL)
    rows = re.findall(r'data-row="Task\.(\w+)"', html)
    assert rows == ["Subject", "Description", "ActivityDate", "TaskSubtype"]
    assert "“Email: ” + Subject, else “Email, step ” + Step, else “Email”" in html
    assert len(re.findall("Every channel</span>", html)) == 2
    assert 'aria-current="page">Field mapping' in html


def test_the_page_without_a_channel_leads_to_e_mails(bench: MappingBench) -> None:
    assert bench.client.get("/mapping/activities").location == EMAIL


@pytest.mark.parametrize("name", ["x" * 61, "a%00b", "a%0Ab"])
def test_what_is_no_channels_name_has_no_page(bench: MappingBench, name: str) -> None:
    assert bench.client.get(f"/mapping/activities?channel={name}").status_code == 404


def test_a_channel_that_nothing_names_yet_is_added_by_saving_a_field_of_it(
    bench: MappingBench,
) -> None:
    assert 'name="channel" required' in bench.page(EMAIL)
    new = "/mapping/activities?channel=Letter"
    html = bench.page(new)
    assert "This channel is new" in html
    assert 'aria-current="true">Letter<' in html
    form = add(bench, bench.form(new), "Priority", source="=High")
    assert bench.post(form).status_code == 303
    assert activity(bench) == {"letter": {"Priority": {"value": "High"}}}
    assert "channel=letter" in bench.page(EMAIL)
    assert "This channel is new" not in bench.page(new)
    send(bench, "Letter")
    bench.drain()
    assert [task["Priority"] for task in tasks(bench)] == ["High"]


def test_a_field_that_activities_lack_is_filled_on_the_page_of_their_channel(
    bench: MappingBench,
) -> None:
    bench.control("POST", "fields", CAMPAIGN | {"name": "Reason__c"})
    bench.control("PATCH", "fields", {"object": "Task", "name": "Reason__c", "required": True})
    send(bench, "call")
    bench.drain()
    link = re.search(r'href="(/mapping/activities[^"]+)">Fill Campaign', bench.page("/held"))
    assert link is not None
    address, _, row = link[1].partition("#")
    assert (address, row) == ("/mapping/activities?channel=call", "row-Task-need-Reason__c")
    assert f'id="{row}"' in bench.page(address)


def test_channels_are_those_that_rules_name_and_those_that_were_used(bench: MappingBench) -> None:
    bench.rule('[activity."Fax "]\nSubject = "\'Fax\'"\n')
    send(bench, "Video_Note")
    html = bench.page(EMAIL)
    listed = html.partition('aria-label="Channels"')[2].partition("</nav>")[0]
    channels = re.findall(r'channel=([^"]+)"', listed)
    assert channels == [
        *("*", "email", "linkedin_message", "linkedin_connection", "linkedin_visit", "call", "sms"),
        *("fax", "video_note"),
    ]
    assert ">Video note</a>" in html


def test_a_saved_change_is_written_for_that_channel_alone(bench: MappingBench) -> None:
    form = add(bench, bench.form(EMAIL), "Priority", source="=High")
    form = add(bench, form, "Campaign_Name__c", source="touchpoint.campaign.name")
    answer = bench.post(form)
    assert (answer.status_code, answer.location) == (303, EMAIL)
    assert activity(bench) == {
        "email": {
            "Priority": {"value": "High"},
            "Campaign_Name__c": "touchpoint.campaign.name",
        }
    }
    send(bench, campaign={"name": "Spring"})
    send(bench, "call", 2, campaign={"name": "Spring"})
    bench.drain()
    written = {task["TaskSubtype"]: task for task in tasks(bench)}
    assert (written["Email"]["Priority"], written["Email"]["Campaign_Name__c"]) == (
        *("High", "Spring"),
    )
    assert (written["Call"]["Priority"], written["Call"]["Campaign_Name__c"]) == ("Normal", None)
    (line,) = bench.app.store.history("default", codes=("mapping",), limit=1)
    assert (line.by, line.detail["channel"]) == ("Ada Admin", "email")
    assert [row["field"] for row in line.detail["rows"]] == [  # type: ignore[union-attr,index,call-overload]
        *("Priority", "Campaign_Name__c")
    ]


def test_a_subject_is_combined_without_typing_an_expression(bench: MappingBench) -> None:
    page = bench.post(bench.form(EMAIL), "/mapping/fill?fill=Task.Subject").text
    form = form_in(page) | {"path-0-0": "touchpoint.campaign.name", "text-0-0": "Mail: "}
    drafted = bench.post(form | {"use": "yes"}, "/mapping/fill").text
    assert "“Mail: ” + Campaign name, else “Email, step ” + Step" in drafted
    bench.post(form_in(drafted))
    assert activity(bench)["email"]["Subject"] == {
        "from": [
            "concat('Mail: ', touchpoint.campaign.name || `null`)",
            "concat('Email, step ', touchpoint.step || `null`)",
        ],
        "default": "Email",
    }


def test_every_channel_is_changed_at_once_unless_it_sets_the_field_itself(
    bench: MappingBench,
) -> None:
    every = "/mapping/activities?channel=*"
    bench.post(add(bench, bench.form(every), "Priority", source="=Low"))
    assert activity(bench) == {"*": {"Priority": {"value": "Low"}}}
    assert re.search(r"Low.*?Every channel</span>", bench.page(EMAIL), re.DOTALL)
    bench.post(bench.form(EMAIL) | {"Task.Priority.source": "=High"})
    bench.post(bench.form(EMAIL) | {"Task.Priority.source": "=Low"})
    assert activity(bench) == {"*": {"Priority": {"value": "Low"}}}


def test_an_inherited_field_is_unmapped_for_one_channel_and_restored(bench: MappingBench) -> None:
    bench.post(bench.form(EMAIL) | {"Task.ActivityDate.to": ""})
    assert activity(bench) == {"email": {"ActivityDate": False}}
    assert 'data-row="Task.ActivityDate"' not in bench.page(EMAIL)


def test_a_channel_without_any_field_fills_none_of_every_channel(bench: MappingBench) -> None:
    path = "/mapping/activities?channel=sms"
    names = ("Subject", "Description", "ActivityDate")
    bench.post(bench.form(path) | {f"Task.{name}.to": "" for name in names})
    send(bench, "sms")
    bench.drain()
    (task,) = tasks(bench)
    assert (task["Subject"], task["ActivityDate"]) == (None, None)


def test_what_a_file_sets_is_locked_and_refused(bench: MappingBench) -> None:
    bench.rule("[activity.email]\nSubject = \"'Mail'\"\n")
    html = bench.page(EMAIL)
    assert 'data-row="Task.Subject"' not in html
    assert "10.toml" in html
    forged = {"Task.Subject.to": "Subject", "Task.Subject.source": "=Mine"}
    answer = bench.post(bench.form(EMAIL) | forged)
    assert answer.status_code == 422
    assert "Task.Subject is set by 10.toml." in answer.text
    assert activity(bench) == {}


def test_a_file_for_every_channel_leaves_a_channels_own_field_open(bench: MappingBench) -> None:
    bench.rule('[activity."*"]\nPriority = { value = "Low" }\n')
    assert 'data-row="Task.Priority"' in bench.page(EMAIL)
    assert bench.post(bench.form(EMAIL) | {"Task.Priority.source": "=High"}).status_code == 303
    assert activity(bench) == {"email": {"Priority": {"value": "High"}}}


def test_the_draft_survives_a_faster_second_admin(bench: MappingBench) -> None:
    form = bench.form(EMAIL)
    bench.visitor = JORG
    bench.post(add(bench, bench.form(EVERY), "Priority", source="=High"))
    bench.post(bench.form(EMAIL) | {"Task.ActivityDate.to": ""})
    bench.visitor = ADA
    bench.saved({"Lead.Title.overwrite": "always"})
    answer = bench.post(form | {"Task.Description.to": ""})
    assert answer.status_code == 409
    text = text_of(answer.text)
    assert "Jörg Öztürk saved this page" in text
    assert "Task: Priority Not mapped “High”" in text
    assert "Your 1 change is still here." in text
    assert "Task: Message text, else Message as HTML Description Not mapped Drop mine" in text
    assert bench.post(form_in(answer.text)).status_code == 303
    assert activity(bench) == {
        "*": {"Priority": {"value": "High"}},
        "email": {"ActivityDate": False, "Description": False},
    }


def test_another_source_is_compared_with_the_saved_one(bench: MappingBench) -> None:
    form = bench.form(EMAIL) | {"Task.Description.source": "touchpoint.campaign.name"}
    bench.visitor = JORG
    bench.post(bench.form(EMAIL) | {"Task.ActivityDate.to": ""})
    bench.visitor = ADA
    text = text_of(bench.post(form).text)
    assert "Task: Activity Date Sent on, else Happened on Not mapped" in text
    assert (
        "Message text, else Message as HTML Description Description, filled by Campaign name"
        in text
    )


def test_a_fixed_value_is_compared_by_the_value_itself(bench: MappingBench) -> None:
    form = bench.form(EMAIL) | {"Task.TaskSubtype.source": "=", "Task.TaskSubtype.value": "Call"}
    bench.visitor = JORG
    bench.post(bench.form(EMAIL) | {"Task.ActivityDate.to": ""})
    bench.visitor = ADA
    text = text_of(bench.post(form).text)
    assert "Task: “Email” TaskSubtype TaskSubtype, filled by “Call”" in text


@pytest.mark.parametrize("path", ["/mapping", "/mapping/activities?channel=call"])
def test_another_page_saved_in_the_meantime_does_not_conflict(
    bench: MappingBench, path: str
) -> None:
    form, other = bench.form(EMAIL), bench.form(path)
    field = "Lead.Title.to" if path == "/mapping" else "Task.TaskSubtype.to"
    assert bench.post(other | {field: ""}).status_code == 303
    assert bench.post(form | {"Task.Description.to": ""}).status_code == 303
    assert activity(bench)["email"] == {"Description": False}


def test_drafts_of_each_channel_and_of_prospects_are_stored_apart(bench: MappingBench) -> None:
    found = [
        re.findall(r'data-kept-for="([^"]+)"', bench.page(path))
        for path in ("/mapping", EMAIL, EVERY, "/mapping/activities?channel=call")
    ]
    assert len({key for keys in found for key in keys}) == 4


def test_a_viewer_sees_each_channel_without_what_changes_it(bench: MappingBench) -> None:
    send(bench, step=7)
    bench.visitor = replace(ADA, role="view")
    html = bench.page(EMAIL)
    assert edits_on(bench.client.application, html) == []
    assert "Email, step 7" in html.partition('id="task-lines"')[2]
    assert '<input type="hidden" name="Task.' not in html
    assert len(re.findall("Every channel</span>", html)) == 2
    assert bench.client.get("/mapping/fill?channel=email&fill=Task.Subject").status_code == 403


def test_the_history_of_settings_names_the_channel_of_a_change(bench: MappingBench) -> None:
    bench.post(bench.form(EMAIL) | {"Task.Description.to": ""})
    text = text_of(bench.page("/rules/history"))
    assert "Activity: E-mail" in text


def test_the_preview_is_a_recent_touchpoint_of_the_channel_with_the_draft(
    bench: MappingBench,
) -> None:
    assert "No E-mail was sent yet, so this is a made-up example." in bench.page(EMAIL)
    send(bench, step=7)
    html = bench.page(EMAIL)
    panel = html.partition('id="task-lines"')[2]
    assert "Email, step 7" in panel
    assert "Completed" in panel
    assert "made-up example" not in panel
    form = bench.form(EMAIL) | {"Task.Subject.source": "touchpoint.step"}
    drafted = bench.post(form, "/mapping/draft", **{"HX-Request": "true"}).text
    panel = drafted.partition('id="task-lines"')[2]
    assert '<span class="preview-after" dir="auto">7</span>' in panel
    assert "Email, step 7" not in panel


def test_every_channel_is_previewed_by_what_only_its_own_table_fills(bench: MappingBench) -> None:
    every = "/mapping/activities?channel=*"
    send(bench, "email", 1, step=7)
    assert "Touchpoint (other), step 2" in bench.page(every).partition('id="task-lines"')[2]
    send(bench, "fax", 2, step=8)
    for path in (every, "/mapping/activities?channel=fax"):
        assert "Touchpoint (fax), step 8" in bench.page(path).partition('id="task-lines"')[2]


def test_the_preview_says_what_the_switches_leave_out(bench: MappingBench) -> None:
    assert "Message contents are off." in bench.page(EMAIL)
    bench.rule("[switches]\nsync_activities = false\ninclude_contents = true\n")
    html = bench.page(EMAIL)
    assert "Sync activities is off." in html
    assert "Message contents are off." not in html
    assert "Closing the books faster" in html


def test_a_missing_field_is_created_for_tasks_and_chosen(bench: MappingBench) -> None:
    form = add(bench, bench.form(EMAIL), "Type", source="touchpoint.url")
    (name,) = [one.removesuffix(".source") for one in form if one.endswith(".source")]
    asked = bench.post(form | {"create": name}, "/mapping/create").text
    assert "<option selected>Task</option>" in asked
    field = {"object": "Task", "label": "Zaplify link"}
    plan = bench.post(form_in(asked) | field | {"step": "plan"}, "/mapping/create")
    assert "Activity.Zaplify_link__c" in plan.text
    made = bench.post(form_in(plan.text) | field | {"step": "make"}, "/mapping/create").text
    assert "Zaplify link was created on Task." in made
    assert bench.post(form_in(made)).location == EMAIL
    assert activity(bench) == {"email": {"Zaplify_link__c": "touchpoint.url"}}


def test_a_script_gets_the_table_of_the_channel(bench: MappingBench) -> None:
    form = bench.form(EMAIL) | {"map": "Task.Priority"}
    part = bench.post(form, "/mapping/draft", **{"HX-Request": "true"}).text
    assert part.lstrip().startswith("<section")
    assert "Task.new-1.source" in part
    form = bench.form(EMAIL) | {"pick": "Task.Subject", "words": "descr"}
    assert "Description" in bench.post(form, "/mapping/fields").text
