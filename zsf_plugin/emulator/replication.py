"""What changed and what went between two moments, to the minute (salesforce-api.md §3.14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.exchange import Request
from zsf_plugin.emulator.org import Org
from zsf_plugin.emulator.schema import ObjectType

_REACH = timedelta(days=30)


def updated(org: Org, object_: ObjectType, request: Request) -> Json:
    """Ids of living rows whose SystemModstamp lies between start and end."""
    start, end = _span(request)
    rows = (
        row for row in org.rows[object_.name].values() if not row["IsDeleted"] and org.shared(row)
    )
    ids: list[Json] = [
        row["Id"] for row in rows if start <= _moment(str(row["SystemModstamp"])) < end
    ]
    return {"ids": ids, "latestDateCovered": _written(end)}


def deleted(org: Org, object_: ObjectType, request: Request) -> Json:
    """Rows of the recycle bin that went between start and end."""
    start, end = _span(request)
    rows = (row for row in org.rows[object_.name].values() if row["IsDeleted"] and org.shared(row))
    gone: list[Json] = [
        {"id": row["Id"], "deletedDate": row["SystemModstamp"]}
        for row in rows
        if start <= _moment(str(row["SystemModstamp"])) < end
    ]
    earliest = _written(datetime.now(UTC) - timedelta(days=15))
    return {
        "deletedRecords": gone,
        "earliestDateAvailable": earliest,
        "latestDateCovered": _written(end),
    }


def _span(request: Request) -> tuple[datetime, datetime]:
    try:
        start, end = (
            _moment(request.query[name]).replace(second=0, microsecond=0)
            for name in ("start", "end")
        )
    except (KeyError, ValueError) as error:
        raise bad("INVALID_REPLICATION_DATE", "start and end must be dates with times") from error
    if end - start < timedelta(minutes=1):
        raise bad(
            "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate"
        )
    if start < datetime.now(UTC) - _REACH:
        raise bad("INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
    return start, end


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000+0000")
