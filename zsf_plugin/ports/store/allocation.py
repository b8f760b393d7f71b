"""The account of an org's API calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allocation:
    """The org's daily API usage as last reported by Salesforce (None: not reported yet), and our
    own calls of the last 24 hours."""

    used: int | None = None
    limit: int | None = None
    seen_at: float | None = None
    by_purpose: Mapping[str, int] = field(default_factory=dict)
