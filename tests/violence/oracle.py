"""The oracle: compares the org with the events that were fed, using the independent audit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.audit.audit import Audit
from tests.violence.backlog import Call
from tests.violence.processes import EmulatorProcess
from tests.violence.scenario import Scenario

_KINDS = (
    (
        "twice",
        re.compile(
            r": [2-9]\d* (people|Accounts), not one|: on \d+ records|is logged and was not sent"
        ),
    ),
    ("lost", re.compile(r": 0 people, not one|: no Account|is not logged")),
    ("blanked", re.compile(r"is blank$")),
)


@dataclass(frozen=True, slots=True)
class OracleReport:
    """The problems in org and outbox at the end. `findings` are sentences; empty means no problem."""

    findings: tuple[str, ...]
    lost: int
    twice: int
    blanked: int


def find_problems(scenario: Scenario) -> OracleReport:
    """Check that nothing is lost, duplicated or blanked, and that every entry is finished or held
    with a cause."""
    found = audited(scenario.emulator, scenario.events, scenario.mode)
    kinds = audit_kinds(found)
    counted = {name: kinds[name] for name, _ in _KINDS}
    return OracleReport((*scenario.findings, *found, *_outbox(scenario)), **counted)


def audited(emulator: EmulatorProcess, events: Sequence[Call], mode: str) -> list[str]:
    """What the audit finds in that org, to which these events belong."""
    users = {
        str(row["Email"]).casefold(): str(row["Id"]) for row in emulator.control("GET", "users")
    }
    return Audit(emulator.control("GET", "records"), list(events), mode, users).findings()


def audit_kinds(found: Sequence[str]) -> Counter[str]:
    """How many of these findings say that something is lost, is there twice, or was blanked."""
    return Counter(
        {name: sum(bool(pattern.search(one)) for one in found) for name, pattern in _KINDS}
    )


def _outbox(scenario: Scenario) -> list[str]:
    findings: list[str] = []
    fed = {(call["workspace"], call["event_id"]) for call in scenario.events}
    kept = 0
    for workspace, counts in scenario.counts().items():
        kept += counts.done + counts.skipped + counts.held + counts.pending + counts.writing
        if counts.pending or counts.writing:
            findings.append(
                f"{workspace}: {counts.pending} entries pending, {counts.writing} writing"
            )
    if kept != len(fed):
        findings.append(f"{len(fed)} events were fed, {kept} entries are kept")
    findings += [
        f"entry {entry.id} is held without a cause"
        for entry in scenario.held()
        if entry.cause is None
    ]
    if scenario.reconnected > scenario.grants_at_risk:
        findings.append(
            f"asked to sign in again {scenario.reconnected} times; {scenario.grants_at_risk} grants were at risk"
        )
    return findings
