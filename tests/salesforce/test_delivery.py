"""Writing over real HTTP: one outcome a record, few calls, and the truth about what may have
happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.salesforce.support import AdapterBench, connect, create
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import (
    DuplicateFound,
    Fenced,
    Halted,
    NotSent,
    OutcomeUnknown,
    QuotaReached,
    Rejected,
    StoreUnavailable,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Reference, Write, WriteOutcome
from zsf_plugin.ports import Store


def account(number: int, **more: Any) -> Write:
    return create("Account", number, {"Name": f"Company {number}", **more})


def contact(number: int, company: int | None = None, **more: Any) -> Write:
    link = {} if company is None else {"AccountId": Reference(f"new:{company}")}
    values = {
        "LastName": f"Last{number}",
        "Email": f"p{number}@company{number}.example",
        **link,
        **more,
    }
    return create("Contact", 1000 + number, values)


def task(number: int, who: str, **more: Any) -> Write:
    return create(
        "Task",
        5000 + number,
        {"Subject": f"Email {number}", "WhoId": who, "Status": "Completed", **more},
    )


def errors(outcomes: Any) -> list[type[ZsfError] | None]:
    return [None if outcome.error is None else type(outcome.error) for outcome in outcomes]


def test_a_lone_account_and_its_contact_are_one_call(bench: AdapterBench) -> None:
    bench.calls()
    outcomes = bench.crm.write([contact(1, 1), account(1)], "purchases")
    assert bench.calls() == 1
    assert errors(outcomes) == [None, None]
    assert [outcome.token for outcome in outcomes] == ["new:1001", "new:1"]
    (row,) = bench.control("GET", "records")["Contact"]
    assert row["AccountId"] == outcomes[1].record_id


def test_two_hundred_accounts_and_contacts_are_two_calls(bench: AdapterBench) -> None:
    writes = [one for number in range(200) for one in (account(number), contact(number, number))]
    bench.calls()
    outcomes = bench.crm.write(writes, "purchases")
    assert bench.calls() == 2
    assert errors(outcomes) == [None] * 400
    ids = {outcome.token: outcome.record_id for outcome in outcomes}
    for row in bench.control("GET", "records")["Contact"]:
        assert row["AccountId"] == ids[f"new:{row['LastName'].removeprefix('Last')}"]


def test_a_thousand_activities_are_one_call(bench: AdapterBench) -> None:
    lead = bench.org.seed("Lead", {"LastName": "X", "Company": "Y"})
    bench.calls()
    outcomes = bench.crm.write([task(number, lead) for number in range(1000)], "activities")
    assert bench.calls() == 1
    assert errors(outcomes) == [None] * 1000


def test_people_and_their_activities_of_one_batch_follow_each_other(bench: AdapterBench) -> None:
    people = [contact(number) for number in range(30)]
    tasks = [
        create("Task", 5000 + n, {"Subject": "x", "WhoId": Reference(f"new:{1000 + n}")})
        for n in range(30)
    ]
    bench.calls()
    outcomes = bench.crm.write([*tasks, *people], "purchases")
    assert bench.calls() == 2
    assert errors(outcomes) == [None] * 60
    assert all(
        outcome.record_id.startswith("00T") for outcome in outcomes[:30] if outcome.record_id
    )


def test_creates_and_updates_share_one_call(bench: AdapterBench) -> None:
    leads = [bench.org.seed("Lead", {"LastName": "X", "Company": "Y"}) for _ in range(40)]
    updates = [Write("update", "Lead", lead, {"Title": "CTO"}) for lead in leads]
    bench.calls()
    outcomes = bench.crm.write([*updates, *(contact(number) for number in range(40))], "purchases")
    assert bench.calls() == 1
    assert [outcome.record_id for outcome in outcomes[:40]] == leads
    assert {row["Title"] for row in bench.control("GET", "records")["Lead"]} == {"CTO"}


@pytest.mark.parametrize("count", [10, 200])
def test_one_bad_record_leaves_the_others_written(bench: AdapterBench, count: int) -> None:
    writes = [
        contact(number, Email="nope" if number == 7 else f"p{number}@x.example")
        for number in range(count)
    ]
    outcomes = bench.crm.write(writes, "purchases")
    assert [number for number, outcome in enumerate(outcomes) if outcome.error] == [7]
    error = outcomes[7].error
    assert isinstance(error, Rejected)
    assert (error.code, error.fields) == ("INVALID_EMAIL_ADDRESS", ("Email",))
    assert len(bench.control("GET", "records")["Contact"]) == count - 1


@pytest.mark.parametrize("count", [10, 60])
def test_only_people_of_a_refused_company_are_halted(bench: AdapterBench, count: int) -> None:
    companies = [
        account(number, Name="x" * 300 if number == 3 else f"C{number}") for number in range(count)
    ]
    outcomes = bench.crm.write(
        [*companies, *(contact(number, number) for number in range(count))], "purchases"
    )
    kinds = errors(outcomes)
    assert (kinds[3], kinds[count + 3]) == (Rejected, Halted)
    assert kinds.count(None) == 2 * count - 2


@pytest.mark.parametrize("count", [5, 40])
def test_a_reference_to_nothing_is_halted(bench: AdapterBench, count: int) -> None:
    writes = [contact(number, 99 if number == 0 else None) for number in range(count)]
    assert errors(bench.crm.write(writes, "purchases")) == [Halted] + [None] * (count - 1)


def test_nothing_to_write_costs_nothing(bench: AdapterBench) -> None:
    bench.calls()
    assert bench.crm.write([], "purchases") == []
    assert bench.calls() == 0


def test_a_collection_refused_as_a_whole_is_sent_again_in_smaller_parts(
    bench: AdapterBench,
) -> None:
    refusal = [{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize instance of date"}]
    entry = {"referenceId": "c0", "httpStatusCode": 400, "body": refusal, "httpHeaders": {}}
    bench.fault("status", "/composite", status=200, body={"compositeResponse": [entry]})
    outcomes = bench.crm.write([contact(number) for number in range(60)], "purchases")
    assert errors(outcomes) == [None] * 60
    assert len(bench.requests("/composite")) == 2


def test_one_record_that_breaks_a_save_of_two_hundred_is_found_in_three_calls_more(
    bench: AdapterBench,
) -> None:
    for above, name in ((1, "LIMIT_EXCEEDED"), (0, "APEX_ERROR")):
        staged = {
            "object": "Contact",
            "code": name,
            "message": "Too many SOQL queries: 101",
            "times": 999,
        }
        bench.control(
            "POST", "refusals", {**staged, "above": above, "where": {"LastName": "Last7"}}
        )
    outcomes = bench.crm.write([contact(number) for number in range(200)], "purchases")
    assert [number for number, outcome in enumerate(outcomes) if outcome.error] == [7]
    assert len(bench.requests("/composite")) <= 4


def broken_by_the_orgs_own_code(bench: AdapterBench, object_name: str, **where: Any) -> None:
    code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    staged = {"object": object_name, "code": code, "message": "Trigger: no", "times": 99_999}
    bench.control("POST", "refusals", {**staged, "above": 0, "where": where})


def test_a_thousand_that_all_fail_in_the_orgs_own_code_are_each_refused_and_stop_nothing(
    bench: AdapterBench,
) -> None:
    lead = bench.org.seed("Lead", {"LastName": "X", "Company": "Y"})
    broken_by_the_orgs_own_code(bench, "Task", Status="Completed")
    outcomes = bench.crm.write([task(number, lead) for number in range(1000)], "activities")
    assert errors(outcomes) == [Rejected] * 1000
    assert len(bench.requests("/composite")) <= 1 + 5 * 11


def test_standalone_writes_that_fail_in_custom_code_are_halved_down_to_the_bad_one(
    bench: AdapterBench,
) -> None:
    odd = "Broken @{x}"
    broken_by_the_orgs_own_code(bench, "Contact", Title=odd)
    crowd = {
        "object": "Contact",
        "code": "LIMIT_EXCEEDED",
        "message": "x",
        "times": 999,
        "above": 99,
    }
    bench.control("POST", "refusals", crowd)
    titles = [odd if number == 7 else "Fine @{x}" for number in range(200)]
    outcomes = bench.crm.write(
        [contact(number, Title=titles[number]) for number in range(200)], "purchases"
    )
    assert [number for number, outcome in enumerate(outcomes) if outcome.error] == [7]
    assert len(bench.requests("/composite")) <= 1 + 2 * 10


def test_standalone_writes_that_all_fail_in_custom_code_are_refused_in_few_calls(
    bench: AdapterBench,
) -> None:
    broken_by_the_orgs_own_code(bench, "Contact", Title="Hello @{x}")
    outcomes = bench.crm.write(
        [contact(number, Title="Hello @{x}") for number in range(400)], "purchases"
    )
    assert errors(outcomes) == [Rejected] * 400
    assert len(bench.requests("/composite")) <= 2 + 2 * 24


def test_an_org_that_refuses_every_request_is_not_tried_forever(bench: AdapterBench) -> None:
    bench.fault(
        "status",
        "/composite",
        status=400,
        body=[{"errorCode": "JSON_PARSER_ERROR", "message": "x"}],
        times=999,
    )
    kinds = errors(bench.crm.write([contact(number) for number in range(200)], "purchases"))
    assert Unavailable in kinds or NotSent in kinds
    assert len(bench.requests("/composite")) <= 26


def test_a_request_of_one_record_refused_as_a_whole_fails_that_record(bench: AdapterBench) -> None:
    refusal = [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}]
    bench.fault("status", "/composite", status=400, body=refusal, times=2)
    assert errors(bench.crm.write([contact(1), contact(2)], "purchases")) == [Rejected, None]


@pytest.mark.parametrize("count", [3, 30])
def test_a_records_second_write_follows_its_first(bench: AdapterBench, count: int) -> None:
    writes = [account(number) for number in range(count)]
    writes += [
        Write("update", "Account", f"new:{n}", {"Name": f"Renamed {n}"}, name=f"new:{n}#1")
        for n in range(count)
    ]
    bench.calls()
    outcomes = bench.crm.write(writes, "purchases")
    assert bench.calls() == (1 if count == 3 else 2)
    assert errors(outcomes) == [None] * (2 * count)
    assert sorted(row["Name"] for row in bench.control("GET", "records")["Account"]) == sorted(
        f"Renamed {n}" for n in range(count)
    )


def test_the_second_write_of_a_record_that_was_refused_is_halted(bench: AdapterBench) -> None:
    more = Write("update", "Account", "new:1", {"Name": "Fine"}, name="new:1#1")
    assert errors(bench.crm.write([account(1, Name="x" * 300), more], "purchases")) == [
        Rejected,
        Halted,
    ]


def test_the_caller_may_stop_each_writing_request_before_it_is_sent(
    bench: AdapterBench,
) -> None:
    asked: list[int] = []

    def only_once(_: Sequence[Write]) -> None:
        asked.append(len(bench.requests("/composite")))
        if len(asked) == 2:
            raise Fenced("the lease is another's by now")

    writes = [one for number in range(50) for one in (account(number), contact(number, number))]
    with pytest.raises(Fenced):
        bench.crm.write(writes, "purchases", only_once)
    assert asked == [0, 1]
    assert len(bench.requests("/composite")) == 1


def gone_from(request: int) -> Callable[[Sequence[Write]], None]:
    """A caller whose store is gone from the request of that number on."""
    asked: list[int] = []

    def before_each(_: Sequence[Write]) -> None:
        asked.append(len(asked))
        if len(asked) >= request:
            raise StoreUnavailable("the disk is full")

    return before_each


def test_outcomes_are_returned_if_the_store_fails_between_two_requests(
    bench: AdapterBench,
) -> None:
    writes = [one for number in range(50) for one in (account(number), contact(number, number))]
    outcomes = bench.crm.write(writes, "purchases", gone_from(2))
    assert errors(outcomes) == [None, NotSent] * 50
    assert len(bench.requests("/composite")) == 1


def test_an_unavailable_store_before_the_first_request_raises(
    bench: AdapterBench,
) -> None:
    with pytest.raises(StoreUnavailable):
        bench.crm.write([contact(1)], "purchases", gone_from(1))
    assert bench.requests("/composite") == []


@pytest.mark.parametrize("error", [Fenced("another's"), StoreUnavailable("the disk is full")])
def test_a_request_that_its_caller_stops_is_not_counted(
    bench: AdapterBench, error: ZsfError
) -> None:
    def never(_: Sequence[Write]) -> None:
        raise error

    with pytest.raises(type(error)):
        bench.crm.write([contact(1)], "purchases", never)
    assert (
        bench.store.allocation(bench.org.org_id, bench.clock.now()).by_purpose.get("purchases", 0)
        == 0
    )


@pytest.mark.parametrize("code", ["INACTIVE_OWNER_OR_USER", "INVALID_FIELD"])
def test_outcomes_are_returned_if_a_cached_answer_cannot_be_dropped(
    bench: AdapterBench,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def gone(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(bench.store, "forget_facts", gone)
    monkeypatch.setattr(bench.store, "save_fact", gone)
    bench.control(
        "POST", "refusals", {"object": "Contact", "code": code, "where": {"LastName": "Last1"}}
    )
    assert errors(bench.crm.write([contact(1), contact(2)], "purchases")) == [Rejected, None]
    assert "StoreUnavailable" in caplog.text


def test_a_lost_answer_leaves_the_outcome_unknown_and_is_not_sent_again(
    bench: AdapterBench,
) -> None:
    bench.fault("drop_after_commit", "/composite")
    assert errors(bench.crm.write([contact(1)], "purchases")) == [OutcomeUnknown]
    assert len(bench.control("GET", "records")["Contact"]) == 1
    assert len(bench.requests("/composite")) == 1


def test_after_a_lost_answer_the_rest_is_not_sent(bench: AdapterBench) -> None:
    bench.fault("reset_mid_body", "/composite")
    writes = [one for number in range(50) for one in (account(number), contact(number, number))]
    kinds = errors(bench.crm.write(writes, "purchases"))
    assert kinds == [OutcomeUnknown, NotSent] * 50
    assert len(bench.requests("/composite")) == 1


@pytest.mark.parametrize(
    ("kind", "first"), [("drop_after_commit", OutcomeUnknown), ("html_503", Unavailable)]
)
def test_after_a_call_that_failed_no_other_of_its_stage_is_sent(
    bench: AdapterBench, kind: str, first: type[ZsfError]
) -> None:
    bench.fault(kind, "/composite")
    kinds = errors(bench.crm.write([account(number) for number in range(1200)], "purchases"))
    assert kinds == [first] * 1000 + [NotSent] * 200
    assert len(bench.requests("/composite")) == 1


def test_a_maintenance_page_means_that_nothing_was_written_and_to_retry_later(
    bench: AdapterBench,
) -> None:
    bench.fault("html_503", "/composite")
    (outcome,) = bench.crm.write([contact(1)], "purchases")
    assert type(outcome.error) is Unavailable
    assert outcome.error.retry_after_s > 0


def test_a_500_leaves_a_write_unknown(bench: AdapterBench) -> None:
    body = [
        {"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred. ErrorId: 1-2"}
    ]
    bench.fault("status", "/composite", status=500, body=body)
    assert errors(bench.crm.write([contact(1)], "purchases")) == [OutcomeUnknown]


def test_an_org_out_of_reach_was_sent_nothing(bench: AdapterBench) -> None:
    bench.server.stop()
    assert errors(bench.crm.write([contact(1)], "purchases")) == [NotSent]
    assert bench.store.allocation(bench.org.org_id, bench.clock.now()).by_purpose == {}


def test_the_daily_limit_is_every_writes_error(bench: AdapterBench) -> None:
    bench.control("POST", "settings", {"daily_limit": bench.org.used + 1})
    writes = [one for number in range(50) for one in (account(number), contact(number, number))]
    assert errors(bench.crm.write(writes, "purchases")) == [None, QuotaReached] * 50


def test_an_ended_session_does_not_double_a_write(bench: AdapterBench) -> None:
    bench.control("POST", "sessions/expire")
    assert errors(bench.crm.write([contact(1)], "purchases")) == [None]
    assert len(bench.control("GET", "records")["Contact"]) == 1


def test_assignment_rules_change_owners_only_on_request(store: Store) -> None:
    users = (
        {"Username": "a@x.example", "Email": "a@x.example", "LastName": "A", "IsActive": True},
    )
    admin = OrgSpec().users
    with Emulator(OrgSpec(users=(*admin, *users), assignment_rule_owner="a@x.example")) as server:
        bench = connect(server, store)
        for number in range(2):
            values = {"LastName": f"L{number}", "Company": "C"}
            bench.crm.write(
                [Write("create", "Lead", "new:1", values, assignment_rules=number == 1)],
                "purchases",
            )
        first, second = (row["OwnerId"] for row in bench.control("GET", "records")["Lead"])
        assert first == bench.org.admin_id
        assert second != bench.org.admin_id


def test_a_unique_field_names_the_record_that_has_the_value(bench: AdapterBench) -> None:
    key = {
        "object": "Lead",
        "name": "Zaplify_Id__c",
        "length": 64,
        "externalId": True,
        "unique": True,
    }
    bench.control("POST", "fields", key)
    known = bench.org.seed("Lead", {"LastName": "X", "Company": "Y", "Zaplify_Id__c": "zp-1"})
    write = create("Lead", 1, {"LastName": "X", "Company": "Y", "Zaplify_Id__c": "zp-1"})
    (outcome,) = bench.crm.write([write], "purchases")
    assert isinstance(outcome.error, DuplicateFound)
    assert [(one.object, one.id) for one in outcome.error.records] == [("Lead", known)]


def test_a_duplicate_rule_names_the_records_it_found(store: Store) -> None:
    rule = {"object": "Lead", "field": "Email", "action": "alert"}
    with Emulator(OrgSpec(duplicate_rules=(rule,))) as server:
        bench = connect(server, store)
        known = bench.org.seed("Lead", {"LastName": "X", "Company": "Y", "Email": "a@x.example"})
        write = create("Lead", 1, {"LastName": "X", "Company": "Y", "Email": "a@x.example"})
        (outcome,) = bench.crm.write([write], "purchases")
        assert isinstance(outcome.error, DuplicateFound)
        assert [one.id for one in outcome.error.records] == [known]
        assert "Sforce-Duplicate-Rule-Header" not in bench.requests("/composite")[-1]["body"]


@pytest.mark.parametrize(
    "value", ["lone \ud800 surrogate", "emoji 😀", "tab\tand\nnewline", 'quote " and \\']
)
def test_any_text_can_be_written_without_breaking_the_batch(
    bench: AdapterBench, value: str
) -> None:
    assert errors(bench.crm.write([contact(1, Title=value), contact(2)], "purchases")) == [
        None,
        None,
    ]
    titles = [row["Title"] for row in bench.control("GET", "records")["Contact"]]
    assert titles[0] == value.replace("\ud800", "")


def test_every_call_is_named_and_counted_for_its_purpose(bench: AdapterBench) -> None:
    bench.crm.write([contact(1)], "purchases")
    bench.crm.write([contact(2)], "activities")
    reported = bench.store.allocation(bench.org.org_id, bench.clock.now())
    assert reported.by_purpose == {"purchases": 1, "activities": 1}


def test_no_composite_breaks_its_caps(bench: AdapterBench) -> None:
    writes: list[Write] = [account(number) for number in range(1300)]
    writes += [contact(number, number) for number in range(300)]
    outcomes: Any = bench.crm.write(writes, "purchases")
    assert errors(outcomes) == [None] * 1600
    for line in bench.requests("/composite"):
        subs = json.loads(line["body"])["compositeRequest"]
        assert len(subs) <= 5
        assert all(len(sub["body"]["records"]) <= 200 for sub in subs)
    assert all(isinstance(outcome, WriteOutcome) for outcome in outcomes)


@pytest.mark.parametrize("accounts", [0, 1, 12, 13, 201])
@pytest.mark.parametrize("people", [0, 1, 13, 26, 401])
@pytest.mark.parametrize("odd", [False, True])
def test_the_cost_of_a_write_is_known_in_advance(
    bench: AdapterBench, accounts: int, people: int, odd: bool
) -> None:
    writes = [account(number) for number in range(accounts)]
    writes += [contact(number, number if number < accounts else None) for number in range(people)]
    writes += [create("Lead", 9000, {"LastName": "Hello @{x}", "Company": "Acme"})] if odd else []
    bench.calls()
    outcomes = bench.crm.write(writes, "purchases")
    assert errors(outcomes) == [None] * len(writes)
    assert bench.calls() == bench.crm.cost(writes)
