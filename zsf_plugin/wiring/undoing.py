"""Builds what undoes entries. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsf_plugin.undo import Undoer, UndoParts

__all__ = ["Undoer", "undoer_of"]

if TYPE_CHECKING:
    from zsf_plugin.wiring.parts import Parts


def undoer_of(parts: Parts) -> Undoer:
    """The undoer of a process."""
    return Undoer(
        UndoParts(
            parts.store,
            parts.clock,
            parts.availability,
            parts.lease_parts(),
            parts.orgs.crm_of,
        )
    )
