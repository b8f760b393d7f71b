"""The world: records found by their values, in every version they had."""

from __future__ import annotations

from tests.fakes.org import facts
from zsf_plugin.model import Link, Lookup, LookupParts, Record, World

BY_MAIL: LookupParts = (("Email", "email", "ADA@acme.example"),)
BY_NAME: LookupParts = (*BY_MAIL, ("LastName", "text", "lovelace"))


def lead(id_: str, mail: str | None = "ada@acme.example", name: str = "Lovelace") -> Record:
    return Record("Lead", id_, {"Email": mail, "LastName": name})


def test_records_match_if_every_part_does_in_the_order_they_were_added() -> None:
    first, second, other = lead("00Q2"), lead("00Q1"), lead("00Q3", name="Byron")
    world = World(facts()).with_records([first, second, other])
    assert world.matching("Lead", BY_MAIL) == (first, second, other)
    assert world.matching("Lead", BY_NAME) == (first, second)
    assert world.matching("Contact", BY_MAIL) == ()
    assert world.matching("Lead", ()) == ()


def test_a_record_is_found_by_its_id() -> None:
    world = World(facts()).with_records([lead("00Q1")])
    assert world.matching("Lead", Lookup.by_id("Lead", "00Q1").parts) == (lead("00Q1"),)
    assert world.records.get(("Lead", "00Q1")) == lead("00Q1")
    assert world.records.get(("Contact", "00Q1")) is None


def test_an_id_is_that_of_one_record_although_texts_are_compared_without_case() -> None:
    both = lead("00Qa"), lead("00QA")
    world = World(facts()).with_records(both)
    for record in both:
        assert world.matching("Lead", Lookup.by_id("Lead", record.id).parts) == (record,)


def test_a_created_record_counts_and_is_found_with_its_link() -> None:
    link = Link("prospect", "p1", "Lead", "new:0", {})
    world = World(facts()).with_created(lead("new:0"), link).with_created(lead("new:1"))
    assert (world.created_count, dict(world.links)) == (2, {link.key: link})
    assert world.matching("Lead", Lookup.by_id("Lead", "new:1").parts) == (lead("new:1"),)


def test_a_value_without_a_normal_form_matches_nothing() -> None:
    world = World(facts()).with_records([lead("00Q1", mail="not an address")])
    assert world.matching("Lead", (("Email", "email", "not an address"),)) == ()
    assert world.matching("Lead", (("LastName", "text", "lovelace"), ("Email", "email", " "))) == ()


def test_each_world_finds_its_own_version_of_a_record() -> None:
    before = World(facts()).with_records([lead("00Q1", mail=None)])
    assert before.matching("Lead", BY_MAIL) == ()
    after = before.with_records([lead("00Q1")])
    assert after.matching("Lead", BY_MAIL) == (lead("00Q1"),)
    assert before.matching("Lead", BY_MAIL) == ()
    gone = after.with_records([lead("00Q1", mail="other@acme.example")])
    assert gone.matching("Lead", BY_MAIL) == ()


def test_a_record_added_after_a_search_is_found() -> None:
    empty = World(facts())
    assert empty.matching("Lead", BY_MAIL) == ()
    assert empty.with_records([lead("00Q1")]).matching("Lead", BY_MAIL) == (lead("00Q1"),)


def test_an_empty_answer_counts_as_answered() -> None:
    lookup = Lookup("Lead", BY_MAIL)
    world = World(facts()).with_records([], [lookup])
    assert lookup in world.answered
    assert lookup not in World(facts()).answered
