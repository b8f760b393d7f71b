"""Badges: what exists is black, what was looked for in vain is grey, and what was not looked for is
unknown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import SELLER, prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.decision.decide import decide
from zsf_plugin.errors import (
    QuotaReached,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Badge, Event, Finding, KnownFacts, Sighting
from zsf_plugin.ports import Pause
from zsf_plugin.presence import Badges
from zsf_plugin.presence.asking import BadgeParts, Turn, Turns
from zsf_plugin.presence.badges import MAX_ASKING_SEARCHES
from zsf_plugin.rulebook.schema import first_fault
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.sync.availability import OrgAvailability

SOON = 20.0


class Desk(Bench):
    """A bench with badges. `known_facts` are the org's facts as last read."""

    known_facts: KnownFacts | None = None

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
            lambda _: self.known_facts,
            lambda it: first_fault("prospect", it) is None,
        )

    def start(self) -> Desk:
        self.known_facts = KnownFacts(self.crm.org, self.clock.now())
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


def test_a_defect_is_logged_with_the_place_where_it_was_raised(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: Any) -> Any:
        raise LookupError("ada1@acme1.example")

    desk.crm.find = break_down  # type: ignore[method-assign]
    assert seen(desk, prospect(1))["p1"].why == "defect"
    assert "badges met a defect: LookupError at break_down:" in caplog.text
    assert "ada1" not in caplog.text


def test_a_defect_while_deciding_is_logged_with_its_place_and_takes_one_badge(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(event: Event, rules: Any) -> Any:
        if event.payload["prospect"] == prospect(1):
            raise LookupError("ada1@acme1.example")
        return decide(event, rules)

    monkeypatch.setattr("zsf_plugin.presence.search.decide", break_down)
    found = seen(desk, prospect(1), prospect(2))
    assert (found["p1"].why, found["p2"].person.status) == ("defect", "missing")
    assert "a search result met a defect: LookupError at break_down:" in caplog.text


def forbid_facts(desk: Desk) -> None:
    """The org may not be asked for its facts."""

    def refuse(**_: Any) -> Any:
        raise ReconnectRequired("session")

    desk.crm.facts = refuse  # type: ignore[method-assign]


def missing_then_created(desk: Desk) -> dict[str, object]:
    """A result that the cache calls missing, although a purchase of it has created a record."""
    same = prospect(1) | {"id": "same"}
    assert seen(desk, same)["same"].person.status == "missing"
    desk.feed(purchase(prospect(1)))
    desk.drain()
    return same


def test_our_own_creations_are_seen_by_the_facts_last_read_without_a_call(desk: Desk) -> None:
    same = missing_then_created(desk)
    forbid_facts(desk)
    found = seen(desk, same)["same"]
    assert (found.by, found.person.status) == ("our_write", "exists")


def test_without_known_facts_the_cache_still_answers_and_nothing_is_asked(desk: Desk) -> None:
    same = missing_then_created(desk)
    forbid_facts(desk)
    desk.known_facts = None
    found = seen(desk, same)["same"]
    assert (found.by, found.person.status) == ("looking", "missing")


def test_a_search_that_gets_no_thread_is_unknown_and_stopping_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", fail)
        assert seen(desk, prospect(1))["p1"].why == "crowded"
    assert "a search got no thread: RuntimeError at fail:" in caplog.text
    desk.badges.stop()


def test_stopping_while_a_thread_starts_joins_no_thread_that_has_not_started(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    with ThreadPoolExecutor(1) as other:
        stopped: list[Future[None]] = []

        def stop_first(thread: threading.Thread) -> None:
            if thread.name == "zsf-badges":
                stopped.append(other.submit(desk.badges.stop))
                wait(stopped, 0.05)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", stop_first)
        seen(desk, prospect(1))
        assert [stopping.result(SOON) for stopping in stopped] == [None]


def test_of_a_burst_as_many_searches_as_may_ask_do_and_the_others_are_crowded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, crowded = 20, 20 - MAX_ASKING_SEARCHES
    arrived, may_go_on, asking = (threading.Semaphore(0) for _ in range(3))
    links, answered, find = desk.store.links, threading.Event(), desk.crm.find

    def stop_before_the_cache(*arguments: Any) -> Any:
        arrived.release()
        may_go_on.acquire(timeout=SOON)
        return links(*arguments)

    def find_once_answered(*arguments: Any) -> Any:
        asking.release()
        answered.wait(SOON)
        return find(*arguments)

    monkeypatch.setattr(desk.store, "links", stop_before_the_cache)
    desk.crm.find = find_once_answered  # type: ignore[method-assign]
    with ThreadPoolExecutor(count) as callers:
        searches = [callers.submit(seen, desk, prospect(number)) for number in range(count)]
        assert all(arrived.acquire(timeout=SOON) for _ in range(count))
        may_go_on.release(MAX_ASKING_SEARCHES)
        asked = [asking.acquire(timeout=SOON / 8) for _ in range(MAX_ASKING_SEARCHES)]
        may_go_on.release(crowded)
        reasons = []
        for search in as_completed(searches, SOON):
            reasons.extend(found.why for found in search.result().values())
            if len(reasons) == crowded:
                answered.set()
    assert all(asked), "those on their way ask, however many came after them"
    assert reasons == ["crowded"] * crowded + [None] * MAX_ASKING_SEARCHES
    assert desk.crm.finds == MAX_ASKING_SEARCHES


def test_what_another_search_found_out_since_the_look_into_the_cache_is_not_asked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts_of, overtaken = desk.store.facts, threading.Event()

    def overtake(*arguments: Any) -> Any:
        known = facts_of(*arguments)
        if not overtaken.is_set():
            overtaken.set()
            assert seen(desk, prospect(1))["p1"].person.status == "missing"
        return known

    monkeypatch.setattr(desk.store, "facts", overtake)
    assert seen(desk, prospect(1))["p1"].person.status == "missing"
    assert desk.crm.finds == 1


@pytest.mark.parametrize(
    ("error", "why"),
    [(QuotaReached("daily", 1800.0), "quota"), (LookupError("ours"), "defect")],
)
def test_who_waited_for_another_search_is_unknown_for_its_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    entered, waiting = threading.Event(), threading.Event()

    def fail(*_: Any) -> Any:
        entered.set()
        waiting.wait(SOON)
        raise error

    take = Turns.take

    def take_and_tell(turns: Turns, names: Any) -> Turn:
        turn = take(turns, names)
        if turn.others:
            waiting.set()
        return turn

    desk.crm.find = fail  # type: ignore[method-assign]
    monkeypatch.setattr(Turns, "take", take_and_tell)
    seen(desk, prospect(1), deadline_s=0.0)
    assert entered.wait(SOON)
    assert seen(desk, prospect(1))["p1"].why == why


def test_a_store_that_fails_leaves_badges_unknown_and_raises_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreUnavailable("no disk")

    monkeypatch.setattr(desk.store, "connection", fail)
    assert desk.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert seen(desk, prospect(1))["p1"].why == "unavailable"


def test_results_are_checked_within_the_deadline_not_before_it(desk: Desk) -> None:
    checked_by: list[threading.Thread] = []

    def is_valid(_: object) -> bool:
        checked_by.append(threading.current_thread())
        return True

    badges = Badges(replace(desk.parts_of_badges, is_valid=is_valid))
    desk.marks(prospect(1), badges=badges)
    assert [thread.name for thread in checked_by] == ["zsf-badges"]
