"""`zsf undo` as a person or a script meets it: the plan first, one document, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_provision import connected
from tests.cli.zsf import Zsf
from tests.end_to_end.bench import call
from zsf_plugin.cli.failures import failure_of
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import Fenced


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as running:
        yield running


@pytest.fixture
def zsf(tmp_path: Path, emulator: Emulator) -> Zsf:
    """A place where two purchases were synced: e1 connected to a Lead, e2 created one."""
    made = connected(tmp_path, emulator)
    person = call(1)["prospect"]
    names = {"FirstName": person["first_name"], "LastName": person["last_name"]}
    emulator.org.seed("Lead", {**names, "Email": person["email"], "Company": "Byron Ltd"})
    events = tmp_path / "events.jsonl"
    lines = [
        json.dumps({"hook": "on_prospect_purchased", "event_id": f"p{number}", **call(number)})
        for number in (1, 2)
    ]
    events.write_text("\n".join(lines))
    assert made("feed", str(events)).returncode == 0
    assert made("drain").returncode == 0
    return made


def document(zsf: Zsf, *arguments: str, code: int = 0) -> Any:
    done = zsf("undo", *arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def titles(emulator: Emulator) -> list[Any]:
    return [row["Title"] for row in emulator.org.records.live_rows("Lead")]


def test_without_apply_the_plan_is_shown_and_nothing_changed(zsf: Zsf, emulator: Emulator) -> None:
    done = zsf("undo", "e1")
    assert done.returncode == 0
    assert "Title" in done.stdout
    assert "`zsf undo e1 --apply` undoes this: 2 fields put back" in done.stdout
    assert "1 record deleted" in zsf("undo", "e2").stdout
    assert titles(emulator) == ["Engineer", "Engineer"]


def test_the_document_has_an_item_for_each_record(zsf: Zsf) -> None:
    found = document(zsf, "e1")
    (item,) = found["plan"]
    assert (found["entry"], found["applied"], item["object"]) == ("e1", False, "Lead")
    assert (item["action"], item["fields"]["Title"]) == (
        "restore",
        {"now": "Engineer", "back": None},
    )
    (item,) = document(zsf, "e2")["plan"]
    assert (item["action"], item["record_id"][:3], item["reason"]) == ("delete", "00Q", None)


def test_apply_undoes_once_and_again_says_so(zsf: Zsf, emulator: Emulator) -> None:
    assert "Undone: 2 fields put back" in zsf("undo", "e1", "--apply").stdout
    found = document(zsf, "e2", "--apply")
    assert (found["applied"], [item["state"] for item in found["plan"]]) == (True, ["undone"])
    assert titles(emulator) == [None]
    again = zsf("undo", "e2", "--apply")
    assert again.returncode == 0
    assert "Nothing is left to undo" in again.stdout
    assert "Undone by the command line" in again.stdout
    assert document(zsf, "e2")["plan"] == []
    assert "Undone by the command line" in zsf("outbox", "show", "e2").stdout


def test_what_someone_changed_is_left_with_the_reason_and_exit_code_1(
    zsf: Zsf, emulator: Emulator
) -> None:
    first, second = [row["Id"] for row in emulator.org.records.live_rows("Lead")]
    for lead in (first, second):
        emulator.org.edit("Lead", lead, {"Title": "Chair"})
    found = document(zsf, "e1", "--apply", code=1)
    (item,) = found["plan"]
    assert list(item["fields"]) == ["Website"]
    assert item["left"] == {"Title": "someone changed it since"}
    done = zsf("undo", "e2", "--apply")
    assert done.returncode == 1
    assert "Entry e2: nothing was undone" in done.stdout
    assert "someone changed Title since" in done.stdout
    assert "Nothing of it can be undone now" in done.stdout
    assert titles(emulator) == ["Chair", "Chair"]


def test_an_undo_that_lost_its_lease_says_what_to_do() -> None:
    failure = failure_of(Fenced("another process took over"))
    assert (failure.code, failure.exit_code) == ("fenced", 2)
    assert failure.lines[0].endswith("run it again: it looks first, and finishes")


def test_what_cannot_run_says_what_to_do_in_one_line_and_exits_2(
    zsf: Zsf, emulator: Emulator
) -> None:
    unknown = zsf("undo", "e99", "--json")
    assert unknown.returncode == 2
    assert json.loads(unknown.stdout)["error"]["code"] == "unknown_entry"
    emulator.faults.add({"kind": "drop_after_commit", "match": {"method": "DELETE"}})
    lost = zsf("undo", "e2", "--apply")
    assert lost.returncode == 2
    assert "run it again: it looks first and finishes" in lost.stderr
    assert len(lost.stderr.strip().splitlines()) == 1
    assert document(zsf, "e2", "--apply")["plan"][0]["state"] == "undone"
    assert zsf("disconnect", "--yes").returncode == 0
    gone = zsf("undo", "e1")
    assert gone.returncode == 2
    assert "not connected" in gone.stderr
