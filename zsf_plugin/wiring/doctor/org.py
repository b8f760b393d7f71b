"""Checks of an org as it was read: what the connected user may do there, and what the rules find.
Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zsf_plugin.explain.access import closed_fields, modes_of, object_gaps
from zsf_plugin.model import Rule, Rules
from zsf_plugin.ports import MAX_CLOCK_SKEW_S
from zsf_plugin.provision.gaps import id_field_gaps
from zsf_plugin.wiring.doctor.found import DoctorFinding, Outcome, finding
from zsf_plugin.wiring.doctor.org_reading import OrgReading

#: More fields than these are counted.
MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class OrgChecks:
    """The checks of one org under the rules in force: `merged` for every event, and each of
    them."""

    read: OrgReading
    merged: Rules
    rules: Sequence[Rule]

    def rights(self) -> Outcome:
        """Whether the user may do with each object what the mode takes."""
        user = self.read.connection.username
        gaps = object_gaps(self.read.facts, self.merged, self.rules)
        found = [
            finding("OBJECT_CLOSED", user=user, object=gap.object, lacks=" or ".join(gap.lacks))
            for gap in gaps
        ]
        modes = " and ".join(sorted(modes_of(self.merged, self.rules)))
        return Outcome(found, {"modes": modes})

    def id_field(self) -> Outcome:
        """Whether the ID field exists, is as it should be, and can be seen and filled."""
        return Outcome([*self._id_field_findings()])

    def _id_field_findings(self) -> Iterator[DoctorFinding]:
        plan = self.read.inspection.plan
        reasons = [line.reason.data for line in plan.lines if line.reason is not None]
        error = next((data["error"] for data in reasons if "error" in data), "")
        for gap, places in id_field_gaps(self.read.facts, plan).items():
            code = f"ID_FIELD_{gap.upper()}"
            user = self.read.connection.username
            yield finding(code, places=", ".join(places), user=user, error=error)

    def mapping(self) -> Outcome:
        """Whether every mapped field exists and can be written."""
        closed = closed_fields(self.read.facts, self.merged, self.rules)
        more = len(closed) - MAX_NAMED
        named = ", ".join(closed[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
        return Outcome([finding("FIELDS_CLOSED", fields=named)] if closed else [])

    def task_status(self) -> Outcome:
        """Whether activities can be logged as closed Tasks."""
        status = self.read.facts.closed_status
        is_needed = self.merged.switches.sync_activities
        lacks = status is None and is_needed
        return Outcome([finding("NO_CLOSED_STATUS")] if lacks else [], {"status": status or "-"})

    def clock(self) -> Outcome:
        """Whether this machine's clock agrees with the org's."""
        ahead_s = self.read.ahead_s or 0.0
        if abs(ahead_s) <= MAX_CLOCK_SKEW_S:
            return Outcome()
        direction = "ahead of" if ahead_s > 0 else "behind"
        found = finding("CLOCK_WRONG", seconds=f"{abs(ahead_s):.0f}", direction=direction)
        return Outcome([found])
