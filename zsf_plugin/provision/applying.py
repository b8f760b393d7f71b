"""Applies a plan, one item per call, and reports each outcome. After a lost answer, the org is
inspected before anything is repeated.

A run that was interrupted is continued by the next one. Only our own permission rows are ever
changed, and nothing is deleted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from zsf_plugin.errors import OutcomeUnknown, Rejected, Unavailable
from zsf_plugin.ports import Metadata
from zsf_plugin.provision.plan import Key, ProvisionItem, ProvisionPlan, cannot
from zsf_plugin.provision.reasons import (
    FIELD_FIRST,
    Kind,
    PlanReason,
    is_there,
    lacks_right,
    refusal_reason,
)

StepState = Literal["made", "present", "refused", "skipped", "visible", "not_visible", "wrong"]

#: How many answers may be lost for one item before the run ends.
MAX_LOST_ANSWERS = 2
_LEFT = PlanReason("left")
_FOUND = PlanReason("found_again")


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """The outcome of an item: `made`, `present` (found on a second check), `refused`, `skipped` (it
    depends on a refused item); and, from the describe at the end, `visible`, `not_visible` (yet) or
    `wrong`.
    """

    line: ProvisionItem
    state: StepState
    reason: PlanReason | None = None


@dataclass(slots=True)
class ProvisionRun:
    """One run of a plan. `replan` makes a new plan from the org's present state; `on_step` gets
    each outcome."""

    metadata: Metadata
    replan: Callable[[], ProvisionPlan]
    on_step: Callable[[ItemOutcome], None]
    steps: list[ItemOutcome] = field(default_factory=list, init=False)
    _present: set[Key] = field(default_factory=set, init=False)
    _refused: dict[Key, PlanReason] = field(default_factory=dict, init=False)
    _lacking: dict[Kind, PlanReason] = field(default_factory=dict, init=False)
    _lost_answers: Counter[Key] = field(default_factory=Counter, init=False)
    _set_id: str = field(default="", init=False)

    def carry_out(self, plan: ProvisionPlan) -> None:
        """Create every item to add, in order. Raises as `Metadata`, except for refusals."""
        todo = self._start(plan)
        while todo:
            line = todo.popleft()
            why = self._blocked(line, todo)
            if why is None:
                todo = self._try(line, plan, todo)
            else:
                self._refuse(line, why, "skipped")

    def note(self, step: ItemOutcome) -> None:
        """Record an outcome and report it."""
        self.steps.append(step)
        self.on_step(step)

    def outcome(self, planned: ProvisionPlan) -> ProvisionPlan:
        """The original plan, with items that still do not exist as `cannot`."""
        return replace(planned, lines=tuple(map(self._ended, planned.lines)))

    def _ended(self, line: ProvisionItem) -> ProvisionItem:
        return cannot(line, self._refused.get(line.key, _LEFT)) if self._is_left(line) else line

    def _is_left(self, line: ProvisionItem) -> bool:
        return line.state == "add" and line.key not in self._present

    def _start(self, plan: ProvisionPlan) -> deque[ProvisionItem]:
        """The items of a plan to add; remembers which are present."""
        self._set_id = plan.permission_set_id or self._set_id
        self._present.update(line.key for line in plan.lines if line.state == "present")
        return deque(line for line in plan.todo if line.key not in self._refused)

    def _try(
        self, line: ProvisionItem, plan: ProvisionPlan, remaining: deque[ProvisionItem]
    ) -> deque[ProvisionItem]:
        """Create one item; return what is left to do."""
        try:
            self._make(line, plan)
        except OutcomeUnknown as error:
            self._record_lost_answer(line, error)
            return self._look_again(line)
        except Rejected as error:
            return self._after_refusal(line, error, remaining)
        self._present.add(line.key)
        self.note(ItemOutcome(line, "made"))
        return remaining

    def _make(self, line: ProvisionItem, plan: ProvisionPlan) -> None:
        if line.kind == "field" and line.spec is not None:
            self.metadata.create_field(line.spec)
        elif line.kind == "permission_set":
            self._set_id = self.metadata.create_permission_set(plan.permission_set)
        elif line.kind == "permission":
            self.metadata.grant(self._set_id, line.full_name, line.held)
        else:
            self.metadata.assign(self._set_id)

    def _blocked(self, line: ProvisionItem, remaining: deque[ProvisionItem]) -> PlanReason | None:
        """Why an item need not be tried: an item that it depends on was refused, or the connected
        user has no permission to create its kind."""
        lacks_field = self._lacks_field(line, remaining)
        return self._lacking.get(line.kind, FIELD_FIRST if lacks_field else None)

    def _lacks_field(self, line: ProvisionItem, remaining: deque[ProvisionItem]) -> bool:
        """Whether a permission's field was refused, or all fields that a set would grant."""
        if line.kind == "permission":
            return line.field_key in self._refused
        return line.kind == "permission_set" and not self._has_grants(remaining)

    def _has_grants(self, lines: deque[ProvisionItem]) -> bool:
        """Whether one of the permissions is for a field that was not refused."""
        fields = {line.field_key for line in lines if line.kind == "permission"}
        return not fields <= self._refused.keys()

    def _refuse(
        self, line: ProvisionItem, reason: PlanReason, state: StepState = "refused"
    ) -> None:
        """Record a refused item; without a permission set nothing is granted or assigned."""
        self._refused[line.key] = reason
        if line.kind == "permission_set":
            self._lacking |= {"permission": reason, "assignment": reason}
        self.note(ItemOutcome(line, state, reason))

    def _after_refusal(
        self, line: ProvisionItem, error: Rejected, todo: deque[ProvisionItem]
    ) -> deque[ProvisionItem]:
        """Handle a refusal. “Exists already” is none: someone else created it, or an earlier run
        did, whose answer was lost."""
        reason = refusal_reason(error, line.kind)
        if is_there(error):
            return self._look_again(line, or_refuse=reason)
        if lacks_right(error):
            self._lacking[line.kind] = reason
        self._refuse(line, reason)
        return todo

    def _record_lost_answer(self, line: ProvisionItem, error: OutcomeUnknown) -> None:
        self._lost_answers[line.key] += 1
        if self._lost_answers[line.key] > MAX_LOST_ANSWERS:
            data = {"times": MAX_LOST_ANSWERS + 1, "last": str(error)}
            raise Unavailable("lost_again", data=data) from error

    def _look_again(
        self, line: ProvisionItem, or_refuse: PlanReason | None = None
    ) -> deque[ProvisionItem]:
        """Inspect the org again, record the outcome of the item in doubt, and return what is left
        to do. A missing item is refused for `or_refuse`, or tried again if that is None."""
        plan = self.replan()
        now = next((one for one in plan.lines if one.key == line.key), line)
        self._settle_lost_answer(line, now, or_refuse)
        return self._start(plan)

    def _settle_lost_answer(
        self, line: ProvisionItem, now: ProvisionItem, or_refuse: PlanReason | None
    ) -> None:
        reason = now.reason if now.state == "cannot" else or_refuse
        if now.state == "present":
            self.note(ItemOutcome(line, "present", _FOUND))
        elif reason is not None:
            self._refuse(line, reason)
