"""Which plans of a batch may concern the same person, company or touchpoint."""

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
    """The number of each plan's group at that level."""
    return [dict(groups).get(level) for groups in overlap_groups(made, world)]


def people(*events: Event, world: World = EMPTY) -> bool:
    """Whether all these events may concern one person."""
    return len(set(together("person", plans(events), world))) == 1


def test_unrelated_prospects_do_not_overlap() -> None:
    assert not people(purchase(prospect(1)), purchase(prospect(2)))


def test_two_events_of_one_prospect_overlap() -> None:
    assert people(purchase(prospect(1)), touchpoint(prospect(1)))


def test_a_shared_match_key_overlaps_in_any_spelling() -> None:
    assert people(purchase(prospect(1)), purchase(prospect(2, email="ADA1@Acme1.example")))


def test_plans_that_find_the_same_record_overlap() -> None:
    lead = record("Lead", LEAD, Email="ada1@acme1.example")
    linked = world_of(lead, links=[Link("prospect", "p2", "Lead", LEAD, {})])
    assert people(purchase(prospect(1)), purchase(prospect(2)), world=linked)
    assert not people(purchase(prospect(1)), purchase(prospect(2)), world=world_of(lead))


def test_overlap_is_transitive() -> None:
    first = purchase(prospect(1))
    between = purchase(prospect(2, email="ada1@acme1.example"))
    last = purchase(prospect(2))
    assert people(first, between, last)
    assert not people(first, last)


def test_namesakes_of_one_company_overlap_under_any_name_of_it() -> None:
    """The company's part of a match key is represented by the company's group."""
    company = {"id": "c1", "name": "Acme One", "domain": "acme1.example"}
    same = {"first_name": "Ada", "last_name": "Byron"}
    first = purchase(prospect(1, email=None, **same))
    assert people(first, purchase(prospect(2, email=None, company=company, **same)))
    assert not people(first, purchase(prospect(3, email=None, **same)))


def test_companies_overlap_by_link_key_and_found_record() -> None:
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


def test_a_plan_without_company_or_touchpoint_is_in_no_such_group() -> None:
    made = [plan(purchase(prospect(1, company=None)))]
    assert together("company", made) == [None]
    assert together("touchpoint", made) == [None]


def test_a_repeated_touchpoint_overlaps_and_two_of_a_person_do_not() -> None:
    sent = [
        touchpoint(prospect(1), "t1"),
        touchpoint(prospect(1), "t1"),
        touchpoint(prospect(1), "t2"),
    ]
    first, again, other = together("touchpoint", plans(sent))
    assert first == again != other


def test_a_key_that_cannot_be_queried_causes_no_overlap() -> None:
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


def test_a_plan_without_a_company_does_not_shift_the_groups_of_the_next() -> None:
    made = plans([purchase(prospect(1, company=None)), purchase(prospect(2)), purchase(prospect(2), "e2")])  # fmt: skip
    without_company, first, again = together("company", made)
    assert without_company is None
    assert first == again is not None


def test_a_later_key_still_joins_plans_while_an_earlier_one_waits_for_the_company() -> None:
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
