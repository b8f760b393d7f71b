"""What was checked and found: each finding with the step that mends it. Makes no check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from zsf_plugin.messages.doctor import CHECKED, DOCTOR, SKIPPED, Severity
from zsf_plugin.model import JsonObject

CheckState = Literal["ok", "findings", "skipped"]


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing that is wrong: a stable code, what it is, and `hint`, what to do."""

    code: str
    severity: Severity
    message: str
    hint: str


def finding(code: str, **data: object) -> DoctorFinding:
    """The finding with that code, in words over `data`."""
    words = DOCTOR[code]
    message, hint = words.message.format_map(data), words.hint.format_map(data)
    return DoctorFinding(code, words.severity, message, hint)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to: what is wrong, and the values of its text if nothing is."""

    findings: Sequence[DoctorFinding] = ()
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, how it ended, and in words what it saw, or why it was not made."""

    name: str
    state: CheckState
    text: str
    findings: tuple[DoctorFinding, ...] = ()


def checked(name: str, outcome: Outcome) -> Check:
    """The check of that name with its outcome."""
    found = tuple(outcome.findings)
    if found:
        return Check(name, "findings", f"{len(found)} found", found)
    return Check(name, "ok", CHECKED[name].format_map(outcome.data))


def skipped(name: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(name, "skipped", SKIPPED[why])


@dataclass(frozen=True, slots=True)
class Examination:
    """All checks of a workspace, and the API calls that they took."""

    workspace: str
    checks: tuple[Check, ...]
    calls: int

    @property
    def findings(self) -> tuple[DoctorFinding, ...]:
        """What is wrong, in the order of the checks."""
        return tuple(found for check in self.checks for found in check.findings)

    def as_json(self) -> JsonObject:
        """The document of `zsf doctor --json`."""
        return {
            "workspace": self.workspace,
            "findings": [asdict(found) for found in self.findings],
            "checked": [
                {"name": check.name, "state": check.state, "text": check.text}
                for check in self.checks
            ],
            "calls": self.calls,
        }
