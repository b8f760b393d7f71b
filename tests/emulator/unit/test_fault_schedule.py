"""Which request a fault is injected into, and what each kind does to the exchange."""

from __future__ import annotations

from typing import Any

import pytest

from zsf_plugin.emulator.exchange import NO_INTERCEPTION, HttpRequest, Interception, Response
from zsf_plugin.emulator.faults.fault import Fault
from zsf_plugin.emulator.faults.kinds import KINDS
from zsf_plugin.emulator.faults.schedule import Chaos, FaultScript

LEAD = "/services/data/v68.0/sobjects/Lead"
QUERY = "/services/data/v68.0/query"
TOKEN = "/services/oauth2/token"


def request(method: str = "GET", path: str = QUERY) -> HttpRequest:
    return HttpRequest.parse(method, path, {})


class Grants:
    """Notes what is asked of an org's grants."""

    def __init__(self, events: list[str]) -> None:
        self._events = events

    def expire_session(self, access: str) -> None:
        self._events.append("expire session")

    def revoke_all(self) -> None:
        self._events.append("revoke all")


class Recorded:
    """An exchange that notes what is done to it."""

    def __init__(self, kind: str, **more: Any) -> None:
        self.request = request()
        self.fault = Fault(kind, **{"status": KINDS[kind].status, **more})
        self.events: list[str] = []
        self.oauth: Any = Grants(self.events)

    def handle(self, interception: Interception = NO_INTERCEPTION) -> Response:
        limited = " at the limit" if interception.limit_reached else ""
        rewritten = "" if interception.rewrite is NO_INTERCEPTION.rewrite else " rewritten"
        self.events.append(f"handle{limited}{rewritten}")
        return Response(200, {})

    def handle_late(self) -> None:
        self.events.append("handle late")

    def log(self, status: int) -> None:
        self.events.append(f"log {status}")

    def send(self, response: Response) -> None:
        self.events.append(f"send {response.status}")

    def send_half(self, response: Response, *, full_length: bool) -> None:
        self.events.append("send half of all" if full_length else "send half as all")

    def wait(self, milliseconds: int, *, held: bool = False) -> None:
        self.events.append("wait held" if held else f"wait {milliseconds}")

    def hang_up(self) -> None:
        self.events.append("hang up")


WHAT_EACH_DOES: dict[str, list[str]] = {
    "drop_before": ["log 0", "hang up"],
    "html_503": ["log 503", "send 503"],
    "html_page": ["log 502", "send 502"],
    "status": ["log 500", "send 500"],
    "drop_after_commit": ["handle", "hang up"],
    "late_commit": ["handle late", "wait 0", "hang up"],
    "reset_mid_body": ["handle", "send half of all", "hang up"],
    "truncated_json": ["handle", "send half as all"],
    "delay": ["wait 0", "handle", "send 200"],
    "session_expired": ["expire session", "handle", "send 200"],
    "grant_revoked": ["revoke all", "handle", "send 200"],
    "daily_limit": ["handle at the limit", "send 200"],
    "concurrent_limit": ["handle rewritten", "send 200"],
    "lock_row": ["handle rewritten", "send 200"],
    "duplicate_detected": ["handle rewritten", "send 200"],
    "sub_failure": ["handle rewritten", "send 200"],
    "null_reference": ["handle rewritten", "send 200"],
    "token_busy": ["log 400", "send 400"],
    "rotation_lost": ["handle", "hang up"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_does_one_thing_to_an_exchange(kind: str) -> None:
    exchange = Recorded(kind)
    KINDS[kind].inject(exchange)
    assert exchange.events == WHAT_EACH_DOES[kind]


def test_a_page_may_come_after_the_org_acted() -> None:
    exchange = Recorded("html_page", committed=True)
    KINDS["html_page"].inject(exchange)
    assert exchange.events == ["handle", "send 502"]


def test_a_fault_lets_some_requests_pass_then_hits() -> None:
    script = FaultScript()
    script.add({"kind": "html_503", "after": 1, "times": 2})
    assert [script.take(request()) is not None for _ in range(4)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("kind", "method", "path", "hits"),
    [
        ("lock_row", "GET", LEAD, False),
        ("lock_row", "POST", LEAD, True),
        ("token_busy", "POST", LEAD, False),
        ("token_busy", "POST", TOKEN, True),
        ("sub_failure", "POST", LEAD, False),
        ("html_503", "GET", QUERY, True),
    ],
)
def test_a_fault_waits_for_a_request_that_it_can_hit(
    kind: str, method: str, path: str, hits: bool
) -> None:
    script = FaultScript()
    script.add({"kind": kind})
    assert (script.take(request(method, path)) is not None) == hits


def test_a_match_names_the_method_and_a_part_of_the_path() -> None:
    script = FaultScript()
    script.add({"kind": "html_503", "match": {"method": "POST", "path_contains": "Lead"}})
    assert script.take(request("GET", LEAD)) is None
    assert script.take(request("POST", QUERY)) is None
    assert script.take(request("POST", LEAD)) is not None


def test_held_requests_continue_when_released() -> None:
    script = FaultScript()
    assert script.released.is_set()
    script.add({"kind": "delay", "held": True})
    assert not script.released.is_set()
    script.release()
    assert script.released.is_set()


def test_chaos_depends_only_on_seed_and_request_number() -> None:
    def day(seed: int) -> list[str | None]:
        chaos = Chaos()
        chaos.start({"seed": seed, "share": 0.5})
        faults = [chaos.draw(request("POST", LEAD)) for _ in range(40)]
        return [fault.kind if fault is not None else None for fault in faults]

    assert day(1) == day(1) != day(2)


def test_chaos_hits_api_calls_only() -> None:
    chaos = Chaos()
    chaos.start({"share": 1})
    assert chaos.draw(request("GET", "/id/00D/005")) is None


def test_chaos_does_not_expire_a_new_session() -> None:
    chaos = Chaos()
    chaos.start({"share": 1, "kinds": ["session_expired"]})
    ended = [chaos.draw(request()) is not None for _ in range(4)]
    assert ended == [False, False, False, True]
