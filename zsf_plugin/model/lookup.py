"""Lookups: what the org is asked for, and what it answered; and the searches that need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from zsf_plugin.model.changes import FoundBy
from zsf_plugin.model.describe import Record
from zsf_plugin.model.own_codes import GATEWAY_REFUSED
from zsf_plugin.model.plan import PlannedKey
from zsf_plugin.model.rules import Compare

LookupParts = tuple[tuple[str, Compare, str], ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A query to the org: the records of `object` on which all `parts` match.

    `parts` are (field, compare, value), with the value as planned, not normalised. Each lookup is
    made once per batch. With `merged`, it searches deleted records for those merged into another
    one (`MasterRecordId`).
    """

    object: str
    parts: LookupParts
    merged: bool = False

    @classmethod
    def by_id(cls, object_: str, record_id: str) -> Lookup:
        """The lookup of that record by id."""
        return cls(object_, (("Id", "text", record_id),))


@dataclass(frozen=True, slots=True)
class LookupAnswers:
    """The records that lookups found, and the lookups that Salesforce refuses for good, each with
    the code of its refusal. A refusal says nothing about records: it never means “no such
    record”.

    `by_usual_forms` are the lookups of a field that is only compared as a whole: a record that
    writes the value in another than its usual forms was not found.
    """

    records: Sequence[Record] = ()
    refused: Mapping[Lookup, str] = field(default_factory=dict)
    by_usual_forms: frozenset[Lookup] = frozenset()


#: Why a search cannot be made: the object is hidden; the field does not exist or is hidden, is
#: encrypted, or cannot be filtered by for another reason; Salesforce refused the search; or
#: something on the way to it did.
UnaskedReason = Literal[
    "object_hidden", "hidden", "encrypted", "not_filterable", "refused", "gateway"
]


class Unasked(NamedTuple):
    """Why a search was not made: then nothing found never means that there is no such record.
    `field` is the field to blame, if one is; `code` is Salesforce's code of a refusal, or a
    gateway's status (`HTTP 403`)."""

    reason: UnaskedReason
    field: str | None = None
    code: str | None = None

    @classmethod
    def by_refusal(cls, code: str) -> Unasked:
        """That of a search that was refused with that code."""
        by_gateway, _, status = code.partition(" ")
        if by_gateway == GATEWAY_REFUSED:
            return cls("gateway", code=f"HTTP {status}")
        return cls("refused", code=code)


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """One way to search for a record: those of `object` on which every part of `key` compares
    equal.

    `key` has the org's spelling of the fields; `fields` has that of the rules, for an external ID
    or match key. A search that is `unasked` has no comparisons.
    """

    object: str
    found_by: FoundBy
    key: PlannedKey
    fields: tuple[str, ...] = ()
    unasked: Unasked | None = None

    def parts(self, company: Record | None, *, partly: bool = False) -> LookupParts | None:
        """The comparisons, with the company's id filled in. If a part needs an unknown company:
        None, or with `partly` the other comparisons. None if it cannot be asked."""
        if self.unasked is not None:
            return None
        parts = []
        for part in self.key:
            value = part.value
            if value is None and company is not None:
                value = company.id
            if value is not None:
                parts.append((part.field, part.compare, value))
        return tuple(parts) if partly or len(parts) == len(self.key) else None
