"""A database that was damaged, lost or exchanged is found by whoever opens it first, before an event
is accepted: never a new, empty one in place of the old."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.contract.store_contract import new
from tests.fakes.events import SELLER, prospect
from tests.forked_commands import run_command
from zsf_plugin.errors import StoreDamaged, StoreUnavailable
from zsf_plugin.messages.store import DAMAGE
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.settings import Settings
from zsf_plugin.store import Cipher, open_store
from zsf_plugin.store.sqlite import SqliteStore
from zsf_plugin.store.sqlite.inspection import (
    ALL_COLUMNS,
    APPLICATION_ID,
    columns_at,
    log_of,
    names_at,
)
from zsf_plugin.store.sqlite.schema import apply_migration, migrations, new_database

CIPHER = Cipher("a secret of this test", "this test")
NEWEST = max(migrations())
BASELINE = min(migrations())


def filled(file: Path, entries: int = 40) -> None:
    """A database with entries, closed by its last user."""
    store = SqliteStore(file, CIPHER)
    for number in range(entries):
        store.accept(new(f"e{number}", payload={"prospect": {"id": "p", "title": "x" * 3000}}))
    store.close()


def put_at(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


def made_at(file: Path, version: int) -> None:
    """Make the file as the migrations up to that version leave it."""
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        for number in migrations():
            if number <= version:
                apply_migration(opened, number)


def zero_bytes(file: Path) -> None:
    file.write_bytes(b"")


def cut_at_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def header_overwritten(file: Path) -> None:
    put_at(file, 0, b"\xff" * 100)


def page_overwritten(file: Path) -> None:
    put_at(file, 4096 * 2, b"\xff" * 4096)


def page_zeroed(file: Path) -> None:
    put_at(file, 4096 * 2, b"\x00" * 4096)


def text(file: Path) -> None:
    file.write_text("name,email\n" * 500)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def gone_beside_its_log(file: Path) -> None:
    file.unlink()
    log_of(file).write_bytes(b"\x37\x7f\x06\x82" + b"\x00" * 5000)


def table_missing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("DROP TABLE journal")


def index_missing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("DROP INDEX entries_waiting")


def of_another_application(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA application_id = 1196444487")  # GPKG


def with_tables_of_another(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE customers (id)")


def log_of_another(file: Path) -> None:
    other = file.with_name("other.sqlite3")
    with closing(sqlite3.connect(other)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA application_id = 77")
        opened.execute("CREATE TABLE customers (id)")
        opened.commit()
        shutil.copy(log_of(other), log_of(file))


def log_with_other_pages(file: Path) -> None:
    other = file.with_name("other.sqlite3")
    with closing(sqlite3.connect(other)) as opened:
        opened.execute("PRAGMA page_size = 8192")
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE customers (id)")
        opened.commit()
        shutil.copy(log_of(other), log_of(file))


def of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 99")


def of_a_version_before_its_tables(file: Path) -> None:
    made_at(file, 15)  # with all that was there then; later ones also drop what was
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 10")  # the next migration makes a table


def of_no_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 0")


def of_a_version_before_its_columns(file: Path) -> None:
    """Migrated, but for the number: running the next migration would fail half-way."""
    made_at(file, 14)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 13")


def column_missing(file: Path) -> None:
    """Of a version whose last migration did not run."""
    made_at(file, 12)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 13")


def index_of_another_table(file: Path) -> None:
    """An index that lacks the rows of its table, as a crash on a disk that lies leaves it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        root = "(SELECT rootpage FROM sqlite_master WHERE name = 'entries_backing_off')"
        opened.execute("PRAGMA writable_schema = ON")
        opened.execute(f"UPDATE sqlite_master SET rootpage = {root} WHERE name = 'entries_ended'")


def a_link_to_nothing(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("not mounted") / file.name)


def a_link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_device(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/null")


DAMAGES: dict[Callable[[Path], None], str] = {
    zero_bytes: "0 bytes",
    cut_at_half: "is damaged",
    header_overwritten: "not a SQLite database",
    page_overwritten: "is damaged",
    page_zeroed: "is damaged",
    text: "not a SQLite database",
    a_folder: "is a folder",
    gone_beside_its_log: "is missing",
    table_missing: "lacks tables",
    index_missing: "lacks tables, columns or indexes",
    of_another_application: "another application",
    with_tables_of_another: "another application",
    log_of_another: "of another database",
    log_with_other_pages: "of another database",
    of_a_newer_version: "newer version",
    of_a_version_before_its_tables: "later version",
    of_a_version_before_its_columns: "later version",
    column_missing: "lacks tables, columns",
    of_no_version: "later version",
    index_of_another_table: "is damaged",
    a_link_to_nothing: "not there",
    a_link_to_itself: "not there",
    a_pipe: "no file",
    a_device: "no file",
}
each_damage = pytest.mark.parametrize(
    ("damage", "words"), DAMAGES.items(), ids=[damage.__name__ for damage in DAMAGES]
)


def content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


@each_damage
def test_a_damaged_database_is_refused_in_one_line_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    file = tmp_path / "zsf.sqlite3"
    filled(file)
    damage(file)
    before = content(file), content(log_of(file))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=words) as refused:
            SqliteStore(file, CIPHER)
        assert str(file) in str(refused.value)
        assert "\n" not in str(refused.value)
    assert (content(file), content(log_of(file)) or None) == before


@each_damage
def test_a_hook_accepts_nothing_over_a_damaged_database(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "zsf.sqlite3"
    filled(file)
    damage(file)
    plugin = SalesforcePlugin()
    plugin.on_host_started(str(tmp_path), str(tmp_path / "data"), {"drain": "external"})
    receipt = plugin.on_prospect_purchased("w", "e", "2026-11-20T10:00:00Z", prospect(1), SELLER)
    plugin.on_host_stopping()
    assert (receipt["accepted"], receipt["entry"], receipt["state"]) == (False, None, None)
    assert words in receipt["reason"]


@pytest.mark.parametrize("damage", [zero_bytes, page_overwritten, gone_beside_its_log])
@pytest.mark.parametrize(
    "command", ["status", "drain", "outbox list", "connect --no-browser --client-id x --timeout 1"]
)
def test_commands_say_what_is_wrong_where_and_what_to_do(
    tmp_path: Path, damage: Callable[[Path], None], command: str
) -> None:
    file = tmp_path / "zsf.sqlite3"
    filled(file)
    damage(file)
    environment = {**os.environ, "ZSF_DATA_DIR": str(tmp_path), "ZSF_CONFIG_DIR": str(tmp_path)}
    done = run_command([*command.split(), "--json"], environment)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (2, "store_damaged")
    assert str(file) in error["message"]
    assert "backup" in error["message"]
    assert done.stderr.count("\n") == 1


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_a_database_cut_anywhere_is_never_taken_for_a_whole_one(
    tmp_path: Path, share: float
) -> None:
    file = tmp_path / "zsf.sqlite3"
    if not (whole := tmp_path / "whole").exists():
        filled(whole)
    shutil.copy(whole, file)
    os.truncate(file, int(file.stat().st_size * share))
    with pytest.raises(StoreUnavailable):
        SqliteStore(file, CIPHER)


def test_a_whole_database_is_opened_beside_the_log_of_a_user_that_died(tmp_path: Path) -> None:
    file, copy = tmp_path / "zsf.sqlite3", tmp_path / "copy.sqlite3"
    store = SqliteStore(file, CIPHER)
    store.accept(new("e1"))
    shutil.copy(file, copy)
    shutil.copy(log_of(file), log_of(copy))
    store.close()
    after = SqliteStore(copy, CIPHER)
    assert after.counts("w").pending == 1
    after.close()


def test_a_log_of_no_content_or_of_a_broken_header_is_left_to_sqlite(tmp_path: Path) -> None:
    file = tmp_path / "zsf.sqlite3"
    filled(file, 1)
    for left in (b"", b"\x37\x7f\x06\x82"):
        log_of(file).write_bytes(left)
        store = SqliteStore(file, CIPHER)
        assert store.counts("w").pending == 1
        store.close()


def test_the_tables_that_migrations_make_are_those_of_a_new_database(tmp_path: Path) -> None:
    file = tmp_path / "zsf.sqlite3"
    SqliteStore(file, CIPHER).close()
    with closing(sqlite3.connect(file)) as made:
        names = {
            name
            for (name,) in made.execute("SELECT name FROM sqlite_master")
            if not name.startswith("sqlite_")
        }
        assert made.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert names_at(NEWEST) == names


@pytest.mark.parametrize("version", sorted(migrations()))
def test_a_database_of_each_former_version_is_ours(tmp_path: Path, version: int) -> None:
    file = tmp_path / "zsf.sqlite3"
    made_at(file, version)
    with closing(sqlite3.connect(file)) as older:
        assert columns_at(version) == set(older.execute(ALL_COLUMNS))
    store = SqliteStore(file, CIPHER)
    assert not store.accept(new("e1")).duplicate
    store.close()


def test_every_kind_of_damage_has_words_and_an_advice() -> None:
    for code in DAMAGE:
        assert str(StoreDamaged(code, Path("/data/zsf.sqlite3"))).count("\n") == 0


# --- first creation -----------------------------------------------------------------------------

_OPEN_AND_DIE = """
import os, signal, sys
from pathlib import Path
from zsf_plugin.store import Cipher
from zsf_plugin.store.sqlite import SqliteStore
left = int(sys.argv[2])
def die(event, args):
    global left
    if event in ("open", "os.link", "os.rename", "os.remove", "sqlite3.connect", "os.mkdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
file, cipher = Path(sys.argv[1]), Cipher("s", "this test")
from zsf_plugin.store.sqlite.schema import migrations; migrations()
sys.addaudithook(die)
SqliteStore(file, cipher)
sys.addaudithook(lambda *_: None)
os._exit(0)
"""


def test_a_kill_while_a_database_is_made_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    kills, step = 0, 0
    while True:
        file = tmp_path / str(step) / "zsf.sqlite3"
        file.parent.mkdir()
        done = subprocess.run([sys.executable, "-c", _OPEN_AND_DIE, str(file), str(step)])
        if file.exists():
            assert file.stat().st_size > 0
        store = SqliteStore(file, CIPHER)
        assert not store.accept(new("e1")).duplicate
        store.close()
        step += 1
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        kills += 1
    assert kills >= 3


def test_a_new_database_is_whole_before_it_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(new_database())
    with closing(sqlite3.connect(tmp_path / "made")) as made:
        assert made.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(("key_age_s", "is_reported"), [(3600, True), (1, False), (None, False)])
def test_a_new_database_beside_an_old_key_is_reported(
    tmp_path: Path, key_age_s: int | None, is_reported: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(config_dir=tmp_path, data_dir=tmp_path)
    open_store(settings).close()
    made_at = settings.key_file.stat().st_mtime
    settings.database_file.unlink()
    if key_age_s is None:
        settings.key_file.unlink()
    else:
        os.utime(settings.key_file, (made_at - key_age_s, made_at - key_age_s))
    with caplog.at_level(logging.WARNING):
        open_store(settings).close()
    assert (str(settings.database_file) in caplog.text) == is_reported
    caplog.clear()
    open_store(settings).close()
    assert caplog.text == ""


def test_what_a_process_that_died_left_in_a_rollback_journal_is_undone(tmp_path: Path) -> None:
    file = tmp_path / "zsf.sqlite3"
    store = SqliteStore(file, CIPHER)
    for number in range(50):
        store.accept(new(f"e{number}", payload={"text": "x" * 2000}))
    store.close()
    dying = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = DELETE'); c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN'); c.execute(\"UPDATE entries SET lane = 'changed'\")\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", dying, str(file)], check=True)
    assert file.with_name("zsf.sqlite3-journal").stat().st_size > 0
    store = SqliteStore(file, CIPHER)
    assert {entry.lane for entry in store.entries("w", limit=99)} == {"p1"}
    store.close()
