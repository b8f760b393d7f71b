"""What looking found, told on a page: steps with the way to their records. Pure.

Words are the catalogue's; links and what is said once are this page's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import capital, clipped
from zsf_plugin.console.presenters.records import record_url
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.steps import FINDINGS, FOUND_BY_ON_A_PAGE
from zsf_plugin.messages.text import filled, step_text
from zsf_plugin.model import Connection, Step

_MAX_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for: `found` marks what there was; `url` opens it."""

    text: str
    found: bool
    url: str | None = None


def findings(
    steps: Sequence[Step], made: Collection[str], connection: Connection | None
) -> tuple[Finding, ...]:
    """What looking found, as far as it was kept; what was created (`made`, its objects) had not
    been there."""
    found: list[Finding] = []
    for step in steps:
        finding = _finding(step, made, connection)
        if finding is not None:
            found.append(finding)
    return (*found, *_owners(steps))


def _finding(step: Step, made: Collection[str], connection: Connection | None) -> Finding | None:
    match step.code:
        case "found":
            return _found(step, connection)
        case "already_logged" | "chosen":
            return Finding(_said(step), True, _url(step, connection))
        case "several" | "unlinked":
            return Finding(_said(step), False)
        case "unmatched":
            return Finding(filled(FINDINGS["unmatched"], step), False)
        case "created" if step.object in made:
            who = "Contact or Lead" if step.object in PEOPLE else step.object
            return Finding(filled(FINDINGS["created"], step, who=who), False)
    return None


def _found(step: Step, connection: Connection | None) -> Finding:
    """“Contact by Email: one”, with the way to it."""
    which = "one" if step.data.get("record") is not None else "in the same batch"
    by = FOUND_BY_ON_A_PAGE.get(str(step.data.get("by")))
    template = FINDINGS["found"]
    more = {"which": which} if by is None else {"which": which, "by": by}
    return Finding(filled(template, step, **more), True, _url(step, connection))


def _owners(steps: Sequence[Step]) -> list[Finding]:
    """Who owns what was created, said once where it is the same for all of it."""
    owners: list[Step] = []
    for step in steps:
        alike = any((step.code, step.data) == (one.code, one.data) for one in owners)
        if step.code in ("owned", "no_owner") and not alike:
            owners.append(step)
    found: list[Finding] = []
    for step in owners:
        whose = "Owner" if len(owners) == 1 else f"Owner of the {step.object}"
        owned = step.code == "owned"
        found.append(Finding(f"{whose}: {FINDINGS['owned'] if owned else step_text(step)}", owned))
    return found


def _url(step: Step, connection: Connection | None) -> str | None:
    record = step.data.get("record")
    return record_url(connection, record) if isinstance(record, str) else None


def _said(step: Step) -> str:
    return clipped(capital(step_text(step)), _MAX_LENGTH)
