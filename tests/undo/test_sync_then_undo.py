"""Whatever was synced, and whatever was lost on the way: undoing every entry, in any order, leaves
the org as it was; and what others did in between stays as they left it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.end_to_end.bench import MeteredBench
from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.ports import Entry

OBJECTS = ("Lead", "Contact", "Account", "Task")
#: What every write changes, by whomever.
_STAMPS = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
PEOPLE = (0, 1, 2)
TWINS_COMPANY = {"id": "twins", "name": "Twins", "domain": "twins.example"}
RULE = {
    "name": "Titles follow Zaplify",
    "fields": {
        "Lead": {"Title": {"from": "prospect.title", "overwrite": "always"}},
        "Contact": {"Title": {"from": "prospect.title", "overwrite": "always"}},
    },
}
WRITES = {"path_contains": "/composite", "body_contains": "Engineer"}
OTHER = {"Username": "grace@acme.example", "Email": "grace@acme.example", "LastName": "Hopper"}
Rows = dict[str, dict[str, Any]]
Step: TypeAlias = "Purchase | Touch | SamePerson"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(OrgSpec.stock()) as emulator:
        emulator.org.seed("User", OTHER)
        yield emulator


@pytest.fixture(scope="module")
def provisioned() -> Iterator[Emulator]:
    """An org with `Zaplify_Id__c`."""
    with Emulator(OrgSpec(fields=FIELDS)) as emulator:
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
class SamePerson:
    """A purchase by another prospect, with another company, of the same person."""

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
_MORE_STEPS = st.lists(
    st.one_of(
        st.builds(Purchase, _PERSON, st.sampled_from(["Engineer", "CTO", "Chief Poet"])),
        st.builds(Touch, _PERSON),
        st.builds(SamePerson, _PERSON),
    ),
    min_size=1,
    max_size=5,
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


def synced(bench: MeteredBench, steps: Sequence[Step]) -> None:
    for number, step in enumerate(steps):
        if isinstance(step, Purchase):
            bench.purchase(step.person, prefix=f"{number}-", title=step.title)
        elif isinstance(step, SamePerson):
            twin = {"id": f"twin{step.person}", "company": TWINS_COMPANY}
            bench.purchase(step.person, prefix=f"{number}-twin-", **twin)
        else:
            call = {"id": f"t{number}", "channel": "call", "step": number}
            bench.touched(step.person, call)
        if number % 2:
            bench.app.drains.drain("default")
    bench.app.drains.drain("default")


def undo_all(bench: MeteredBench) -> list[bool]:
    """Undo every entry that ended, the last to be written first; whether each was undone whole."""
    # a touchpoint that came before its purchase is written after it
    last_first = sorted(ended(bench), key=lambda entry: entry.kind == "purchase")
    return [bench.app.undoer.apply(entry, "Ada").is_whole for entry in last_first]


def ended(bench: MeteredBench) -> list[Entry]:
    """The entries that ended, newest first."""
    entries = bench.app.store.entries("default", limit=100)
    return [entry for entry in entries if entry.state in ("done", "skipped")]


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


def undo_until_whole(bench: MeteredBench, order: list[int]) -> None:
    """Undo every entry, in that order of their places: again and again, while some are left because
    another has to be undone first."""
    undoer = bench.app.undoer
    for _ in range(len(order) + 1):
        entries = {place: entry for place, entry in enumerate(ended(bench)) if place in order}
        plans = [undoer.apply(entries[place], "Ada") for place in order if place in entries]
        if all(plan.is_whole for plan in plans):
            return
    raise AssertionError("something cannot be undone in that order")


@given(
    mode=st.sampled_from(["lead", "contact"]),
    existing=st.sets(_PERSON),
    steps=_MORE_STEPS,
    order=st.permutations(range(6)),
    is_lost=st.booleans(),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_undoing_in_any_order_also_after_a_lost_answer_leaves_the_org_as_it_was(
    provisioned: Emulator,
    mode: str,
    existing: set[int],
    steps: list[Step],
    order: list[int],
    is_lost: bool,
) -> None:
    bench = prepared(provisioned, mode, existing)
    before = rows(provisioned)
    bench.purchase(PEOPLE[-1], prefix="first-", title="Engineer")
    if is_lost and PEOPLE[-1] not in existing:  # what an update changed would not be known
        provisioned.faults.add({"kind": "drop_after_commit", "match": WRITES})
    bench.app.drains.drain("default")
    synced(bench, steps)
    undo_until_whole(bench, order)
    assert rows(provisioned) == before
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
