"""Users by e-mail: what is believed for how long, and under which address."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import FactsInMemory, by_email
from zsf_plugin.model import Lookup, Record
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.users import UserCache

ORG = "00D5g000004TyUiEAK"
ADA = "0055g00000AbCdEAAV"
COLUMNS = ["Id", "Email"]


@pytest.fixture
def store() -> FactsInMemory:
    return FactsInMemory()


@pytest.fixture
def users(store: FactsInMemory, clock: FakeClock) -> UserCache:
    return UserCache(cast(Store, store), clock)


def user(email: str, **values: Any) -> Record:
    return Record("User", ADA, {"Email": email, **values})


def test_no_user_is_cached_before_the_first_query(users: UserCache) -> None:
    lookup = by_email("User", "ada@x.example")
    assert users.known(ORG, [lookup], COLUMNS) == ([], [lookup])


def test_a_cached_user_is_found_by_the_address_in_any_case(users: UserCache) -> None:
    users.learn(ORG, [by_email("User", "ada@x.example")], [user("Ada@X.example")])
    (found,), unanswered = users.known(ORG, [by_email("User", "ADA@x.example")], COLUMNS)
    assert found == Record("User", ADA, {"Id": ADA, "Email": "Ada@X.example"})
    assert unanswered == []


def test_only_lookups_of_unknown_users_still_need_the_org(
    users: UserCache,
) -> None:
    ada, bob = by_email("User", "ada@x.example"), by_email("User", "bob@x.example")
    users.learn(ORG, [ada], [user("ada@x.example")])
    found, unanswered = users.known(ORG, [bob, ada], COLUMNS)
    assert ([one.id for one in found], unanswered) == ([ADA], [bob])


def test_characters_that_no_field_stores_are_removed_from_an_address(users: UserCache) -> None:
    users.learn(ORG, [by_email("User", "a\ud800da@x.example")], [user("ada@x.example")])
    (found,), _ = users.known(ORG, [by_email("User", " ada@x.example")], COLUMNS)
    assert found.id == ADA


def test_a_user_requested_twice_is_returned_once(users: UserCache) -> None:
    lookup = by_email("User", "ada@x.example")
    users.learn(ORG, [lookup], [user("ada@x.example")])
    found, _ = users.known(ORG, [lookup, lookup], COLUMNS)
    assert len(found) == 1


@pytest.mark.parametrize(("records", "age_s"), [([user("ada@x.example")], 3600.0), ([], 600.0)])
def test_a_found_user_is_cached_for_an_hour_and_a_missing_one_for_ten_minutes(
    users: UserCache, clock: FakeClock, records: list[Record], age_s: float
) -> None:
    lookup = by_email("User", "ada@x.example")
    users.learn(ORG, [lookup], records)
    clock.sleep(age_s - 1)
    assert users.known(ORG, [lookup], COLUMNS)[1] == []
    clock.sleep(1)
    assert users.known(ORG, [lookup], COLUMNS) == ([], [lookup])


def test_a_cached_user_without_a_selected_column_is_queried_again(users: UserCache) -> None:
    lookup = by_email("User", "ada@x.example")
    users.learn(ORG, [lookup], [user("ada@x.example")])
    assert users.known(ORG, [lookup], [*COLUMNS, "TimeZoneSidKey"])[1] == [lookup]


def test_another_orgs_users_are_not_known(users: UserCache) -> None:
    lookup = by_email("User", "ada@x.example")
    users.learn(ORG, [lookup], [user("ada@x.example")])
    assert users.known("00D000000000001AAA", [lookup], COLUMNS)[1] == [lookup]


@pytest.mark.parametrize(
    "lookup",
    [
        by_email("Lead", "ada@x.example"),
        Lookup("User", (("Name", "text", "ada@x.example"),)),
        Lookup("User", (("Email", "email", "ada@x.example"), ("Name", "text", "Ada"))),
    ],
)
def test_other_lookups_are_always_queried(users: UserCache, lookup: Lookup) -> None:
    users.learn(ORG, [by_email("User", "ada@x.example")], [user("ada@x.example")])
    assert users.known(ORG, [lookup], COLUMNS) == ([], [lookup])


def test_a_sandboxs_suffix_is_removed_if_the_lookup_had_none(
    users: UserCache,
) -> None:
    (learned,) = users.learn(
        ORG, [by_email("User", "Ada@x.example")], [user("ada@x.example.invalid")]
    )
    assert learned == user("ada@x.example")
    (found,), _ = users.known(ORG, [by_email("User", "ada@x.example")], COLUMNS)
    assert found.values["Email"] == "ada@x.example"


def test_a_suffix_in_the_lookup_stays(users: UserCache) -> None:
    asked = [by_email("User", "ada@x.example.invalid"), by_email("User", "ada@x.example")]
    (learned,) = users.learn(ORG, asked, [user("ada@x.example.invalid")])
    assert learned.values["Email"] == "ada@x.example.invalid"


def test_a_user_whose_address_is_hidden_has_an_empty_one(users: UserCache) -> None:
    (learned,) = users.learn(ORG, [by_email("User", "ada@x.example")], [Record("User", ADA, {})])
    assert learned == user("")


def test_records_of_other_objects_pass_as_they_are(users: UserCache, store: FactsInMemory) -> None:
    lead = Record("Lead", "00Q5g00000BvKcMEAV", {"Email": "ada@x.example"})
    assert users.learn(ORG, [by_email("Lead", "ada@x.example")], [lead]) == [lead]
    assert store.saved == {}


def test_forgotten_users_are_queried_again(users: UserCache) -> None:
    lookup = by_email("User", "ada@x.example")
    users.learn(ORG, [lookup], [user("ada@x.example")])
    users.forget(ORG)
    assert users.known(ORG, [lookup], COLUMNS)[1] == [lookup]


def test_cache_keys_contain_no_address(users: UserCache, store: FactsInMemory) -> None:
    users.learn(ORG, [by_email("User", "ada@x.example")], [])
    assert not any("ada" in name for _, name in store.saved)


def test_a_user_that_was_seen_is_known_by_id_at_any_age(users: UserCache, clock: FakeClock) -> None:
    ada = user("ada@x.example", Name="Ada Lovelace")
    users.learn(ORG, [by_email("User", "ada@x.example")], [ada])
    clock.sleep(1_000_000.0)
    found = users.by_id(ORG, [ADA, "0055g00000Other0AAA"])
    assert {key: one.values["Name"] for key, one in found.items()} == {ADA: "Ada Lovelace"}


def test_what_was_cached_before_a_person_asked_again_counts_no_more(
    users: UserCache, clock: FakeClock
) -> None:
    """Also if nobody was found; unless the time they asked at is that of a clock set back since."""
    ada, bob = by_email("User", "ada@x.example"), by_email("User", "bob@x.example")
    users.learn(ORG, [ada, bob], [user("ada@x.example")])
    clock.sleep(1.0)
    assert users.known(ORG, [ada, bob], COLUMNS)[1] == []
    assert users.known(ORG, [ada, bob], COLUMNS, clock.now() - 5.0)[1] == []
    assert users.known(ORG, [ada, bob], COLUMNS, clock.now()) == ([], [ada, bob])
    assert users.known(ORG, [ada, bob], COLUMNS, clock.now() + 3600.0)[1] == []


def test_a_user_is_cached_by_id_too_and_so_is_one_that_is_not_found(
    users: UserCache, clock: FakeClock
) -> None:
    ada, gone = Lookup.by_id("User", ADA), Lookup.by_id("User", "0055g00000ZzZzEAAV")
    users.learn(ORG, [ada, gone], [user("ada@x.example")])
    (found,), unanswered = users.known(ORG, [ada, gone], COLUMNS)
    assert (found.id, unanswered) == (ADA, [])
    assert list(users.by_id(ORG, [ADA, "0055g00000ZzZzEAAV"])) == [ADA]
    clock.sleep(600.0)
    assert users.known(ORG, [ada, gone], COLUMNS)[1] == [gone]
    clock.sleep(3000.0)
    assert users.known(ORG, [ada, gone], COLUMNS)[1] == [ada, gone]
