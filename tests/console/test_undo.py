"""Undoing an entry in the console: the question with its plan, one click, and what the entry says
afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

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
    answer = client.post("/activity/e2/undo")
    assert (answer.status_code, answer.location) == (303, "/activity/e2?undone=whole")
    assert titles(emulator) == ["Engineer"]
    page = client.get(answer.location).get_data(as_text=True)
    assert "Undone. Salesforce holds what it held before." in page
    entry = text(client, "/activity/e2")
    assert re.search(r"Undone by Ada Admin , .* Lead deleted\.", entry)
    assert "Lead deleted: undone" in entry
    assert "/activity/e2/undo" not in client.get("/activity/e2").get_data(as_text=True)
    assert "Nothing that it wrote is left to undo." in text(client, "/activity/e2/undo")


def test_what_someone_changed_stays_and_says_why(client: FlaskClient, emulator: Emulator) -> None:
    first, second = [str(row["Id"]) for row in emulator.org.records.live_rows("Lead")]
    for lead in (first, second):
        emulator.org.edit("Lead", lead, {"Title": "Chair"})
    assert "Title stays: someone changed it since." in text(client, "/activity/e1/undo")
    assert client.post("/activity/e1/undo").location == "/activity/e1?undone=partly"
    assert "Undone in part by Ada Admin" in text(client, "/activity/e1")
    page = text(client, "/activity/e2/undo")
    assert "Someone changed Title since." in page
    assert "Nothing can be undone now for" in page
    assert client.post("/activity/e2/undo").location == "/activity/e2?undone=not"
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
    lost = client.post("/activity/e2/undo").location
    assert lost == "/activity/e2?undone=unanswered"
    assert "Salesforce did not answer." in client.get(lost).get_data(as_text=True)
    assert client.post("/activity/e2/undo").location == "/activity/e2?undone=whole"


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
