"""Time zones: whose day decides which date a moment becomes (salesforce-api.md §9 trap 38): that of
the user who owns the record, or will own it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zsf_plugin.decision.matching import OWNER_FIELD, owner_candidates
from zsf_plugin.model import Plan, Record, Target, World, long_id

_USER_PREFIX = "005"


def time_zone(plan: Plan, world: World, object_: str, record: Record | None = None) -> tzinfo:
    """The zone of the record's owner; of a new record, of the user that a rule maps, else of the
    sending user. Theirs too if the owner is a queue or unknown. If nobody in the org has the
    sender's address, it is the connected user's, who owns what is created then; else UTC."""
    owner = owner_by_id(plan.targets[object_], record)
    user = world.records.get(("User", owner)) if owner is not None else None
    if user is None:
        users = owner_candidates(plan, world)
        user = users[0] if len(users) == 1 else None
    key = world.facts.user_zone if user is None else user.values.get("TimeZoneSidKey")
    if isinstance(key, str):
        with suppress(ZoneInfoNotFoundError, ValueError):
            return ZoneInfo(key)
    return UTC


def owner_by_id(target: Target, record: Record | None) -> str | None:
    """The id of the user who owns the record or, without one, whom a rule maps; None if neither
    names a user."""
    if record is not None:
        owner = record.values.get(OWNER_FIELD)
    else:
        planned = target.planned(OWNER_FIELD)
        owner = planned.value if planned is not None else None
    return long_id(owner) if isinstance(owner, str) and owner.startswith(_USER_PREFIX) else None
