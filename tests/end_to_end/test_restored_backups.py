"""A backup from an hour ago is restored, and the host sends the hour's events again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

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


def _restored_after_an_hour(bench: MeteredBench, folder: Path) -> dict[str, int]:
    """The records after the hour; then the backup from before it is restored, and the hour's events
    are sent again."""
    bench.purchase(1)
    bench.touch(1, 1)
    bench.drain()
    bench.app.operations.back_up(folder / "backup.sqlite3", lambda *_: None)
    _the_hour(bench)
    bench.drain()
    bench.clock.shift_s += 3600.0
    before, settings = _counts(bench), bench.app.settings
    bench.app.close()
    for file in settings.data_dir.glob("zsf.sqlite3*"):
        file.unlink()
    shutil.copy(folder / "backup.sqlite3", settings.database_file)
    bench.app = CommandApp(Parts(settings, bench.clock))
    assert bench.app.store.counts("default").done == 2
    _the_hour(bench)
    bench.drain()
    return before


def test_with_the_field_nothing_is_written_twice(bench: MeteredBench, tmp_path: Path) -> None:
    before = _restored_after_an_hour(bench, tmp_path)
    assert before["Task"] == 5
    assert _counts(bench) == before


def test_without_the_field_nobody_is_created_twice(
    without_field: MeteredBench, tmp_path: Path
) -> None:
    """What is not promised is that activities are logged once."""
    before = _restored_after_an_hour(without_field, tmp_path)
    after = _counts(without_field)
    assert {**after, "Task": 0} == {**before, "Task": 0}
