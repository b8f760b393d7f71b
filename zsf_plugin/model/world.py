"""The world: everything `decision.reconcile` may use. Each reconciled entry yields the next world.

Records are found through an index of normal forms, so a batch of a thousand needs no scans.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from rpds import HashTrieMap

from zsf_plugin.model.changes import GATEWAY_REFUSED, FoundBy
from zsf_plugin.model.describe import OrgFacts, Record
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.model.plan import PlannedKey
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.text import as_text, normal_form

RecordKey = tuple[str, str]
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


@dataclass(slots=True, eq=False)
class Index:
    """Normal forms → ids of the records that had them in some version. Append-only; hits are
    verified.

    That makes it safe to share between the worlds of a batch: a stale hit is dropped when the
    record itself is compared.
    """

    _fields: dict[tuple[str, str, Compare], dict[str, dict[str, None]]] = field(
        default_factory=dict
    )
    #: Every version of each object's records, in the order in which they were added.
    _versions: dict[str, list[Record]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Add a record, or a new version of one."""
        self._versions.setdefault(record.object, []).append(record)
        for (object_, name, compare), forms in self._fields.items():
            if object_ == record.object:
                _file(forms, record, name, compare)

    def candidates(self, object_: str, parts: LookupParts) -> Iterable[str]:
        """Ids of records that may match all parts, in the order they were added: those of the part
        that the fewest match."""
        fewest: Mapping[str, None] | None = None
        if object_ not in self._versions:
            return ()
        for name, compare, value in parts:
            forms = self._fields.get((object_, name, compare))
            if forms is None:
                forms = self._fields[(object_, name, compare)] = {}
                for record in self._versions[object_]:
                    _file(forms, record, name, compare)
            wanted = normal_form(compare, value)
            found = forms.get(wanted) if wanted is not None else None
            if not found:
                return ()
            if fewest is None or len(found) < len(fewest):
                fewest = found
        return tuple(fewest or ())


def _file(forms: dict[str, dict[str, None]], record: Record, name: str, compare: Compare) -> None:
    form = form_of(record, name, compare)
    if form is not None:
        forms.setdefault(form, {})[record.id] = None


def form_of(record: Record, name: str, compare: Compare) -> str | None:
    """The normal form of the record's value in that field; None if it has none."""
    text = as_text(record.value_of(name))
    return normal_form(compare, text) if text is not None else None


@dataclass(frozen=True, slots=True)
class World:
    """What is known while a batch is reconciled. Links and records are in maps that are cheap to
    add to, since each entry of a batch makes a world of its own.

    `facts` are the org's own; `links` include those of this batch; `records` are the rows found, as
    they will be after the entries reconciled so far; `answered` are the lookups already made (an
    empty result counts too); `refused` are those among them that Salesforce refused, with the code;
    `by_usual_forms` are those that were searched by the usual forms of their value only;
    `claimed` are the ids of Tasks already linked to a touchpoint; `created_count` is the number of
    records this batch creates so far; `now` is when the org was looked at (seconds since 1970).
    `index`, `searches` and `probes` are caches shared with every world derived from this one:
    `searches` maps (a person's digest, object) to the searches for the person or company under
    these facts, without its link; `probes` maps (a plan's digest, time zone) to what identifies its
    Task besides the person.
    """

    facts: OrgFacts
    links: Mapping[LinkKey, Link] = field(default_factory=dict)
    records: Mapping[RecordKey, Record] = field(default_factory=dict)
    answered: frozenset[Lookup] = frozenset()
    refused: Mapping[Lookup, str] = field(default_factory=dict)
    by_usual_forms: frozenset[Lookup] = frozenset()
    claimed: frozenset[str] = frozenset()
    created_count: int = 0
    now: float = 0.0
    index: Index = field(default_factory=Index, repr=False, compare=False)
    searches: dict[tuple[str, str], tuple[RecordSearch, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    probes: dict[tuple[str, str], LookupParts] = field(
        default_factory=dict, repr=False, compare=False
    )

    def matching(self, object_: str, parts: LookupParts) -> tuple[Record, ...]:
        """The records of that object on which all parts match exactly, in the order they were
        added."""
        found = []
        for record_id in self.index.candidates(object_, parts):
            record = self.records.get((object_, record_id))
            if record is not None and _all_match(record, parts):
                found.append(record)
        return tuple(found)

    def with_records(
        self,
        records: Iterable[Record],
        answered: Collection[Lookup] = (),
        refused: Mapping[Lookup, str] | None = None,
        by_usual_forms: frozenset[Lookup] = frozenset(),
    ) -> World:
        """This world with those records added or replaced. `answered` are the lookups they answer,
        including those that were `refused` or searched `by_usual_forms`."""
        added: dict[RecordKey, Record] = {}
        for record in records:
            added[(record.object, record.id)] = record
            self.index.add(record)
        known: HashTrieMap[RecordKey, Record] = (
            self.records if isinstance(self.records, HashTrieMap) else HashTrieMap(self.records)
        )
        known = known.update(added)
        if not answered:
            return replace(self, records=known)
        refused = {**self.refused, **refused} if refused else self.refused
        forms = self.by_usual_forms | by_usual_forms
        return replace(
            self,
            records=known,
            answered=self.answered.union(answered),
            refused=refused,
            by_usual_forms=forms,
        )

    def with_link(self, link: Link) -> World:
        """This world with that link added or replaced."""
        known: HashTrieMap[LinkKey, Link] = (
            self.links if isinstance(self.links, HashTrieMap) else HashTrieMap(self.links)
        )
        return replace(self, links=known.insert(link.key, link))


def _all_match(record: Record, parts: LookupParts) -> bool:
    for name, compare, value in parts:
        form = normal_form(compare, value)
        if form is None or form != form_of(record, name, compare):
            return False
    return True
