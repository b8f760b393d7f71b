"""Entries that are held for what an admin then changes in Salesforce, without a trace in any
describe: a retry by hand looks again at once, in whatever process it is asked, and without one the
entries are sent within the hour."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.bad_input.place import Place
from zsf_plugin.model import KEY_NOT_ASKABLE, OBJECT_HIDDEN
from zsf_plugin.sync.due import RECHECK_INTERVAL_S

ADMIN = "admin@acme.example"
COMPANY = {"id": "c1", "name": "Acme", "domain": "acme.example"}
#: When each object's describe changed last, whatever an admin does (§3.11).
UNCHANGED = "Mon, 02 Nov 2026 10:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of an entry: how an admin sets and removes it, and the cause."""

    set_up: Callable[[Place], None]
    lift: Callable[[Place], None]
    code: str
    mode: str = "lead"


def field(place: Place, **change: object) -> None:
    for name in ("Lead", "Contact"):
        place.control("PATCH", "fields", {"object": name, "name": "Email", **change})


def hide(place: Place, *names: str) -> None:
    place.control("POST", "permissions", {"user": ADMIN, "hidden_fields": list(names)})


def hide_object(place: Place, *names: str) -> None:
    place.control("POST", "permissions", {"user": ADMIN, "hidden_objects": list(names)})


def refuse(place: Place, action: str, code: str, object_: str = "Lead") -> None:
    staged = {"action": action, "code": code, "times": 10_000}
    place.control(
        "POST", "refusals", {**staged, "object": object_} if action != "query" else staged
    )


def refuse_no_more(place: Place) -> None:
    place.control("DELETE", "refusals")


def require_hidden_field(place: Place) -> None:
    required = {"name": "Tier__c", "type": "string", "length": 20, "required": True}
    place.control("POST", "fields", {"object": "Lead", **required})
    place.rule('mode = "lead"\n[fields.Lead]\nTier__c = "prospect.title"\n')
    hide(place, "Lead.Tier__c")


OBSTACLES = {
    "a search is refused": Obstacle(
        lambda place: refuse(place, "query", "INSUFFICIENT_ACCESS"), refuse_no_more, KEY_NOT_ASKABLE
    ),
    "a key is encrypted": Obstacle(
        lambda place: field(place, encrypted="probabilistic"),
        lambda place: field(place, encrypted="deterministic", filterable=True),
        KEY_NOT_ASKABLE,
    ),
    "a key is hidden": Obstacle(
        lambda place: hide(place, "Lead.Email", "Contact.Email"), hide, KEY_NOT_ASKABLE
    ),
    "the object is hidden": Obstacle(
        lambda place: hide_object(place, "Lead"), hide_object, OBJECT_HIDDEN
    ),
    "a permission is missing": Obstacle(
        lambda place: refuse(place, "create", "INSUFFICIENT_ACCESS"),
        refuse_no_more,
        "INSUFFICIENT_ACCESS",
    ),
    "a company's permission is missing": Obstacle(
        lambda place: refuse(place, "create", "INSUFFICIENT_ACCESS_OR_READONLY", "Account"),
        refuse_no_more,
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "contact",
    ),
    "a field may not be written": Obstacle(
        lambda place: refuse(place, "create", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        refuse_no_more,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    ),
    "the storage is full": Obstacle(
        lambda place: refuse(place, "create", "STORAGE_LIMIT_EXCEEDED"),
        refuse_no_more,
        "STORAGE_LIMIT_EXCEEDED",
    ),
    "a required field is hidden": Obstacle(require_hidden_field, hide, "REQUIRED_FIELD_MISSING"),
}


@pytest.fixture(params=OBSTACLES)
def obstacle(request: pytest.FixtureRequest) -> Obstacle:
    return OBSTACLES[request.param]


def keep_dates(place: Place) -> None:
    """No describe shows when it changed."""
    for described in place.emulator.org.objects.values():
        described.changed = UNCHANGED


def hold(place: Place, obstacle: Obstacle, size: int = 1) -> list[str]:
    """The entries that the obstacle holds."""
    place.rule(f'mode = "{obstacle.mode}"\n')
    obstacle.set_up(place)
    keep_dates(place)
    place.connect()
    ids = []
    for number in range(size):
        person = {
            "id": f"p{number}",
            "last_name": f"Byron {number}",
            "email": f"ada{number}@acme.example",
            "title": "Engineer",
            "company": COMPANY,
        }
        ids.append(str(place.purchase(f"e{number}", **person)["entry"]))
    place.drain()
    for entry in map(place.entry, ids):
        assert entry.cause is not None
        assert (entry.state, entry.cause.code) == ("held", obstacle.code)
    return ids


def lift(place: Place, obstacle: Obstacle) -> None:
    obstacle.lift(place)
    keep_dates(place)


def states(place: Place, ids: list[str]) -> set[str]:
    return {place.entry(one).state for one in ids}


def calls(place: Place, do: Callable[[], object]) -> int:
    before = place.emulator.org.used
    do()
    return int(place.emulator.org.used - before)


def retry_here(place: Place) -> None:
    place.app.store.release("default", now=place.clock.now())


def retry_in_another_process(place: Place) -> None:
    other = place.start_application()
    other.store.release("default", now=other.clock.now())
    other.close()


def in_turn(obstacle: Obstacle) -> bool:
    """True for every second obstacle."""
    return [*OBSTACLES.values()].index(obstacle) % 2 == 0


def test_the_next_retry_by_hand_succeeds(place: Place, obstacle: Obstacle) -> None:
    retry = retry_here if in_turn(obstacle) else retry_in_another_process
    ids = hold(place, obstacle)
    place.clock.sleep(60.0)
    lift(place, obstacle)
    # a refusal of a field is followed by a describe, as it was before
    is_described = obstacle.code.startswith("INVALID_FIELD")
    assert calls(place, place.drain) == is_described, "nobody asked, and the hour is not over"
    assert states(place, ids) == {"held"}
    retry(place)
    place.drain()
    assert states(place, ids) == {"done"}


def test_a_retry_that_comes_too_early_costs_no_later_one_its_look(
    place: Place, obstacle: Obstacle
) -> None:
    ids = hold(place, obstacle)
    for _ in range(2):
        retry_here(place)
        place.drain()
        assert states(place, ids) == {"held"}
    lift(place, obstacle)
    retry_here(place)
    place.drain()
    assert states(place, ids) == {"done"}


def test_entries_that_are_retried_one_by_one_cost_one_describe(place: Place) -> None:
    obstacle = OBSTACLES["a search is refused"]
    ids = hold(place, obstacle, 30)
    lift(place, obstacle)
    for entry_id in ids:
        place.app.store.release("default", entry_ids=[entry_id], now=place.clock.now())
    before = describes(place)
    place.drain()
    assert states(place, ids) == {"done"}
    assert describes(place) - before == 1


def describes(place: Place) -> int:
    """How often the org was described."""
    seen = place.control("GET", "requests")
    return sum("sobjects/Lead/describe" in json.dumps(one["body"]) for one in seen)


@pytest.mark.parametrize("size", [1, 401])
def test_a_retry_of_all_costs_one_describe_and_one_look_at_what_is_refused(
    place: Place, size: int
) -> None:
    """The refusal still stands: the first batch asks again, the others remember."""
    ids = hold(place, OBSTACLES["a search is refused"], size)
    once = calls(place, place.drain)
    assert once == 0
    retry_here(place)
    before = describes(place)
    batches = -(-size // 200)
    assert calls(place, place.drain) <= 1 + batches + 5
    assert describes(place) - before == 1
    assert states(place, ids) == {"held"}


def test_without_a_retry_it_is_sent_within_the_hour(place: Place, obstacle: Obstacle) -> None:
    ids = hold(place, obstacle, 12 if in_turn(obstacle) else 1)
    lift(place, obstacle)
    place.clock.sleep(RECHECK_INTERVAL_S + 1)
    place.drain()
    assert states(place, ids) == {"done"}


def test_what_still_stands_costs_one_entrys_calls_an_hour(place: Place, obstacle: Obstacle) -> None:
    ids = hold(place, obstacle, 12)
    for _ in range(3):
        place.clock.sleep(RECHECK_INTERVAL_S + 1)
        # a describe, a lookup, which may be refused in three forms, a second one, two writes
        assert calls(place, place.drain) <= 7
        assert states(place, ids) == {"held"}
        assert calls(place, place.drain) == 0
