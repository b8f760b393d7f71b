"""Whose day a date is: that of the user who owns the record, or will own it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.crm import FakeCrm
from tests.fakes.events import plan, prospect, purchase, touchpoint
from tests.fakes.org import describe, facts
from zsf_plugin.decision.activity import task_probe
from zsf_plugin.decision.reconcile import reconcile
from zsf_plugin.decision.time_zones import time_zone
from zsf_plugin.model import Event, FieldDescribe, Json, Record, World
from zsf_plugin.sync.lookup import look_up_records

SELLER, COWORKER, QUEUE = "005000000000000AAA", "005000000000001AAA", "00G000000000001AAA"
DAY = FieldDescribe("Day__c", "Day", "date")
LATE = "2026-11-20T16:30:00Z"
#: That moment's day for the seller in Stockholm, and for the coworker in Tokyo.
IN_STOCKHOLM, IN_TOKYO = "2026-11-20", "2026-11-21"


@pytest.fixture
def org() -> FakeCrm:
    known = {name: describe(name, extra=(DAY,)) for name in ("Lead", "Contact", "Account", "Task")}
    org = FakeCrm(replace(facts(), describes=known))
    org.add("User", Email="seller@zaplify.example", TimeZoneSidKey="Europe/Stockholm")
    org.add("User", Email="coworker@zaplify.example", TimeZoneSidKey="Asia/Tokyo")
    return org


def day_written(org: FakeCrm, event: Event, object_: str, mode: str = "lead", **rule: Json) -> Json:
    made = plan(replace(event, occurred_at=LATE), mode, **rule)  # type: ignore[arg-type]
    world = look_up_records([made], World(org.org), org, "purchases")
    (write,) = [one for one in reconcile(made, world)[0].writes if one.object == object_]
    return write.values["ActivityDate" if object_ == "Task" else "Day__c"]


def days(object_: str, **more: Json) -> dict[str, Json]:
    return {"fields": {object_: {"Day__c": "occurred_at", **more}}}


@pytest.mark.parametrize("object_", ["Lead", "Contact", "Account"])
@pytest.mark.parametrize(
    ("owner", "day"),
    [(SELLER, IN_STOCKHOLM), (COWORKER, IN_TOKYO), (QUEUE, IN_STOCKHOLM), (None, IN_STOCKHOLM)],
)
def test_a_date_on_a_known_record_is_its_owners_day(
    org: FakeCrm, object_: str, owner: str | None, day: str
) -> None:
    company = org.add("Account", Name="Acme 1", Website="acme1.example", OwnerId=owner)
    person = {"LastName": "Lovelace1", "Email": "ada1@acme1.example", "OwnerId": owner}
    org.add("Contact" if object_ != "Lead" else "Lead", **person, AccountId=company)
    mode = "lead" if object_ == "Lead" else "contact"
    assert day_written(org, purchase(prospect(1)), object_, mode, **days(object_)) == day


@pytest.mark.parametrize(
    ("owner", "day"), [(COWORKER, IN_TOKYO), (COWORKER[:15], IN_TOKYO), (QUEUE, IN_STOCKHOLM)]
)
def test_a_date_on_a_new_record_is_the_day_of_the_owner_that_a_rule_maps(
    org: FakeCrm, owner: str, day: str
) -> None:
    rule = days("Lead", OwnerId={"value": owner})
    assert day_written(org, purchase(prospect(1)), "Lead", **rule) == day
    assert day_written(org, purchase(prospect(1)), "Lead", **days("Lead")) == IN_STOCKHOLM


def test_a_tasks_date_is_the_day_of_the_owner_that_a_rule_maps(org: FakeCrm) -> None:
    org.add("Lead", LastName="L", Email="ada1@acme1.example", OwnerId=COWORKER)
    sent = touchpoint(prospect(1), sent_at=LATE)
    assert day_written(org, sent, "Task") == IN_STOCKHOLM
    activity: Json = {"*": {"OwnerId": {"value": COWORKER}, "ActivityDate": "touchpoint.sent_at"}}
    assert day_written(org, sent, "Task", activity=activity) == IN_TOKYO


def test_owners_are_looked_up_only_where_a_date_is_written(org: FakeCrm) -> None:
    org.add("Lead", LastName="L", Email="ada1@acme1.example", OwnerId=COWORKER)
    for rule, rounds in (({}, 0), (days("Lead"), 1)):
        made = plan(purchase(prospect(1)), **rule)
        before = org.finds
        world = look_up_records([made], World(org.org), org, "purchases")
        assert (("User", COWORKER) in world.records) is bool(rounds)
        made_rounds = org.finds - before
        assert made_rounds == 1 + rounds


def by(event: Event, user: Json) -> Event:
    return replace(event, payload={**event.payload, "user": user})


@pytest.mark.parametrize("email", [None, "nobody@else.example"])
def test_what_nobody_else_owns_has_the_connected_users_day(org: FakeCrm, email: str | None) -> None:
    org.org = replace(org.org, user_zone="Asia/Tokyo")
    sender: Json = {"id": "u9", "email": email}
    sent = touchpoint(prospect(1), sent_at=LATE)
    org.add("Lead", LastName="L", Email="ada1@acme1.example", OwnerId=SELLER)
    for event, object_ in ((purchase(prospect(2)), "Lead"), (sent, "Task")):
        assert day_written(org, event, object_, **days("Lead")) == IN_STOCKHOLM
        assert day_written(org, by(event, sender), object_, **days("Lead")) == IN_TOKYO


@pytest.mark.parametrize(
    ("key", "zone"), [("Europe/Stockholm", "Europe/Stockholm"), ("Nowhere/Atlantis", "UTC"), (None, "UTC")]
)  # fmt: skip
def test_without_an_owner_of_its_own_a_record_has_the_senders_zone_or_utc_if_unknown(
    key: str | None, zone: str
) -> None:
    sent = plan(touchpoint(prospect(1)))
    user = Record("User", SELLER, {"Email": "seller@zaplify.example", "TimeZoneSidKey": key})
    assert str(time_zone(sent, World(facts()).with_records([user]), "Task")) == zone
    assert str(time_zone(sent, World(facts()), "Task")) == "UTC"


def test_what_identifies_a_task_follows_the_zone_once_its_owner_is_known() -> None:
    sent = plan(touchpoint(prospect(1), sent_at="2026-11-20T16:30:00Z"))
    world = World(facts(external_id=False))
    person = Record("Contact", "003000000000001AAA", {})
    user = Record(
        "User", SELLER, {"Email": "seller@zaplify.example", "TimeZoneSidKey": "Asia/Tokyo"}
    )
    days_by_zone = []
    for known in (world, world.with_records([user])):
        days_by_zone += [
            value
            for name, _, value in task_probe(sent, known, person) or ()
            if name == "ActivityDate"
        ]
    assert days_by_zone == [IN_STOCKHOLM, IN_TOKYO]
