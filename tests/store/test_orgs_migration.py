"""What an older version stored for a workspace belongs to the org that it was connected to then;
where that is not known, nothing believes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from zsf_plugin.model import Link, LinkKey
from zsf_plugin.ports import Moment
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.database import apply_migration

OLD_VERSION = 7
SANDBOX, LIVE = "00D000000000001EAA", "00D000000000002EAA"
KEY: LinkKey = ("prospect", "p1")
CONNECTION = """
    INSERT INTO connections (workspace, org_id, user_id, username, environment, login_url,
        instance_url, client_id, is_sandbox, api_version, connected_at, state)
    VALUES ('w', ?, '0051', 'ada', 'production', '', '', '', 0, '68.0', 1.0, 'connected')
"""
LINE = "INSERT INTO history (workspace, at, code, by, detail) VALUES ('w', ?, ?, NULL, ?)"
LINK = "INSERT INTO links VALUES ('w', 'prospect', ?, 'Lead', ?, '{}', 'd', ?)"
ENTRY = """
    INSERT INTO entries (workspace, event_id, kind, lane, state, digest, occurred_at, received_at,
        sent_at, sent_as, settled_at, cause_code, cause_data, payload)
    VALUES ('w', ?, 'purchase', ?, ?, 'd', '2026-11-20T10:00:00Z', 1.0, ?, '["Lead"]', ?, ?, '{}', '{}')
"""
JOURNAL = "INSERT INTO journal VALUES (?, ?, 'Lead', ?, 'create', '{}', '{}', ?)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "zsf.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        for number in range(3, OLD_VERSION + 1):
            apply_migration(older, number)
    return file


def change(file: Path, statement: str, *rows: tuple[object, ...]) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        for row in rows:
            older.execute(statement, row)


def connected(file: Path, *orgs: tuple[float, str]) -> None:
    """The history of an older version: connected to these orgs, each at its time."""
    for at, org_id in orgs:
        change(file, LINE, (at, "connected", f'{{"org_id":"{org_id}","org_name":"Acme"}}'))


def links(file: Path, org_id: str, host_id: str = "p1") -> list[Link]:
    store = SqliteStore(file, Cipher("a secret of this test", "this test"))
    found = list(store.links("w", org_id, [("prospect", host_id)]).values())
    store.close()
    return found


def test_the_links_of_a_connected_workspace_hold_in_its_org(file: Path) -> None:
    change(file, CONNECTION, (LIVE,))
    change(file, LINK, ("p1", "00Q1", 50.0))
    assert links(file, LIVE) == [Link("prospect", "p1", "Lead", "00Q1", {}, "d", 50.0)]
    assert links(file, SANDBOX) == []


def test_a_workspace_that_is_disconnected_keeps_them_for_the_last_org(file: Path) -> None:
    connected(file, (1.0, LIVE))
    change(file, LINK, ("p1", "00Q1", 0.0))
    assert [link.record_id for link in links(file, LIVE)] == ["00Q1"]
    assert links(file, SANDBOX) == []


def test_of_several_orgs_the_time_decides_and_a_link_of_no_known_time_is_not_believed(
    file: Path,
) -> None:
    connected(file, (10.0, SANDBOX), (100.0, LIVE))
    change(file, CONNECTION, (LIVE,))
    change(file, LINK, ("p1", "00Q1", 50.0), ("p2", "00Q2", 150.0), ("p3", "00Q3", 0.0))
    assert [link.record_id for link in links(file, SANDBOX)] == ["00Q1"]
    assert [link.record_id for link in links(file, LIVE, "p2")] == ["00Q2"]
    assert [links(file, LIVE), links(file, SANDBOX, "p2")] == [[], []]
    assert [links(file, org_id, "p3") for org_id in (SANDBOX, LIVE, "")] == [[], [], []]


def test_a_workspace_without_connection_or_history_keeps_its_links_and_believes_none(
    file: Path,
) -> None:
    change(file, LINK, ("p1", "00Q1", 50.0))
    assert [links(file, org_id) for org_id in (SANDBOX, LIVE, "")] == [[], [], []]
    with closing(sqlite3.connect(file)) as read:
        assert read.execute("SELECT org_id, record_id FROM links").fetchall() == [("", "00Q1")]


def test_entries_journal_and_pauses_are_of_the_org_of_their_time(file: Path) -> None:
    connected(file, (10.0, SANDBOX), (100.0, LIVE))
    change(file, CONNECTION, (LIVE,))
    change(
        file,
        ENTRY,
        ("e1", "p1", "done", None, 50.0, None),
        ("e2", "p2", "writing", 150.0, None, None),
        ("e3", "p3", "pending", None, None, None),
        ("e4", "p4", "held", None, 60.0, "OUTCOME_UNCLEAR"),
    )
    change(file, JOURNAL, (1, 1, "00Q1", 50.0), (2, 2, "00Q2", 150.0))
    change(file, "INSERT INTO pauses VALUES ('w', 'quota', '', 1.0, ?)", (900.0,))
    store = SqliteStore(file, Cipher("a secret of this test", "this test"))
    orgs = {entry.event.event_id: entry.org_id for entry in store.entries("w")}
    states = {entry.event.event_id: entry.state for entry in store.entries("w")}
    created = {org: [line.record_id for line in store.created_since("w", org, 0.0)] for org in ORGS}
    paused, in_doubt = store.paused("w"), store.lanes_in_doubt("w", SANDBOX, ["p4"])
    waiting = store.in_doubt_elsewhere(LIVE, "another")
    store.close()
    assert orgs == {"e1": SANDBOX, "e2": LIVE, "e3": None, "e4": SANDBOX}
    assert (states["e2"], states["e4"]) == ("writing", "pending")
    assert created == {SANDBOX: ["00Q1"], LIVE: ["00Q2"]}
    assert paused is not None
    assert (paused.org_id, in_doubt, waiting) == (LIVE, {"p4"}, [Moment(150.0)])


ORGS = (SANDBOX, LIVE)


def test_an_empty_file_of_the_former_version_opens(file: Path) -> None:
    assert links(file, LIVE) == []
