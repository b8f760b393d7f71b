"""What undoing needs of a CRM beside `Crm`: records as they are now, what deleting one takes along,
and deleting. Nothing else deletes.

Implementations: `zsf_plugin.salesforce.removal` and the tests' in-memory CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zsf_plugin.ports.crm import do_nothing

if TYPE_CHECKING:
    from zsf_plugin.model import Record, RecordKey, WriteOutcome
    from zsf_plugin.ports.crm import Purpose


@dataclass(frozen=True, slots=True)
class WantedRecords:
    """Records of one object to read, and their fields, by API name."""

    object: str
    ids: Sequence[str]
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A record that would be deleted along with `parent`, to which its `field` refers."""

    object: str
    id: str
    parent: str
    field: str


@dataclass(frozen=True, slots=True)
class Dependents:
    """What deleting records would take along, as the connected user sees it. `unread`: by object to
    delete, those of its children that cannot be asked for. `protected`: objects whose records the
    user may not delete."""

    records: Sequence[Dependent] = ()
    unread: Mapping[str, Collection[str]] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()


class RecordRemoval(Protocol):
    """Reads and deletes records of one org, as its connected user sees it. Reads raise Unavailable,
    QuotaReached, ReconnectRequired."""

    def read(self, wanted: Sequence[WantedRecords], purpose: Purpose) -> Mapping[RecordKey, Record]:
        """Those of the records that exist, archived ones too, by object and id. One call for five
        objects."""
        ...

    def dependents(self, records: Mapping[str, Sequence[str]], purpose: Purpose) -> Dependents:
        """What deleting these records (ids by object) would take along. One call, and one for each
        five kinds of children."""
        ...

    def delete(
        self,
        records: Sequence[RecordKey],
        purpose: Purpose,
        before_each: Callable[[Sequence[RecordKey]], None] = do_nothing,
    ) -> Sequence[WriteOutcome]:
        """Delete records in that order, in one call for 200; one outcome for each, with the id as
        its token. A record that is deleted already counts as deleted. Never raises for a call that
        failed: its records get the error. Nothing that may have happened is retried.
        `before_each` is called right before each request, with its records; if it raises, that
        request is not sent. Fenced is always raised on."""
        ...
