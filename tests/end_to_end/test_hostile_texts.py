"""Events full of hostile texts, from the hook to the org: the right text arrives on the right record,
once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.place import Place
from tests.fakes.id_fields import FIELDS
from tests.hostile.texts import MAX_LENGTH, PIECES, as_single_line, text
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import external_id
from zsf_plugin.model.text import utf16_length

PEOPLE = 120
#: Records that a text would match if it became syntax: all, or the first.
BYSTANDERS = [
    {
        "LastName": "Bystander",
        "Company": "Elsewhere",
        "FirstName": "By",
        "Email": f"by{n}@elsewhere.example",
    }
    for n in range(3)
]


def short(rng: random.Random, length: int) -> str:
    """A hostile text that fits a field of this length."""
    while utf16_length(as_single_line(found := text(rng))) > length:
        pass
    return found


def as_json_reads(value: str) -> str:
    """A text after a JSON round trip, where a surrogate pair is one character."""
    return str(json.loads(json.dumps(value)))


def person(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": as_json_reads(f"p{number}{rng.choice(PIECES)}"),
        "first_name": f"f{short(rng, 30)}",
        "last_name": f"{short(rng, 70)}x{number}",
        "title": text(rng),
        "phone": text(rng),
        "email": f"{rng.choice(PIECES)}{number}@{rng.choice(PIECES)}.example",
        "linkedin_url": f"https://linkedin.com/in/{text(rng)}",
        "location": {"city": text(rng), "region": text(rng), "country": text(rng)},
        "company": {
            "id": f"c{text(rng)}",
            "name": f"n{short(rng, 60)}{number}",
            "website": text(rng),
        },
        "custom": {text(rng): text(rng)},
    }


def call(number: int, prospect: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    user = {
        "id": "u1",
        "email": f"seller{PIECES[number % len(PIECES)]}@zaplify.example",
        "name": "x",
    }
    at = {
        "workspace": "default",
        "event_id": f"{prefix}e{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
    }
    return {**at, "prospect": prospect, "user": user}


@pytest.fixture(params=["lead", "contact"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with Emulator(OrgSpec(fields=FIELDS, records={"Lead": BYSTANDERS})) as emulator:
        made = Place(tmp_path, emulator)
        made.rule(
            f'mode = "{request.param}"\n[switches]\ninclude_contents = true\n[limits]\ncalls_per_second = 1000\n'
        )
        made.connect()
        yield made
        made.app.close()


def rows(place: Place, object_: str) -> list[dict[str, Any]]:
    return [dict(row) for row in place.emulator.org.rows[object_].values() if not row["IsDeleted"]]


def state(place: Place) -> str:
    return json.dumps(
        {name: rows(place, name) for name in ("Lead", "Contact", "Account", "Task")}, sort_keys=True
    )


def bystanders(place: Place) -> list[dict[str, Any]]:
    return [row for row in rows(place, "Lead") if row["LastName"] == "Bystander"]


@pytest.mark.parametrize("at_once", [1, 20, PEOPLE])
def test_each_text_arrives_on_its_own_record_as_an_org_stores_it(
    place: Place, at_once: int
) -> None:
    rng = random.Random(7)
    people = [person(rng, number) for number in range(PEOPLE if at_once > 1 else 12)]
    before = bystanders(place)
    for start in range(0, len(people), at_once):
        for number in range(start, min(start + at_once, len(people))):
            assert place.app.intake.receive("on_prospect_purchased", call(number, people[number]))[
                "accepted"
            ]
        report = place.drain()
        assert (report.held, report.waiting) == (0, 0), place.app.store.entries(
            "default", state="held"
        )

    persons = {
        row["Zaplify_Id__c"]: row for name in ("Lead", "Contact") for row in rows(place, name)
    }
    for prospect in people:
        row = persons.pop(external_id("default", "prospect", prospect["id"]))
        assert row["FirstName"] == as_single_line(prospect["first_name"])
        assert row["LastName"] == as_single_line(prospect["last_name"])
        assert row.get("Company") in (None, as_single_line(prospect["company"]["name"]))
    assert set(persons) == {None}
    assert bystanders(place) == before

    kept, used = state(place), place.emulator.org.used
    for number, prospect in enumerate(people):
        place.app.intake.receive("on_prospect_purchased", call(number, prospect, "again-"))
    place.drain()
    assert state(place) == kept
    assert place.emulator.org.used == used


def test_the_same_people_under_other_ids_are_the_same_records(place: Place) -> None:
    rng = random.Random(11)
    people = [{**person(rng, number), "email": None, "linkedin_url": None} for number in range(60)]
    for number, prospect in enumerate(people):
        place.app.intake.receive("on_prospect_purchased", call(number, prospect))
    place.drain()
    kept = state(place)
    for number, prospect in enumerate(people):
        place.app.intake.receive(
            "on_prospect_purchased",
            dict(**call(number, {**prospect, "id": f"twin{number}"}, "twin-")),
        )
    report = place.drain()
    assert (report.held, report.waiting) == (0, 0)
    assert state(place) == kept


def test_a_value_too_long_to_query_finds_no_one_and_blocks_no_one(place: Place) -> None:
    endless = {
        "id": "p1",
        "first_name": "'" * MAX_LENGTH,
        "last_name": "%" * MAX_LENGTH,
        "company": {"name": "_" * MAX_LENGTH},
    }
    plain = {"id": "p2", "first_name": "Ada", "last_name": "Byron", "company": {"name": "Engines"}}
    for number, prospect in enumerate((endless, plain)):
        place.app.intake.receive("on_prospect_purchased", call(number, prospect))
    report = place.drain()
    assert (report.held, report.waiting) == (0, 0)
    names = sorted(row["LastName"] for name in ("Lead", "Contact") for row in rows(place, name))
    assert names == ["%" * 79 + "…", "Byron", "Bystander", "Bystander", "Bystander"]


def test_a_touchpoints_texts_arrive_on_its_person(place: Place) -> None:
    rng = random.Random(13)
    people = [person(rng, number) for number in range(40)]
    for number, prospect in enumerate(people):
        place.app.intake.receive("on_prospect_purchased", call(number, prospect))
    place.drain()
    subjects = [f"s{short(rng, 60)}" for _ in people]
    for number, prospect in enumerate(people):
        sent = {
            "id": f"t{number}",
            "channel": "email",
            "subject": subjects[number],
            "content": {"text": text(rng)},
        }
        place.app.intake.receive(
            "on_touchpoint_sent", dict(touchpoint=sent, **call(number, prospect, "t-"))
        )
    report = place.drain()
    assert (report.held, report.waiting) == (0, 0)
    tasks = {row["Zaplify_Id__c"]: row for row in rows(place, "Task")}
    persons = {row["Id"]: row for name in ("Lead", "Contact") for row in rows(place, name)}
    assert len(tasks) == len(people)
    for number, prospect in enumerate(people):
        task = tasks[external_id("default", "touchpoint", f"t{number}")]
        assert task["Subject"] == f"Email: {as_single_line(subjects[number])}"
        assert persons[task["WhoId"]]["Zaplify_Id__c"] == external_id(
            "default", "prospect", prospect["id"]
        )


def test_a_search_marks_exactly_the_same_people_black(place: Place) -> None:
    rng = random.Random(17)
    people = [{**person(rng, number), "email": None, "linkedin_url": None} for number in range(60)]
    for number, prospect in enumerate(people[:30]):
        place.app.intake.receive("on_prospect_purchased", call(number, prospect))
    place.drain()
    ids = {
        row["Zaplify_Id__c"]: row["Id"] for name in ("Lead", "Contact") for row in rows(place, name)
    }
    results = [{**prospect, "id": f"r{number}"} for number, prospect in enumerate(people)]
    answer = place.app.badges.answer("default", results, {}, 60.0)["results"]
    for number, prospect in enumerate(people):
        badge = answer[f"r{number}"]
        known = ids.get(external_id("default", "prospect", prospect["id"]))
        assert (badge["badge"], badge["person"]["id"]) == (
            ("black", known) if number < 30 else ("grey", None)
        )
