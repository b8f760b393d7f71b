"""The world: everything `decision.reconcile` may use. Each reconciled entry yields the next world.

Records are found through an index of normal forms, so a batch of a thousand needs no scans.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from rpds import HashTrieMap

from zsf_plugin.model.describe import Record
from zsf_plugin.model.facts import OrgFacts
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.model.lookup import Lookup, LookupParts
from zsf_plugin.model.rules import Compare
from zsf_plugin.model.text import as_text, normal_form

RecordKey = tuple[str, str]


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
    `index` and `probes` are caches shared with every world derived from this one: `probes` maps (a
    plan's digest, time zone) to what identifies its Task besides the person.
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
    probes: dict[tuple[str, str], LookupParts] = field(
        default_factory=dict, repr=False, compare=False
    )

    def matching(self, object_: str, parts: LookupParts) -> tuple[Record, ...]:
        """The records of that object on which all parts match exactly, in the order they were
        added; by a known id that record alone."""
        if len(parts) == 1 and parts[0][0] == "Id":
            of_id = self.records.get((object_, parts[0][2]))
            if of_id is not None:
                return (of_id,)
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

    def with_created(self, record: Record, link: Link | None = None) -> World:
        """This world with one more record that this batch creates, and the link to it, if any."""
        self.index.add(record)
        records: HashTrieMap[RecordKey, Record] = (
            self.records if isinstance(self.records, HashTrieMap) else HashTrieMap(self.records)
        )
        links: HashTrieMap[LinkKey, Link] = (
            self.links if isinstance(self.links, HashTrieMap) else HashTrieMap(self.links)
        )
        return replace(
            self,
            records=records.insert((record.object, record.id), record),
            links=links if link is None else links.insert(link.key, link),
            created_count=self.created_count + 1,
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
