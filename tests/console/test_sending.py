"""What starts syncing: a question that shows what would happen, and an answer that does just that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.console.mapping_page import ADA, JORG, MappingBench, form_in
from zsf_plugin.console.connection.estimates import EstimatePart
from zsf_plugin.console.sending.question import Question, start_words
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import HistoryLine

AS_CONTACTS = {"mode": "contact"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MappingBench]:
    """Connected in the console, with 3 purchases waiting and a first preview seen."""
    with Emulator(OrgSpec.stock()) as emulator:
        bench = MappingBench(tmp_path, emulator)
        bench.connect()
        connection = replace(bench.app.orgs.connection("default"), state="previewing")
        bench.app.store.save_connection(connection)
        for number in (1, 2, 3):
            company = {"id": f"c{number}", "name": f"Acme {number}"}
            email = f"ada{number}@acme.example"
            bench.purchase(f"e{number}", id=f"p{number}", email=email, company=company)
        bench.app.orgs.crm("default").facts()
        bench.post({}, "/mapping/preview")
        yield bench
        bench.app.close()


def words(html: str) -> str:
    """The page's main part as plain text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def ask(bench: MappingBench, waiting: str = "send", **changes: str) -> str:
    """The question about the mapping with those changes, as a browser without script asks it."""
    answer = bench.post({**bench.form(), **changes, "waiting": waiting}, "/sending")
    assert answer.status_code == 200
    return str(answer.text)


def answer_question(bench: MappingBench, question: str) -> int:
    """Press the main button of the question."""
    return int(bench.post(form_in(question), "/connection/waiting").status_code)


def state(bench: MappingBench) -> str:
    return bench.app.orgs.connection("default").state


def test_the_question_shows_mode_counts_and_calls_of_the_unsaved_draft(bench: MappingBench) -> None:
    shown = words(ask(bench, **AS_CONTACTS))
    assert "Save the mapping and send 3 entries?" in shown
    assert "Prospects become Contacts + Accounts" in shown
    assert "Saved first Mode: Contacts + Accounts" in shown
    assert "Create a Contact 3 Create an Account 3" in shown
    assert "API calls about 2" in shown
    assert "Save and send 3" in shown


def test_the_answer_saves_the_draft_and_sends_what_was_shown(bench: MappingBench) -> None:
    assert answer_question(bench, ask(bench, **AS_CONTACTS)) == 303
    bench.drain()
    rows = bench.emulator.org.rows
    assert (len(rows["Lead"]), len(rows["Contact"]), len(rows["Account"])) == (0, 3, 3)
    codes = [line.code for line in bench.app.store.history("default")]
    assert codes[:2] == ["waiting_sent", "mode"]


def test_the_question_alone_saves_and_sends_nothing(bench: MappingBench) -> None:
    ask(bench, **AS_CONTACTS)
    assert (bench.drain().done, bench.document(), state(bench)) == (0, {}, "previewing")


def test_without_changes_nothing_is_saved_and_the_estimate_is_not_made_twice(
    bench: MappingBench,
) -> None:
    question = ask(bench)
    assert "Send 3 entries?" in words(question)
    used = bench.emulator.org.used
    ask(bench)
    assert bench.emulator.org.used == used
    assert answer_question(bench, question) == 303
    assert bench.document() == {}
    assert bench.drain().done == 3


def test_a_mapping_that_someone_saves_meanwhile_is_not_sent_unseen(bench: MappingBench) -> None:
    question = ask(bench)
    bench.visitor = JORG
    bench.saved(AS_CONTACTS)
    bench.visitor = ADA
    answer = bench.post(form_in(question), "/connection/waiting")
    assert answer.status_code == 409
    assert "Jörg Öztürk saved the mapping in the meantime." in words(answer.text)
    assert (bench.drain().done, state(bench)) == (0, "previewing")


def test_skipping_asks_too_and_says_that_it_is_final(bench: MappingBench) -> None:
    question = ask(bench, "skip")
    assert "Skip 3 entries permanently?" in words(question)
    assert "This can’t be undone." in words(question)
    assert bench.app.store.counts("default").pending == 3
    assert answer_question(bench, question) == 303
    assert bench.app.store.counts("default").skipped == 3


def test_what_arrives_after_the_question_is_sent_not_skipped(bench: MappingBench) -> None:
    question = ask(bench, "skip")
    bench.purchase("e4", id="p4", email="ada4@acme.example")
    assert answer_question(bench, question) == 303
    assert bench.app.store.counts("default").skipped == 3
    assert bench.drain().done == 1
    (line,) = bench.app.store.history("default", codes=["waiting_skipped"])
    assert line.detail["entries"] == 3


def test_a_draft_that_cannot_be_saved_is_not_sent_and_says_why(bench: MappingBench) -> None:
    lost = {"Lead.new-1.source": "prospect.title", "Lead.new-1.to": ""}
    shown = ask(bench, **lost)
    assert "Choose a Salesforce field for" in words(shown)
    assert 'class="button button-main"' not in shown.partition("<main")[2]
    answer = bench.post({**bench.form(), **lost, "waiting": "send"}, "/connection/waiting")
    assert (answer.status_code, state(bench)) == (422, "previewing")
    form = {**bench.form(), **lost}
    preview = bench.post(form, "/mapping/preview", **{"HX-Request": "true"}).text
    assert "This draft can’t be saved: Choose a Salesforce field for" in words("<main" + preview)


def test_an_earlier_setup_step_comes_first(bench: MappingBench) -> None:
    at = bench.app.orgs.connection("default").connected_at
    bench.app.store.add_history("default", HistoryLine(at, "connected", "Ada", {"rests": True}))
    assert "First finish the earlier steps." in words(ask(bench))
    assert answer_question(bench, ask(bench)) == 409
    assert state(bench) == "previewing"


def test_without_an_estimate_the_most_calls_are_said_and_the_choice_stays(
    bench: MappingBench,
) -> None:
    bench.emulator.control.answer("POST", ["faults"], {"kind": "html_503", "times": 9})
    shown = words(ask(bench))
    assert "There is no estimate." in shown
    assert "API calls at most 12" in shown
    assert "Send 3" in shown


def test_the_preview_offers_to_save_and_send_with_the_form_that_it_previews(
    bench: MappingBench,
) -> None:
    form = {**bench.form(), **AS_CONTACTS}
    part = bench.post(form, "/mapping/preview", **{"HX-Request": "true"}).text
    assert (
        'form="mapping-form" formaction="/sending" name="waiting" value="send">Save and send 3<'
        in part
    )
    page = bench.post(form, "/mapping/preview").text
    assert '<input type="hidden" name="mode" value="contact">' in page
    assert 'name="waiting" value="send">Save and send 3<' in page


def test_once_syncing_there_is_nothing_to_ask(bench: MappingBench) -> None:
    answer_question(bench, ask(bench))
    assert bench.client.get("/sending").status_code == 303


@pytest.mark.parametrize(
    ("waiting", "saves", "expected"),
    [
        (1515, True, "Save and send 1,515"),
        (1515, False, "Send 1,515"),
        (0, False, "Start syncing"),
        (0, True, "Save and start syncing"),
    ],
)
def test_the_button_says_what_it_does(waiting: int, saves: bool, expected: str) -> None:
    assert start_words("send", waiting, saves=saves) == expected


def test_a_question_with_an_open_step_sends_nothing() -> None:
    question = Question("send", 3, "lead", estimate=EstimatePart(failure="no answer"), max_calls=4)
    assert (question.sends, question.most_calls) == (True, 12)
    assert not replace(question, needs="Review the preview first.").sends
