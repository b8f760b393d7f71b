"""The org's own state that a request or a write may meet: editions, maintenance, full storage,
states and record types.

All of it is switched by `/_emulator/settings` or stands in the spec; each refusal is a row of
salesforce-api.md §4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from zsf_plugin.emulator.errors import Json, SalesforceError, bad

#: Pairs of fields that state and country picklists are about, by object (§9 trap 36).
_PLACES = {
    "Lead": (("Country", "State"),),
    "Contact": (("MailingCountry", "MailingState"),),
    "Account": (("BillingCountry", "BillingState"),),
}

_APPEARS = ", even though it may appear correct. Please pick one from the list: "


@dataclass(slots=True)
class Conditions:
    """`storage_left` counts down with each record created; None is room enough."""

    api_enabled: bool = True
    read_only: bool = False
    concurrent_full: bool = False
    long_transactions: bool = False
    storage_left: int | None = None
    duplicate_key: str = "duplicateResut"
    search_lag: bool = False

    def check_request(self) -> None:
        """Raises SalesforceError where no request is served."""
        if not self.api_enabled:
            raise SalesforceError(
                403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."
            )
        if self.concurrent_full:
            words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", words)
        if self.long_transactions:
            raise SalesforceError(
                403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."
            )

    def check_write(self, *, creating: bool) -> None:
        """Raises SalesforceError where nothing is written, or nothing more fits."""
        if self.read_only:
            words = "Your organization is in read-only mode during maintenance"
            raise bad("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", words)
        if creating and self.storage_left is not None and self.storage_left <= 0:
            raise bad("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")


def check_places(
    states: Mapping[str, Sequence[str]], object_: str, row: Mapping[str, Json]
) -> None:
    """With state and country picklists on, free text is refused (§5.1). `states`: the states of
    each country."""
    for country_field, state_field in _PLACES.get(object_, ()) if states else ():
        country, state = row.get(country_field), row.get(state_field)
        if country is not None and country not in states:
            raise bad(
                "FIELD_INTEGRITY_EXCEPTION",
                f"There's a problem with this country{_APPEARS}{country}",
                country_field,
            )
        if state is not None and state not in states.get(cast(str, country), ()):
            raise bad(
                "FIELD_INTEGRITY_EXCEPTION",
                f"There's a problem with this state{_APPEARS}{state}",
                state_field,
            )


def check_record_type(
    types: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]],
    object_: str,
    type_name: str | None,
    row: Mapping[str, Json],
) -> None:
    """A restricted picklist's value may not be one of the record's type (§9 trap 35). `types`: by
    object, then type."""
    if row.get("RecordTypeId") is not None and type_name is None:
        words = "Record Type ID: this ID value isn't valid for the user"
        raise bad("INVALID_CROSS_REFERENCE_KEY", f"{words}: {row['RecordTypeId']}", "RecordTypeId")
    for name, values in types.get(object_, {}).get(type_name or "", {}).items():
        if row.get(name) is not None and row[name] not in values:
            words = f"{name}: bad value for restricted picklist field: {row[name]}"
            raise bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, name)


def check_event(object_: str, row: Mapping[str, Json]) -> None:
    """An Event has a start, and an end or a length (§5.7)."""
    if object_ != "Event":
        return
    if row.get("StartDateTime") is None or (
        row.get("EndDateTime") is None and row.get("DurationInMinutes") is None
    ):
        missing = [name for name in ("StartDateTime", "EndDateTime") if row.get(name) is None]
        words = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", words, missing)
