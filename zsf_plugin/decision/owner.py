"""Owner: the Salesforce user with the event's user's e-mail, or nobody with the reason. Sent on
create only."""

from __future__ import annotations

from zsf_plugin.decision.matching import owner_candidates
from zsf_plugin.model import Json, NoOwner, ObjectDescribe, Plan, Step, World


def owner_value(plan: Plan, world: World, describe: ObjectDescribe) -> tuple[dict[str, Json], Step]:
    """`OwnerId` where exactly one active user has the e-mail; the reason either way."""
    field = describe.field("OwnerId")
    users = owner_candidates(plan, world)
    why: NoOwner
    if field is None or not field.createable:
        why = "not_writable"
    elif plan.owner_email is None:
        why = "no_email"
    elif not users:
        why = "no_user"
    elif len(users) > 1:
        why = "several_users"
    else:
        user = users[0].id
        return {field.name: user}, Step("owned", describe.name, data={"user": user})
    return {}, Step("no_owner", describe.name, data={"why": why})
