"""A drain sends entries to Salesforce once, in order of rank, and each ends in exactly one way."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import cast

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.errors import (
    NotSent,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    Unavailable,
    ZsfError,
)
from zsf_plugin.messages.text import cause_text, step_text
from zsf_plugin.model import Plan, State, Write
from zsf_plugin.ports import Entry, Moment, Store
from zsf_plugin.sync.drain import RETRY_DELAYS_S, batch_size
from zsf_plugin.sync.due import RECHECK_INTERVAL_S

SELLER = {"seller@zaplify.example": "005000000000001AAA"}


@pytest.fixture
def bench(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts(), SELLER))


@pytest.fixture
def contacts(store: Store, clock: FakeClock) -> Bench:
    return Bench(store, clock, FakeCrm(facts(), SELLER), mode="contact")


def test_a_purchase_becomes_a_lead_owned_by_the_seller(bench: Bench) -> None:
    (entry,) = bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert (report.done, report.held, report.waiting) == (1, 0, 0)
    (lead,) = bench.rows("Lead")
    assert (lead["LastName"], lead["Company"], lead["OwnerId"]) == (
        "Lovelace1",
        "Acme 1",
        "005000000000001AAA",
    )
    assert bench.entry(entry).state == "done"
    assert [line.action for line in bench.store.journal("default", entry)] == ["create"]


def test_in_contact_mode_the_company_is_written_first(contacts: Bench) -> None:
    contacts.feed(purchase(prospect(1)))
    contacts.drain()
    (account_id,) = contacts.crm.rows["Account"]
    (contact,) = contacts.rows("Contact")
    assert contact["AccountId"] == account_id
    assert contacts.rows("Lead") == []


def test_one_person_under_two_ids_is_one_record(contacts: Bench) -> None:
    contacts.feed(
        purchase(prospect(1), "a"), purchase(prospect(2, email="ADA1@acme1.example"), "b")
    )
    assert contacts.drain().done == 2
    assert len(contacts.rows("Contact")) == 1


def test_a_repurchase_of_an_unchanged_prospect_makes_no_call(bench: Bench) -> None:
    bench.feed(purchase(prospect(1), "a"))
    bench.drain()
    finds, written = bench.crm.finds, len(bench.crm.written)
    bench.feed(purchase(prospect(1), "b"))
    assert bench.drain().done == 1
    assert (bench.crm.finds, len(bench.crm.written)) == (finds, written)


def test_a_touchpoint_before_its_purchase_is_held_and_released_by_the_link(bench: Bench) -> None:
    (early,) = bench.feed(touchpoint(prospect(1)))
    bench.drain()
    cause = bench.entry(early).cause
    assert cause is not None
    assert cause_text(cause) == "Task: the person is not in Salesforce yet"
    bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(early).state == "done"
    assert len(bench.rows("Task")) == 1


def test_a_touchpoint_creates_no_person(bench: Bench) -> None:
    bench.feed(touchpoint(prospect(1)))
    bench.drain()
    assert bench.rows("Lead") == bench.rows("Contact") == bench.rows("Task") == []


def test_a_task_is_closed_and_carries_no_text_with_contents_off(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)), touchpoint(prospect(1)))
    bench.drain()
    (task,) = bench.rows("Task")
    assert (task["Status"], task["Subject"], task["ActivityDate"]) == (
        "Completed",
        "Email, step 1",
        "2026-11-01",
    )
    assert "CONTENT_CANARY" not in repr(task)


def test_the_stricter_contents_switch_of_the_two_moments_wins(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(
        store, clock, FakeCrm(facts(), SELLER), rule={"switches": {"include_contents": True}}
    )
    bench.feed(purchase(prospect(1)), touchpoint(prospect(1), "t1"))
    bench.drain()
    assert "CONTENT_CANARY" in repr(bench.rows("Task"))
    bench.rule = {"switches": {"include_contents": False}}
    bench.feed(touchpoint(prospect(1), "t2"))
    bench.drain()
    assert repr(bench.rows("Task")).count("CONTENT_CANARY") == 1


def test_a_repeated_touchpoint_is_one_task(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)), touchpoint(prospect(1), "t1"))
    bench.drain()
    again = touchpoint(prospect(1), "t1")
    bench.feed(
        type(again)("touchpoint", "default", "other-event", again.occurred_at, again.payload)
    )
    bench.drain()
    assert len(bench.rows("Task")) == 1


def test_one_bad_prospect_never_blocks_another(bench: Bench) -> None:
    bench.crm.refuse = lambda write: (
        Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", ())
        if (write.values.get("LastName") == "Lovelace2")
        else None
    )
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in (1, 2, 3)))
    bench.drain()
    assert [bench.entry(i).state for i in ids] == ["done", "held", "done"]


def test_a_refused_account_holds_only_its_own_contacts(contacts: Bench) -> None:
    contacts.crm.refuse = lambda write: (
        Rejected("FIELD_CUSTOM_VALIDATION_EXCEPTION")
        if (write.object == "Account" and write.values.get("Name") == "Acme 1")
        else None
    )
    shared = prospect(3, company=prospect(1)["company"])
    ids = contacts.feed(
        purchase(prospect(1), "a"), purchase(shared, "b"), purchase(prospect(2), "c")
    )
    contacts.drain()
    assert [contacts.entry(i).state for i in ids] == ["held", "held", "done"]


def test_a_held_entry_is_released_when_its_rules_change(bench: Bench) -> None:
    bench.crm.refuse = lambda write: (
        Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",)) if "Email" in write.values else None
    )
    bench.rule = {"fields": {"Lead": {"Email": {"from": "prospect.email", "misfit": "hold"}}}}
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "held"
    assert bench.drain().held == 0
    bench.rule = {"fields": {"Lead": {"Email": False}}}
    bench.drain()
    assert bench.entry(entry).state == "done"


def test_each_write_names_the_rules_by_which_it_was_decided(bench: Bench) -> None:
    (first,) = bench.feed(purchase(prospect(1), "a"))
    before = bench.parts.rules.digest("default")
    bench.drain()
    bench.rule = {"fields": {"Lead": {"Title": False}}}
    (second,) = bench.feed(purchase(prospect(2), "b"))
    bench.drain()
    written_by = [bench.store.journal("default", entry)[0].rules for entry in (first, second)]
    assert written_by == [before, bench.parts.rules.digest("default")]
    assert before != bench.parts.rules.digest("default")


def test_a_lost_answer_is_looked_up_and_never_written_twice(bench: Bench) -> None:
    lost = [True]
    bench.crm.fail_answer = lambda _: OutcomeUnknown("lost") if lost and lost.pop() else None
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert len(bench.rows("Lead")) == 1


def test_a_write_that_arrives_after_the_lookup_that_missed_it_is_linked_and_not_held(
    bench: Bench,
) -> None:
    lost = [OutcomeUnknown("the connection broke")]

    def late(write: Write) -> ZsfError | None:
        """The first attempt's answer is lost; its record appears only when the second is sent."""
        if lost:
            return lost.pop()
        if not bench.crm.rows["Lead"]:
            bench.crm.add(
                "Lead",
                **{name: value for name, value in write.values.items() if isinstance(value, str)},
            )
        return None

    bench.crm.refuse = late
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert len(bench.rows("Lead")) == 1


def test_without_an_external_id_a_write_counts_as_lost_only_after_ten_minutes(
    store: Store, clock: FakeClock
) -> None:
    bench = Bench(store, clock, FakeCrm(facts(external_id=False), SELLER))
    vanished = [True]

    def swallow(write: Write) -> OutcomeUnknown | None:
        return OutcomeUnknown("lost before it was done") if vanished and vanished.pop() else None

    bench.crm.refuse = swallow
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert (bench.entry(entry).state, bench.rows("Lead")) == ("writing", [])
    clock.time += 601
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert len(bench.rows("Lead")) == 1


def test_a_process_that_died_while_writing_leaves_nothing_twice(bench: Bench) -> None:
    def die() -> None:
        raise SystemExit

    (entry,) = bench.feed(purchase(prospect(1)))
    bench.crm.before_write = die
    with pytest.raises(SystemExit):
        bench.drain()
    assert bench.entry(entry).state == "writing"
    bench.crm.before_write = lambda: None
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert len(bench.rows("Lead")) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("no"), "unavailable"),
        (NotSent("no"), "unavailable"),
        (QuotaReached("daily", 900.0), "quota"),
    ],
)
def test_temporary_errors_pause_and_lose_nothing(bench: Bench, error: Exception, code: str) -> None:
    def fail() -> None:
        raise error

    (entry,) = bench.feed(purchase(prospect(1)))
    find = bench.crm.find
    bench.crm.find = lambda *_: fail()  # type: ignore[method-assign,assignment,return-value,func-returns-value]
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == code
    assert bench.entry(entry).state == "pending"
    bench.crm.find = find  # type: ignore[method-assign]
    bench.clock.time += 3600
    assert bench.drain().done == 1


def test_a_lost_grant_needs_a_person_to_reconnect_and_loses_nothing(bench: Bench) -> None:
    def fail() -> None:
        raise ReconnectRequired("revoked")

    bench.crm.before_write = fail
    (entry,) = bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == "reconnect"
    connection = bench.store.connection("default")
    assert connection is not None
    assert connection.state == "reconnect"
    bench.drain()
    assert [line.code for line in bench.store.history("default")] == ["sign_in_ended"]
    bench.crm.before_write = lambda: None
    bench.connect()
    bench.drain()
    assert bench.entry(entry).state == "done"
    assert len(bench.rows("Lead")) == 1


def test_a_sign_in_during_a_failing_drain_is_not_undone(bench: Bench) -> None:
    def sign_in_elsewhere_and_fail() -> None:
        bench.clock.time += 1
        bench.connect()
        raise ReconnectRequired("revoked")

    bench.crm.before_write = sign_in_elsewhere_and_fail
    bench.feed(purchase(prospect(1)))
    bench.drain()
    connection = bench.store.connection("default")
    assert connection is not None
    assert connection.state == "connected"


@pytest.mark.parametrize("code", ["NOT_FOUND", "ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD"])
def test_a_record_that_changed_between_lookup_and_write_is_looked_up_again(
    bench: Bench, code: str
) -> None:
    refused = [Rejected(code)]
    bench.crm.refuse = lambda _: refused.pop() if refused else None
    (entry,) = bench.feed(purchase(prospect(1)))
    bench.drain()
    assert bench.entry(entry).state == "done"


@pytest.mark.parametrize(("where", "what"), [("lookup", "open_lookups"), ("rounds", "reconcile")])
def test_a_defect_of_ours_on_one_entry_holds_that_one_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, where: str, what: str
) -> None:
    module = import_module(f"zsf_plugin.sync.{where}")
    sound = getattr(module, what)

    def brittle(given, *more):  # type: ignore[no-untyped-def]
        plans = [given] if isinstance(given, Plan) else list(given)
        if any(plan.event_id == "e3" for plan in plans):
            raise OverflowError("a value nobody foresaw")
        return sound(given if isinstance(given, Plan) else plans, *more)

    monkeypatch.setattr(module, what, brittle)
    ids = bench.feed(*(purchase(prospect(n), f"e{n}") for n in range(6)))
    bench.drain()
    assert [bench.entry(i).state for i in ids] == ["done"] * 3 + ["held"] + ["done"] * 2
    assert len(bench.rows("Lead")) == 5


@pytest.mark.parametrize("change", [{"employees": 10**400}, {"name": "\ud800"}])
def test_no_value_of_a_payload_stops_the_drain(bench: Bench, change: dict[str, object]) -> None:
    company = {**prospect(1)["company"], **change}  # type: ignore[dict-item]
    bench.feed(purchase(prospect(1, company=company), "odd"), purchase(prospect(2), "next"))  # type: ignore[arg-type]
    assert bench.drain().waiting == 0


def test_purchases_are_throttled_at_their_share_of_the_allocation(bench: Bench) -> None:
    bench.store.note_usage(bench.crm.org.org_id, 81, 100, bench.clock.now())
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == "quota"
    assert bench.crm.finds == 0


def test_without_a_connection_entries_wait(store: Store, clock: FakeClock) -> None:
    bench = Bench(store, clock, FakeCrm(facts()))
    store.forget_connection("default")
    bench.feed(purchase(prospect(1)))
    report = bench.drain()
    assert report.waiting == 1
    assert report.paused is not None
    assert report.paused.code == "not_connected"


def test_two_drains_of_one_org_never_overlap(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)))
    seen = []
    bench.crm.before_write = lambda: seen.append(bench.drain())
    bench.drain()
    assert [report.busy for report in seen] == [True]


def test_a_drain_that_is_taken_over_reports_what_it_had_done_before(bench: Bench) -> None:
    bench.feed(purchase(prospect(1)), touchpoint(prospect(1), "t1"))

    def take_over_at_touchpoint() -> None:
        if bench.rows("Lead"):
            bench.clock.time += 60
            connection = bench.store.connection("default")
            assert connection is not None
            bench.store.acquire_lease(
                f"org:{connection.org_id}",
                "another",
                bench.clock.now(),
                ttl_s=15,
                is_over=lambda _: True,
            )

    bench.crm.before_write = take_over_at_touchpoint
    report = bench.drain()
    assert (report.busy, report.done) == (True, 1)


def test_a_too_long_title_arrives_shortened_and_the_entry_says_so(bench: Bench) -> None:
    (entry,) = bench.feed(purchase(prospect(1, title="x" * 320)))
    bench.drain()
    (lead,) = bench.rows("Lead")
    assert len(str(lead["Title"])) == 128
    assert "Title shortened from 320 to 128 characters" in [
        step_text(step) for step in bench.entry(entry).steps
    ]


def test_a_drain_reports_when_held_entries_are_rechecked_if_there_are_any(
    bench: Bench,
) -> None:
    assert bench.drain().recheck_at is None
    bench.crm.refuse = lambda _: Rejected("INVALID_EMAIL_ADDRESS", "", ("Email",))
    bench.feed(purchase(prospect(1)))
    assert bench.drain().recheck_at == bench.clock.now() + RECHECK_INTERVAL_S


def test_released_entries_of_several_causes_are_all_counted(
    bench: Bench,
) -> None:
    bench.crm.refuse = lambda write: Rejected(
        "INVALID_EMAIL_ADDRESS" if write.values["LastName"] != "Lovelace3" else "STRING_TOO_LONG"
    )
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in (1, 2, 3)))
    bench.drain()
    bench.rule = {"fields": {"Lead": {"Title": False}}}
    assert bench.drain().released == 3


def test_entries_that_a_link_releases_are_counted_over_all_batches(bench: Bench) -> None:
    bench.feed(*(touchpoint(prospect(number), f"t{number}") for number in (1, 2)))
    bench.drain()
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in (1, 2)))
    released = [bench.drain(max_entries=1).released for _ in range(2)]
    assert released == [1, 1]
    bench.feed(*(touchpoint(prospect(number), f"t{number}") for number in (3, 4)))
    bench.drain()
    bench.feed(*(purchase(prospect(number), f"e{number}") for number in (3, 4)))
    assert bench.drain().released == 2


def test_entries_with_lost_responses_are_sent_in_ever_smaller_batches() -> None:
    def entry(state: State, attempts: int) -> Entry:
        return cast(Entry, SimpleNamespace(state=state, attempts=attempts))

    def size(*entries: Entry) -> int:
        return batch_size(entries, 1000)

    assert size() == size(entry("pending", 9)) == size(entry("writing", 0)) == 1000
    assert size(entry("writing", 1), entry("writing", 0)) == 125
    assert size(entry("writing", 1), entry("writing", 2)) == 15
    assert size(entry("writing", 3)) == 1
    assert batch_size([entry("writing", 4)], 2980) == size(entry("writing", 9)) == 1


def test_an_in_doubt_purchase_of_another_workspace_holds_back_purchases_but_no_activity(
    bench: Bench,
) -> None:
    bench.feed(purchase(prospect(1), "known"))
    bench.drain()
    (bought,) = bench.feed(purchase(prospect(2), "new"))
    (touched,) = bench.feed(touchpoint(prospect(1), "t1"))
    sent_at = bench.clock.now()
    bench.store.in_doubt_elsewhere = lambda *_: [Moment(sent_at)]  # type: ignore[method-assign]
    report = bench.drain()
    assert (bench.entry(bought).state, bench.entry(touched).state) == ("pending", "done")
    assert report.paused is not None
    assert (report.paused.code, report.paused.until) == ("in_doubt", sent_at + 30)
    bench.clock.time += 600
    bench.drain()
    assert bench.entry(bought).state == "done"


def test_an_outage_while_purchases_wait_for_another_workspace_pauses_as_an_outage(
    bench: Bench,
) -> None:
    def fail() -> None:
        raise Unavailable("connection")

    bench.feed(purchase(prospect(1), "known"))
    bench.drain()
    bench.feed(purchase(prospect(2), "new"), touchpoint(prospect(1), "t1"))
    sent_at = bench.clock.now()
    bench.store.in_doubt_elsewhere = lambda *_: [Moment(sent_at)]  # type: ignore[method-assign]
    bench.crm.find = lambda *_: fail()  # type: ignore[method-assign,assignment,return-value,func-returns-value]
    report = bench.drain()
    assert report.paused is not None
    assert report.paused.code == "unavailable"
    assert bench.store.paused("default") is not None
    assert bench.clock.now() == sent_at + sum(RETRY_DELAYS_S)


def test_an_in_doubt_write_of_another_workspace_that_is_settled_meanwhile_is_not_reported(
    bench: Bench,
) -> None:
    bench.feed(purchase(prospect(1), "known"))
    bench.drain()
    bench.feed(purchase(prospect(2), "new"), touchpoint(prospect(1), "t1"))
    in_doubt_since = iter([[Moment(bench.clock.now())]])
    bench.store.in_doubt_elsewhere = lambda *_: next(in_doubt_since, [])  # type: ignore[method-assign]
    report = bench.drain()
    assert (report.done, report.paused) == (2, None)
