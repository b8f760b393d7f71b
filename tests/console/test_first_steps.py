"""The setup steps and the connection's history, from known facts, without an org."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.console.test_security import connection
from zsf_plugin.console.connection.steps import FirstRun, sandbox_words
from zsf_plugin.console.presenters.timeline import CONNECTION_CODES, timeline
from zsf_plugin.errors import OutOfOrder
from zsf_plugin.ports import HistoryLine

FRESH = FirstRun(connection(state="previewing"), "missing", unfilled=(), waiting=3, oldest=5.0)


def states(run: FirstRun) -> str:
    """`done now later …`, by the first letters."""
    return "".join(step.state[0] for step in run.steps)


@pytest.mark.parametrize(
    ("run", "expected", "title"),
    [
        (FirstRun(), "nlllll", "Six steps to go"),
        (FRESH, "dndlll", "Four steps to go"),
        (replace(FRESH, id_field="left_out"), "dddnll", "Three steps to go"),
        (replace(FRESH, id_field="there", unfilled=None), "ddnlll", "Four steps to go"),
        (
            replace(FRESH, id_field="there", unfilled=("Lead.Rating__c",)),
            "ddnlll",
            "Four steps to go",
        ),
        (replace(FRESH, id_field="there", previewed=True), "ddddnl", "Two steps to go"),
        (replace(FRESH, previewed=True), "dnddll", "Three steps to go"),
        (
            replace(FRESH, connection=connection(state="reconnect"), id_field="there"),
            "nddlll",
            "Four steps to go",
        ),
        (replace(FRESH, connection=connection(), id_field="there"), "dddddn", "One step to go"),
        (
            replace(FRESH, connection=connection(), id_field="there", switches_checked=True),
            "dddddd",
            "No steps to go",
        ),
    ],
)
def test_each_step_waits_for_the_first_that_is_open(
    run: FirstRun, expected: str, title: str
) -> None:
    assert (states(run), run.title) == (expected, title)


def test_a_blocked_step_says_what_comes_first_and_is_refused() -> None:
    run = FRESH
    run.check("id_field")
    for name in ("waiting", "switches"):
        with pytest.raises(
            OutOfOrder, match="Set up the Zaplify ID field first, or continue without it"
        ):
            run.check(name)  # type: ignore[arg-type]


def test_a_step_shows_the_known_facts() -> None:
    texts = {
        step.name: "".join(map(str, step.text))
        for step in replace(FRESH, mapped=15, mode="contact").steps
    }
    assert (
        texts["mapping"] == "Contacts + Accounts. 15 fields mapped; all required fields are filled."
    )
    assert "required but not mapped: Lead.X" in "".join(
        map(str, replace(FRESH, unfilled=("Lead.X",)).steps[2].text)
    )
    assert "when the org has been read" in "".join(
        map(str, replace(FRESH, unfilled=None).steps[2].text)
    )
    sent = replace(
        FRESH,
        connection=connection(),
        decided=HistoryLine(1.0, "waiting_skipped", "Ada", {"entries": 214}),
    )
    assert sent.steps[4].text == ("214 entries skipped.",)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hallstromvale--uat.sandbox.my.salesforce.com", "sandbox “uat”"),
        ("https://hallstromvale.my.salesforce.com", "sandbox"),
    ],
)
def test_a_sandbox_is_shown_by_the_name_in_its_address(url: str, expected: str) -> None:
    assert sandbox_words(connection(is_sandbox=True, instance_url=url)) == expected
    assert sandbox_words(connection(instance_url=url)) == ""


@pytest.mark.parametrize(
    ("code", "detail", "words"),
    [
        ("connected", {"org_name": "Acme", "org_id": "00D"}, "Connected to Acme"),
        ("connected", {"org_id": "00D"}, "Connected to 00D"),
        ("reconnected", {}, "Signed in again"),
        ("disconnected", {"revoked": True}, "Disconnected"),
        ("disconnected", {"revoked": False}, "Disconnected; not confirmed by Salesforce"),
        (
            "sign_in_ended",
            {"code": "session", "data": {}},
            "The sign-in ended: the session ended",
        ),
        (
            "sign_in_ended",
            {"code": "legacy", "data": {"text": "the sign-in was ended: run `zsf connect` again"}},
            "The sign-in ended: the sign-in was ended: run `zsf connect` again",
        ),
        (
            "fields_refreshed",
            {"new": ["A", "B", "C"], "gone": ["Fax"]},
            "Fields refreshed: 3 new, 1 removed (Fax)",
        ),
        ("fields_refreshed", {"new": [], "gone": []}, "Fields refreshed"),
        ("field_created", {"fields": ["Lead.X__c"]}, "Created Lead.X__c"),
        ("waiting_sent", {"entries": 214}, "Sending started with 214 waiting entries"),
        ("waiting_sent", {"entries": 0}, "Syncing started; no entries waited"),
        ("waiting_skipped", {"entries": 1}, "1 waiting entry skipped"),
        ("previewed", {}, "First preview seen"),
    ],
)
def test_events_of_the_connection_are_shown_in_words(
    code: str, detail: dict[str, object], words: str
) -> None:
    (line,) = timeline([HistoryLine(7.0, code, "Ada", detail)])  # type: ignore[arg-type]
    assert line == (7.0, words, "Ada")


def test_history_of_other_pages_is_left_out() -> None:
    assert not {"switch", "mapping"} & {*CONNECTION_CODES}
    assert timeline([HistoryLine(1.0, "switches_checked")]) == ()
