"""A firewall, a portal and an address that is no longer the org's, from the hook to the records."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.bad_input.place import Place
from tests.fakes.gateway import Gateway, page, writes
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.messages.text import cause_text
from zsf_plugin.model import GATEWAY_REFUSED, KEY_NOT_ASKABLE
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.sync.due import RECHECK_INTERVAL_S

NOTE = 'name = "note"\n\n[fields.Lead]\nDescription = "prospect.custom.note"\n'
BAD = "x; curl -s http://y"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    return Gateway(monkeypatch)


@pytest.fixture
def place(tmp_path: Path, gateway: Gateway) -> Iterator[Place]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        found = Place(tmp_path, emulator)
        found.rule(NOTE)
        found.connect()
        gateway.calls()
        yield found
        found.app.close()


def buy(place: Place, count: int, *bad: int, start: int = 0) -> list[str]:
    """Purchases of people of their own; the notes of the `bad` ones are what a firewall refuses."""
    ids = []
    for number in range(start, start + count):
        receipt = place.purchase(
            f"e{number}",
            id=f"p{number}",
            last_name=f"Family{number}",
            email=f"person{number}@firm{number}.example",
            custom={"note": BAD if number in bad else "fine"},
        )
        ids.append(str(receipt["entry"]))
    return ids


def states(place: Place, ids: list[str]) -> list[str]:
    return [place.entry(entry_id).state for entry_id in ids]


REFUSALS = [
    page(403),
    page(406),
    page(405),
    page(451),
    page(501),
    page(404),
    HttpResponse(403, {}, b'{"error": "blocked"}'),
    HttpResponse(400, {"content-type": "text/plain"}, b"Request blocked by policy"),
    HttpResponse(403, {}, b""),
    page(307, location="https://gateway.zscaler.example/blocked"),
]


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda answer: f"{answer.status}-{answer.body!r}")
def test_a_firewall_that_refuses_one_records_text_holds_that_one_alone(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    gateway.play = lambda _, url, body: answer if writes(url, body) and b"curl -s" in body else None
    ids = buy(place, 10, 5)
    place.drain()
    assert states(place, ids) == ["held" if number == 5 else "done" for number in range(10)]
    assert len(place.leads()) == 9
    entry = place.entry(ids[5])
    assert entry.cause is not None
    assert entry.cause.code == GATEWAY_REFUSED
    assert entry.cause.data["status"] == answer.status
    assert f"HTTP {answer.status}" in cause_text(entry.cause)
    assert not entry.cause.detail
    assert place.app.store.paused("default") is None


def test_it_is_tried_again_by_hand_and_every_hour(place: Place, gateway: Gateway) -> None:
    gateway.play = lambda _, url, body: (
        page(403) if writes(url, body) and b"curl -s" in body else None
    )
    ids = buy(place, 4, 1, 2)
    place.drain()
    assert states(place, ids) == ["done", "held", "held", "done"]
    place.clock.time += RECHECK_INTERVAL_S + 1
    gateway.calls()
    place.drain()
    assert states(place, ids) == ["done", "held", "held", "done"]
    assert gateway.calls() <= 5, "one of them is tried"
    gateway.play = lambda *_: None
    place.clock.time += RECHECK_INTERVAL_S + 1
    place.drain()
    assert states(place, ids) == ["done"] * 4
    assert len(place.leads()) == 4


@pytest.mark.parametrize(("count", "bad"), [(10, 9), (60, 0), (200, 137)])
def test_what_a_refused_record_costs(place: Place, gateway: Gateway, count: int, bad: int) -> None:
    buy(place, count)
    gateway.calls()
    place.drain()
    usual = gateway.calls()
    gateway.play = lambda _, url, body: (
        page(403) if writes(url, body) and b"curl -s" in body else None
    )
    buy(place, count, count + bad, start=count)
    place.drain()
    assert len(place.leads()) == 2 * count - 1
    assert gateway.calls() - usual <= 2 * math.log2(count) + 2


OUTAGES = [
    page(403),
    page(200),
    page(511),
    page(407),
    page(503),
    page(502),
    page(429),
    page(302, location="http://portal.hotel.example/"),
    HttpResponse(403, {}, b'{"error": "blocked"}'),
    HttpResponse(200, {}, b'{"error": "blocked"}'),
    HttpResponse(403, {}, b""),
]


@pytest.mark.parametrize("answer", OUTAGES, ids=lambda answer: f"{answer.status}-{answer.body!r}")
def test_a_page_that_answers_everything_is_an_outage_and_holds_nobody(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    gateway.play = lambda _, url, __: answer if "/services/data/v" in url else None
    ids = buy(place, 10)
    place.drain()
    assert set(states(place, ids)) == {"pending"}
    paused = place.app.store.paused("default")
    assert paused is not None
    assert paused.code == "unavailable"
    assert b"Denied" not in paused.reason.encode()
    assert gateway.calls() <= 10
    gateway.play = lambda *_: None
    place.clock.time = float(paused.until or 0) + 1
    place.drain()
    assert set(states(place, ids)) == {"done"}
    assert len(place.leads()) == 10


@pytest.mark.parametrize("status", [403, 413, 414, 431])
def test_with_everything_known_a_page_for_every_call_holds_nobody_either(
    place: Place, gateway: Gateway, status: int
) -> None:
    buy(place, 1)
    place.drain()
    gateway.play = lambda _, url, __: page(status) if "/services/data/v" in url else None
    ids = buy(place, 10, start=1)
    place.drain()
    assert set(states(place, ids)) == {"pending"}
    gateway.play = lambda *_: None
    place.clock.time += 1000
    place.drain()
    assert set(states(place, ids)) == {"done"}


def test_another_process_knows_the_size_that_a_gateway_lets_through(
    place: Place, gateway: Gateway
) -> None:
    large = []

    def play(_: str, __: str, body: bytes) -> HttpResponse | None:
        if len(body) > 4000:
            large.append(len(body))
        return page(413) if len(body) > 4000 else None

    gateway.play = play
    buy(place, 40)
    place.drain()
    assert large
    large.clear()
    place.app.close()
    place.app = place.start_application()
    ids = buy(place, 40, start=40)
    place.drain()
    assert set(states(place, ids)) == {"done"}
    assert large == []


def test_a_page_after_a_write_that_happened_is_looked_up_and_nobody_is_written_twice(
    place: Place, gateway: Gateway
) -> None:
    lost = []

    def play(method: str, url: str, body: bytes) -> HttpResponse | None:
        if writes(url, body) and not lost:
            lost.append(url)
            gateway.play = lambda *_: None
            return page(502) if _passed_on(place, method, url, body) else None
        return None

    gateway.play = play
    ids = buy(place, 5)
    place.drain()
    assert lost
    assert set(states(place, ids)) == {"done"}
    assert len(place.leads()) == 5


def _passed_on(place: Place, method: str, url: str, body: bytes) -> bool:
    """Send the write for real; its answer is lost."""
    import requests

    tokens = place.app.store.tokens("default")
    assert tokens is not None
    headers = {"Authorization": f"Bearer {tokens.access}", "Content-Type": "application/json"}
    return requests.request(method, url, data=body, headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize("count", [20, 200])
def test_a_gateway_that_limits_the_size_gets_smaller_batches(
    place: Place, gateway: Gateway, count: int
) -> None:
    gateway.play = lambda _, url, body: page(413) if len(body) > 8000 else None
    ids = buy(place, count)
    place.drain()
    assert set(states(place, ids)) == {"done"}
    assert len(place.leads()) == count


def test_a_firewall_that_refuses_one_search_holds_that_person_alone(
    place: Place, gateway: Gateway
) -> None:
    gateway.play = lambda _, url, body: page(403) if b"person3%40" in body else None
    ids = buy(place, 20)
    place.drain()
    assert states(place, ids) == ["held" if number == 3 else "done" for number in range(20)]
    cause = place.entry(ids[3]).cause
    assert cause is not None
    assert (cause.code, cause.data["unasked"]) == (KEY_NOT_ASKABLE, "gateway")
    assert "firewall" in cause_text(cause)


@pytest.mark.parametrize("count", [3, 100])
def test_a_firewall_that_refuses_every_search_is_an_outage_although_a_small_read_passes(
    place: Place, gateway: Gateway, count: int
) -> None:
    buy(place, 1)
    place.drain()
    gateway.calls()
    gateway.play = lambda _, url, body: page(403) if b"query?q=SELECT" in body else None
    ids = buy(place, count, start=1)
    place.drain()
    assert set(states(place, ids)) == {"pending"}
    assert len(place.leads()) == 1
    paused = place.app.store.paused("default")
    assert paused is not None
    assert "refuses searches" in paused.reason
    assert paused.until == pytest.approx(place.clock.now() + 900, abs=60)
    assert gateway.calls() <= 4 * (math.ceil(math.log2(5 * count)) + 2)


def test_a_lone_purchase_goes_on_at_the_new_address_of_an_org_whose_old_one_shows_pages(
    place: Place, gateway: Gateway
) -> None:
    ids = buy(place, 1)
    place.drain()
    moved(place, gateway, page(403))
    ids += buy(place, 1, start=1)
    place.drain()
    assert set(states(place, ids)) == {"done"}


# The org's address has moved


def elsewhere(url: str) -> str:
    """The same server under another name."""
    return url.replace("127.0.0.1", "localhost")


def moved(place: Place, gateway: Gateway, answer: HttpResponse, *, names_new: bool = True) -> None:
    """The data calls at the old address get this answer; a renewal names another address."""
    old = urlsplit(place.emulator.url).netloc

    def play(method: str, url: str, body: bytes) -> HttpResponse | None:
        parts = urlsplit(url)
        if parts.netloc == old and parts.path.startswith("/services/data"):
            return answer
        if names_new and parts.path.endswith("/token"):
            return _token(url, body)
        return None

    gateway.play = play


def _token(url: str, body: bytes) -> HttpResponse:
    import requests

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(url, data=body, headers=headers, timeout=10)
    found: dict[str, Any] = answer.json()
    if "instance_url" in found:
        found["instance_url"] = elsewhere(found["instance_url"])
    return HttpResponse(answer.status_code, {}, json.dumps(found).encode())


NOT_RESET = HttpResponse(400, {}, b'[{"errorCode":"URL_NOT_RESET","message":"x"}]')
MOVES = [NOT_RESET, page(302, location="/"), page(421), page(404), page(403), page(200)]


@pytest.mark.parametrize("answer", MOVES, ids=lambda answer: f"{answer.status}-{answer.body!r}")
def test_the_new_address_is_learnt_and_the_drain_goes_on(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    ids = buy(place, 3)
    place.drain()
    moved(place, gateway, answer)
    ids += buy(place, 30, start=3)
    place.drain()
    assert set(states(place, ids)) == {"done"}
    assert len(place.leads()) == 33
    connection = place.app.store.connection("default")
    assert connection is not None
    assert urlsplit(connection.instance_url).hostname == "localhost"
    assert sum(url.endswith("/token") for _, url in gateway.sent) == 1


@pytest.mark.parametrize("answer", [page(200), page(403), page(410)], ids=lambda one: one.status)
def test_pages_to_the_first_call_of_a_drain_are_asked_about_once_an_hour(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    moved(place, gateway, answer, names_new=False)
    ids = buy(place, 1)
    for _ in range(3):
        place.drain()
    assert states(place, ids) == ["pending"]
    assert sum(url.endswith("/token") for _, url in gateway.sent) == 1
    moved(place, gateway, answer)
    place.clock.time += 3700
    place.drain()
    assert states(place, ids) == ["done"]


def test_an_instance_that_lags_behind_is_spoken_to_in_a_version_that_it_has(
    place: Place, gateway: Gateway
) -> None:
    place.control("POST", "settings", {"newest_version": "67.0"})
    ids = buy(place, 3)
    place.drain()
    assert set(states(place, ids)) == {"done"}
    place.control("POST", "settings", {"newest_version": "68.0", "oldest_version": "68.0"})
    ids += buy(place, 30, start=3)
    gateway.sent.clear()
    place.drain()
    assert set(states(place, ids)) == {"done"}
    assert len(place.leads()) == 33
    assert sum(url.endswith("/services/data") for _, url in gateway.sent) == 1


@pytest.mark.parametrize("answer", [NOT_RESET, page(302, location="/"), page(421), page(404)])
def test_where_nothing_helps_the_workspace_says_sign_in_again_and_calls_no_more(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    moved(place, gateway, answer, names_new=False)
    ids = buy(place, 3)
    place.drain()
    connection = place.app.store.connection("default")
    assert connection is not None
    assert connection.state == "reconnect"
    assert connection.reason is not None
    assert connection.reason.code == "address_moved"
    assert gateway.calls() <= 3
    place.clock.time += 7200
    place.drain()
    assert gateway.calls() == 0
    assert set(states(place, ids)) == {"pending"}
    gateway.play = lambda *_: None
    place.connect()
    place.drain()
    assert set(states(place, ids)) == {"done"}


@pytest.mark.parametrize("answer", [page(403), page(200), page(405)], ids=lambda one: one.status)
def test_an_allow_list_that_leaves_out_limits_changes_nothing(
    place: Place, gateway: Gateway, answer: HttpResponse
) -> None:
    def play(_: str, url: str, body: bytes) -> HttpResponse | None:
        if url.endswith("/limits"):
            return answer
        return page(403) if writes(url, body) and BAD.encode() in body else None

    gateway.play = play
    ids = buy(place, 10, 3)
    place.drain()
    assert states(place, ids) == ["done"] * 3 + ["held"] + ["done"] * 6


def test_a_firewall_that_refuses_the_describes_is_asked_a_few_times_an_hour(
    place: Place, gateway: Gateway
) -> None:
    gateway.play = lambda _, __, body: page(403) if b"/describe" in body else None
    ids = buy(place, 1)
    gateway.calls()
    began = place.clock.time
    while place.clock.time < began + 3600:
        place.drain()
        paused = place.app.store.paused("default")
        assert paused is not None
        assert paused.error == "gateway_describes"
        place.clock.time = float(paused.until or 0) + 1
    assert gateway.calls() <= 9
    gateway.play = lambda *_: None
    place.clock.time += 4 * 3600
    place.drain()
    assert states(place, ids) == ["done"]
