"""Finding over real HTTP: few calls, all pages, no queries for values that no field can store."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from tests.fakes.clock import FakeClock
from tests.salesforce.support import (
    AdapterBench,
    by_email,
    connect,
    create,
    described,
    facts_of,
    text,
)
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.errors import GatewayRefused, QuotaReached, Unavailable
from zsf_plugin.model import GATEWAY_REFUSED, FieldDescribe, Lookup, LookupAnswers, OrgFacts
from zsf_plugin.ports import Store
from zsf_plugin.salesforce.body_limits import BodyLimit
from zsf_plugin.salesforce.composites import Buildable
from zsf_plugin.salesforce.finding import Finder
from zsf_plugin.salesforce.gateways import MAX_PUT_OFF
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.in_flight import MAX_CALLS, SLOW_CALL_S, InFlight
from zsf_plugin.salesforce.narrowing import Narrower
from zsf_plugin.salesforce.querying import parse_page
from zsf_plugin.salesforce.refused_columns import KnownColumns
from zsf_plugin.salesforce.searches_in_parts import SearchInParts

SELECT = {
    "Lead": ["Email", "FirstName", "LastName", "Company", "OwnerId"],
    "Contact": ["Email", "FirstName", "LastName", "AccountId"],
    "Account": ["Name", "Website"],
    "User": ["Email"],
    "Task": ["Subject", "WhoId", "ActivityDate"],
}


def person(number: int) -> dict[str, str]:
    return {
        "FirstName": f"First{number}",
        "LastName": f"Last{number}",
        "Email": f"p{number}@company{number}.example",
    }


def lookups_of(people: int) -> list[Lookup]:
    """What a purchase of that many people asks in contact mode."""
    found = []
    for number in range(people):
        one = person(number)
        found.append(
            Lookup("Account", (("Website", "domain", f"https://www.company{number}.example/x"),))
        )
        found.append(Lookup("Account", (("Name", "text", f"Company {number} International"),)))
        for object_ in ("Lead", "Contact"):
            found.append(by_email(object_, one["Email"]))
            name = (("FirstName", "text", one["FirstName"]), ("LastName", "text", one["LastName"]))
            found.append(Lookup(object_, name))
        found.append(by_email("User", f"seller{number % 20}@acme.example"))
    return found


def test_two_hundred_people_in_contact_mode_cost_two_calls_at_most_and_all_are_found(
    bench: AdapterBench,
) -> None:
    for number in range(200):
        bench.org.seed("Contact", person(number))
        bench.org.seed("Account", {"Name": f"C{number}", "Website": f"company{number}.example"})
    bench.warm()
    found = bench.crm.find(lookups_of(200), SELECT, "purchases").records
    assert bench.calls() <= 2
    assert sum(record.object == "Contact" for record in found) == 200
    assert sum(record.object == "Account" for record in found) == 200
    assert len({(record.object, record.id) for record in found}) == len(found)


def test_a_hundred_cold_search_results_cost_one_call(bench: AdapterBench) -> None:
    bench.warm()
    lookups = [
        by_email(name, person(n)["Email"]) for n in range(100) for name in ("Lead", "Contact")
    ]
    bench.crm.find(lookups, SELECT, "badges")
    assert bench.calls() == 1
    by_purpose = bench.store.allocation(bench.org.org_id, bench.clock.now()).by_purpose
    assert by_purpose == {"upkeep": 1, "badges": 1}


def test_no_lookups_cost_no_call(bench: AdapterBench) -> None:
    bench.calls()
    assert bench.crm.find([], SELECT, "badges") == LookupAnswers()
    assert bench.calls() == 0


def test_every_page_is_read_one_call_each(store: Store, clock: FakeClock) -> None:
    with Emulator(OrgSpec(page_size=200)) as server:
        bench = connect(server, store, clock)
        for number in range(450):
            bench.org.seed("Lead", {**person(number), "Company": "Acme"})
        bench.warm()
        found = bench.crm.find(
            [Lookup("Lead", (("Company", "text", "ACME"),))], SELECT, "purchases"
        ).records
        assert len(found) == 450
        assert bench.calls() == 3


def test_found_users_are_cached_for_an_hour_and_missing_ones_for_ten_minutes(
    bench: AdapterBench, clock: FakeClock
) -> None:
    bench.warm()
    here, missing = by_email("User", "ADMIN@acme.example"), by_email("User", "nobody@acme.example")
    for _ in range(2):
        (user,) = bench.crm.find([here, missing], SELECT, "purchases").records
        assert user.values["Email"] == "admin@acme.example"
        assert "TimeZoneSidKey" in user.values
    assert bench.calls() == 1
    clock.sleep(601)
    bench.crm.find([here, missing], SELECT, "purchases")
    assert bench.calls() == 1
    assert "admin" not in bench.requests("/composite")[-1]["body"]
    bench.crm.find([here], SELECT, "purchases")
    assert bench.calls() == 0


def test_a_sandboxs_user_is_returned_with_the_email_that_the_host_knows(
    store: Store, clock: FakeClock
) -> None:
    users = (
        {
            "Username": "a@acme.example.uat",
            "Email": "a@acme.example.invalid",
            "LastName": "A",
            "IsActive": True,
        },
    )
    with Emulator(OrgSpec(users=users, is_sandbox=True)) as server:
        bench = connect_as(server, store, clock, "a@acme.example.uat")
        for _ in range(2):
            (user,) = bench.crm.find(
                [by_email("User", "A@acme.example")], SELECT, "purchases"
            ).records
            assert user.values["Email"] == "a@acme.example"


def connect_as(server: Emulator, store: Store, clock: FakeClock, username: str) -> AdapterBench:
    from tests.salesforce.support import CALLBACK, CLIENT, browse, connection_of, engine
    from zsf_plugin.salesforce.login import SalesforceLogin

    login = SalesforceLogin(None, clock)
    begun = login.begin(server.url, CLIENT, CALLBACK)
    grant = login.finish(begun, browse(begun, username=username))
    store.save_connection(connection_of(server, grant, clock), grant.tokens)
    return AdapterBench(server, store, clock, engine(store, clock))


def test_an_inactive_user_is_not_found(bench: AdapterBench) -> None:
    bench.org.seed(
        "User",
        {"Username": "g@x.example", "Email": "g@x.example", "LastName": "G", "IsActive": False},
    )
    assert bench.crm.find([by_email("User", "g@x.example")], SELECT, "purchases").records == []


@pytest.mark.parametrize(
    "email", ["o'neil+x@a.example", "a&b#c%d@x.example", "back\\slash@x.example"]
)
def test_an_email_address_with_special_characters_is_found(bench: AdapterBench, email: str) -> None:
    bench.org.seed("Lead", {"LastName": "X", "Company": "Y", "Email": email})
    (found,) = bench.crm.find([by_email("Lead", email.upper())], SELECT, "purchases").records
    assert found.values["Email"] == email


def test_archived_tasks_are_found_and_deleted_ones_are_not(bench: AdapterBench) -> None:
    lead = bench.org.seed("Lead", {"LastName": "X", "Company": "Y"})
    old = bench.org.seed(
        "Task", {"Subject": "Email: Hi", "WhoId": lead, "ActivityDate": "2020-01-01"}
    )
    gone = bench.org.seed(
        "Task", {"Subject": "Email: Hi", "WhoId": lead, "ActivityDate": "2020-01-01"}
    )
    bench.control("DELETE", f"records/Task/{gone}")
    parts = (
        ("WhoId", "text", lead),
        ("ActivityDate", "text", "2020-01-01"),
        ("Subject", "text", "Email: Hi"),
    )
    found = bench.crm.find([Lookup("Task", parts)], SELECT, "activities").records  # type: ignore[arg-type]
    assert [record.id for record in found] == [old]
    assert "/queryAll?" in bench.requests("/composite")[-1]["body"]


def test_a_field_that_vanished_since_the_describe_is_left_out_after_one_retry(
    bench: AdapterBench,
) -> None:
    bench.control("POST", "fields", {"object": "Lead", "name": "Score__c"})
    bench.org.seed("Lead", {"LastName": "X", "Company": "Y", "Email": "a@x.example"})
    bench.warm()
    bench.org.hidden.add(("Lead", "Score__c"))
    (found,) = bench.crm.find(
        [by_email("Lead", "a@x.example")], {"Lead": ["Email", "Score__c"]}, "purchases"
    ).records
    assert found.values["Email"] == "a@x.example"
    assert bench.calls() == 3


def test_a_lookup_that_no_describe_has_a_place_for_is_refused_and_the_others_are_answered(
    bench: AdapterBench,
) -> None:
    lead = bench.org.seed("Lead", {"LastName": "X", "Company": "Y", "Email": "a@x.example"})
    bench.warm()
    gone = Lookup("Lead", (("Gone__c", "text", "x"),))
    answers = bench.crm.find([gone, by_email("Lead", "a@x.example")], SELECT, "purchases")
    assert answers.refused == {gone: "INVALID_FIELD"}
    assert [record.id for record in answers.records] == [lead]
    assert bench.calls() == 2


def test_a_lookup_by_id_finds_it_in_either_form(bench: AdapterBench) -> None:
    lead = bench.org.seed("Lead", {"LastName": "X", "Company": "Y"})
    answers = bench.crm.find([Lookup("Lead", (("Id", "text", lead[:15]),))], SELECT, "purchases")
    (found,) = answers.records
    assert found.id == lead


def test_the_daily_limit_raises_quota_reached(bench: AdapterBench) -> None:
    bench.warm()
    bench.control("POST", "settings", {"daily_limit": 1})
    with pytest.raises(QuotaReached) as caught:
        bench.crm.find([by_email("Lead", "a@x.example")], SELECT, "purchases")
    assert caught.value.kind == "daily"


@pytest.mark.parametrize("kind", ["html_503", "drop_before", "drop_after_commit", "reset_mid_body"])
def test_a_failed_lookup_raises_unavailable(bench: AdapterBench, kind: str) -> None:
    bench.warm()
    bench.fault(kind, "/composite")
    with pytest.raises(Unavailable):
        bench.crm.find([by_email("Lead", "a@x.example")], SELECT, "purchases")


def test_the_usage_that_the_org_reports_is_stored(bench: AdapterBench) -> None:
    bench.warm()
    bench.crm.find([by_email("Lead", "a@x.example")], SELECT, "purchases")
    reported = bench.store.allocation(bench.org.org_id, bench.clock.now())
    assert (reported.used, reported.limit) == (bench.org.used, bench.org.daily_limit)


def test_reads_see_our_own_writes_at_once(bench: AdapterBench) -> None:
    (outcome,) = bench.crm.write([create("Lead", 1, {**person(1), "Company": "Y"})], "purchases")
    (found,) = bench.crm.find([by_email("Lead", person(1)["Email"])], SELECT, "purchases").records
    assert found.id == outcome.record_id


# How it asks, and asks again, of an org that is played


LEAD_ID = "00Q5g00000BvKcMEAV"
NEXT = "/services/data/v68.0/query/01g5g00000AbCdEAAV-200"
ROW: dict[str, Any] = {"attributes": {"type": "Lead"}, "Id": LEAD_ID, "Email": "a@x.example"}
FACTS = facts_of(
    [
        described("Lead", FieldDescribe("Email", "Email", "email", length=80), text("Company")),
        described("User", text("Email"), text("TimeZoneSidKey"), text("Title")),
    ]
)


class Facts:
    """Existing facts, and a count of how often they were fetched again; `changed` are those of the
    second fetch."""

    def __init__(self, facts: OrgFacts = FACTS, changed: OrgFacts | None = None) -> None:
        self.refreshed = 0
        self.known, self.changed = facts, changed or facts

    def facts(self, *, refresh: bool = False, thorough: bool = False) -> OrgFacts:
        self.refreshed += refresh
        return self.changed if self.refreshed else self.known


class Remembered:
    """The refused columns of an org, in memory."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}

    def known(self, _: str) -> KnownColumns:
        return KnownColumns(dict(self.columns))

    def save(self, _: str, __: KnownColumns, columns: dict[str, str]) -> None:
        self.columns = dict(columns)


class NobodyKnown:
    """A cache that knows no user, and the columns it was asked for."""

    def __init__(self) -> None:
        self.columns: list[str] = []

    def known(self, _: str, lookups: Any, columns: Any, __: float) -> Any:
        self.columns = list(columns)
        return [], list(lookups)

    def learn(self, _: str, __: Any, records: Any) -> Any:
        return records


class Org:
    """A session whose org refuses with a code as long as `refuses` says so of a statement."""

    def __init__(self, code: str, refuses: Callable[[str, int], bool]) -> None:
        self.code, self.refuses, self.asked = code, refuses, list[str]()
        self.calls = 0
        self.body_limit, self.searches_put_off = BodyLimit(FakeClock()), 0
        self.in_flight = InFlight(FakeClock())

    def call(self, request: Buildable, purpose: str) -> HttpResponse:
        self.calls += 1
        body: Any = request.build("/services/data/v68.0").body
        entries = []
        assert len(body["compositeRequest"]) <= 5
        for part in body["compositeRequest"]:
            self.asked.append(part["url"])
            refusal = [{"errorCode": self.code, "message": "x"}]
            row = {"Id": f"00Q5g0000{len(self.asked):06}", "Email": "p@x.example"}
            good = {"done": True, "records": [row]}
            is_refused = self.refuses(part["url"], len(self.asked))
            entries.append(
                {
                    "referenceId": part["referenceId"],
                    "httpStatusCode": 400 if is_refused else 200,
                    "body": refusal if is_refused else good,
                }
            )
        return HttpResponse(200, {}, json.dumps({"compositeResponse": entries}).encode())


class Firewalled(Org):
    """A session behind a firewall that refuses every request that holds one of those words."""

    def __init__(self, *words: str, is_reached: bool = True, status: int = 403) -> None:
        super().__init__("", lambda *_: False)
        self.words, self.is_reached, self.probes = words, is_reached, 0
        self.status, self.refused = status, 0

    def reaches_salesforce(self) -> bool:
        self.probes += 1
        return self.is_reached

    def call(self, request: Buildable, purpose: str) -> HttpResponse:
        body = json.dumps(request.build("/services/data/v68.0").body)
        if any(word in body for word in self.words):
            self.calls += 1
            self.refused += 1
            return HttpResponse(self.status, {"content-type": "text/html"}, b"<html>denied</html>")
        return super().call(request, purpose)


class Limited(Firewalled):
    """A session behind a gateway that refuses bodies above a size, or answers `status` to those
    that hold a word."""

    def __init__(self, most: int | None = None, word: str = "\0", status: int = 413) -> None:
        super().__init__(status=status)
        self.most, self.word = most, word

    def call(self, request: Buildable, purpose: str) -> HttpResponse:
        body = json.dumps(request.build("/services/data/v68.0").body)
        is_large = self.most is not None and len(body) > self.most
        if is_large or self.word in body:
            self.calls += 1
            return HttpResponse(self.status, {"content-type": "text/html"}, b"<html>denied</html>")
        return super().call(request, purpose)


class Pages:
    """A session that gives those answers, one a call, and what was asked of it."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.body_limit, self.searches_put_off = BodyLimit(FakeClock()), 0
        self.in_flight = InFlight(FakeClock())
        self.asked: list[tuple[str, str, str]] = []

    def call(self, request: Buildable, purpose: str) -> HttpResponse:
        built = request.build("/services/data/v68.0")
        self.asked.append((built.method, built.path, purpose))
        found = self.answers.pop(0)
        return (
            found
            if isinstance(found, HttpResponse)
            else HttpResponse(200, {}, json.dumps(found).encode())
        )


def whole(body: Any, status: int = 200) -> dict[str, Any]:
    """The answer to a composite of one query."""
    return {
        "compositeResponse": [{"referenceId": "q0", "httpStatusCode": status, "body": body}],
    }


def finder_of(
    org: Org | Pages,
    facts: Facts,
    users: NobodyKnown | None = None,
    remembered: Remembered | None = None,
) -> Finder:
    return Finder(org, facts, users or NobodyKnown(), remembered or Remembered())  # type: ignore[arg-type]


def leads(count: int) -> list[Lookup]:
    return [by_email("Lead", f"p{number}@x.example") for number in range(count)]


@pytest.mark.parametrize("code", ["QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE"])
def test_lookups_that_are_too_many_for_the_org_are_split_in_halves(code: str) -> None:
    org = Org(code, lambda url, _: url.count("x.example") > 2)
    found = finder_of(org, Facts()).find(leads(5), {}, "purchases").records
    assert [url.count("x.example") for url in org.asked] == [5, 2, 3, 1, 2]
    assert len(found) == 3
    assert org.calls == 3


def test_a_slow_org_is_asked_several_requests_at_the_same_time() -> None:
    together = threading.Barrier(MAX_CALLS, timeout=30)

    class Slow(Org):
        def call(self, request: Buildable, purpose: str) -> HttpResponse:
            together.wait()
            return super().call(request, purpose)

    org = Slow("", lambda *_: False)
    org.in_flight.last_call_s = SLOW_CALL_S
    assert finder_of(org, Facts()).find(leads(7500), {}, "purchases").refused == {}
    assert org.calls == MAX_CALLS


def test_halves_are_split_until_each_lookup_is_alone() -> None:
    org = Org("OPERATION_TOO_LARGE", lambda url, _: url.count("x.example") > 1)
    found = finder_of(org, Facts()).find(leads(4), {}, "purchases").records
    assert [url.count("x.example") for url in org.asked] == [4, 2, 2, 1, 1, 1, 1]
    assert len(found) == 4
    assert org.calls == 3


def test_lookups_for_badges_are_not_split() -> None:
    org = Org("QUERY_TOO_COMPLICATED", lambda url, _: url.count("x.example") > 2)
    with pytest.raises(Unavailable):
        finder_of(org, Facts()).find(leads(5), {}, "badges")
    assert len(org.asked) == 1


def test_a_single_lookup_that_is_too_large_is_refused() -> None:
    org = Org("QUERY_TOO_COMPLICATED", lambda *_: True)
    answers = finder_of(org, Facts()).find(leads(1), {}, "purchases")
    assert answers.refused == {leads(1)[0]: "QUERY_TOO_COMPLICATED"}
    assert len(org.asked) == 1


CHANGED = replace(
    FACTS, describes={**FACTS.describes, "Lead": replace(FACTS.describes["Lead"], fingerprint="2")}
)


def test_after_a_vanished_field_the_org_is_described_and_queried_again() -> None:
    org, facts = Org("INVALID_FIELD", lambda _, number: number == 1), Facts(changed=CHANGED)
    answers = finder_of(org, facts).find(leads(3), {}, "badges")
    assert len(answers.records) == 1
    assert answers.refused == {}
    assert (len(org.asked), facts.refreshed) == (2, 1)


PERMANENT = [
    "INVALID_FIELD",
    "INVALID_TYPE",
    "MALFORMED_QUERY",
    "INVALID_QUERY_FILTER_OPERATOR",
    "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "FUNCTIONALITY_NOT_ENABLED",
    "NOT_FOUND",
    "A_CODE_OF_NEXT_YEAR",
]


@pytest.mark.parametrize("code", PERMANENT)
@pytest.mark.parametrize("purpose", ["purchases", "activities", "badges"])
def test_a_column_that_is_refused_for_good_is_reported_for_each_lookup_and_asked_no_more(
    code: str, purpose: Any
) -> None:
    org, facts, remembered = Org(code, lambda url, _: "Email" in url), Facts(), Remembered()
    named = [Lookup("Lead", (("Company", "text", f"C{number}"),)) for number in range(3)]
    for _ in range(2):
        finder = finder_of(org, facts, remembered=remembered)
        answers = finder.find([*leads(7), *named], {}, purpose)
        assert answers.refused == dict.fromkeys(leads(7), code)
        assert answers.records
    # whole; by columns; the column in five parts; then only the other column
    assert [url.count("x.example") for url in org.asked] == [7, 7, 0, 2, 2, 2, 1, 0]
    assert org.calls == 4
    assert facts.refreshed == (code in ("INVALID_FIELD", "INVALID_TYPE"))


@pytest.mark.parametrize("code", PERMANENT)
def test_a_lookup_that_is_refused_alone_is_found_among_two_hundred_in_few_calls(code: str) -> None:
    org, remembered = Org(code, lambda url, _: "p177%40" in url), Remembered()
    answers = finder_of(org, Facts(), remembered=remembered).find(leads(200), {}, "purchases")
    assert answers.refused == {leads(200)[177]: code}
    assert org.calls <= 5
    assert remembered.columns == {}


def test_a_refused_lookup_is_not_remembered_as_a_user_that_is_not_there() -> None:
    class Users(NobodyKnown):
        learned: Any = None

        def learn(self, _: str, lookups: Any, records: Any) -> Any:
            self.learned = lookups
            return records

    users, org = Users(), Org("INSUFFICIENT_ACCESS", lambda url, _: "FROM%20User" in url)
    lookups = [by_email("User", "a@x.example"), *leads(1)]
    answers = finder_of(org, Facts(), users).find(lookups, {}, "purchases")
    assert answers.refused == {lookups[0]: "INSUFFICIENT_ACCESS"}
    assert users.learned == leads(1)


WEBSITES = facts_of(
    [described("Account", FieldDescribe("Website", "Website", "url", length=255), text("Name"))]
)
SITE = Lookup("Account", (("Website", "domain", "https://www.acme.example/about"),))
NAME = Lookup("Account", (("Name", "text", "Acme"),))


@pytest.mark.parametrize("code", PERMANENT)
def test_where_like_is_refused_the_usual_forms_are_asked_by_equality(code: str) -> None:
    """As an encrypted field does whose describe does not say so."""
    org, remembered = Org(code, lambda url, _: "LIKE" in url), Remembered()
    for calls in (3, 4):
        finder = finder_of(org, Facts(WEBSITES), remembered=remembered)
        answers = finder.find([SITE, NAME], {}, "purchases")
        assert answers.refused == {}
        assert org.calls == calls
    asked = unquote(org.asked[-1])
    assert "Website IN ('https://www.acme.example/about','acme.example'," in asked
    assert "'https://www.acme.example/'" in asked


def test_where_equality_is_refused_too_the_lookup_is_refused() -> None:
    org = Org("INVALID_QUERY_FILTER_OPERATOR", lambda url, _: "Website" in url)
    answers = finder_of(org, Facts(WEBSITES)).find([SITE, NAME], {}, "purchases")
    assert answers.refused == {SITE: "INVALID_QUERY_FILTER_OPERATOR"}
    assert len(answers.records) > 0


@pytest.mark.parametrize("code", ["QUERY_TIMEOUT", "SERVER_UNAVAILABLE", "INVALID_QUERY_LOCATOR"])
def test_a_temporary_failure_of_one_query_is_no_refusal(code: str) -> None:
    org = Org(code, lambda url, _: "Email" in url)
    with pytest.raises(Unavailable):
        finder_of(org, Facts()).find([*leads(2), NAME], {}, "purchases")


def test_a_composite_that_is_refused_as_a_whole_says_nothing_about_its_queries() -> None:
    refused = HttpResponse(403, {}, b'[{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]')
    with pytest.raises(Unavailable, match="INSUFFICIENT_ACCESS"):
        finder_of(Pages(refused), Facts()).find(leads(2), {}, "purchases")


def test_queries_are_sent_five_per_call_and_all_answers_count() -> None:
    org = Org("x", lambda *_: False)
    found = finder_of(org, Facts()).find(leads(3000), {}, "purchases").records
    assert org.calls > 1
    assert len(found) == len(org.asked) > 5


def test_cached_users_count_only_if_they_have_the_selected_columns() -> None:
    users = NobodyKnown()
    finder_of(Org("x", lambda *_: False), Facts(), users).find(
        leads(1), {"User": ["Title"], "Lead": ["Email"]}, "purchases"
    )
    assert {"Id", "Title"} < set(users.columns)
    finder_of(Org("x", lambda *_: False), Facts(), users).find(leads(1), {}, "purchases")
    assert "Id" in users.columns
    assert "Title" not in users.columns


def test_a_further_page_is_read_for_the_same_object_and_purpose() -> None:
    first = {"done": False, "records": [ROW], "nextRecordsUrl": NEXT}
    org = Pages(whole(first), {"done": True, "records": [{"Id": "00Q5g00000BvKcN"}]})
    found = finder_of(org, Facts()).find(leads(1), {}, "activities").records
    assert [(record.object, record.id[:15]) for record in found] == [
        ("Lead", "00Q5g00000BvKcM"),
        ("Lead", "00Q5g00000BvKcN"),
    ]
    assert org.asked == [
        ("POST", "/composite", "activities"),
        ("GET", "/query/01g5g00000AbCdEAAV-200", "activities"),
    ]


UNREADABLE = HttpResponse(200, {}, b"half an ans")
MORE = whole({"done": False, "records": [], "nextRecordsUrl": NEXT})


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([UNREADABLE], "unreadable"),
        ([{"compositeResponse": []}], "no_part"),
        ([whole("oops", 500)], "unreadable"),
        ([MORE, UNREADABLE], "unreadable"),
    ],
)
def test_a_query_without_an_answer_changed_nothing_and_is_sent_again_later(
    answers: list[Any], code: str
) -> None:
    with pytest.raises(Unavailable) as caught:
        finder_of(Pages(*answers), Facts()).find(leads(1), {}, "purchases")
    assert caught.value.code == code


# Pages of a query's answer


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "no_records"),
        ([], "no_records"),
        ("x", "no_records"),
        ({}, "no_records"),
        ({"done": True}, "no_records"),
        ({"done": True, "records": None}, "no_records"),
        ({"done": True, "records": {}}, "no_records"),
        ({"done": True, "records": [ROW, "x"]}, "no_records"),
        ({"done": True, "records": [ROW, {}]}, "no_records"),
        ({"done": True, "records": [ROW, {"Id": None}]}, "no_records"),
        ({"done": True, "records": [ROW, {"Id": "../Account"}]}, "no_records"),
        ({"done": False, "records": []}, "no_page"),
        ({"done": False, "records": [], "nextRecordsUrl": 3}, "no_page"),
        ({"done": False, "records": [], "nextRecordsUrl": "https://elsewhere.example/"}, "no_page"),
        ({"records": []}, "no_page"),
    ],
)
def test_an_incomplete_answer_raises_unavailable(body: Any, code: str) -> None:
    """And never "no such record": that would create the person again."""
    with pytest.raises(Unavailable) as caught:
        parse_page("Lead", body)
    assert caught.value.code == code


OTHER = {**ROW, "Id": "00Q5g00000BvKcN"}
FIRST = {"totalSize": 2, "done": False, "records": [ROW], "nextRecordsUrl": NEXT}


@pytest.mark.parametrize(
    "answers",
    [
        [{"totalSize": 2, "done": True, "records": [ROW]}],
        [{"totalSize": 1, "done": True, "records": []}],
        [FIRST, {"totalSize": 2, "done": True, "records": []}],
        [FIRST, FIRST],
        [{"done": True, "records": [{"Id": LEAD_ID}]}],
        [FIRST, {"done": True, "records": [{"Id": LEAD_ID, "Company": "Acme"}]}],
        [FIRST, None],
        [FIRST, {"totalSize": 2, "done": True, "records": None}],
        [FIRST, {"totalSize": 2, "records": [OTHER]}],
    ],
    ids=[
        "fewer rows than counted",
        "counted but empty",
        "an empty last page",
        "the same page again",
        "a row without what it was found by",
        "the same on a further page",
        "a further page without a body",
        "a further page without rows",
        "a further page that is neither the last nor names the next",
    ],
)
def test_an_answer_that_is_short_raises_unavailable(answers: list[Any]) -> None:
    """And never "no such record": that would create the person again."""
    first, *more = answers
    select = {"Lead": ["Email", "Company"]}
    empty = HttpResponse(200, {}, b"")
    pages = [empty if page is None else page for page in more]
    with pytest.raises(Unavailable) as caught:
        finder_of(Pages(whole(first), *pages), Facts()).find(leads(1), select, "purchases")
    assert caught.value.code in ("no_records", "no_page")


@pytest.mark.parametrize("total", [None, 0, 1, 2, True, "9", 1.5])
def test_a_whole_answer_counts_whatever_else_it_says(total: Any) -> None:
    body = {"totalSize": total, "done": True, "records": [ROW, {**OTHER, "Email": None}]}
    found = finder_of(Pages(whole(body)), Facts()).find(leads(1), {"Lead": ["Email"]}, "badges")
    assert len(found.records) == 2


def test_the_id_of_a_record_has_eighteen_characters() -> None:
    (record,) = parse_page("Lead", {"done": True, "records": [{"Id": LEAD_ID[:15]}]}).records
    assert (record.object, record.id) == ("Lead", LEAD_ID)


def test_a_record_has_its_values_without_the_attributes() -> None:
    (record,) = parse_page("Lead", {"done": True, "records": [ROW]}).records
    assert record.values == {"Id": LEAD_ID, "Email": "a@x.example"}
    assert "attributes" in ROW


def test_a_page_that_is_not_done_names_the_next_one() -> None:
    page = parse_page("Lead", {"done": False, "records": [], "nextRecordsUrl": NEXT})
    assert page.next == "/query/01g5g00000AbCdEAAV-200"


def test_the_last_page_names_no_next_page() -> None:
    assert parse_page("Lead", {"done": True, "records": [], "nextRecordsUrl": NEXT}).next is None


# A gateway that refuses to pass a search


@pytest.mark.parametrize("count", [1, 2, 10, 100, 400])
def test_a_search_that_a_firewall_refuses_is_alone_and_the_others_are_answered(count: int) -> None:
    bad = count - 1
    org, remembered = Firewalled(f"p{bad}%40x.example"), Remembered()
    asked = leads(count)
    found = finder_of(org, Facts(), remembered=remembered).find(asked, {}, "purchases")
    assert found.refused == {asked[bad]: f"{GATEWAY_REFUSED} 403"}
    assert org.probes == 1
    assert remembered.columns == {}, "it says nothing of the column"
    usual = Org("", lambda *_: False)
    finder_of(usual, Facts()).find(asked, {}, "purchases")
    assert org.calls + org.probes - usual.calls <= 2 * math.log2(count) + 2


def test_a_firewall_in_trouble_refuses_nobody_for_good() -> None:
    org = Firewalled("SELECT", is_reached=False)
    with pytest.raises(GatewayRefused):
        finder_of(org, Facts()).find(leads(50), {}, "purchases")
    assert (org.calls, org.probes) == (1, 1)


def test_a_firewall_that_lets_no_search_through_is_an_outage_of_a_quarter_of_an_hour() -> None:
    org = Firewalled("SELECT")
    with pytest.raises(Unavailable) as caught:
        finder_of(org, Facts()).find(leads(200), {}, "purchases")
    assert (caught.value.code, caught.value.retry_after_s) == ("gateway_searches", 900.0)
    assert org.calls <= 4 * 10


def test_a_search_for_badges_that_a_firewall_refuses_is_not_divided() -> None:
    org = Firewalled("p3%40x.example")
    with pytest.raises(GatewayRefused):
        finder_of(org, Facts()).find(leads(50), {}, "badges")
    assert (org.calls, org.probes) == (1, 0)


@pytest.mark.parametrize(
    ("status", "purpose", "most"),
    [(403, "purchases", 200), (413, "purchases", 200), (413, "badges", 20)],
)
def test_one_search_goes_on_until_its_bound_of_refused_requests(
    status: int, purpose: Any, most: int
) -> None:
    words = [f"p{number}%40x.example" for number in range(0, 400, 2)]
    org = Firewalled(*words, status=status)
    with pytest.raises(Unavailable) as caught:
        finder_of(org, Facts()).find(leads(400), {}, purpose)
    assert caught.value.code == "gateway_searches"
    assert org.refused == most + 1


def test_refusals_of_one_search_are_counted_over_all_that_it_asks() -> None:
    words = [f"p{number}%40x.example" for number in range(0, 120, 2)]
    org = Firewalled(*words, status=403)
    narrower = Narrower(FACTS, {}, {}, {}, {}, set())
    parts = SearchInParts(org, narrower, "purchases", {})  # type: ignore[arg-type]
    queries, refusal = narrower.packed(leads(120)), GatewayRefused(403, "page")

    def search_again() -> None:
        while org.probes < 4:
            parts.after(refusal, 403, queries)

    with pytest.raises(Unavailable):
        search_again()
    assert org.refused + org.probes == 201, "the first refusal of each is the caller's"


@pytest.mark.parametrize("status", [413, 414, 431])
def test_what_is_too_large_whatever_is_asked_is_an_outage_and_refuses_nobody(status: int) -> None:
    org = Limited(0, status=status)
    with pytest.raises(Unavailable) as caught:
        finder_of(org, Facts()).find(leads(200), {}, "purchases")
    assert caught.value.code == "gateway_searches"
    assert org.calls <= 40


@pytest.mark.parametrize("purpose", ["purchases", "badges"])
@pytest.mark.parametrize("count", [1, 60, 200])
def test_a_search_that_is_too_large_is_asked_in_parts_and_at_once_the_next_time(
    count: int, purpose: Any
) -> None:
    org = Limited(1500)
    finder = finder_of(org, Facts())
    assert finder.find(leads(count), {}, purpose).refused == {}
    before = org.calls
    assert finder.find(leads(count), {}, purpose).refused == {}
    assert org.calls - before <= max(1, before - 1)
    assert (org.body_limit.bytes is None) == (count == 1)


@pytest.mark.parametrize("status", [403, 413, 414, 431])
def test_one_lookups_word_refuses_nobody_else(status: int) -> None:
    org = Limited(word="p7%40x.example", status=status)
    asked = leads(30)
    found = finder_of(org, Facts()).find(asked, {}, "purchases")
    assert found.refused == {asked[7]: f"{GATEWAY_REFUSED} {status}"}


@pytest.mark.parametrize("status", [429, 502, 503])
def test_not_now_for_one_lookup_is_narrowed_down_once_it_lasts(status: int) -> None:
    org = Limited(word="p7%40x.example", status=status)
    finder, asked = finder_of(org, Facts()), leads(30)
    for _ in range(MAX_PUT_OFF - 1):
        with pytest.raises(Unavailable):
            finder.find(asked, {}, "purchases")
    assert org.probes == 0
    found = finder.find(asked, {}, "purchases")
    assert found.refused == {asked[7]: f"{GATEWAY_REFUSED} {status}"}


def domains(count: int) -> list[Lookup]:
    return [
        Lookup("Account", (("Website", "domain", f"https://firm{number}.example"),))
        for number in range(count)
    ]


def test_a_gateway_that_lets_no_like_through_is_asked_by_equality_from_then_on() -> None:
    org, remembered = Firewalled("LIKE"), Remembered()
    finder = finder_of(org, Facts(WEBSITES), remembered=remembered)
    found = finder.find([NAME, *domains(50)], {}, "purchases")
    assert found.refused == {}
    assert org.calls <= 10
    assert len(remembered.columns) == 1


def test_columns_that_a_gateway_lets_nobody_search_by_are_refused_at_a_bounded_cost() -> None:
    org = Firewalled("Website")
    asked = domains(200)
    facts = facts_of([*FACTS.describes.values(), *WEBSITES.describes.values()])
    finder = finder_of(org, Facts(facts), remembered=Remembered())
    found = finder.find([*leads(50), *asked], {}, "purchases")
    assert found.refused == dict.fromkeys(asked, f"{GATEWAY_REFUSED} 403")
    assert org.calls <= 60
    before = org.calls
    again = finder.find([*leads(50), *asked], {}, "purchases")
    assert (again.refused, org.calls - before) == (found.refused, 1)


def test_columns_beside_those_that_a_gateway_refuses_are_searched_by_the_next_time() -> None:
    org, remembered = Firewalled("Website"), Remembered()
    facts = facts_of([*FACTS.describes.values(), *WEBSITES.describes.values()])
    finder = finder_of(org, Facts(facts), remembered=remembered)
    named = [Lookup("Account", (("Name", "text", f"Firm {number}"),)) for number in range(20)]
    for _ in range(2):
        found = finder.find([*leads(5), *domains(50), *named], {}, "purchases")
    assert found.refused == dict.fromkeys(domains(50), f"{GATEWAY_REFUSED} 403")
    assert all("Website" in key for key in remembered.columns)


def test_json_of_another_shape_is_not_an_answer_to_a_search() -> None:
    org = Firewalled(is_reached=False)
    org.call = lambda *_: HttpResponse(200, {}, b'{"error": "blocked"}')  # type: ignore[method-assign]
    with pytest.raises(GatewayRefused):
        finder_of(org, Facts()).find(leads(2), {}, "purchases")
