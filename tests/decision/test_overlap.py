"""Which plans of a batch may speak of the same person, company or touchpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.fakes.events import plan, plans, prospect, purchase, touchpoint
from tests.fakes.org import facts
from tests.sync.planned import ACCOUNT, LEAD, record, world_of
from zsf_plugin.decision.overlap import Level, overlap_groups
from zsf_plugin.model import Event, Json, Link, Plan, World

EMPTY = world_of()


def together(level: Level, made: Sequence[Plan], world: World = EMPTY) -> list[int | None]:
    """For each plan the number of its group of that level."""
    return [dict(groups).get(level) for groups in overlap_groups(made, world)]


def people(*events: Event, world: World = EMPTY) -> bool:
    """Whether all these events may speak of one person."""
    return len(set(together("person", plans(events), world))) == 1


def test_strangers_share_nothing() -> None:
    assert not people(purchase(prospect(1)), purchase(prospect(2)))


def test_two_events_of_one_prospect_overlap() -> None:
    assert people(purchase(prospect(1)), touchpoint(prospect(1)))


def test_who_shares_a_match_key_overlaps_however_it_is_spelled() -> None:
    assert people(purchase(prospect(1)), purchase(prospect(2, email="ADA1@Acme1.example")))


def test_whom_any_name_finds_as_the_same_record_overlaps() -> None:
    lead = record("Lead", LEAD, Email="ada1@acme1.example")
    linked = world_of(lead, links=[Link("prospect", "p2", "Lead", LEAD, {})])
    assert people(purchase(prospect(1)), purchase(prospect(2)), world=linked)
    assert not people(purchase(prospect(1)), purchase(prospect(2)), world=world_of(lead))


def test_everybody_between_two_that_overlap_is_in_their_group() -> None:
    first = purchase(prospect(1))
    between = purchase(prospect(2, email="ada1@acme1.example"))
    last = purchase(prospect(2))
    assert people(first, between, last)
    assert not people(first, last)


def test_namesakes_of_one_company_overlap_whatever_each_calls_it() -> None:
    """The company's part of a match key is the company's group."""
    company = {"id": "c1", "name": "Acme One", "domain": "acme1.example"}
    same = {"first_name": "Ada", "last_name": "Byron"}
    first = purchase(prospect(1, email=None, **same))
    assert people(first, purchase(prospect(2, email=None, company=company, **same)))
    assert not people(first, purchase(prospect(3, email=None, **same)))


def test_a_company_is_told_by_its_link_its_keys_and_what_they_find() -> None:
    one, by_domain, other = (
        plan(purchase(prospect(1))),
        plan(purchase(prospect(2, company={"name": "Else", "domain": "www.acme1.example"}))),
        plan(purchase(prospect(3))),
    )
    first, second, third = together("company", [one, by_domain, other])
    assert first == second != third
    account = record("Account", ACCOUNT, Website="acme1.example")
    linked = world_of(account, links=[Link("company", "c3", "Account", ACCOUNT, {})])
    assert len(set(together("company", [one, other], linked))) == 1


def test_who_names_no_company_and_sends_no_touchpoint_is_in_no_such_group() -> None:
    made = [plan(purchase(prospect(1, company=None)))]
    assert together("company", made) == [None]
    assert together("touchpoint", made) == [None]


def test_a_touchpoint_sent_twice_is_one_and_two_of_a_person_are_two() -> None:
    sent = [
        touchpoint(prospect(1), "t1"),
        touchpoint(prospect(1), "t1"),
        touchpoint(prospect(1), "t2"),
    ]
    first, again, other = together("touchpoint", plans(sent))
    assert first == again != other


def test_a_key_that_the_org_cannot_be_asked_by_tells_nobody_apart() -> None:
    org = facts(external_id=False)
    without_email = {
        name: replace(
            one, fields={name: field for name, field in one.fields.items() if name != "Email"}
        )
        for name, one in org.describes.items()
    }
    org = replace(org, describes=without_email)
    twins = [purchase(prospect(1)), purchase(prospect(2, email="ada1@acme1.example"))]
    assert not people(*twins, world=world_of(org=org))


def test_one_without_a_company_keeps_the_next_ones_company_apart_from_nobody() -> None:
    made = plans([purchase(prospect(1, company=None)), purchase(prospect(2)), purchase(prospect(2), "e2")])  # fmt: skip
    nobody, first, again = together("company", made)
    assert nobody is None
    assert first == again is not None


def test_records_found_by_a_key_after_one_that_waits_for_its_company_join_their_finders() -> None:
    lead = record("Lead", LEAD, Email="ada1@acme1.example")
    by_company: list[Json] = [["LastName", "AccountId"], {"field": "Email", "compare": "email"}]
    match: dict[str, Json] = {"Contact": by_company, "Lead": by_company}
    linked = world_of(lead, links=[Link("prospect", "p2", "Lead", LEAD, {})])
    made = [plan(purchase(prospect(n)), match=match) for n in (1, 2)]
    assert len(set(together("person", made, linked))) == 1


def test_two_values_are_alike_only_in_the_same_field() -> None:
    match: dict[str, Json] = {"Lead": ["FirstName", "LastName"], "Contact": []}
    first = prospect(1, first_name="Ada", last_name="Byron", company=None)
    other = prospect(2, first_name="Byron", last_name="King", company=None)
    made = [plan(purchase(one), match=match) for one in (first, other)]
    assert len(set(together("person", made))) == 2
