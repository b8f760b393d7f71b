"""Undoing what was written although its answer never came, or the process died first: as far as the
org shows it, and never with a claim that nothing was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.model import JsonObject
from zsf_plugin.ports import Entry
from zsf_plugin.undo import UndoPlan

WRITES = {"path_contains": "/composite", "body_contains": "Engineer"}
TITLE = {"Title": {"from": "prospect.title", "overwrite": "always"}}
TITLES: JsonObject = {"name": "Titles follow", "fields": {"Lead": TITLE, "Contact": TITLE}}
OBJECTS = ("Lead", "Contact", "Account", "Task")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An org with `Zaplify_Id__c`."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
        yield emulator


def lose_the_answer(bench: MeteredBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.emulator.faults.add({"kind": "drop_after_commit", "match": WRITES})
    bench.app.drains.drain("default")


def die_after_writing(bench: MeteredBench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(bench.app.store, "settle", _die)
        with pytest.raises(SystemExit):
            bench.app.drains.drain("default")


def _die(*_: object) -> None:
    raise SystemExit


ways = pytest.mark.parametrize("lose", [lose_the_answer, die_after_writing])


def rows(emulator: Emulator) -> dict[str, list[Any]]:
    return {name: [*emulator.org.records.live_rows(name)] for name in OBJECTS}


def ended(bench: MeteredBench) -> Entry:
    bench.app.drains.drain("default")
    entry = bench.app.store.entry("default", "e1")
    assert entry is not None
    assert entry.state == "done"
    return entry


def undo(bench: MeteredBench, entry: Entry) -> UndoPlan:
    return bench.app.undoer.apply(entry, "Ada")


@ways
@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_records_that_carry_our_id_are_journaled_as_created_and_undone(
    tmp_path: Path, emulator: Emulator, mode: str, lose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(emulator)
    bench = MeteredBench(tmp_path, mode, emulator)
    bench.purchase(1)
    lose(bench, monkeypatch)
    entry = ended(bench)
    created = {"lead": ["Lead"], "contact": ["Account", "Contact"]}[mode]
    journal = bench.app.store.journal("default", entry.id)
    assert [(line.object, line.action) for line in journal] == [
        (object_, "create") for object_ in created
    ]
    assert undo(bench, entry).is_whole
    assert rows(emulator) == before
    bench.app.close()


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_recognised_record_that_we_wrote_to_later_is_undone_too(
    tmp_path: Path, emulator: Emulator, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(emulator)
    bench = MeteredBench(tmp_path, mode, emulator, rule=TITLES)
    bench.purchase(1)
    die_after_writing(bench, monkeypatch)
    first = ended(bench)
    bench.purchase(1, prefix="promoted-", title="CTO")
    bench.drain()
    second = bench.app.store.entry("default", "e2")
    assert second is not None
    assert undo(bench, second).is_whole
    assert undo(bench, first).is_whole
    assert rows(emulator) == before
    bench.app.close()


def test_a_record_that_someone_changed_before_it_was_found_stays(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = MeteredBench(tmp_path, "lead", emulator)
    bench.purchase(1)
    die_after_writing(bench, monkeypatch)
    lead = emulator.org.records.live_rows("Lead")[0]["Id"]
    emulator.org.edit("Lead", lead, {"Title": "Chair"})
    (item,) = undo(bench, ended(bench)).items
    assert item.reason is not None
    assert (item.reason.code, item.reason.data) == ("changed", {"fields": ["Title"]})
    bench.app.close()


@ways
@pytest.mark.parametrize("exists", [True, False])
def test_what_is_not_known_is_said_instead_of_nothing_was_written(
    tmp_path: Path, lose: Any, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update, or a record without our id."""
    with Emulator(OrgSpec.stock()) as emulator:
        bench = MeteredBench(tmp_path, "lead", emulator)
        if exists:
            bench.people_exist(1)
        bench.purchase(1)
        lose(bench, monkeypatch)
        entry = ended(bench)
        assert [step.code for step in entry.steps] == ["found", "answer_lost"]
        plan = undo(bench, entry)
        assert (plan.items, plan.is_whole) == ((), False)
        assert plan.reason is not None
        assert plan.reason.code == "answer_lost"
        assert len(rows(emulator)["Lead"]) == 1
        bench.app.close()


@pytest.mark.parametrize("kind", ["drop_before", "html_503"])
def test_a_write_that_never_arrived_leaves_no_doubt(
    tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    bench = MeteredBench(tmp_path, "lead", emulator)
    bench.purchase(1)
    emulator.faults.add({"kind": kind, "match": WRITES})
    bench.app.drains.drain("default")
    bench.clock.shift_s += 3600
    entry = ended(bench)
    assert "answer_lost" not in {step.code for step in entry.steps}
    assert len(bench.app.store.journal("default", entry.id)) == 1
    assert undo(bench, entry).is_whole
    assert rows(emulator)["Lead"] == []
    bench.app.close()


@ways
def test_a_touchpoint_whose_answer_was_lost_is_undone(
    tmp_path: Path, emulator: Emulator, lose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = MeteredBench(tmp_path, "lead", emulator)
    bench.people_exist(1)
    call: JsonObject = {"id": "t1", "channel": "call", "subject": "Engineer"}
    bench.touched(1, call)
    lose(bench, monkeypatch)
    assert len(rows(emulator)["Task"]) == 1
    assert undo(bench, ended(bench)).is_whole
    assert rows(emulator)["Task"] == []
    bench.app.close()
