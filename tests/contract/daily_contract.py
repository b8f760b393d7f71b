"""The contract of every store engine for counts by day; part of `store_contract`."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.surveys_contract import arrived, connected, org_fence
from zsf_plugin.model import Cause, Kind, Step, Tokens
from zsf_plugin.ports import Entry, Outcome, SettledUndo, Settlement, Store, UndoLine, UndoState

_DAY_S = 86_400.0
_FIRST = datetime.date(2026, 11, 1)
_AT = (_FIRST - datetime.date(1970, 1, 1)).days * _DAY_S
_CAUSE = Cause("A", "Lead")
_CREATED = (
    Step("found", "Account", data={"by": "link", "record": "001"}),
    Step("unmatched", "Lead"),
    Step("owned", "Lead", data={"user": "005"}),
    Step("created", "Lead"),
)
_BY_LINK = Step("found", "Contact", data={"by": "link", "record": "003"})
_BY_ID = Step("found", "Lead", data={"by": "external_id", "record": "00Q", "fields": ["X__c"]})
_BY_KEY = Step("found", "Contact", data={"by": "match_key", "record": "003", "fields": ["Email"]})
_UPDATED = Step("updated", "Contact", data={"fields": ["Title"]})
_LOGGED = Step("logged", "Task", data={"person": "Lead", "record": "00Q"})
#: What entries that are done came to, by their steps.
_DONE: tuple[tuple[Kind, tuple[Step, ...], Outcome], ...] = (
    ("purchase", _CREATED, "created"),
    ("purchase", (Step("created", "Account"), Step("created", "Contact")), "created"),
    ("purchase", (_BY_KEY,), "connected"),
    ("purchase", (_BY_ID, replace(_UPDATED, object="Lead")), "connected"),
    ("purchase", (_BY_KEY, Step("created", "Account"), _UPDATED), "connected"),
    ("purchase", (_BY_LINK, _UPDATED), "updated"),
    ("purchase", (_BY_LINK, Step("unchanged")), "unchanged"),
    ("purchase", (Step("unchanged"),), "unchanged"),
    ("purchase", (Step("legacy", data={"text": '["created","Lead",'}),), "unchanged"),
    ("touchpoint", (_BY_LINK, _LOGGED), "logged"),
    ("touchpoint", (_BY_LINK, Step("already_logged", "Task", data={"record": "00T"})), "unchanged"),
)
_ENDS = st.sampled_from(
    [
        *[("done", steps) for _, steps, _ in _DONE],
        ("held", ()),
        ("skipped", ()),
        ("pending", ()),
        ("writing", ()),
        ("released", ()),
        ("dropped", ()),
        ("undone", ()),
        ("purged", ()),
    ]
)
#: Which entry is settled, released, dropped or undone, and after how many hours; or what ended by
#: then is purged.
_STORY = st.lists(st.tuples(st.integers(0, 4), _ENDS, st.integers(0, 100)), max_size=12)


def _outcome(entry: Entry, is_undone: bool) -> Outcome | None:
    """What an entry came to, read from its steps; None if it waits."""
    if is_undone and entry.state == "done":
        return "undone"
    if entry.state == "held" or entry.state == "skipped":
        return entry.state
    if entry.state != "done":
        return None
    codes = {step.code for step in entry.steps}
    if entry.kind == "touchpoint":
        return "logged" if "logged" in codes else "unchanged"
    people = [step for step in entry.steps if step.object in ("Lead", "Contact")]
    if any(step.code == "created" for step in people):
        return "created"
    if any(step.code == "found" and step.data["by"] != "link" for step in people):
        return "connected"
    return "updated" if "updated" in codes else "unchanged"


#: What each entry counts as.
_Results: TypeAlias = "dict[str, tuple[datetime.date, Outcome]]"


def _results(store: Store, workspace: str) -> _Results:
    """What each entry of the workspace that has a result counts as, by its ID."""
    entries = store.entries(workspace)
    undone = store.undone_among(workspace, [entry.id for entry in entries])
    found: _Results = {}
    for entry in entries:
        outcome, at = _outcome(entry, entry.id in undone), entry.settled_at or entry.received_at
        if outcome is not None:
            on = datetime.datetime.fromtimestamp(at, datetime.UTC).date()
            found[entry.id] = (on, outcome)
    return found


def _counted(results: _Results) -> dict[datetime.date, dict[str, int]]:
    """The results by day and outcome."""
    days: dict[datetime.date, Counter[str]] = {}
    for day, outcome in results.values():
        days.setdefault(day, Counter())[outcome] += 1
    return {day: dict(numbers) for day, numbers in days.items()}


def undo(store: Store, workspace: str, entry: str, state: UndoState = "done") -> None:
    """Store that a record that the entry wrote was undone, or could not be."""
    line = UndoLine(entry, "Lead", "00Q000000000001AAA", "restore", state, {}, {}, _AT)
    store.mark_undoing(org_fence(store), [replace(line, state="sent")])
    store.settle_undo(org_fence(store), SettledUndo(workspace, entry, [line]))


def _change(
    store: Store, workspace: str, entry: str, end: tuple[str, tuple[Step, ...]], now: float
) -> None:
    """One step of a story."""
    state, steps = end
    if state == "released":
        store.release(workspace, entry_ids=[entry])
    elif state == "dropped":
        store.skip(workspace, Step("dropped"), now, entry_ids=[entry])
    elif state == "undone":
        undo(store, workspace, entry)
    else:
        cause = _CAUSE if state == "held" else None
        settled = Settlement(entry, state, cause=cause, steps=steps)  # type: ignore[arg-type]
        store.settle(org_fence(store), [settled], now)


class DailyContract:
    """The contract."""

    @pytest.mark.parametrize(("kind", "steps", "outcome"), _DONE)
    def test_an_entry_that_is_done_counts_by_what_happened(
        self, store: Store, kind: Kind, steps: tuple[Step, ...], outcome: Outcome
    ) -> None:
        entry = store.accept(arrived("w", "e1", kind)).entry_id
        assert store.outcomes_by_day("w", _FIRST) == {}
        store.settle(org_fence(store), [Settlement(entry, "done", steps=steps)], _AT + _DAY_S - 1)
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {outcome: 1}}

    def test_a_released_entry_counts_once_on_the_day_of_its_latest_result(
        self, store: Store
    ) -> None:
        ids = [store.accept(arrived("w", f"e{number}")).entry_id for number in range(2)]
        held = [Settlement(one, "held", cause=_CAUSE) for one in ids]
        store.settle(org_fence(store), held, _AT)
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"held": 2}}
        store.release("w", entry_ids=ids[:1])
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"held": 1}}
        done = Settlement(ids[0], "done", steps=_CREATED)
        store.settle(org_fence(store), [done], _AT + 2 * _DAY_S)
        third = _FIRST + datetime.timedelta(2)
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"held": 1}, third: {"created": 1}}
        assert store.outcomes_by_day("w", third) == {third: {"created": 1}}

    def test_an_event_that_is_skipped_or_held_when_it_arrives_counts_then(
        self, store: Store
    ) -> None:
        for number, state in enumerate(("skipped", "skipped", "held", "pending")):
            entry = arrived("w", f"e{number}", state=state)  # type: ignore[arg-type]
            store.accept(replace(entry, received_at=_AT + 60))
        store.accept(replace(arrived("v", state="skipped"), received_at=_AT))
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"skipped": 2, "held": 1}}

    @given(story=_STORY)
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.differing_executors,  # each engine runs it
        ],
    )
    def test_the_counts_are_always_those_of_the_entries(
        self, store: Store, story: list[tuple[int, tuple[str, tuple[Step, ...]], int]]
    ) -> None:
        name = f"w{len(store.workspaces())}"  # a workspace of its own for each example
        kinds: tuple[Kind, ...] = ("purchase", "touchpoint")
        ids = [
            store.accept(arrived(name, f"e{number}", kinds[number % 2])).entry_id
            for number in range(5)
        ]
        store.accept(arrived("another"))  # the newest entry of all is never removed
        removed: _Results = {}
        for number, end, hours in story:
            now = _AT + hours * 3_600
            before = _results(store, name)
            if end[0] == "purged":
                store.purge(name, now)
            elif store.entry(name, ids[number]) is not None:
                _change(store, name, ids[number], end, now)
            left = {entry.id for entry in store.entries(name)}
            removed |= {one: result for one, result in before.items() if one not in left}
        expected = _counted(removed | _results(store, name))
        assert store.outcomes_by_day(name, datetime.date(1970, 1, 1)) == expected

    def test_an_entry_counts_as_undone_once_something_of_it_was_undone(self, store: Store) -> None:
        first, second = (store.accept(arrived("w", f"e{number}")).entry_id for number in range(2))
        for one in (first, second):
            done = Settlement(one, "done", steps=_CREATED)
            store.settle(org_fence(store), [done], _AT)
        undo(store, "w", first, "refused")
        assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"created": 2}}
        for _ in range(2):  # its Lead, then its Account
            undo(store, "w", first)
            assert store.outcomes_by_day("w", _FIRST) == {_FIRST: {"created": 1, "undone": 1}}

    def test_counts_outlive_their_entries_by_sixty_days(self, store: Store) -> None:
        ids = [store.accept(arrived("w", f"e{number}")).entry_id for number in range(3)]
        days = (0, 30, 90)
        for one, day in zip(ids, days, strict=True):
            end = Settlement(one, "done", steps=_CREATED)
            store.settle(org_fence(store), [end], _AT + day * _DAY_S)
        store.accept(arrived("w", "last"))  # the newest entry of all is never removed
        on = [_FIRST + datetime.timedelta(day) for day in days]
        store.purge("w", _AT + 31 * _DAY_S)
        assert store.counts("w").done == 1
        assert list(store.outcomes_by_day("w", _FIRST)) == on
        store.purge("w", _AT + 91 * _DAY_S)
        assert list(store.outcomes_by_day("w", _FIRST)) == on[1:]

    def test_calls_are_counted_by_day_and_purpose_for_thirty_days(self, store: Store) -> None:
        for day in range(31):
            at = _AT + day * _DAY_S
            store.count_calls("00D1", "purchases", 2, at)
            store.count_calls("00D1", "badges", 1, at + 3_600)
            store.count_calls("00D2", "badges", 5, at)
        found = store.calls_by_day("00D1", _FIRST + datetime.timedelta(1))
        assert len(found) == 30
        assert set(map(str, found.values())) == {"{'badges': 1, 'purchases': 2}"}

    def test_the_oldest_that_waits_is_known(self, store: Store) -> None:
        assert store.waiting_since("w") is None
        kinds: tuple[Kind, ...] = ("purchase", "touchpoint")
        for at, kind in ((30.0, kinds[0]), (20.0, kinds[1]), (40.0, kinds[0])):
            store.accept(replace(arrived("w", f"e{at}", kind), received_at=at))
        store.accept(replace(arrived("v"), received_at=1.0))
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        assert store.waiting_since("w") == 20.0
        ids = [entry.id for entry in store.entries("w") if entry.kind == "touchpoint"]
        store.settle(org_fence(store), [Settlement(ids[0], "done")], _AT)
        assert store.waiting_since("w") == 30.0
