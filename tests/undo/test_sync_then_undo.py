"""Whatever was synced: undoing every entry, the newest first, leaves the org as it was; and what
others did in between stays as they left it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.end_to_end.bench import MeteredBench
from zsf_plugin.emulator import Emulator, OrgSpec

OBJECTS = ("Lead", "Contact", "Account", "Task")
#: What every write changes, by whomever.
_STAMPS = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
PEOPLE = (0, 1, 2)
RULE = {
    "name": "Titles follow Zaplify",
    "fields": {
        "Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}},
        "Contact": {"Title": {"from": "prospect.title", "overwrite": "always"}},
    },
}
OTHER = {"Username": "grace@acme.example", "Email": "grace@acme.example", "LastName": "Hopper"}
Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as emulator:
        emulator.org.seed("User", OTHER)
        yield emulator


@dataclass(frozen=True)
class Purchase:
    person: int
    title: str


@dataclass(frozen=True)
class Touch:
    person: int


@dataclass(frozen=True)
class Edit:
    """Another user changes a field of some record of ours: one that we write, or another one."""

    at: int
    field: str


_PERSON = st.sampled_from(PEOPLE)
_STEPS = st.lists(
    st.one_of(
        st.builds(Purchase, _PERSON, st.sampled_from(["Engineer", "CTO", "Chief Poet"])),
        st.builds(Touch, _PERSON),
    ),
    min_size=1,
    max_size=4,
)
_EDITS = st.lists(
    st.builds(Edit, st.integers(0, 20), st.sampled_from(["Title", "Description", "Phone"])),
    min_size=1,
    max_size=2,
)


def rows(emulator: Emulator) -> Rows:
    """What people see: every record, without the stamps of writes."""
    found: Rows = {}
    for name in OBJECTS:
        for row in emulator.org.records.live_rows(name):
            found[str(row["Id"])] = {key: row[key] for key in row if key not in _STAMPS}
    return found


def prepared(emulator: Emulator, mode: str, existing: set[int]) -> MeteredBench:
    """A new workspace on an org with only those people, some of them without a title."""
    emulator.org.clear_records()
    bench = MeteredBench(Path(tempfile.mkdtemp()), mode, emulator, rule=RULE)
    bench.people_exist(*sorted(existing), object_="Lead" if mode == "lead" else "Contact")
    return bench


def synced(bench: MeteredBench, steps: list[Purchase | Touch]) -> None:
    for number, step in enumerate(steps):
        if isinstance(step, Purchase):
            bench.purchase(step.person, prefix=f"{number}-", title=step.title)
        else:
            call = {"id": f"t{number}", "channel": "call", "step": number}
            bench.touched(step.person, call)
        if number % 2:
            bench.app.drains.drain("default")
    bench.app.drains.drain("default")


def undo_all(bench: MeteredBench) -> list[bool]:
    """Undo every entry that ended, the last to be written first; whether each was undone whole."""
    store, undoer = bench.app.store, bench.app.undoer
    entries = store.entries("default", limit=100)
    ended = [entry for entry in entries if entry.state in ("done", "skipped")]
    # a touchpoint that came before its purchase is written after it
    ended.sort(key=lambda entry: entry.kind == "purchase")
    return [undoer.apply(entry, "Ada").is_whole for entry in ended]


@given(mode=st.sampled_from(["lead", "contact"]), existing=st.sets(_PERSON), steps=_STEPS)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_syncing_and_undoing_leaves_the_org_as_it_was(
    emulator: Emulator, mode: str, existing: set[int], steps: list[Purchase | Touch]
) -> None:
    bench = prepared(emulator, mode, existing)
    before = rows(emulator)
    synced(bench, steps)
    assert all(undo_all(bench))
    assert rows(emulator) == before
    assert all(undo_all(bench))  # again is nothing
    assert rows(emulator) == before
    bench.app.close()


@given(
    mode=st.sampled_from(["lead", "contact"]),
    existing=st.sets(_PERSON),
    steps=_STEPS,
    edits=_EDITS,
)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_others_did_in_between_always_stays(
    emulator: Emulator,
    mode: str,
    existing: set[int],
    steps: list[Purchase | Touch],
    edits: list[Edit],
) -> None:
    bench = prepared(emulator, mode, existing)
    before = rows(emulator)
    synced(bench, steps)
    edited = edit(emulator, edits)
    between = rows(emulator)
    undo_all(bench)
    after = rows(emulator)
    for record_id in edited:
        assert after.get(record_id, {}).keys()  # never deleted
    for record_id, row in after.items():
        if record_id in before:
            expected = {**before[record_id], **edited.get(record_id, {})}
        else:  # created by us, and left; a title that a later purchase changed may be put back
            put_back = {"Title": row["Title"]} if "Title" in row else {}
            expected = {**between[record_id], **put_back, **edited.get(record_id, {})}
        assert row == expected
    for record_id in between.keys() - after.keys():
        assert record_id not in before
    bench.app.close()


def edit(emulator: Emulator, edits: list[Edit]) -> Rows:
    """What another user changes, by record."""
    people = [*emulator.org.rows["Lead"].values(), *emulator.org.rows["Contact"].values()]
    people = [row for row in people if not row["IsDeleted"]]
    other = emulator.org.user_id(OTHER["Username"])
    changed: Rows = {}
    for number, one in enumerate(edits):
        if not people:
            break
        row = people[one.at % len(people)]
        name = "Lead" if str(row["Id"]).startswith("00Q") else "Contact"
        values = {one.field: f"by hand {number}"}
        emulator.org.edit(name, str(row["Id"]), {**values, "LastModifiedById": other})
        changed.setdefault(str(row["Id"]), {}).update(values)
    return changed
