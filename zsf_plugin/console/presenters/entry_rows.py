"""Entries as rows of a file: the same words as on the pages, with IDs and times. Reads only.

Message text is in no row.
"""

from __future__ import annotations

from collections.abc import Iterator

from zsf_plugin.console.csv_files import Cell
from zsf_plugin.console.labels import iso_time
from zsf_plugin.console.presenters.causes import HeldCause, held_cause
from zsf_plugin.console.presenters.entries import (
    company_of,
    entry_seller,
    event_id_of,
    person_of,
)
from zsf_plugin.console.presenters.stories import Waiting, story_of, undone_labels, waiting_of
from zsf_plugin.console.rich_text import as_text
from zsf_plugin.ports import Entry, EntryFilter
from zsf_plugin.wiring.apps import ConsoleApp

HEADING = (
    *("Entry ID", "Event ID", "Received", "Ended", "State", "Kind", "Prospect ID", "Name"),
    *("Company", "Seller", "What happened", "Details", "Cause", "What to do"),
)
_KINDS = {"purchase": "Purchase", "touchpoint": "Activity"}
#: Entries in memory at a time.
_PAGE_SIZE = 200


def entry_rows(app: ConsoleApp, workspace: str, wanted: EntryFilter) -> Iterator[tuple[Cell, ...]]:
    """The rows of all matching entries, newest first. Raises StoreUnavailable while they are
    read."""
    waiting, before = waiting_of(app, workspace), None
    while True:
        page = app.store.page(workspace, wanted, before=before, limit=_PAGE_SIZE)
        undone = undone_labels(app, workspace, page.entries)
        for entry in page.entries:
            yield _row(entry, waiting, undone.get(entry.id, ""))
        before = page.older
        if before is None:
            return


def _row(entry: Entry, waiting: Waiting, undone: str) -> tuple[Cell, ...]:
    story, cause = story_of(entry, waiting, undone), _cause(entry, waiting)
    return (
        *(entry.id, event_id_of(entry), iso_time(entry.received_at), iso_time(entry.settled_at)),
        *(story.state_label, _KINDS[entry.kind], entry.lane, person_of(entry)),
        *(company_of(entry), entry_seller(entry)),
        *(as_text(story.headline), as_text(story.details)),
        *((cause.title, cause.todo) if cause else ("", "")),
    )


def _cause(entry: Entry, waiting: Waiting) -> HeldCause | None:
    """The cause that holds the entry, if any."""
    if entry.state != "held" or entry.cause is None:
        return None
    return held_cause(entry.cause, waiting.label)
