"""Query results in pages, behind locators (salesforce-api.md §3.12). What matches is `evaluate`'s to say."""

from __future__ import annotations

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.evaluate import run
from zsf_plugin.emulator.org import Org


def run_query(org: Org, text: str, *, deleted: bool = False) -> Json:
    """The first page of a statement's rows."""
    if not text.strip():
        raise bad("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    rows, total = run(org, text, deleted=deleted)
    if len(rows) <= org.page_size:
        return {"totalSize": total, "done": True, "records": rows}
    org.cursors.append(rows)
    return _page(org, len(org.cursors) - 1, 0)


def next_page(org: Org, locator: str) -> Json:
    """The page behind a locator. Raises INVALID_QUERY_LOCATOR."""
    name, _, offset = locator.partition("-")
    number = name.removeprefix("0r85g0000000")
    if not (number.isdigit() and offset.isdigit() and int(number) < len(org.cursors)) or int(offset) >= len(
        org.cursors[int(number)]
    ):
        raise bad("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(org, int(number), int(offset))


def _page(org: Org, cursor: int, offset: int) -> Json:
    rows = org.cursors[cursor]
    page = rows[offset : offset + org.page_size]
    answer: dict[str, Json] = {"totalSize": len(rows), "done": offset + len(page) >= len(rows), "records": page}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"/services/data/v68.0/query/0r85g0000000{cursor:06d}-{offset + org.page_size}"
    return answer
