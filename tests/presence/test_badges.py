"""Badges: what exists is black, what was looked for in vain is grey, and what was not looked for is
unknown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import SELLER, prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import QuotaReached, ReconnectRequired, Unavailable, ZsfError
from zsf_plugin.model.badge import Badge, Finding, Sighting
from zsf_plugin.ports.store import Pause
from zsf_plugin.presence import Badges
from zsf_plugin.presence.asking import BadgeParts
from zsf_plugin.rulebook.schema import first_fault
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.sync.availability import OrgAvailability

SOON = 20.0


class Desk(Bench):
    """A bench with badges."""

    def marks(
        self, *results: object, deadline_s: float = SOON, badges: Badges | None = None
    ) -> dict[str, Badge]:
        return (badges or self.badges).answer("default", results, SELLER, deadline_s)["results"]

    @property
    def parts_of_badges(self) -> BadgeParts:
        return BadgeParts(
            self.store,
            self.parts.rules,
            self.clock,
            OrgAvailability(self.store, self.parts.rules, self.clock),
            lambda _: self.crm,
            lambda it: first_fault("prospect", it) is None,
        )

    def start(self) -> Desk:
        self.badges = Badges(self.parts_of_badges)
        return self


@pytest.fixture(params=["lead", "contact"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    made = Desk(
        store,
        FakeClock(),
        FakeCrm(facts(), {"005000000000001AAA": "seller@zaplify.example"}),
        request.param,
    )
    yield made.start()
    made.badges.stop()
    store.close()


def held_up(desk: Desk) -> threading.Event:
    """The org answers once the event is set."""
    answered, find = threading.Event(), desk.crm.find

    def slow(*arguments: Any) -> Any:
        answered.wait(SOON)
        return find(*arguments)

    desk.crm.find = slow  # type: ignore[method-assign]
    return answered


def known_contact(desk: Desk, number: int) -> str:
    account = desk.crm.add(
        "Account", Name=f"Acme {number}", Website=f"https://www.acme{number}.example/"
    )
    return desk.crm.add(
        "Contact", LastName="L", Email=f"ada{number}@acme{number}.example", AccountId=account
    )


def test_a_person_and_a_company_that_exist_are_black_with_their_records(desk: Desk) -> None:
    contact = known_contact(desk, 1)
    badge = desk.marks(prospect(1))["p1"]
    assert badge["badge"] == "black"
    assert badge["person"] == {
        "status": "exists",
        "object": "Contact",
        "id": contact,
        "url": f"http://127.0.0.1/{contact}",
    }
    assert (badge["company"]["status"], badge["company"]["object"]) == ("exists", "Account")


def test_what_was_looked_for_in_vain_is_grey(desk: Desk) -> None:
    badge = desk.marks(prospect(1))["p1"]
    assert badge["badge"] == "grey"
    assert (
        badge["person"]
        == badge["company"]
        == {"status": "missing", "object": None, "id": None, "url": None}
    )


def test_a_company_may_exist_without_the_person(desk: Desk) -> None:
    desk.crm.add("Account", Name="Acme 1")
    badge = desk.marks(prospect(1))["p1"]
    assert (badge["person"]["status"], badge["company"]["status"]) == ("missing", "exists")


def test_who_has_nothing_to_be_looked_for_by_is_unknown(desk: Desk) -> None:
    assert desk.marks({"id": "p1", "first_name": "Ada"})["p1"]["badge"] == "unknown"


def test_who_has_nothing_to_be_looked_for_by_is_not_asked_about(desk: Desk) -> None:
    desk.marks({"id": "p1", "first_name": "Ada"})
    assert desk.crm.finds == 0


def test_a_known_person_is_not_asked_for_because_another_is_cold(desk: Desk) -> None:
    desk.feed(purchase(prospect(1)))
    desk.drain()
    asked: list[str] = []
    find = desk.crm.find

    def listening(lookups: Any, *more: Any) -> Any:
        asked.extend(value for lookup in lookups for _, _, value in lookup.parts)
        return find(lookups, *more)

    desk.crm.find = listening  # type: ignore[method-assign]
    desk.marks(prospect(1), prospect(2))
    assert "ada2@acme2.example" in asked
    assert "ada1@acme1.example" not in asked


def test_a_converted_lead_shows_as_its_contact(desk: Desk) -> None:
    contact = "003000000000777AAA"
    desk.crm.add("Lead", Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=contact)
    person = desk.marks(prospect(1))["p1"]["person"]
    assert (person["status"], person["object"], person["id"]) == ("exists", "Contact", contact)


def test_several_that_match_exist_and_none_is_named(desk: Desk) -> None:
    for _ in range(2):
        desk.crm.add("Contact", LastName="L", Email="ada1@acme1.example")
    person = desk.marks(prospect(1))["p1"]["person"]
    assert (person["status"], person["object"], person["id"]) == ("exists", "Contact", None)


def test_a_hundred_cold_results_are_one_question_and_known_ones_none(desk: Desk) -> None:
    results = [prospect(number) for number in range(100)]
    assert {badge["badge"] for badge in desk.marks(*results).values()} == {"grey"}
    assert desk.crm.finds == 1
    desk.marks(*results)
    assert desk.crm.finds == 1


def test_what_a_purchase_connected_is_known_by_its_link_alone(desk: Desk) -> None:
    desk.feed(*(purchase(prospect(number), f"e{number}") for number in range(3)))
    desk.drain()
    finds = desk.crm.finds
    assert {b["badge"] for b in desk.marks(*(prospect(n) for n in range(3))).values()} == {"black"}
    assert desk.crm.finds == finds


def test_a_record_that_we_create_turns_its_badge_at_once_under_any_id(desk: Desk) -> None:
    same = prospect(1) | {"id": "the same person, found once more"}
    assert {b["badge"] for b in desk.marks(prospect(1), same).values()} == {"grey"}
    desk.feed(purchase(prospect(1)))
    desk.drain()
    finds = desk.crm.finds
    assert {b["badge"] for b in desk.marks(prospect(1), same).values()} == {"black"}
    assert desk.crm.finds == finds


def test_a_missing_one_is_looked_for_again_after_a_while(desk: Desk) -> None:
    assert desk.marks(prospect(1))["p1"]["badge"] == "grey"
    known_contact(desk, 1)
    assert desk.marks(prospect(1))["p1"]["badge"] == "grey"
    desk.clock.sleep(601)
    assert desk.marks(prospect(1))["p1"]["badge"] == "black"


def test_a_cached_badge_serves_another_process(desk: Desk) -> None:
    known_contact(desk, 1)
    desk.marks(prospect(1))
    other = Badges(desk.parts_of_badges)
    assert desk.marks(prospect(1), badges=other)["p1"]["badge"] == "black"
    assert desk.crm.finds == 1


def test_past_the_deadline_the_rest_is_unknown_and_goes_on_warming(desk: Desk) -> None:
    known_contact(desk, 1)
    answered = held_up(desk)
    assert desk.marks(prospect(1), deadline_s=0.01)["p1"]["badge"] == "unknown"
    answered.set()
    assert desk.marks(prospect(1))["p1"]["badge"] == "black"
    assert desk.crm.finds == 1


def test_two_searches_for_the_same_people_ask_once(desk: Desk) -> None:
    gate, entered = threading.Event(), threading.Event()
    find = desk.crm.find

    def slow(*arguments: Any) -> Any:
        entered.set()
        gate.wait(SOON)
        return find(*arguments)

    desk.crm.find = slow  # type: ignore[method-assign]
    assert desk.marks(prospect(1), deadline_s=0.0)["p1"]["badge"] == "unknown"
    entered.wait(SOON)
    threading.Timer(0.05, gate.set).start()
    assert desk.marks(prospect(1))["p1"]["badge"] == "grey"
    assert desk.crm.finds == 1


def test_before_the_share_is_spent_badges_rest_and_nothing_is_asked(desk: Desk) -> None:
    desk.store.note_usage(desk.crm.org.org_id, 500, 1000, desk.clock.now())
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert desk.crm.finds == 0
    desk.store.note_usage(desk.crm.org.org_id, 499, 1000, desk.clock.now())
    assert desk.marks(prospect(1))["p1"]["badge"] == "grey"


@pytest.mark.parametrize(
    "error", [Unavailable("QUERY_TIMEOUT", 60.0), QuotaReached("concurrent", 30.0)]
)
def test_when_the_org_cannot_answer_badges_are_unknown_and_rest_a_while(
    desk: Desk, error: ZsfError
) -> None:
    fails = 0

    def fail(*_: Any) -> Any:
        nonlocal fails
        fails += 1
        raise error

    find, desk.crm.find = desk.crm.find, fail  # type: ignore[method-assign]
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert fails == 1
    desk.crm.find = find  # type: ignore[method-assign]
    desk.clock.sleep(61)
    assert desk.marks(prospect(1))["p1"]["badge"] == "grey"


def test_the_daily_limit_met_by_a_badge_rests_the_whole_workspace(desk: Desk) -> None:
    def fail(*_: Any) -> Any:
        raise QuotaReached("daily", 1800.0)

    desk.crm.find = fail  # type: ignore[method-assign]
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    paused = desk.store.paused("default")
    assert paused is not None
    assert paused.code == "quota"


def test_a_dead_sign_in_met_by_a_badge_is_told_and_links_still_answer(desk: Desk) -> None:
    desk.feed(purchase(prospect(1)))
    desk.drain()

    def fail(*_: Any) -> Any:
        raise ReconnectRequired("session")

    desk.crm.find = fail  # type: ignore[method-assign]
    marks = desk.marks(prospect(1), prospect(2))
    assert (marks["p1"]["badge"], marks["p2"]["badge"]) == ("black", "unknown")
    connection = desk.store.connection("default")
    assert connection is not None
    assert connection.state == "reconnect"


def test_a_resting_workspace_asks_nothing(desk: Desk) -> None:
    desk.store.pause(
        "default", Pause("unavailable", "Salesforce cannot be reached", desk.clock.now())
    )
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert desk.crm.finds == 0


def test_without_a_connection_all_is_unknown(desk: Desk) -> None:
    desk.store.forget_connection("default")
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"


def seen(desk: Desk, *results: object, deadline_s: float = SOON) -> dict[str, Finding]:
    return dict(desk.badges.look("default", results, SELLER, deadline_s))


def test_what_the_org_was_asked_about_says_when(desk: Desk) -> None:
    known_contact(desk, 1)
    at = desk.clock.now()
    assert (seen(desk, prospect(1))["p1"].by, seen(desk, prospect(1))["p1"].at) == ("looking", at)
    desk.clock.sleep(60)
    kept = seen(desk, prospect(1))["p1"]
    assert (kept.by, kept.at, kept.why) == ("looking", at, None)


def test_what_a_link_says_was_not_looked_up(desk: Desk) -> None:
    desk.feed(purchase(prospect(1)))
    desk.drain()
    known = seen(desk, prospect(1))["p1"]
    assert (known.by, known.at, known.why) == ("link", None, None)


def test_a_record_of_ours_is_known_by_our_write(desk: Desk) -> None:
    same = prospect(1) | {"id": "the same person, found once more"}
    seen(desk, same)
    desk.feed(purchase(prospect(1)))
    desk.drain()
    known = seen(desk, same)["the same person, found once more"]
    assert (known.by, known.at, known.person.status) == ("our_write", None, "exists")


def test_several_that_match_are_counted(desk: Desk) -> None:
    for _ in range(3):
        desk.crm.add("Contact", LastName="L", Email="ada1@acme1.example")
    assert seen(desk, prospect(1))["p1"].person == Sighting("exists", "Contact", several=3)
    assert seen(desk, prospect(1))["p1"].person.several == 3, "from the cache as well"


def test_who_has_no_key_is_unknown_for_that_and_so_when_the_answer_is_cached(desk: Desk) -> None:
    for _ in range(2):
        assert seen(desk, {"id": "p1", "first_name": "Ada"})["p1"].why == "no_key"


def test_a_broken_result_is_unknown_because_it_cannot_be_read(desk: Desk) -> None:
    assert seen(desk, {"id": "p1", "email": 7})["p1"].why == "unreadable"


def test_without_a_connection_that_is_the_reason(desk: Desk) -> None:
    desk.store.forget_connection("default")
    assert seen(desk, prospect(1))["p1"].why == "not_connected"


def test_resting_badges_are_the_reason(desk: Desk) -> None:
    desk.store.note_usage(desk.crm.org.org_id, 500, 1000, desk.clock.now())
    assert seen(desk, prospect(1))["p1"].why == "throttled"


def test_a_resting_workspace_is_the_reason(desk: Desk) -> None:
    desk.store.pause(
        "default", Pause("unavailable", "Salesforce cannot be reached", desk.clock.now())
    )
    assert seen(desk, prospect(1))["p1"].why == "unavailable"


@pytest.mark.parametrize(
    ("error", "why", "then"),
    [
        (Unavailable("QUERY_TIMEOUT", 60.0), "unavailable", "unavailable"),
        (QuotaReached("daily", 1800.0), "quota", "quota"),
        (QuotaReached("concurrent", 30.0), "concurrent", "concurrent"),
        (ReconnectRequired("session"), "reconnect", "reconnect"),
    ],
)
def test_what_the_org_failed_with_is_the_reason(
    desk: Desk, error: ZsfError, why: str, then: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    desk.crm.find = fail  # type: ignore[method-assign]
    assert [seen(desk, prospect(1))["p1"].why, seen(desk, prospect(1))["p1"].why] == [why, then]


def test_past_the_deadline_the_time_is_the_reason(desk: Desk) -> None:
    answered = held_up(desk)
    assert seen(desk, prospect(1), deadline_s=0.0)["p1"].why == "late"
    answered.set()


def test_a_broken_result_is_unknown_and_the_others_have_their_badges(desk: Desk) -> None:
    results: list[object] = [
        prospect(1),
        {"id": "p2", "email": 7},
        {"id": "p3", "x": {1}},
        {"no": "id"},
        None,
        7,
    ]
    marks = desk.marks(*results)
    assert {id_: badge["badge"] for id_, badge in marks.items()} == {
        "p1": "grey",
        "p2": "unknown",
        "p3": "unknown",
    }


def test_an_object_hidden_from_the_user_is_not_called_missing(desk: Desk) -> None:
    whole = desk.crm.org.describes
    desk.crm.org = type(desk.crm.org)(
        desk.crm.org.org_id, False, "Completed", {n: d for n, d in whole.items() if n != "Contact"}
    )
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
