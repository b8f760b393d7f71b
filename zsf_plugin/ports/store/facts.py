"""Cached answers of an org, and the count of its API calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zsf_plugin.model import Json
    from zsf_plugin.ports.store.allocation import Allocation


@dataclass(frozen=True, slots=True)
class Fact:
    """A cached answer of the org: its `body` as JSON, when it was fetched, and its
    Last-Modified."""

    body: Json
    fetched_at: float
    last_modified: str | None = None


#: The fact that was fetched when an org's describes were; at 0 if they expired since.
STAMP = "stamp"
#: The names under which facts of the describes are stored, by user and fact: they differ by user
#: (§3.11). Formats, since each drained entry needs one.
describes_name = "describe:{}:{}".format
describes_stamp = f"describe:{{}}:{STAMP}".format


class Facts(Protocol):
    """Cached answers of an org, and the account of its API calls."""

    def fact(self, org_id: str, name: str) -> Fact | None:
        """The cached answer with that name, however old, or None."""
        ...

    def save_fact(self, org_id: str, name: str, fact: Fact) -> None:
        """Store an answer."""
        ...

    def facts(self, org_id: str, names: Collection[str]) -> Mapping[str, Fact]:
        """The cached answers with those names, however old, read at once."""
        ...

    def save_facts(self, org_id: str, facts: Mapping[str, Fact]) -> None:
        """Store several answers in one transaction."""
        ...

    def forget_facts(self, org_id: str, prefix: str, before: float) -> int:
        """Delete answers whose name begins with `prefix` and that were fetched before `before`;
        returns their number."""
        ...

    def count_calls(self, org_id: str, purpose: str, calls: int, now: float) -> None:
        """Add calls for that purpose to the hour of `now`; a negative number takes back calls that
        were not sent."""
        ...

    def reserve_call(self, org_id: str, purpose: str, now: float, period_s: float) -> float:
        """Count one call for that purpose and reserve the org's next slot, in one transaction.
        Returns the seconds until then.

        Slots of an org are at least `period_s` apart, for all processes. If the clock is set back,
        the slots start again.
        """
        ...

    def note_usage(self, org_id: str, used: int, limit: int, now: float) -> None:
        """Store the org's reported usage, unless a newer report is stored."""
        ...

    def allocation(self, org_id: str, now: float) -> Allocation:
        """The org's last reported usage, and our calls of the 24 hours before `now`, by purpose."""
        ...
