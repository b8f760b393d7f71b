"""Causes as the page shows them: how many wait, what it means, what to do, and which button helps.
Pure.

Groups of one code, object and field are one cause here, whatever rules they were held under: they
go away together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from zsf_plugin.console.labels import count, sentence
from zsf_plugin.console.telling.sources import named
from zsf_plugin.decision import causes
from zsf_plugin.decision.refusals import REFUSALS, UNKNOWN
from zsf_plugin.model.cause import OUTCOME_UNCLEAR, PERSON_MISSING, SEVERAL_MATCH, Cause
from zsf_plugin.model.event import Kind
from zsf_plugin.ports.store import HeldGroup

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
        return self.code not in (OUTCOME_UNCLEAR, causes.INVALID_EVENT)

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
        return self.code != causes.INVALID_EVENT


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


def cause_told(cause: Cause, labels: Labels, kind: Kind = "purchase") -> HeldCause:
    """The cause of one entry of that kind."""
    return of_kind(_cause_of(cause.group, [HeldGroup(cause, 1, 0.0)], labels), kind)


def of_kind(cause: HeldCause, kind: Kind) -> HeldCause:
    """The cause in the words for what its entries are."""
    if kind == "purchase":
        return cause
    return replace(cause, title=cause.title.replace("The purchase has", "The activity has"))


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
    if cause.code in (causes.DOES_NOT_FIT, causes.REQUIRED_EMPTY) and "picklist" in cause.text:
        return "picklist"
    if cause.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" and cause.field:
        return "picklist"
    return _FIXES.get(cause.code, "retry")


def _words(cause: Cause, fix: Fix, labels: Labels) -> tuple[str, str]:
    """(what it is, what to do about it)."""
    object_ = cause.object or "record"
    label = labels(object_, cause.field) if cause.field else ""
    if fix == "picklist":
        return f"A value is not in the picklist {object_} {label}", _PICKLIST
    if cause.code == SEVERAL_MATCH:
        whom = "company" if object_ == "Account" else "prospect"
        return (
            f"Several {object_}s match one {whom}",
            "We don’t guess. Choose one here, or choose a policy for all.",
        )
    if cause.code == causes.INVALID_EVENT:
        return broken(
            cause
        ), "Copy the report for Zaplify, who send it again as a new event; then drop it here."
    if fix == "fill" and label:
        todo = (
            f"Salesforce refuses every new {object_} without it. Map a field or choose a "
            f"fixed value."
        )
        return f"{object_} needs {label}, and nothing fills it", todo
    if cause.code in _OWN:
        title, todo = _OWN[cause.code]
        return title.format(object=object_), todo.format(object=object_)
    return _refused(cause, object_, label)


def broken(cause: Cause) -> str:
    """What is wrong with a call of Zaplify's, without the place in its document."""
    pointer, _, reason = cause.text.partition(": ")
    if pointer == "/prospect/id" and reason in _LACKING:
        return "The purchase has no prospect id, so we can’t know whom it means"
    what = named(pointer.removeprefix("/").replace("/", "."))
    label = what.label if what is not None else _said(pointer)
    needs = reason.partition(", not ")[0].replace(" or null", "")
    return f"A value that Zaplify sent is not what was agreed: {label} {needs}"


def _said(pointer: str) -> str:
    """`/touchpoint/sent_at` as people say it."""
    last = [part for part in pointer.split("/") if part and not part.isdigit()][-1:]
    return (last[0].replace("_", " ") if last else "the call").capitalize()


def _refused(cause: Cause, object_: str, label: str) -> tuple[str, str]:
    """Salesforce's refusal in our words; its own stand one click away."""
    where = f"{object_} {label}".strip()
    if cause.code not in REFUSALS and cause.code != causes.DOES_NOT_FIT:
        return (
            f"{where}: {UNKNOWN.why} ({cause.code})",
            "Read what Salesforce said, change what it names, then retry.",
        )
    known = REFUSALS.get(cause.code, UNKNOWN)
    why = cause.text.partition(": ")[2] if cause.code == causes.DOES_NOT_FIT else known.why
    advice = cause.advice if cause.code == causes.DOES_NOT_FIT else known.advice
    return f"{where}: {why}", ADVICE.get(cause.code, advice)


#: What the schema says of an id that is not there.
_LACKING = (
    "is missing",
    "must not be empty",
    "must be a text that is not blank",
    "must be a text, not null",
)
_PICKLIST = "The picklist in Salesforce doesn’t know what Zaplify says. Say once what to write."

_OWN: Mapping[str, tuple[str, str]] = {
    PERSON_MISSING: (
        "The person is not in Salesforce yet",
        (
            "These touchpoints wait for their prospect. They go out by themselves as soon as it "
            "is purchased or found."
        ),
    ),
    OUTCOME_UNCLEAR: (
        "The connection broke while a {object} was written",
        (
            "Nobody can tell from here whether it is there. Look in Salesforce: drop the entry "
            "if it is, retry it if not."
        ),
    ),
    causes.OBJECT_HIDDEN: (
        "The connected user may not create a {object}",
        (
            "In Salesforce, give the connected user Read, Create and Edit on {object}. Then the "
            "entries go out."
        ),
    ),
    causes.PERSON_ACCOUNT: (
        "The person is a person account",
        "Person accounts are not written. Fill its fields in Salesforce; or map nothing that "
        "it lacks, "
        "and it is connected as it is.",
    ),
    causes.NO_CLOSED_STATUS: (
        "Salesforce shows no closed status for activities",
        "Let the connected user read Task Status, or map Status for activities.",
    ),
    causes.DEFECT: (
        "Zaplify’s plugin met a fault of its own",
        "Nothing of these was written. Copy the report for Zaplify; retry after an update.",
    ),
    "DUPLICATES_DETECTED": (
        "Salesforce says a duplicate of a {object} exists",
        "Open the records that it names: merge or correct them, then retry. Where it names none, "
        "Salesforce says a duplicate exists that this user may not see.",
    ),
    "DUPLICATE_VALUE": (
        "Salesforce says a duplicate exists that this user may not see",
        (
            "Share that {object} with the connected user, or clear its value in Salesforce, then "
            "retry."
        ),
    ),
}

#: What to do, where the command line's advice names commands.
ADVICE: Mapping[str, str] = {
    causes.DOES_NOT_FIT: "Map another field, or let the value be left out.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Satisfy the rule by a mapping, or exempt the "
    "connected user from it in "
    "Salesforce. What the rule says stands with each entry.",
    "INVALID_FIELD": "Give the connected user access to it in Salesforce, or map another field.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Make the field editable for the connected user, or "
    "unmap it; then refresh "
    "the fields.",
    "ENTITY_IS_LOCKED": "Wait until the approval has ended, then retry.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (
        "The trigger’s developer can say why. Its words stand with each entry."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": (
        "The flow’s builder can say why. Its words stand with each entry."
    ),
    "STORAGE_LIMIT_EXCEEDED": "Free some storage in Salesforce, then retry.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Add the value to the picklist and to the "
    "record type in Salesforce, "
    "or map another value.",
    "FIELD_INTEGRITY_EXCEPTION": (
        "Map the code fields (StateCode, CountryCode), translate the value, or unmap it."
    ),
    "STRING_TOO_LONG": "Let the mapping shorten it, or map a longer field.",
    "INACTIVE_OWNER_OR_USER": "Reactivate the user in Salesforce, or let no owner be sent.",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": (
        "Let somebody else own the record, or let no owner be sent."
    ),
}

_FIXES: Mapping[str, Fix] = {
    SEVERAL_MATCH: "several",
    causes.INVALID_EVENT: "report",
    causes.DEFECT: "report",
    causes.REQUIRED_EMPTY: "fill",
    "REQUIRED_FIELD_MISSING": "fill",
    causes.DOES_NOT_FIT: "mapping",
    causes.NO_CLOSED_STATUS: "access",
    causes.OBJECT_HIDDEN: "access",
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
