"""Undoing an entry in the console: the question with its plan, one click, and what the entry says
afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.outbox import keep
from tests.end_to_end.bench import MeteredBench
from tests.fakes.events import prospect, purchase
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.emulator import Emulator, OrgSpec


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as emulator:
        yield emulator


@pytest.fixture
def bench(tmp_path: Path, emulator: Emulator) -> Iterator[MeteredBench]:
    """A workspace in which one purchase was connected to a Lead (e1), and one created it (e2)."""
    bench = MeteredBench(tmp_path, "lead", emulator)
    bench.people_exist(1)
    bench.purchase(1, 2)
    bench.drain()
    yield bench
    bench.app.close()


@pytest.fixture
def client(bench: MeteredBench) -> FlaskClient:
    visitor = Visitor("default", "Ada Admin", "u-1")
    console = build_app(bench.app.console(), ConsoleOptions(lambda _: visitor))
    console.config["WTF_CSRF_ENABLED"] = False
    return console.test_client()


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    """The words of a page's main part."""
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.get_data(as_text=True).partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def seen(client: FlaskClient, entry_id: str) -> str:
    """What the page of the plan says that the button does."""
    page = client.get(f"/activity/{entry_id}/undo").get_data(as_text=True)
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def press(client: FlaskClient, entry_id: str) -> TestResponse:
    """Open the plan, and press its button."""
    return client.post(f"/activity/{entry_id}/undo", data={"seen": seen(client, entry_id)})


def titles(emulator: Emulator) -> list[object]:
    return [row["Title"] for row in emulator.org.records.live_rows("Lead")]


def test_the_question_shows_the_plan_and_changes_nothing(
    client: FlaskClient, emulator: Emulator
) -> None:
    page = text(client, "/activity/e1/undo")
    assert "Undo what was written for Ada Byron 1 ?" in page
    assert "Put 2 fields back on the Lead" in page
    assert "Engineer → , put back to blank" in page
    page = text(client, "/activity/e2/undo")
    assert "Delete the Lead" in page
    assert "Delete 1 record" in page
    assert titles(emulator) == ["Engineer", "Engineer"]


def test_one_click_undoes_and_the_entry_says_by_whom_and_what(
    client: FlaskClient, emulator: Emulator
) -> None:
    assert "/activity/e2/undo" in client.get("/activity/e2").get_data(as_text=True)
    answer = press(client, "e2")
    assert (answer.status_code, answer.location) == (303, "/activity/e2?undone=whole")
    assert titles(emulator) == ["Engineer"]
    page = client.get(answer.location).get_data(as_text=True)
    assert "Undone. Salesforce holds what it held before." in page
    entry = text(client, "/activity/e2")
    assert re.search(r"Undone by Ada Admin , .* Lead deleted\.", entry)
    assert "Lead deleted: undone" in entry
    assert '<span class="event-state">Undone</span>' in page
    assert ",Undone," in client.get("/activity.csv").get_data(as_text=True)
    assert "/activity/e2/undo" not in client.get("/activity/e2").get_data(as_text=True)
    assert "Nothing that it wrote is left to undo." in text(client, "/activity/e2/undo")


def test_what_someone_changed_stays_and_says_why(client: FlaskClient, emulator: Emulator) -> None:
    first, second = [str(row["Id"]) for row in emulator.org.records.live_rows("Lead")]
    for lead in (first, second):
        emulator.org.edit("Lead", lead, {"Title": "Chair"})
    assert "Title stays: someone changed it since." in text(client, "/activity/e1/undo")
    assert press(client, "e1").location == "/activity/e1?undone=partly"
    assert "Undone in part by Ada Admin" in text(client, "/activity/e1")
    page = text(client, "/activity/e2/undo")
    assert "Someone changed Title since." in page
    assert "Nothing can be undone now for" in page
    assert press(client, "e2").location == "/activity/e2?undone=not"
    assert titles(emulator) == ["Chair", "Chair"]


def test_a_reason_leads_to_the_entry_to_undo_first(
    client: FlaskClient, bench: MeteredBench
) -> None:
    bench.touch(2, 1)
    bench.drain()
    page = client.get("/activity/e2/undo").get_data(as_text=True)
    assert '<a href="/activity/e3">Open e3</a>' in page


def test_a_lost_answer_is_said_and_the_next_click_finishes(
    client: FlaskClient, emulator: Emulator
) -> None:
    emulator.faults.add({"kind": "drop_after_commit", "match": {"method": "DELETE"}})
    lost = press(client, "e2").location
    assert lost == "/activity/e2?undone=unanswered"
    assert "Salesforce did not answer." in client.get(lost).get_data(as_text=True)
    assert press(client, "e2").location == "/activity/e2?undone=whole"


def test_nothing_is_done_that_the_page_did_not_say(
    client: FlaskClient, bench: MeteredBench, emulator: Emulator
) -> None:
    task = {"WhoId": emulator.org.records.live_rows("Lead")[1]["Id"], "Subject": "Lunch"}
    emulator.org.seed("Task", task)
    shown = seen(client, "e2")
    assert "Nothing can be undone now" in text(client, "/activity/e2/undo")
    lunch = str(emulator.org.records.live_rows("Task")[0]["Id"])
    emulator.org.edit("Task", lunch, {"IsDeleted": True})
    answer = client.post("/activity/e2/undo", data={"seen": shown})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Salesforce changed in the meantime. Nothing was undone" in page
    assert "Delete 1 record" in page
    assert titles(emulator) == ["Engineer", "Engineer"]
    assert press(client, "e2").location == "/activity/e2?undone=whole"


def test_less_than_the_page_said_is_done_without_a_second_question(
    client: FlaskClient, emulator: Emulator
) -> None:
    both = seen(client, "e2")
    assert client.post("/activity/e2/undo", data={"seen": both}).status_code == 303
    # pressed twice: nothing is left to do
    again = client.post("/activity/e2/undo", data={"seen": both})
    assert again.location == "/activity/e2?undone=whole"


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("html_503", 503, "Nothing was changed."),
        ("daily_limit", 503, "Nothing was changed."),
        ("grant_revoked", 503, "Reconnect on the Connection page first. Nothing was changed."),
    ],
)
def test_an_org_that_cannot_be_asked_is_said_with_what_to_do(
    client: FlaskClient, emulator: Emulator, fault: str, status: int, words: str
) -> None:
    agreed = seen(client, "e2")
    if fault == "grant_revoked":
        emulator.faults.add({"kind": "session_expired"})
    emulator.faults.add({"kind": fault})
    answer = client.post("/activity/e2/undo", data={"seen": agreed})
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert words in page
    assert "zsf connect" not in page
    again = client.get("/activity/e2/undo").get_data(as_text=True)
    assert "zsf connect" not in again
    assert titles(emulator) == ["Engineer", "Engineer"]


def test_what_cannot_be_undone_yet_says_so(client: FlaskClient, bench: MeteredBench) -> None:
    bench.purchase(3)
    for answer in (client.get("/activity/e3/undo"), client.post("/activity/e3/undo")):
        assert answer.status_code == 409
        assert "once it has ended" in answer.get_data(as_text=True)
    assert "Undo this write…" not in client.get("/activity/e3").get_data(as_text=True)


def test_an_entry_of_another_workspace_is_neither_shown_nor_undone(
    client: FlaskClient, bench: MeteredBench
) -> None:
    theirs = keep(bench.app.store, purchase(prospect(1), "event-1"), "globex")
    assert client.get(f"/activity/{theirs}/undo").status_code == 404
    assert client.post(f"/activity/{theirs}/undo").status_code == 404


def test_values_of_an_activity_are_never_shown(client: FlaskClient, bench: MeteredBench) -> None:
    bench.touch(1, 1)
    bench.drain()
    page = text(client, "/activity/e3/undo")
    assert "Delete the Task" in page
    assert "Call, step 0" not in page


def test_an_answer_that_was_lost_when_it_was_written_is_said(
    client: FlaskClient, bench: MeteredBench, emulator: Emulator
) -> None:
    bench.people_exist(3)
    bench.purchase(3)
    match = {"path_contains": "/composite", "body_contains": "Engineer"}
    emulator.faults.add({"kind": "drop_after_commit", "match": match})
    bench.drain()
    page = client.get("/activity/e3").get_data(as_text=True)
    assert "An earlier write got no answer" in page
    assert "what it changed is not known, and stays" in text(client, "/activity/e3/undo")
