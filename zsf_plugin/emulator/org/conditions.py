"""The org's own state that a request or a write may meet: editions, maintenance, full storage.

All of it is switched by `/_emulator/settings`; each refusal is a row of salesforce-api.md §4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from zsf_plugin.emulator.errors import SalesforceError, bad


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
            words = "The REST API is not enabled for this Organization."
            raise SalesforceError(403, "API_DISABLED_FOR_ORG", words)
        if self.concurrent_full:
            words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", words)
        if self.long_transactions:
            words = "ConcurrentPerOrgLongTxn Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", words)

    @property
    def is_full(self) -> bool:
        """Whether no further record fits."""
        return self.storage_left is not None and self.storage_left <= 0

    def check_write(self, *, creating: bool) -> None:
        """Raises SalesforceError where nothing is written, or nothing more fits."""
        if self.read_only:
            words = "Your organization is in read-only mode during maintenance"
            raise bad("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", words)
        if creating and self.is_full:
            raise bad("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")

    def use_storage(self) -> None:
        """One more record was created."""
        if self.storage_left is not None:
            self.storage_left -= 1
