"""A workspace moves to another org and back, over HTTP: from a sandbox to the live org whose record
ids agree with the sandbox's, and to a refreshed sandbox at the same address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.connect import Connector
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import ReconnectRequired
from zsf_plugin.ports import Fact
from zsf_plugin.wiring.process import SystemClock

SANDBOX, LIVE = "00D5g0000000001EAA", "00D5g0000000002EAA"
ADA = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": "ada@acme.example"}


def spec(org_id: str) -> OrgSpec:
    """An org that makes the same record ids as every other of these."""
    return replace(OrgSpec.stock(), seed=1, org_id=org_id)


@pytest.fixture
def orgs(tmp_path: Path) -> Iterator[tuple[Emulator, Emulator]]:
    with Emulator(spec(SANDBOX)) as sandbox, Emulator(spec(LIVE)) as live:
        yield sandbox, live


@pytest.fixture
def place(tmp_path: Path, orgs: tuple[Emulator, Emulator]) -> Iterator[Place]:
    """A workspace that is connected to the sandbox."""
    made = Place(tmp_path, orgs[0])
    made.clock = SystemClock()  # type: ignore[assignment]
    made.app = made.start_application()
    made.connect()
    yield made
    made.app.badges.stop()
    made.app.close()


def disconnect(place: Place) -> None:
    Connector(place.app.store, place.app.login, place.clock).disconnect("default")


def move(place: Place, to: Emulator) -> None:
    disconnect(place)
    place.emulator = to
    place.connect()


def leads(emulator: Emulator) -> list[dict[str, Any]]:
    return [dict(row) for row in emulator.org.rows["Lead"].values() if not row["IsDeleted"]]


def touch(place: Place, event_id: str) -> dict[str, Any]:
    call = {"workspace": "default", "event_id": event_id, "occurred_at": "2026-11-02T10:00:00Z"}
    sent = {"id": event_id, "channel": "email", "step": 1}
    return dict(
        place.app.intake.receive(
            "on_touchpoint_sent", dict(**call, touchpoint=sent, prospect=ADA, user=USER)
        )
    )


def badge(place: Place) -> dict[str, Any]:
    answer = place.app.badges.answer("default", [ADA], {}, 20.0)["results"]["p1"]
    return dict(answer)


def test_the_person_is_made_in_the_new_org_and_messages_and_badges_go_by_that(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    sandbox, live = orgs
    place.purchase("e1")
    place.drain()
    assert (len(leads(sandbox)), badge(place)["badge"]) == (1, "black")
    stranger = live.org.seed("Lead", {"LastName": "Stranger", "Company": "Else"})
    assert stranger == leads(sandbox)[0]["Id"]
    move(place, live)
    assert badge(place)["badge"] == "grey"
    early = touch(place, "t1")
    place.drain()
    assert place.entry(early["entry"]).state == "held"
    again = place.purchase("e2", title="Countess")
    place.drain()
    place.drain()
    assert place.entry(again["entry"]).state == "done"
    assert place.entry(early["entry"]).state == "done"
    by_name = {lead["LastName"]: lead for lead in leads(live)}
    assert by_name.keys() == {"Stranger", "Byron"}
    assert by_name["Stranger"]["Title"] is None
    (task,) = live.org.rows["Task"].values()
    assert task["WhoId"] == by_name["Byron"]["Id"]
    assert badge(place)["person"]["id"] == by_name["Byron"]["Id"]
    assert badge(place)["person"]["url"].startswith(live.url)
    assert len(sandbox.org.rows["Task"]) == 0


def test_back_in_the_old_org_its_links_hold_without_a_lookup(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    sandbox, live = orgs
    place.purchase("e1")
    place.drain()
    move(place, live)
    place.purchase("e2")
    place.drain()
    move(place, sandbox)
    before = sandbox.org.used
    place.purchase("e3")
    place.drain()
    assert sandbox.org.used == before
    assert [len(leads(one)) for one in orgs] == [1, 1]


def test_disconnecting_and_connecting_to_the_same_org_keeps_all(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    sandbox, _ = orgs
    place.purchase("e1")
    place.drain()
    move(place, sandbox)
    assert badge(place)["badge"] == "black"
    before = sandbox.org.used
    place.purchase("e2")
    place.drain()
    assert (sandbox.org.used, len(leads(sandbox))) == (before, 1)


def test_a_refreshed_sandbox_at_the_same_address_starts_clean(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    sandbox, _ = orgs
    place.purchase("e1")
    place.drain()
    port = urlsplit(sandbox.url).port
    assert port is not None
    sandbox.stop()
    place.app.close()  # with it, what is still connected to the old one
    place.app = place.start_application()
    with Emulator(spec("00D5g0000000003EAA"), port) as refreshed:
        refreshed.org.seed("Lead", {"LastName": "Stranger", "Company": "Else"})
        place.purchase("e2", title="Countess")
        report = place.drain()
        assert report.paused is not None
        assert leads(refreshed)[0]["Title"] is None
        move(place, refreshed)
        place.drain()
        place.purchase("e3", title="Duchess")
        place.drain()
        titles = {lead["LastName"]: lead["Title"] for lead in leads(refreshed)}
        assert titles == {"Stranger": None, "Byron": "Countess"}
        assert place.app.store.counts("default").done == 3


def test_what_was_written_elsewhere_says_so_and_opens_nothing_in_the_present_org(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    receipt = place.purchase("e1")
    place.drain()
    entry = place.entry(receipt["entry"])
    assert place.app.orgs.settled_elsewhere(entry) == ""
    move(place, orgs[1])
    named = place.app.orgs.settled_elsewhere(place.entry(receipt["entry"]))
    assert SANDBOX in named
    assert named != SANDBOX
    (line,) = place.app.store.journal("default", entry.id)
    assert line.org_id == SANDBOX


def test_a_client_of_the_old_org_calls_nobody_after_the_move(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    old = place.app.orgs.connection("default")
    crm = place.app.orgs.crm_of(old)
    move(place, orgs[1])
    used = [one.org.used for one in orgs]
    for client in (crm, place.app.orgs.crm_of(old)):
        with pytest.raises(ReconnectRequired) as caught:
            client.usage()
        assert caught.value.code == "moved"
    assert [one.org.used for one in orgs] == used
    present = place.app.orgs.connection("default")
    assert present.state == "connected"
    assert present.org_id == LIVE


def test_a_search_that_the_move_overtakes_leaves_no_badge_for_the_new_org(
    place: Place, orgs: tuple[Emulator, Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, live = orgs
    sandbox.org.seed("Lead", {"LastName": "Byron", "Company": "A", "Email": "ada@acme.example"})
    crm = place.app.orgs.crm_of(place.app.orgs.connection("default"))
    asked, moved, find = threading.Event(), threading.Event(), crm.find

    def late(*arguments: Any, **more: Any) -> Any:
        found = find(*arguments, **more)
        asked.set()
        moved.wait(20.0)
        return found

    monkeypatch.setattr(crm, "find", late)
    searching = threading.Thread(target=badge, args=(place,))
    searching.start()
    assert asked.wait(20.0)
    move(place, live)
    moved.set()
    searching.join(20.0)
    assert badge(place)["badge"] == "grey"


def test_facts_that_were_learnt_of_the_old_org_are_not_asked_of_the_new_one(
    place: Place, orgs: tuple[Emulator, Emulator]
) -> None:
    place.purchase("e1")
    place.drain()
    store = place.app.store
    store.save_fact(SANDBOX, "badge:x", Fact([], 1.0))
    store.note_usage(SANDBOX, 99, 100, place.clock.now())
    move(place, orgs[1])
    assert store.fact(LIVE, "badge:x") is None
    status = place.app.status("default")
    assert (status.allocation.used, status.allocation.by_purpose) != (99, {})
    assert status.throttled_until == {}
    assert place.drain().paused is None
