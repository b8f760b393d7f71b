"""Owner: the Salesforce user with the event's user's e-mail, or nobody with the reason. Sent on
create only."""

from __future__ import annotations

from zsf_plugin.decision.matching import owner_candidates
from zsf_plugin.model.changes import Step
from zsf_plugin.model.describe import ObjectDescribe
from zsf_plugin.model.json import Json
from zsf_plugin.model.plan import Plan
from zsf_plugin.model.world import World


def owner_value(plan: Plan, world: World, describe: ObjectDescribe) -> tuple[dict[str, Json], Step]:
    """`OwnerId` where exactly one active user has the e-mail; the reason either way."""
    users = owner_candidates(plan, world)
    field = describe.field("OwnerId")
    if field is None or not field.createable:
        return {}, Step("owner", "no owner sent: the connected user may not set it", describe.name)
    if len(users) == 1:
        return {field.name: users[0].id}, Step(
            "owner", f"owned by user {users[0].id}", describe.name
        )
    if plan.owner_email is None:
        return {}, Step("owner", "no owner sent: the event names no user's e-mail", describe.name)
    many = "several active users have" if users else "no active user has"
    return {}, Step("owner", f"no owner sent: {many} that e-mail", describe.name)
