"""What happens between an undo that died, after Salesforce had done what it asked, and the next one."""

from __future__ import annotations

import pytest

from tests.end_to_end.bench import MeteredBench
from tests.undo.test_undoer import _die, bench, emulator, entry, live, undo
from zsf_plugin.emulator import Emulator

__all__ = ["bench", "emulator"]


def connect_existing(bench: MeteredBench) -> None:
    """One purchase, whose Lead was there and got values."""
    bench.people_exist(1)
    bench.purchase(1)
    bench.drain()


def die_before_settling(bench: MeteredBench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(bench.app.store, "settle_undo", _die)
        with pytest.raises(SystemExit):
            undo(bench)


def test_what_had_arrived_is_recorded_though_someone_changed_another_field_since(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_existing(bench)
    die_before_settling(bench, monkeypatch)
    emulator.org.edit("Lead", live(emulator, "Lead")[0]["Id"], {"Title": "Chair"})
    (item,) = undo(bench).items
    assert (item.state, list(item.fields), list(item.left)) == ("undone", ["Website"], ["Title"])
    (line,) = bench.app.undoer.undone("default", entry(bench).id)
    assert dict(line.before) == {"Website": "a-company-number-0.example"}
    assert dict(line.after) == {"Website": None}
    assert len(bench.app.store.history("default", codes=["undone"])) == 1


def test_what_had_arrived_is_recorded_with_what_is_put_back_once_more(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_existing(bench)
    die_before_settling(bench, monkeypatch)
    emulator.org.edit("Lead", live(emulator, "Lead")[0]["Id"], {"Title": "Engineer"})
    (item,) = undo(bench).items
    assert (item.state, sorted(item.fields)) == ("undone", ["Title", "Website"])
    (line,) = bench.app.undoer.undone("default", entry(bench).id)
    assert line.before["Website"] == "a-company-number-0.example"


def test_a_purchase_meanwhile_looks_at_a_record_whose_values_were_put_back(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_existing(bench)
    die_before_settling(bench, monkeypatch)
    bench.purchase(1, prefix="again-")
    bench.drain()
    assert live(emulator, "Lead")[0]["Title"] == "Engineer"
    undo(bench, 0)  # leaves what the later entry wrote
    assert live(emulator, "Lead")[0]["Title"] == "Engineer"


def test_a_purchase_meanwhile_creates_a_person_whose_record_was_deleted(
    bench: MeteredBench, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.purchase(1)
    bench.drain()
    die_before_settling(bench, monkeypatch)
    bench.purchase(1, prefix="again-")
    bench.drain()
    assert len(live(emulator, "Lead")) == 1
    assert undo(bench, 0).is_whole
    assert len(live(emulator, "Lead")) == 1
