"""What is known of search results without a call: how long the cache uses each kind of answer and
how it names it, and what our own writes change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.model import UNKNOWN_PRESENCE, Connection, Presence, ResultPresence, World
from zsf_plugin.ports import Fact, JournalLine, Store
from zsf_plugin.presence.known import (
    MAX_EXISTS_AGE_S,
    MAX_MISSING_AGE_S,
    BadgeCache,
    CachedFinding,
    cache_name,
    created_world,
    learn_from_cache,
    missing_since,
)
from zsf_plugin.presence.search import BadgeSearch, PendingResults

ORG = "00D000000000001EAA"
BOTH = ResultPresence(Presence("exists", "Lead", "00Q1"), Presence("exists", "Account", None, 3))
PERSON_ONLY = replace(BOTH, company=Presence("missing"))
NAME = "badge:one"

MISSING = ResultPresence(Presence("missing"), Presence("missing"))
LEAD_AND_ACCOUNT = ResultPresence(
    Presence("exists", "Lead", "00Q1"), Presence("exists", "Account", "0011")
)
NO_ONE: Connection = None  # type: ignore[assignment]  # nobody asks who is connected here


@pytest.fixture
def cache(store: Store, clock: FakeClock) -> BadgeCache:
    return BadgeCache(store, clock)


def test_a_cached_finding_is_read_back_complete_with_its_time(
    cache: BadgeCache, clock: FakeClock
) -> None:
    cache.store_findings(ORG, {NAME: BOTH})
    at = clock.now()
    clock.sleep(1.0)
    assert cache.fresh(ORG, [NAME]) == {NAME: CachedFinding(BOTH, at)}


def test_only_the_requested_names_of_that_org_are_read(cache: BadgeCache) -> None:
    cache.store_findings(ORG, {NAME: BOTH, "badge:two": BOTH})
    assert list(cache.fresh(ORG, [NAME, "badge:three"])) == [NAME]
    assert cache.fresh("00D000000000002EAA", [NAME]) == {}
    assert cache.fresh(ORG, []) == {}


@pytest.mark.parametrize(
    ("finding", "age_s"), [(BOTH, MAX_EXISTS_AGE_S), (PERSON_ONLY, MAX_MISSING_AGE_S)]
)
def test_existing_findings_last_an_hour_and_missing_ones_ten_minutes(
    cache: BadgeCache, clock: FakeClock, finding: ResultPresence, age_s: float
) -> None:
    cache.store_findings(ORG, {NAME: finding})
    clock.sleep(age_s - 1)
    assert NAME in cache.fresh(ORG, [NAME])
    clock.sleep(1)
    assert cache.fresh(ORG, [NAME]) == {}


def test_a_finding_from_the_future_is_ignored(cache: BadgeCache, clock: FakeClock) -> None:
    cache.store_findings(ORG, {NAME: BOTH})
    clock.sleep(-1.0)
    assert cache.fresh(ORG, [NAME]) == {}


def test_old_answers_are_forgotten_once_an_hour_and_no_other_fact_is(
    cache: BadgeCache, store: Store, clock: FakeClock
) -> None:
    cache.store_findings(ORG, {NAME: BOTH})
    store.save_fact(ORG, "user:x", Fact([], clock.now()))
    clock.sleep(MAX_EXISTS_AGE_S - 1)
    cache.store_findings(ORG, {"badge:two": BOTH})
    assert store.fact(ORG, NAME) is not None
    clock.sleep(2)
    cache.store_findings(ORG, {"badge:three": BOTH})
    assert store.fact(ORG, NAME) is None
    assert store.fact(ORG, "badge:two") is not None
    assert store.fact(ORG, "user:x") is not None


def test_a_cache_name_depends_on_values_workspace_and_org_and_reveals_neither() -> None:
    one = plan(purchase(prospect(1)))
    name = cache_name(ORG, "default", one)
    assert name == cache_name(ORG, "default", plan(purchase(prospect(1), "another-event")))
    assert name != cache_name(ORG, "other", one)
    assert name != cache_name("00D000000000002EAA", "default", one)
    assert name != cache_name(ORG, "default", plan(purchase(prospect(2))))
    assert name.startswith("badge:")
    assert "default" not in name


def pending() -> PendingResults:
    """A search for one person, not resolved yet."""
    person = prospect(1)
    search = BadgeSearch("default", [person], {}, lambda _: True)
    return PendingResults(search, NO_ONE, {"p1": plan(purchase(person))}, {"p1": "badge:p1"})


def lead(email: str) -> JournalLine:
    after = {"LastName": "Lovelace", "Email": email}
    return JournalLine("e1", "Lead", "00Q9", "create", {}, after, 5.0)


def learned(finding: ResultPresence, created: World | None) -> ResultPresence:
    one = pending()
    learn_from_cache(one, {"p1": CachedFinding(finding, 7.0)}, created)
    return one.search.findings()["p1"]


def test_only_missing_findings_make_us_read_our_writes_since_the_earliest_of_them() -> None:
    assert missing_since({"a": CachedFinding(LEAD_AND_ACCOUNT, 1.0)}) is None
    cached = {"a": CachedFinding(LEAD_AND_ACCOUNT, 1.0), "b": CachedFinding(MISSING, 3.0)}
    assert missing_since(cached | {"c": CachedFinding(MISSING, 2.0)}) == 2.0


def test_the_cache_returns_what_was_found_and_when() -> None:
    found = learned(LEAD_AND_ACCOUNT, None)
    assert (found.person, found.by, found.at) == (LEAD_AND_ACCOUNT.person, "looking", 7.0)


def test_a_record_that_we_created_since_turns_its_badge() -> None:
    email = prospect(1)["email"]
    assert isinstance(email, str)
    found = learned(MISSING, created_world([lead(email)], facts()))
    assert (found.person, found.by) == (Presence("exists", "Lead", "00Q9"), "our_write")


def test_a_record_of_another_person_changes_no_badge() -> None:
    found = learned(MISSING, created_world([lead("other@else.example")], facts()))
    assert (found.person.status, found.by) == ("missing", "looking")


def test_a_person_cached_as_unknown_has_no_key() -> None:
    found = learned(ResultPresence(UNKNOWN_PRESENCE, UNKNOWN_PRESENCE), None)
    assert found.why == "no_key"
