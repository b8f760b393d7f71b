"""The history of a workspace: what people did, and what happened to its connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import JsonObject

#: What released a held entry: a change that could resolve it, its person's link, or a person.
ReleasedBy = Literal["change", "link", "person"]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What a person did (`by` names them, if known), or what happened to the connection. Contains
    no text of events.

    `code` is stable: connected, reconnected, disconnected, sign_in_ended, fields_refreshed,
    field_created, previewed, waiting_sent, waiting_skipped, id_field_left_out, switches_checked,
    switch, match, mapping, mode, restored, released, dropped, rules_tested, undone, alerted.
    `detail` depends on the code.
    """

    at: float
    code: str
    by: str | None = None
    detail: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedRules:
    """The console's rules as one save left them. `at` and `by` are None if that is not known."""

    version: int
    document: JsonObject
    at: float | None = None
    by: str | None = None


class History(Protocol):
    """The history of a workspace."""

    def add_history(self, workspace: str, line: HistoryLine) -> None:
        """Add a line."""
        ...

    def history(
        self, workspace: str, *, codes: Collection[str] | None = None, limit: int = 50
    ) -> Sequence[HistoryLine]:
        """The lines, newest first; with `codes`, only those."""
        ...

    def console_rule_versions(
        self, workspace: str, *, before: int | None = None, limit: int = 50
    ) -> Sequence[SavedRules]:
        """The stored saves of the console's rules, newest first; with `before`, only those of an
        earlier version."""
        ...

    def rule_file_versions(
        self, folder: str, until: float, limit: int
    ) -> Sequence[Mapping[str, JsonObject]]:
        """What the rule files of a folder said, by file name: the versions stored until then
        (seconds since 1970), newest first, at most `limit`."""
        ...

    def released(self, workspace: str, since: float) -> Mapping[ReleasedBy, int]:
        """The number of entries released since then and not held again, by what released them last:
        each counts once, however often it was retried."""
        ...
