"""A backup from an hour ago is restored, and the host sends the hour's events again: that of a file, by
our command, and that of a PostgreSQL database, by the commands of docs/operations.md."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from tests.postgres import Server
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

_OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
#: The commands of the page.
COMMANDS = re.findall(r"^\$ (.*)$", _OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)
_OBJECTS = ("Lead", "Contact", "Account", "Task")


@pytest.fixture(params=["lead", "contact"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(mode: str, tmp_path: Path) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        made = MeteredBench(tmp_path, mode, emulator)
        yield made
        made.app.close()


@pytest.fixture
def without_field(mode: str, tmp_path: Path) -> Iterator[MeteredBench]:
    with Emulator(OrgSpec()) as emulator:
        made = MeteredBench(tmp_path, mode, emulator)
        yield made
        made.app.close()


def _the_hour(bench: MeteredBench) -> None:
    """What happens after the backup: new people, one who is known, and their activities."""
    bench.purchase(2, 3)
    bench.purchase(1, prefix="again-", title="Director")
    bench.touch(1, 3)
    bench.touch(2, 2)


def _counts(bench: MeteredBench) -> dict[str, int]:
    return {name: len(bench.emulator.org.rows[name]) for name in _OBJECTS}


def _restored_after_an_hour(bench: MeteredBench, backup: Backup) -> dict[str, int]:
    """The records after the hour; then the backup from before it is restored, and the hour's events
    are sent again."""
    bench.purchase(1)
    bench.touch(1, 1)
    bench.drain()
    backup.make(bench)
    _the_hour(bench)
    bench.drain()
    bench.clock.shift_s += 3600.0
    before, settings = _counts(bench), bench.app.settings
    bench.app.close()
    bench.app = CommandApp(Parts(backup.restore(settings), bench.clock))
    assert bench.app.store.counts("default").done == 2
    _the_hour(bench)
    bench.drain()
    return before


class Backup(Protocol):
    """A way to make a backup of a bench's store, and to restore it."""

    def make(self, bench: MeteredBench) -> None: ...
    def restore(self, settings: Settings) -> Settings: ...


@dataclass
class BackupOfFile:
    """`zsf backup`."""

    file: Path

    def make(self, bench: MeteredBench) -> None:
        bench.app.operations.back_up(self.file, lambda *_: None)

    def restore(self, settings: Settings) -> Settings:
        for file in settings.data_dir.glob("zsf.sqlite3*"):
            file.unlink()
        shutil.copy(self.file, settings.database_file)
        return settings


@dataclass
class BackupOfServer:
    """`pg_dump` and `pg_restore`, as docs/operations.md has them."""

    server: Server
    folder: Path

    def make(self, bench: MeteredBench) -> None:
        self._run("pg_dump", ZSF_DATABASE_URL=str(bench.app.settings.database_url))

    def restore(self, settings: Settings) -> Settings:
        url = self.server.empty_database()
        self._run("pg_restore", NEW_DATABASE_URL=url)
        return replace(settings, database_url=url)

    def _run(self, tool: str, **variables: str) -> None:
        (line,) = [line for line in COMMANDS if tool in line]
        command = line.replace("/var/backups/zsf", str(self.folder))
        path = f"{self.server.binaries}{os.pathsep}{os.defpath}"
        subprocess.run(command, shell=True, check=True, timeout=60, env={"PATH": path, **variables})


def test_with_the_field_nothing_is_written_twice(bench: MeteredBench, tmp_path: Path) -> None:
    before = _restored_after_an_hour(bench, BackupOfFile(tmp_path / "backup.sqlite3"))
    assert before["Task"] == 5
    assert _counts(bench) == before


def test_without_the_field_nobody_is_created_twice(
    without_field: MeteredBench, tmp_path: Path
) -> None:
    """What is not promised is that activities are logged once."""
    before = _restored_after_an_hour(without_field, BackupOfFile(tmp_path / "backup.sqlite3"))
    after = _counts(without_field)
    assert {**after, "Task": 0} == {**before, "Task": 0}


@pytest.mark.parametrize("has_field", [True, False], ids=["with the field", "without it"])
def test_a_database_that_was_restored_from_a_dump_is_fed_again_alike(
    postgres: Server, tmp_path: Path, has_field: bool
) -> None:
    """The modes take turns."""
    mode, url = ("contact" if has_field else "lead"), postgres.new_database()
    with Emulator(OrgSpec(fields=FIELDS if has_field else [])) as emulator:
        bench = MeteredBench(tmp_path, mode, emulator, database=url)
        before = _restored_after_an_hour(bench, BackupOfServer(postgres, tmp_path))
        after = _counts(bench)
        bench.app.close()
    assert before["Task"] == 5
    if has_field:
        assert after == before
    assert {**after, "Task": 0} == {**before, "Task": 0}
