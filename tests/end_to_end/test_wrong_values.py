"""Events with values of a wrong type, from the hook to the record and the entry's story."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.messages.text import step_text

PERSON = {
    "id": "p1",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "company": {"id": "c1", "name": "Acme", "domain": "acme.example"},
}
COMPANY = PERSON["company"]
assert isinstance(COMPANY, dict)


@pytest.fixture(params=["lead", "contact"])
def connected(place: Place, request: pytest.FixtureRequest) -> Place:
    place.rule(f'mode = "{request.param}"\n')
    place.connect()
    return place


def person_in(place: Place) -> dict[str, Any]:
    """The one Lead or Contact of the org."""
    rows = place.emulator.org.rows
    (row,) = [*rows["Lead"].values(), *rows["Contact"].values()]
    return dict(row)


def story(place: Place, receipt: dict[str, Any]) -> list[str]:
    return [step_text(step) for step in place.entry(receipt["entry"]).steps]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": 5}, "/prospect/title ignored: must be text or null, not a whole number"),
        ({"location": []}, "/prospect/location ignored: must be a table or null, not a list"),
        ({"custom": "SECRET"}, "/prospect/custom ignored: must be a table or null, not text"),
        ({"company": "SECRET"}, "/prospect/company ignored: must be a table or null, not text"),
        (
            {"company": {**COMPANY, "employees": "SECRET"}},
            "/prospect/company/employees ignored: must be a whole number or null, not text",
        ),
    ],
)
def test_the_person_is_written_without_the_value_and_the_story_says_so(
    connected: Place, wrong: dict[str, Any], said: str
) -> None:
    receipt = connected.purchase(**{**PERSON, "title": "Countess", **wrong})
    assert (receipt["accepted"], receipt["state"]) == (True, "pending")
    connected.drain()
    row = person_in(connected)
    assert (row["FirstName"], row["LastName"], row["Email"]) == ("Ada", "Byron", PERSON["email"])
    assert row["Title"] == (None if "title" in wrong else "Countess")
    assert story(connected, receipt)[0] == said
    assert "SECRET" not in str(connected.entry(receipt["entry"]).payload)


def test_the_same_call_again_is_the_same_event_and_another_value_is_a_conflict(
    connected: Place,
) -> None:
    connected.purchase(**PERSON, title=5)
    assert connected.purchase(**PERSON, title=5)["duplicate"] is True
    assert connected.purchase(**PERSON, title=6)["accepted"] is False


def test_a_repurchase_with_a_wrong_value_changes_nothing_and_says_so(connected: Place) -> None:
    connected.purchase("e1", **PERSON)
    connected.drain()
    used = connected.emulator.org.used
    receipt = connected.purchase("e2", **PERSON, title=5)
    connected.drain()
    assert connected.emulator.org.used == used
    assert story(connected, receipt) == [
        "/prospect/title ignored: must be text or null, not a whole number",
        "already synced, nothing changed",
    ]


def test_a_touchpoint_without_its_wrong_values_is_logged(connected: Place) -> None:
    connected.purchase(**PERSON)
    sent = {"id": "t1", "channel": "call", "step": {}, "sent_at": 5, "campaign": "x", "content": 5}
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-02T10:00:00Z"}
    receipt = connected.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=PERSON, user=USER)
    )
    connected.drain()
    (task,) = connected.emulator.org.rows["Task"].values()
    assert (task["Subject"], task["ActivityDate"]) == ("Call", "2026-11-02")
    places = [text.split()[0] for text in story(connected, dict(receipt)) if " ignored: " in text]
    assert places == [f"/touchpoint/{name}" for name in ("campaign", "content", "sent_at", "step")]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"id": [5]}, "/prospect/id"),
        ({"email": 5}, "/prospect/email"),
        ({"last_name": ["x"]}, "/prospect/last_name"),
        ({"company": {**COMPANY, "name": 5}}, "/prospect/company/name"),
    ],
)
def test_a_wrong_value_to_match_by_holds_the_event(
    connected: Place, wrong: dict[str, Any], pointer: str
) -> None:
    receipt = connected.purchase(**{**PERSON, **wrong})
    assert (receipt["accepted"], receipt["state"]) == (True, "held")
    cause = connected.entry(receipt["entry"]).cause
    assert cause is not None
    assert (cause.code, cause.field) == ("INVALID_EVENT", pointer)


def test_a_rule_of_the_workspace_decides_what_is_matched_by(connected: Place) -> None:
    connected.rule('[match]\nLead = ["Title"]\nContact = ["Title"]\n', "20.toml")
    assert connected.purchase("e1", **PERSON, title=5)["state"] == "held"
    assert connected.purchase("e2", **{**PERSON, "first_name": 5})["state"] == "pending"


def test_a_batch_ignores_each_entrys_own_values(connected: Place) -> None:
    wrong: list[dict[str, Any]] = [{"title": 5}, {}, {"phone": []}, {"location": "x"}]
    receipts = [
        connected.purchase(
            f"e{n}",
            **{**PERSON, "id": f"p{n}", "email": f"p{n}@acme.example", "last_name": f"B{n}", **one},
        )
        for n, one in enumerate(wrong)
    ]
    report = connected.drain()
    assert (report.done, report.held) == (4, 0)
    for one, receipt in zip(wrong, receipts, strict=True):
        noted = [text for text in story(connected, receipt) if " ignored: " in text]
        assert [text.split()[0] for text in noted] == [f"/prospect/{name}" for name in one]
