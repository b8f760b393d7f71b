"""A badge says "exists" if and only if a purchase would connect the person instead of creating it,
whatever people did in the org: converted, merged, deleted and restored records in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.decision.presence import presence_of
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.model import Presence, World
from zsf_plugin.presence.querying import look_up_results
from zsf_plugin.sync.lookup import look_up_records

PEOPLE = ("Lead", "Contact")
EMAIL = str(prospect(1)["email"])
#: What a record has of the person: nothing, its e-mail address, its name, or our id.
HAS = ("nothing", "Email", "name", "id")


@dataclass
class History:
    """An org with records of people, and what happens to them."""

    org: FakeCrm = field(default_factory=lambda: FakeCrm(facts()))
    bin: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, object_: str, has: str) -> str:
        made = plan(purchase(prospect(1))).targets[object_]
        values = {
            "nothing": {},
            "Email": {"Email": EMAIL},
            "name": {"FirstName": "Ada1", "Company": "Acme 1"},
            "id": {"Zaplify_Id__c": made.external_id},
        }[has]
        return self.org.add(object_, **{"LastName": "L", **values})

    def convert(self, lead: str, contact: str) -> None:
        if lead in self.org.rows["Lead"]:
            self.org.rows["Lead"][lead] |= {"IsConverted": True, "ConvertedContactId": contact}

    def merge(self, loser: str, winner: str) -> None:
        object_ = _object_of(loser)
        rows = self.org.rows[object_]
        if loser != winner and loser in rows and winner in rows:
            self.org.merge(object_, loser, winner)

    def delete(self, record_id: str) -> None:
        row = self.org.rows[_object_of(record_id)].pop(record_id, None)
        if row is not None:
            self.bin[record_id] = row

    def undelete(self, record_id: str) -> None:
        object_ = _object_of(record_id)
        row = self.bin.pop(record_id, None) or self.org.merged[object_].pop(record_id, None)
        if row is not None:
            self.org.rows[object_][record_id] = {**row, "MasterRecordId": None}


def _object_of(record_id: str) -> str:
    return "Lead" if record_id.startswith("00Q") else "Contact"


@st.composite
def histories(draw: st.DrawFn) -> History:
    made = History()
    ids = {
        object_: [made.add(object_, draw(st.sampled_from(HAS))) for _ in range(3)]
        for object_ in PEOPLE
    }
    for _ in range(draw(st.integers(0, 6))):
        change = draw(st.sampled_from(["convert", "merge", "delete", "undelete"]))
        object_ = draw(st.sampled_from(PEOPLE))
        one, other = draw(st.sampled_from(ids[object_])), draw(st.sampled_from(ids[object_]))
        if change == "convert":
            made.convert(draw(st.sampled_from(ids["Lead"])), draw(st.sampled_from(ids["Contact"])))
        elif change == "merge":
            made.merge(one, other)
        else:
            getattr(made, change)(one)
    return made


def badge(org: FakeCrm, mode: str) -> Presence:
    made = plan(purchase(prospect(1)), mode)  # type: ignore[arg-type]
    return presence_of(made, look_up_results(org, {"p1": made})).person


def is_created(org: FakeCrm, mode: str) -> bool:
    """Whether a purchase would create the person."""
    made = plan(purchase(prospect(1)), mode)  # type: ignore[arg-type]
    world = look_up_records([made], World(org.org), org, "purchases")
    changes = reconcile(made, world)[0]
    return any(one.action == "create" and one.object in PEOPLE for one in changes.writes)


@given(histories(), st.sampled_from(["lead", "contact"]))
def test_a_badge_exists_if_a_purchase_would_connect(made: History, mode: str) -> None:
    status = badge(made.org, mode).status
    assert status == ("missing" if is_created(made.org, mode) else "exists")


@pytest.mark.parametrize("mode", ["lead", "contact"])
def test_a_chain_of_changes_is_followed_until_it_ends_and_again_when_restored(mode: str) -> None:
    made = History()
    lead = made.add("Lead", "Email")
    contacts = [made.add("Contact", "nothing") for _ in range(3)]
    made.convert(lead, contacts[0])
    for loser, winner in pairwise(contacts):
        assert badge(made.org, mode).id == loser
        made.merge(loser, winner)
    assert badge(made.org, mode).id == contacts[-1]
    made.delete(contacts[-1])
    assert (badge(made.org, mode).status, is_created(made.org, mode)) == ("missing", True)
    made.undelete(contacts[-1])
    assert badge(made.org, mode).id == contacts[-1]
    made.undelete(contacts[0])
    assert badge(made.org, mode).id == contacts[0]
