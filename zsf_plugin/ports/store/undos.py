"""What was done to undo entries, and all writes to one record, by which later ones are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import Json, Link, LinkKey
    from zsf_plugin.ports.store.history import HistoryLine
    from zsf_plugin.ports.store.leases import Fence
    from zsf_plugin.ports.store.settlements import JournalLine

#: Values of before the entry are put back, or a record that it created is deleted.
UndoAction = Literal["restore", "delete"]
#: `sent`: about to be sent, or its answer was lost; `refused`: by Salesforce.
UndoState = Literal["sent", "done", "refused"]


@dataclass(frozen=True, slots=True)
class UndoLine:
    """One record that was undone, or is about to be: the fields before and after (both empty for a
    deletion), and who asked for it, if known."""

    entry_id: str
    object: str
    record_id: str
    action: UndoAction
    state: UndoState
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    at: float
    by: str | None = None


@dataclass(frozen=True, slots=True)
class SettledUndo:
    """How the undoing of an entry went on: what is known of it now, and what becomes of links.
    Those to drop may be any workspace's."""

    workspace: str
    entry_id: str
    lines: Sequence[UndoLine]
    links: Sequence[Link] = ()
    drop_links: Sequence[tuple[str, LinkKey]] = ()
    history: HistoryLine | None = None


class Undos(Protocol):
    """The undoing of entries, under the lease of their org."""

    def undo_lines(self, workspace: str, entry_id: str) -> Sequence[UndoLine]:
        """What was done to undo an entry, oldest first."""
        ...

    def undone_among(self, workspace: str, entry_ids: Collection[str]) -> Set[str]:
        """Those of the entries of which something was undone."""
        ...

    def record_writes(self, org_id: str, record_ids: Collection[str]) -> Sequence[JournalLine]:
        """Every write to these records of that org, by any workspace, oldest first. Reads only
        those."""
        ...

    def record_undos(self, org_id: str, record_ids: Collection[str]) -> Sequence[UndoLine]:
        """What of the writes to these records was undone, or is about to be, oldest first."""
        ...

    def links_to(self, org_id: str, record_ids: Collection[str]) -> Sequence[tuple[str, LinkKey]]:
        """The links of any workspace to these records of that org, with the workspace of each.
        Reads every link: only for what a person asks for."""
        ...

    def mark_undoing(self, fence: Fence, lines: Sequence[UndoLine]) -> None:
        """Store lines of one entry as sent, right before they are, and doubt every link to their
        records: whatever the request does, the next purchase looks. Raises Fenced, also if the
        workspace is connected to another org by now."""
        ...

    def settle_undo(self, fence: Fence, settled: SettledUndo) -> None:
        """Store lines in the place of those of the entry that were sent, with links and history, in
        one transaction. Raises Fenced."""
        ...
