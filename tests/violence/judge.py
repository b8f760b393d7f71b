"""The judgement of a scene: the org against what was fed, by the audit that knows nothing of the
product."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.audit.audit import Audit
from tests.violence.scene import Scene

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
class Verdict:
    """What the org and the outbox say at the end. `findings` are sentences; none is well."""

    findings: tuple[str, ...]
    lost: int
    twice: int
    blanked: int


def judge(scene: Scene) -> Verdict:
    """Everything once, nothing lost, nothing blanked; each entry ended, each held one with its
    cause."""
    emulator = scene.emulator
    users = {str(row["Email"]).casefold(): str(row["Id"]) for row in emulator.tell("GET", "users")}
    audited = Audit(emulator.tell("GET", "records"), scene.events, scene.mode, users).findings()
    counted = {name: sum(bool(pattern.search(one)) for one in audited) for name, pattern in _KINDS}
    return Verdict((*scene.findings, *audited, *_outbox(scene)), **counted)


def _outbox(scene: Scene) -> list[str]:
    findings: list[str] = []
    fed = {(call["workspace"], call["event_id"]) for call in scene.events}
    kept = 0
    for workspace, counts in scene.counts().items():
        kept += counts.done + counts.skipped + counts.held + counts.pending + counts.writing
        if counts.pending or counts.writing:
            findings.append(
                f"{workspace}: {counts.pending} entries pending, {counts.writing} writing"
            )
    if kept != len(fed):
        findings.append(f"{len(fed)} events were fed, {kept} entries are kept")
    findings += [
        f"entry {entry.id} is held without a cause" for entry in scene.held() if entry.cause is None
    ]
    if scene.reconnected > scene.grants_at_risk:
        findings.append(
            f"asked to sign in again {scene.reconnected} times; {scene.grants_at_risk} grants were at risk"
        )
    return findings
