"""A prospect's page without a browser: everything that happened to one person, and no message text."""

from __future__ import annotations

import csv
import re
import time
from io import StringIO

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.console.outbox import CONTACT, connect, keep, settle
from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.console.activity import person
from zsf_plugin.console.presenters.causes import key_of
from zsf_plugin.decision import causes
from zsf_plugin.model import Event, Json, Link, Step
from zsf_plugin.ports import HistoryLine, JournalLine
from zsf_plugin.wiring.apps import CommandApp

AT = 1_790_000_000.0


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def words(html: str) -> str:
    """The text of a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def buy_and_create(application: CommandApp, event: Event, at: float = AT, **after: Json) -> str:
    """A purchase that created a Contact with those values."""
    rules = application.rulebook.digest("acme")
    entry = keep(application.store, event, at=at)
    line = JournalLine(entry, "Contact", CONTACT, "create", {}, after, at + 5, rules=rules)
    link = Link("prospect", event.prospect_id, "Contact", CONTACT, after)
    steps = (Step("unmatched", "Contact"), Step("created", "Contact"))
    return settle(
        application.store, entry, "done", steps=steps, links=(link,), journal=(line,), at=at + 5
    )


def test_a_persons_page_begins_with_the_purchase_and_has_all_of_their_entries(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    first = buy_and_create(application, purchase(prospect(1), "e1"), LastName="Lovelace1")
    other = keep(application.store, purchase(prospect(2), "e2"))
    sent = keep(application.store, touchpoint(prospect(1), "t1"))
    skipped = keep(application.store, touchpoint(prospect(1), "t2"))
    settle(application.store, skipped, "skipped", reason=Step("activities_off"))
    html = page(client, "/person?id=p1")
    assert re.findall(r'href="/activity/(e\d+)"', html) == [first, sent, skipped]
    newest = page(client, "/person?id=p1&order=newest")
    assert re.findall(r'href="/activity/(e\d+)"', newest) == [skipped, sent, first]
    assert other not in html
    text = words(html)
    assert "<h1><bdi>Ada1 Lovelace1</bdi></h1>" in html
    assert "Acme 1 · prospect p1" in text
    assert "Linked to a Contact. Open in Salesforce" in text
    assert f'href="https://acme.my.salesforce.com/{CONTACT}"' in html


def test_it_says_what_was_found_and_written_and_by_which_rules(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    buy_and_create(
        application, purchase(prospect(1), "e1"), LastName="Lovelace1", Email="ada1@acme1.example"
    )
    text = words(page(client, "/person?id=p1"))
    digest = application.rulebook.digest("acme")[:12]
    assert "Contact or Lead: none found, so a new Contact was created" in text
    assert "Written 2 fields on a new Contact" in text
    assert f"Decided by the shipped rules, still in force ({digest})" in text
    assert "Last written by Zaplify LastName Lovelace1 Email ada1@acme1.example" in text

    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-own.toml").write_text('[fields.Contact]\nTitle = "prospect.title"\n', "utf-8")
    client.get("/rules")
    text = words(page(client, "/person?id=p1"))
    assert (
        f"Decided by the shipped rules, as they were then; they have changed since ({digest})"
        in text
    )


def test_the_rule_files_of_former_rules_are_named_whatever_changed_since(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    own, other = folder / "10-own.toml", folder / "20-other.toml"
    saved = {"mode": "contact", "fields": {"Contact": {"Department": "prospect.title"}}}
    line = HistoryLine(1.0, "mapping_saved", "Ada", {})
    application.store.save_console_rule("acme", saved, expected_version=0, line=line)
    own.write_text('[fields.Contact]\nTitle = "prospect.title"\n', "utf-8")
    client.get("/rules")
    first = application.rulebook.digest("acme")
    buy_and_create(application, purchase(prospect(1), "e1"), time.time(), Title="E", Department="E")
    own.unlink()
    other.write_text('[fields.Contact]\nLastName = "prospect.last_name"\n', "utf-8")
    client.get("/rules")
    buy_and_create(application, purchase(prospect(1), "e2"), time.time(), LastName="L")
    second = application.rulebook.digest("acme")
    line = HistoryLine(2.0, "mapping_saved", "Ada", {})
    application.store.save_console_rule("acme", {"mode": "lead"}, expected_version=1, line=line)
    text = words(page(client, "/person?id=p1"))
    changed = "as they were then; they have changed since"
    assert f"the console’s settings and 10-own.toml, {changed} ({first[:12]})" in text.replace(
        "10-own.toml and the console’s settings", "the console’s settings and 10-own.toml"
    )
    assert f"20-other.toml, {changed} ({second[:12]})" in text


def test_rules_of_which_nothing_is_known_are_named_by_their_digest(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    entry = keep(application.store, purchase(prospect(1), "e1"), at=AT)
    line = JournalLine(
        entry, "Lead", "00Q000000000001AAA", "create", {}, {"LastName": "L"}, AT, rules="f" * 16
    )
    settle(application.store, entry, "done", steps=(Step("created", "Lead"),), journal=(line,))
    assert f"Decided by rules that have changed since ({'f' * 12})" in words(
        page(client, "/person?id=p1")
    )


def test_the_rule_files_of_a_write_are_named(client: FlaskClient, application: CommandApp) -> None:
    connect(application.store)
    folder = application.settings.config_dir / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    own = 'mode = "contact"\n[fields.Contact]\nTitle = "prospect.title"\n'
    (folder / "10-own.toml").write_text(own, "utf-8")
    buy_and_create(application, purchase(prospect(1), "e1"), LastName="L", Title="Engineer")
    assert "the shipped rules and 10-own.toml, still in force" in words(
        page(client, "/person?id=p1")
    )


def test_what_holds_an_entry_and_what_was_left_out_are_in_words(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    left_out = Step("left_out", "Lead", "Industry", {"misfit": "not_in_picklist", "values": ["X"]})
    held = keep(application.store, purchase(prospect(1), "e1"))
    cause = causes.required_empty("Lead", "Email")
    settle(application.store, held, "held", cause=cause, steps=(left_out,))
    html = page(client, "/person?id=p1")
    text = words(html)
    assert "Held." in text
    assert "See how to fix it" in text
    assert "/held#cause-" in html
    assert "1 value not written as it came" in text
    assert "Not linked to a record yet." in text


def test_no_message_text_is_on_it_even_if_it_was_written(
    client: FlaskClient, application: CommandApp
) -> None:
    connect(application.store)
    event = touchpoint(
        prospect(1), "t1", subject="SUBJECT_CANARY", content={"text": "CONTENT_CANARY"}
    )
    entry = keep(application.store, event)
    after: dict[str, Json] = {"Subject": "SUBJECT_CANARY", "Description": "CONTENT_CANARY"}
    line = JournalLine(entry, "Task", "00T000000000001AAA", "create", {}, after, AT)
    settle(application.store, entry, "done", steps=(Step("logged", "Task"),), journal=(line,))
    html = page(client, "/person?id=p1")
    assert "with its text" in html
    assert "CANARY" not in html
    assert "CANARY" not in client.get("/person.csv?id=p1").get_data(as_text=True)


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_hundreds_of_touchpoints_are_shown_page_by_page_there_and_back(
    client: FlaskClient, application: CommandApp, order: str
) -> None:
    ids = [keep(application.store, touchpoint(prospect(1), f"t{n}")) for n in range(60)]
    wanted = ids if order == "oldest" else ids[::-1]
    there = _turned(client, f"/person?id=p1&order={order}", "next")
    assert [one for part in there for one in part] == wanted
    assert [len(part) for part in there] == [25, 25, 10]
    last = f"/person?id=p1&order={order}&from={there[-1][0]}"
    assert _turned(client, last, "prev") == there[::-1]
    assert "26–50 of 60" in words(page(client, f"/person?id=p1&from={ids[25]}"))
    unknown = words(page(client, "/person?id=p1&from=e999999"))
    assert unknown == words(page(client, "/person?id=p1"))
    rows = client.get("/person.csv?id=p1").get_data().decode("utf-8-sig")
    assert [row["Entry ID"] for row in csv.DictReader(StringIO(rows))] == ids[::-1]


@pytest.mark.parametrize("query", ["", "?id=", "?id=p9", "?id=%00", "?id=P1"])
def test_an_unknown_prospect_is_not_found(
    client: FlaskClient, application: CommandApp, query: str
) -> None:
    keep(application.store, purchase(prospect(1), "e1"))
    keep(application.store, purchase(prospect(9), "e9"), "globex")
    assert client.get(f"/person{query}").status_code == 404


@pytest.mark.parametrize("id_", ["a/b//c", "../x", "?&#", "<script>", "é\u202e"])
def test_any_id_has_a_page(client: FlaskClient, application: CommandApp, id_: str) -> None:
    entry = keep(application.store, purchase(prospect(1, id=id_), "e1"))
    html = page(client, f"/activity/{entry}")
    link = re.search(r'href="(/person\?[^"]*)"', html)
    assert link is not None
    shown = page(client, link.group(1).replace("&amp;", "&"))
    assert "Ada1 Lovelace1" in shown
    assert "<script>" not in re.sub(r"<script [^>]*>", "", shown)


def test_an_id_that_no_url_can_contain_has_no_link(
    client: FlaskClient, application: CommandApp
) -> None:
    entry = keep(application.store, purchase(prospect(1, id="p\ud800"), "e1"))
    cause = causes.required_empty("Lead", "Email")
    settle(application.store, entry, "held", cause=cause)
    held = f"/held?cause={key_of(cause.group)}"
    for path in (f"/activity/{entry}", "/activity?words=ada1", held):
        assert "/person?" not in page(client, path)
    pasted = '[{"id": "p\\ud800", "first_name": "Ada", "last_name": "Byron"}]'
    answer = client.post("/search", data={"pasted": pasted})
    assert answer.status_code == 200
    assert "/person?" not in answer.get_data(as_text=True)


def test_a_person_is_found_by_name_or_id_from_the_list(
    client: FlaskClient, application: CommandApp
) -> None:
    for number in (1, 2, 20):
        keep(application.store, purchase(prospect(number), f"e{number}"))
        keep(application.store, touchpoint(prospect(number), f"t{number}"))
    assert 'href="/person?id=p20"' in page(client, "/activity?words=lovelace20")
    assert 'href="/person?id=p2"' in page(client, "/activity?words=p2")
    assert "/person?id=" not in page(client, "/activity?words=ada")
    assert "/person?id=" not in page(client, "/activity")


def test_a_person_is_linked_from_held_entries_and_search_results(
    client: FlaskClient, application: CommandApp
) -> None:
    held = keep(application.store, purchase(prospect(1), "e1"))
    cause = causes.required_empty("Lead", "Email")
    settle(application.store, held, "held", cause=cause)
    assert 'href="/person?id=p1"' in page(client, f"/held?cause={key_of(cause.group)}")
    pasted = "id,first_name,last_name\np1,Ada,Byron\np2,Bo,Byron\n"
    html = client.post("/search", data={"pasted": pasted}).get_data(as_text=True)
    assert re.findall(r'href="/person\?id=(\w+)"', html) == ["p1"]


def _turned(client: FlaskClient, path: str | None, rel: str) -> list[list[str]]:
    """The entries of that page, and of all on the way that its links lead."""
    parts = []
    while path is not None:
        html = page(client, path)
        parts.append(re.findall(r'href="/activity/(e\d+)"', html))
        link = re.search(rf'href="(/person[^"]*)" rel="{rel}"', html)
        path = link.group(1).replace("&amp;", "&") if link else None
    return parts


@given(st.integers(0, 120), st.sampled_from(("oldest", "newest")))
def test_the_sections_of_a_prospect_are_their_entries_each_once(
    total: int, order: person.Order
) -> None:
    ids = [f"e{number}" for number in range(total)]
    seen: list[str] = []
    start: str | None = ""
    while start is not None:
        section = person.section_of(ids, order, start)
        assert section.first == len(seen) + 1
        assert section.total == total
        seen += section.ids
        start = section.next
    assert seen == (ids if order == "oldest" else ids[::-1])
