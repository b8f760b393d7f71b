"""What changed and what went between two moments, to the minute (salesforce-api.md §3.14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zsf_plugin.emulator.errors import Json, SalesforceError, bad
from zsf_plugin.emulator.exchange import Request
from zsf_plugin.emulator.org.moments import parse_moment, to_second
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.records import Row
from zsf_plugin.emulator.org.schema import ObjectType

_MAX_AGE = timedelta(days=30)
_RECYCLE_BIN = timedelta(days=15)


def updated(org: Org, object_: ObjectType, request: Request) -> Json:
    """Ids of living rows whose SystemModstamp lies between start and end."""
    span = _parse_span(request)
    ids = [row["Id"] for row in _changed(org, object_, span) if not row["IsDeleted"]]
    return {"ids": ids, "latestDateCovered": _to_minute(span.end)}


def deleted(org: Org, object_: ObjectType, request: Request) -> Json:
    """Rows of the recycle bin that went between start and end."""
    span = _parse_span(request)
    gone: list[Json] = []
    for row in _changed(org, object_, span):
        if row["IsDeleted"]:
            gone.append({"id": row["Id"], "deletedDate": row["SystemModstamp"]})
    return {
        "deletedRecords": gone,
        "earliestDateAvailable": _to_minute(datetime.now(UTC) - _RECYCLE_BIN),
        "latestDateCovered": _to_minute(span.end),
    }


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime


def _changed(org: Org, object_: ObjectType, span: _Span) -> Iterator[Row]:
    """The rows that the user sees, and that changed within the span."""
    for row in org.rows[object_.name].values():
        if org.shared(row) and span.start <= parse_moment(str(row["SystemModstamp"])) < span.end:
            yield row


def _parse_span(request: Request) -> _Span:
    """From `start` to `end`, to the minute. Raises INVALID_REPLICATION_DATE."""
    try:
        start, end = _minute(request.query["start"]), _minute(request.query["end"])
    except (KeyError, ValueError) as error:
        raise _invalid("start and end must be dates with times") from error
    if end - start < timedelta(minutes=1):
        raise _invalid("endDate must be at least one minute greater than startDate")
    if start < datetime.now(UTC) - _MAX_AGE:
        raise _invalid("startDate cannot be more than 30 days ago")
    return _Span(start, end)


def _invalid(words: str) -> SalesforceError:
    return bad("INVALID_REPLICATION_DATE", words)


def _minute(text: str) -> datetime:
    return parse_moment(text).replace(second=0, microsecond=0)


def _to_minute(moment: datetime) -> str:
    return to_second(moment.replace(second=0))
