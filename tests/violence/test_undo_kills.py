"""Undoing processes killed at one step after another, or stopped past their lease: the org ends as it
was before, each record is put back or deleted once, and nothing of others goes along."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.end_to_end.bench import call
from tests.violence.backlog import Call
from tests.violence.conftest import ScenarioFactory
from tests.violence.databases import Engine
from tests.violence.scenario import Scenario
from tests.violence.test_kills import NEEDS_PROC, is_stopped

#: Longer than a lease lasts without a heartbeat.
_PAST_LEASE_S = 60.0
_STAMPS = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")
#: A connected Contact that got an Account: its values are put back, then the Account is deleted. The
#: first steps read and plan.
_PUTTING_BACK = [
    *(f"{label}:{number}" for label in ("send", "answer") for number in range(3, 6)),
    *(f"committed:{number}" for number in range(10, 16)),
]
#: The deletion of a Lead, of a Contact with its Account, and of a Task.
_DELETING = ["answer:4", "committed:13"]


def begin(scenarios: ScenarioFactory, engine: Engine) -> Scenario:
    """A workspace whose prospects become Contacts, or Leads if they are chairs, and one purchase that
    is not undone."""
    scenario = scenarios.create(people=0, speed=1.0, engine=engine)
    scenario.clock.advance(time.time() - scenario.clock.now())
    rule = 'when = "prospect.title == \'Chair\'"\nmode = "lead"\n'
    (scenario.folder / "config" / "rules" / "20.toml").write_text(rule, encoding="utf-8")
    scenario.feed([purchase(1000)])
    scenario.drain()
    return scenario


def purchase(number: int, **changes: Any) -> Call:
    return {
        "hook": "on_prospect_purchased",
        "event_id": f"p{number}",
        **call(number, **changes),
    }


def touchpoint(number: int) -> Call:
    sent = {"id": f"t{number}", "channel": "call", "step": 1}
    return {
        "hook": "on_touchpoint_sent",
        "event_id": f"t{number}",
        "touchpoint": sent,
        **call(number),
    }


def add_contact(scenario: Scenario, number: int) -> None:
    """As a person does: no company, no title."""
    person = call(number)["prospect"]
    names = {"FirstName": person["first_name"], "LastName": person["last_name"]}
    scenario.emulator.control("POST", "records/Contact", {**names, "Email": person["email"]})


def entries_of(scenario: Scenario, calls: Sequence[Call]) -> list[str]:
    """Receive and drain them; the ids of their entries, in order."""
    scenario.feed(calls)
    scenario.drain("--passes=3")
    app = scenario.application()
    entries = app.store.entries("default", limit=1000)[::-1][-len(calls) :]
    app.close()
    assert {entry.state for entry in entries} == {"done"}
    return [entry.id for entry in entries]


def undo(scenario: Scenario, entry: str, *options: str) -> str:
    report = scenario.wait_for_report(*scenario.start_drain(f"--undo={entry}", *options))
    return str(report.get("undone"))


def org_now(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """What all records hold, by id, without who changed them when."""
    return {
        row["Id"]: {name: row[name] for name in row if row[name] and name not in _STAMPS}
        for rows in scenario.emulator.control("GET", "records").values()
        for row in rows
    }


def assert_journal_is_whole(scenario: Scenario, entries: Sequence[str]) -> int:
    """Each record of each entry was undone, in one line, and the history says so once; returns how
    many records that were."""
    app, count = scenario.application(), 0
    for entry in entries:
        wrote = sorted(line.record_id for line in app.store.journal("default", entry))
        lines = app.store.undo_lines("default", entry)
        assert sorted(line.record_id for line in lines) == wrote
        assert {line.state for line in lines} == {"done"}
        count += len(lines)
    noted = app.store.history("default", codes=["undone"], limit=1000)
    assert sorted(str(line.detail["entry"]) for line in noted) == sorted(entries)
    app.close()
    return count


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_undo_killed_at_any_step_is_finished_by_the_next_and_done_once(
    scenarios: ScenarioFactory, engine: Engine
) -> None:
    scenario = begin(scenarios, engine)
    back = _PUTTING_BACK[0 if engine == "sqlite" else 1 :: 2]
    steps = [*back, *_DELETING * 3]
    people = [2 * number for number in range(len(steps))]  # of different companies
    connected, chairs = people[: len(back)], people[len(back) : -4]
    created, called = people[-4:-2], people[-2:]
    for number in (*connected, *called):
        add_contact(scenario, number)
    before = org_now(scenario)
    entries = entries_of(
        scenario,
        [
            *(purchase(number) for number in connected),
            *(purchase(number, title="Chair") for number in chairs),
            *(purchase(number) for number in created),
            *(touchpoint(number) for number in called),
        ],
    )
    scenario.emulator.control("POST", "calls/reset")
    for step, entry in zip(steps, entries, strict=True):
        undo(scenario, entry, f"--kill-at={step}")
        undo(scenario, entry)
    assert sum(scenario.kills.values()) >= len(steps) - 3
    assert org_now(scenario) == before
    calls = scenario.emulator.control("GET", "calls")
    assert (calls["created"], calls["updated"]) == (0, len(connected))
    assert calls["deleted"] == assert_journal_is_whole(scenario, entries) - len(connected)
    assert scenario.findings == []


@NEEDS_PROC
@pytest.mark.parametrize("step", ["answer:4", "answer:5"])
def test_an_undo_stopped_past_its_lease_deletes_nothing_that_another_has_used_since(
    scenarios: ScenarioFactory, step: str
) -> None:
    """An Account goes with all its Contacts: those of others too. The fourth answer ends the plan;
    the fifth is that of the values that were put back."""
    scenario = begin(scenarios, "sqlite")
    add_contact(scenario, 2)
    (entry,) = entries_of(scenario, [purchase(2)])
    process, report = scenario.start_drain(f"--undo={entry}", f"--stop-at={step}")
    deadline = time.monotonic() + 60
    while not is_stopped(process.pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    scenario.clock.advance(_PAST_LEASE_S)
    entries_of(scenario, [purchase(3)])  # at the same company
    others = org_now(scenario)
    assert report.exists()
    os.kill(process.pid, signal.SIGCONT)
    assert scenario.wait_for_report(process, report)["undone"] == "fenced"
    assert org_now(scenario) == others
