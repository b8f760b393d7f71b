"""Changes in Salesforce between two events: records merged, deleted or converted, a field hidden, a
user deactivated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.messages.text import cause_advice, step_text

ADA = {
    "id": "p1",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example",
    "title": "Countess",
}


@pytest.fixture
def known(place: Place) -> Place:
    """A workspace whose one person is already a Lead."""
    place.connect()
    place.purchase("first", title="Countess")
    place.drain()
    assert len(place.leads()) == 1
    return place


def touch(place: Place, event_id: str = "t1") -> dict[str, Any]:
    call = {"workspace": "default", "event_id": event_id, "occurred_at": "2026-11-02T10:00:00Z"}
    sent = {"id": event_id, "channel": "email", "step": 1}
    return dict(
        place.app.intake.receive(
            "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=ADA, user=USER)
        )
    )


def admin(place: Place, **permissions: Any) -> None:
    place.control("POST", "permissions", {"user": "admin@acme.example", **permissions})


def test_after_a_merge_activities_are_logged_on_the_remaining_record(known: Place) -> None:
    (lead,) = known.leads()
    winner = known.control(
        "POST",
        "records/Lead",
        {"LastName": "Lovelace", "Company": "Else", "Email": "other@address.example"},
    )["id"]
    known.control("POST", "merge", {"object": "Lead", "winner": winner, "loser": lead["Id"]})
    receipt = touch(known)
    known.drain()
    assert known.entry(receipt["entry"]).state == "done"
    (task,) = known.emulator.org.rows["Task"].values()
    assert task["WhoId"] == winner
    assert len(known.leads()) == 1


def test_a_deleted_person_who_is_purchased_again_is_created_again_and_once(known: Place) -> None:
    (lead,) = known.leads()
    known.control("DELETE", f"records/Lead/{lead['Id']}")
    known.purchase("again", title="Baroness")
    known.drain()
    (again,) = known.leads()
    assert (again["Id"] != lead["Id"], again["Title"]) == (True, "Baroness")


def test_a_converted_lead_is_followed_to_its_contact(known: Place) -> None:
    (lead,) = known.leads()
    contact = known.control(
        "POST", "records/Contact", {"LastName": "Byron", "Email": "ada@acme.example"}
    )["id"]
    known.control(
        "PATCH", f"records/Lead/{lead['Id']}", {"IsConverted": True, "ConvertedContactId": contact}
    )
    touch(known)
    known.drain()
    (task,) = known.emulator.org.rows["Task"].values()
    assert task["WhoId"] == contact


def test_a_person_who_was_converted_and_then_merged_is_followed_to_the_remaining_contact(
    known: Place,
) -> None:
    (lead,) = known.leads()
    loser, winner = (
        known.control(
            "POST", "records/Contact", {"LastName": name, "Email": f"{name}@else.example"}
        )
        for name in ("loser", "winner")
    )
    converted = {"IsConverted": True, "ConvertedContactId": loser["id"]}
    known.control("PATCH", f"records/Lead/{lead['Id']}", converted)
    merge = {"object": "Contact", "winner": winner["id"], "loser": loser["id"]}
    known.control("POST", "merge", merge)
    touch(known)
    known.purchase("again", title="Baroness")
    known.drain()
    (task,) = known.emulator.org.rows["Task"].values()
    assert task["WhoId"] == winner["id"]
    assert known.emulator.org.rows["Contact"][winner["id"]]["Title"] == "Baroness"
    assert len(known.leads()) == 1


def test_a_field_hidden_since_the_describe_is_left_out_and_reported_and_the_rest_arrives(
    known: Place,
) -> None:
    admin(known, hidden_fields=["Lead.Title"])
    receipt = known.purchase("second", id="p2", email="p2@acme.example", title="Duke")
    known.drain()
    entry = known.entry(receipt["entry"])
    assert entry.state == "done"
    (note,) = [step_text(step) for step in entry.steps if step.field == "Title"]
    assert note.startswith("Title left out: it was last seen on")
    assert "hidden from the connected user" in note
    admin(known, hidden_fields=[])
    known.app.orgs.crm("default").facts(refresh=True)  # as `zsf fields --refresh` does
    third = known.purchase("third", id="p2", email="p2@acme.example", title="Duke")
    known.drain()
    assert known.entry(third["entry"]).state == "done"
    assert [lead["Title"] for lead in known.leads()] == ["Countess", "Duke"]


def test_a_user_deactivated_since_the_lookup_owns_nothing_and_the_person_is_written(
    place: Place,
) -> None:
    seller = {
        "Username": USER["email"],
        "Email": USER["email"],
        "LastName": "Seller",
        "IsActive": True,
        "UserType": "Standard",
    }
    user_id = place.control("POST", "records/User", seller)["id"]
    place.connect()
    place.purchase("first")
    place.drain()
    assert place.leads()[0]["OwnerId"] == user_id
    place.control("PATCH", f"records/User/{user_id}", {"IsActive": False})
    receipt = place.purchase("second", id="p2", email="p2@acme.example")
    place.drain()
    assert place.entry(receipt["entry"]).state == "done"
    assert place.leads()[1]["OwnerId"] != user_id


def test_a_record_no_longer_shared_with_us_is_not_created_twice_if_its_key_is_unique(
    known: Place,
) -> None:
    known.control(
        "POST",
        "fields",
        {
            "object": "Lead",
            "name": "Zaplify_Id__c",
            "length": 64,
            "externalId": True,
            "unique": True,
        },
    )
    known.app.orgs.crm("default").facts(refresh=True)
    known.purchase("second", id="p2", email="p2@acme.example")
    known.drain()
    hidden = next(lead for lead in known.leads() if lead["Email"] == "p2@acme.example")
    admin(known, unshared=[hidden["Id"]])
    receipt = known.purchase("third", id="p2", email="p2@acme.example", title="Duke")
    known.drain()
    cause = known.entry(receipt["entry"]).cause
    assert cause is not None
    assert cause.code == "DUPLICATE_VALUE"
    assert "share that record with the connected user" in cause_advice(cause)
    assert len(known.leads()) == 2
