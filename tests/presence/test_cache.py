"""The cache of badges: how long each kind of answer is believed, and what names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.events import plan, prospect, purchase
from zsf_plugin.model import Finding, Sighting
from zsf_plugin.ports import Fact, Store
from zsf_plugin.presence.cache import (
    EXISTS_AGE_S,
    MISSING_AGE_S,
    BadgeCache,
    CachedFinding,
    name_of,
)

ORG = "00D000000000001EAA"
BOTH = Finding(Sighting("exists", "Lead", "00Q1"), Sighting("exists", "Account", None, 3))
PERSON_ONLY = replace(BOTH, company=Sighting("missing"))
NAME = "badge:one"


@pytest.fixture
def cache(store: Store, clock: FakeClock) -> BadgeCache:
    return BadgeCache(store, clock)


def test_what_was_found_out_comes_back_whole_with_its_moment(
    cache: BadgeCache, clock: FakeClock
) -> None:
    cache.keep(ORG, {NAME: BOTH})
    at = clock.now()
    clock.sleep(1.0)
    assert cache.fresh(ORG, [NAME]) == {NAME: CachedFinding(BOTH, at)}


def test_only_what_is_asked_for_is_read_and_of_that_org_alone(cache: BadgeCache) -> None:
    cache.keep(ORG, {NAME: BOTH, "badge:two": BOTH})
    assert list(cache.fresh(ORG, [NAME, "badge:three"])) == [NAME]
    assert cache.fresh("00D000000000002EAA", [NAME]) == {}
    assert cache.fresh(ORG, []) == {}


@pytest.mark.parametrize(("finding", "age_s"), [(BOTH, EXISTS_AGE_S), (PERSON_ONLY, MISSING_AGE_S)])
def test_what_exists_is_believed_for_an_hour_and_what_is_missing_for_ten_minutes(
    cache: BadgeCache, clock: FakeClock, finding: Finding, age_s: float
) -> None:
    cache.keep(ORG, {NAME: finding})
    clock.sleep(age_s - 1)
    assert NAME in cache.fresh(ORG, [NAME])
    clock.sleep(1)
    assert cache.fresh(ORG, [NAME]) == {}


def test_an_answer_from_the_future_is_not_believed(cache: BadgeCache, clock: FakeClock) -> None:
    cache.keep(ORG, {NAME: BOTH})
    clock.sleep(-1.0)
    assert cache.fresh(ORG, [NAME]) == {}


def test_old_answers_are_forgotten_once_an_hour_and_no_other_fact_is(
    cache: BadgeCache, store: Store, clock: FakeClock
) -> None:
    cache.keep(ORG, {NAME: BOTH})
    store.save_fact(ORG, "user:x", Fact([], clock.now()))
    clock.sleep(EXISTS_AGE_S - 1)
    cache.keep(ORG, {"badge:two": BOTH})
    assert store.fact(ORG, NAME) is not None
    clock.sleep(2)
    cache.keep(ORG, {"badge:three": BOTH})
    assert store.fact(ORG, NAME) is None
    assert store.fact(ORG, "badge:two") is not None
    assert store.fact(ORG, "user:x") is not None


def test_a_name_tells_values_and_workspace_apart_and_shows_neither() -> None:
    one = plan(purchase(prospect(1)))
    name = name_of("default", one)
    assert name == name_of("default", plan(purchase(prospect(1), "another-event")))
    assert name != name_of("other", one)
    assert name != name_of("default", plan(purchase(prospect(2))))
    assert name.startswith("badge:")
    assert "default" not in name
