"""Errors in Salesforce's own shapes (salesforce-api.md §4.1). Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class SalesforceError(Exception):
    """One error: HTTP status, errorCode, message, affected fields, and extra keys of its body."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[str] = (),
        extra: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.extra = dict(extra or {})

    def single(self) -> Json:
        """The error body of a single resource: a list of one, keyed `errorCode`."""
        fields = {"fields": self.fields} if self.fields else {}
        return [{**self.extra, "message": self.message, "errorCode": self.code, **fields}]

    def in_collection(self) -> dict[str, Json]:
        """A failed record's result in a collection: keyed `statusCode`, without a duplicate rule's
        match list (§3.7)."""
        error: Json = {
            "statusCode": self.code,
            "message": self.message,
            "fields": self.fields,
        }
        return {"success": False, "errors": [error]}


def bad(code: str, message: str, *fields: str) -> SalesforceError:
    """An error with HTTP status 400."""
    return SalesforceError(400, code, message, fields)


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """404 NOT_FOUND."""
    return SalesforceError(404, "NOT_FOUND", message)
