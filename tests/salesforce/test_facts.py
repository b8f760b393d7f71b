"""Facts of the org: one call when cold, none when warm, one to confirm them after an hour.

What is asked of an org to know it, and what its answers say, is proved at the end.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import AdapterBench, FactsInMemory, connect, engine
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import QuotaReached, Rejected, Unavailable
from zsf_plugin.model import Connection
from zsf_plugin.ports import ASKED_AGAIN, Fact, Store
from zsf_plugin.salesforce.composites import Buildable, SubResponse
from zsf_plugin.salesforce.facts import (
    NAMES,
    OBJECTS,
    FactCache,
    closed_status,
    fresh_facts,
    org_facts,
    request_for,
)
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.session import SalesforceSession

HOUR = 3600.0


def composites(bench: AdapterBench) -> list[list[dict[str, Any]]]:
    return [json.loads(line["body"])["compositeRequest"] for line in bench.requests("/composite")]


def headers_of(subs: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [sub.get("httpHeaders", {}) for sub in subs if sub["url"].endswith("/describe")]


def test_cold_facts_cost_one_call_and_warm_ones_none(bench: AdapterBench) -> None:
    bench.calls()
    facts = bench.crm.facts()
    assert set(facts.describes) == set(OBJECTS)
    assert (facts.org_id, facts.is_sandbox, facts.closed_status) == (
        bench.org.org_id,
        False,
        "Completed",
    )
    assert bench.crm.facts() is facts
    assert bench.calls() == 1
    assert bench.store.allocation(bench.org.org_id, bench.clock.now()).by_purpose == {"upkeep": 1}


def test_another_process_finds_them_in_the_store(bench: AdapterBench) -> None:
    facts = bench.crm.facts()
    bench.calls()
    assert engine(bench.store, bench.clock).facts() == facts
    assert bench.calls() == 0


def test_after_an_hour_one_call_fetches_only_changes(bench: AdapterBench, clock: FakeClock) -> None:
    before = bench.crm.facts()
    clock.sleep(HOUR + 1)
    bench.calls()
    assert bench.crm.facts() == before
    assert bench.calls() == 1
    assert all("If-Modified-Since" in given for given in headers_of(composites(bench)[-1]))
    assert bench.crm.facts() == before
    assert bench.calls() == 0


def test_a_new_field_shows_up_after_the_hour(bench: AdapterBench, clock: FakeClock) -> None:
    before = bench.crm.facts().describes["Lead"]
    bench.org.objects["Lead"].changed = "Tue, 24 Nov 2099 10:00:00 GMT"
    bench.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    bench.org.objects["Lead"].changed = "Tue, 24 Nov 2099 10:00:01 GMT"
    clock.sleep(HOUR + 1)
    after = bench.crm.facts().describes["Lead"]
    assert after.field("new__C") is not None
    assert after.fingerprint != before.fingerprint


def test_a_refresh_fetches_everything_and_every_process_sees_it_at_once(
    bench: AdapterBench,
) -> None:
    other = engine(bench.store, bench.clock)
    assert other.facts().describes["Lead"].field("New__c") is None
    bench.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    assert bench.crm.facts().describes["Lead"].field("New__c") is None
    bench.clock.sleep(1)
    assert bench.crm.facts(refresh=True).describes["Lead"].field("New__c") is not None
    assert headers_of(composites(bench)[-1]) == [{}] * len(OBJECTS)
    assert other.facts().describes["Lead"].field("New__c") is not None


def test_a_refresh_within_one_moment_is_not_answered_from_before(bench: AdapterBench) -> None:
    bench.crm.facts()
    bench.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    assert bench.crm.facts(refresh=True).describes["Lead"].field("New__c") is not None
    assert bench.crm.facts().describes["Lead"].field("New__c") is not None


def test_once_a_day_everything_is_fetched_in_full(bench: AdapterBench, clock: FakeClock) -> None:
    bench.crm.facts()
    for _ in range(23):
        clock.sleep(HOUR + 1)
        bench.crm.facts()
    assert all("If-Modified-Since" in given for given in headers_of(composites(bench)[-1]))
    clock.sleep(HOUR + 1)
    bench.crm.facts()
    assert headers_of(composites(bench)[-1]) == [{}] * len(OBJECTS)


def ask_again(bench: AdapterBench, times: int) -> None:
    """As the store does when a person has held entries retried."""
    fact = Fact(times, bench.clock.now())
    bench.store.save_fact(bench.connection().org_id, ASKED_AGAIN, fact)


def test_once_a_person_asked_again_everything_is_fetched_once_for_all_processes(
    bench: AdapterBench,
) -> None:
    other = engine(bench.store, bench.clock)
    bench.crm.facts()
    bench.calls()
    for times in (1, 2):
        ask_again(bench, times)
        name = f"New{times}__c"
        changed = bench.org.objects["Lead"].changed
        bench.control("POST", "fields", {"object": "Lead", "name": name})
        bench.org.objects["Lead"].changed = changed
        assert other.facts().describes["Lead"].field(name) is not None
        assert headers_of(composites(bench)[-1]) == [{}] * len(OBJECTS)
        assert bench.crm.facts().describes["Lead"].field(name) is not None
        assert bench.calls() == 1


def test_a_person_who_asks_again_looks_again_right_after_a_refusal_did(bench: AdapterBench) -> None:
    """A refusal has the org described once a minute at most; a person may ask at any time."""
    cache = cast(Any, bench.crm)._facts
    bench.crm.facts()
    for expected in (1, 0):  # the second refusal of the minute
        cache.expire()
        bench.calls()
        bench.crm.facts()
        assert bench.calls() == expected
    ask_again(bench, 1)
    bench.crm.facts()
    assert bench.calls() == 1


def test_what_was_asked_for_before_the_first_read_costs_no_second_one(bench: AdapterBench) -> None:
    ask_again(bench, 7)
    bench.calls()
    for _ in range(3):
        bench.crm.facts()
    assert bench.calls() == 1


def test_a_thorough_read_fetches_everything_an_hour_after_the_last_full_one(
    bench: AdapterBench, clock: FakeClock
) -> None:
    bench.crm.facts()
    bench.calls()
    clock.sleep(HOUR / 2)
    bench.crm.facts(thorough=True)
    assert bench.calls() == 0
    clock.sleep(HOUR / 2 + 1)
    bench.crm.facts()  # what changed
    bench.crm.facts(thorough=True)
    assert bench.calls() == 2
    assert headers_of(composites(bench)[-1]) == [{}] * len(OBJECTS)
    bench.crm.facts(thorough=True)
    assert bench.calls() == 0


def test_the_time_of_the_last_full_read_survives_an_upgrade(
    bench: AdapterBench, clock: FakeClock
) -> None:
    """Older files have a number alone."""
    bench.crm.facts()
    name = f"describe:{bench.connection().user_id}:stamp"
    org_id, now = bench.connection().org_id, clock.now()
    bench.store.save_fact(org_id, name, Fact(now - HOUR, now))
    bench.calls()
    bench.crm.facts()
    assert bench.calls() == 0
    bench.crm.facts(thorough=True)
    assert bench.calls() == 1


def test_many_threads_at_a_cold_cache_cost_one_call(bench: AdapterBench) -> None:
    bench.calls()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(bench.crm.facts())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 8
    assert bench.calls() == 1


def test_a_hidden_object_is_absent(bench: AdapterBench) -> None:
    del bench.org.objects["Task"]
    assert "Task" not in bench.crm.facts().describes


def test_an_object_whose_describe_is_refused_for_another_reason_is_not_taken_for_hidden(
    bench: AdapterBench,
) -> None:
    bench.crm.facts()
    answer = {"compositeResponse": []}
    for name in (*OBJECTS, "TaskStatus", "Organization"):
        refusal = [{"errorCode": "LIMIT_EXCEEDED", "message": "x"}]
        answer["compositeResponse"].append(
            {"referenceId": name, "httpStatusCode": 400, "body": refusal}
        )
    bench.fault("status", "/composite", status=200, body=answer)
    with pytest.raises(Unavailable):
        bench.crm.facts(refresh=True)
    assert set(bench.crm.facts().describes) == set(OBJECTS)


@pytest.mark.parametrize(
    ("statuses", "closed"),
    [
        ([("Done", True, False), ("Completed", True, False)], "Completed"),
        ([("Afgerond", True, False), ("Erledigt", True, True)], "Erledigt"),
        ([("Zu", True, False), ("Abgeschlossen", True, False)], "Abgeschlossen"),
        ([("Open", False, True)], None),
        ([], None),
    ],
)
def test_the_closed_answeredis_the_orgs_own(
    store: Store, clock: FakeClock, statuses: list[tuple[str, bool, bool]], closed: str | None
) -> None:
    rows = [{"ApiName": n, "MasterLabel": n, "IsClosed": c, "IsDefault": d} for n, c, d in statuses]
    with Emulator(OrgSpec(task_statuses=rows)) as server:
        assert connect(server, store, clock).crm.facts().closed_status == closed


def test_a_refusal_by_the_whole_org_raises_as_the_port_says(bench: AdapterBench) -> None:
    bench.control("POST", "settings", {"daily_limit": 0})
    with pytest.raises(QuotaReached):
        bench.crm.facts()
    bench.control("POST", "settings", {"daily_limit": 1000})
    bench.fault("status", "/composite", status=414, body=[])
    with pytest.raises(Unavailable):
        bench.crm.facts()


def test_facts_that_could_not_be_confirmed_leave_the_old_ones_in_the_store(
    bench: AdapterBench, clock: FakeClock
) -> None:
    before = bench.crm.facts()
    clock.sleep(HOUR + 1)
    bench.fault("html_503", "/composite")
    with pytest.raises(Unavailable):
        bench.crm.facts()
    assert bench.crm.facts() == before


def test_a_vanished_field_differs_from_one_that_never_existed_and_can_return(
    bench: AdapterBench, clock: FakeClock
) -> None:
    bench.control("POST", "fields", {"object": "Lead", "name": "Favourite__c"})
    assert "Favourite__c" in bench.crm.facts(refresh=True).describes["Lead"].fields
    field = bench.org.objects["Lead"].fields.pop("Favourite__c")
    clock.sleep(10)
    since = bench.crm.facts(refresh=True).describes["Lead"].gone_since("favourite__c")
    assert since is not None
    clock.sleep(10)
    lead = bench.crm.facts(refresh=True).describes["Lead"]
    assert (lead.field("Favourite__c"), lead.gone_since("Favourite__c")) == (None, since)
    assert lead.gone_since("Never__c") is None
    bench.org.objects["Lead"].fields["Favourite__c"] = field
    assert bench.crm.facts(refresh=True).describes["Lead"].gone == {}


def test_the_last_facts_are_known_without_a_call_at_any_age_and_when_signed_out(
    bench: AdapterBench, clock: FakeClock
) -> None:
    connection = bench.store.connection("w")
    assert connection is not None
    assert bench.crm.known_facts(connection) is None
    read = bench.crm.facts()
    at = clock.now()
    clock.sleep(50 * HOUR)
    bench.store.save_connection(replace(connection, state="reconnect"))
    before = len(bench.requests(""))
    known = engine(bench.store, bench.clock).known_facts(connection)
    assert known is not None
    assert (known.facts.describes, known.read_at) == (read.describes, at)
    assert len(bench.requests("")) == before


def test_facts_that_a_refusal_denied_are_still_known_as_of_their_own_time(
    bench: AdapterBench, clock: FakeClock
) -> None:
    connection = bench.store.connection("w")
    assert connection is not None
    bench.crm.facts()
    at = clock.now()
    bench.crm._facts.expire()
    known = bench.crm.known_facts(connection)
    assert known is not None
    assert known.read_at == at


DATE = "Mon, 23 Nov 2026 10:15:30 GMT"
LEAD: Any = {"name": "Lead", "fields": [{"name": "Email"}]}
HIDDEN = SubResponse(404, [{"errorCode": "NOT_FOUND"}], {})
ORGANIZATION = {"records": [{"attributes": {}, "IsSandbox": True}]}


def connection(*, is_sandbox: bool = False) -> Connection:
    return Connection(
        workspace="w",
        org_id="00D5g000004TyUiEAK",
        user_id="0055g00000AbCdEAAV",
        username="admin@acme.example",
        environment="production",
        login_url="https://login.salesforce.com",
        instance_url="https://acme.my.salesforce.com",
        client_id="c",
        is_sandbox=is_sandbox,
        api_version="68.0",
        connected_at=0.0,
    )


def responses(**given: SubResponse) -> dict[str, SubResponse]:
    """An answer for each name: hidden objects and no rows, but for those given."""
    rows = SubResponse(200, {"records": []}, {})
    found = dict.fromkeys(NAMES[:5], HIDDEN) | dict.fromkeys(NAMES[5:], rows)
    return found | given


def status(name: str, *, closed: bool = True, default: bool = False) -> dict[str, Any]:
    return {"ApiName": name, "IsClosed": closed, "IsDefault": default}


def test_everything_is_fetched_in_one_call_of_eight_reads_with_three_queries() -> None:
    reads = request_for({}, "005").subrequests
    assert tuple(reads) == (*NAMES, "ConnectedUser")
    assert {request.method for request in reads.values()} == {"GET"}
    assert [request.path.partition("?")[0] for request in reads.values()] == [
        "/sobjects/Lead/describe",
        "/sobjects/Contact/describe",
        "/sobjects/Account/describe",
        "/sobjects/Task/describe",
        "/sobjects/User/describe",
        *["/query"] * 3,
    ]


def test_a_known_describe_is_fetched_only_if_it_changed() -> None:
    reads = request_for({"Lead": Fact(LEAD, 1.0, DATE), "Task": Fact(None, 1.0)}, "005").subrequests
    assert reads["Lead"].headers == {"If-Modified-Since": DATE}
    assert reads["Task"].headers == reads["Contact"].headers == {}


def test_a_describe_is_kept_with_its_date() -> None:
    given = responses(Lead=SubResponse(200, LEAD, {"last-modified": DATE}))
    fresh = fresh_facts(given, {}, 100.0)
    assert (fresh["Lead"].fetched_at, fresh["Lead"].last_modified) == (100.0, DATE)
    assert tuple(fresh) == NAMES


def test_a_describe_that_has_not_changed_is_confirmed() -> None:
    before = Fact(LEAD, 1.0, DATE)
    fresh = fresh_facts(responses(Lead=SubResponse(304, None, {})), {"Lead": before}, 100.0)
    assert fresh["Lead"] == Fact(LEAD, 100.0, DATE)


@pytest.mark.parametrize(
    ("answered", "body"),
    [
        (200, None),
        (304, None),
        (200, []),
        (200, {}),
        (200, {"name": "Lead"}),
        (200, {"name": "Lead", "fields": None}),
        (200, {"name": "Lead", "fields": []}),
    ],
)
def test_a_describe_without_fields_is_not_taken_for_a_hidden_object(
    answered: int, body: Any
) -> None:
    """Nobody would be looked up among its records, and everybody created."""
    with pytest.raises(Unavailable, match="unreadable"):
        fresh_facts(responses(Lead=SubResponse(answered, body, {})), {}, 100.0)


@pytest.mark.parametrize("name", NAMES[5:])
@pytest.mark.parametrize("body", [None, [], {}, {"records": None}, {"records": {}}])
def test_a_query_without_rows_is_not_taken_for_an_empty_one(name: str, body: Any) -> None:
    with pytest.raises(Unavailable):
        fresh_facts(responses(**{name: SubResponse(200, body, {})}), {}, 100.0)


@pytest.mark.parametrize("code", ["NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"])
def test_an_object_that_the_user_may_not_see_has_no_describe(code: str) -> None:
    refused = SubResponse(403, [{"errorCode": code}], {})
    assert fresh_facts(responses(Lead=refused), {}, 100.0)["Lead"] == Fact(None, 100.0)


def test_a_describe_refused_for_another_reason_is_not_taken_for_hidden() -> None:
    refused = SubResponse(400, [{"errorCode": "MALFORMED_ID"}], {})
    with pytest.raises(Rejected):
        fresh_facts(responses(Lead=refused), {}, 100.0)


def test_a_query_that_the_user_may_not_run_has_no_rows() -> None:
    fresh = fresh_facts(responses(TaskStatus=HIDDEN), {}, 100.0)
    assert fresh["TaskStatus"] == Fact([], 100.0)


def test_a_field_that_is_missing_since_is_remembered() -> None:
    fewer = SubResponse(200, {"name": "Lead", "fields": [{"name": "Id"}]}, {})
    fresh = fresh_facts(responses(Lead=fewer), {"Lead": Fact(LEAD, 1.0)}, 100.0)
    lead = org_facts(connection(), fresh).describes.get("Lead")
    assert lead is not None
    assert lead.gone == {"Email": 100.0}


def test_the_facts_are_what_was_stored() -> None:
    stored = {
        "Lead": Fact(LEAD, 1.0),
        "Contact": Fact(None, 1.0),
        "TaskStatus": Fact([status("Done")], 1.0),
        "Organization": Fact([{"IsSandbox": True}], 1.0),
    }
    facts = org_facts(connection(), stored)
    assert (facts.org_id, facts.is_sandbox, facts.closed_status) == (
        "00D5g000004TyUiEAK",
        True,
        "Done",
    )
    assert list(facts.describes) == ["Lead"]


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_an_org_without_a_kind_has_the_kind_of_the_connection(is_sandbox: bool) -> None:
    assert org_facts(connection(is_sandbox=is_sandbox), {}).is_sandbox is is_sandbox


@pytest.mark.parametrize(
    ("statuses", "closed"),
    [
        ([], None),
        ([status("Open", closed=False, default=True)], None),
        ([status("Done"), status("Completed"), status("Away", default=True)], "Completed"),
        ([status("Away"), status("Done", default=True), status("Zap", default=True)], "Done"),
        ([status("Done", default=True), status("Away")], "Done"),
        ([status("Done"), status("Away")], "Away"),
        ([{"MasterLabel": "Erledigt", "IsClosed": True}], "Erledigt"),
        ([status("Open", closed=False), status("Done")], "Done"),
    ],
)
def test_completed_is_the_closed_status_else_the_default_else_the_first(
    statuses: Any, closed: str | None
) -> None:
    assert closed_status(statuses) == closed


# How long they are believed, against an org that is played


class PlayedOrg:
    """A session whose org has one field on a Lead, and what it was asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.connected = connection()
        self.field = "Email"
        self.small_read = "silent"
        self.purposes: list[str] = []
        self.since: list[list[str | None]] = []

    @property
    def calls(self) -> int:
        return len(self.purposes)

    def connection(self) -> Connection:
        return self.connected

    def after_pages(self) -> str:
        return self.small_read

    def call(self, request: Buildable, purpose: str) -> HttpResponse:
        body: Any = request.build("/services/data/v68.0").body
        parts = body["compositeRequest"]
        dates = [part.get("httpHeaders", {}).get("If-Modified-Since") for part in parts]
        self.purposes.append(purpose)
        self.since.append(dates)
        self.clock.sleep(2.0)
        entries = [self.entry(part["referenceId"]) for part in parts]
        return HttpResponse(200, {}, json.dumps({"compositeResponse": entries}).encode())

    def entry(self, name: str) -> dict[str, Any]:
        field = self.field if name == "Lead" else "Id"
        described = {"name": name, "fields": [{"name": field}]}
        body: Any = {"records": []} if name in NAMES[5:] else described
        return {
            "referenceId": name,
            "httpStatusCode": 200,
            "httpHeaders": {"Last-Modified": DATE},
            "body": ORGANIZATION if name == "Organization" else body,
        }

    def last_was_in_full(self) -> bool:
        return set(self.since[-1]) == {None}


@pytest.fixture
def org(clock: FakeClock) -> PlayedOrg:
    return PlayedOrg(clock)


@pytest.fixture
def stored_facts() -> FactsInMemory:
    return FactsInMemory()


def cache_of(org: PlayedOrg, stored_facts: FactsInMemory) -> FactCache:
    return FactCache(cast(SalesforceSession, org), cast(Store, stored_facts), org.clock)


@pytest.fixture
def cache(org: PlayedOrg, stored_facts: FactsInMemory) -> FactCache:
    return cache_of(org, stored_facts)


def fields_of(facts: Any) -> list[str]:
    return list(facts.describes["Lead"].fields)


def test_facts_are_cached_for_an_hour_and_then_refetched_if_changed(
    cache: FactCache, org: PlayedOrg, clock: FakeClock
) -> None:
    first = cache.facts()
    assert (first.org_id, first.is_sandbox, fields_of(first)) == (
        "00D5g000004TyUiEAK",
        True,
        ["Email"],
    )
    clock.sleep(HOUR - 1)
    assert cache.facts() is first
    assert (org.purposes, org.last_was_in_full()) == (["upkeep"], True)
    clock.sleep(1)
    cache.facts()
    assert org.purposes == ["upkeep", "upkeep"]
    assert org.since[-1] == [DATE] * len(OBJECTS) + [None] * 3
    cache.facts()
    assert org.calls == 2


def test_facts_are_fetched_in_full_again_after_a_day(
    cache: FactCache, org: PlayedOrg, clock: FakeClock
) -> None:
    cache.facts()
    in_full_at = clock.now()
    for hours in range(1, 24):
        clock.time = in_full_at + hours * (HOUR + 10)
        cache.facts()
        assert not org.last_was_in_full()
    clock.time = in_full_at + 24 * HOUR
    cache.facts()
    assert not org.last_was_in_full()
    clock.time = in_full_at + 25 * HOUR
    cache.facts()
    assert org.last_was_in_full()
    clock.sleep(HOUR)
    cache.facts()
    assert not org.last_was_in_full()


def test_a_day_is_over_to_the_second(cache: FactCache, org: PlayedOrg, clock: FakeClock) -> None:
    cache.facts()
    clock.sleep(24 * HOUR)
    cache.facts()
    assert org.last_was_in_full()


def test_a_refresh_counts_as_a_full_fetch(
    cache: FactCache, org: PlayedOrg, clock: FakeClock
) -> None:
    cache.facts()
    clock.sleep(23 * HOUR)
    cache.facts(refresh=True)
    clock.sleep(2 * HOUR)
    cache.facts()
    assert not org.last_was_in_full()


def test_facts_that_a_refusal_contradicts_are_refetched_at_most_once_a_minute(
    cache: FactCache, org: PlayedOrg, clock: FakeClock
) -> None:
    cache.facts()
    cache.expire()
    cache.facts()
    assert (org.calls, org.last_was_in_full()) == (2, True)
    cache.expire()
    clock.sleep(59)
    cache.facts()
    assert org.calls == 2
    clock.sleep(1)
    cache.facts()
    assert (org.calls, org.last_was_in_full()) == (3, True)


def test_facts_are_as_of_the_moment_at_which_the_answer_came(
    cache: FactCache, org: PlayedOrg, clock: FakeClock
) -> None:
    assert cache.read_at(org.connected) is None
    assert cache.known(org.connected) is None
    begun = clock.now()
    cache.facts()
    assert cache.read_at(org.connected) == begun + 2.0
    cache.expire()
    assert cache.read_at(org.connected) == begun + 2.0


def test_when_they_were_read_is_one_row_of_the_store_and_half_saved_facts_count_for_nothing(
    cache: FactCache, org: PlayedOrg, stored_facts: FactsInMemory, clock: FakeClock
) -> None:
    cache.facts()
    at = clock.now()
    name = next(key for key in stored_facts.saved if key[1].endswith(":Lead"))
    stored_facts.saved[name] = Fact(LEAD, at + 9.0)
    before = stored_facts.reads
    assert cache.read_at(org.connected) == at
    assert stored_facts.reads == before + 1


def test_the_known_facts_are_those_fetched_last(cache: FactCache, org: PlayedOrg) -> None:
    cache.facts()
    first = cache.known(org.connected)
    org.field = "Phone"
    cache.facts(refresh=True)
    second = cache.known(org.connected)
    assert first is not None
    assert second is not None
    assert [fields_of(first.facts), fields_of(second.facts)] == [["Email"], ["Phone"]]
    assert second.facts.describes["Lead"].gone_since("Email") == second.read_at


def test_another_process_sees_fetched_facts_at_once(
    cache: FactCache, org: PlayedOrg, stored_facts: FactsInMemory
) -> None:
    other = cache_of(org, stored_facts)
    assert other.facts() == cache.facts()
    org.field = "Phone"
    cache.facts(refresh=True)
    assert fields_of(other.facts()) == ["Phone"]
    assert org.calls == 2


@pytest.mark.parametrize(
    "change", [{"user_id": "0055g00000AbCdFAAV"}, {"org_id": "00D000000000001AAA"}]
)
def test_another_user_or_org_has_facts_of_its_own(
    cache: FactCache, org: PlayedOrg, change: Any
) -> None:
    first = org.connected
    cache.facts()
    org.connected, org.field = replace(first, **change), "Phone"
    assert cache.known(org.connected) is None
    assert fields_of(cache.facts()) == ["Phone"]
    assert (org.calls, org.last_was_in_full()) == (2, True)
    org.connected = first
    assert fields_of(cache.facts()) == ["Email"]
    assert org.calls == 2


def test_the_log_says_which_org_was_described_and_whether_in_full(
    cache: FactCache, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="zsf_plugin.salesforce"):
        cache.facts()
        clock.sleep(HOUR)
        cache.facts()
    first, second = caplog.messages
    assert "00D5g000004TyUiEAK" in first
    assert "in full" in first
    assert "changed" in second


def test_unreadable_facts_are_none_and_the_others_stay(
    cache: FactCache, org: PlayedOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.facts()
    before = cache.read_at(org.connected)
    for body, code in (
        (b"<html>", "gateway"),
        (b'{"status": "parked"}', "gateway"),
        (b'{"compositeResponse": []}', "no_part"),
        (b'{"compositeResponse": [{"httpStatusCode": 400}]}', "refused_look"),
        (b'{"compositeResponse": [{"httpStatusCode": 500}]}', "unreadable"),
    ):
        monkeypatch.setattr(org, "call", lambda *_, body=body: HttpResponse(200, {}, body))
        with pytest.raises(Unavailable) as caught:
            cache.facts(refresh=True)
        assert caught.value.code == code
        assert cache.read_at(org.connected) == before


def test_a_gateway_that_refuses_the_describes_alone_is_asked_ever_more_rarely(
    cache: FactCache, org: PlayedOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = HttpResponse(403, {"content-type": "text/html"}, b"<html>no</html>")
    org.small_read = "answers"
    delays = []
    with monkeypatch.context() as patched:
        patched.setattr(org, "call", lambda *_: refused)
        for _ in range(6):
            with pytest.raises(Unavailable) as caught:
                cache.facts()
            assert caught.value.code == "gateway_describes"
            assert "describes" in str(caught.value)
            assert "HTTP 403" in str(caught.value)
            delays.append(caught.value.retry_after_s)
    assert delays == [900.0, 1800.0, 3600.0, 7200.0, 14400.0, 14400.0]
    cache.facts()
    monkeypatch.setattr(org, "call", lambda *_: refused)
    with pytest.raises(Unavailable) as caught:
        cache.facts(refresh=True)
    assert caught.value.retry_after_s == 900.0


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_broke_is_not_taken_for_refused(name: str) -> None:
    with pytest.raises(Unavailable):
        fresh_facts(responses(**{name: SubResponse(500, None, {})}), {}, 100.0)


def test_rows_are_kept_as_the_org_gave_them() -> None:
    rows = {"records": [{"IsSandbox": False}, "x"]}
    fresh = fresh_facts(responses(Organization=SubResponse(200, rows, {})), {}, 100.0)
    assert fresh["Organization"] == Fact([{"IsSandbox": False}], 100.0)


def test_the_connected_users_time_zone_is_known(bench: AdapterBench) -> None:
    assert bench.crm.facts().user_zone == "Europe/London"


@pytest.mark.parametrize("status", [400, 500])
def test_without_the_connected_users_time_zone_the_rest_is_known(status: int) -> None:
    refused = SubResponse(status, [{"errorCode": "INVALID_FIELD", "message": "x"}], {})
    fresh = fresh_facts(responses(ConnectedUser=refused), {}, 100.0)
    assert org_facts(connection(), fresh).user_zone is None


@pytest.mark.parametrize(
    ("reported", "is_sandbox"), [(True, True), (False, False), (None, False), ("yes", False)]
)
def test_the_orgs_own_kind_takes_precedence_over_the_connections(
    reported: Any, is_sandbox: bool
) -> None:
    stored = {"Organization": Fact([{"IsSandbox": reported}], 1.0)}
    assert org_facts(connection(is_sandbox=not is_sandbox), stored).is_sandbox is is_sandbox


# Record types that are only described one by one

PARTNER = "012000000000001AAA"


class TypedOrg(PlayedOrg):
    """An org that says what a record type of Leads offers only if asked for that one."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.asked: list[str] = []

    def entry(self, name: str) -> dict[str, Any]:
        found = super().entry(name)
        kind = {"recordTypeId": PARTNER, "available": True, "developerName": "Partner"}
        if name == "Lead":
            picklist = {"name": "Rating", "type": "picklist", "restrictedPicklist": True}
            values = [{"value": "Hot"}, {"value": "Warm"}]
            found["body"]["fields"].append({**picklist, "picklistValues": values})
            found["body"]["recordTypeInfos"] = [{**kind, "defaultRecordTypeMapping": True}]
        elif "Layout" in name:
            self.asked.append(name)
            offered = {"picklistName": "Rating", "picklistValues": [{"value": "Hot"}]}
            shown = [offered] if PARTNER in name else None
            mappings = [{**kind, "picklistsForRecordType": shown}]
            found["body"] = {"layouts": None, "recordTypeMappings": mappings}
        return found


def test_a_record_type_is_asked_for_once_its_describe_is_known_without_another_call(
    stored_facts: FactsInMemory, clock: FakeClock
) -> None:
    org = TypedOrg(clock)
    cache = cache_of(org, stored_facts)
    assert cache.facts().describes["Lead"].offered == {}
    assert not any(PARTNER in name for name in org.asked)
    for hours in (1, 2):
        clock.sleep(3600.0)
        lead = cache.facts().describes["Lead"]
        assert [one.value for one in lead.offered[PARTNER, "Rating"].picklist] == ["Hot"]
        assert org.calls == hours + 1
        assert sum(PARTNER in name for name in org.asked) == 1
    clock.sleep(24 * 3600.0)
    cache.facts()
    assert sum(PARTNER in name for name in org.asked) == 2
    assert org.calls == 4
