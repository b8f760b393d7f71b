"""Plans: what one event asks for, before anything is looked up in Salesforce. Made by
`decision.decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from zsf_plugin.model.changes import Step
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import LinkKey
from zsf_plugin.model.rules import (
    Compare,
    Many,
    Misfit,
    Mode,
    Overwrite,
    SharedMailbox,
    TooLong,
    UnaskedPolicy,
)
from zsf_plugin.model.states import Kind

#: The object created for a new person, by mode.
PERSON_OBJECTS: Mapping[Mode, str] = {"lead": "Lead", "contact": "Contact"}


class PlannedField(NamedTuple):
    """A value planned for one field, with its policies and the rule file it came from (`origin`).

    `value` is the first of the rule's sources that is not blank, `alternatives` are those after it:
    the first that fits the field is written; `default` fills a blank field if none of them fits.
    `is_static` marks a default or constant, which says nothing about the event: it fills a field
    but is never used to match. `is_default` marks a default only; `defaults` are all that a rule
    has for the field: where the org holds one, it holds nothing of a person's. `refused` are the
    values, as they were written, that Salesforce refused in this batch, each with its code: they
    count as values that do not fit. Of `alternatives`, `static` are those that are static, and
    `fallbacks` those that are defaults.
    """

    field: str
    value: Json
    overwrite: Overwrite
    misfit: Misfit
    too_long: TooLong
    origin: str
    is_static: bool = False
    is_default: bool = False
    alternatives: tuple[Json, ...] = ()
    default: Json = None
    defaults: tuple[Json, ...] = ()
    refused: tuple[tuple[Json, str], ...] = ()
    static: tuple[Json, ...] = ()
    fallbacks: tuple[Json, ...] = ()


class KeyPart(NamedTuple):
    """One comparison of a match key. `value` is None for the company's record, whose id is known
    only once it is found. The first of `value` and `alternatives` that the field can store is
    compared."""

    field: str
    compare: Compare
    value: str | None
    alternatives: tuple[str, ...] = ()


PlannedKey = tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """One object that the event may touch: how to find it and what to fill. `keys` holds only
    usable match keys; `names_none` are the parts of keys left out because the company is a word
    such as `Self-employed`."""

    object: str
    link: LinkKey
    external_id: str
    keys: tuple[PlannedKey, ...]
    fields: tuple[PlannedField, ...]
    names_none: tuple[str, ...] = ()

    def planned(self, name: str) -> PlannedField | None:
        """The planned value for that field, or None."""
        for field in self.fields:
            if field.field == name:
                return field
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event asks for. `targets` is by object: Lead and Contact always (a person may be
    either), Account if the prospect names a company, Task for a touchpoint. `digest` covers
    everything that could change the outcome, `person_digest` what of it is about the person and the
    company. `ignored` are the values of a wrong type that the
    event came with. `arrived` is the event's place in order of arrival (0: not known)."""

    kind: Kind
    event_id: str
    mode: Mode
    targets: Mapping[str, Target]
    owner_email: str | None
    many: Many
    assignment_rules: bool
    save_alerted: bool  # save although a duplicate rule alerts
    digest: str
    person_digest: str
    ignored: tuple[Step, ...] = ()
    shared_mailbox: SharedMailbox = "next_key"
    unasked: UnaskedPolicy = "hold"  # if no record was found by a key that cannot be asked by
    arrived: int = 0

    @property
    def links(self) -> tuple[LinkKey, ...]:
        """The keys of all links that the event may use."""
        return tuple(target.link for target in self.targets.values())
