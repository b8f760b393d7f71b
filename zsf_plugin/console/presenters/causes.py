"""Causes as the Held page shows them: the number of entries, what it means, what to do, and the
fix. Pure.

Groups with the same code, object and field are one cause here, under any rules: one fix releases
them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Literal

from zsf_plugin.console.labels import Labels, capital, count, sentence
from zsf_plugin.console.presenters.match_settings import MatchName
from zsf_plugin.console.presenters.sources import place_in_words
from zsf_plugin.messages.causes import CAUSES, NO_PROSPECT_ID, NOT_IN_PICKLIST
from zsf_plugin.messages.shape import CauseWords
from zsf_plugin.messages.text import cause_advice, cause_text, cause_words, filled
from zsf_plugin.model import (
    DEFECT,
    DOES_NOT_FIT,
    INVALID_EVENT,
    KEY_NOT_ASKABLE,
    NO_CLOSED_STATUS,
    OBJECT_HIDDEN,
    OUTCOME_UNCLEAR,
    PERSON_MISSING,
    REQUIRED_EMPTY,
    SEVERAL_MATCH,
    SHARED_MAILBOX,
    Cause,
)
from zsf_plugin.ports import HeldGroup

#: How a cause is fixed: `picklist` maps values here, `fill` and `mapping` change the mapping,
#: `choose` is a choice of a record, `access` the connected user's rights, `report` a report to
#: Zaplify, `look` a check in Salesforce, `retry` a retry once something has changed there,
#: `nothing` needs no action.
Fix = Literal[
    "picklist", "fill", "mapping", "choose", "access", "report", "look", "retry", "nothing"
]


@dataclass(frozen=True, slots=True)
class HeldCause:
    """One cause with its number of entries. `since` is the oldest of them; `label` is the label of
    its field."""

    cause: Cause
    entries: int
    since: float
    label: str = ""
    admin_message: str = ""

    @property
    def group(self) -> str:
        """The key of its entries in the outbox."""
        return self.cause.group

    @property
    def key(self) -> str:
        """A short name for the page."""
        return key_of(self.group)

    @property
    def object(self) -> str | None:
        """Its object."""
        return self.cause.object

    @property
    def field(self) -> str | None:
        """The API name of its field."""
        return self.cause.field

    @property
    def fix(self) -> Fix:
        """How it is fixed."""
        return fix_of(self.cause)

    @property
    def setting(self) -> MatchName | None:
        """The setting of matching that holds its entries, if another answer releases them."""
        by_link = self.cause.data.get("fields") == ["Id"]
        return None if by_link else _SETTINGS.get(self.cause.code)

    @property
    def title(self) -> str:
        """What happened."""
        cause, words = self.cause, self._words
        if "text" in cause.data:  # stored by an older version
            return capital(cause_text(cause))
        if cause.code == INVALID_EVENT:
            return invalid_event_title(cause)
        if self.admin_message:
            return f"{self._place}: {self.admin_message}"
        if words.title and (self.label or self.fix != "fill"):
            return self._filled(words.title)
        return f"{self._place}: {filled(words.why, cause)}{self._code}"

    @property
    def todo(self) -> str:
        """What to do."""
        if "text" in self.cause.data:  # stored by an older version
            return sentence(cause_advice(self.cause))
        return sentence(self._filled(self._words.todo) or cause_advice(self.cause))

    @property
    def is_automatic(self) -> bool:
        """Whether a change in mapping, org or connection releases its entries automatically."""
        return self.cause.code not in _DECIDED_BY_PERSON

    @property
    def show_words(self) -> str:
        """`Show the entry`, `Show the 19 entries`."""
        return "Show the entry" if self.entries == 1 else f"Show the {count(self.entries)} entries"

    @property
    def can_retry_with_all(self) -> bool:
        """Whether “Retry all” includes it. In-doubt entries are left out: a person must look for
        the record first."""
        return self.can_retry and self.cause.code != OUTCOME_UNCLEAR

    @property
    def can_retry(self) -> bool:
        """Whether it can be retried: of an invalid event, only IDs are stored."""
        return self.cause.code != INVALID_EVENT

    @property
    def _words(self) -> CauseWords:
        return NOT_IN_PICKLIST if self.fix == "picklist" else cause_words(self.cause)

    @property
    def _place(self) -> str:
        return f"{self.cause.object or 'record'} {self.label}".strip()

    @property
    def _code(self) -> str:
        """Salesforce's code, if the catalogue does not describe it."""
        return "" if self.cause.code in CAUSES else f" ({self.cause.code})"

    def _filled(self, template: str) -> str:
        whom = "company" if self.cause.object == "Account" else "prospect"
        return filled(template, self.cause, label=self.label, whom=whom)


def key_of(group: str) -> str:
    """A short, stable key for a cause, safe in a URL and as an element ID."""
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def merged_by_cause(groups: Iterable[HeldGroup], labels: Labels) -> list[HeldCause]:
    """The causes, most entries first."""
    of_cause = attrgetter("cause.group")
    together = groupby(sorted(groups, key=of_cause), of_cause)
    causes = [_merged([*same], labels) for _, same in together]
    return sorted(causes, key=lambda cause: -cause.entries)


def held_cause(cause: Cause, labels: Labels) -> HeldCause:
    """The cause of one entry."""
    return _merged([HeldGroup(cause, 1, 0.0)], labels)


def _merged(groups: Sequence[HeldGroup], labels: Labels) -> HeldCause:
    """Groups of one cause as one, with the cause of the largest group."""
    cause = max(groups, key=attrgetter("entries")).cause
    return HeldCause(
        cause,
        entries=sum(group.entries for group in groups),
        since=min(group.since for group in groups),
        label=labels(cause.object or "", cause.field) if cause.field else "",
    )


def fix_of(cause: Cause) -> Fix:
    """How the cause is fixed."""
    if cause.data.get("misfit") == "not_in_picklist":
        return "picklist"
    if cause.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" and cause.field:
        return "picklist"
    return _FIXES.get(cause.code, "retry")


def can_mapping_release(cause: Cause) -> bool:
    """Whether a change of the mapping may release entries with that cause: not those that only a
    person can decide on, and no activity."""
    is_of_activity = cause.code == PERSON_MISSING or cause.object == "Task"
    return not is_of_activity and cause.code not in _DECIDED_BY_PERSON


def invalid_event_title(cause: Cause) -> str:
    """What is wrong with an event from Zaplify, without its JSON pointer."""
    pointer = cause.field or ""
    if pointer == "/prospect/id" and _lacks_value(cause):
        return NO_PROSPECT_ID
    title = cause_words(cause).title
    return filled(title, cause, what=place_in_words(pointer))


def _lacks_value(cause: Cause) -> bool:
    return cause.data.get("fault") in _LACKING or cause.data.get("given") == "null"


#: Faults of a missing ID.
_LACKING = ("missing", "empty", "blank")

_DECIDED_BY_PERSON = (OUTCOME_UNCLEAR, INVALID_EVENT)
_SETTINGS: Mapping[str, MatchName] = {
    SEVERAL_MATCH: "many",
    SHARED_MAILBOX: "shared_mailbox",
    KEY_NOT_ASKABLE: "unasked",
    "DUPLICATES_DETECTED": "alerts",
}
_FIXES: Mapping[str, Fix] = {
    SEVERAL_MATCH: "choose",
    SHARED_MAILBOX: "choose",
    INVALID_EVENT: "report",
    DEFECT: "report",
    REQUIRED_EMPTY: "fill",
    "REQUIRED_FIELD_MISSING": "fill",
    DOES_NOT_FIT: "mapping",
    NO_CLOSED_STATUS: "access",
    OBJECT_HIDDEN: "access",
    KEY_NOT_ASKABLE: "access",
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
