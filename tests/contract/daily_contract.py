"""The contract of every store engine for counts by day; part of `store_contract`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.surveys_contract import arrived, connected, org_fence
from zsf_plugin.model import Cause, Kind, Step, Tokens
from zsf_plugin.ports import Entry, Outcome, Settlement, Store

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
    ]
)
#: Which entry is settled, how, and after how many hours.
_STORY = st.lists(st.tuples(st.integers(0, 4), _ENDS, st.integers(0, 100)), max_size=12)


def _outcome(entry: Entry) -> Outcome | None:
    """What an entry came to, read from its steps; None if it waits."""
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


def _counted(entries: Iterable[Entry]) -> dict[datetime.date, dict[str, int]]:
    """The entries by day and outcome."""
    days: dict[datetime.date, Counter[str]] = {}
    for entry in entries:
        outcome, at = _outcome(entry), entry.settled_at or entry.received_at
        if outcome is not None:
            on = datetime.datetime.fromtimestamp(at, datetime.UTC).date()
            days.setdefault(on, Counter())[outcome] += 1
    return {day: dict(numbers) for day, numbers in days.items()}


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
        for number, (state, steps), hours in story:
            now = _AT + hours * 3_600
            if state == "released":
                store.release(name, entry_ids=[ids[number]])
                continue
            cause = _CAUSE if state == "held" else None
            end = Settlement(ids[number], state, cause=cause, steps=steps)  # type: ignore[arg-type]
            store.settle(org_fence(store), [end], now)
        expected = _counted(store.entries(name))
        assert store.outcomes_by_day(name, datetime.date(1970, 1, 1)) == expected

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
