"""SQLite fulfils the contract; and its own features: private files, one database for threads and
processes."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.store_contract import OpenStore, StoreContract, connection, new
from zsf_plugin.errors import ConfigurationError, StoreUnavailable
from zsf_plugin.model import Tokens
from zsf_plugin.ports import Store
from zsf_plugin.settings import Settings, from_environment
from zsf_plugin.store import open_store as open_engine


def settings(folder: Path, **environment: str) -> Settings:
    return from_environment(environment, config_dir=folder, data_dir=folder / "data")


class TestSqliteStore(StoreContract):
    """The contract, run by SQLite."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[OpenStore]:
        opened: list[Store] = []

        def open_one() -> Store:
            opened.append(open_engine(settings(tmp_path)))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def fresh(self) -> Store:
        return open_engine(settings(Path(tempfile.mkdtemp(dir=self.folder))))


def test_files_are_private_to_their_owner_and_hold_no_plain_token(tmp_path: Path) -> None:
    store = open_engine(settings(tmp_path))
    store.save_connection(connection(), Tokens("ACCESS_CANARY", "REFRESH_CANARY"))
    store.close()
    files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    content = b"".join(path.read_bytes() for path in files)
    assert b"ACCESS_CANARY" not in content
    assert b"REFRESH_CANARY" not in content


def test_a_key_that_does_not_fit_says_what_to_do(tmp_path: Path) -> None:
    store = open_engine(settings(tmp_path, ZSF_SECRET_KEY="one"))
    store.save_connection(connection(), Tokens("access", "refresh"))
    store.close()
    other = open_engine(settings(tmp_path, ZSF_SECRET_KEY="another"))
    with pytest.raises(ConfigurationError, match="zsf connect"):
        other.tokens("w")
    other.close()


def test_another_engines_url_is_refused_with_a_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ZSF_DATABASE_URL"):
        open_engine(settings(tmp_path, ZSF_DATABASE_URL="mysql://localhost/zsf"))


def test_a_file_that_is_no_database_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zsf.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailable, match=r"zsf\.sqlite3"):
        open_engine(settings(tmp_path))


_HAMMER = """
import sys
from pathlib import Path
from tests.contract.store_contract import new
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
folder = Path(sys.argv[1])
store = open_store(from_environment({}, config_dir=folder, data_dir=folder / "data"))
print(sum(not store.accept(new(f"e{number}")).duplicate for number in range(100)))
"""


def test_processes_that_bring_the_same_events_make_one_entry_each(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HAMMER, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    accepted = sum(int(process.communicate(timeout=60)[0]) for process in processes)
    store = open_engine(settings(tmp_path))
    assert accepted == store.counts("w").pending == 100
    assert store.accept(new("e1")).duplicate
    store.close()


_RESERVE = """
import sys
from pathlib import Path
from zsf_plugin.settings import from_environment
from zsf_plugin.store import open_store
folder = Path(sys.argv[1])
store = open_store(from_environment({}, config_dir=folder, data_dir=folder / "data"))
for _ in range(50):
    print(1000.0 + store.reserve_call("00D000000000001EAA", "badges", 1000.0, 0.25))
"""


def test_processes_of_one_org_never_share_a_slot(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _RESERVE, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    slots = sorted(
        float(line) for process in processes for line in process.communicate(timeout=60)[0].split()
    )
    assert slots == [1000.0 + number * 0.25 for number in range(100)]
