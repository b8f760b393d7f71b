"""For how long a create whose answer was lost may still arrive, whatever our clock is set to.
Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsf_plugin.ports import Moment


#: Salesforce may finish a request this long after its caller gave up; "not found" counts only
#: afterwards (design §4).
MAX_ARRIVAL_DELAY_S = 600.0
#: What passed by our clock and by the org's differs by more only if ours was set meanwhile.
MAX_CLOCK_ERROR_S = 30 * 60.0
#: Less than this is over: sums of such times are no more exact.
_ROUNDING_S = 0.001


def elapsed_s(sent: Moment, now: Moment) -> float:
    """The seconds since a create was sent, never less than 0: by our clock, or by the org's if ours
    was set since. Lesser differences go by our own: an org's answer may have been on its way."""
    elapsed = now.at - sent.at
    if sent.at_org is not None and now.at_org is not None:
        in_org = now.at_org - sent.at_org
        if abs(in_org - elapsed) > MAX_CLOCK_ERROR_S:
            elapsed = in_org
    return max(elapsed, 0.0)


def may_arrive_for_s(sent: Moment | None, now: Moment) -> float:
    """For how many seconds a create may still arrive; 0 if none was sent, or the time is over."""
    if sent is None:
        return 0.0
    wait_s = MAX_ARRIVAL_DELAY_S - elapsed_s(sent, now)
    return wait_s if wait_s > _ROUNDING_S else 0.0
