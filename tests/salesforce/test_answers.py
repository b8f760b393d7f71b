"""Every row of the error table (salesforce-api.md §4.2), every body shape, and bytes from
nowhere."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.errors import (
    DuplicateFound,
    DuplicateRecord,
    GatewayRefused,
    Halted,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    RowBusy,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model import Json
from zsf_plugin.ports import Usage
from zsf_plugin.salesforce.answers import (
    CONNECTION,
    CONSEQUENCES,
    daily_usage,
    error_of,
    objects_in,
    record_error,
    result_of,
    unexpected_refusal,
    usage_in,
    usage_of,
)
from zsf_plugin.salesforce.http import HttpResponse


def answer(status: int, body: Any = None, **headers: str) -> HttpResponse:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return HttpResponse(status, headers, raw)


def refusal(
    code: str, message: str = "x", status: int = 400, *, writes: bool = True, **more: Any
) -> ZsfError:
    return error_of(status, [{"errorCode": code, "message": message, **more}], writes=writes)


REJECTED = (
    "NOT_FOUND METHOD_NOT_ALLOWED UNSUPPORTED_MEDIA_TYPE JSON_PARSER_ERROR INVALID_TYPE_ON_FIELD_IN_RECORD "
    "REQUIRED_FIELD_MISSING STRING_TOO_LONG INVALID_EMAIL_ADDRESS INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST "
    "FIELD_CUSTOM_VALIDATION_EXCEPTION FIELD_FILTER_VALIDATION_EXCEPTION FIELD_INTEGRITY_EXCEPTION "
    "NUMBER_OUTSIDE_VALID_RANGE INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE INVALID_TYPE MALFORMED_QUERY "
    "INVALID_QUERY_FILTER_OPERATOR QUERY_TOO_COMPLICATED OPERATION_TOO_LARGE MALFORMED_SEARCH MALFORMED_ID "
    "INVALID_CROSS_REFERENCE_KEY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY INSUFFICIENT_ACCESS_OR_READONLY "
    "INSUFFICIENT_ACCESS CANNOT_UPDATE_CONVERTED_LEAD ENTITY_IS_DELETED ENTITY_IS_LOCKED DELETE_FAILED "
    "DUPLICATE_EXTERNAL_ID LIMIT_EXCEEDED APEX_ERROR EXCEEDED_ID_LIMIT STORAGE_LIMIT_EXCEEDED "
    "INACTIVE_OWNER_OR_USER OP_WITH_INVALID_USER_TYPE_EXCEPTION TRANSFER_REQUIRES_READ MIXED_DML_OPERATION "
    "TXN_SECURITY_NO_ACCESS TXN_SECURITY_METERING_ERROR FUNCTIONALITY_NOT_ENABLED INVALID_REPLICATION_DATE "
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY CANNOT_EXECUTE_FLOW_TRIGGER A_CODE_OF_NEXT_YEAR"
).split()
TABLE: list[tuple[str, int, type[ZsfError]]] = [
    *((code, 400, Rejected) for code in REJECTED),
    ("INVALID_SESSION_ID", 401, ReconnectRequired),
    ("INVALID_AUTH_HEADER", 401, ReconnectRequired),
    ("API_DISABLED_FOR_ORG", 403, ReconnectRequired),
    ("API_CURRENTLY_DISABLED", 403, ReconnectRequired),
    ("CLIENT_NOT_ACCESSIBLE_FOR_USER", 403, ReconnectRequired),
    ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", 403, ReconnectRequired),
    ("UNSUPPORTED_API_VERSION", 410, ReconnectRequired),
    ("REQUEST_LIMIT_EXCEEDED", 403, QuotaReached),
    ("SERVER_UNAVAILABLE", 503, Unavailable),
    ("UNABLE_TO_LOCK_ROW", 400, RowBusy),
    ("QUERY_TIMEOUT", 400, Unavailable),
    ("INVALID_QUERY_LOCATOR", 400, Unavailable),
    ("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", 403, Unavailable),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 400, Unavailable),
    ("UNKNOWN_EXCEPTION", 500, OutcomeUnknown),
    ("DUPLICATE_VALUE", 400, DuplicateFound),
    ("DUPLICATES_DETECTED", 400, DuplicateFound),
    ("PROCESSING_HALTED", 400, Halted),
    ("ALL_OR_NONE_OPERATION_ROLLED_BACK", 400, Halted),
    ("BATCH_PROCESSING_HALTED", 412, Halted),
    ("TRANSACTION_HALTED", 400, Halted),
]


@pytest.mark.parametrize(("code", "status", "kind"), TABLE)
def test_each_code_is_an_error_by_who_must_act(
    code: str, status: int, kind: type[ZsfError]
) -> None:
    assert type(refusal(code, status=status)) is kind


@pytest.mark.parametrize(("code", "status", "kind"), TABLE)
def test_a_records_result_has_the_same_error_by_its_status_code(
    code: str, status: int, kind: type[ZsfError]
) -> None:
    assert type(record_error([{"statusCode": code, "message": "x", "fields": []}])) is kind


def test_a_refusal_keeps_code_fields_and_words_and_shows_only_the_code() -> None:
    error = refusal("INVALID_EMAIL_ADDRESS", "Email: invalid email address: nope", fields=["Email"])
    assert isinstance(error, Rejected)
    assert (error.code, error.fields, error.message) == (
        "INVALID_EMAIL_ADDRESS", ("Email",), "Email: invalid email address: nope",
    )  # fmt: skip
    assert "nope" not in str(error)


@pytest.mark.parametrize("code", sorted(CONNECTION))
def test_an_error_about_the_connection_has_its_code_in_lower_case(code: str) -> None:
    error = refusal(code, status=403)
    assert isinstance(error, ReconnectRequired)
    assert error.code == code.lower()


@pytest.mark.parametrize("code", sorted(CONSEQUENCES))
def test_a_consequence_names_its_code(code: str) -> None:
    assert str(refusal(code)) == code


@pytest.mark.parametrize("body", [[{"errorCode": ""}], {"errorCode": None}])
def test_an_error_without_a_code_of_its_own_is_named_by_the_status(body: Json) -> None:
    error = error_of(409, body, writes=True)
    assert isinstance(error, Rejected)
    assert (error.code, error.message, error.fields) == ("HTTP_409", "", ())


@pytest.mark.parametrize(
    ("errors", "code"), [([{"statusCode": ""}], "HTTP_400"), ([], "UNKNOWN"), (None, "UNKNOWN")]
)
def test_a_records_result_without_a_code_is_a_refusal_of_that_record(
    errors: Json, code: str
) -> None:
    error = record_error(errors)
    assert isinstance(error, Rejected)
    assert error.code == code


def test_a_single_error_is_read_like_a_list_of_one() -> None:
    error = error_of(400, {"errorCode": "INVALID_FIELD", "message": "x"}, writes=True)
    assert isinstance(error, Rejected)
    assert error.code == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("TotalRequests Limit exceeded.", "daily"),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "concurrent"),
        ("ConcurrentPerOrgLongTxn Limit exceeded.", "concurrent"),
        ("Limite überschritten", "daily"),
    ],
)
def test_the_two_request_limits_are_distinguished_by_their_text(message: str, kind: str) -> None:
    error = refusal("REQUEST_LIMIT_EXCEEDED", message, status=403)
    assert isinstance(error, QuotaReached)
    assert error.kind == kind
    assert (error.retry_after_s >= 900) == (kind == "daily")


@pytest.mark.parametrize(
    ("message", "candidates"),
    [
        (
            "duplicate value found: Zaplify_Id__c duplicates value on record with id: 00Q5g00000BvKcM",
            (DuplicateRecord("Lead", "00Q5g00000BvKcMEAV"),),
        ),
        (
            "doppelter Wert gefunden: Datensatz mit ID 00Q5g00000BvKcM hat Zaplify_Id__c",
            (DuplicateRecord("Lead", "00Q5g00000BvKcMEAV"),),
        ),
        ("duplicate value found: Zaplify_Id__c duplicates value on record with id: <unknown>", ()),
    ],
)
def test_a_unique_fields_refusal_names_its_record_in_the_long_form(
    message: str, candidates: tuple[DuplicateRecord, ...]
) -> None:
    error = refusal("DUPLICATE_VALUE", message)
    assert isinstance(error, DuplicateFound)
    assert (error.code, error.message, error.records) == ("DUPLICATE_VALUE", message, candidates)


def test_the_last_id_in_a_unique_fields_refusal_is_the_record() -> None:
    words = "value 0035g00000QxLmR duplicates value on record with id: 00Q5g00000BvKcM"
    error = refusal("DUPLICATE_VALUE", words)
    assert isinstance(error, DuplicateFound)
    assert error.records == (DuplicateRecord("Lead", "00Q5g00000BvKcMEAV"),)


@pytest.mark.parametrize("key", ["duplicateResut", "duplicateResult"])
def test_a_duplicate_rules_matches_are_read_under_both_spellings(key: str) -> None:
    record = {"attributes": {"type": "Contact"}, "Id": "0035g00000QxLmR"}
    reported = {
        "allowSave": True,
        "matchResults": [
            {
                "entityType": "Contact",
                "matchRecords": [{"record": record}, {"record": record}, {"record": None}],
            },
            {"entityType": "Lead", "matchRecords": []},
            {"success": False},
        ],
    }
    error = refusal("DUPLICATES_DETECTED", "Use one of these records?", **{key: reported})
    assert isinstance(error, DuplicateFound)
    assert (error.code, error.message) == ("DUPLICATES_DETECTED", "Use one of these records?")
    assert error.records == (DuplicateRecord("Contact", "0035g00000QxLmRAAV"),)
    assert error.overridable


@pytest.mark.parametrize(
    ("named", "object_"), [({"entityType": "Partner__c"}, "Partner__c"), ({}, "Contact")]
)
def test_a_match_is_of_the_object_that_is_named_else_of_its_ids(
    named: dict[str, str], object_: str
) -> None:
    match = {**named, "matchRecords": [{"record": {"Id": "0035g00000QxLmR"}}]}
    error = refusal("DUPLICATES_DETECTED", duplicateResut={"matchResults": [match]})
    assert isinstance(error, DuplicateFound)
    assert error.records == (DuplicateRecord(object_, "0035g00000QxLmRAAV"),)
    assert not error.overridable


@pytest.mark.parametrize("reported", [None, [], "x", {"matchResults": "x"}, {"matchResults": [[]]}])
def test_a_duplicate_rule_that_names_no_record_is_still_a_duplicate(reported: Any) -> None:
    error = refusal("DUPLICATES_DETECTED", duplicateResut=reported)
    assert isinstance(error, DuplicateFound)
    assert error.records == ()


def test_a_lock_inside_a_triggers_message_is_temporary() -> None:
    words = "LeadTrigger: execution of AfterInsert caused by: first error: UNABLE_TO_LOCK_ROW, unable to obtain"
    assert type(refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", words)) is RowBusy
    assert type(refusal("CANNOT_EXECUTE_FLOW_TRIGGER", words)) is RowBusy
    assert type(refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", words)) is Rejected


@pytest.mark.parametrize(
    ("code", "delay_s"), [("UNABLE_TO_LOCK_ROW", 2.0), ("QUERY_TIMEOUT", 60.0)]
)
def test_a_temporary_failure_inside_custom_code_is_named_and_waited_for(
    code: str, delay_s: float
) -> None:
    error = refusal("CANNOT_EXECUTE_FLOW_TRIGGER", f"The flow failed: {code}: try later")
    assert isinstance(error, RowBusy)
    assert (error.code, error.data, error.retry_after_s) == (
        "refused_for_now",
        {"code": code},
        delay_s,
    )


@pytest.mark.parametrize(
    ("code", "delay_s"),
    [
        ("UNABLE_TO_LOCK_ROW", 2.0),
        ("INVALID_QUERY_LOCATOR", 5.0),
        ("SERVER_UNAVAILABLE", 30.0),
        ("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", 60.0),
        ("QUERY_TIMEOUT", 60.0),
        ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 300.0),
    ],
)
def test_a_temporary_error_is_retried_after_its_own_delay(code: str, delay_s: float) -> None:
    error = refusal(code)
    assert isinstance(error, Unavailable)
    assert (error.code, error.data) == ("refused_for_now", {"code": code})
    assert error.retry_after_s == delay_s


def test_the_true_error_is_found_among_its_consequences() -> None:
    both = [{"errorCode": "PROCESSING_HALTED"}, {"errorCode": "STRING_TOO_LONG"}]
    error = error_of(400, both, writes=True)
    assert isinstance(error, Rejected)
    assert error.code == "STRING_TOO_LONG"


@pytest.mark.parametrize(
    ("errors", "code", "fields"),
    [
        ([("RULE", ["Title"]), ("RULE", ["Phone"])], "RULE", ("Title", "Phone")),
        ([("RULE", ["Title"]), ("RULE", ["Title"])], "RULE", ("Title",)),
        ([("RULE", ["Title"]), ("RULE", [])], "RULE", ()),
        ([("RULE", ["Title"]), ("OTHER", ["Phone"])], "RULE", ("Title",)),
        ([("PROCESSING_HALTED", []), ("RULE", ["Title"])], "RULE", ("Title",)),
    ],
)
def test_a_record_refused_several_times_names_the_fields_of_its_first_code(
    errors: list[tuple[str, list[str]]], code: str, fields: tuple[str, ...]
) -> None:
    found: Json = [
        {"statusCode": one, "message": "no", "fields": [*names]} for one, names in errors
    ]
    error = record_error(found)
    assert isinstance(error, Rejected)
    assert (error.code, error.fields) == (code, fields)


def test_several_rows_of_one_external_id_are_a_duplicate_that_names_them() -> None:
    root = "/services/data/v68.0"
    rows = [f"{root}/sobjects/{row}" for row in ("Lead/00Q5g00000BvKcM", "Deal__c/a015g00000BvKcM")]
    with pytest.raises(DuplicateFound) as caught:
        result_of(answer(300, [*rows, f"{root}/limits", f"{root}/sobjects/Lead/x"]), writes=True)
    assert caught.value.code == "DUPLICATE_EXTERNAL_ID"
    assert caught.value.message
    assert [(found.object, found.id[:15]) for found in caught.value.records] == [
        ("Lead", "00Q5g00000BvKcM"),
        ("Deal__c", "a015g00000BvKcM"),
    ]


@pytest.mark.parametrize("status", [200, 201, 204, 304])
def test_an_empty_body_of_a_successful_response_is_none(status: int) -> None:
    assert result_of(answer(status), writes=True) is None


@pytest.mark.parametrize(
    ("status", "body", "writes", "kind"),
    [
        (503, b"<html>down for maintenance</html>", True, Unavailable),
        (500, b"<html>oops</html>", True, OutcomeUnknown),
        (502, b"", True, OutcomeUnknown),
        (504, b"", True, OutcomeUnknown),
        (500, b"<html>oops</html>", False, Unavailable),
        (200, b'{"compositeResponse": [', True, OutcomeUnknown),
        (200, b"<html>log in</html>", False, GatewayRefused),
        (200, b"<html>log in</html>", True, OutcomeUnknown),
        (302, b"", True, GatewayRefused),
        (404, b"<html>URL No Longer Exists</html>", True, GatewayRefused),
        (404, b"{}", True, GatewayRefused),
        (401, b"", True, ReconnectRequired),
        (401, b'[{"error":"x"}]', True, ReconnectRequired),
        (401, b'{"message":"Unauthorized"}', True, GatewayRefused),
        (401, b'{"message":"Unauthorized"}', False, GatewayRefused),
        (410, b"", False, ReconnectRequired),
        (404, b'[{"errorCode":"NOT_FOUND","message":"x"}]', False, ReconnectRequired),
        (400, b'[{"errorCode":"NOT_FOUND","message":"x"}]', False, Rejected),
        (400, b'{"error":"x"}', True, GatewayRefused),
        (405, b"{}", True, GatewayRefused),
        (403, b"<html>Access Denied</html>", True, GatewayRefused),
        (403, b"", False, GatewayRefused),
        (403, b"[]", False, GatewayRefused),
        (406, b"Not acceptable", True, GatewayRefused),
        (407, b"<html>", True, GatewayRefused),
        (413, b"<html>", True, GatewayRefused),
        (413, b"<html>", False, Rejected),
        (414, b"<html>", False, Rejected),
        (431, b"", False, Rejected),
        (414, b"<html>", True, GatewayRefused),
        (451, b'{"error":"blocked"}', True, GatewayRefused),
        (501, b"<html>", True, GatewayRefused),
        (511, b"<html>", True, GatewayRefused),
        (408, b"<html>", True, OutcomeUnknown),
        (408, b"<html>", False, Unavailable),
        (429, b"<html>", True, Unavailable),
        (429, b"", False, Unavailable),
        (502, b"<html>Bad Gateway</html>", True, OutcomeUnknown),
        (504, b"<html>Gateway Timeout</html>", False, Unavailable),
        (200, b"upstream error", True, OutcomeUnknown),
        (200, b"upstream error", False, Unavailable),
        (500, b"{}", True, OutcomeUnknown),
        (414, b"{}", False, Rejected),
        (200, b"[" * 100_000, False, Unavailable),
    ],
)
def test_an_unreadable_response_counts_by_what_may_have_happened(
    status: int, body: bytes, *, writes: bool, kind: type[ZsfError]
) -> None:
    with pytest.raises(kind) as caught:
        result_of(answer(status, body), writes=writes)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, None, "session"),
        (410, None, "version"),
        (404, [{"errorCode": "NOT_FOUND"}], "version"),
    ],
)
def test_an_error_about_the_connection_says_what_is_missing(
    status: int, body: Json, code: str
) -> None:
    with pytest.raises(ReconnectRequired) as caught:
        result_of(answer(status, body), writes=False)
    assert caught.value.code == code


def test_a_refusal_without_a_code_is_named_by_its_status() -> None:
    with pytest.raises(Rejected) as caught:
        result_of(answer(414, {}), writes=False)
    assert caught.value.code == "HTTP_414"
    assert caught.value.message


@pytest.mark.parametrize(
    ("status", "body", "reported"),
    [
        (200, b"half an ans", 200),
        (500, b"<html>", 500),
        (500, b'[{"errorCode":"SOMETHING"}]', 500),
        (502, b'[{"errorCode":"UNKNOWN_EXCEPTION"}]', 502),
        (400, b'[{"errorCode":"UNKNOWN_EXCEPTION"}]', 500),
    ],
)
def test_an_unreadable_response_names_its_status_and_a_read_is_retried_after_30_s(
    status: int, body: bytes, reported: int
) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        result_of(answer(status, body), writes=True)
    assert (unknown.value.code, unknown.value.data) == ("unreadable", {"status": reported})
    with pytest.raises(Unavailable) as unavailable:
        result_of(answer(status, body), writes=False)
    assert (unavailable.value.code, unavailable.value.data) == ("unreadable", {"status": reported})
    assert unavailable.value.retry_after_s == 30.0


@pytest.mark.parametrize("writes", [True, False])
def test_a_503_turned_the_request_away_and_is_tried_again_in_half_a_minute(writes: bool) -> None:
    with pytest.raises(Unavailable) as caught:
        result_of(answer(503, b"<html>"), writes=writes)
    assert (caught.value.code, caught.value.retry_after_s) == ("http_503", 30.0)


@given(st.integers(100, 599), st.binary(max_size=200), st.booleans())
def test_bytes_from_nowhere_give_a_result_or_an_error_of_ours(
    status: int, body: bytes, writes: bool
) -> None:
    with contextlib.suppress(ZsfError):
        result_of(answer(status, body), writes=writes)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["errorCode", "statusCode", "message", "fields", "duplicateResut", "matchResults"]
            )
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.integers(100, 599), _JSON, st.booleans())
def test_json_of_any_shape_gives_an_error_of_ours(status: int, body: Any, writes: bool) -> None:
    assert isinstance(error_of(status, body, writes=writes), ZsfError)
    assert isinstance(record_error(body), ZsfError)


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample-app); api-usage=25/5000", (25, 5000)),
        ("per-app-api-usage=17/250(appName=sample-app)", None),
        ("per-app-api-usage=1/9(appName=an api-usage=9/9), api-usage=5/100", (5, 100)),
        ("api-usage=5/100(", (5, 100)),
        ("api-usage=10018/10000; api-bursts=1/750", (10018, 10000)),
        ("", None),
        ("nonsense", None),
    ],
)
def test_usage_is_read_from_the_limit_header(header: str, usage: tuple[int, int] | None) -> None:
    assert usage_of(HttpResponse(200, {"sforce-limit-info": header}, b"")) == usage


def test_a_response_without_the_limit_header_has_no_usage() -> None:
    assert usage_of(answer(200)) is None


def test_a_refused_query_is_no_records_fault_and_waits_five_minutes() -> None:
    error = unexpected_refusal(Rejected("MALFORMED_QUERY", "near 'secret'"))
    assert (error.code, error.data) == ("refused_look", {"code": "MALFORMED_QUERY"})
    assert error.retry_after_s == 300.0


def test_only_the_objects_in_a_list_are_read() -> None:
    body: Any = {"records": [{"Id": "1"}, "x", None, {"Id": "2"}]}
    assert objects_in(body, "records") == [{"Id": "1"}, {"Id": "2"}]


@pytest.mark.parametrize("body", [None, [], "x", {}, {"records": None}, {"records": {}}])
def test_a_body_of_another_shape_lists_nothing(body: Any) -> None:
    assert objects_in(body, "records") == []


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
        ({"DailyApiRequests": {"Max": "many", "Remaining": "few"}}, None),
        ({"DailyApiRequests": {"Max": True, "Remaining": False}}, None),
        ({"DailyApiRequests": []}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_days_calls_are_read_from_limits_of_any_shape(body: Json, usage: Usage | None) -> None:
    assert usage_in(body) == usage


def limits(status: int, body: Any = None, usage: str | None = None) -> HttpResponse:
    """An answer of `GET /limits`, with or without the header that counts as well."""
    headers = {} if usage is None else {"sforce-limit-info": f"api-usage={usage}"}
    return HttpResponse(status, headers, answer(status, body).body)


@pytest.mark.parametrize(
    ("given", "usage"),
    [
        (limits(200, WHOLE), Usage(16787, 115000)),
        (limits(200, WHOLE, "1/5"), Usage(16787, 115000)),
        (limits(200, {}, "18/5000"), Usage(18, 5000)),
        (limits(200, b"<html>", "18/5000"), Usage(18, 5000)),
        (limits(200, {}, "18/0"), None),
        (limits(200, {}), None),
        (limits(404, {}, "18/5000"), Usage(18, 5000)),
        (limits(404, b"<html>"), None),
        (limits(403, [{"errorCode": "INSUFFICIENT_ACCESS"}], "18/5000"), Usage(18, 5000)),
        (limits(403, [{"errorCode": "INSUFFICIENT_ACCESS"}]), None),
    ],
)
def test_usage_is_read_from_the_body_else_the_header_even_of_a_refusal(
    given: HttpResponse, usage: Usage | None
) -> None:
    assert daily_usage(given) == usage


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, None, ReconnectRequired),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], QuotaReached),
        (500, b"<html>", Unavailable),
        (503, b"<html>", Unavailable),
    ],
)
def test_a_failure_that_concerns_more_than_the_usage_request_is_raised(
    status: int, body: Any, kind: type[ZsfError]
) -> None:
    with pytest.raises(kind):
        daily_usage(limits(status, body, "18/5000"))
