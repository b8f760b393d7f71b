"""What is stored of a workspace: its connection and tokens, its pause, the console's rules, and the
history of what people did to it. Never how tokens are encrypted, nor an entry's own journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from zsf_plugin.model import Connection, JsonObject, ReconnectReason, Step, Tokens

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

    def add_history(self, workspace: str, line: HistoryLine) -> None:
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


@dataclass(frozen=True, slots=True)
class WorkspacePause:
    """Why a workspace is paused. `until` None: until a person acts. `code` is stable: quota,
    unavailable, reconnect, …"""

    code: str
    reason: str
    since: float
    until: float | None = None


class Connections(Protocol):
    """Connections and their tokens (encrypted at rest), pauses, and the console's rule document."""

    def connection(self, workspace: str) -> Connection | None:
        """The workspace's connection, in whatever state, or None."""
        ...

    def save_connection(
        self,
        connection: Connection,
        tokens: Tokens | None = None,
        *,
        line: HistoryLine | None = None,
    ) -> None:
        """Create or replace the connection; with `tokens` and a `line` of the history, in one
        transaction."""
        ...

    def forget_connection(self, workspace: str, *, line: HistoryLine | None = None) -> None:
        """Remove connection and tokens; with `line`, that goes into the history. Entries, links and
        history stay."""
        ...

    def ask_to_reconnect(
        self, connection: Connection, reason: ReconnectReason, line: HistoryLine
    ) -> None:
        """Mark the connection `reconnect`, unless a person has signed in anew since (another
        `connected_at`).

        The line goes into the history with it, but only once for one sign-in.
        """
        ...

    def end_preview(
        self,
        workspace: str,
        connected_at: float,
        line: HistoryLine,
        *,
        skip_reason: Step | None = None,
    ) -> int | None:
        """Start syncing for the connection made at `connected_at`: `previewing` becomes
        `connected`, in one transaction with the line, whose detail gains `entries`; with
        `skip_reason` all pending entries are skipped.

        Returns the number of pending entries; None, with nothing changed, if the connection is
        another one or no longer previewing.
        """
        ...

    def tokens(self, workspace: str) -> Tokens | None:
        """The tokens, decrypted. Raises ConfigurationError where the secret key does not fit."""
        ...

    def rotate_tokens(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        """Store refreshed tokens (version becomes `expected_version` + 1) where nobody was faster;
        False where so."""
        ...

    def pause(self, workspace: str, pause: WorkspacePause | None) -> None:
        """Pause the workspace for this reason, or resume it (None)."""
        ...

    def paused(self, workspace: str) -> WorkspacePause | None:
        """Why the workspace is paused, or None."""
        ...

    def console_rule(self, workspace: str) -> tuple[JsonObject, int]:
        """The console's rule document and its version; ({}, 0) where none was saved."""
        ...

    def save_console_rule(
        self,
        workspace: str,
        document: JsonObject,
        *,
        expected_version: int,
        line: HistoryLine | None = None,
    ) -> bool:
        """Save the console's document where its version is still the expected one; False where
        someone was faster.

        With `line`, that goes into the history in the same transaction.
        """
        ...
