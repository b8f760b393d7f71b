"""The contract of every store engine for paging through entries; part of `store_contract`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.model import Cause, JsonObject, Kind, State, Step
from zsf_plugin.ports import EntryFilter, EntryPage, NewEntry, Store

_FIELD = Cause("FIELD", "Lead", "Industry", {"misfit": "not_in_picklist"}, "f1")
_OTHER = Cause("FIELD", "Lead", "Rating", {"misfit": "not_in_picklist"}, "f1")
_STATES: tuple[State, ...] = ("pending", "held", "done", "skipped")


def arrival(
    number: int,
    *,
    kind: Kind = "purchase",
    state: State = "pending",
    cause: Cause | None = None,
    first: str = "Ada",
    last: str = "Byron",
    company: str = "Acme",
    user: JsonObject | None = None,
    workspace: str = "w",
) -> NewEntry:
    """An event of a person with that name and company, received at second `number`."""
    prospect = {
        "id": f"p{number}",
        "first_name": first,
        "last_name": last,
        "company": {"name": company},
    }
    payload: JsonObject = {
        "prospect": prospect,
        "user": user or {"name": "Sel", "email": "sel@zaplify.example"},
    }
    known = (_FIELD if cause is None else cause) if state == "held" else None
    at = "2026-11-01T10:00:00Z"
    return NewEntry(
        workspace,
        f"ev-{number}",
        kind,
        f"p{number}",
        state,
        "d",
        payload,
        at,
        float(number),
        None,
        known,
    )


_ARRIVALS = st.lists(
    st.builds(
        arrival,
        number=st.just(0),
        kind=st.sampled_from(["purchase", "touchpoint"]),
        state=st.sampled_from(_STATES),
        cause=st.sampled_from([_FIELD, _OTHER]),
        first=st.sampled_from(["Ada", "José", "ÅSA", "Stra\u00dfe", "\u212aim", "\ud800"]),
        company=st.sampled_from(["Acme", 'O"Neil & Söhne', "acme  \u65e5\u672c"]),
        user=st.sampled_from([{"name": "Sel Ler"}, {"email": "Bo@b.example"}, {"id": "u1"}]),
    ),
    max_size=7,
)
_FILTERS = st.builds(
    EntryFilter,
    state=st.sampled_from([None, None, *_STATES]),
    kind=st.sampled_from([None, None, "purchase", "touchpoint"]),
    cause=st.sampled_from([None, None, "FIELD", "FIELD:Lead.Rating"]),
    seller=st.sampled_from([None, None, "Sel Ler", "Bo@b.example"]),
    words=st.sampled_from(
        [
            None,
            None,
            "ada",
            "JOSÉ",
            "jose",
            "strasse",
            "kim",
            "acme \u65e5",
            'o"n',
            "EV-3",
            "åsa söhne",
        ]
    ),
    since=st.sampled_from([None, None, 3.0]),
    lane=st.sampled_from([None, None, "p1"]),
)


def applies(wanted: EntryFilter, entry: NewEntry) -> bool:
    """What a filter means, in the simplest code."""
    prospect, user = entry.payload["prospect"], entry.payload["user"]
    assert isinstance(prospect, dict)
    assert isinstance(user, dict)
    searched = f"{prospect['first_name']}\n{prospect['last_name']}\n{prospect['company']['name']}\n{entry.event_id}".casefold().replace(
        "é", "e"
    )
    return (
        wanted.state in (None, entry.state)
        and wanted.lane in (None, entry.lane)
        and wanted.kind in (None, entry.kind)
        and (
            wanted.cause is None
            or (entry.cause is not None and wanted.cause in (entry.cause.code, entry.cause.group))
        )
        and wanted.seller in (None, user.get("name") or user.get("email"))
        and all(
            word in searched for word in (wanted.words or "").casefold().replace("é", "e").split()
        )
        and entry.received_at >= (wanted.since or 0.0)
    )


def all_pages(store: Store, wanted: EntryFilter, limit: int, max_scanned: int) -> list[EntryPage]:
    """All pages, newest first."""
    pages = [store.page("w", wanted, limit=limit, max_scanned=max_scanned)]
    while pages[-1].older is not None:
        assert len(pages) < 50
        pages.append(
            store.page("w", wanted, before=pages[-1].older, limit=limit, max_scanned=max_scanned)
        )
    return pages


class PagingContract:
    """The contract for pages of entries."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def fresh(self) -> Store:
        """A separate store, for property tests."""
        raise NotImplementedError

    def fill(self, store: Store, arrivals: Sequence[NewEntry]) -> list[str]:
        return [store.accept(arrived).entry_id for arrived in arrivals]

    def events(self, page: EntryPage) -> list[str]:
        return [entry.event.event_id for entry in page.entries]

    @given(drawn=_ARRIVALS, wanted=_FILTERS, limit=st.integers(1, 3), max_scanned=st.integers(1, 9))
    def test_leafing_through_shows_each_entry_that_fits_once_newest_first(
        self, drawn: list[NewEntry], wanted: EntryFilter, limit: int, max_scanned: int
    ) -> None:
        store = self.fresh()
        try:
            arrivals = [
                replace(one, event_id=f"ev-{n}", received_at=float(n), lane=f"p{n % 2}")
                for n, one in enumerate(drawn)
            ]
            ids = self.fill(
                store, [replace(arrivals[0], workspace="v"), *arrivals] if arrivals else []
            )[1:]
            expected = [one.event_id for one in reversed(arrivals) if applies(wanted, one)]
            pages = all_pages(store, wanted, limit, max_scanned)
            assert [event for page in pages for event in self.events(page)] == expected
            assert all(len(page.entries) <= limit for page in pages)
            assert all(page.scanned_back_to is None or len(page.entries) < limit for page in pages)
            if arrivals:
                newer = [event for event in expected if event != arrivals[0].event_id]
                assert store.newer("w", wanted, ids[0]) == len(newer)
        finally:
            store.close()

    def test_a_page_that_reached_its_limit_says_how_far_back_it_read_and_where_to_continue(
        self, store: Store
    ) -> None:
        ids = self.fill(
            store, [arrival(n, company="Initech" if n == 0 else "Acme") for n in range(9)]
        )
        wanted = EntryFilter(words="initech")
        page = store.page("w", wanted, max_scanned=5)
        assert (list(page.entries), page.older, page.scanned_back_to) == ([], ids[4], 4.0)
        older = store.page("w", wanted, before=page.older, max_scanned=5)
        assert (self.events(older), older.older, older.scanned_back_to) == (["ev-0"], None, None)

    def test_every_word_must_occur_in_a_name_the_company_or_an_id(self, store: Store) -> None:
        self.fill(
            store,
            [arrival(1, first="José", company="Acme Süd"), arrival(2), arrival(3, company="acme")],
        )
        found = {
            words: self.events(store.page("w", EntryFilter(words=words)))
            for words in (
                "JOSÉ",
                "jose",
                "acme",
                "byron SÜD",
                "ev-2",
                "p2",
                "sel",
                "  ",
                "Jose\u0301",
            )
        }
        everyone = ["ev-3", "ev-2", "ev-1"]
        assert found == {
            "JOSÉ": ["ev-1"],
            "jose": ["ev-1"],
            "acme": everyone,
            "byron SÜD": ["ev-1"],
            "ev-2": ["ev-2"],
            "p2": ["ev-2"],
            "sel": [],
            "  ": everyone,
            "Jose\u0301": ["ev-1"],
        }

    def test_sellers_are_listed_once_by_name_or_else_by_address(self, store: Store) -> None:
        users = [
            {"name": "Zoë"},
            {"name": "Zoë", "email": "z@z.example"},
            {"email": "bo@b.example"},
            {"id": "u"},
        ]
        self.fill(store, [arrival(n, user=user) for n, user in enumerate(users)])
        self.fill(store, [arrival(9, workspace="v", user={"name": "Of another"})])
        assert list(store.sellers("w")) == ["bo@b.example", "Zoë"]
        assert self.events(store.page("w", EntryFilter(seller="Zoë"))) == ["ev-1", "ev-0"]

    def test_a_cause_selects_held_entries_and_no_dropped_ones(self, store: Store) -> None:
        ids = self.fill(
            store, [arrival(n, state="held", cause=_OTHER if n else _FIELD) for n in range(3)]
        )
        store.skip("w", Step("dropped"), 5.0, entry_ids=[ids[2]])
        assert self.events(store.page("w", EntryFilter(cause="FIELD:Lead.Rating"))) == ["ev-1"]
        assert self.events(store.page("w", EntryFilter(cause="FIELD", state="held"))) == [
            "ev-1",
            "ev-0",
        ]
        assert self.events(store.page("w", EntryFilter(cause="FIELD", state="skipped"))) == []

    def test_a_lane_is_read_page_by_page(self, store: Store) -> None:
        ids = self.fill(store, [replace(arrival(n), lane="p\ud800'%") for n in range(5)])
        self.fill(store, [replace(arrival(9, workspace="v"), lane="p\ud800'%")])
        first = store.page("w", EntryFilter(lane="p\ud800'%"), limit=3)
        rest = store.page("w", EntryFilter(lane="p\ud800'%"), before=first.older, limit=3)
        assert [one.id for one in (*first.entries, *rest.entries)] == ids[::-1]
        assert rest.older is None

    def test_an_event_that_was_invalid_is_found_by_its_id(self, store: Store) -> None:
        store.accept(replace(arrival(7, state="held"), payload={}))
        assert self.events(store.page("w", EntryFilter(words="ev-7"))) == ["ev-7"]
        assert self.events(store.page("w", EntryFilter(words="ada"))) == []
        assert list(store.sellers("w")) == []

    def test_an_invalid_entry_id_has_no_entries_before_or_after_it(self, store: Store) -> None:
        self.fill(store, [arrival(1)])
        for wanted in (EntryFilter(), EntryFilter(cause="FIELD"), EntryFilter(words="ada")):
            assert store.page("w", wanted, before="nonsense") == EntryPage([])
            assert store.newer("w", wanted, "nonsense") == 0

    def test_newer_ones_are_counted_up_to_a_thousand(self, store: Store) -> None:
        ids = self.fill(store, [arrival(n) for n in range(1003)])
        assert (
            store.newer("w", EntryFilter(), ids[0]),
            store.newer("w", EntryFilter(), ids[-2]),
        ) == (1000, 1)
