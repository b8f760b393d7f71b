"""Pages of a query's answer: their rows, their records, the next one (salesforce-api.md §3.12).

Pure: fetches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.model import Json, Record
from zsf_plugin.salesforce import addresses, ids


def rows_in(body: Json) -> list[Mapping[str, Json]]:
    """The rows of one page; of an answer of another shape none."""
    given = body.get("records") if isinstance(body, dict) else None
    rows: list[Mapping[str, Json]] = []
    for row in given if isinstance(given, list) else ():
        if isinstance(row, dict):
            rows.append(row)
    return rows


def records_in(object_: str, body: Json) -> list[Record]:
    """The records of one page; a row whose Id is none is not believed."""
    records = []
    for row in rows_in(body):
        record_id = ids.long_id(str(row.get("Id")))
        if record_id is not None:
            values = dict(row)
            values.pop("attributes", None)
            records.append(Record(object_, record_id, values))
    return records


def next_page_of(body: Json) -> str | None:
    """The path of the page after this one; None after the last. Raises Unavailable for a path that
    leads elsewhere."""
    if not isinstance(body, dict) or body.get("done") is not False:
        return None
    given = body.get("nextRecordsUrl")
    return addresses.next_page(given) if isinstance(given, str) else None
