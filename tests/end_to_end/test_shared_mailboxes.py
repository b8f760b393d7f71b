"""Two people with one mailbox, from the hook to the org and back."""

from __future__ import annotations

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.messages.text import step_text

COMPANY = {"id": "c1", "name": "Role Ltd"}


def buy(place: Place, event_id: str, first: str, last: str) -> str:
    person = {"id": f"p-{event_id}", "first_name": first, "last_name": last}
    receipt = place.purchase(event_id, email="info@role.example", company=COMPANY, **person)
    return str(receipt["entry"])


def story(place: Place, entry_id: str) -> str:
    return "\n".join(step_text(step) for step in place.entry(entry_id).steps)


@pytest.mark.parametrize("together", [True, False])
def test_two_people_who_share_a_mailbox_have_a_lead_each(place: Place, together: bool) -> None:
    place.rule('[match]\nalerts = "save"\n')
    place.connect()
    ann = buy(place, "ann", "Ann", "One")
    if not together:
        place.drain()
    bo = buy(place, "bo", "Bo", "Two")
    place.drain()
    assert [place.entry(one).state for one in (ann, bo)] == ["done", "done"]
    assert sorted(lead["LastName"] for lead in place.leads()) == ["One", "Two"]
    assert "another name" in story(place, bo)


def test_an_activity_of_the_second_person_is_not_logged_on_the_first(place: Place) -> None:
    place.connect()
    buy(place, "ann", "Ann", "One")
    place.drain()
    call = {"workspace": "default", "event_id": "t1", "occurred_at": "2026-11-02T10:00:00Z"}
    person = {"id": "p-bo", "first_name": "Bo", "last_name": "Two", "email": "info@role.example"}
    sent = {"id": "t1", "channel": "email", "step": 1}
    receipt = place.app.intake.receive(
        "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=person, user=USER)
    )
    place.drain()
    assert place.emulator.org.rows["Task"] == {}
    assert place.entry(str(receipt["entry"])).state == "held"
    assert "another name" in story(place, str(receipt["entry"]))


def test_by_policy_the_second_person_is_held_and_released_when_the_policy_changes(
    place: Place,
) -> None:
    place.rule('[match]\nshared_mailbox = "hold"\n')
    place.connect()
    buy(place, "ann", "Ann", "One")
    place.drain()
    bo = buy(place, "bo", "Bo", "Two")
    place.drain()
    cause = place.entry(bo).cause
    assert cause is not None
    assert cause.code == "SHARED_MAILBOX"
    place.rule('[match]\nshared_mailbox = "connect"\n')
    place.drain()
    assert place.entry(bo).state == "done"
    assert len(place.leads()) == 1
    assert "the name in Salesforce differs" in story(place, bo)
