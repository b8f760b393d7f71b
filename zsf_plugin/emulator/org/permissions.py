"""What each user may: the API, objects, fields, records (salesforce-api.md, ground rule 4).

What a user may not see does not exist for it: not in describe, not in SOQL, not in a write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from zsf_plugin.emulator.errors import Json, SalesforceError
from zsf_plugin.emulator.org.schema import Field

_SETS = ("hidden_objects", "hidden_fields", "read_only_fields", "unshared", "read_only_records")


@dataclass(frozen=True, slots=True)
class Permissions:
    """One user's. `hidden_fields` and `read_only_fields` hold `Lead.Email`; `unshared` and
    `read_only_records`, ids.

    `view_setup`, `customize_application` and `manage_users` are the rights that making fields takes
    (§8).
    """

    api_enabled: bool = True
    app_allowed: bool = True
    password_expired: bool = False
    view_all_data: bool = True
    view_setup: bool = True
    customize_application: bool = True
    manage_users: bool = True
    hidden_objects: frozenset[str] = field(default_factory=frozenset)
    hidden_fields: frozenset[str] = field(default_factory=frozenset)
    read_only_fields: frozenset[str] = field(default_factory=frozenset)
    unshared: frozenset[str] = field(default_factory=frozenset)
    read_only_records: frozenset[str] = field(default_factory=frozenset)

    def changed(self, document: Mapping[str, Json]) -> Permissions:
        """These with the given ones in their place. Raises ValueError for an unknown one."""
        known = sorted(one.name for one in fields(self))
        changed = self
        for name in sorted(document):
            if name not in known:
                raise ValueError(f"unknown permission {name!r}; known are {', '.join(known)}")
            value = document[name]
            parsed = _parse_set(value) if name in _SETS else bool(value)
            changed = replace(changed, **{name: parsed})  # type: ignore[arg-type]
        return changed

    def as_seen(self, object_name: str, found: Field) -> Field | None:
        """The field as the user has it; None where it is hidden."""
        path = f"{object_name}.{found.name}"
        if path in self.hidden_fields:
            return None
        if path in self.read_only_fields:
            return replace(found, createable=False, updateable=False)
        return found

    def check_request(self) -> None:
        """Raises SalesforceError where the user may not call the API at all (§4.2)."""
        if self.password_expired:
            words = (
                "The users password has expired, you must call SetPassword before "
                "attempting any other API operations"
            )
            raise SalesforceError(403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", words)
        if not self.api_enabled:
            raise SalesforceError(403, "API_CURRENTLY_DISABLED", "API is disabled for this User")
        if not self.app_allowed:
            words = "Client is not accessible for this user"
            raise SalesforceError(403, "CLIENT_NOT_ACCESSIBLE_FOR_USER", words)


def _parse_set(value: Json) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
