"""Provisioning: inspect the org, plan, create what is missing, read the result back. Uses ports
only."""

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

#: API calls to fetch the facts again (`Crm.facts`).
_FACTS_CALLS = 1


@dataclass(frozen=True, slots=True)
class Inspection:
    """A plan, and the API calls that the inspection took."""

    plan: ProvisionPlan
    calls: int


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A run: the original `plan` with refused items as `cannot`; `steps` in order."""

    plan: ProvisionPlan
    steps: tuple[ItemOutcome, ...]

    @property
    def complete(self) -> bool:
        """Whether everything wanted exists now, and is as wanted."""
        return not self.plan.has_gaps and all(step.state != "wrong" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Creates wanted fields in one org, and the permission set that grants them to the connected
    user.

    Both methods raise Unavailable, QuotaReached and ReconnectRequired; what was created before
    stays.
    """

    crm: Crm
    metadata: Metadata
    wanted: Sequence[FieldSpec] = ID_FIELDS
    permission_set: PermissionSetSpec = PERMISSION_SET

    def inspect(self) -> Inspection:
        """Find what exists, and plan what to create. Writes nothing."""
        return self._inspect(self.crm.facts(refresh=True))

    def apply(
        self, inspection: Inspection, on_step: Callable[[ItemOutcome], None] = lambda _: None
    ) -> ApplyResult:
        """Create what the plan lists, then fetch the describes again. Without anything to create,
        no call is made."""
        if not inspection.plan.todo:
            return ApplyResult(inspection.plan, ())
        run = ProvisionRun(self.metadata, self._replan, on_step)
        run.carry_out(inspection.plan)
        outcome = run.outcome(inspection.plan)
        self._read_back(outcome, run)
        return ApplyResult(outcome, tuple(run.steps))

    def _read_back(self, outcome: ProvisionPlan, run: ProvisionRun) -> None:
        """Fetch the describes again, and report whether each field is visible."""
        facts = self.crm.facts(refresh=True)
        for line in outcome.lines:
            if line.kind == "field" and line.state != "cannot" and line.spec is not None:
                run.note(_as_shown(line, line.spec, facts))

    def _replan(self) -> ProvisionPlan:
        """A new plan. The cached describes are enough: setup queries show what was created
        since."""
        return self._inspect(self.crm.facts()).plan

    def _inspect(self, facts: OrgFacts) -> Inspection:
        found = self.metadata.inspect(self.wanted, self.permission_set, facts)
        return Inspection(plan(self.wanted, self.permission_set, found), found.calls + _FACTS_CALLS)


def _as_shown(line: ProvisionItem, spec: FieldSpec, facts: OrgFacts) -> ItemOutcome:
    """The field in the describe now; a grant may take a minute to take effect (§8)."""
    shown = shown_field(facts.describes.get(spec.granted_on[0]), spec)
    if shown is None:
        return ItemOutcome(line, "not_visible", PlanReason("not_shown_yet"))
    wrong = field_mismatches(spec, shown)
    if wrong:
        return ItemOutcome(line, "wrong", PlanReason("not_as_wanted", faults=wrong))
    return ItemOutcome(line, "visible")
