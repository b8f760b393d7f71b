"""Merges and conversions are followed in any order, however the first record was found."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import facts
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.decision.search import MAX_SUCCESSORS
from zsf_plugin.model import Changes, Event, Link, World
from zsf_plugin.sync.lookup import look_up_records

Change = Literal["merged", "converted"]


def person_chain(org: FakeCrm, changes: list[Change], **values: str) -> list[str]:
    """The ids of a Lead and of what replaced it, in turn; only the last is live. At most one
    conversion."""
    object_, ids = "Lead", [org.add("Lead", LastName="First", **values)]
    for change in changes:
        if change == "converted":
            ids.append(org.add("Contact", LastName=f"Next {len(ids)}"))
            org.rows["Lead"][ids[-2]] |= {"IsConverted": True, "ConvertedContactId": ids[-1]}
            object_ = "Contact"
        else:
            ids.append(org.add(object_, LastName=f"Next {len(ids)}", Pad=str(len(ids))))
    for (before, after), change in zip(pairwise(ids), changes, strict=True):
        if change == "merged":
            org.merge("Lead" if before.startswith("00Q") else "Contact", before, after)
    return ids


def outcome(org: FakeCrm, event: Event, mode: str = "lead", *links: Link) -> Changes:
    made = plan(event, mode)  # type: ignore[arg-type]
    world = World(org.org, {link.key: link for link in links})
    return reconcile(made, look_up_records([made], world, org, "purchases"))[0]


def linked(changes: Changes, kind: str = "prospect") -> str:
    return next(link.record_id for link in changes.links if link.kind == kind)


@st.composite
def _changes(draw: st.DrawFn) -> list[Change]:
    merges = draw(st.integers(0, MAX_SUCCESSORS - 1))
    changes: list[Change] = ["merged"] * merges
    if draw(st.booleans()):
        changes.insert(draw(st.integers(0, merges)), "converted")
    return changes


@given(_changes(), st.sampled_from(["lead", "contact"]))
def test_a_link_leads_to_the_live_record(changes: list[Change], mode: str) -> None:
    org = FakeCrm(facts())
    ids = person_chain(org, changes)
    link = Link("prospect", "p1", "Lead", ids[0], {})
    made = outcome(org, purchase(prospect(1)), mode, link)
    assert linked(made) == ids[-1]
    assert all(write.action == "update" or write.object == "Account" for write in made.writes)


@given(_changes())
def test_an_activity_follows_the_chain_too(changes: list[Change]) -> None:
    org = FakeCrm(facts())
    ids = person_chain(org, changes)
    link = Link("prospect", "p1", "Lead", ids[0], {})
    (task,) = outcome(org, touchpoint(prospect(1)), "lead", link).writes
    assert task.values["WhoId"] == ids[-1]


@pytest.mark.parametrize("merges", range(MAX_SUCCESSORS))
def test_a_converted_lead_found_by_its_address_leads_through_merges(merges: int) -> None:
    org = FakeCrm(facts())
    ids = person_chain(org, ["converted", *["merged"] * merges], Email=str(prospect(1)["email"]))
    assert linked(outcome(org, purchase(prospect(1)))) == ids[-1]


def test_a_converted_lead_found_by_our_id_leads_through_a_merge() -> None:
    org = FakeCrm(facts())
    ours = plan(purchase(prospect(1))).targets["Lead"].external_id
    ids = person_chain(org, ["converted", "merged"], Zaplify_Id__c=ours)
    assert linked(outcome(org, purchase(prospect(1)))) == ids[-1]


@pytest.mark.parametrize("merges", range(1, MAX_SUCCESSORS + 1))
def test_a_company_merged_again_is_followed(merges: int) -> None:
    org = FakeCrm(facts())
    ids = [org.add("Account", Name=f"Acme {n}", Pad=str(n)) for n in range(10, 11 + merges)]
    for loser, winner in pairwise(ids):
        org.merge("Account", loser, winner)
    link = Link("company", "c1", "Account", ids[0], {})
    assert linked(outcome(org, purchase(prospect(1)), "contact", link), "company") == ids[-1]


def test_a_chain_that_ends_at_a_deleted_record_falls_back_to_the_match_keys() -> None:
    org = FakeCrm(facts())
    ids = person_chain(org, ["converted", "merged"])
    del org.rows["Contact"][ids[-1]]
    known = org.add("Lead", LastName="Known", Email=str(prospect(1)["email"]))
    made = outcome(org, purchase(prospect(1)), "lead", Link("prospect", "p1", "Lead", ids[0], {}))
    assert linked(made) == known
    assert made.stale == (("prospect", "p1"),)


def test_following_a_conversion_alone_takes_no_more_lookups() -> None:
    org = FakeCrm(facts())
    ids = person_chain(org, ["converted"])
    outcome(org, purchase(prospect(1)), "lead", Link("prospect", "p1", "Lead", ids[0], {}))
    assert org.finds == 2
