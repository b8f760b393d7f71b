"""Whether the plugin can work, as a probe asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """Whether this process answers (`alive`), and whether events can be stored now (`ready`): the
    store answers, and its tables fit this version; `reason` is why not, for the log.
    `oldest_due_s`: for how many seconds the entry has been due that was due first, of all
    workspaces that may send; None if nothing is due."""

    ready: bool
    oldest_due_s: float | None = None
    reason: str | None = None
    alive: bool = True
