"""Records as a page shows them: links into Salesforce, names of fields, values as text, and what
lookups found. No I/O to Salesforce.

Only a record's ID at a valid address of an org becomes a link.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from zsf_plugin.console.labels import Labels, api_name, capital, clipped
from zsf_plugin.console.presenters.sources import place_in_words
from zsf_plugin.decision.search import PEOPLE
from zsf_plugin.messages.steps import FINDINGS, FOUND_BY_ON_A_PAGE
from zsf_plugin.messages.text import filled, step_about_field, step_text
from zsf_plugin.model import Connection, Json, ObjectDescribe, OrgFacts, Step, is_same_org
from zsf_plugin.ports import Entry
from zsf_plugin.wiring.apps import ConsoleApp

_MAX_FINDING_LENGTH = 400
#: Step codes with the shared step text → whether they mean that something was found.
_FOUND: Mapping[str, bool] = {
    "ignored": False,
    "undecided": False,
    "already_logged": True,
    "chosen": True,
    "several": False,
    "other_person": False,
    "names_differ": True,
    "unasked": False,
    "usual_forms": False,
    "unlinked": False,
    "unnamed": False,
    "names_none": False,
    "answer_lost": False,
}
#: Step codes about a value that was not written as it came.
_ADJUSTED = frozenset({"left_out", "parts_left_out", "other_source", "shortened"})
#: Longer values are cut.
_MAX_VALUE_LENGTH = 600
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_API_NAME = re.compile(r"[A-Za-z]\w*")
#: An org's own address, or a loopback address for the emulator; nothing else becomes a link.
_BASE = re.compile(
    r"https://[a-z0-9.-]+|http://(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?"
)
#: (object, id, address) of a record.
NamedRecord: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class KnownOrg:
    """What is known of a workspace's org without a call: its connection and the facts last read."""

    connection: Connection | None
    facts: OrgFacts | None

    def url(self, record_id: str | None) -> str | None:
        """The URL that opens the record, or None."""
        return record_url(self.connection, record_id)

    def only_in(self, org_id: str | None) -> KnownOrg:
        """This org, without addresses if the records are in another one. An org that is not known
        counts as this one."""
        return replace(self, connection=connection_to(org_id, self.connection))

    def label(self, object_: str, name: str) -> str:
        """The field's label; its API name if the field is not known."""
        field = self.facts.field(object_, name) if self.facts else None
        return clipped(field.label) if field and field.label else name

    def describe(self, object_: str) -> ObjectDescribe | None:
        """The describe last read of the object; None if there is none."""
        return self.facts.describes.get(object_) if self.facts else None


def known_org(app: ConsoleApp, workspace: str) -> KnownOrg:
    """What is known of the workspace's org. Raises StoreUnavailable."""
    known = app.orgs.known_facts(workspace)
    return KnownOrg(app.store.connection(workspace), known.facts if known else None)


def connection_to(org_id: str | None, connection: Connection | None) -> Connection | None:
    """The connection if it is to that org, or the org is not known; else None: a record's ID opens
    nothing, or a stranger, in another org."""
    if connection is None or not org_id or is_same_org(connection.org_id, org_id):
        return connection
    return None


def record_url(connection: Connection | None, record_id: str | None) -> str | None:
    """The URL that opens the record, or None."""
    if record_id is None or not _ID.fullmatch(record_id):
        return None
    return _address(connection, record_id)


def field_setup_url(connection: Connection | None, object_: str, field: str) -> str | None:
    """The Setup URL where an admin edits the field, or None."""
    if not (_API_NAME.fullmatch(object_) and _API_NAME.fullmatch(field)):
        return None
    path = f"lightning/setup/ObjectManager/{object_}/FieldsAndRelationships/{field}/view"
    return _address(connection, path)


def _address(connection: Connection | None, path: str) -> str | None:
    """The URL of that path in the org; None if the org's address is not a valid one."""
    base = connection.instance_url.rstrip("/") if connection else ""
    return f"{base}/{path}" if _BASE.fullmatch(base) else None


def record_in(step: Step) -> str | None:
    """The id of the step's record; None if it has none, or a new one."""
    record = step.data.get("record")
    return record if isinstance(record, str) else None


def named_records(entry: Entry, connection: Connection | None) -> tuple[NamedRecord, ...]:
    """The records that Salesforce named in its refusal."""
    connection = connection_to(entry.org_id, connection)
    named = ((step, record_in(step)) for step in entry.steps if step.code == "named")
    return tuple(
        (step.object or "Record", record, url)
        for step, record in named
        if record and (url := record_url(connection, record))
    )


def field_label(describe: ObjectDescribe | None, name: str) -> str:
    """The field's whole label; its API name if the field is not known."""
    field = describe.field(name) if describe is not None else None
    return field.label if field is not None else name


def value_text(value: Json) -> str:
    """A value in words, on one line, cut if it is long; "" for blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    texts = map(value_text, value) if isinstance(value, list) else [str(value)]
    return clipped(", ".join(filter(None, texts)), _MAX_VALUE_LENGTH)


@dataclass(frozen=True, slots=True)
class LookupRow:
    """One lookup: `found` says whether something matched; `url` opens the record."""

    text: str
    found: bool
    url: str | None = None


def findings(
    steps: Sequence[Step],
    made: Collection[str],
    connection: Connection | None,
    label: Labels = api_name,
) -> tuple[LookupRow, ...]:
    """What the lookups found, from the stored steps. `made` are the objects created because nothing
    matched."""
    found = [_finding(_labelled(step, label), made, connection) for step in steps]
    return *filter(None, found), *_owners(steps, connection)


def _labelled(step: Step, label: Labels) -> Step:
    """The step with the labels of its fields in place of their API names."""
    if step.code == "ignored":
        return replace(step, field=place_in_words(step.field or ""))
    name = label(step.object or "", step.field) if step.field else None
    return replace(step, field=name, data=_with_labels(step, label))


def _with_labels(step: Step, label: Labels) -> Mapping[str, Json]:
    """The step's data, with labels in its lists of fields."""
    data = dict(step.data)
    for key in ("fields", "names"):
        names = data.get(key)
        if isinstance(names, list):
            data[key] = [label(step.object or "", str(name)) for name in names]
    return data


@dataclass(frozen=True, slots=True)
class AdjustedValue:
    """A value that was not written as it came: its field, and what became of it."""

    label: str
    text: str


def adjusted_values(steps: Sequence[Step], label: Labels) -> tuple[AdjustedValue, ...]:
    """The values that were left out, shortened or taken from another source. A field's object is
    named if there are several."""
    about = [step for step in steps if step.code in _ADJUSTED and step.field]
    objects = {step.object for step in about}
    return tuple(_adjusted(step, label, is_only=len(objects) == 1) for step in about)


def _adjusted(step: Step, label: Labels, *, is_only: bool) -> AdjustedValue:
    object_, name = step.object or "", label(step.object or "", step.field or "")
    text = clipped(capital(step_about_field(step)), _MAX_FINDING_LENGTH)
    return AdjustedValue(name if is_only else f"{object_} {name}", text)


def _finding(step: Step, made: Collection[str], connection: Connection | None) -> LookupRow | None:
    """The step as a lookup row; None if it is not about a lookup."""
    match step.code:
        case "found":
            return _found(step, connection)
        case "unmatched":
            return LookupRow(filled(FINDINGS["unmatched"], step), False)
        case "created" if step.object in made:
            return _created(step)
        case code if code in _FOUND:
            return _step_row(step, connection)
    return None


def _found(step: Step, connection: Connection | None) -> LookupRow:
    """“Contact by Email: one”, with its link."""
    template = FOUND_BY_ON_A_PAGE.get(str(step.data.get("by")), FINDINGS["found"])
    which = "in the same batch" if step.data.get("record") is None else "one"
    return LookupRow(filled(template, step, which=which), True, _url(step, connection))


def _created(step: Step) -> LookupRow:
    """“Contact or Lead: none, so a new Lead was created”."""
    who = "Contact or Lead" if step.object in PEOPLE else step.object
    return LookupRow(filled(FINDINGS["created"], step, who=who), False)


def _step_row(step: Step, connection: Connection | None) -> LookupRow:
    template = FINDINGS.get(step.code)
    words = capital(filled(template, step) if template else step_text(step))
    return LookupRow(clipped(words, _MAX_FINDING_LENGTH), _FOUND[step.code], _url(step, connection))


def _url(step: Step, connection: Connection | None) -> str | None:
    return record_url(connection, record_in(step))


#: Steps that say who owns a record.
_OWNER_STEPS = frozenset({"owned", "owner_mapped", "no_owner"})


def _owners(steps: Sequence[Step], connection: Connection | None) -> Iterator[LookupRow]:
    """The owners of created records, once if all have the same one."""
    owners = _distinct(step for step in steps if step.code in _OWNER_STEPS)
    for step in owners:
        whose = "Owner" if len(owners) == 1 else f"Owner of the {step.object}"
        yield _owner(step, whose, connection)


def _distinct(steps: Iterable[Step]) -> list[Step]:
    """The steps without those that repeat an earlier one for another object."""
    distinct: list[Step] = []
    for step in steps:
        if not any((step.code, step.data) == (one.code, one.data) for one in distinct):
            distinct.append(step)
    return distinct


def _owner(step: Step, whose: str, connection: Connection | None) -> LookupRow:
    words, owner = FINDINGS.get(step.code) or step_text(step), step.data.get("owner")
    url = record_url(connection, owner) if isinstance(owner, str) else None
    return LookupRow(f"{whose}: {words}", step.code != "no_owner", url)
