"""The objects on which the Zaplify ID field cannot be used, by what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from zsf_plugin.model import ACTIVITY, OrgFacts
from zsf_plugin.provision.plan import ProvisionItem, ProvisionPlan

#: `hidden`: it exists, and the connected user does not see it. `unknown`: they do not see it, and
#: may not look whether it exists; `refused`: they do not see it, and Salesforce refused to say;
#: `unseen`: they do not see the object. `unfit`: it is defined otherwise. `read_only`: they see it,
#: and may not fill it.
IdFieldGap = Literal["missing", "hidden", "unknown", "refused", "unseen", "unfit", "read_only"]
#: Why nothing is known of a field, by the code of its line.
_UNKNOWN_BECAUSE: Mapping[str, IdFieldGap] = {
    "setup_refused": "refused",
    "object_hidden": "unseen",
}
#: The objects that have the field, and where it is created.
_PLACES = {"Lead": "Lead", "Contact": "Contact", "Account": "Account", "Task": ACTIVITY}


def id_field_gaps(facts: OrgFacts, plan: ProvisionPlan) -> Mapping[IdFieldGap, tuple[str, ...]]:
    """The places (Lead, Contact, Account, Activity) with each gap."""
    fields = {line.object: line for line in plan.lines if line.kind == "field"}
    grants = {line.object: line for line in plan.lines if line.kind == "permission"}
    gaps: dict[IdFieldGap, tuple[str, ...]] = {}
    for name, place in _PLACES.items():
        gap = _gap_of(facts.id_fields.get(name), fields.get(place), grants.get(name))
        if gap is not None:
            gaps[gap] = (*gaps.get(gap, ()), place)
    return gaps


def without_id_field(facts: OrgFacts) -> list[str]:
    """The objects on which the connected user cannot read the field and search by it."""
    return [name for name in _PLACES if facts.id_fields.get(name) is None]


def _gap_of(
    visible: str | None, field: ProvisionItem | None, grant: ProvisionItem | None
) -> IdFieldGap | None:
    if field is not None and field.unfit:
        return "unfit"
    if visible is None:
        return _hidden_gap(field)
    return "read_only" if grant is not None and grant.state != "present" else None


def _hidden_gap(field: ProvisionItem | None) -> IdFieldGap:
    """What is known of a field that the connected user does not see."""
    if field is None or field.state == "add":
        return "missing"
    if field.state == "present":
        return "hidden"
    return _UNKNOWN_BECAUSE.get(field.reason.code if field.reason else "", "unknown")
