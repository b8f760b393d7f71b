"""What an event costs in API calls: a bound before looking, counts after. Asks nothing; what
looking took is handed in.

The figures of each operation, and what may come on top, are in docs/call-budget.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.model import Link, LinkKey, Plan

#: One look, one write, one for the describes where they are not cached...
_USUAL = 3
#: ...and one look more for an activity: where Task has no field for our id, it is looked for once
#: its person is known.
_ACTIVITY = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """API calls. `looked`: what looking took, None where nobody looked. `to_write`: what writing
    the changes takes, nothing refused; None where they are not known. `at_most`: what syncing the
    event takes, unless its record moved on since (merged, converted, deleted: a look or two more)
    or Salesforce refuses."""

    looked: int | None
    to_write: int | None
    at_most: int


NOTHING = Cost(0, 0, 0)


def bound(plan: Plan, links: Mapping[LinkKey, Link]) -> Cost:
    """Before anybody looked: nothing where the event was left done and nothing of it has changed
    since."""
    most = _ACTIVITY if plan.kind == "touchpoint" else _USUAL
    return Cost(None, None, 0 if _was_left_done(plan, links) else most)


def counted(looked: int, to_write: int) -> Cost:
    """After looking."""
    return Cost(looked, to_write, looked + to_write)


def _was_left_done(plan: Plan, links: Mapping[LinkKey, Link]) -> bool:
    """Whether the event was left done and nothing of it has changed, as far as it can be told
    without the org's describes."""
    if plan.kind == "touchpoint":
        return plan.targets["Task"].link in links
    return _is_of_plan(links.get(plan.targets["Lead"].link), plan)


def _is_of_plan(link: Link | None, plan: Plan) -> bool:
    """Whether a link remembers the plan: its digest stands before that of the describes."""
    return link is not None and link.plan_digest.partition(":")[0] == plan.digest
