"""The oracle: compares the org with the events that were fed, using the independent audit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.audit.audit import Audit
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
    emulator = scenario.emulator
    users = {
        str(row["Email"]).casefold(): str(row["Id"]) for row in emulator.control("GET", "users")
    }
    audited = Audit(
        emulator.control("GET", "records"), scenario.events, scenario.mode, users
    ).findings()
    counted = {name: sum(bool(pattern.search(one)) for one in audited) for name, pattern in _KINDS}
    return OracleReport((*scenario.findings, *audited, *_outbox(scenario)), **counted)


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
