"""An event is stored by the console's rules as they are when it is stored, however often they change
meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.intake import Intake
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import AcceptResult, DigestKey, NewEntry
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore

ON: JsonObject = {"switches": {"include_contents": True}}
OFF: JsonObject = {"switches": {"include_contents": False}}
SECRET = "what nobody may keep"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "here"))
    yield store
    store.close()


def call() -> dict[str, Any]:
    return {
        "workspace": "w",
        "event_id": "t1",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": {"id": "p1", "last_name": "Byron"},
        "user": {"id": "u1"},
        "touchpoint": {"id": "t1", "channel": "email", "content": {"text": SECRET}},
    }


@pytest.mark.parametrize("changes", [[], [ON], [OFF], [ON, OFF], [OFF, ON, OFF]], ids=str)
@pytest.mark.parametrize("is_first", [True, False])
def test_the_text_is_stored_only_if_the_switch_is_on_at_the_end(
    store: SqliteStore, changes: list[JsonObject], is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save_console_rule("w", ON, expected_version=0)
    rules = Rulebook(Path("/nowhere"), store.console_rule)
    if not is_first:
        rules.in_force("w")
    accept, left = store.accept, list(changes)

    def change_and_accept(entry: NewEntry) -> AcceptResult:
        if left:
            version = len(changes) - len(left) + 1
            assert store.save_console_rule("w", left.pop(0), expected_version=version)
        return accept(entry)

    monkeypatch.setattr(store, "accept", change_and_accept)
    intake = Intake(store, rules, FakeClock(), first_violation, [DigestKey("", b"key")])
    assert intake.receive("on_touchpoint_sent", call())["accepted"]
    (entry,) = store.entries("w")
    is_on = not changes or changes[-1] == ON
    assert (SECRET in str(entry.event.payload)) == is_on
