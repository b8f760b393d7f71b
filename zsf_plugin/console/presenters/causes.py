"""Causes as the page shows them: how many wait, what it means, what to do, and which button helps.
Pure.

Groups of one code, object and field are one cause here, whatever rules they were held under: they
go away together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zsf_plugin.console.labels import capital, count, sentence
from zsf_plugin.console.presenters.sources import named
from zsf_plugin.messages.causes import CAUSES, NO_PROSPECT_ID, NOT_IN_PICKLIST
from zsf_plugin.messages.faults import fault_remedy
from zsf_plugin.messages.text import cause_advice, cause_text, cause_words, filled
from zsf_plugin.model import (
    DEFECT,
    DOES_NOT_FIT,
    INVALID_EVENT,
    NO_CLOSED_STATUS,
    OBJECT_HIDDEN,
    OUTCOME_UNCLEAR,
    PERSON_MISSING,
    REQUIRED_EMPTY,
    SEVERAL_MATCH,
    Cause,
)
from zsf_plugin.ports import HeldGroup

#: What makes a cause go away: `picklist` translates values here, `fill` and `mapping` are rows of
#: the mapping, `several` a choice or a policy, `access` the connected user's rights, `report` words
#: for Zaplify, `look` a look into Salesforce, `retry` the same again once something has changed
#: there, `nothing` needs nobody.
Fix = Literal[
    "picklist", "fill", "mapping", "several", "access", "report", "look", "retry", "nothing"
]

#: (object, field) → what people call the field.
Labels = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class HeldCause:
    """One cause: `group` is what the outbox selects by, `key` a short name for the page. `since`:
    the oldest; `label`: what people call the field."""

    key: str
    group: str
    code: str
    object: str | None
    field: str | None
    entries: int
    since: float
    title: str
    todo: str
    fix: Fix
    label: str = ""

    @property
    def by_itself(self) -> bool:
        """Whether a change of mapping, org or connection releases it without anybody's word."""
        return self.code not in (OUTCOME_UNCLEAR, INVALID_EVENT)

    @property
    def show_words(self) -> str:
        """`Show the entry`, `Show the 19 entries`."""
        return "Show the entry" if self.entries == 1 else f"Show the {count(self.entries)} entries"

    @property
    def goes_with_all(self) -> bool:
        """Whether "all" means it too: who tries an unclear one again has looked for its record, one
        by one."""
        return self.can_retry and self.code != OUTCOME_UNCLEAR

    @property
    def can_retry(self) -> bool:
        """Whether there is anything to try: a call that was not complete left nothing."""
        return self.code != INVALID_EVENT


def key_of(group: str) -> str:
    """A cause's short name: the same for the same cause, safe in an address and as an id."""
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def by_cause(groups: Sequence[HeldGroup], labels: Labels) -> list[HeldCause]:
    """The causes, most entries first."""
    together: dict[str, list[HeldGroup]] = {}
    for group in groups:
        together.setdefault(group.cause.group, []).append(group)
    made = [_cause_of(name, alike, labels) for name, alike in together.items()]
    return sorted(made, key=lambda cause: (-cause.entries, cause.group))


def cause_told(cause: Cause, labels: Labels) -> HeldCause:
    """The cause of one entry."""
    return _cause_of(cause.group, [HeldGroup(cause, 1, 0.0)], labels)


def _cause_of(name: str, groups: Sequence[HeldGroup], labels: Labels) -> HeldCause:
    entries = sum(group.entries for group in groups)
    cause = max(groups, key=lambda group: group.entries).cause
    fix = fix_of(cause)
    title, todo = _words(cause, fix, labels)
    return HeldCause(
        key=key_of(name),
        group=name,
        code=cause.code,
        object=cause.object,
        field=cause.field,
        entries=entries,
        since=min(group.since for group in groups),
        title=title,
        todo=sentence(todo),
        fix=fix,
        label=labels(cause.object or "", cause.field) if cause.field else "",
    )


def fix_of(cause: Cause) -> Fix:
    """What helps against a cause."""
    if cause.data.get("misfit") == "not_in_picklist":
        return "picklist"
    if cause.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" and cause.field:
        return "picklist"
    return _FIXES.get(cause.code, "retry")


def _words(cause: Cause, fix: Fix, labels: Labels) -> tuple[str, str]:
    """(what it is, what to do about it)."""
    if "text" in cause.data:  # stored by an older version
        return capital(cause_text(cause)), cause_advice(cause)
    if cause.code == INVALID_EVENT:
        return broken(cause), cause_words(cause).todo
    words = NOT_IN_PICKLIST if fix == "picklist" else cause_words(cause)
    label = labels(cause.object or "record", cause.field) if cause.field else ""
    known = {"label": label, "whom": "company" if cause.object == "Account" else "prospect"}
    todo = filled(words.todo, cause, **known) or cause_advice(cause)
    if words.title and (label or fix != "fill"):
        return filled(words.title, cause, **known), todo
    place = f"{cause.object or 'record'} {label}".strip()
    code = "" if cause.code in CAUSES else f" ({cause.code})"
    return f"{place}: {filled(words.why, cause)}{code}", todo


def broken(cause: Cause) -> str:
    """What is wrong with a call of Zaplify's, without the place in its document."""
    pointer = cause.field or ""
    if pointer == "/prospect/id" and (
        cause.data.get("fault") in _LACKING or cause.data.get("given") == "null"
    ):
        return NO_PROSPECT_ID
    what = named(pointer.removeprefix("/").replace("/", "."))
    label = what.label if what is not None else _said(pointer)
    title = cause_words(cause).title
    return filled(title, cause, what=label, remedy=fault_remedy(cause.data))


def _said(pointer: str) -> str:
    """`/touchpoint/sent_at` as people say it."""
    last = [part for part in pointer.split("/") if part and not part.isdigit()][-1:]
    return (last[0].replace("_", " ") if last else "the call").capitalize()


#: Faults of an id that is not there.
_LACKING = ("missing", "empty", "blank")

_FIXES: Mapping[str, Fix] = {
    SEVERAL_MATCH: "several",
    INVALID_EVENT: "report",
    DEFECT: "report",
    REQUIRED_EMPTY: "fill",
    "REQUIRED_FIELD_MISSING": "fill",
    DOES_NOT_FIT: "mapping",
    NO_CLOSED_STATUS: "access",
    OBJECT_HIDDEN: "access",
    PERSON_MISSING: "nothing",
    OUTCOME_UNCLEAR: "look",
    **dict.fromkeys(
        (
            "STRING_TOO_LONG",
            "INVALID_EMAIL_ADDRESS",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "FIELD_FILTER_VALIDATION_EXCEPTION",
            "FIELD_INTEGRITY_EXCEPTION",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            "JSON_PARSER_ERROR",
            "MALFORMED_ID",
            "INVALID_FIELD",
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        "mapping",
    ),
    **dict.fromkeys(
        (
            "INVALID_TYPE",
            "INSUFFICIENT_ACCESS",
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        ),
        "access",
    ),
}
