"""Provisioning: look, plan, make what is missing, read back what became of it. Speaks to ports
alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zsf_plugin.model import FieldSpec, OrgFacts, PermissionSetSpec
from zsf_plugin.ports import Crm, Metadata
from zsf_plugin.provision.applying import ItemOutcome, ProvisionRun
from zsf_plugin.provision.plan import (
    ID_FIELDS,
    PERMISSION_SET,
    ProvisionItem,
    ProvisionPlan,
    field_mismatches,
    plan,
    shown_field,
)
from zsf_plugin.provision.reasons import PlanReason

#: What asking for the facts anew costs in API calls (`Crm.facts`).
_FACTS = 1


@dataclass(frozen=True, slots=True)
class Looked:
    """A plan, and the API calls that looking took."""

    plan: ProvisionPlan
    calls: int


@dataclass(frozen=True, slots=True)
class Applied:
    """A run: `plan` as it was, with what turned out to be refused as `cannot`; `steps` in order."""

    plan: ProvisionPlan
    steps: tuple[ItemOutcome, ...]

    @property
    def complete(self) -> bool:
        """Whether all that is wanted is there by now, and as it should be."""
        return not self.plan.has_gaps and all(step.state != "wrong" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Makes wanted fields in one org, and the permission set that shows them to the connected user.

    Both methods raise Unavailable, QuotaReached and ReconnectRequired; what was made until then
    stays.
    """

    crm: Crm
    metadata: Metadata
    wanted: Sequence[FieldSpec] = ID_FIELDS
    permission_set: PermissionSetSpec = PERMISSION_SET

    def look(self) -> Looked:
        """What is there, and what would be made. Writes nothing."""
        return self._looked(self.crm.facts(refresh=True))

    def apply(
        self, looked: Looked, on_step: Callable[[ItemOutcome], None] = lambda _: None
    ) -> Applied:
        """Make what the plan says, then ask for the describes anew. Nothing to make costs
        nothing."""
        if not looked.plan.todo:
            return Applied(looked.plan, ())
        run = ProvisionRun(self.metadata, self._replan, on_step)
        run.carry_out(looked.plan)
        outcome = run.outcome(looked.plan)
        self._read_back(outcome, run)
        return Applied(outcome, tuple(run.steps))

    def _read_back(self, outcome: ProvisionPlan, run: ProvisionRun) -> None:
        """Ask for the describes again, and note how each field shows."""
        facts = self.crm.facts(refresh=True)
        for line in outcome.lines:
            if line.kind == "field" and line.state != "cannot" and line.spec is not None:
                run.note(_as_shown(line, line.spec, facts))

    def _replan(self) -> ProvisionPlan:
        """The plan of now. The describes of before will do: what was made since is told by the
        setup rows."""
        return self._looked(self.crm.facts()).plan

    def _looked(self, facts: OrgFacts) -> Looked:
        found = self.metadata.inspect(self.wanted, self.permission_set, facts)
        return Looked(plan(self.wanted, self.permission_set, found), found.calls + _FACTS)


def _as_shown(line: ProvisionItem, spec: FieldSpec, facts: OrgFacts) -> ItemOutcome:
    """The field as the describe shows it now; a grant may take a minute to show (§8)."""
    shown = shown_field(facts.describes.get(spec.granted_on[0]), spec)
    if shown is None:
        return ItemOutcome(line, "not_visible", PlanReason("not_shown_yet"))
    wrong = field_mismatches(spec, shown)
    if wrong:
        return ItemOutcome(line, "wrong", PlanReason("not_as_wanted", faults=wrong))
    return ItemOutcome(line, "visible")
