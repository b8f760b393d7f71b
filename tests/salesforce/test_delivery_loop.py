"""The delivery loop against an org that is played: what goes again, what ends it, what is left."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import create
from zsf_plugin.errors import (
    Fenced,
    Halted,
    NotSent,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Reference, Write, WriteOutcome
from zsf_plugin.ports import do_nothing
from zsf_plugin.salesforce.body_limits import BodyLimit
from zsf_plugin.salesforce.composites import Buildable
from zsf_plugin.salesforce.delivery import Delivery
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.in_flight import MAX_CALLS, SLOW_CALL_S, InFlight

ID = "0035g00000QxLmRAAV"
REFUSED = [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}]
OWN_CODE = [{"statusCode": "APEX_ERROR", "message": "x", "fields": []}]
LIMIT = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]

#: What the org does with one call: its number from 1, and the request's body as text.
Play = Callable[[int, str], ZsfError | list[Any] | None]


class Org:
    """A session whose org does what `play` returns of a call: raise an error, refuse the whole
    request, or (None) save every record; a record that holds “own code” fails in the org's code."""

    def __init__(self, play: Play = lambda *_: None) -> None:
        self.play = play
        self.sent: list[Any] = []
        self.body_limit = BodyLimit(FakeClock())
        self.in_flight = InFlight(FakeClock())
        self.writes_put_off = 0
        self.probes = 0
        self.is_reached = True

    def reaches_salesforce(self) -> bool:
        self.probes += 1
        return self.is_reached

    def call(
        self,
        request: Buildable,
        purpose: str,
        *,
        writes: bool,
        before_sending: Callable[[], None],
    ) -> HttpResponse:
        assert (purpose, writes) == ("purchases", True)
        before_sending()
        body: Any = request.build("/services/data/v68.0").body
        self.sent.append(body)
        result = self.play(len(self.sent), json.dumps(body))
        if isinstance(result, ZsfError):
            raise result
        if result is not None:
            return HttpResponse(400, {}, json.dumps(result).encode())
        return HttpResponse(200, {}, json.dumps(saved(body)).encode())

    def sizes(self) -> list[int]:
        """Records in each request that was sent."""
        return [sum(map(len, records_of(body))) for body in self.sent]


def records_of(body: Any) -> list[list[Any]]:
    """The records of each subrequest, or of the one collection."""
    if "records" in body:
        return [body["records"]]
    return [part["body"].get("records", [part["body"]]) for part in body["compositeRequest"]]


def saved(body: Any) -> Any:
    """The good answer to a request."""
    if "records" in body:
        return [result_of(record) for record in body["records"]]
    entries = []
    for part in body["compositeRequest"]:
        records = part["body"].get("records")
        answer: Any = {"id": ID} if records is None else [result_of(one) for one in records]
        entries.append({"referenceId": part["referenceId"], "httpStatusCode": 200, "body": answer})
    return {"compositeResponse": entries}


def result_of(record: Any) -> Any:
    if "own code" in json.dumps(record):
        return {"success": False, "errors": OWN_CODE}
    return {"success": True, "id": ID, "errors": []}


def contacts(count: int, **values: Any) -> list[Write]:
    return [create("Contact", n, {"LastName": f"<{n}>", **values}) for n in range(count)]


def deliver(
    org: Org, writes: Sequence[Write], before: Callable[[Sequence[Write]], None] = do_nothing
) -> list[Any]:
    """The kind of each write's error, or None."""
    delivery = Delivery(org, "purchases", before)  # type: ignore[arg-type]
    outcomes = delivery.run(writes)
    assert [outcome.token for outcome in outcomes] == [write.token for write in writes]
    return [type(outcome.error) if outcome.error else None for outcome in outcomes]


def test_nothing_to_write_sends_nothing() -> None:
    org = Org()
    assert deliver(org, []) == []
    assert org.sent == []


def test_a_batch_is_sent_once_if_nothing_is_refused() -> None:
    org = Org()
    assert deliver(org, contacts(25)) == [None] * 25
    assert deliver(org, contacts(26)) == [None] * 26
    assert org.sizes() == [25, 26]


def test_a_later_stage_refers_to_the_ids_of_the_one_before() -> None:
    org = Org()
    accounts = [create("Account", n, {"Name": "A"}) for n in range(20)]
    people = [create("Contact", 99 + n, {"AccountId": Reference(f"new:{n}")}) for n in range(20)]
    assert deliver(org, [*people, *accounts]) == [None] * 40
    assert org.sizes() == [20, 20]
    assert {record["AccountId"] for record in records_of(org.sent[1])[0]} == {ID}


@pytest.mark.parametrize("bad", [0, 6, 12])
def test_a_request_refused_for_one_record_is_halved_until_that_record_is_alone(bad: int) -> None:
    org = Org(lambda _, body: REFUSED if f"<{bad}>" in body else None)
    kinds = deliver(org, contacts(13))
    assert [n for n, kind in enumerate(kinds) if kind] == [bad]
    assert len(org.sent) <= 1 + 2 * 4


def test_the_second_half_of_a_composite_takes_ids_from_the_first() -> None:
    account = create("Account", 1, {"Name": "A"})
    contact = create("Contact", 2, {"AccountId": Reference("new:1")})
    org = Org(lambda number, _: REFUSED if number == 1 else None)
    assert deliver(org, [account, contact]) == [None, None]
    assert org.sent[2]["compositeRequest"][0]["body"] == {"AccountId": ID}


def test_a_write_of_a_half_refers_to_its_own_half_by_name_and_to_the_other_by_id() -> None:
    accounts = [create("Account", n, {"Name": "A"}) for n in (1, 2)]
    contact = create("Contact", 3, {"LastName": "X"})
    task = create("Task", 4, {"WhatId": Reference("new:1"), "WhoId": Reference("new:3")})
    org = Org(lambda number, _: REFUSED if number == 1 else None)
    assert deliver(org, [*accounts, contact, task]) == [None] * 4
    assert org.sent[2]["compositeRequest"][1]["body"] == {"WhatId": ID, "WhoId": "@{w0.id}"}


def test_a_write_that_depends_on_a_failed_record_is_halted() -> None:
    account = create("Account", 1, {"Name": "bad"})
    contact = create("Contact", 2, {"AccountId": Reference("new:1")})
    org = Org(lambda _, body: REFUSED if "bad" in body else None)
    assert deliver(org, [account, contact]) == [Rejected, Halted]
    assert len(org.sent) == 2


def test_an_org_that_refuses_every_request_is_tried_25_times() -> None:
    org = Org(lambda *_: REFUSED)
    kinds = deliver(org, contacts(200))
    assert len(org.sent) == 25
    assert set(kinds) <= {Rejected, NotSent}
    assert NotSent in kinds


def test_unsent_writes_say_that_the_org_refuses_every_request() -> None:
    """And never that an answer did not come: each request was answered."""
    org = Org(lambda *_: REFUSED)
    outcomes = Delivery(org, "purchases", do_nothing).run(contacts(200))  # type: ignore[arg-type]
    reasons = {str(one.error) for one in outcomes if isinstance(one.error, NotSent)}
    assert reasons == {"Salesforce refused every request of this batch as a whole"}


def test_records_that_fail_in_the_orgs_own_code_are_narrowed_within_their_collection() -> None:
    org = Org()
    writes = [*contacts(199), create("Contact", 500, {"LastName": "own code"})]
    assert deliver(org, writes) == [None] * 200
    assert org.sizes() == [200, 1]


def test_standalone_requests_are_halved_for_the_orgs_own_code_twenty_four_times_at_most() -> None:
    org = Org()
    kinds = deliver(org, contacts(200, Title="own code @{x}"))
    assert kinds == [Rejected] * 200
    assert len(org.sent) == 1 + 2 * 24


@pytest.mark.parametrize(
    ("error", "own", "others"),
    [
        (OutcomeUnknown("x"), OutcomeUnknown, NotSent),
        (Unavailable("x", 7.0), Unavailable, NotSent),
        (QuotaReached("daily", 9.0), QuotaReached, QuotaReached),
        (ReconnectRequired("x"), ReconnectRequired, ReconnectRequired),
    ],
)
def test_no_call_follows_a_failed_one(
    error: ZsfError, own: type[ZsfError], others: type[ZsfError]
) -> None:
    org = Org(lambda *_: error)
    assert deliver(org, contacts(1200)) == [own] * 1000 + [others] * 200
    assert len(org.sent) == 1


def errors_of(org: Org, writes: Sequence[Write]) -> list[ZsfError | None]:
    delivery = Delivery(org, "purchases", do_nothing)  # type: ignore[arg-type]
    return [outcome.error for outcome in delivery.run(writes)]


@pytest.mark.parametrize(
    ("error", "code", "delay_s", "data"),
    [
        (Unavailable("http_503", 7.0, {"a": 1}), "http_503", 7.0, {"a": 1}),
        (OutcomeUnknown("x"), "earlier_part", 30.0, {}),
    ],
)
def test_unsent_writes_have_the_code_and_delay_of_the_failure(
    error: ZsfError, code: str, delay_s: float, data: dict[str, object]
) -> None:
    found = errors_of(Org(lambda *_: error), contacts(1200))
    assert found[:1000] == [error] * 1000
    last = found[-1]
    assert isinstance(last, NotSent)
    assert (last.code, last.retry_after_s, last.data) == (code, delay_s, data)


def test_after_a_refusal_of_everything_the_org_gets_no_calls_for_five_minutes() -> None:
    unsent = [one for one in errors_of(Org(lambda *_: REFUSED), contacts(200)) if one]
    (reported,) = {(one.code, one.retry_after_s) for one in unsent if isinstance(one, NotSent)}
    assert reported == ("refused_batch", 300.0)


def test_a_limit_reached_within_an_answer_ends_the_delivery() -> None:
    org = Org()

    def limited(request: Buildable, *_: Any, **__: Any) -> HttpResponse:
        body: Any = request.build("/services/data/v68.0").body
        org.sent.append(body)
        entries = [
            {"referenceId": part["referenceId"], "httpStatusCode": 403, "body": LIMIT}
            for part in body["compositeRequest"]
        ]
        return HttpResponse(200, {}, json.dumps({"compositeResponse": entries}).encode())

    org.call = limited  # type: ignore[method-assign]
    assert deliver(org, contacts(1200)) == [QuotaReached] * 1200
    assert len(org.sent) == 1


def raising_from(call: int, error: ZsfError) -> Callable[[Sequence[Write]], None]:
    """A caller that raises from the call of that number on."""
    asked: list[int] = []

    def before(_: Sequence[Write]) -> None:
        asked.append(1)
        if len(asked) >= call:
            raise error

    return before


@pytest.mark.parametrize("error", [Fenced("x"), StoreUnavailable("x")])
def test_an_error_before_the_first_request_is_raised(error: ZsfError) -> None:
    with pytest.raises(type(error)):
        deliver(Org(), contacts(1), raising_from(1, error))


def test_a_lost_lease_is_raised_whenever_it_is_noticed() -> None:
    with pytest.raises(Fenced):
        deliver(Org(), contacts(1200), raising_from(2, Fenced("x")))


def test_a_store_that_fails_later_keeps_the_known_outcomes() -> None:
    org = Org()
    delivery = Delivery(org, "purchases", raising_from(2, StoreUnavailable("x")))  # type: ignore[arg-type]
    outcomes = delivery.run(contacts(1200))
    assert [one.record_id for one in outcomes] == [ID] * 1000 + [None] * 200
    for outcome in outcomes[1000:]:
        assert isinstance(outcome.error, NotSent)
        assert (outcome.error.code, outcome.error.retry_after_s) == ("no_store", 30.0)
    assert len(org.sent) == 1


def test_a_stage_whose_records_were_never_sent_is_not_sent_either_and_not_halted() -> None:
    accounts = [create("Account", n, {"Name": "A"}) for n in range(20)]
    people = [create("Contact", 99 + n, {"AccountId": Reference(f"new:{n}")}) for n in range(20)]
    kinds = deliver(Org(lambda *_: OutcomeUnknown("x")), [*accounts, *people])
    assert kinds == [OutcomeUnknown] * 20 + [NotSent] * 20


def test_a_stage_behind_one_that_was_refused_for_the_whole_org_waits_for_the_same() -> None:
    accounts = [create("Account", n, {"Name": "A"}) for n in range(20)]
    people = [create("Contact", 99 + n, {"AccountId": Reference(f"new:{n}")}) for n in range(20)]
    daily = QuotaReached("daily", 9.0)
    assert errors_of(Org(lambda *_: daily), [*accounts, *people]) == [daily] * 40


def test_outcomes_name_the_records_ids() -> None:
    delivery = Delivery(Org(), "purchases", do_nothing)  # type: ignore[arg-type]
    assert delivery.run(contacts(1)) == [WriteOutcome("new:0", ID)]


def slow(org: Org) -> Org:
    org.in_flight.last_call_s = SLOW_CALL_S
    return org


def tasks(count: int, people: int = 1000) -> list[Write]:
    """Tasks of that many people, each of whom has as many as the others."""
    return [create("Task", n, {"WhoId": f"{n % people}", "Subject": "x"}) for n in range(count)]


def test_a_slow_org_gets_three_requests_at_the_same_time() -> None:
    together = threading.Barrier(MAX_CALLS, timeout=30)

    def wait_for_others(*_: object) -> None:
        together.wait()

    org = slow(Org(wait_for_others))
    assert deliver(org, tasks(2980)) == [None] * 2980
    assert len(org.sent) == MAX_CALLS
    whose = [
        {record["WhoId"] for part in sent["compositeRequest"] for record in part["body"]["records"]}
        for sent in org.sent
    ]
    assert sum(map(len, whose)) == 1000, "all of a person's are in one request, in their order"


class Threads:
    """Notes the thread of each call."""

    def __init__(self) -> None:
        self.seen: list[threading.Thread] = []

    def __call__(self, *_: object) -> None:
        self.seen.append(threading.current_thread())


def test_a_fast_org_gets_one_request_after_the_other() -> None:
    threads = Threads()
    assert deliver(Org(threads), tasks(2980)) == [None] * 2980
    assert threads.seen == [threading.current_thread()] * 3


def test_requests_with_a_person_in_common_are_not_sent_at_the_same_time() -> None:
    threads = Threads()
    assert deliver(slow(Org(threads)), tasks(2500, people=2)) == [None] * 2500
    assert threads.seen == [threading.current_thread()] * 3


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), ReconnectRequired("session")], ids=repr)
def test_what_others_wrote_meanwhile_is_noted_if_a_request_fails(error: ZsfError) -> None:
    def fail_the_second(call: int, _: str) -> ZsfError | None:
        return error if call == 2 else None

    kinds = deliver(slow(Org(fail_the_second)), tasks(2980))
    assert kinds.count(None) >= 1960
    assert set(kinds) == {None, type(error)}


def test_a_store_that_fails_before_one_of_them_loses_no_outcome_of_the_others() -> None:
    before = raising_from(2, StoreUnavailable("x"))
    kinds = deliver(slow(Org()), tasks(2980), before)
    assert kinds.count(None) >= 990
    assert set(kinds) == {None, NotSent}


@pytest.mark.parametrize("is_slow", [False, True])
def test_the_caller_is_shown_the_writes_of_each_request_before_it_is_sent(is_slow: bool) -> None:
    shown: list[list[str]] = []

    def before(writes: Sequence[Write]) -> None:
        shown.append([write.token for write in writes])

    org = slow(Org()) if is_slow else Org()
    writes = tasks(2980)
    deliver(org, writes, before)
    assert sorted(map(len, shown)) == sorted(org.sizes())
    assert sorted(token for tokens in shown for token in tokens) == sorted(
        write.token for write in writes
    )
