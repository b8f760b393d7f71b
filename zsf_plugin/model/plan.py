"""A plan: what one event asks for, before anyone looked at Salesforce. Plain data, made by
`decision.decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from zsf_plugin.model.event import Kind
from zsf_plugin.model.json import Json
from zsf_plugin.model.link import LinkKey
from zsf_plugin.model.rules import Compare, Many, Misfit, Mode, Overwrite, TooLong

#: The object that a new person becomes.
PERSON_OBJECTS: Mapping[Mode, str] = {"lead": "Lead", "contact": "Contact"}


@dataclass(frozen=True, slots=True)
class PlannedField:
    """A value meant for one field, with its policies and the rule file it came from (`origin`).

    `is_static` marks a value that no data stands behind (a default or a constant): it fills a
    field, and never serves as a match value. `is_default` marks the default alone.
    """

    field: str
    value: Json
    overwrite: Overwrite
    misfit: Misfit
    too_long: TooLong
    origin: str
    is_static: bool = False
    is_default: bool = False


class KeyPart(NamedTuple):
    """One comparison of a match key. `value` None stands for the company's record, known once it
    was found."""

    field: str
    compare: Compare
    value: str | None


PlannedKey = tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """One object that the event may touch: how to find it, what to fill. `keys` hold only usable
    match keys."""

    object: str
    link: LinkKey
    external_id: str
    keys: tuple[PlannedKey, ...]
    fields: tuple[PlannedField, ...]

    def planned(self, name: str) -> PlannedField | None:
        """The planned value of that field, or None."""
        for field in self.fields:
            if field.field == name:
                return field
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event asks for. `targets` by object: Lead and Contact always (a person may be
    either), Account where the prospect names a company, Task for a touchpoint. `digest` is over all
    that could change the outcome."""

    kind: Kind
    event_id: str
    mode: Mode
    targets: Mapping[str, Target]
    owner_email: str | None
    many: Many
    assignment_rules: bool
    save_alerted: bool  # what an alerting duplicate rule speaks of is written all the same
    digest: str

    @property
    def links(self) -> tuple[LinkKey, ...]:
        """The links that the event may look at."""
        return tuple(target.link for target in self.targets.values())
