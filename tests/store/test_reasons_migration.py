"""The reasons for ended sign-ins that an older version stored are kept and read the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from zsf_plugin.model import ReconnectReason
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.schema import apply_migration

OLD_VERSION = 4
TEXT = "the grant was revoked: run `zsf connect` again"
CONNECTION = """
    INSERT INTO connections (workspace, org_id, user_id, username, environment, login_url,
        instance_url, client_id, is_sandbox, api_version, connected_at, state, reason)
    VALUES (?, '00D1', '0051', 'ada@acme.example', 'production', '', '', '', 0, '68.0', 1.0, ?, ?)
"""
LINE = "INSERT INTO history (workspace, at, code, by, detail) VALUES ('w', 1.0, ?, NULL, ?)"


def test_sentences_become_reasons_that_are_shown_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "zsf.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        apply_migration(older, 3)
        apply_migration(older, OLD_VERSION)
        older.execute(CONNECTION, ("w", "reconnect", TEXT))
        older.execute(CONNECTION, ("other", "connected", None))
        older.execute(LINE, ("sign_in_ended", f'{{"code":"revoked","reason":"{TEXT}"}}'))
        older.execute(LINE, ("connected", '{"org_id":"00D1"}'))
    store = SqliteStore(file, Cipher("a secret of this test", "this test"))
    ended, other = store.connection("w"), store.connection("other")
    assert ended is not None
    assert other is not None
    assert (ended.reason, other.reason) == (ReconnectReason("legacy", {"text": TEXT}), None)
    details = {line.code: line.detail for line in store.history("w")}
    assert details == {
        "sign_in_ended": {"code": "legacy", "data": {"text": TEXT}},
        "connected": {"org_id": "00D1"},
    }
