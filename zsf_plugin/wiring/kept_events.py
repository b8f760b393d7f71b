"""The events that the outbox keeps, oldest first, as the calls of hooks that they came with. Reads
page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsf_plugin.decision.admission import without_text
from zsf_plugin.model import HOOK_KINDS, IGNORED, Event, JsonObject
from zsf_plugin.ports import EntryFilter

if TYPE_CHECKING:
    from zsf_plugin.model import State
    from zsf_plugin.ports import Entry, Store

#: How many entries are read at once.
PAGE_SIZE = 500
_HOOKS = {kind: hook for hook, kind in HOOK_KINDS.items()}


def entries_oldest_first(
    store: Store,
    workspace: str,
    since: float | None,
    state: State | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[Entry]:
    """The entries of a workspace that arrived since then and are there when it begins, all or
    those in a state. Pages go from the newest back: their beginnings are noted first, and then each
    is read again, the oldest first."""
    wanted = EntryFilter(state=state, since=since)
    newest = store.page(workspace, wanted, limit=1).entries
    if not newest:
        return
    page_before = _Pages(store, workspace, wanted, page_size).before
    cursors = [newest[0]]
    while page := page_before(cursors[-1]):
        cursors.append(page[-1])
    ends = [*(entry.arrived for entry in cursors[1:]), 0]
    for cursor, end in reversed(list(zip(cursors, ends, strict=True))):
        # what left the filter meanwhile made room for entries of the page before
        yield from (entry for entry in reversed(page_before(cursor)) if entry.arrived >= end)
    yield from newest


@dataclass(frozen=True, slots=True)
class _Pages:
    """The entries of a workspace that fit a filter, page by page."""

    store: Store
    workspace: str
    wanted: EntryFilter
    size: int

    def before(self, entry: Entry) -> Sequence[Entry]:
        """Those that arrived before that entry, the newest first."""
        wanted = self.wanted
        return self.store.page(self.workspace, wanted, before=entry.id, limit=self.size).entries


def has_event(entry: Entry) -> bool:
    """Whether the event is kept, and not only its ids: what is skipped, or was invalid, is not."""
    return isinstance(entry.payload.get("prospect"), dict)


def call_of(event: Event) -> JsonObject:
    """The call of a hook that the event came with, without message text and without what was
    ignored of it."""
    return {"hook": _HOOKS[event.kind], **_arguments_of(without_text(event))}


def _arguments_of(event: Event) -> JsonObject:
    return {name: part for name, part in event.scope.items() if name != IGNORED}
