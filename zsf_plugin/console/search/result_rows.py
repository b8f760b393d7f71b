"""What a look-up found as rows of a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zsf_plugin.badges import Colour
from zsf_plugin.console.csv_files import Cell
from zsf_plugin.console.labels import iso_time
from zsf_plugin.console.search.lookup import PreviewRow
from zsf_plugin.messages.availability import BADGE_UNKNOWN
from zsf_plugin.model import Presence

#: The heading of a file of results, and the badges in its words.
HEADING = (
    *("Person", "Detail", "Company", "Person in Salesforce", "Person’s record"),
    *("Company in Salesforce", "Company’s record", "Why unknown", "Checked"),
)
_MARKS: Mapping[Colour, str] = {"black": "exists", "grey": "doesn’t exist", "unknown": "unknown"}


def row_of(row: PreviewRow) -> tuple[Cell, ...]:
    """A result as a row of a file."""
    found = row.found
    return (
        *(row.name, row.detail, row.company_name),
        *(_MARKS[row.person_colour], row.person_url or _record(found.person)),
        *(_MARKS[row.company_colour], row.company_url or _record(found.company)),
        *(BADGE_UNKNOWN[found.why] if found.why else "", iso_time(found.at)),
    )


def _record(side: Presence) -> str:
    """`3 Contacts` for several records; "" for none."""
    return f"{side.several} {side.object}s" if side.several else ""
