"""Reading answers, pure: status, headers and body give a result or an error of ours
(salesforce-api.md §4).

Decided by codes; by text only where the sheet knows no other way: which request limit it was, the
id that a unique field's refusal names, and codes that a trigger's or flow's message embeds. No
error of this module quotes a body, but for Salesforce's own words in `Rejected.message`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
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
from zsf_plugin.salesforce.http import HttpResponse
from zsf_plugin.salesforce.ids import long_id, object_of

_DAILY_S = 1800.0
_CONCURRENT_S = 30.0
_PUZZLED_S = 300.0
#: No org counts further; a number without an end is none.
_USAGE = re.compile(r"\bapi-usage=([0-9]{1,15})/([0-9]{1,15})\b")
#: The entry of `/limits` that counts REST calls; the others, some nested by app, are about other
#: things.
_DAILY_ENTRY = "DailyApiRequests"
#: The record a unique field's refusal names. Its text is translated, the shape of an id is not (§9
#: trap 32).
_TWIN = re.compile(r"\b00[0-9A-Za-z]{13}(?:[0-9A-Za-z]{3})?\b")
_ROW_URL = re.compile(r"/sobjects/(\w+)/(\w+)$")

#: The statuses of success. A 300 is none: it lists several matches, and nothing was done (§3.5).
GOOD = frozenset({*range(200, 300), 304})

_LOCKED = "UNABLE_TO_LOCK_ROW"

#: code → seconds to wait. Nobody's fault, and nothing was written (§4.2, "later").
LATER: Mapping[str, float] = {
    _LOCKED: 2.0,
    "INVALID_QUERY_LOCATOR": 5.0,
    "SERVER_UNAVAILABLE": 30.0,
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE": 60.0,
    "QUERY_TIMEOUT": 60.0,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": 300.0,
}
#: These are about the connection, never about a record: a person has to act before anything can go
#: on. In lower case they are codes of `ReconnectRequired`.
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
#: Consequences of another failure of the same request; the cause has a code of its own.
CONSEQUENCES = frozenset(
    {
        "PROCESSING_HALTED",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "BATCH_PROCESSING_HALTED",
        "TRANSACTION_HALTED",
    }
)
#: Which of several errors decides, the first that is there.
_BY_WEIGHT = (ReconnectRequired, QuotaReached, OutcomeUnknown, Unavailable, Rejected)
#: The customer's own code failed; what it failed of may stand in the message (§9 trap 31).
_CUSTOM_CODE = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})
_EMBEDDED = re.compile(rf"\b({'|'.join(LATER)})\b")


def body_of(answer: HttpResponse) -> Json:
    """The body as JSON, or None for one that is empty. Raises ValueError for HTML, plain text, half
    an answer."""
    if not answer.body.strip():
        return None
    try:
        return cast(Json, json.loads(answer.body))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def objects_in(body: Json | Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    """The objects in the list that a body has under that key; none where its shape is another."""
    found = body.get(key) if isinstance(body, Mapping) else None
    objects: list[Mapping[str, Json]] = []
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict):
            objects.append(item)
    return objects


def usage_of(answer: HttpResponse) -> tuple[int, int] | None:
    """(used, allowed) API calls of the org's day, where the answer says so (§2.2)."""
    found = _USAGE.search(answer.headers.get("sforce-limit-info", ""))
    return (int(found.group(1)), int(found.group(2))) if found else None


def daily_usage(answer: HttpResponse) -> Usage | None:
    """What an answer of `GET /limits` says of the org's day, in its body or else in its header
    (§2.4); None where it says nothing.

    Raises what a refusal stands for, but where it is about this question alone: the connected user
    may not ask (Rejected), or this org does not tell (a 404).
    """
    try:
        body = body_of(answer)
    except ValueError:
        body = None
    if answer.status not in GOOD and answer.status != 404:
        error = error_of(answer.status, body, writes=False)
        if not isinstance(error, Rejected):
            raise error
    return usage_in(body) or _usage_in_header(answer)


def usage_in(body: Json) -> Usage | None:
    """Used and allowed calls of a `/limits` body; None where the entry is absent or of another
    shape."""
    entry = body.get(_DAILY_ENTRY) if isinstance(body, dict) else None
    most, left = (
        _count(entry.get(name)) if isinstance(entry, dict) else None
        for name in ("Max", "Remaining")
    )
    return None if not most or left is None else Usage(most - left, most)


def _usage_in_header(answer: HttpResponse) -> Usage | None:
    usage = usage_of(answer)
    return Usage(*usage) if usage is not None and usage[1] else None


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def result_of(answer: HttpResponse, *, writes: bool) -> Json:
    """The body of a whole call's good answer. Raises the error that any other stands for."""
    try:
        body = body_of(answer)
    except ValueError as error:
        raise unreadable(answer.status, writes=writes) from error
    if answer.status in GOOD:
        return body
    if answer.status == 410 or (answer.status == 404 and _errors(body)):
        raise ReconnectRequired("version")
    raise error_of(answer.status, body, writes=writes)


def error_of(status: int, body: Json, *, writes: bool) -> ZsfError:
    """The error of a refusing status and its body: a list of errors, one error, or something else
    entirely."""
    errors = _errors(body)
    if errors:
        return _worst([classified(error, status, writes=writes) for error in errors])
    if status == 300:
        return _several(body)
    if status == 401:
        return ReconnectRequired("session")
    if 400 <= status < 500 and status != 404:
        return Rejected(f"HTTP_{status}", "an answer without a code")
    return unreadable(status, writes=writes)


def record_error(errors: Json) -> ZsfError:
    """The error of one record's result in a collection, keyed `statusCode` (§3.7)."""
    found = _errors(errors)
    return (
        _worst([classified(error, 400, writes=True) for error in found])
        if found
        else Rejected("UNKNOWN")
    )


def classified(error: Mapping[str, Json], status: int, *, writes: bool) -> ZsfError:
    """One error object as an error of ours, by its code; an unknown code is a refusal of that
    record (§4.2)."""
    code = _code_of(error, status)
    message = str(error.get("message") or "")
    known = _not_the_records(code, message)
    if known is not None:
        return known
    if code == "UNKNOWN_EXCEPTION" or status >= 500:
        return unreadable(max(status, 500), writes=writes)
    return _embedded(code, message) or _refusal(code, message, error)


def _code_of(error: Mapping[str, Json], status: int) -> str:
    return str(error.get("errorCode") or error.get("statusCode") or f"HTTP_{status}")


def _not_the_records(code: str, message: str) -> ZsfError | None:
    """The error of a code that is about the org, about another record or about nobody, or None."""
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _quota(message)
    if code in CONNECTION:
        return ReconnectRequired(code.lower())
    if code in CONSEQUENCES:
        return Halted(code)
    if code == _LOCKED:
        return _busy(code)
    if code in LATER:
        return Unavailable("refused_for_now", LATER[code], {"code": code})
    return None


def _embedded(code: str, message: str) -> RowBusy | None:
    """The passing failure that the customer's own code met, where its message names one."""
    found = _EMBEDDED.search(message) if code in _CUSTOM_CODE else None
    return _busy(found.group(1)) if found is not None else None


def unreadable(status: int, *, writes: bool) -> ZsfError:
    """A 5xx, an HTML page, half an answer: for a write nobody knows what happened (§4.2
    UNKNOWN_EXCEPTION).

    A 503 says that the request was turned away, and a redirect or a 404 page that it reached no API
    at all.
    """
    if status == 503:
        return Unavailable("http_503")
    if writes and (status in GOOD or status >= 500):
        return OutcomeUnknown("unreadable", {"status": status})
    return Unavailable("unreadable", data={"status": status})


def puzzled(error: Rejected) -> Unavailable:
    """A refused question is about no record: nothing can be decided until it is answered."""
    return Unavailable("refused_look", _PUZZLED_S, {"code": error.code})


def _refusal(code: str, message: str, error: Mapping[str, Json]) -> Rejected:
    """The refusal of that one record, with what it names."""
    if code == "DUPLICATE_VALUE":
        return _not_unique(code, message)
    if code == "DUPLICATES_DETECTED":
        return _duplicates(code, message, error)
    return Rejected(code, message, tuple(_texts(error.get("fields"))))


def _quota(message: str) -> QuotaReached:
    """Which of the limits was reached, only the message says (§2.2)."""
    if "Concurrent" in message:
        return QuotaReached("concurrent", _CONCURRENT_S)
    return QuotaReached("daily", _DAILY_S)


def _busy(code: str) -> RowBusy:
    return RowBusy("refused_for_now", LATER[code], {"code": code})


def _not_unique(code: str, message: str) -> DuplicateFound:
    """A unique field's refusal names the record that has the value, last of all ids."""
    return DuplicateFound(code, message, _known(map(_candidate, _TWIN.findall(message)[-1:])))


def _duplicates(code: str, message: str, error: Mapping[str, Json]) -> DuplicateFound:
    """A duplicate rule's refusal, with the records it found."""
    # The first spelling is real (§9 trap 3).
    result = error.get("duplicateResut") or error.get("duplicateResult")
    can_save = isinstance(result, dict) and result.get("allowSave") is True
    return DuplicateFound(code, message, _candidates(result), overridable=can_save)


def _candidates(duplicates: Json) -> tuple[DuplicateRecord, ...]:
    """The records a duplicate rule names, whatever of its body is there (§7)."""
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
    """The record, of the object that was named, else of the one its id tells; None for no id."""
    whole = long_id(str(record_id))
    return DuplicateRecord(str(object_ or object_of(whole)), whole) if whole is not None else None


def _known(candidates: Iterable[DuplicateRecord | None]) -> tuple[DuplicateRecord, ...]:
    return tuple(filter(None, candidates))


def _several(body: Json) -> ZsfError:
    """A 300: the rows that one external ID found, as addresses (§3.5)."""
    words = "several records have this external id"
    return DuplicateFound("DUPLICATE_EXTERNAL_ID", words, _known(map(_record_at, _texts(body))))


def _record_at(address: str) -> DuplicateRecord | None:
    """The record that an address ends with; None for another address."""
    row = _ROW_URL.search(address)
    return _candidate(row.group(2), row.group(1)) if row else None


def _errors(body: Json) -> list[Mapping[str, Json]]:
    """The objects with a code: of a list, or one that is alone."""
    items = objects_in({"errors": body if isinstance(body, list) else [body]}, "errors")
    return list(filter(_has_code, items))


def _has_code(item: Mapping[str, Json]) -> bool:
    return "errorCode" in item or "statusCode" in item


def _texts(value: Json) -> list[str]:
    """The texts of a list; of anything else none."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _worst(errors: Sequence[ZsfError]) -> ZsfError:
    """The one that decides: what is about the whole org, then a real refusal before a mere
    consequence."""
    for kind in _BY_WEIGHT:
        for error in errors:
            if isinstance(error, kind):
                return error
    return errors[0]
