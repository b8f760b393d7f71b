"""Facts of the org: one call when cold, none when warm, one to confirm them after an hour."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import Desk, connect, engine
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import QuotaReached, Unavailable
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.org_facts import OBJECTS

HOUR = 3600.0


def composites(desk: Desk) -> list[list[dict[str, Any]]]:
    return [json.loads(line["body"])["compositeRequest"] for line in desk.requests("/composite")]


def headers_of(subs: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [sub.get("httpHeaders", {}) for sub in subs if sub["url"].endswith("/describe")]


def test_cold_facts_cost_one_call_and_warm_ones_none(desk: Desk) -> None:
    desk.calls()
    facts = desk.crm.facts()
    assert set(facts.describes) == set(OBJECTS)
    assert (facts.org_id, facts.is_sandbox, facts.closed_status) == (
        desk.org.org_id,
        False,
        "Completed",
    )
    assert desk.crm.facts() is facts
    assert desk.calls() == 1
    assert desk.store.allocation(desk.org.org_id, desk.clock.now()).by_purpose == {"upkeep": 1}


def test_another_process_finds_them_in_the_store(desk: Desk) -> None:
    facts = desk.crm.facts()
    desk.calls()
    assert engine(desk.store, desk.clock).facts() == facts
    assert desk.calls() == 0


def test_after_an_hour_one_call_asks_only_for_what_changed(desk: Desk, clock: FakeClock) -> None:
    before = desk.crm.facts()
    clock.sleep(HOUR + 1)
    desk.calls()
    assert desk.crm.facts() == before
    assert desk.calls() == 1
    assert all("If-Modified-Since" in given for given in headers_of(composites(desk)[-1]))
    assert desk.crm.facts() == before
    assert desk.calls() == 0


def test_a_new_field_shows_up_after_the_hour(desk: Desk, clock: FakeClock) -> None:
    before = desk.crm.facts().describes["Lead"]
    desk.org.objects["Lead"].changed = "Tue, 24 Nov 2099 10:00:00 GMT"
    desk.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    desk.org.objects["Lead"].changed = "Tue, 24 Nov 2099 10:00:01 GMT"
    clock.sleep(HOUR + 1)
    after = desk.crm.facts().describes["Lead"]
    assert after.field("new__C") is not None
    assert after.fingerprint != before.fingerprint


def test_a_refresh_asks_in_full_and_is_seen_by_every_process_at_once(desk: Desk) -> None:
    other = engine(desk.store, desk.clock)
    assert other.facts().describes["Lead"].field("New__c") is None
    desk.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    assert desk.crm.facts().describes["Lead"].field("New__c") is None
    desk.clock.sleep(1)
    assert desk.crm.facts(refresh=True).describes["Lead"].field("New__c") is not None
    assert headers_of(composites(desk)[-1]) == [{}] * len(OBJECTS)
    assert other.facts().describes["Lead"].field("New__c") is not None


def test_a_refresh_within_one_moment_is_not_answered_from_before(desk: Desk) -> None:
    desk.crm.facts()
    desk.control("POST", "fields", {"object": "Lead", "name": "New__c"})
    assert desk.crm.facts(refresh=True).describes["Lead"].field("New__c") is not None
    assert desk.crm.facts().describes["Lead"].field("New__c") is not None


def test_once_a_day_everything_is_asked_in_full(desk: Desk, clock: FakeClock) -> None:
    desk.crm.facts()
    for _ in range(23):
        clock.sleep(HOUR + 1)
        desk.crm.facts()
    assert all("If-Modified-Since" in given for given in headers_of(composites(desk)[-1]))
    clock.sleep(HOUR + 1)
    desk.crm.facts()
    assert headers_of(composites(desk)[-1]) == [{}] * len(OBJECTS)


def test_many_threads_at_a_cold_cache_cost_one_call(desk: Desk) -> None:
    desk.calls()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(desk.crm.facts())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 8
    assert desk.calls() == 1


def test_a_hidden_object_is_absent(desk: Desk) -> None:
    del desk.org.objects["Task"]
    assert "Task" not in desk.crm.facts().describes


def test_an_object_whose_describe_is_refused_for_another_reason_is_not_taken_for_hidden(
    desk: Desk,
) -> None:
    desk.crm.facts()
    answer = {"compositeResponse": []}
    for name in (*OBJECTS, "TaskStatus", "Organization"):
        refusal = [{"errorCode": "LIMIT_EXCEEDED", "message": "x"}]
        answer["compositeResponse"].append(
            {"referenceId": name, "httpStatusCode": 400, "body": refusal}
        )
    desk.fault("status", "/composite", status=200, body=answer)
    with pytest.raises(Unavailable):
        desk.crm.facts(refresh=True)
    assert set(desk.crm.facts().describes) == set(OBJECTS)


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
def test_the_closed_status_is_the_orgs_own(
    store: Store, clock: FakeClock, statuses: list[tuple[str, bool, bool]], closed: str | None
) -> None:
    rows = [{"ApiName": n, "MasterLabel": n, "IsClosed": c, "IsDefault": d} for n, c, d in statuses]
    with Emulator(OrgSpec(task_statuses=rows)) as server:
        assert connect(server, store, clock).crm.facts().closed_status == closed


def test_what_the_whole_org_refuses_is_told_as_the_port_says(desk: Desk) -> None:
    desk.control("POST", "settings", {"daily_limit": 0})
    with pytest.raises(QuotaReached):
        desk.crm.facts()
    desk.control("POST", "settings", {"daily_limit": 1000})
    desk.fault("status", "/composite", status=414, body=[])
    with pytest.raises(Unavailable):
        desk.crm.facts()


def test_facts_that_could_not_be_confirmed_leave_the_old_ones_in_the_store(
    desk: Desk, clock: FakeClock
) -> None:
    before = desk.crm.facts()
    clock.sleep(HOUR + 1)
    desk.fault("html_503", "/composite")
    with pytest.raises(Unavailable):
        desk.crm.facts()
    assert desk.crm.facts() == before


def test_a_field_that_was_there_is_told_from_one_that_never_was_and_comes_back(
    desk: Desk, clock: FakeClock
) -> None:
    desk.control("POST", "fields", {"object": "Lead", "name": "Favourite__c"})
    assert "Favourite__c" in desk.crm.facts(refresh=True).describes["Lead"].fields
    field = desk.org.objects["Lead"].fields.pop("Favourite__c")
    clock.sleep(10)
    since = desk.crm.facts(refresh=True).describes["Lead"].gone_since("favourite__c")
    assert since is not None
    clock.sleep(10)
    lead = desk.crm.facts(refresh=True).describes["Lead"]
    assert (lead.field("Favourite__c"), lead.gone_since("Favourite__c")) == (None, since)
    assert lead.gone_since("Never__c") is None
    desk.org.objects["Lead"].fields["Favourite__c"] = field
    assert desk.crm.facts(refresh=True).describes["Lead"].gone == {}


def test_what_was_read_last_is_known_without_a_call_however_old_and_signed_out(
    desk: Desk, clock: FakeClock
) -> None:
    connection = desk.store.connection("w")
    assert connection is not None
    assert desk.crm.known_facts(connection) is None
    read = desk.crm.facts()
    at = clock.now()
    clock.sleep(50 * HOUR)
    desk.store.save_connection(replace(connection, state="reconnect"))
    before = len(desk.requests(""))
    known = engine(desk.store, desk.clock).known_facts(connection)
    assert known is not None
    assert (known.facts.describes, known.read_at) == (read.describes, at)
    assert len(desk.requests("")) == before


def test_facts_that_a_refusal_denied_are_still_known_as_of_their_own_time(
    desk: Desk, clock: FakeClock
) -> None:
    connection = desk.store.connection("w")
    assert connection is not None
    desk.crm.facts()
    at = clock.now()
    desk.crm._facts.expire()
    known = desk.crm.known_facts(connection)
    assert known is not None
    assert known.read_at == at
