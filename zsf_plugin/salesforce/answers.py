"""Turns a response (status, headers, body) into a result or one of our errors. Pure
(salesforce-api.md §4). What is not Salesforce's own answer is read in `gateways`.

Decides by codes, and by message text only if there is no other way: for the kind of request limit,
the id in a unique field's refusal, and codes inside a trigger's or flow's message. No error quotes
a body, except for Salesforce's message in `Rejected.message`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import cast

from zsf_plugin.errors import (
    DuplicateFound,
    DuplicateRecord,
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
from zsf_plugin.salesforce import gateways
from zsf_plugin.salesforce.gateways import content_of, foreign_error, with_retry_after
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.ids import long_id, object_of

_DAILY_RETRY_DELAY_S = 1800.0
_CONCURRENT_RETRY_DELAY_S = 30.0
_REFUSED_DELAY_S = 300.0
#: The org's usage, not the app's own (§9 trap 66); at most 15 digits, more than any org has calls.
_USAGE = re.compile(r"(?<![\w-])api-usage=([0-9]{1,15})(?:/|%2F)([0-9]{1,15})\b", re.IGNORECASE)
#: That of the app alone, where the org limits it (§2.2).
_APP_USAGE = re.compile(
    r"(?<![\w-])per-app-api-usage=([0-9]{1,15})(?:/|%2F)([0-9]{1,15})\b", re.IGNORECASE
)
#: The entry of `/limits` that counts REST calls; the others count other things.
_DAILY_ENTRY = "DailyApiRequests"
#: The record id in a unique field's refusal. Its form is not translated (§9 trap 32).
_RECORD_ID = re.compile(r"\b00[0-9A-Za-z]{13}(?:[0-9A-Za-z]{3})?\b")
_ROW_URL = re.compile(r"/sobjects/(\w+)/(\w+)$")

#: Statuses of success. A 300 is not: it lists several matches, and nothing was done (§3.5).
GOOD = frozenset({*range(200, 300), 304})

_LOCKED = "UNABLE_TO_LOCK_ROW"

#: Code → seconds to wait. Temporary; nothing was written (§4.2, "later").
RETRY_AFTER_S: Mapping[str, float] = {
    _LOCKED: 2.0,
    "INVALID_QUERY_LOCATOR": 5.0,
    "SERVER_UNAVAILABLE": 30.0,
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE": 60.0,
    "QUERY_TIMEOUT": 60.0,
    # of one part of a composite; of a whole call, `moves` sees it first
    "URL_NOT_RESET": 30.0,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": 300.0,
}
#: Codes about the connection, not a record: a person must act first. In lower case they are codes
#: of `ReconnectRequired`.
CONNECTION = frozenset(
    {
        "INVALID_SESSION_ID",
        "INVALID_AUTH_HEADER",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "CLIENT_NOT_ACCESSIBLE_FOR_USER",
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        "UNSUPPORTED_API_VERSION",
        "GONE",
    }
)
#: Consequences of another failure in the same request, which has its own code.
CONSEQUENCES = frozenset(
    {
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "BATCH_PROCESSING_HALTED",
        "TRANSACTION_HALTED",
    }
)
#: Which of several errors counts: the first kind that occurs.
_BY_SEVERITY = (ReconnectRequired, QuotaReached, OutcomeUnknown, Unavailable, Rejected)
#: The customer's own code failed; the message may contain the code of the reason (§9 trap 31).
_CUSTOM_CODE = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})
_EMBEDDED = re.compile(rf"\b({'|'.join(RETRY_AFTER_S)})\b")


def body_of(answer: HttpResponse) -> Json:
    """The body as JSON; None if it is empty. Raises ValueError for HTML, plain text or a truncated
    body."""
    if not answer.body.strip():
        return None
    try:
        return cast(Json, json.loads(answer.body))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def json_or_none(answer: HttpResponse) -> Json:
    """The body as JSON; None if it is empty or no JSON."""
    try:
        return body_of(answer)
    except ValueError:
        return None


def objects_in(body: Json | Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    """The objects in the list under `key`; none if the body has another structure."""
    found = body.get(key) if isinstance(body, Mapping) else None
    objects: list[Mapping[str, Json]] = []
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict):
            objects.append(item)
    return objects


def usage_of(answer: HttpResponse) -> tuple[int, int] | None:
    """(used, allowed) calls of the org's day, if it has them (§2.2); an app's name says none."""
    found = _USAGE.search(re.sub(r"\([^)]*\)", "", answer.headers.get("sforce-limit-info", "")))
    return (int(found.group(1)), int(found.group(2))) if found else None


def _is_of_app_alone(answer: HttpResponse) -> bool:
    """Whether the limit that the response reports as reached is that of our app, and the org's is
    not."""
    usage, app = usage_of(answer), _APP_USAGE.search(answer.headers.get("sforce-limit-info", ""))
    if usage is None or app is None:
        return False
    return usage[0] < usage[1] and int(app.group(1)) >= int(app.group(2))


def daily_usage(answer: HttpResponse) -> Usage | None:
    """The org's daily usage from a `GET /limits` response, from its body or else its header (§2.4);
    None if neither has it.

    Raises the response's error, unless it is about this request only: the connected user has no
    permission for it (Rejected), the org does not offer it (404), or a gateway refuses it.
    """
    body = json_or_none(answer)
    is_gateways = answer.status < 500 and answer.status != 429 and not is_salesforces(answer)
    if answer.status not in GOOD and answer.status != 404 and not is_gateways:
        error = error_of(answer.status, body, writes=False)
        if not isinstance(error, Rejected):
            raise error
    return usage_in(body) or _usage_in_header(answer)


def usage_in(body: Json) -> Usage | None:
    """Used and allowed calls in a `/limits` body; None if the entry is missing or malformed."""
    entry = body.get(_DAILY_ENTRY) if isinstance(body, dict) else None
    limit, left = (
        _count(entry.get(name)) if isinstance(entry, dict) else None
        for name in ("Max", "Remaining")
    )
    return None if not limit or left is None else Usage(limit - left, limit)


def _usage_in_header(answer: HttpResponse) -> Usage | None:
    usage = usage_of(answer)
    return Usage(*usage) if usage is not None and usage[1] else None


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_salesforces(answer: HttpResponse) -> bool:
    """Whether the answer has a shape of Salesforce's: JSON, with a code if an error (§4.1)."""
    try:
        body = body_of(answer)
    except ValueError:
        return False
    if answer.status in GOOD:
        return isinstance(body, dict | list) or answer.status in (204, 304)
    return bool(errors_in(body)) or gateways.is_session_refusal(answer.status, body)


def result_of(answer: HttpResponse, *, writes: bool, may_be_hidden: bool = False) -> Json:
    """The body of a successful response to a whole call. Raises the error of any other.

    `may_be_hidden`: a 404 of Salesforce says that the resource is hidden from the user, not that
    the org lacks the API version.
    """
    try:
        body = body_of(answer)
    except ValueError as error:
        content = content_of(answer, is_json=False)
        raise foreign_error(answer, content, writes=writes) from error
    if answer.status in GOOD:
        return body
    is_coded = bool(errors_in(body))
    if answer.status == 410 or (answer.status == 404 and is_coded and not may_be_hidden):
        raise ReconnectRequired("version")
    if not (is_coded or answer.status == 300 or gateways.is_session_refusal(answer.status, body)):
        raise foreign_error(answer, content_of(answer, is_json=True), writes=writes)
    refusal = error_of(answer.status, body, writes=writes)
    if isinstance(refusal, QuotaReached) and _is_of_app_alone(answer):
        raise QuotaReached("app", refusal.retry_after_s)
    raise (with_retry_after(refusal, answer) if isinstance(refusal, Unavailable) else refusal)


def error_of(status: int, body: Json, *, writes: bool) -> ZsfError:
    """The error for a status and body. The body may be a list of errors, one error, or anything."""
    errors = errors_in(body)
    if errors:
        return _worst([classify_error(error, status, writes=writes) for error in errors])
    if status == 300:
        return _several(body)
    if status == 401:
        return ReconnectRequired("session")
    if 400 <= status < 500 and status != 404:
        return Rejected(f"HTTP_{status}", "a response without an error code")
    return unreadable(status, writes=writes)


def record_error(errors: Json) -> ZsfError:
    """The error of one record's result in a collection, with the key `statusCode` (§3.7)."""
    found = [classify_error(error, 400, writes=True) for error in errors_in(errors)]
    return _worst(found) if found else Rejected("UNKNOWN")


def classify_error(error: Mapping[str, Json], status: int, *, writes: bool) -> ZsfError:
    """Our error for one error object, by its code; an unknown code is a refusal of that record
    (§4.2)."""
    code = _code_of(error, status)
    message = str(error.get("message") or "")
    known = _error_beyond_record(code, message)
    if known is not None:
        return known
    if code == "UNKNOWN_EXCEPTION" or status >= 500:
        return unreadable(max(status, 500), writes=writes)
    return _embedded(code, message) or _refusal(code, message, error)


def _code_of(error: Mapping[str, Json], status: int) -> str:
    return str(error.get("errorCode") or error.get("statusCode") or f"HTTP_{status}")


def _error_beyond_record(code: str, message: str) -> ZsfError | None:
    """The error of a code that is not about this record (but the org or another record), or
    None."""
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _quota(message)
    if code in CONNECTION:
        return ReconnectRequired(code.lower())
    if code in CONSEQUENCES:
        return Halted(code)
    if code == _LOCKED:
        return _busy(code)
    if code in RETRY_AFTER_S:
        return Unavailable("refused_for_now", RETRY_AFTER_S[code], {"code": code})
    return None


def _embedded(code: str, message: str) -> RowBusy | None:
    """The temporary failure inside the customer's own code, if its message has the code of one."""
    found = _EMBEDDED.search(message) if code in _CUSTOM_CODE else None
    return _busy(found.group(1)) if found is not None else None


def unreadable(status: int, *, writes: bool) -> ZsfError:
    """A 5xx, an HTML page, half an answer: the outcome of a write is unknown (§4.2
    UNKNOWN_EXCEPTION).

    A 503 says that the request was turned away, and a redirect or a 404 page that it reached no API
    at all.
    """
    if status == 503:
        return Unavailable("http_503")
    if writes and (status in GOOD or status >= 500):
        return OutcomeUnknown("unreadable", {"status": status})
    return Unavailable("unreadable", data={"status": status})


def unexpected_refusal(error: Rejected) -> Unavailable:
    """A refused query says nothing about a record: the sync must wait until it is answered."""
    if status := gateways.status_of_size(error):
        return Unavailable("gateway", _REFUSED_DELAY_S, {"status": status})
    return Unavailable("refused_look", _REFUSED_DELAY_S, {"code": error.code})


def _refusal(code: str, message: str, error: Mapping[str, Json]) -> Rejected:
    """The refusal of that record, with the fields or records that it names."""
    if code == "DUPLICATE_VALUE":
        return _not_unique(code, message)
    if code == "DUPLICATES_DETECTED":
        return _duplicates(code, message, error)
    return Rejected(code, message, tuple(_texts(error.get("fields"))))


def _quota(message: str) -> QuotaReached:
    """The limit that was reached; only the message says which (§2.2)."""
    if "Concurrent" in message:
        return QuotaReached("concurrent", _CONCURRENT_RETRY_DELAY_S)
    return QuotaReached("daily", _DAILY_RETRY_DELAY_S)


def _busy(code: str) -> RowBusy:
    return RowBusy("refused_for_now", RETRY_AFTER_S[code], {"code": code})


def _not_unique(code: str, message: str) -> DuplicateFound:
    """A unique field's refusal; the last id in its message is the record that has the value."""
    return DuplicateFound(code, message, _known(map(_candidate, _RECORD_ID.findall(message)[-1:])))


def _duplicates(code: str, message: str, error: Mapping[str, Json]) -> DuplicateFound:
    """A duplicate rule's refusal, with the records that it found."""
    # The misspelling is Salesforce's (§9 trap 3).
    result = error.get("duplicateResut") or error.get("duplicateResult")
    can_save = isinstance(result, dict) and result.get("allowSave") is True
    return DuplicateFound(code, message, _candidates(result), overridable=can_save)


def _candidates(duplicates: Json) -> tuple[DuplicateRecord, ...]:
    """The records that a duplicate rule names; parts of its body may be missing (§7)."""
    found: dict[str, DuplicateRecord] = {}
    for result in objects_in(duplicates, "matchResults"):
        for match in objects_in(result, "matchRecords"):
            candidate = _candidate(_id_in(match.get("record")), result.get("entityType"))
            if candidate is not None:
                found[candidate.id] = candidate
    return tuple(found.values())


def _id_in(record: Json) -> Json:
    return record.get("Id") if isinstance(record, dict) else None


def _candidate(record_id: Json, object_: Json = None) -> DuplicateRecord | None:
    """The record, with the given object or else that of its id; None if it is no id."""
    whole = long_id(str(record_id))
    return DuplicateRecord(str(object_ or object_of(whole)), whole) if whole is not None else None


def _known(candidates: Iterable[DuplicateRecord | None]) -> tuple[DuplicateRecord, ...]:
    return tuple(filter(None, candidates))


def _several(body: Json) -> ZsfError:
    """A 300: several records have the same external ID; the body has their URLs (§3.5)."""
    words = "several records have this external ID"
    return DuplicateFound("DUPLICATE_EXTERNAL_ID", words, _known(map(_record_at, _texts(body))))


def _record_at(address: str) -> DuplicateRecord | None:
    """The record at the end of a URL; None if there is none."""
    row = _ROW_URL.search(address)
    return _candidate(row.group(2), row.group(1)) if row else None


def errors_in(body: Json) -> list[Mapping[str, Json]]:
    """The error objects in a list, or one that is not in a list."""
    items = objects_in({"errors": body if isinstance(body, list) else [body]}, "errors")
    return list(filter(_has_code, items))


def codes_in(body: Json) -> set[str]:
    """The codes in Salesforce's error objects."""
    return {str(error.get("errorCode") or error.get("statusCode")) for error in errors_in(body)}


def _has_code(item: Mapping[str, Json]) -> bool:
    return "errorCode" in item or "statusCode" in item


def _texts(value: Json) -> list[str]:
    """The strings of a list; none if it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _worst(errors: Sequence[ZsfError]) -> ZsfError:
    """The error that counts: one about the whole org first, a real refusal before a mere
    consequence. A refusal names the fields of all errors with its code."""
    for kind in _BY_SEVERITY:
        for error in errors:
            if isinstance(error, Rejected) and kind is Rejected:
                return _with_all_fields(error, errors)
            if isinstance(error, kind):
                return error
    return errors[0]


def _with_all_fields(first: Rejected, errors: Sequence[ZsfError]) -> Rejected:
    """The refusal with the fields of every error with the same code, in order; without any if one
    of them names none: it is about the whole record then."""
    alike = [one for one in errors if isinstance(one, Rejected) and one.code == first.code]
    if len(alike) == 1 or isinstance(first, DuplicateFound):
        return first
    names = dict.fromkeys(chain.from_iterable(one.fields for one in alike))
    return Rejected(first.code, first.message, tuple(names) if all(o.fields for o in alike) else ())
