"""The org's own word on its day of calls, and calls that are counted before they leave."""

from __future__ import annotations

import json

import pytest

from tests.salesforce.support import Desk
from zsf_plugin.errors import NotSent, QuotaReached, StoreUnavailable
from zsf_plugin.model import Json
from zsf_plugin.ports import Usage
from zsf_plugin.salesforce.allocation import usage_in

WHOLE = json.loads(
    """{"DailyApiRequests":{"Max":115000,"Remaining":98213,"Ant Migration Tool":{"Max":0,"Remaining":0}},
    "PermissionSets":{"Max":1500,"Remaining":1496,"CreateCustom":{"Max":1000,"Remaining":996}}}"""
)


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (WHOLE, Usage(16787, 115000)),
        ({"DailyApiRequests": {"Max": 100, "Remaining": -3}}, Usage(103, 100)),
        ({"DailyApiRequests": {"Max": 0, "Remaining": 0}}, None),
        ({"DailyApiRequests": {"Max": "many"}}, None),
        ({"DailyApiRequests": []}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_days_calls_are_read_out_of_whatever_is_there(body: Json, usage: Usage | None) -> None:
    assert usage_in(body) == usage


def test_asking_costs_one_call_for_upkeep(desk: Desk) -> None:
    desk.calls()
    told = desk.crm.usage()
    assert told == Usage(desk.org.used, desk.org.daily_limit)
    assert desk.calls() == 1
    assert desk.store.allocation(desk.connection().org_id, desk.clock.now()).by_purpose == {
        "upkeep": 1
    }


@pytest.mark.parametrize("status", [403, 404])
def test_who_may_not_ask_is_told_by_the_header_of_the_refusal_or_not_at_all(
    desk: Desk, status: int
) -> None:
    body = [{"errorCode": "INSUFFICIENT_ACCESS" if status == 403 else "NOT_FOUND", "message": "no"}]
    desk.fault("status", "/limits", status=status, body=body)
    assert desk.crm.usage() in (None, Usage(desk.org.used, desk.org.daily_limit))


def test_a_day_that_is_used_up_is_told_as_such(desk: Desk) -> None:
    desk.org.used = desk.org.daily_limit
    with pytest.raises(QuotaReached) as caught:
        desk.crm.usage()
    assert caught.value.kind == "daily"


def test_a_call_is_counted_before_it_leaves_and_given_back_where_it_never_did(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    org_id, seen = desk.connection().org_id, []

    def broken(*_: object, **__: object) -> None:
        seen.append(dict(desk.store.allocation(org_id, desk.clock.now()).by_purpose))
        raise NotSent("no way out")

    monkeypatch.setattr("zsf_plugin.salesforce.http.Http.send", broken)
    with pytest.raises(NotSent):
        desk.crm.usage()
    assert seen == [{"upkeep": 1}]
    assert desk.store.allocation(org_id, desk.clock.now()).by_purpose == {}


def test_without_the_stores_gate_a_call_goes_out_and_keeps_its_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> float:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(desk.store, "reserve_call", gone, raising=False)
    monkeypatch.setattr(desk.store, "note_usage", gone, raising=False)
    assert desk.crm.usage() is not None
