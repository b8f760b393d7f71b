"""What provisioning needs of an org: fields and permission sets, found and made. Nothing here
deletes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from zsf_plugin.model import FieldSpec, MetadataFound, OrgFacts, PermissionSetSpec


class Metadata(Protocol):
    """The setup of one connected org, with the rights of its connected user.

    Whatever makes something may raise Rejected (DuplicateFound where it is there already),
    OutcomeUnknown where the answer was lost, and as every call Unavailable, QuotaReached,
    ReconnectRequired. Nothing is sent twice by itself.
    """

    def look(
        self, wanted: Sequence[FieldSpec], permission_set: PermissionSetSpec, facts: OrgFacts
    ) -> MetadataFound:
        """What there is of these; `facts` are fresh ones. A field that nobody may look at is no
        error, but told.

        Two calls, and one for each field that is there and hidden. Raises Unavailable,
        QuotaReached, ReconnectRequired.
        """
        ...

    def create_field(self, spec: FieldSpec) -> None:
        """Make a field; nobody sees it before it is granted. One call."""
        ...

    def create_permission_set(self, spec: PermissionSetSpec) -> str:
        """Make a permission set; its id. One call."""
        ...

    def grant(self, permission_set_id: str, field: str, held: str | None) -> None:
        """Let the set's users read and edit `Lead.X__c`; `held` is our own row's id where it allows
        less. One call."""
        ...

    def assign(self, permission_set_id: str) -> None:
        """Give the set to the connected user. One call."""
        ...
