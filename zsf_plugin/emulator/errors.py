"""Errors in Salesforce's own shapes (salesforce-api.md §4.1). Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class SalesforceError(Exception):
    """One error: HTTP status, errorCode, message, affected fields, and extra keys of its body.

    `others`: further errors of the same save (§3.1).
    """

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
        self.others: list[SalesforceError] = []

    def followed_by(self, others: Sequence[SalesforceError]) -> SalesforceError:
        """This error, with further ones of the same save."""
        self.others = list(others)
        return self

    def single(self) -> Json:
        """The error body of a single resource: a list, mostly of one, keyed `errorCode`."""
        return [error._in_list() for error in (self, *self.others)]

    def _in_list(self) -> dict[str, Json]:
        fields = {"fields": self.fields} if self.fields else {}
        return {**self.extra, "message": self.message, "errorCode": self.code, **fields}

    def in_collection(self) -> dict[str, Json]:
        """A failed record's result in a collection: keyed `statusCode`, without a duplicate rule's
        match list (§3.7)."""
        errors: Json = [error._in_result() for error in (self, *self.others)]
        return {"success": False, "errors": errors}

    def _in_result(self) -> dict[str, Json]:
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}


def bad(code: str, message: str, *fields: str) -> SalesforceError:
    """An error with HTTP status 400."""
    return SalesforceError(400, code, message, fields)


def bad_reference(*fields: str) -> SalesforceError:
    """The error for the id of a record that is not there."""
    return bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", *fields)


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """404 NOT_FOUND."""
    return SalesforceError(404, "NOT_FOUND", message)
