"""Reading answers, pure: status, headers and body give a result or an error of ours (salesforce-api.md §4).

Decided by codes; by text only where the sheet knows no other way: the two request limits, and codes that a trigger's
message embeds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast

from zsf_plugin.errors import (
    Candidate,
    DuplicateFound,
    Halted,
    OutcomeUnknown,
    QuotaReached,
    ReconnectRequired,
    Rejected,
    Unavailable,
    ZsfError,
)
from zsf_plugin.model.json import Json
from zsf_plugin.salesforce.http import Answer
from zsf_plugin.salesforce.ids import long_id

_DAILY_S = 1800.0
_CONCURRENT_S = 30.0
_USAGE = re.compile(r"\bapi-usage=(\d+)/(\d+)")
_TWIN = re.compile(r"record with id: ([0-9A-Za-z]{15,18})\b")

#: code → seconds to wait: nobody's fault, nothing was written.
_UNAVAILABLE: dict[str, float] = {
    "UNABLE_TO_LOCK_ROW": 2.0,
    "SERVER_UNAVAILABLE": 30.0,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": 300.0,
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE": 60.0,
    "QUERY_TIMEOUT": 60.0,
}
_RECONNECT = frozenset(
    {
        "INVALID_SESSION_ID",
        "INVALID_AUTH_HEADER",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "CLIENT_NOT_ACCESSIBLE_FOR_USER",
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
    }
)
_HALTED = frozenset(
    {
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "BATCH_PROCESSING_HALTED",
        "TRANSACTION_HALTED",
    }
)
_CUSTOM_CODE = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})


def body_of(answer: Answer) -> Json:
    """The body as JSON, or None for one that is empty. Raises ValueError for HTML, plain text, half an answer."""
    if not answer.body.strip():
        return None
    if "json" not in answer.headers.get("content-type", "json"):
        raise ValueError("the answer is not JSON")
    return cast(Json, json.loads(answer.body))


def usage_of(answer: Answer) -> tuple[int, int] | None:
    """(used, allowed) API calls of the org's day, where the answer says so (§2.2)."""
    found = _USAGE.search(answer.headers.get("sforce-limit-info", ""))
    return (int(found.group(1)), int(found.group(2))) if found else None


def result_of(answer: Answer, *, writes: bool) -> Json:
    """The body of a good answer. Raises the error that any other stands for."""
    try:
        body = body_of(answer)
    except ValueError as error:
        raise _unreadable(answer.status, writes=writes) from error
    if answer.status in (200, 201, 204, 304):
        return body
    raise error_of(answer.status, body, writes=writes)


def error_of(status: int, body: Json, *, writes: bool) -> ZsfError:
    """The error of a refusing status and its body: a list of errors, one error, or something else entirely."""
    errors = _errors(body)
    if errors:
        return _worst([classified(error, status, writes=writes) for error in errors])
    if status >= 500:
        return _unreadable(status, writes=writes)
    if status == 401:
        return ReconnectRequired("Salesforce ended the session", "session")
    return Rejected(f"HTTP_{status}", "an answer without a code")


def record_error(errors: Json) -> ZsfError:
    """The error of one record's result in a collection, keyed `statusCode`."""
    found = _errors(errors)
    return _worst([classified(error, 400, writes=True) for error in found]) if found else Rejected("UNKNOWN")


def classified(error: Mapping[str, Json], status: int, *, writes: bool) -> ZsfError:
    """One error object as an error of ours, by its code."""
    code = str(error.get("errorCode") or error.get("statusCode") or f"HTTP_{status}")
    message = str(error.get("message") or "")
    if code == "REQUEST_LIMIT_EXCEEDED":
        daily = "Concurrent" not in message
        return QuotaReached("daily", _DAILY_S) if daily else QuotaReached("concurrent", _CONCURRENT_S)
    if code in _RECONNECT:
        return ReconnectRequired(f"Salesforce refuses the connected user: {code}", code.lower())
    if code in _HALTED:
        return Halted(code)
    if code in _UNAVAILABLE:
        return Unavailable(f"Salesforce says {code}", _UNAVAILABLE[code])
    if code == "UNKNOWN_EXCEPTION" or status >= 500:
        return _unreadable(status, writes=writes)
    if code in _CUSTOM_CODE and "UNABLE_TO_LOCK_ROW" in message:
        return Unavailable("Salesforce says UNABLE_TO_LOCK_ROW", _UNAVAILABLE["UNABLE_TO_LOCK_ROW"])
    return _refusal(code, message, error)


def _refusal(code: str, message: str, error: Mapping[str, Json]) -> Rejected:
    if code == "DUPLICATE_VALUE":
        twin = _TWIN.search(message)
        whole = long_id(twin.group(1)) if twin else None
        return DuplicateFound(code, message, (Candidate("", whole),) if whole else ())
    if code == "DUPLICATES_DETECTED":
        told = error.get("duplicateResut") or error.get("duplicateResult")  # the first spelling is real (§9 trap 3)
        records, overridable = _matches(told)
        return DuplicateFound(code, message, records, overridable)
    fields = error.get("fields")
    names = tuple(str(name) for name in fields) if isinstance(fields, list) else ()
    return Rejected(code, message, names)


def _matches(told: Json) -> tuple[tuple[Candidate, ...], bool]:
    """The records a duplicate rule names, whatever of its body is there (§7)."""
    table = told if isinstance(told, dict) else {}
    found: dict[str, Candidate] = {}
    results = table.get("matchResults")
    for result in results if isinstance(results, list) else ():
        matches = result.get("matchRecords") if isinstance(result, dict) else None
        for match in matches if isinstance(matches, list) else ():
            record = match.get("record") if isinstance(match, dict) else None
            whole = long_id(str(record.get("Id"))) if isinstance(record, dict) else None
            if whole and isinstance(result, dict):
                found[whole] = Candidate(str(result.get("entityType") or ""), whole)
    return tuple(found.values()), table.get("allowSave") is True


def _errors(body: Json) -> list[Mapping[str, Json]]:
    items = body if isinstance(body, list) else [body]
    return [item for item in items if isinstance(item, dict) and ("errorCode" in item or "statusCode" in item)]


def _worst(errors: list[ZsfError]) -> ZsfError:
    """The one that decides: what is about the whole org, then a real refusal before a mere consequence."""
    for kind in (ReconnectRequired, QuotaReached, OutcomeUnknown, Unavailable, Rejected):
        for error in errors:
            if isinstance(error, kind):
                return error
    return errors[0]


def _unreadable(status: int, *, writes: bool) -> ZsfError:
    """A 5xx, an HTML page, half an answer: for a write nobody knows what happened (§4.2 UNKNOWN_EXCEPTION)."""
    if status == 503:
        return Unavailable("Salesforce is not available (HTTP 503)", 30.0)
    if writes:
        return OutcomeUnknown(f"an answer that cannot be read (HTTP {status})")
    return Unavailable(f"an answer that cannot be read (HTTP {status})", 30.0)
