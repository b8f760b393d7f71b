"""What looking found, told on a page: steps with the way to their records. Pure.

Words are the catalogue's; links and what is said once are this page's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsf_plugin.console.labels import capital, clipped
from zsf_plugin.console.presenters.records import record_in, record_url
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.steps import FINDINGS, FOUND_BY_ON_A_PAGE
from zsf_plugin.messages.text import filled, step_text
from zsf_plugin.model import Connection, Step

_MAX_LENGTH = 400
#: Steps that a page shows in the words of any face → whether they tell of something found.
_FOUND: Mapping[str, bool] = {
    "already_logged": True,
    "chosen": True,
    "several": False,
    "unlinked": False,
}


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
    found = [_finding(step, made, connection) for step in steps]
    return *filter(None, found), *_owners(steps)


def _finding(step: Step, made: Collection[str], connection: Connection | None) -> Finding | None:
    """The step as a finding; None for one that tells of none."""
    match step.code:
        case "found":
            return _found(step, connection)
        case "unmatched":
            return Finding(filled(FINDINGS["unmatched"], step), False)
        case "created" if step.object in made:
            return _created(step)
        case code if code in _FOUND:
            return _said(step, connection)
    return None


def _found(step: Step, connection: Connection | None) -> Finding:
    """“Contact by Email: one”, with the way to it."""
    template = FOUND_BY_ON_A_PAGE.get(str(step.data.get("by")), FINDINGS["found"])
    which = "in the same batch" if step.data.get("record") is None else "one"
    return Finding(filled(template, step, which=which), True, _url(step, connection))


def _created(step: Step) -> Finding:
    """“Contact or Lead: none, so a new Lead was created”."""
    who = "Contact or Lead" if step.object in PEOPLE else step.object
    return Finding(filled(FINDINGS["created"], step, who=who), False)


def _said(step: Step, connection: Connection | None) -> Finding:
    words = capital(step_text(step))
    return Finding(clipped(words, _MAX_LENGTH), _FOUND[step.code], _url(step, connection))


def _url(step: Step, connection: Connection | None) -> str | None:
    return record_url(connection, record_in(step))


def _owners(steps: Sequence[Step]) -> Iterator[Finding]:
    """Who owns what was created, said once where it is the same for all of it."""
    owners = _distinct(step for step in steps if step.code in ("owned", "no_owner"))
    for step in owners:
        yield _owner(step, "Owner" if len(owners) == 1 else f"Owner of the {step.object}")


def _distinct(steps: Iterable[Step]) -> list[Step]:
    """The steps, less those that say of another object what one before says."""
    distinct: list[Step] = []
    for step in steps:
        if not any((step.code, step.data) == (one.code, one.data) for one in distinct):
            distinct.append(step)
    return distinct


def _owner(step: Step, whose: str) -> Finding:
    owned = step.code == "owned"
    return Finding(f"{whose}: {FINDINGS['owned'] if owned else step_text(step)}", owned)
