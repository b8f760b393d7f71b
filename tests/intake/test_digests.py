"""A repeated event is distinguished from a conflicting one by its digest, under each known key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from zsf_plugin.intake import Intake
from zsf_plugin.ports import DigestKey
from zsf_plugin.rulebook import Rulebook
from zsf_plugin.rulebook.schema import first_violation
from zsf_plugin.store.secrecy import Cipher
from zsf_plugin.store.sqlite import SqliteStore

FORMER, PRESENT = DigestKey("", b"former"), DigestKey("k2", b"present")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "zsf.sqlite3", Cipher("a secret", "here"))
    yield store
    store.close()


def receive(store: SqliteStore, keys: list[DigestKey], **prospect: object) -> tuple[bool, bool]:
    """Whether a purchase of that prospect is accepted, and whether it is a repeated one."""
    intake = Intake(
        store, Rulebook(Path("/nowhere"), lambda _: {}), FakeClock(), first_violation, keys
    )
    call: dict[str, Any] = {
        "workspace": "w",
        "event_id": "e1",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": {"id": "p1", "last_name": "Byron", **prospect},
        "user": {"id": "u1"},
    }
    receipt = intake.receive("on_prospect_purchased", call)
    return receipt["accepted"], receipt["duplicate"]


def test_an_event_stored_under_a_former_key_is_compared_by_that_key(store: SqliteStore) -> None:
    assert receive(store, [FORMER]) == (True, False)
    assert receive(store, [PRESENT, FORMER]) == (True, True)
    assert receive(store, [PRESENT, FORMER], last_name="Lovelace") == (False, True)


def test_an_event_whose_key_is_lost_is_the_same_by_its_id_alone(store: SqliteStore) -> None:
    assert receive(store, [FORMER]) == (True, False)
    assert receive(store, [PRESENT], last_name="Lovelace") == (True, True)
