"""What is known of search results without a call."""

from __future__ import annotations

from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.model import UNSEEN, Connection, Finding, Sighting, World
from zsf_plugin.ports import JournalLine
from zsf_plugin.presence.cache import CachedFinding
from zsf_plugin.presence.known import created_world, learn_from_cache, missing_since
from zsf_plugin.presence.search import Search, Wanted

MISSING = Finding(Sighting("missing"), Sighting("missing"))
BOTH = Finding(Sighting("exists", "Lead", "00Q1"), Sighting("exists", "Account", "0011"))
NO_ONE: Connection = None  # type: ignore[assignment]  # nobody asks who is connected here


def wanted() -> Wanted:
    """A search for one person, not yet found out."""
    person = prospect(1)
    search = Search("default", [person], {}, lambda _: True)
    return Wanted(search, NO_ONE, {"p1": plan(purchase(person))}, {"p1": "badge:p1"})


def lead(email: str) -> JournalLine:
    after = {"LastName": "Lovelace", "Email": email}
    return JournalLine("e1", "Lead", "00Q9", "create", {}, after, 5.0)


def learned(finding: Finding, created: World | None) -> Finding:
    one = wanted()
    learn_from_cache(one, {"p1": CachedFinding(finding, 7.0)}, created)
    return one.search.findings()["p1"]


def test_only_what_was_missing_makes_us_read_our_own_writes_from_the_earliest_on() -> None:
    assert missing_since({"a": CachedFinding(BOTH, 1.0)}) is None
    cached = {"a": CachedFinding(BOTH, 1.0), "b": CachedFinding(MISSING, 3.0)}
    assert missing_since(cached | {"c": CachedFinding(MISSING, 2.0)}) == 2.0


def test_the_cache_tells_what_was_seen_and_when() -> None:
    found = learned(BOTH, None)
    assert (found.person, found.by, found.at) == (BOTH.person, "looking", 7.0)


def test_a_record_that_we_created_since_turns_its_badge() -> None:
    email = prospect(1)["email"]
    assert isinstance(email, str)
    found = learned(MISSING, created_world([lead(email)], facts()))
    assert (found.person, found.by) == (Sighting("exists", "Lead", "00Q9"), "our_write")


def test_a_record_of_somebody_else_turns_none() -> None:
    found = learned(MISSING, created_world([lead("other@else.example")], facts()))
    assert (found.person.status, found.by) == ("missing", "looking")


def test_who_was_cached_as_unknown_has_no_key() -> None:
    found = learned(Finding(UNSEEN, UNSEEN), None)
    assert found.why == "no_key"
