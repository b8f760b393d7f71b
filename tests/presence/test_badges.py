"""Badges: existing people are black, people without a match are grey, and the others are
unknown."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import replace
from itertools import pairwise
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
from zsf_plugin.model import Badge, Event, KnownFacts, Presence, ResultPresence
from zsf_plugin.model.badge import badge_of
from zsf_plugin.ports import WorkspacePause
from zsf_plugin.presence import Badges
from zsf_plugin.presence import badges as badges_module
from zsf_plugin.presence import search as search_module
from zsf_plugin.presence.badges import MAX_QUERYING_SEARCHES, list_results
from zsf_plugin.presence.querying import BadgeParts, QueryCoordinator, QueryShare
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.sync.availability import OrgAvailability

TIMEOUT_S = 20.0


class BadgeBench(Bench):
    """A bench with badges. `known_facts` are the org's facts as last read."""

    known_facts: KnownFacts | None = None

    def marks(
        self, *results: object, deadline_s: float = TIMEOUT_S, badges: Badges | None = None
    ) -> dict[str, Badge]:
        return (badges or self.badges).answer("default", results, SELLER, deadline_s)["results"]

    @property
    def badge_parts(self) -> BadgeParts:
        return BadgeParts(
            self.store,
            self.parts.rules,
            self.clock,
            OrgAvailability(self.store, self.parts.rules, self.clock),
            lambda _: self.crm,
            lambda _: self.known_facts,
            lambda it: first_violation("prospect", it),
        )

    def start(self) -> BadgeBench:
        self.known_facts = KnownFacts(self.crm.org, self.clock.now())
        self.badges = Badges(self.badge_parts)
        return self


@pytest.fixture(params=["lead", "contact"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[BadgeBench]:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    made = BadgeBench(
        store,
        FakeClock(),
        FakeCrm(facts(), {"005000000000001AAA": "seller@zaplify.example"}),
        request.param,
    )
    yield made.start()
    made.badges.stop()
    store.close()


def delay_org(bench: BadgeBench) -> threading.Event:
    """The org answers once the event is set."""
    answered, find = threading.Event(), bench.crm.find

    def slow(*arguments: Any) -> Any:
        answered.wait(TIMEOUT_S)
        return find(*arguments)

    bench.crm.find = slow  # type: ignore[method-assign]
    return answered


def known_contact(bench: BadgeBench, number: int) -> str:
    account = bench.crm.add(
        "Account", Name=f"Acme {number}", Website=f"https://www.acme{number}.example/"
    )
    return bench.crm.add(
        "Contact", LastName="L", Email=f"ada{number}@acme{number}.example", AccountId=account
    )


def test_a_person_and_a_company_that_exist_are_black_with_their_records(bench: BadgeBench) -> None:
    contact = known_contact(bench, 1)
    badge = bench.marks(prospect(1))["p1"]
    assert badge["badge"] == "black"
    assert badge["person"] == {
        "status": "exists",
        "object": "Contact",
        "id": contact,
        "url": f"http://127.0.0.1/{contact}",
    }
    assert (badge["company"]["status"], badge["company"]["object"]) == ("exists", "Account")


def test_a_person_looked_up_without_a_match_is_grey(bench: BadgeBench) -> None:
    badge = bench.marks(prospect(1))["p1"]
    assert badge["badge"] == "grey"
    assert (
        badge["person"]
        == badge["company"]
        == {"status": "missing", "object": None, "id": None, "url": None}
    )


def test_a_company_may_exist_without_the_person(bench: BadgeBench) -> None:
    bench.crm.add("Account", Name="Acme 1")
    badge = bench.marks(prospect(1))["p1"]
    assert (badge["person"]["status"], badge["company"]["status"]) == ("missing", "exists")


def test_a_person_with_no_usable_match_key_is_unknown(bench: BadgeBench) -> None:
    assert bench.marks({"id": "p1", "first_name": "Ada"})["p1"]["badge"] == "unknown"


def test_a_person_with_no_usable_match_key_is_not_looked_up(bench: BadgeBench) -> None:
    bench.marks({"id": "p1", "first_name": "Ada"})
    assert bench.crm.finds == 0


def test_a_known_person_is_not_looked_up_because_another_is_not_cached(bench: BadgeBench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.drain()
    asked: list[str] = []
    find = bench.crm.find

    def listening(lookups: Any, *more: Any) -> Any:
        asked.extend(value for lookup in lookups for _, _, value in lookup.parts)
        return find(lookups, *more)

    bench.crm.find = listening  # type: ignore[method-assign]
    bench.marks(prospect(1), prospect(2))
    assert "ada2@acme2.example" in asked
    assert "ada1@acme1.example" not in asked


def test_a_converted_lead_shows_as_its_contact(bench: BadgeBench) -> None:
    contact = bench.crm.add("Contact", LastName="L", Email="new@address.example")
    bench.crm.add("Lead", Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=contact)
    person = bench.marks(prospect(1), prospect(2))["p1"]["person"]
    assert (person["status"], person["object"], person["id"]) == ("exists", "Contact", contact)
    assert bench.crm.finds == 2


@pytest.mark.parametrize("merges", [1, 2, 3])
def test_a_converted_lead_whose_contact_was_merged_shows_as_the_remaining_contact(
    bench: BadgeBench, merges: int
) -> None:
    contacts = [bench.crm.add("Contact", LastName="L") for _ in range(merges + 1)]
    bench.crm.add(
        "Lead", Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=contacts[0]
    )
    for loser, winner in pairwise(contacts):
        bench.crm.merge("Contact", loser, winner)
    person = bench.marks(prospect(1))["p1"]["person"]
    assert (person["status"], person["id"]) == ("exists", contacts[-1])


def test_a_converted_lead_whose_contact_was_deleted_is_grey_as_a_purchase_would_create(
    bench: BadgeBench,
) -> None:
    gone = "003000000000777AAA"
    bench.crm.add("Lead", Email="ada1@acme1.example", IsConverted=True, ConvertedContactId=gone)
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"


def test_several_matching_records_count_as_existing_and_none_is_named(bench: BadgeBench) -> None:
    for _ in range(2):
        bench.crm.add("Contact", LastName="L", Email="ada1@acme1.example")
    person = bench.marks(prospect(1))["p1"]["person"]
    assert (person["status"], person["object"], person["id"]) == ("exists", "Contact", None)


def test_a_hundred_cold_results_cost_one_lookup_and_known_ones_none(bench: BadgeBench) -> None:
    results = [prospect(number) for number in range(100)]
    assert {badge["badge"] for badge in bench.marks(*results).values()} == {"grey"}
    assert bench.crm.finds == 1
    bench.marks(*results)
    assert bench.crm.finds == 1


def test_a_purchased_person_is_known_by_the_link_alone(bench: BadgeBench) -> None:
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(3)))
    bench.drain()
    finds = bench.crm.finds
    assert {b["badge"] for b in bench.marks(*(prospect(n) for n in range(3))).values()} == {"black"}
    assert bench.crm.finds == finds


def test_a_record_that_we_create_turns_its_badge_at_once_under_any_id(bench: BadgeBench) -> None:
    same = prospect(1) | {"id": "the same person, found once more"}
    assert {b["badge"] for b in bench.marks(prospect(1), same).values()} == {"grey"}
    bench.feed(purchase(prospect(1)))
    bench.drain()
    finds = bench.crm.finds
    assert {b["badge"] for b in bench.marks(prospect(1), same).values()} == {"black"}
    assert bench.crm.finds == finds


def test_a_missing_person_is_looked_up_again_after_a_while(bench: BadgeBench) -> None:
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"
    known_contact(bench, 1)
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"
    bench.clock.sleep(601)
    assert bench.marks(prospect(1))["p1"]["badge"] == "black"


def test_a_cached_badge_serves_another_process(bench: BadgeBench) -> None:
    known_contact(bench, 1)
    bench.marks(prospect(1))
    other = Badges(bench.badge_parts)
    assert bench.marks(prospect(1), badges=other)["p1"]["badge"] == "black"
    assert bench.crm.finds == 1


def test_after_the_deadline_the_others_are_unknown_and_still_fill_the_cache(
    bench: BadgeBench,
) -> None:
    known_contact(bench, 1)
    answered = delay_org(bench)
    assert bench.marks(prospect(1), deadline_s=0.01)["p1"]["badge"] == "unknown"
    answered.set()
    assert bench.marks(prospect(1))["p1"]["badge"] == "black"
    assert bench.crm.finds == 1


def test_two_searches_for_the_same_people_query_once(bench: BadgeBench) -> None:
    gate, entered = threading.Event(), threading.Event()
    find = bench.crm.find

    def slow(*arguments: Any) -> Any:
        entered.set()
        gate.wait(TIMEOUT_S)
        return find(*arguments)

    bench.crm.find = slow  # type: ignore[method-assign]
    assert bench.marks(prospect(1), deadline_s=0.0)["p1"]["badge"] == "unknown"
    entered.wait(TIMEOUT_S)
    threading.Timer(0.05, gate.set).start()
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"
    assert bench.crm.finds == 1


def test_before_the_share_is_spent_badges_are_throttled_and_send_no_request(
    bench: BadgeBench,
) -> None:
    bench.store.note_usage(bench.crm.org.org_id, 500, 1000, bench.clock.now())
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert bench.crm.finds == 0
    bench.store.note_usage(bench.crm.org.org_id, 499, 1000, bench.clock.now())
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"


@pytest.mark.parametrize(
    "error", [Unavailable("QUERY_TIMEOUT", 60.0), QuotaReached("concurrent", 30.0)]
)
def test_when_the_org_cannot_answer_badges_are_unknown_and_pause_a_while(
    bench: BadgeBench, error: ZsfError
) -> None:
    fails = 0

    def fail(*_: Any) -> Any:
        nonlocal fails
        fails += 1
        raise error

    find, bench.crm.find = bench.crm.find, fail  # type: ignore[method-assign]
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert fails == 1
    bench.crm.find = find  # type: ignore[method-assign]
    bench.clock.sleep(61)
    assert bench.marks(prospect(1))["p1"]["badge"] == "grey"


def test_a_badge_that_meets_the_daily_limit_pauses_the_whole_workspace(bench: BadgeBench) -> None:
    def fail(*_: Any) -> Any:
        raise QuotaReached("daily", 1800.0)

    bench.crm.find = fail  # type: ignore[method-assign]
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    paused = bench.store.paused("default")
    assert paused is not None
    assert paused.code == "quota"


def test_an_ended_sign_in_met_by_a_badge_is_recorded_and_links_still_answer(
    bench: BadgeBench,
) -> None:
    bench.feed(purchase(prospect(1)))
    bench.drain()

    def fail(*_: Any) -> Any:
        raise ReconnectRequired("session")

    bench.crm.find = fail  # type: ignore[method-assign]
    marks = bench.marks(prospect(1), prospect(2))
    assert (marks["p1"]["badge"], marks["p2"]["badge"]) == ("black", "unknown")
    connection = bench.store.connection("default")
    assert connection is not None
    assert connection.state == "reconnect"


def test_a_paused_workspace_sends_no_request(bench: BadgeBench) -> None:
    bench.store.pause(
        "default", WorkspacePause("unavailable", "Salesforce cannot be reached", bench.clock.now())
    )
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert bench.crm.finds == 0


def test_without_a_connection_all_is_unknown(bench: BadgeBench) -> None:
    bench.store.forget_connection("default")
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"


def seen(
    bench: BadgeBench, *results: object, deadline_s: float = TIMEOUT_S
) -> dict[str, ResultPresence]:
    return dict(bench.badges.find("default", results, SELLER, deadline_s))


def test_a_badge_from_the_org_says_when_it_was_looked_up(bench: BadgeBench) -> None:
    known_contact(bench, 1)
    at = bench.clock.now()
    assert (seen(bench, prospect(1))["p1"].by, seen(bench, prospect(1))["p1"].at) == ("looking", at)
    bench.clock.sleep(60)
    kept = seen(bench, prospect(1))["p1"]
    assert (kept.by, kept.at, kept.why) == ("looking", at, None)


def test_a_finding_from_a_link_does_not_count_as_looked_up(bench: BadgeBench) -> None:
    bench.feed(purchase(prospect(1)))
    bench.drain()
    known = seen(bench, prospect(1))["p1"]
    assert (known.by, known.at, known.why) == ("link", None, None)


def test_a_record_of_ours_is_known_by_our_write(bench: BadgeBench) -> None:
    same = prospect(1) | {"id": "the same person, found once more"}
    seen(bench, same)
    bench.feed(purchase(prospect(1)))
    bench.drain()
    known = seen(bench, same)["the same person, found once more"]
    assert (known.by, known.at, known.person.status) == ("our_write", None, "exists")


def test_several_that_match_are_counted(bench: BadgeBench) -> None:
    for _ in range(3):
        bench.crm.add("Contact", LastName="L", Email="ada1@acme1.example")
    assert seen(bench, prospect(1))["p1"].person == Presence("exists", "Contact", several=3)
    assert seen(bench, prospect(1))["p1"].person.several == 3, "from the cache as well"


def test_a_person_without_a_key_is_unknown_for_that_reason_from_the_cache_too(
    bench: BadgeBench,
) -> None:
    for _ in range(2):
        assert seen(bench, {"id": "p1", "first_name": "Ada"})["p1"].why == "no_key"


@pytest.mark.parametrize(
    "wrong", [{"email": 7}, {"first_name": []}, {"company": {"name": 5}}, {"company": {"id": []}}]
)
def test_a_result_with_a_wrong_value_to_match_by_is_unknown_because_it_cannot_be_read(
    bench: BadgeBench, wrong: dict[str, Any]
) -> None:
    known_contact(bench, 1)
    assert seen(bench, prospect(1) | wrong)["p1"].why == "unreadable"


@pytest.mark.parametrize(
    "wrong",
    [{"title": 5}, {"phone": []}, {"location": "here"}, {"custom": "x"}, {"company": "Acme"}],
)
def test_a_result_with_another_wrong_value_has_its_badge(
    bench: BadgeBench, wrong: dict[str, Any]
) -> None:
    contact = known_contact(bench, 1)
    badges = bench.marks(prospect(1) | wrong, prospect(2) | wrong)
    assert badges["p1"]["person"]["id"] == contact
    assert badges["p2"]["badge"] == "grey"


def test_without_a_connection_that_is_the_reason(bench: BadgeBench) -> None:
    bench.store.forget_connection("default")
    assert seen(bench, prospect(1))["p1"].why == "not_connected"


def test_throttled_badges_are_the_reason(bench: BadgeBench) -> None:
    bench.store.note_usage(bench.crm.org.org_id, 500, 1000, bench.clock.now())
    assert seen(bench, prospect(1))["p1"].why == "throttled"


def test_a_paused_workspace_is_the_reason(bench: BadgeBench) -> None:
    bench.store.pause(
        "default", WorkspacePause("unavailable", "Salesforce cannot be reached", bench.clock.now())
    )
    assert seen(bench, prospect(1))["p1"].why == "unavailable"


@pytest.mark.parametrize(
    ("error", "why", "then"),
    [
        (Unavailable("QUERY_TIMEOUT", 60.0), "unavailable", "unavailable"),
        (QuotaReached("daily", 1800.0), "quota", "quota"),
        (QuotaReached("concurrent", 30.0), "concurrent", "concurrent"),
        (ReconnectRequired("session"), "reconnect", "reconnect"),
    ],
)
def test_the_failure_of_the_org_is_the_reason(
    bench: BadgeBench, error: ZsfError, why: str, then: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    bench.crm.find = fail  # type: ignore[method-assign]
    assert [seen(bench, prospect(1))["p1"].why, seen(bench, prospect(1))["p1"].why] == [why, then]


def test_past_the_deadline_the_time_is_the_reason(bench: BadgeBench) -> None:
    answered = delay_org(bench)
    assert seen(bench, prospect(1), deadline_s=0.0)["p1"].why == "late"
    answered.set()


def test_a_broken_result_is_unknown_and_the_others_have_their_badges(bench: BadgeBench) -> None:
    results: list[object] = [
        prospect(1),
        {"id": "p2", "email": 7},
        {"id": "p3", "x": {1}},
        {"no": "id"},
        None,
        7,
    ]
    marks = bench.marks(*results)
    assert {id_: badge["badge"] for id_, badge in marks.items()} == {
        "p1": "grey",
        "p2": "unknown",
        "p3": "unknown",
    }


def test_an_object_hidden_from_the_user_is_not_called_missing(bench: BadgeBench) -> None:
    whole = bench.crm.org.describes
    bench.crm.org = type(bench.crm.org)(
        bench.crm.org.org_id, False, "Completed", {n: d for n, d in whole.items() if n != "Contact"}
    )
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"


def test_a_defect_is_logged_with_the_place_where_it_was_raised(
    bench: BadgeBench, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: Any) -> Any:
        raise LookupError("ada1@acme1.example")

    bench.crm.find = break_down  # type: ignore[method-assign]
    assert seen(bench, prospect(1))["p1"].why == "defect"
    assert "defect in badges: LookupError at break_down:" in caplog.text
    assert "ada1" not in caplog.text


def test_a_defect_while_deciding_is_logged_with_its_place_and_takes_one_badge(
    bench: BadgeBench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(event: Event, rules: Any) -> Any:
        if event.payload["prospect"] == prospect(1):
            raise LookupError("ada1@acme1.example")
        return decide(event, rules)

    monkeypatch.setattr("zsf_plugin.presence.search.decide", break_down)
    found = seen(bench, prospect(1), prospect(2))
    assert (found["p1"].why, found["p2"].person.status) == ("defect", "missing")
    assert "defect in a search result: LookupError at break_down:" in caplog.text


def forbid_facts(bench: BadgeBench) -> None:
    """Let reading the org's facts fail."""

    def refuse(**_: Any) -> Any:
        raise ReconnectRequired("session")

    bench.crm.facts = refuse  # type: ignore[method-assign]


def missing_then_created(bench: BadgeBench) -> dict[str, object]:
    """A result that the cache calls missing, although a purchase of it has created a record."""
    same = prospect(1) | {"id": "same"}
    assert seen(bench, same)["same"].person.status == "missing"
    bench.feed(purchase(prospect(1)))
    bench.drain()
    return same


def test_our_own_creations_are_seen_by_the_facts_last_read_without_a_call(
    bench: BadgeBench,
) -> None:
    same = missing_then_created(bench)
    forbid_facts(bench)
    found = seen(bench, same)["same"]
    assert (found.by, found.person.status) == ("our_write", "exists")


def test_without_known_facts_the_cache_still_answers_without_a_call(
    bench: BadgeBench,
) -> None:
    same = missing_then_created(bench)
    forbid_facts(bench)
    bench.known_facts = None
    found = seen(bench, same)["same"]
    assert (found.by, found.person.status) == ("looking", "missing")


def test_a_search_that_gets_no_thread_is_unknown_and_stopping_still_works(
    bench: BadgeBench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", fail)
        assert seen(bench, prospect(1))["p1"].why == "crowded"
    assert "could not start a thread for a search: RuntimeError at fail:" in caplog.text
    bench.badges.stop()


def test_stopping_while_a_thread_starts_joins_no_thread_that_has_not_started(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    with ThreadPoolExecutor(1) as other:
        stopped: list[Future[None]] = []

        def stop_first(thread: threading.Thread) -> None:
            if thread.name == "zsf-badges":
                stopped.append(other.submit(bench.badges.stop))
                wait(stopped, 0.05)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", stop_first)
        seen(bench, prospect(1))
        assert [stopping.result(TIMEOUT_S) for stopping in stopped] == [None]


def test_in_a_burst_as_many_searches_as_allowed_query_and_the_others_are_turned_away(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, turned_away = 20, 20 - MAX_QUERYING_SEARCHES
    arrived, may_go_on, asking = (threading.Semaphore(0) for _ in range(3))
    links, answered, find = bench.store.links, threading.Event(), bench.crm.find

    def stop_before_the_cache(*arguments: Any) -> Any:
        arrived.release()
        may_go_on.acquire(timeout=TIMEOUT_S)
        return links(*arguments)

    def find_once_answered(*arguments: Any) -> Any:
        asking.release()
        answered.wait(TIMEOUT_S)
        return find(*arguments)

    monkeypatch.setattr(bench.store, "links", stop_before_the_cache)
    bench.crm.find = find_once_answered  # type: ignore[method-assign]
    with ThreadPoolExecutor(count) as callers:
        searches = [callers.submit(seen, bench, prospect(number)) for number in range(count)]
        assert all(arrived.acquire(timeout=TIMEOUT_S) for _ in range(count))
        may_go_on.release(MAX_QUERYING_SEARCHES)
        asked = [asking.acquire(timeout=TIMEOUT_S / 8) for _ in range(MAX_QUERYING_SEARCHES)]
        may_go_on.release(turned_away)
        reasons = []
        for search in as_completed(searches, TIMEOUT_S):
            reasons.extend(found.why for found in search.result().values())
            if len(reasons) == turned_away:
                answered.set()
    assert all(asked), "those on their way ask, however many came after them"
    assert reasons == ["crowded"] * turned_away + [None] * MAX_QUERYING_SEARCHES
    assert bench.crm.finds == MAX_QUERYING_SEARCHES


def test_results_that_another_search_has_cached_are_not_queried_again(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts_of, overtaken = bench.store.facts, threading.Event()

    def overtake(*arguments: Any) -> Any:
        known = facts_of(*arguments)
        if not overtaken.is_set():
            overtaken.set()
            assert seen(bench, prospect(1))["p1"].person.status == "missing"
        return known

    monkeypatch.setattr(bench.store, "facts", overtake)
    assert seen(bench, prospect(1))["p1"].person.status == "missing"
    assert bench.crm.finds == 1


@pytest.mark.parametrize(
    ("error", "why"),
    [(QuotaReached("daily", 1800.0), "quota"), (LookupError("ours"), "defect")],
)
def test_a_result_that_waited_for_another_search_is_unknown_for_its_reason(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    entered, waiting = threading.Event(), threading.Event()

    def fail(*_: Any) -> Any:
        entered.set()
        waiting.wait(TIMEOUT_S)
        raise error

    take = QueryCoordinator.take

    def take_and_signal(coordinator: QueryCoordinator, names: Any) -> QueryShare:
        share = take(coordinator, names)
        if share.others:
            waiting.set()
        return share

    bench.crm.find = fail  # type: ignore[method-assign]
    monkeypatch.setattr(QueryCoordinator, "take", take_and_signal)
    seen(bench, prospect(1), deadline_s=0.0)
    assert entered.wait(TIMEOUT_S)
    assert seen(bench, prospect(1))["p1"].why == why


def test_a_store_that_fails_leaves_badges_unknown_and_raises_nothing(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreUnavailable("no disk")

    monkeypatch.setattr(bench.store, "connection", fail)
    assert bench.marks(prospect(1))["p1"]["badge"] == "unknown"
    assert seen(bench, prospect(1))["p1"].why == "unavailable"


def test_results_are_checked_within_the_deadline_not_before_it(bench: BadgeBench) -> None:
    checked_by: list[threading.Thread] = []

    def validate(_: object) -> None:
        checked_by.append(threading.current_thread())

    badges = Badges(replace(bench.badge_parts, validate=validate))
    bench.marks(prospect(1), badges=badges)
    assert [thread.name for thread in checked_by] == ["zsf-badges"]


def test_of_very_many_results_the_first_are_read_and_every_other_is_unknown(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_contact(bench, 1)
    known_contact(bench, 3)
    monkeypatch.setattr(search_module, "MAX_READ", 2)
    found = bench.marks(*map(prospect, range(1, 5)))
    assert [found[f"p{number}"]["badge"] for number in range(1, 5)] == [
        "black",
        "grey",
        "unknown",
        "unknown",
    ]


def test_results_that_take_too_long_to_read_are_read_in_part(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_contact(bench, 1)
    monkeypatch.setattr(search_module, "MAX_READING_S", -1.0)
    found = bench.badges.find("default", [prospect(1)], SELLER, TIMEOUT_S)
    assert (found["p1"].person.status, found["p1"].why) == ("unknown", "late")


def test_results_without_an_end_are_read_up_to_a_number(
    bench: BadgeBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(badges_module, "MAX_RESULTS", 3)
    endless = map(prospect, itertools.count(1))
    found = bench.badges.find("default", endless, SELLER, TIMEOUT_S)
    assert list(found) == ["p1", "p2", "p3"]
    assert caplog.text.count("only the first 3 results of a search were read") == 1


@pytest.mark.parametrize("as_type", [list, tuple])
def test_each_result_has_a_badge_however_many_there_are_and_the_log_says_how_many_are_looked_up(
    bench: BadgeBench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    as_type: type[list[object]] | type[tuple[object, ...]],
) -> None:
    known_contact(bench, 1)
    for module, name in (
        (badges_module, "MAX_RESULTS"),
        (badges_module, "MAX_READ"),
        (search_module, "MAX_READ"),
    ):
        monkeypatch.setattr(module, name, 3)
    many = as_type(map(prospect, range(1, 9)))
    with caplog.at_level("INFO", "zsf_plugin.presence"):
        answer = bench.badges.answer("default", many, SELLER, TIMEOUT_S)
    badges = {id_: badge["badge"] for id_, badge in answer["results"].items()}
    assert list(badges) == [f"p{number}" for number in range(1, 9)]
    assert badges["p1"] == "black"
    assert {badges[f"p{number}"] for number in range(4, 9)} == {"unknown"}
    assert caplog.text.count("only the first 3 of 8 results are looked up") == 1


def test_results_that_are_slow_to_read_are_read_until_the_deadline() -> None:
    assert list_results(iter("abc"), time.monotonic() - 1.0) == (["a"], True)
    assert list_results(iter("abc"), time.monotonic() + 60.0) == (["a", "b", "c"], False)


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit])
def test_results_before_one_that_cannot_be_read_are_kept(error: type[BaseException]) -> None:
    def results(count: int) -> Iterator[object]:
        yield from "abc"[:count]
        raise error

    assert list_results(results(2), time.monotonic() + 60.0) == (["a", "b"], True)
    with pytest.raises((ZeroDivisionError, RuntimeError)):
        list_results(results(0), time.monotonic() + 60.0)


def test_the_badge_of_an_unknown_result_is_its_own_table() -> None:
    one, other = badge_of(ResultPresence(), None), badge_of(ResultPresence(), "https://x")
    one["person"]["status"] = "changed"
    assert other["person"] == {"status": "unknown", "object": None, "id": None, "url": None}
    assert one["company"] == other["company"] == other["person"]
