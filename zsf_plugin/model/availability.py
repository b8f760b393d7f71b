"""Availability: whether a workspace's org may be asked now, and if not, why and until when. Plain
data; the words for its codes are in `messages.availability`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zsf_plugin.model.link import Reason

AvailabilityCode = Literal[
    "available",  # it may be asked
    "not_connected",  # the workspace has no org yet
    "reconnect",  # the sign-in ended: a person has to sign in again
    "previewing",  # nothing is sent before the first preview was seen
    "quota",  # the org's API calls, or our share of them, are used: the whole workspace pauses
    "throttled",  # the share of API calls that this purpose may use is used
    "concurrent",  # too many long requests run in the org at once
    "unavailable",  # Salesforce could not be reached, or could not answer
    "in_doubt",  # an answer was lost: nothing is created until it is known what became of it
]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether the org may be asked. `since` and `until` are seconds since 1970; `until` None: until
    a person acts.

    `detail` is what the wire said of it, "" where nothing; for `throttled`, the purpose. `reason`:
    why a person has to sign in again, where that is known.
    """

    code: AvailabilityCode = "available"
    detail: str = ""
    since: float | None = None
    until: float | None = None
    reason: Reason | None = None

    @property
    def may_ask(self) -> bool:
        """Whether a call may be made now."""
        return self.code == "available"


AVAILABLE = Availability()
