"""Calls received together get the receipts that they would get one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.intake import Intake
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import AcceptResult, DigestKey, NewEntry
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "here"))
    yield store
    store.close()


def intake_of(store: SqliteStore, woken: list[str]) -> Intake:
    rules = Rulebook(Path("/nowhere"), lambda _: {})
    keys = [DigestKey("", b"key")]
    return Intake(store, rules, FakeClock(), first_violation, keys, wake=woken.append)


def bought(
    event_id: object, workspace: str = "w", **prospect: object
) -> tuple[str, dict[str, Any]]:
    call: dict[str, Any] = {
        "workspace": workspace,
        "event_id": event_id,
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": {"id": "p1", "last_name": "Byron", **prospect},
        "user": {"id": "u1"},
    }
    return "on_prospect_purchased", call


def test_each_call_gets_its_receipt_and_wakes_its_workspace(store: SqliteStore) -> None:
    woken: list[str] = []
    calls = [
        bought("e1"),
        bought("e2", "v"),
        bought("e1"),
        bought("e1", last_name="L"),
        bought("e3", id=5.5),
    ]
    receipts = intake_of(store, woken).receive_all(calls)
    assert [one["state"] for one in receipts] == [
        "pending",
        "pending",
        "pending",
        "pending",
        "held",
    ]
    assert [one["duplicate"] for one in receipts] == [False, False, True, True, False]
    assert [one["accepted"] for one in receipts] == [True, True, True, False, True]
    assert woken == ["w", "v"]


def test_a_store_that_is_unavailable_refuses_all_of_them_at_once(store: SqliteStore) -> None:
    asked: list[int] = []

    def unavailable(entries: Sequence[NewEntry]) -> Sequence[AcceptResult]:
        asked.append(len(entries))
        raise StoreUnavailable("the disk is full")

    intake = intake_of(store, [])
    intake.store.accept_all = unavailable  # type: ignore[method-assign]
    receipts = intake.receive_all([bought("e1"), bought("e2")])
    assert asked == [2]
    assert [one["accepted"] for one in receipts] == [False, False]
    assert all("the disk is full" in str(one["reason"]) for one in receipts)


def test_a_defect_with_one_of_them_costs_none_of_the_others(store: SqliteStore) -> None:
    woken: list[str] = []
    broken = ("on_nothing", {})
    receipts = intake_of(store, woken).receive_all([bought("e1"), broken, bought("e2")])
    assert [one["accepted"] for one in receipts] == [True, False, True]
    assert woken == ["w", "w"]


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_an_event_during_which_the_console_is_saved_is_stored_by_the_new_rules(
    store: SqliteStore, together: bool
) -> None:
    intake = intake_of(store, [])
    intake.rules = Rulebook(Path("/nowhere"), store.console_rule)
    hook, call = bought("e1")
    assert intake.receive(hook, call)["state"] == "pending"
    off: JsonObject = {"switches": {"sync_prospects": False}}
    assert store.save_console_rule("w", off, expected_version=0)
    calls = [bought("e2"), bought("e3", "v")]
    receipts = intake.receive_all(calls) if together else [intake.receive(*one) for one in calls]
    assert [one["state"] for one in receipts] == ["skipped", "pending"]


def test_groups_that_were_stored_keep_their_receipts_when_a_later_one_cannot_be(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsf_plugin.intake.intake.MAX_TOGETHER", 2)
    intake, accept_all, groups = intake_of(store, []), store.accept_all, list[int]()

    def fails_second(entries: Sequence[NewEntry]) -> Sequence[AcceptResult]:
        groups.append(len(entries))
        if len(groups) == 2:
            raise StoreUnavailable("the disk is full")
        return accept_all(entries)

    monkeypatch.setattr(store, "accept_all", fails_second)
    receipts = intake.receive_all([bought(f"e{number}") for number in range(7)])
    assert groups == [2, 2]
    assert [one["accepted"] for one in receipts] == [True, True, *[False] * 5]
    assert store.counts("w").pending == 2
