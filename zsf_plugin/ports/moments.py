"""Moments that two clocks have seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by two clocks, in seconds since 1970: `at` by ours, which may be set, and `at_org`
    by the org's; None if that is not known."""

    at: float
    at_org: float | None = None
