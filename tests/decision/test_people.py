"""Planning one person for many events: the plans are the same as those made one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decision.test_possible import EXPRESSIONS
from tests.fakes.events import prospect, purchase, rules, touchpoint
from zsf_plugin.decision.decide import decide
from zsf_plugin.decision.expressions import places_read
from zsf_plugin.decision.people import KnownPeople
from zsf_plugin.model import Event, Json, Rules

_COSTLY = "contains(to_string(prospect.custom.many[:2000]), 'zzz')"
_MANY: Json = {"many": [{"a": f"x{number % 20}"} for number in range(1_000)]}


def _with_lead(**fields: Json) -> Rules:
    return rules(fields={"Lead": fields})


RULES = [
    rules(),
    rules("contact", many="first"),
    _with_lead(Title="user.name"),
    _with_lead(Title="touchpoint.subject"),
    _with_lead(Description="occurred_at"),
    _with_lead(Description="to_string(@)"),
    _with_lead(**{f"F{number:02}__c": _COSTLY for number in range(40)}),
]
PROSPECTS = [
    prospect(1),
    prospect(1, title="Owner"),
    prospect(1, company=None),
    prospect(2, custom=_MANY),
    prospect(2, custom={"flag": True}),
    prospect(2, custom={"flag": 1}),
]


@st.composite
def _events(draw: st.DrawFn) -> Event:
    person = draw(st.sampled_from(PROSPECTS))
    number = draw(st.integers(1, 3))
    is_sent = draw(st.booleans())
    event = touchpoint(person, f"t{number}", subject=f"S{number}") if is_sent else purchase(person)
    if draw(st.booleans()):
        other = {"id": "u2", "email": "other@zaplify.example", "name": "Other"}
        event = replace(event, payload={**event.payload, "user": other})
    return replace(event, workspace=draw(st.sampled_from(["default", "other"])))


@given(st.lists(st.tuples(_events(), st.integers(0, len(RULES) - 1)), min_size=2, max_size=8))
def test_a_plan_is_the_same_whoever_was_planned_before(drawn: list[tuple[Event, int]]) -> None:
    known = KnownPeople()
    for arrived, (event, index) in enumerate(drawn):
        in_force = RULES[index]
        assert decide(event, in_force, arrived, known) == decide(event, in_force, arrived)


def test_the_touchpoints_of_one_prospect_share_their_person() -> None:
    known, in_force = KnownPeople(), rules()
    first, second = (
        decide(touchpoint(prospect(1), event_id), in_force, known=known)
        for event_id in ("t1", "t2")
    )
    assert first.targets["Lead"] is second.targets["Lead"]
    assert first.digest != second.digest
    assert first.person_digest == second.person_digest
    assert decide(purchase(prospect(1)), in_force).digest == first.person_digest


def test_no_more_than_a_number_of_people_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsf_plugin.decision.people.MAX_KNOWN_PEOPLE", 2)
    known, in_force = KnownPeople(), rules()
    first = decide(purchase(prospect(1)), in_force, known=known)
    for number in (2, 3):
        decide(purchase(prospect(number)), in_force, known=known)
    again = decide(purchase(prospect(1)), in_force, known=known)
    assert again == first
    assert again.targets["Lead"] is not first.targets["Lead"]


@pytest.mark.parametrize("index", [3, 4, 5])
def test_a_person_whose_fields_depend_on_the_event_is_planned_for_each(index: int) -> None:
    known, in_force = KnownPeople(), RULES[index]
    first, second = (
        decide(touchpoint(prospect(1), event_id, subject=event_id), in_force, known=known)
        for event_id in ("t1", "t2")
    )
    assert first.targets["Lead"] is not second.targets["Lead"]


@given(EXPRESSIONS)
def test_people_are_never_shared_under_rules_that_read_anything_else(text: str) -> None:
    if _with_lead(Title=text).shares_people:
        read = {names[:1] for names in places_read(text)}
        assert read <= {("prospect",), ("user",), ("workspace",)}


@pytest.mark.parametrize(
    "text",
    [
        *("@", "*.email", "prospect.id || *", "to_string(@)", "event_id", "[occurred_at]"),
        *("touchpoint.id", '"\\u0074ouchpoint".channel', "[*.channel][0]", "[*, prospect.id]"),
    ],
)
def test_what_differs_between_the_events_of_a_prospect_is_seen(text: str) -> None:
    assert not _with_lead(Title=text).shares_people


def test_the_shipped_rules_share_people() -> None:
    assert rules().shares_people
