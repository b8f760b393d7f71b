"""Sentences stored by an older version are read as data, or as the same sentence."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from zsf_plugin.messages.text import cause_advice, cause_text, step_text
from zsf_plugin.model import Step
from zsf_plugin.ports import Entry
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.schema import apply_migration

OLD_VERSION = 3
INSERT = """
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, received_at,
        settled_at, reason, cause_code, cause_group, cause_text, cause_advice, cause_object,
        cause_field, cause_fingerprint, cause_detail, payload, steps)
    VALUES ('w', ?, 'purchase', 'p1', ?, 'd', '2026-11-20T10:00:00Z', 1.0, 2.0, ?,
        ?, ?, ?, ?, ?, ?, ?, ?, '{}', ?)
"""
NO_CAUSE = (None,) * 8


def migrated(file: Path, *rows: Sequence[object]) -> SqliteStore:
    """A store on a file of the older version with those entries."""
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        apply_migration(older, OLD_VERSION)
        for number, row in enumerate(rows):
            older.execute(INSERT, (f"e{number}", *row))
    return SqliteStore(file, Cipher("a secret of this test", "this test"))


def only(store: SqliteStore) -> Entry:
    (entry,) = store.entries("w")
    return entry


def held(code: str, text: str, object_: str | None, field: str | None = None, detail: str | None = None, fingerprint: str = "f1") -> Sequence[object]:  # fmt: skip
    group = ":".join([code, ".".join(part for part in (object_, field) if part)])
    cause = (code, group, text, "do this", object_, field, fingerprint, detail)
    return ("held", text, *cause, "[]")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["unchanged", "as it was left before; nothing asked, nothing written", None, None], Step("unchanged")),
        (["created", "Lead created", "Lead", None], Step("created", "Lead")),
        (["created", "Task logged on Contact 003", "Task", None], Step("logged", "Task", None, {"person": "Contact", "record": "003"})),
        (["updated", "Lead filled: Phone, Title", "Lead", None], Step("updated", "Lead", None, {"fields": ["Phone", "Title"]})),
        (["found", "Lead found by its link: 00Q", "Lead", None], Step("found", "Lead", None, {"by": "link", "record": "00Q"})),
        (["found", "Lead found by FirstName + LastName: 00Q", "Lead", None], Step("found", "Lead", None, {"by": "match_key", "fields": ["FirstName", "LastName"], "record": "00Q"})),
        (["found", "Lead found by z__Zaplify_Id__c: in this batch", "Lead", None], Step("found", "Lead", None, {"by": "external_id", "fields": ["z__Zaplify_Id__c"], "record": None})),
        (["found", "Task found: 00T; nothing written", "Task", None], Step("already_logged", "Task", None, {"record": "00T"})),
        (["owner", "owned by user 005", "Lead", None], Step("owned", "Lead", None, {"user": "005"})),
        (["owner", "no owner sent: no active user has that e-mail", "Lead", None], Step("no_owner", "Lead", None, {"why": "no_user"})),
        (["owner", "no owner sent: several active users have that e-mail", "Lead", None], Step("no_owner", "Lead", None, {"why": "several_users"})),
        (["owner", "no owner sent: the event names no user's e-mail", "Lead", None], Step("no_owner", "Lead", None, {"why": "no_email"})),
        (["owner", "no owner sent: the connected user may not set it", "Lead", None], Step("no_owner", "Lead", None, {"why": "not_writable"})),
    ],
)  # fmt: skip
def test_a_step_that_is_certain_becomes_data(tmp_path: Path, old: list[str], new: Step) -> None:
    entry = only(migrated(tmp_path / "f", ("done", None, *NO_CAUSE, json.dumps([old]))))
    assert entry.steps == (new,)


def test_any_other_step_stays_the_sentence_it_was(tmp_path: Path) -> None:
    old = ["shortened", "Title shortened, “ä” 😀", "Lead", "Title"]
    entry = only(migrated(tmp_path / "f", ("done", None, *NO_CAUSE, json.dumps([old]))))
    (step,) = entry.steps
    assert (step.code, step.object, step.field) == ("legacy", "Lead", "Title")
    assert step_text(step) == "Title shortened, “ä” 😀"


def test_steps_keep_their_order(tmp_path: Path) -> None:
    old = [["created", f"{name} created", name, None] for name in ("Account", "Contact", "Lead")]
    entry = only(migrated(tmp_path / "f", ("done", None, *NO_CAUSE, json.dumps(old))))
    assert [step.object for step in entry.steps] == ["Account", "Contact", "Lead"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the switch “sync prospects” was off when it was purchased", Step("prospects_off")),
        ("the switch “sync activities” was off when it was sent", Step("activities_off")),
        ("dropped by a person", Step("dropped")),
        ("it waited for the first connection, and was skipped by choice then", Step("skipped_at_connect")),
        ("it waited for the first preview, and was skipped by choice then", Step("skipped_at_preview")),
        ("something else", Step("legacy", data={"text": "something else"})),
    ],
)  # fmt: skip
def test_why_an_entry_was_skipped_is_a_code(tmp_path: Path, text: str, reason: Step) -> None:
    assert only(migrated(tmp_path / "f", ("skipped", text, *NO_CAUSE, "[]"))).reason == reason


def test_why_nothing_was_written_is_the_last_step(tmp_path: Path) -> None:
    old = json.dumps([["found", "Lead found by its link: 00Q", "Lead", None]])
    entry = only(migrated(tmp_path / "f", ("done", "Lead found by its link: 00Q", *NO_CAUSE, old)))
    assert entry.reason == entry.steps[-1]


@pytest.mark.parametrize(
    ("row", "data"),
    [
        (held("PERSON_NOT_IN_SALESFORCE", "person not in Salesforce yet", "Task"), {}),
        (held("OUTCOME_UNCLEAR", "Lead: the connection broke each time it was written", "Lead"), {"lost": "every_time"}),
        (held("OUTCOME_UNCLEAR", "Lead: the connection broke while it was written", "Lead"), {"lost": "once"}),
        (held("REQUIRED_EMPTY", "Lead.X: required in Salesforce, and nothing fills it", "Lead", "X"), {}),
        (held("DOES_NOT_FIT", "Lead.X: not one of the picklist's values", "Lead", "X"), {"misfit": "not_in_picklist"}),
        (held("DEFECT", "an unforeseen KeyError in zsf-plugin", None), {"error": "KeyError"}),
        (held("STRING_TOO_LONG", "Lead.X: the text is longer than the field (STRING_TOO_LONG)", "Lead", "X"), {}),
    ],
)  # fmt: skip
def test_a_cause_that_is_certain_becomes_data(
    tmp_path: Path, row: Sequence[object], data: dict[str, object]
) -> None:
    cause = only(migrated(tmp_path / "f", row)).cause
    assert cause is not None
    assert cause.data == data
    assert cause.code in cause_text(cause) or cause_text(cause)


def test_how_many_matched_was_in_the_detail_and_is_a_step(tmp_path: Path) -> None:
    text = "Contact: several records match by FirstName + LastName, and many = oldest did not choose one"
    entry = only(
        migrated(tmp_path / "f", held("SEVERAL_MATCH", text, "Contact", None, "3 records match"))
    )
    fields = ["FirstName", "LastName"]
    assert entry.cause is not None
    assert entry.cause.data == {"fields": fields, "policy": "oldest"}
    assert cause_text(entry.cause) == text
    assert entry.cause.detail is None
    assert entry.steps == (Step("several", "Contact", None, {"count": 3, "fields": fields}),)


def test_any_other_cause_shows_the_sentence_and_the_advice_that_it_had(tmp_path: Path) -> None:
    cause = only(migrated(tmp_path / "f", held("INVALID_EVENT", "/a: must be “b”", None))).cause
    assert cause is not None
    assert (cause_text(cause), cause_advice(cause)) == ("/a: must be “b”", "do this")


def test_old_entries_are_grouped_and_released_by_group_and_fingerprint(tmp_path: Path) -> None:
    text = "Lead.X: longer than the field's 80 characters"
    rows = [held("DOES_NOT_FIT", text, "Lead", "X", None, print_) for print_ in ("f1", "f1", "f2")]
    store = migrated(tmp_path / "f", *rows)
    assert [(one.entries, one.cause.fingerprint) for one in store.held_groups("w")] == [
        (2, "f1"),
        (1, "f2"),
    ]
    assert store.release("w", cause="DOES_NOT_FIT:Lead.X", fingerprint="f1") == 2
    assert store.release("w", cause="DOES_NOT_FIT") == 1


def test_a_certain_cause_of_before_is_one_group_with_the_same_cause_of_today(
    tmp_path: Path,
) -> None:
    text = "Lead.X: not one of the picklist's values"
    cause = only(migrated(tmp_path / "f", held("DOES_NOT_FIT", text, "Lead", "X"))).cause
    assert cause is not None
    with closing(sqlite3.connect(tmp_path / "f")) as file:
        assert file.execute("SELECT cause_key FROM entries").fetchone() == (cause.key,)
