"""Every row of the error table that a sync can meet (salesforce-api.md §4.2): the emulator's status
and body.

By plain requests. A row comes about by the org's own state where it can; what only a customer's own
code, policies and locks do is staged by `/_emulator/refusals`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.emulator.client import DATA, Client
from tests.emulator.conftest import ADMIN, KEY, ROBIN, Make

LEAD = {"LastName": "Okafor", "Company": "Brightwell Ltd"}
ADMIN_NAME = "admin@acme.example"

Meet = Callable[[Client], requests.Response]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table, and how to meet it."""

    code: str
    status: int
    words: str
    meet: Meet
    fields: tuple[str, ...] = ()
    spec: dict[str, Any] | None = None


def create(**values: Any) -> Meet:
    return lambda org: org.call("POST", "sobjects/Lead", {**LEAD, **values})


def create_of_type(object_: str, name: str, **values: Any) -> Meet:
    """A Lead of the record type of this name, which may be one of another object."""

    def run(org: Client) -> requests.Response:
        infos = org.call("GET", f"sobjects/{object_}/describe").json()["recordTypeInfos"]
        (type_id,) = [one["recordTypeId"] for one in infos if one["name"] == name]
        return create(RecordTypeId=type_id, **values)(org)

    return run


def after(change: Meet, meet: Meet | None = None) -> Meet:
    """What is met once something was changed behind the org's back."""

    def run(org: Client) -> requests.Response:
        change(org)
        return (meet or create())(org)

    return run


def setting(**values: Any) -> Meet:
    return lambda org: org.control("POST", "settings", values)


def permission(**values: Any) -> Meet:
    return lambda org: org.control("POST", "permissions", {"user": ADMIN_NAME, **values})


def staged(code: str, message: str, meet: Meet | None = None, **more: Any) -> Meet:
    return after(
        lambda org: org.control("POST", "refusals", {"code": code, "message": message, **more}),
        meet,
    )


def query(soql: str) -> Meet:
    return lambda org: org.query(soql)


def get(path: str, **headers: str) -> Meet:
    return lambda org: org.call("GET", path, **headers)


def on_a_lead(
    method: str,
    body: Any = None,
    *,
    before: Callable[[Client, str], object] = lambda org, id_: None,
    **values: Any,
) -> Meet:
    """A request about a Lead that exists."""

    def run(org: Client) -> requests.Response:
        id_ = org.create("Lead", **{**LEAD, **values})
        before(org, id_)
        return org.call(method, f"sobjects/Lead/{id_}", body)

    return run


def twice(**values: Any) -> Meet:
    return lambda org: [org.call("POST", "sobjects/Lead", {**LEAD, **values}) for _ in range(2)][-1]


def task_about_a_lead(**more: Any) -> Meet:
    def run(org: Client) -> requests.Response:
        lead, account = org.create("Lead", **LEAD), org.create("Account", Name="Brightwell Ltd")
        return org.call(
            "POST", "sobjects/Task", {"Subject": "Hi", "WhoId": lead, "WhatId": account, **more}
        )

    return run


def owned_by(username: str, **permissions: Any) -> Meet:
    def run(org: Client) -> requests.Response:
        (owner,) = [
            user["Id"] for user in org.control("GET", "users") if user["Username"] == username
        ]
        if permissions:
            org.control("POST", "permissions", {"user": username, **permissions})
        return org.call("POST", "sobjects/Lead", {**LEAD, "OwnerId": owner})

    return run


def under_an_account_of_others(org: Client) -> requests.Response:
    account = org.create("Account", Name="Brightwell Ltd")
    permission(unshared=[account])(org)
    return org.call("POST", "sobjects/Contact", {"LastName": "Okafor", "AccountId": account})


def raw(body: bytes) -> Meet:
    def run(org: Client) -> requests.Response:
        token = org.tokens["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return requests.post(
            f"{org.url}{DATA}/sobjects/Lead", data=body, headers=headers, timeout=10
        )

    return run


def two_hundred_and_one(org: Client) -> requests.Response:
    return org.call(
        "POST", "composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, **LEAD}] * 201}
    )


def on_a_contact_of(names: str, **values: Any) -> Meet:
    """A Contact that points, with its AccountId, at something else; `names` is what is made for it
    to point at."""

    def run(org: Client) -> requests.Response:
        made = {"Lead": LEAD, "Account": {"Name": "Brightwell Ltd"}}[names]
        return org.call(
            "POST",
            "sobjects/Contact",
            {"LastName": "O", "AccountId": org.create(names, **made), **values},
        )

    return run


def task_about_an_account(org: Client) -> requests.Response:
    account = org.create("Account", Name="Brightwell Ltd")
    return org.call("POST", "sobjects/Task", {"Subject": "Hi", "WhoId": account})


def composite(*subs: tuple[str, str, Any], whole: bool = False) -> Meet:
    """Subrequests of (method, path, body); what is looked at is the first one's answer."""

    def run(org: Client) -> requests.Response:
        requested = [
            {"method": method, "url": f"{DATA}/{path}", "referenceId": f"r{at}", "body": body}
            for at, (method, path, body) in enumerate(subs)
        ]
        return org.composite(*requested, whole=whole)

    return run


def collection(*records: Any, whole: bool = False) -> Meet:
    return lambda org: org.call(
        "POST", "composite/sobjects", {"allOrNone": whole, "records": list(records)}
    )


def of(type_: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": type_}, **values}


def span(start: str, end: str) -> Meet:
    return get(f"sobjects/Lead/updated?start={start}T00:00:00Z&end={end}T00:00:00Z")


NARROW = {"object": "Contact", "field": "AccountId", "where": "Industry", "equals": "Energy"}
TWO_TYPES = {
    "picklists": {"Lead.Rating": {"values": ["Hot", "Warm"], "restricted": True}},
    "record_types": {
        "Lead": {"Partner": {"Rating": ["Hot"]}, "Direct": {"Rating": ["Hot", "Warm"]}}
    },
}
LOOSE = {**KEY, "name": "Loose__c", "unique": False}
RULE = {"object": "Lead", "field": "Company", "equals": "Brightwell Ltd", "message": "Ruf erst an"}
TWINS = {"object": "Lead", "field": "Email", "action": "block"}
CHATTER = {
    "Username": "chatty@acme.example",
    "Email": "chatty@acme.example",
    "LastName": "Chatty",
    "UserType": "CsnOnly",
}
RESTRICTED = {"picklists": {"Lead.Rating": {"values": ["Hot", "Warm"], "restricted": True}}}
MAIL = "ngozi@brightwell.example"

TABLE = [
    Row(
        "INVALID_SESSION_ID",
        401,
        "Session expired or invalid",
        get("limits", Authorization="Bearer dead"),
    ),
    Row(
        "INVALID_AUTH_HEADER", 401, "INVALID_HEADER_TYPE", get("limits", Authorization="Basic abc")
    ),
    Row(
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "TotalRequests Limit exceeded.",
        after(setting(daily_limit=0)),
    ),
    Row(
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        after(setting(concurrent_full=True)),
    ),
    Row(
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "ConcurrentPerOrgLongTxn Limit exceeded",
        after(setting(long_transactions=True)),
    ),
    Row(
        "SERVER_UNAVAILABLE",
        503,
        "Server is too busy",
        staged("SERVER_UNAVAILABLE", "Server is too busy", status=503),
    ),
    Row(
        "UNKNOWN_EXCEPTION",
        500,
        "An unexpected error occurred. Please include this ErrorId",
        staged(
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support: 1-2 (-3)",
            status=500,
        ),
    ),
    Row(
        "API_DISABLED_FOR_ORG",
        403,
        "The REST API is not enabled for this Organization.",
        after(setting(api_enabled=False)),
    ),
    Row(
        "API_CURRENTLY_DISABLED",
        403,
        "API is disabled for this User",
        after(permission(api_enabled=False)),
    ),
    Row("CLIENT_NOT_ACCESSIBLE_FOR_USER", 403, "", after(permission(app_allowed=False))),
    Row(
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        403,
        "The users password has expired",
        after(permission(password_expired=True)),
    ),
    Row("UNSUPPORTED_API_VERSION", 410, "", get("/services/data/v20.0/limits")),
    Row(
        "NOT_FOUND", 404, "The requested resource does not exist", get("sobjects/Nothing/describe")
    ),
    Row(
        "NOT_FOUND",
        404,
        "The requested resource does not exist",
        get("/services/data/v99.0/limits"),
    ),
    Row(
        "NOT_FOUND",
        404,
        "The requested resource does not exist",
        after(permission(hidden_objects=["Lead"])),
    ),
    Row(
        "NOT_FOUND",
        404,
        "The requested resource does not exist",
        on_a_lead("PATCH", {"Title": "x"}, before=lambda org, id_: permission(unshared=[id_])(org)),
    ),
    Row(
        "NOT_FOUND",
        404,
        "Provided external ID field does not exist or is not accessible: Nope__c",
        get("sobjects/Lead/Nope__c/1"),
    ),
    Row("METHOD_NOT_ALLOWED", 405, "HTTP Method 'PUT' not allowed", on_a_lead("PUT", {})),
    Row("JSON_PARSER_ERROR", 400, "Unexpected character", raw(b"{half")),
    Row(
        "JSON_PARSER_ERROR",
        400,
        "Cannot deserialize instance of",
        create(NumberOfEmployees="many"),
    ),
    Row(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        400,
        "Do Not Call: value not of required type: maybe",
        create(DoNotCall="maybe"),
        ("DoNotCall",),
    ),
    Row(
        "REQUIRED_FIELD_MISSING",
        400,
        "Required fields are missing: [Company]",
        create(Company=None),
        ("Company",),
    ),
    Row(
        "STRING_TOO_LONG",
        400,
        "First Name: data value too large",
        create(FirstName="x" * 41),
        ("FirstName",),
    ),
    Row(
        "INVALID_EMAIL_ADDRESS",
        400,
        "Email: invalid email address: nope",
        create(Email="nope"),
        ("Email",),
    ),
    Row(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        400,
        "Rating: bad value for restricted picklist field: Boiling",
        create(Rating="Boiling"),
        ("Rating",),
        RESTRICTED,
    ),
    Row(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        400,
        "Ruf erst an",
        create(),
        spec={"validation_rules": [RULE]},
    ),
    Row(
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        400,
        "Value does not exist or does not match filter criteria.",
        on_a_contact_of("Account"),
        ("AccountId",),
        {"lookup_filters": [NARROW]},
    ),
    Row(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "Name ID: id value of incorrect type: 001",
        task_about_an_account,
        ("WhoId",),
    ),
    Row(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "id value of incorrect type: 00Q",
        on_a_contact_of("Lead"),
        ("AccountId",),
    ),
    Row(
        "MALFORMED_ID",
        400,
        "id value of incorrect type: xyz",
        on_a_contact_of("Lead", AccountId="xyz"),
        ("AccountId",),
    ),
    Row("MALFORMED_SEARCH", 400, "unexpected token", get("search?q=LOOK+FOR+x")),
    Row("MALFORMED_SEARCH", 400, "longer than one character", get("search?q=FIND+%7Bx%7D")),
    Row(
        "INVALID_REPLICATION_DATE",
        400,
        "startDate cannot be more than 30 days ago",
        span("2019-01-01", "2019-01-02"),
    ),
    Row(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        400,
        "Rating: bad value for restricted picklist field: Warm",
        create_of_type("Lead", "Partner", Rating="Warm"),
        ("Rating",),
        TWO_TYPES,
    ),
    Row(
        "INVALID_CROSS_REFERENCE_KEY",
        400,
        "Record Type ID: this ID value isn't valid for the user",
        create_of_type("Contact", "Other"),
        ("RecordTypeId",),
        {"record_types": {"Lead": {"Partner": {}, "Direct": {}}, "Contact": {"Other": {}}}},
    ),
    Row(
        "DELETE_FAILED",
        400,
        "could not be completed because it is associated with",
        staged(
            "DELETE_FAILED",
            "Your attempt to delete Okafor could not be completed because it is associated with the following cases",
            on_a_lead("DELETE"),
            action="delete",
        ),
    ),
    Row(
        "LIMIT_EXCEEDED",
        400,
        "10 chunks",
        collection(*[of("Lead", **LEAD), of("Account", Name="A")] * 6),
    ),
    Row(
        "MIXED_DML_OPERATION",
        400,
        "DML operation on setup object is not permitted",
        collection(of("Lead", **LEAD), of("PermissionSet", Name="Sync", Label="Sync")),
    ),
    Row(
        "DUPLICATE_VALUE",
        400,
        "duplicates value on record with id: 0Pa",
        lambda org: [
            org.call(
                "POST",
                "sobjects/PermissionSetAssignment",
                {"AssigneeId": user, "PermissionSetId": made},
            )
            for user in [org.tokens["id"].split("/")[-1]]
            for made in [org.create("PermissionSet", Name="Sync", Label="Sync")]
            for _ in range(2)
        ][-1],
    ),
    Row(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "cannot be set when the Name is a lead",
        task_about_a_lead(),
        ("WhoId", "WhatId"),
    ),
    Row(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "There's a problem with this state",
        create(Country="Sweden", State="Bavaria"),
        ("State",),
        {"states": {"Sweden": ["Stockholm"]}},
    ),
    Row(
        "FIELD_INTEGRITY_EXCEPTION",
        400,
        "There's a problem with this country",
        create(Country="SE"),
        ("Country",),
        {"states": {"Sweden": ["Stockholm"]}},
    ),
    Row(
        "NUMBER_OUTSIDE_VALID_RANGE",
        400,
        "value outside of valid range on numeric field",
        create(AnnualRevenue=1.0e20),
        ("AnnualRevenue",),
    ),
    Row("INVALID_FIELD", 400, "No such column 'foo' on sobject of type Lead", create(foo="x")),
    Row(
        "INVALID_FIELD",
        400,
        "No such column 'Title' on sobject of type Lead",
        after(permission(hidden_fields=["Lead.Title"]), create(Title="x")),
    ),
    Row(
        "INVALID_FIELD",
        400,
        "No such column 'Title' on entity 'Lead'",
        after(permission(hidden_fields=["Lead.Title"]), query("SELECT Title FROM Lead")),
    ),
    Row(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        400,
        "Unable to create/update fields: IsConverted.",
        create(IsConverted=True),
        ("IsConverted",),
    ),
    Row(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        400,
        "Unable to create/update fields: Title.",
        after(permission(read_only_fields=["Lead.Title"]), create(Title="x")),
        ("Title",),
    ),
    Row("INVALID_TYPE", 400, "sObject type 'Foo' is not supported.", query("SELECT Id FROM Foo")),
    Row(
        "INVALID_TYPE",
        400,
        "sObject type 'Lead' is not supported.",
        after(permission(hidden_objects=["Lead"]), query("SELECT Id FROM Lead")),
    ),
    Row(
        "MALFORMED_QUERY",
        400,
        "unexpected token",
        query("SELECT Id FROM Lead WHERE Email = 'a' AND Title = 'b' OR Title = 'c'"),
    ),
    Row(
        "INVALID_QUERY_FILTER_OPERATOR",
        400,
        "invalid ID field: abc",
        query("SELECT Id FROM Lead WHERE Id = 'abc'"),
    ),
    Row(
        "INVALID_QUERY_LOCATOR", 400, "invalid query locator", get("query/0r8xx3J5ahWpDnPgQx-2000")
    ),
    Row(
        "QUERY_TIMEOUT",
        400,
        "Your query request was running for too long.",
        staged(
            "QUERY_TIMEOUT",
            "Your query request was running for too long.",
            query("SELECT Id FROM Lead"),
            action="query",
        ),
    ),
    Row(
        "QUERY_TOO_COMPLICATED",
        400,
        "",
        staged(
            "QUERY_TOO_COMPLICATED", "too complicated", query("SELECT Id FROM Lead"), action="query"
        ),
    ),
    Row(
        "OPERATION_TOO_LARGE",
        400,
        "",
        staged("OPERATION_TOO_LARGE", "too large", query("SELECT Id FROM Lead"), action="query"),
    ),
    Row(
        "INVALID_CROSS_REFERENCE_KEY",
        400,
        "invalid cross reference id",
        create(OwnerId="0055g00000ZZZZZ"),
    ),
    Row(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        400,
        "insufficient access rights on cross-reference id: 001",
        under_an_account_of_others,
        ("AccountId",),
    ),
    Row(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        400,
        "insufficient access rights on object id",
        on_a_lead(
            "PATCH",
            {"Title": "x"},
            before=lambda org, id_: permission(read_only_records=[id_])(org),
        ),
    ),
    Row(
        "INSUFFICIENT_ACCESS",
        403,
        "",
        after(permission(view_all_data=False), get("sobjects/Lead/Loose__c/1")),
        spec={"fields": [LOOSE]},
    ),
    Row(
        "CANNOT_UPDATE_CONVERTED_LEAD",
        400,
        "cannot reference converted lead",
        on_a_lead(
            "PATCH",
            {"Title": "x"},
            before=lambda org, id_: org.control(
                "PATCH", f"records/Lead/{id_}", {"IsConverted": True}
            ),
        ),
    ),
    Row(
        "ENTITY_IS_DELETED",
        404,
        "entity is deleted",
        on_a_lead(
            "PATCH",
            {"Title": "x"},
            before=lambda org, id_: org.call("DELETE", f"sobjects/Lead/{id_}"),
        ),
    ),
    Row(
        "ENTITY_IS_LOCKED",
        400,
        "the entity is locked for editing",
        on_a_lead(
            "PATCH",
            {"Title": "x"},
            before=lambda org, id_: org.control("POST", "locks", {"id": id_}),
        ),
    ),
    Row(
        "DUPLICATE_VALUE",
        400,
        "duplicate value found: Key__c duplicates value on record with id: 00Q",
        twice(Key__c="k"),
    ),
    Row(
        "DUPLICATE_VALUE",
        400,
        "<unknown>",
        after(
            lambda org: permission(unshared=[org.create("Lead", **LEAD, Key__c="k")])(org),
            create(Key__c="k"),
        ),
    ),
    Row(
        "DUPLICATES_DETECTED",
        400,
        "Use one of these records?",
        twice(Email=MAIL),
        spec={"duplicate_rules": [TWINS]},
    ),
    Row(
        "UNABLE_TO_LOCK_ROW",
        400,
        "unable to obtain exclusive access to this record",
        staged(
            "UNABLE_TO_LOCK_ROW",
            "unable to obtain exclusive access to this record or 1 records: 0015g",
            object="Lead",
        ),
    ),
    Row(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        "LeadTrigger: execution of BeforeInsert caused by: System.",
        staged(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "LeadTrigger: execution of BeforeInsert caused by: System.NullPointerException",
        ),
    ),
    Row(
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        400,
        "process failed",
        staged(
            "CANNOT_EXECUTE_FLOW_TRIGGER",
            'We can\'t save this record because the "X" process failed.',
        ),
    ),
    Row(
        "APEX_ERROR",
        400,
        "Apex CPU time limit exceeded",
        staged("APEX_ERROR", "Apex CPU time limit exceeded"),
    ),
    Row(
        "EXCEEDED_ID_LIMIT",
        400,
        "record limit reached. cannot submit more than 200 records into this call",
        two_hundred_and_one,
    ),
    Row("STORAGE_LIMIT_EXCEEDED", 400, "storage limit exceeded", after(setting(storage_left=0))),
    Row(
        "INACTIVE_OWNER_OR_USER",
        400,
        "operation performed with inactive user [005",
        owned_by("gone@acme.example"),
        ("OwnerId",),
    ),
    Row(
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        400,
        "Operation not valid for this user type",
        owned_by("chatty@acme.example"),
        ("OwnerId",),
        {"users": [ADMIN, CHATTER]},
    ),
    Row(
        "TRANSFER_REQUIRES_READ",
        400,
        "The new owner must have read permission",
        owned_by("robin@acme.example", hidden_objects=["Lead"]),
        ("OwnerId",),
    ),
    Row(
        "TXN_SECURITY_NO_ACCESS",
        403,
        "",
        staged("TXN_SECURITY_NO_ACCESS", "blocked by transaction security policy", status=403),
    ),
    Row("TXN_SECURITY_METERING_ERROR", 400, "", staged("TXN_SECURITY_METERING_ERROR", "blocked")),
    Row(
        "FUNCTIONALITY_NOT_ENABLED", 403, "", staged("FUNCTIONALITY_NOT_ENABLED", "no", status=403)
    ),
    Row(
        "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE",
        403,
        "",
        staged("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "later", status=403),
    ),
    Row(
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        400,
        "read-only mode during maintenance",
        after(setting(read_only=True)),
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code} {row.words[:24]}")
def test_the_emulator_refuses_with_salesforces_status_and_body(make: Make, row: Row) -> None:
    org = make(**(row.spec or {}))
    answer = row.meet(org)
    assert answer.status_code == row.status, answer.text
    (error,) = answer.json()
    assert error["errorCode"] == row.code
    assert row.words in error["message"]
    assert tuple(error.get("fields", ())) == row.fields or not row.fields
    assert set(error) <= {"errorCode", "message", "fields", "duplicateResut"}


def test_a_refused_write_changes_nothing(make: Make) -> None:
    for row in TABLE:
        org = make(**(row.spec or {}))
        row.meet(org)
        rows = org.control("GET", "records")["Lead"]
        assert all(lead["LastName"] == "Okafor" for lead in rows)


@pytest.mark.parametrize(("status", "words"), [(414, b"x" * 17_000), (431, b"")])
def test_a_header_or_uri_that_is_too_long_has_its_own_status(
    org: Client, status: int, words: bytes
) -> None:
    path = "query?q=" + words.decode()
    answer = org.call("GET", path, X_Long="y" * 17_000) if status == 431 else org.call("GET", path)
    assert answer.status_code == status


def test_a_body_of_another_kind_is_415(org: Client) -> None:
    headers = {
        "Authorization": f"Bearer {org.tokens['access_token']}",
        "Content-Type": "text/plain",
    }
    answer = requests.post(
        f"{org.url}{DATA}/sobjects/Lead", data=b"{}", headers=headers, timeout=10
    )
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_row_changed_since_the_given_date_is_412(org: Client) -> None:
    lead = org.create("Lead", **LEAD)
    before, later = "Mon, 23 Nov 2020 10:00:00 GMT", "Mon, 23 Nov 2099 10:00:00 GMT"
    assert (
        org.call(
            "PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, If_Unmodified_Since=before
        ).status_code
        == 412
    )
    assert (
        org.call(
            "PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, If_Unmodified_Since=later
        ).status_code
        == 204
    )


def test_an_etag_is_checked_on_accounts_only(org: Client) -> None:
    lead, account = org.create("Lead", **LEAD), org.create("Account", Name="Acme")
    etag = org.call("GET", f"sobjects/Account/{account}").headers["ETag"]
    assert (
        org.call("PATCH", f"sobjects/Account/{account}", {"Site": "x"}, If_Match=etag).status_code
        == 204
    )
    assert (
        org.call(
            "PATCH", f"sobjects/Account/{account}", {"Site": "x"}, If_Match='"another"'
        ).status_code
        == 412
    )
    assert (
        org.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, If_Match='"another"').status_code
        == 204
    )


def test_a_503_has_an_html_body_and_a_300_a_list_of_rows(make: Make) -> None:
    org = make(fields=[LOOSE])
    for _ in range(2):
        org.create("Lead", **LEAD, Loose__c="k")
    is_polymorphic = org.call("PATCH", "sobjects/Lead/Loose__c/k", {"Title": "x"})
    assert is_polymorphic.status_code == 300
    assert all(address.startswith(f"{DATA}/sobjects/Lead/00Q") for address in is_polymorphic.json())
    org.control("POST", "faults", {"kind": "html_503"})
    page = org.call("GET", "limits")
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html;charset=UTF-8")


def test_a_trigger_that_fails_for_many_records_works_for_few(org: Client) -> None:
    org.control(
        "POST",
        "refusals",
        {"code": "APEX_ERROR", "message": "Too many SOQL queries: 101", "above": 1, "times": 999},
    )
    record = {"attributes": {"type": "Lead"}, **LEAD}
    many = org.call("POST", "composite/sobjects", {"records": [record, record]}).json()
    assert [one["errors"][0]["statusCode"] for one in many] == ["APEX_ERROR", "APEX_ERROR"]
    assert (
        org.call("POST", "composite/sobjects", {"records": [record]}).json()[0]["success"] is True
    )


def test_robin_sees_what_the_admin_cannot(make: Make) -> None:
    org = make(users=[ADMIN, ROBIN])
    permission(hidden_fields=["Lead.Title"])(org)
    assert "Title" not in [
        field["name"] for field in org.call("GET", "sobjects/Lead/describe").json()["fields"]
    ]
    org.sign_in("robin@acme.example")
    assert "Title" in [
        field["name"] for field in org.call("GET", "sobjects/Lead/describe").json()["fields"]
    ]


def test_several_existing_matches_of_an_upsert_in_a_collection_are_duplicate_external_id(
    make: Make,
) -> None:
    org = make(fields=[LOOSE])
    for _ in range(2):
        org.create("Lead", **LEAD, Loose__c="k")
    record = {"attributes": {"type": "Lead"}, "Loose__c": "k", **LEAD}
    (result,) = org.call("PATCH", "composite/sobjects/Lead/Loose__c", {"records": [record]}).json()
    assert result["success"] is False
    assert result["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"


def test_rolled_back_subrequests_of_a_composite_are_processing_halted(org: Client) -> None:
    good, bad = ("POST", "sobjects/Lead", LEAD), ("POST", "sobjects/Lead", {"LastName": "x"})
    entries = composite(good, bad, whole=True)(org).json()["compositeResponse"]
    assert [(entry["httpStatusCode"], entry["body"][0]["errorCode"]) for entry in entries] == [
        (400, "PROCESSING_HALTED"),
        (400, "REQUIRED_FIELD_MISSING"),
    ]
    assert entries[0]["body"][0]["message"] == (
        "The transaction was rolled back since another operation in the same transaction failed."
    )
    assert org.control("GET", "records")["Lead"] == []


def test_an_empty_reference_is_processing_halted(org: Client) -> None:
    asks = ("GET", "query?q=SELECT+Id+FROM+Lead", None)
    entries = composite(asks, ("PATCH", "sobjects/Lead/@{r0.records[0].Id}", {"Title": "x"}))(
        org
    ).json()
    (error,) = entries["compositeResponse"][1]["body"]
    assert error["errorCode"] == "PROCESSING_HALTED"
    words = "Invalid reference specified. No value for r0.records[0].Id found in r0."
    assert error["message"] == words


def test_valid_records_of_a_failed_collection_are_all_or_none_operation_rolled_back(
    org: Client,
) -> None:
    results = collection(of("Lead", **LEAD), of("Lead", LastName="x"), whole=True)(org).json()
    codes = [one["errors"][0]["statusCode"] for one in results]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.control("GET", "records")["Lead"] == []


def test_batch_processing_halted_follows_the_first_failure_with_412(org: Client) -> None:
    failing = {"method": "GET", "url": "v68.0/sobjects/Nothing/describe"}
    body = {"haltOnError": True, "batchRequests": [failing, failing]}
    document = org.call("POST", "composite/batch", body).json()
    assert [one["statusCode"] for one in document["results"]] == [404, 412]
    assert document["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"


def test_limit_exceeded_is_one_entry_without_a_name_for_26_subrequests(org: Client) -> None:
    (entry,) = composite(*[("GET", "limits", None)] * 26)(org).json()["compositeResponse"]
    assert (entry["httpStatusCode"], entry["referenceId"]) == (400, None)
    assert entry["body"][0]["errorCode"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.meet.__qualname__.startswith("create")],
    ids=lambda r: r.code,
)
def test_a_collection_keys_the_same_refusal_statuscode(make: Make, row: Row) -> None:
    org = make(**(row.spec or {}))
    single = row.meet(org).json()[0]
    values = org.control("GET", "requests")[-1]["body"]
    record = {"attributes": {"type": "Lead"}, **json.loads(values)}
    (result,) = org.call("POST", "composite/sobjects", {"records": [record]}).json()
    (error,) = result["errors"]
    assert result["success"] is False
    assert (error["statusCode"], error["message"]) == (row.code, single["message"])
    assert error["fields"] == single.get("fields", [])


STAGED = [
    ("UNABLE_TO_LOCK_ROW", 400),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 400),
    ("UNKNOWN_EXCEPTION", 500),
    ("TXN_SECURITY_NO_ACCESS", 403),
    ("TRANSACTION_HALTED", 400),
    ("NO_SUCH_CODE_YET", 400),
]


@pytest.mark.parametrize(("code", "status"), STAGED)
def test_any_code_can_be_staged_for_any_way_of_writing(make: Make, code: str, status: int) -> None:
    org = make()
    lead = org.create("Lead", **LEAD)
    refusal = {
        "object": "Lead",
        "code": code,
        "status": status,
        "message": "no",
        "fields": ["Title"],
        "times": 6,
    }
    org.control("POST", "refusals", refusal)
    single = {"errorCode": code, "message": "no", "fields": ["Title"]}
    collected = {
        "success": False,
        "errors": [{"statusCode": code, "message": "no", "fields": ["Title"]}],
    }
    for method, path, body in (
        ("POST", "sobjects/Lead", LEAD),
        ("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}),
        ("PATCH", "sobjects/Lead/Key__c/k", LEAD),
        ("DELETE", f"sobjects/Lead/{lead}", None),
    ):
        answer = org.call(method, path, body)
        assert (answer.status_code, answer.json()) == (status, [single])
    assert collection(of("Lead", **LEAD))(org).json() == [collected]
    (entry,) = composite(("POST", "sobjects/Lead", LEAD))(org).json()["compositeResponse"]
    assert (entry["httpStatusCode"], entry["body"]) == (status, [single])
    assert org.call("POST", "sobjects/Lead", LEAD).status_code == 201


def test_the_preconditions_hold_inside_a_composite_too(org: Client) -> None:
    lead = org.create("Lead", **LEAD)
    one = {"method": "PATCH", "url": f"{DATA}/sobjects/Lead/{lead}", "body": {"Title": "x"}}
    old = {"If-Unmodified-Since": "Mon, 23 Nov 2020 10:00:00 GMT"}
    answer = org.composite(
        {**one, "referenceId": "a", "httpHeaders": old}, {**one, "referenceId": "b"}
    )
    assert [entry["httpStatusCode"] for entry in answer.json()["compositeResponse"]] == [412, 204]


def test_an_invalid_date_is_refused_and_a_deleted_row_keeps_its_code_in_a_collection(
    org: Client,
) -> None:
    lead = org.create("Lead", **LEAD)
    answer = org.call(
        "PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, If_Unmodified_Since="yesterday"
    )
    assert answer.status_code == 400
    org.call("DELETE", f"sobjects/Lead/{lead}")
    record = {"attributes": {"type": "Lead"}, "id": lead, "Title": "x"}
    (result,) = org.call("PATCH", "composite/sobjects", {"records": [record]}).json()
    assert result["errors"] == [
        {"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}
    ]


@pytest.mark.parametrize("path", ["composite/tree/Account", "composite/graph"])
@pytest.mark.parametrize("value", [None, 5, "x", [5], [{}], [{"compositeRequest": [{}]}]])
def test_a_tree_or_graph_of_another_shape_is_refused(org: Client, path: str, value: Any) -> None:
    answer = org.call("POST", path, {"records": value, "graphs": value})
    assert (answer.status_code, answer.json()[0]["errorCode"]) in [
        (400, "JSON_PARSER_ERROR"),
        (400, "INVALID_INPUT"),
    ]
