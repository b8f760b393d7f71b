"""The Activity page without a browser: what it shows, page by page, and what it never shows."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.console.outbox import CONTACT, connect, keep, settle
from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.decision import causes
from zsf_plugin.decision.admission import without_text
from zsf_plugin.errors import Rejected
from zsf_plugin.model import Event, Json, JsonObject, Link, Step
from zsf_plugin.ports import Fact, HistoryLine, JournalLine
from zsf_plugin.wiring.apps import CommandApp

HTMX = {"HX-Request": "true"}


def page(client: FlaskClient, path: str, region: str = "", **headers: str) -> str:
    sent = {**(HTMX | {"HX-Target": region} if region else {}), **headers}
    answer = client.get(path, headers=sent)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def ids(html: str) -> list[str]:
    return re.findall(r'id="row-(e\d+)"', html)


def bought(number: int, **changes: object) -> Event:
    return purchase(prospect(number, **changes), f"event-{number}")  # type: ignore[arg-type]


def test_a_page_has_fifty_entries_and_a_link_to_the_next(
    client: FlaskClient, application: CommandApp
) -> None:
    kept = [keep(application.store, bought(number)) for number in range(120)]
    seen: list[str] = []
    path: str | None = "/activity"
    sizes = []
    while path is not None:
        html = page(client, path)
        sizes.append(len(ids(html)))
        seen += ids(html)
        older = re.search(r'href="(/activity\?before=[^"]*)"', html)
        path = older.group(1) if older else None
    assert sizes == [50, 50, 20]
    assert seen == kept[::-1]


def test_entries_that_wrote_something_are_listed_by_when_they_did(
    client: FlaskClient, application: CommandApp
) -> None:
    store, at = application.store, 1_700_000_000.0
    wrote = []
    for number in range(60):
        entry = keep(store, bought(number), at=at + number)
        line = JournalLine(entry, "Contact", CONTACT, "update", {}, {"Title": "CEO"}, at)
        wrote.append(settle(store, entry, "done", journal=(line,), at=at + 5_000 - number))
    settle(store, keep(store, bought(60)), "done")
    first = page(client, "/activity?order=written")
    assert ids(first) == wrote[:50]
    assert "Entries that wrote nothing are left out." in first
    assert "23:36" in re.findall(r'"event-at">(.+?)</span>', first)[0]
    older = re.search(r'href="(/activity\?before=[^"]*)"', first)
    assert older is not None
    assert ids(page(client, html.unescape(older[1]))) == wrote[50:]
    export = page(client, "/activity.csv?order=written").splitlines()
    assert [row.partition(",")[0] for row in export[1:]] == wrote
    entry = keep(store, bought(61))
    line = JournalLine(entry, "Contact", CONTACT, "update", {}, {"Title": "CEO"}, at)
    settle(store, entry, "done", journal=(line,), at=at + 9_000)
    live = page(client, f"/activity/newer?order=written&top={wrote[0]}")
    assert "1 newer entry" in re.sub(r"\s+", " ", live)


def test_counts_are_above_the_list(client: FlaskClient, application: CommandApp) -> None:
    settle(application.store, keep(application.store, bought(1)), "done")
    keep(application.store, bought(2))
    assert "1 done · 1 waiting · 0 held · 0 skipped" in page(client, "/activity")


def test_another_workspaces_entries_are_neither_listed_nor_opened(
    client: FlaskClient, application: CommandApp
) -> None:
    theirs = keep(application.store, bought(1), "globex")
    assert ids(page(client, "/activity")) == []
    assert client.get(f"/activity/{theirs}").status_code == 404
    assert theirs not in page(client, f"/activity/newer?shown={theirs}.done")


@pytest.mark.parametrize(
    "address", ["e0", "e99999999999999999999", "nonsense", "%F0%9F%92%A9", "e1'--"]
)
def test_an_address_of_no_entry_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(f"/activity/{address}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "state=zzz",
        "kind=&since=never",
        "before=nonsense",
        "words=" + "x" * 5000,
        "words=%00%ff",
        "seller=%ED%A0%80",
        "since=1e9",
    ],
)
def test_any_query_string_is_answered(
    client: FlaskClient, application: CommandApp, query: str
) -> None:
    keep(application.store, bought(1))
    page(client, f"/activity?{query}")
    page(client, f"/activity/newer?{query}")


def test_names_are_escaped_and_keep_their_text_direction(
    client: FlaskClient, application: CommandApp
) -> None:
    keep(
        application.store,
        bought(1, first_name="<script>alert(1)</script>", last_name="ليلى \ud800\u202e"),
    )
    html = page(client, "/activity")
    assert "<script>alert" not in html
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt; ليلى" in html


def test_a_filter_requests_only_the_list_and_gets_a_clean_url(
    client: FlaskClient, application: CommandApp
) -> None:
    settle(application.store, keep(application.store, bought(1)), "done")
    keep(application.store, bought(2))
    answer = client.get(
        "/activity?words=&state=done&kind=",
        headers=HTMX | {"HX-Target": "list", "HX-Trigger": "filters"},
    )
    html = answer.get_data(as_text=True)
    assert "<html" not in html
    assert len(ids(html)) == 1
    assert answer.headers["HX-Push-Url"] == "/activity?state=done"


def test_a_page_restored_from_history_is_complete(client: FlaskClient) -> None:
    assert "<html" in page(client, "/activity", **HTMX, **{"HX-History-Restore-Request": "true"})


def test_newer_entries_are_counted_and_not_shown(
    client: FlaskClient, application: CommandApp
) -> None:
    first = keep(application.store, bought(1))
    for number in (2, 3):
        keep(application.store, bought(number))
    html = page(client, f"/activity/newer?top={first}")
    assert "2 newer entries" in html
    assert ids(html) == []


def test_only_shown_entries_that_changed_are_sent_again(
    client: FlaskClient, application: CommandApp
) -> None:
    changed, same = keep(application.store, bought(1)), keep(application.store, bought(2))
    settle(application.store, changed, "done")
    html = page(client, f"/activity/newer?top={same}&shown={changed}.pending&shown={same}.pending")
    assert ids(html) == [changed]
    assert 'hx-swap-oob="true"' in html


def test_an_entry_shows_what_was_found_written_and_planned(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    connect(store)
    entry = keep(store, bought(1))
    found = Step(
        "found", "Contact", data={"by": "match_key", "fields": ["Email"], "record": CONTACT}
    )
    line = JournalLine(
        entry,
        "Contact",
        CONTACT,
        "update",
        {"Title": "CFO"},
        {"Title": "Engineer"},
        1_700_000_050.0,
    )
    link = Link("prospect", "p1", "Contact", CONTACT, {})
    settle(store, entry, "done", steps=(found, Step("updated", "Contact", data={"fields": ["Title"]})), links=(link,), journal=(line,))  # fmt: skip
    html = page(client, f"/activity/{entry}", "entry")
    assert "<html" not in html
    for words in (
        "Contact by Email: one",
        "<bdi>CFO</bdi>",
        "<bdi>Engineer</bdi>",
        "if blank · shipped",
        "Contact updated",
    ):
        assert words in html
    assert f'href="https://acme.my.salesforce.com/{CONTACT}"' in html
    assert "CANARY" not in html


def test_an_entry_settled_in_another_org_says_so_and_opens_nothing_in_this_one(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    connect(store)
    entry = keep(store, bought(1))
    found = Step("found", "Contact", data={"by": "link", "record": CONTACT})
    line = JournalLine(entry, "Contact", CONTACT, "update", {}, {"Title": "CFO"}, 1_700_000_050.0)
    link = Link("prospect", "p1", "Contact", CONTACT, {})
    settle(store, entry, "done", steps=(found,), links=(link,), journal=(line,))
    assert "In another org." not in page(client, f"/activity/{entry}")
    before = store.connection("acme")
    assert before is not None
    store.save_connection(replace(before, org_id="00D00000ELSEWHE"))
    html = page(client, f"/activity/{entry}")
    assert "In another org." in html
    assert before.org_id in html
    assert f"/{CONTACT}" not in html


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)", "https://evil.example/x?", "http://acme.example", "data:"]
)
def test_no_address_outside_an_org_becomes_a_link(
    client: FlaskClient, application: CommandApp, base: str
) -> None:
    store = application.store
    connect(store, instance_url=base)
    link = Link("prospect", "p1", "Contact", CONTACT, {})
    entry = settle(store, keep(store, bought(1)), "done", links=(link,))
    assert "Open in Salesforce" not in page(client, f"/activity/{entry}")


def test_message_text_is_never_shown_with_any_switch(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    entry = keep(store, touchpoint(prospect(1), "t1", subject="SUBJECT_CANARY"))
    after = {
        "Subject": "Email: SUBJECT_CANARY",
        "Description": "CONTENT_CANARY",
        "Was__c": "OLD_CANARY",
    }
    line = JournalLine(entry, "Task", "00T000000000001AAA", "create", {}, after, 1_700_000_050.0)
    settle(
        store,
        entry,
        "done",
        steps=(Step("logged", "Task", data={"person": "Contact", "record": "003"}),),
        journal=(line,),
    )
    for path in ("/activity", f"/activity/{entry}"):
        assert "CANARY" not in page(client, path)
    switch = HistoryLine(0.0, "switch", "Ada")
    store.save_console_rule(
        "acme", {"switches": {"include_contents": True}}, expected_version=0, line=switch
    )
    html = page(client, f"/activity/{entry}")
    assert "CANARY" not in html
    assert "CANARY" not in page(client, "/activity")
    assert "hidden: it may contain message text" in html


def test_records_are_shown_by_name_if_known(client: FlaskClient, application: CommandApp) -> None:
    store = application.store
    connect(store)
    entry = keep(store, touchpoint(prospect(1), "t1"))
    after: dict[str, Json] = {"WhoId": CONTACT, "OwnerId": "005000000000001AAA"}
    line = JournalLine(entry, "Task", "00T000000000001AAA", "create", {}, after, 1_700_000_050.0)
    link = Link("prospect", "p1", "Contact", CONTACT, {})
    settle(store, entry, "done", links=(link,), journal=(line,))
    html = page(client, f"/activity/{entry}")
    assert f'href="https://acme.my.salesforce.com/{CONTACT}"' in html
    assert "<bdi>Contact Ada1 Lovelace1</bdi></a>" in html
    assert "<bdi>005000000000001AAA</bdi>" in html


def test_a_known_owner_is_shown_by_name(client: FlaskClient, application: CommandApp) -> None:
    store, owner = application.store, "005000000000001AAA"
    connect(store)
    entry = keep(store, touchpoint(prospect(1), "t1"))
    after: dict[str, Json] = {"OwnerId": owner}
    line = JournalLine(entry, "Task", "00T000000000001AAA", "create", {}, after, 1_700_000_050.0)
    settle(store, entry, "done", journal=(line,))
    connection = store.connection("acme")
    assert connection is not None
    user: JsonObject = {"Id": owner, "Name": "Ada Lovelace", "Email": "ada@acme.example"}
    store.save_fact(connection.org_id, f"user:id:{owner}", Fact(user, 1_700_000_000.0))
    shown = page(client, f"/activity/{entry}")
    assert "<bdi>Ada Lovelace</bdi></a>" in shown
    assert "<bdi>ada@acme.example</bdi>" in shown
    assert f"<bdi>{owner}</bdi>" not in shown


def test_fields_with_a_messages_text_are_named_and_say_so(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    switch = HistoryLine(0.0, "switch", "Ada")
    store.save_console_rule(
        "acme", {"switches": {"include_contents": True}}, expected_version=0, line=switch
    )
    sent = touchpoint(
        prospect(1), "t1", subject="SUBJECT_CANARY", content={"text": "CONTENT_CANARY"}
    )
    entry = keep(store, sent)
    after = {
        "Subject": "E-mail: SUBJECT_CANARY",
        "Description": "CONTENT_CANARY",
        "Status": "Completed",
    }
    line = JournalLine(entry, "Task", "00T000000000001AAA", "create", {}, after, 1_700_000_050.0)
    settle(
        store,
        entry,
        "done",
        steps=(Step("logged", "Task", data={"person": "Contact", "record": "003"}),),
        journal=(line,),
    )
    html = page(client, f"/activity/{entry}")
    assert "CANARY" not in html
    assert "on a new Task, with its text" in html
    assert re.search(r"<dt>Description</dt>\s*<dd><span class=\"blank\">with its text</span>", html)
    assert re.search(r"<dt>Description</dt><dd><span class=\"blank\">with its text</span>", html)


def test_a_salesforce_message_that_may_repeat_the_text_is_not_shown(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    words = (
        "Subject: data value too large: SUBJECT_CANARY. Modern telecommunications (max length=255)"
    )
    cause = causes.from_rejection(Rejected("STRING_TOO_LONG", words, ("Subject",)), "Task")
    with_text = settle(
        store,
        keep(store, touchpoint(prospect(1), "t1", subject="SUBJECT_CANARY")),
        "held",
        cause=cause,
    )
    of_no_text = settle(
        store, keep(store, without_text(touchpoint(prospect(2), "t2"))), "held", cause=cause
    )
    connect(store)
    hidden = page(client, f"/activity/{with_text}")
    assert "CANARY" not in hidden
    assert "telecommunications" not in hidden
    assert "Message from Salesforce" in page(client, f"/activity/{of_no_text}")


def test_an_entry_stored_without_its_payload_is_shown(
    client: FlaskClient, application: CommandApp
) -> None:
    store = application.store
    broken = Event("purchase", "acme", "event-9", "", {})
    entry = settle(
        store,
        keep(store, broken),
        "held",
        cause=causes.invalid_event("/prospect/id", {"fault": "missing"}),
    )
    html = page(client, f"/activity/{entry}")
    assert "The event has no prospect ID" in html
    assert "Only its IDs were stored" in html


def test_a_held_entry_leads_to_its_cause(client: FlaskClient, application: CommandApp) -> None:
    store = application.store
    entry = settle(
        store,
        keep(store, bought(1)),
        "held",
        cause=causes.several_match("Contact", ["Email"], "hold"),
    )
    html = page(client, f"/activity/{entry}")
    cause = re.search(r'/held#(cause-[0-9a-f]+)"', html)
    assert cause is not None
    assert f'id="{cause.group(1)}"' in page(client, "/held")


def test_the_allocation_is_drawn_without_a_style(
    client: FlaskClient, application: CommandApp
) -> None:
    store, now = application.store, application.clock.now()
    connect(store)
    org = store.connection("acme").org_id  # type: ignore[union-attr]
    store.count_calls(org, "purchases", 300, now)
    store.note_usage(org, 1500, 2000, now)
    html = page(client, "/activity/allocation")
    assert 'class="bar-purchases"' in html
    assert "1,500 of 2,000 in the whole org, 75 %" in html
    assert "Purchases pause next," in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("channel", "name"), [("whatsapp", "WhatsApp message"), ("video_note", "Video note")]
)
def test_a_channel_known_only_from_a_rule_file_has_a_readable_name(
    client: FlaskClient, application: CommandApp, channel: str, name: str
) -> None:
    folder = Path(application.settings.config_dir) / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-channel.toml").write_text(f"[activity.{channel}]\nSubject = \"'Ours'\"\n")
    sent = touchpoint(prospect(1), channel=channel, subject=None, content=None)
    html = page(client, f"/activity/{keep(application.store, sent)}")
    assert f"{name}, step 1, to" in html
    assert "Ours" in html
    assert "Touchpoint (" not in html
