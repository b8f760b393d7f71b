"""Query results in pages, behind locators (salesforce-api.md §3.12). What matches is `evaluate`'s
to say."""

from __future__ import annotations

from zsf_plugin.emulator.errors import Json, bad
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.soql.evaluate import run


def run_query(org: Org, text: str, *, deleted: bool = False, rows: int = 2000) -> Json:
    """The first page of a statement's rows: `rows` of them, or fewer where the org's pages are
    smaller."""
    if not text.strip():
        raise bad("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    found, total = run(org, text, deleted=deleted)
    if len(found) <= min(org.page_size, rows):
        return {"totalSize": total, "done": True, "records": found}
    org.cursors.append(found)
    return _page(org, len(org.cursors) - 1, 0, rows)


def next_page(org: Org, locator: str, *, rows: int = 2000) -> Json:
    """The page behind a locator. Raises INVALID_QUERY_LOCATOR."""
    name, _, offset = locator.partition("-")
    number = name.removeprefix("0r85g0000000")
    if not (number.isdigit() and offset.isdigit() and int(number) < len(org.cursors)) or int(
        offset
    ) >= len(org.cursors[int(number)]):
        raise bad("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(org, int(number), int(offset), rows)


def _page(org: Org, cursor: int, offset: int, most: int) -> Json:
    rows, most = org.cursors[cursor], min(org.page_size, most)
    page = rows[offset : offset + most]
    answer: dict[str, Json] = {
        "totalSize": len(rows),
        "done": offset + len(page) >= len(rows),
        "records": page,
    }
    if not answer["done"]:
        answer["nextRecordsUrl"] = (
            f"/services/data/v68.0/query/0r85g0000000{cursor:06d}-{offset + most}"
        )
    return answer
