"""Pages of a query's answer: their records, and where the next one is (salesforce-api.md §3.12).

Pure: fetches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.model import Json, Record
from zsf_plugin.salesforce import addresses, answers, ids


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one page; `next` is the path of the page after it, None after the last."""

    records: list[Record]
    next: str | None


def page_of(object_: str, body: Json) -> Page:
    """One page of an answer; a row whose Id is none is not believed.

    Raises Unavailable for a next page that leads elsewhere.
    """
    records = []
    for row in answers.objects_in(body, "records"):
        record_id = ids.long_id(str(row.get("Id")))
        if record_id is not None:
            values = dict(row)
            values.pop("attributes", None)
            records.append(Record(object_, record_id, values))
    if not isinstance(body, dict) or body.get("done") is not False:
        return Page(records, None)
    given = body.get("nextRecordsUrl")
    return Page(records, addresses.next_page(given) if isinstance(given, str) else None)
