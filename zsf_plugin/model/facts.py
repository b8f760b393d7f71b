"""Facts about a whole org, as it was last read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zsf_plugin.model.describe import FieldDescribe, ObjectDescribe
from zsf_plugin.model.lookup import RecordSearch


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """Facts about the whole org: describes by object, the closed Task status, whether it is a
    sandbox; and the time zone of the connected user, who owns what is created without an owner.

    An object missing from `describes` does not exist or is hidden from the connected user.
    """

    org_id: str
    is_sandbox: bool
    closed_status: str | None
    describes: Mapping[str, ObjectDescribe] = field(default_factory=dict)
    user_zone: str | None = None
    #: A cache: (a person's digest, object) → searches for the person or company, without a link.
    searches: dict[tuple[str, str], tuple[RecordSearch, ...]] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    #: Our external ID field by object, for objects on which the user can read and filter by it.
    id_fields: Mapping[str, str] = field(init=False, repr=False, compare=False)
    #: Whether users can be searched by e-mail; also if the describe does not say.
    are_users_askable: bool = field(init=False, repr=False, compare=False)

    def field(self, object_: str, name: str) -> FieldDescribe | None:
        """The field; None if the org lacks it or hides it from the connected user."""
        describe = self.describes.get(object_)
        return describe.field(name) if describe is not None else None

    def __post_init__(self) -> None:
        fields = {name: one.external_id_field for name, one in self.describes.items()}
        visible = {name: field for name, field in fields.items() if field is not None}
        object.__setattr__(self, "id_fields", visible)
        users = self.describes.get("User")
        email = users.field("Email") if users is not None else None
        is_askable = users is None or (email is not None and email.filterable)
        object.__setattr__(self, "are_users_askable", is_askable)


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Facts as last read, however old. `read_at` is in seconds since 1970."""

    facts: OrgFacts
    read_at: float
