"""What a scheduler looks at for all workspaces at once, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import Kind


@dataclass(frozen=True, slots=True)
class WaitingWorkspace:
    """A connected workspace in which entries wait. `due_at`: when the next of each kind is due, as
    `Outbox.next_due`; empty while a pause is in force, which ends at `paused_until` (None: only a
    person ends it, or there is none). `used`, `limit` and `seen_at` are of its org's allocation;
    `console_version` is that of the console's rules (0: none)."""

    workspace: str
    due_at: Mapping[Kind, float]
    paused_until: float | None
    used: int | None
    limit: int | None
    seen_at: float | None
    console_version: int


@dataclass(frozen=True, slots=True)
class HoldingWorkspace:
    """A connected workspace in which entries are held, and what may have changed since they were:
    its connection, and the version of the console's rules (0: none)."""

    workspace: str
    org_id: str
    user_id: str
    connected_at: float
    state: str
    console_version: int


class Surveys(Protocol):
    """Reads of all workspaces, each in a statement or two."""

    def revision(self) -> object:
        """A value that equals an earlier one only if no process has stored anything in between."""
        ...

    def waiting_workspaces(self, now: float) -> Sequence[WaitingWorkspace]:
        """The workspaces in which entries wait for nobody: with a connection that needs no person.
        `now` decides which pauses are in force."""
        ...

    def holding_workspaces(self, workspace: str | None = None) -> Sequence[HoldingWorkspace]:
        """The connected workspaces in which entries are held, or that one if it is such."""
        ...

    def fetched_at(self, facts: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], float]:
        """When those of the cached answers were fetched that there are, by the org's id and the
        answer's name."""
        ...
