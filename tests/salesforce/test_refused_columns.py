"""Which columns count as refused: for an hour each, and until a person asks again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.salesforce.support import ORG, FactsInMemory
from zsf_plugin.ports import ASKED_AGAIN, Fact, Store
from zsf_plugin.salesforce.refused_columns import MAX_AGE_S, KnownColumns, RefusedColumnCache
from zsf_plugin.salesforce.session import SalesforceSession

USER = "005000000000001AAA"
OTHER_ORG = "00D5g000004TyUiEA2"


@pytest.fixture
def store() -> FactsInMemory:
    return FactsInMemory()


@pytest.fixture
def cache(store: FactsInMemory, clock: FakeClock) -> RefusedColumnCache:
    return cache_of(USER, store, clock)


def cache_of(user_id: str, store: FactsInMemory, clock: FakeClock) -> RefusedColumnCache:
    """The cache of a workspace that this user connected."""
    connection = SimpleNamespace(user_id=user_id)
    session = cast(SalesforceSession, SimpleNamespace(connection=lambda: connection))
    return RefusedColumnCache(session, cast(Store, store), clock)


def learn(cache: RefusedColumnCache, *columns: str) -> None:
    """As a search does that the org refuses."""
    known = cache.known(ORG)
    cache.save(ORG, known, {**known.codes, **dict.fromkeys(columns, "REFUSED")})


def known(cache: RefusedColumnCache, org_id: str = ORG) -> set[str]:
    return set(cache.known(org_id).codes)


def test_a_column_counts_for_an_hour_of_its_own(
    cache: RefusedColumnCache, clock: FakeClock
) -> None:
    """Another one that is learned meanwhile does not make it last."""
    learn(cache, "a")
    clock.sleep(MAX_AGE_S - 60)
    learn(cache, "b")
    assert known(cache) == {"a", "b"}
    assert known(cache, OTHER_ORG) == set()
    clock.sleep(60)
    assert known(cache) == {"b"}
    learn(cache, "c")
    clock.sleep(MAX_AGE_S - 60)
    assert known(cache) == {"c"}


def test_nothing_counts_once_a_person_asked_again(
    cache: RefusedColumnCache, store: FactsInMemory, clock: FakeClock
) -> None:
    learn(cache, "a")
    before = cache.known(ORG)
    store.save_fact(ORG, ASKED_AGAIN, Fact(1, clock.now()))
    assert known(cache) == set()
    assert cache.known(ORG).asked_at == clock.now()
    cache.save(ORG, before, {"b": "REFUSED"})  # a search that began before
    assert known(cache) == set()
    learn(cache, "c")
    assert known(cache) == {"c"}
    store.save_fact(OTHER_ORG, ASKED_AGAIN, Fact(1, clock.now()))
    assert known(cache) == {"c"}


@pytest.mark.parametrize(
    "body",
    [None, [], {"Lead x Email*": "REFUSED"}, {"asked": None, "columns": {"a": "REFUSED"}}, 7],
)
def test_what_another_version_stored_counts_for_nothing(
    cache: RefusedColumnCache, store: FactsInMemory, clock: FakeClock, body: object
) -> None:
    store.save_fact(ORG, f"refused_columns:{USER}", Fact(cast(dict[str, str], body), clock.now()))
    assert cache.known(ORG) == KnownColumns()


def test_what_one_user_may_not_search_by_another_may(
    cache: RefusedColumnCache, store: FactsInMemory, clock: FakeClock
) -> None:
    learn(cache, "a")
    other = cache_of("005000000000002AAA", store, clock)
    assert known(other) == set()
    learn(other, "b")
    assert (known(cache), known(other)) == ({"a"}, {"b"})


def test_a_clock_set_back_makes_no_column_count_for_longer(
    cache: RefusedColumnCache, clock: FakeClock
) -> None:
    learn(cache, "a")
    clock.time -= 1.0
    assert known(cache) == set()


@given(
    st.lists(
        st.one_of(st.sampled_from(["a", "b"]), st.just("ask"), st.floats(1.0, MAX_AGE_S, width=32)),
        max_size=12,
    )
)
def test_no_column_ever_counts_after_an_hour_or_a_persons_question(
    steps: list[str | float],
) -> None:
    store, clock, asked = FactsInMemory(), FakeClock(), 0
    cache = cache_of(USER, store, clock)
    refused_at: dict[str, float] = {}
    for step in steps:
        if step == "ask":
            asked += 1
            store.save_fact(ORG, ASKED_AGAIN, Fact(asked, clock.now()))
            refused_at = {}
        elif isinstance(step, str):
            if step not in known(cache):
                refused_at[step] = clock.now()
            learn(cache, step)
        else:
            clock.sleep(step)
        fresh = {name for name, at in refused_at.items() if clock.now() - at < MAX_AGE_S}
        assert known(cache) == fresh
