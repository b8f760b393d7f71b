"""Undoes an entry: what it wrote is put back, or deleted, where it is still ours.

`writes` gathers what the entry wrote by record, `plan` decides what can be undone and why the rest
is left, `undoer` reads the org, carries a plan out under the org's lease and journals each step,
`sending` sends it.
"""

from __future__ import annotations

from zsf_plugin.undo.plan import FieldChange, LeftReason, UndoItem, UndoPlan
from zsf_plugin.undo.undoer import Undoer, UndoOrg, UndoParts

__all__ = [
    "FieldChange",
    "LeftReason",
    "UndoItem",
    "UndoOrg",
    "UndoParts",
    "UndoPlan",
    "Undoer",
]
