"""Who owns a new record: the one active user with the event's user's e-mail, or nobody, with why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.events import plan, prospect, purchase
from tests.fakes.org import facts
from zsf_plugin.decision.owner import owner_value
from zsf_plugin.model import Json, ObjectDescribe, Record, Step, World

MAIL = "seller@zaplify.example"


def owner(
    *users: str, owner_email: str | None = MAIL, writable: bool = True
) -> tuple[dict[str, Json], Step]:
    """What a new Lead gets as its owner, in an org where users of those ids have the e-mail."""
    org = facts()
    lead = org.describes["Lead"]
    field = replace(lead.fields["OwnerId"], createable=writable)
    described: ObjectDescribe = replace(lead, fields={**lead.fields, "OwnerId": field})
    world = World(org).with_records([Record("User", id_, {"Email": MAIL}) for id_ in users])
    made = replace(plan(purchase(prospect(1))), owner_email=owner_email)
    return owner_value(made, world, described)


def test_the_one_user_with_the_e_mail_owns_it() -> None:
    assert owner("005A") == ({"OwnerId": "005A"}, Step("owned", "Lead", data={"user": "005A"}))


def test_e_mails_are_compared_without_case() -> None:
    assert owner("005A", owner_email=MAIL.upper())[0] == {"OwnerId": "005A"}


@pytest.mark.parametrize(
    ("users", "owner_email", "writable", "why"),
    [
        ((), MAIL, True, "no_user"),
        (("005A", "005B"), MAIL, True, "several_users"),
        (("005A",), None, True, "no_email"),
        (("005A",), MAIL, False, "not_writable"),
    ],
)
def test_nobody_owns_it_where_that_is_not_certain(
    users: tuple[str, ...], owner_email: str | None, writable: bool, why: str
) -> None:
    given = owner(*users, owner_email=owner_email, writable=writable)
    assert given == ({}, Step("no_owner", "Lead", data={"why": why}))


def test_an_object_that_nobody_owns_gets_no_owner() -> None:
    lead = facts().describes["Lead"]
    fields = {name: one for name, one in lead.fields.items() if name != "OwnerId"}
    made = plan(purchase(prospect(1)))
    step = Step("no_owner", "Lead", data={"why": "not_writable"})
    assert owner_value(made, World(facts()), replace(lead, fields=fields)) == ({}, step)
