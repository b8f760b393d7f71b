"""What people did to a workspace, what befell its connection, what was put back. Never an entry's
own journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zsf_plugin.model import JsonObject

#: Who or what put a held entry back: something that could matter changed, its person's link came, a
#: person said so.
ReleasedBy = Literal["change", "link", "person"]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What a person did (`by` names them, where known), or what befell the connection. Never an
    event's text.

    `code` is stable: connected, reconnected, disconnected, sign_in_ended, fields_refreshed,
    field_created, previewed, waiting_sent, waiting_skipped, id_field_left_out, switches_checked,
    switch, mapping, mode, released, dropped. `detail` says more, by code.
    """

    at: float
    code: str
    by: str | None = None
    detail: JsonObject = field(default_factory=dict)


class History(Protocol):
    """The history of a workspace."""

    def note(self, workspace: str, line: HistoryLine) -> None:
        """Add a line."""
        ...

    def history(
        self, workspace: str, *, codes: Collection[str] | None = None, limit: int = 50
    ) -> Sequence[HistoryLine]:
        """The newest lines first, of those codes where any are given."""
        ...

    def released(self, workspace: str, since: float) -> Mapping[ReleasedBy, int]:
        """How many entries were put back since then, by who or what did it. Counted by the hour:
        never too few."""
        ...
