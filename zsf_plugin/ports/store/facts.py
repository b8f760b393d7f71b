"""Cached answers of an org, and the account of its API calls. Never what an answer means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zsf_plugin.model import Json


@dataclass(frozen=True, slots=True)
class Allocation:
    """The org's daily API calls as last told by Salesforce (None: not told yet), and ours of the
    trailing 24 hours."""

    used: int | None = None
    limit: int | None = None
    seen_at: float | None = None
    by_purpose: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """A cached answer of the org: `body` as JSON, when it was fetched, and the org's own
    Last-Modified."""

    body: Json
    fetched_at: float
    last_modified: str | None = None


class Facts(Protocol):
    """Cached answers of an org, and the account of its API calls."""

    def fact(self, org_id: str, name: str) -> Fact | None:
        """The cached answer of that name, however old, or None."""
        ...

    def save_fact(self, org_id: str, name: str, fact: Fact) -> None:
        """Keep an answer."""
        ...

    def facts(self, org_id: str, names: Collection[str]) -> Mapping[str, Fact]:
        """The cached answers of those names that there are, however old, in one reading."""
        ...

    def save_facts(self, org_id: str, facts: Mapping[str, Fact]) -> None:
        """Keep several answers in one transaction."""
        ...

    def forget_facts(self, org_id: str, prefix: str, before: float) -> int:
        """Remove answers whose name begins with `prefix` and that were fetched earlier than
        `before`. How many."""
        ...

    def count_calls(self, org_id: str, purpose: str, calls: int, now: float) -> None:
        """Add calls of that purpose to the hour of `now`; a negative number gives back what never
        left."""
        ...

    def reserve_call(self, org_id: str, purpose: str, now: float, period_s: float) -> float:
        """Count one call of that purpose and give it the org's next slot, in one transaction: the
        seconds until then.

        Slots of an org lie at least `period_s` apart, whoever asks. A clock set back starts the row
        of slots anew.
        """
        ...

    def note_usage(self, org_id: str, used: int, limit: int, now: float) -> None:
        """Keep what the org said of its daily allocation, unless a newer word is known."""
        ...

    def allocation(self, org_id: str, now: float) -> Allocation:
        """What is known of the org's allocation, with our calls of the 24 hours before `now`, by
        purpose."""
        ...
