"""The contract of every store engine for entries in the order in which they were written; part of
`store_contract`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.paging_contract import all_pages, arrival
from tests.contract.surveys_contract import connected, org_fence
from zsf_plugin.model import Cause, Kind, State, Tokens
from zsf_plugin.ports import EntryFilter, JournalLine, Settlement, Store

_CAUSE = Cause("FIELD", "Lead", "Industry", {"misfit": "not_in_picklist"}, "f1")
_WRITTEN = EntryFilter(order="written")


def settled(entry: str, state: State = "done", *, writes: bool = True) -> Settlement:
    line = JournalLine(entry, "Lead", "00Q1", "update", {"Title": None}, {"Title": entry}, 10.0)
    cause = _CAUSE if state == "held" else None
    return Settlement(entry, state, cause=cause, journal=(line,) if writes else ())


class WrittenOrderContract:
    """The contract for entries in the order of writing."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def fresh(self) -> Store:
        """A separate store, for property tests."""
        raise NotImplementedError

    def filled(self, store: Store, number: int, kind: Kind = "purchase") -> list[str]:
        """Entries that wait, in order of arrival, of a connected workspace."""
        store.save_connection(connected("w"), Tokens("access", "refresh"))
        return [store.accept(arrival(n, kind=kind)).entry_id for n in range(number)]

    def settle(self, store: Store, at: float, *settlements: Settlement) -> None:
        store.settle(org_fence(store), list(settlements), at)

    def ids(self, store: Store, wanted: EntryFilter = _WRITTEN) -> list[str]:
        return [entry.id for entry in store.page("w", wanted).entries]

    def test_what_was_written_last_comes_first_whenever_it_arrived(self, store: Store) -> None:
        first, second, third, waits = self.filled(store, 4)
        self.settle(store, 20.0, settled(second))
        self.settle(store, 30.0, settled(first), settled(third))
        assert self.ids(store) == [third, first, second]
        assert waits not in self.ids(store)

    def test_what_wrote_nothing_is_left_out(self, store: Store) -> None:
        wrote, unchanged, account_only, skipped = self.filled(store, 4)
        self.settle(
            store,
            20.0,
            settled(wrote),
            settled(unchanged, writes=False),
            settled(account_only, "held"),
            settled(skipped, "skipped", writes=False),
        )
        assert self.ids(store) == [account_only, wrote]

    def test_filters_and_the_time_apply_to_it(self, store: Store) -> None:
        first, second = self.filled(store, 2)
        self.settle(store, 20.0, settled(second, "held"))
        self.settle(store, 30.0, settled(first))
        assert self.ids(store, replace(_WRITTEN, state="held")) == [second]
        assert self.ids(store, replace(_WRITTEN, state="pending")) == []
        assert self.ids(store, replace(_WRITTEN, kind="touchpoint")) == []
        assert self.ids(store, replace(_WRITTEN, words="ev-1")) == [second]
        assert self.ids(store, replace(_WRITTEN, since=25.0)) == [first]
        assert self.ids(store, replace(_WRITTEN, lane="p0")) == [first]

    def test_an_entry_that_is_released_and_written_again_is_first(self, store: Store) -> None:
        first, second = self.filled(store, 2)
        self.settle(store, 20.0, settled(first, "held"))
        self.settle(store, 30.0, settled(second))
        store.release("w", entry_ids=[first], now=35.0)
        assert self.ids(store) == [second]
        self.settle(store, 40.0, settled(first, writes=False))
        assert self.ids(store) == [first, second]

    def test_those_that_were_written_since_are_counted(self, store: Store) -> None:
        first, second, third = self.filled(store, 3)
        self.settle(store, 20.0, settled(third))
        self.settle(store, 30.0, settled(first), settled(second, writes=False))
        assert store.newer("w", _WRITTEN, third) == 1
        assert store.newer("w", _WRITTEN, first) == 0
        assert store.newer("w", _WRITTEN, "nonsense") == 0

    @pytest.mark.parametrize("cursor", ["nonsense", "e1", "@e1", "inf@e1", "nan@e1", "1.0@", "1.0"])
    def test_nothing_follows_what_is_no_place(self, store: Store, cursor: str) -> None:
        (only,) = self.filled(store, 1)
        self.settle(store, 20.0, settled(only))
        assert store.page("w", _WRITTEN, before=cursor).entries == []

    def test_a_scan_that_reached_its_limit_says_how_far_back_it_read(self, store: Store) -> None:
        wrote, *others = self.filled(store, 5)
        self.settle(store, 20.0, settled(wrote))
        self.settle(store, 30.0, *[settled(entry, writes=False) for entry in others])
        page = store.page("w", _WRITTEN, max_scanned=3)
        assert (page.entries, page.scanned_back_to) == ([], 30.0)
        rest = store.page("w", _WRITTEN, before=page.older, max_scanned=3)
        assert [entry.id for entry in rest.entries] == [wrote]

    @given(
        ends=st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=9),
        late=st.integers(0, 3),
        limit=st.integers(1, 3),
        max_scanned=st.integers(1, 9),
    )
    def test_leafing_through_shows_each_written_entry_once_while_others_are_settled(
        self, ends: Sequence[tuple[int, bool]], late: int, limit: int, max_scanned: int
    ) -> None:
        store = self.fresh()
        try:
            ids = self.filled(store, len(ends) + late)
            for entry, (at, writes) in zip(ids, ends, strict=False):
                self.settle(store, float(at), settled(entry, writes=writes))
            wrote = [(at, n) for n, (at, writes) in enumerate(ends) if writes]
            expected = [ids[n] for _, n in sorted(wrote, reverse=True)]
            first = store.page("w", _WRITTEN, limit=limit, max_scanned=max_scanned)
            for entry in ids[len(ends) :]:
                self.settle(store, 9.0, settled(entry))
            shown = [entry.id for entry in first.entries]
            before = first.older
            while before is not None:
                page = store.page(
                    "w", _WRITTEN, before=before, limit=limit, max_scanned=max_scanned
                )
                shown += [entry.id for entry in page.entries]
                before = page.older
            assert shown == expected
            pages = all_pages(store, _WRITTEN, limit, max_scanned)
            again = [entry.id for page in pages for entry in page.entries]
            assert again == [*reversed(ids[len(ends) :]), *expected]
        finally:
            store.close()

    def test_entries_that_ended_together_are_counted_by_their_moment(self, store: Store) -> None:
        one, two, three, four, five = self.filled(store, 5)
        assert store.ended_together("w", 0.0) == []
        self.settle(store, 20.0, settled(one))
        self.settle(store, 30.0, settled(two), settled(three, "held", writes=False))
        self.settle(store, 40.0, settled(four, "skipped", writes=False), settled(five, "pending"))
        assert store.ended_together("w", 0.0) == [(20.0, 1), (30.0, 2)]
        assert store.ended_together("w", 21.0) == [(30.0, 2)]
        assert store.ended_together("v", 0.0) == []
