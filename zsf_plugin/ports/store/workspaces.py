"""What is stored per workspace: connection and tokens, pause, console rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import (
        Connection,
        JsonObject,
        ReconnectReason,
        Renewal,
        SignInKey,
        Step,
        Tokens,
    )
    from zsf_plugin.ports.store.history import HistoryLine


@dataclass(frozen=True, slots=True)
class WorkspacePause:
    """Why a workspace is paused. Without `until`, a person has to act. `code` is stable: quota,
    unavailable, reconnect, … `org_id` is the org of the pause; `error` the code of the error that
    caused it, if any."""

    code: str
    reason: str
    since: float
    until: float | None = None
    org_id: str = ""
    error: str = ""


class Connections(Protocol):
    """Connections and their tokens (encrypted at rest), pauses, and the console's rules."""

    def connection(self, workspace: str) -> Connection | None:
        """The workspace's connection, in any state, or None."""
        ...

    def save_connection(
        self,
        connection: Connection,
        tokens: Tokens | None = None,
        *,
        key: SignInKey | None = None,
        line: HistoryLine | None = None,
    ) -> None:
        """Create or replace the connection, in one transaction with `tokens`, the `key` that renews
        them, and a `line` of history. New tokens without a key delete the one before.

        If it is to another org than before, entries that were being written, or whose outcome is
        unclear, become pending: they are decided again for that org. Their writes stay known as in
        doubt in the old org, and become `writing` again when the workspace is connected to it.
        """
        ...

    def sign_in_key(self, workspace: str) -> SignInKey | None:
        """The key that starts new sessions of this connection, decrypted, or None."""
        ...

    def renewal(self, workspace: str) -> Renewal | None:
        """What renews the connection's session; None if nothing does. Decrypts nothing."""
        ...

    def forget_connection(self, workspace: str, *, line: HistoryLine | None = None) -> None:
        """Delete the connection, its tokens and its key, with a `line` of history. Entries, links
        and history stay."""
        ...

    def ask_to_reconnect(
        self, connection: Connection, reason: ReconnectReason, line: HistoryLine
    ) -> None:
        """Mark the connection `reconnect`, unless a person has signed in again since (another
        `connected_at`).

        The line is added to the history with it, once per sign-in.
        """
        ...

    def end_preview(
        self,
        workspace: str,
        connected_at: float,
        line: HistoryLine,
        *,
        skip_reason: Step | None = None,
        skip_up_to: str | None = None,
    ) -> int | None:
        """Start syncing for the connection made at `connected_at`: `previewing` becomes
        `connected`, in one transaction with the line, whose detail gains `entries`; with
        `skip_reason` the pending entries are skipped, up to the entry `skip_up_to` if one is given.

        Returns the number of entries that were pending, or were skipped; None, with nothing
        changed, if the connection is another one or no longer previewing.
        """
        ...

    def tokens(self, workspace: str) -> Tokens | None:
        """The decrypted tokens. Raises ConfigurationError if the secret key does not fit."""
        ...

    def rotate_tokens(
        self, workspace: str, tokens: Tokens, *, instance_url: str, expected_version: int
    ) -> bool:
        """Store refreshed tokens and raise their version by one; False if their version is no
        longer `expected_version`."""
        ...

    def move_login(self, connection: Connection, login_url: str) -> None:
        """Sign in and refresh at that address from now on, unless a person has signed in again
        since (another `connected_at`)."""
        ...

    def choose_api_version(self, connection: Connection, version: str) -> None:
        """Use that API version of the org from now on, unless a person has signed in again since
        (another `connected_at`)."""
        ...

    def pause(self, workspace: str, pause: WorkspacePause | None) -> None:
        """Pause the workspace for this reason, or resume it (None)."""
        ...

    def paused(self, workspace: str) -> WorkspacePause | None:
        """Why the workspace is paused, or None; a pause of another org than the connected one does
        not count."""
        ...

    def console_rule(self, workspace: str) -> tuple[JsonObject, int]:
        """The console's rules and their version; ({}, 0) if none were saved."""
        ...

    def save_console_rule(
        self,
        workspace: str,
        document: JsonObject,
        *,
        expected_version: int,
        line: HistoryLine | None = None,
    ) -> bool:
        """Save the console's rules if their version is still `expected_version`, else return False.

        The version stays in the history with the time and person of the `line`, which is added to
        it; all in one transaction.
        """
        ...
