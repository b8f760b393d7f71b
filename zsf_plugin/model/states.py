"""The kinds of events, and the states of an entry."""

from __future__ import annotations

from typing import Literal

Kind = Literal["purchase", "touchpoint"]
State = Literal["pending", "writing", "done", "skipped", "held"]
