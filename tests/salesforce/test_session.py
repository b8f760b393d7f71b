"""The session: how fast calls leave, what they carry, how they are counted, and what a 401 costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import AdapterBench, Owners
from zsf_plugin.errors import (
    Fenced,
    NotSent,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    StoreUnavailable,
    Unavailable,
)
from zsf_plugin.ports import Usage
from zsf_plugin.salesforce.composites import RestRequest
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.in_flight import MAX_CALLS
from zsf_plugin.salesforce.session import Gate, SalesforceSession
from zsf_plugin.salesforce.tokens import Refresher

LIMITS = RestRequest("GET", "/limits")


def session_of(bench: AdapterBench, calls_per_second: float) -> SalesforceSession:
    refresher = Refresher("w", bench.store, bench.clock, Http(), None, Owners())
    return SalesforceSession("w", bench.store, bench.clock, Http(), refresher, calls_per_second)


def moments(session: SalesforceSession, clock: FakeClock, count: int) -> list[float]:
    """The time at which each of `count` calls left."""
    found: list[float] = []
    for _ in range(count):
        session.call(LIMITS, "upkeep", before_sending=lambda: found.append(clock.now()))
    return found


def gaps(times: list[float]) -> Iterator[float]:
    for earlier, later in itertools.pairwise(times):
        yield later - earlier


def test_calls_leave_one_a_period(bench: AdapterBench, clock: FakeClock) -> None:
    assert min(gaps(moments(session_of(bench, 10.0), clock, 5))) >= 0.1 - 1e-6


def test_two_engines_of_one_org_share_the_rate(bench: AdapterBench, clock: FakeClock) -> None:
    found: list[float] = []
    engines = [session_of(bench, 10.0), session_of(bench, 10.0)]
    for number in range(6):
        engines[number % 2].call(LIMITS, "upkeep", before_sending=lambda: found.append(clock.now()))
    assert min(gaps(found)) >= 0.1 - 1e-6


def test_calls_that_come_slowly_do_not_wait(bench: AdapterBench, clock: FakeClock) -> None:
    session, began = session_of(bench, 10.0), clock.now()
    for _ in range(5):
        session.call(LIMITS, "upkeep")
        clock.sleep(0.2)
    assert clock.now() - began == pytest.approx(1.0, abs=1e-3)


def test_a_process_that_lost_its_store_keeps_within_the_rate(
    bench: AdapterBench, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(bench.store, "reserve_call", gone)
    assert min(gaps(moments(session_of(bench, 10.0), clock, 5))) >= 0.1 - 1e-6


def test_a_call_reads_the_connection_once(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = bench.store.connection, []

    def counted(workspace: str) -> Any:
        reads.append(workspace)
        return read(workspace)

    monkeypatch.setattr(bench.store, "connection", counted)
    session_of(bench, 1000.0).call(LIMITS, "upkeep")
    assert reads == ["w"]


def test_a_call_is_sent_below_the_version_path_with_its_own_headers_and_the_sessions(
    bench: AdapterBench,
) -> None:
    request = RestRequest(
        "GET", "/limits", headers={"If-Modified-Since": "x", "Authorization": "y"}
    )
    answer = session_of(bench, 1000.0).call(request, "upkeep")
    assert answer.status == 200
    assert bench.requests("/limits")[-1]["path"].startswith("/services/data/v")


@pytest.mark.parametrize(
    ("body", "said"), [(None, {}), ({}, {"Content-Type": "application/json; charset=UTF-8"})]
)
def test_a_call_carries_the_sessions_headers_which_its_own_never_replace(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch, body: Any, said: dict[str, str]
) -> None:
    tokens = bench.store.tokens("w")
    assert tokens is not None
    sent = {}

    def send(*_: object, headers: dict[str, str], **__: object) -> HttpResponse:
        sent.update(headers)
        return HttpResponse(200, {}, b"")

    monkeypatch.setattr(Http, "send", send)
    own = {"Sforce-Auto-Assign": "FALSE", "Authorization": "other", "Accept": "text/html"}
    session_of(bench, 1000.0).call(RestRequest("POST", "/limits", body, own), "upkeep")
    assert sent == {
        "Sforce-Auto-Assign": "FALSE",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Sforce-Call-Options": "client=zsf-plugin",
        "Authorization": f"Bearer {tokens.access}",
        **said,
    }


def test_an_invalid_version_requires_a_new_sign_in(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = replace(bench.connection(), api_version="68.0/../..")
    monkeypatch.setattr(bench.store, "connection", lambda _: damaged)
    with pytest.raises(ReconnectRequired) as caught:
        session_of(bench, 1000.0).call(LIMITS, "upkeep")
    assert caught.value.code == "no_version"


def test_a_refused_session_is_refreshed_once_only(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    assert session_of(bench, 1000.0).call(LIMITS, "upkeep").status == 200
    assert len(bench.requests("/limits")) == 2


def test_no_window_of_a_second_lets_more_calls_through_than_the_rate() -> None:
    clock = FakeClock()
    gate, moments = Gate(25.0, clock), []
    for _ in range(120):
        gate.wait()
        moments.append(clock.now())
    assert all(
        later - earlier >= 1.0 - 1e-3 for earlier, later in zip(moments, moments[25:], strict=False)
    )


def test_calls_that_come_slowly_pass_the_gate_at_once() -> None:
    clock = FakeClock()
    gate, began = Gate(10.0, clock), clock.now()
    for step in itertools.repeat(0.2, 5):
        gate.wait()
        clock.sleep(step)
    assert abs(clock.now() - began - 1.0) < 1e-3


def test_a_clock_set_back_does_not_close_the_gate() -> None:
    clock = FakeClock()
    gate = Gate(10.0, clock)
    gate.wait()
    clock.time -= 3600
    began = clock.now()
    gate.wait()
    assert clock.now() - began < 1.0


def test_asking_costs_one_call_for_upkeep(bench: AdapterBench) -> None:
    bench.calls()
    reported = bench.crm.usage()
    assert reported == Usage(bench.org.used, bench.org.daily_limit)
    assert bench.calls() == 1
    assert bench.store.allocation(bench.connection().org_id, bench.clock.now()).by_purpose == {
        "upkeep": 1
    }


@pytest.mark.parametrize("status", [403, 404])
def test_a_user_without_access_to_limits_gets_the_usage_in_the_refusals_header(
    bench: AdapterBench, status: int
) -> None:
    body = [{"errorCode": "INSUFFICIENT_ACCESS" if status == 403 else "NOT_FOUND", "message": "no"}]
    bench.fault("status", "/limits", status=status, body=body)
    assert bench.crm.usage() in (None, Usage(bench.org.used, bench.org.daily_limit))


def test_a_used_up_day_raises_quota_reached(bench: AdapterBench) -> None:
    bench.org.used = bench.org.daily_limit
    with pytest.raises(QuotaReached) as caught:
        bench.crm.usage()
    assert caught.value.kind == "daily"


def test_a_call_is_counted_before_it_is_sent_and_uncounted_if_it_never_was(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    org_id, seen = bench.connection().org_id, []

    def broken(*_: object, **__: object) -> None:
        seen.append(dict(bench.store.allocation(org_id, bench.clock.now()).by_purpose))
        raise NotSent("no way out")

    monkeypatch.setattr("zsf_plugin.salesforce.http.Http.send", broken)
    with pytest.raises(NotSent):
        bench.crm.usage()
    assert seen == [{"upkeep": 1}]
    assert bench.store.allocation(org_id, bench.clock.now()).by_purpose == {}


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), KeyboardInterrupt(), QuotaReached("daily", 60.0), Fenced("x")]
)
def test_a_call_that_was_not_sent_is_not_counted(bench: AdapterBench, error: BaseException) -> None:
    def keep_back() -> None:
        raise error

    org_id = bench.connection().org_id
    with pytest.raises(type(error)):
        session_of(bench, 1000.0).call(LIMITS, "upkeep", before_sending=keep_back)
    assert bench.store.allocation(org_id, bench.clock.now()).by_purpose == {}


def test_a_call_whose_answer_was_lost_stays_counted(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise OutcomeUnknown("connection")

    org_id = bench.connection().org_id
    monkeypatch.setattr(Http, "send", lost)
    with pytest.raises(OutcomeUnknown):
        session_of(bench, 1000.0).call(LIMITS, "upkeep", writes=True)
    assert bench.store.allocation(org_id, bench.clock.now()).by_purpose == {"upkeep": 1}


def test_without_the_store_a_call_is_still_sent_and_its_response_kept(
    bench: AdapterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> float:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(bench.store, "reserve_call", gone, raising=False)
    monkeypatch.setattr(bench.store, "note_usage", gone, raising=False)
    assert bench.crm.usage() is not None


def test_while_the_org_is_slow_several_calls_may_be_out_at_the_same_time(
    bench: AdapterBench,
) -> None:
    session = session_of(bench, 1000.0)
    session.call(LIMITS, "upkeep")
    at_full_speed = session.in_flight.max_calls
    bench.control("POST", "settings", {"latency_ms": 80})
    session.call(LIMITS, "upkeep")
    assert (at_full_speed, session.in_flight.max_calls) == (1, MAX_CALLS)


@pytest.mark.parametrize("kind", ["drop_after_commit", "html_503"])
def test_after_a_call_that_was_not_served_calls_are_made_one_by_one(
    bench: AdapterBench, kind: str
) -> None:
    session = session_of(bench, 1000.0)
    bench.control("POST", "settings", {"latency_ms": 80})
    session.call(LIMITS, "upkeep")
    bench.fault(kind, "/limits")
    with suppress(Unavailable):
        assert session.call(LIMITS, "upkeep").status == 503
    assert session.in_flight.max_calls == 1
