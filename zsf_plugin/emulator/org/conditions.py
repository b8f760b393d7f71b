"""Org state that tests can change, and staged refusals of single writes (salesforce-api.md §4.2).

A refusal stands for a customer's own triggers, flows, policies and locks, which the emulator cannot
know. A fault breaks a connection; a refusal is an ordinary response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from zsf_plugin.emulator.documents import Document, take_match, unknown
from zsf_plugin.emulator.errors import Json, SalesforceError, bad

#: What the old host name of an org that moved answers.
MOVED = ("url_not_reset", "redirect", "misdirected", "page")


@dataclass(slots=True)
class Conditions:
    """`storage_left` counts down with each record created; None means unlimited.

    `international_email`: accept letters of other scripts before an address's @.
    `moved_to`: the host name that the org now has; `moved_answer`: what its old one answers, one of
    `MOVED` (§9 trap 63). `crlf`: store the line breaks of text areas as CRLF, as the browser does.
    `oldest_version`, `newest_version`: the API versions that the org serves (§2.5).
    `per_app_usage`: report the app's own usage before the org's (§9 trap 66).
    `sends_date`: say the org's time in each answer's `Date`.
    """

    api_enabled: bool = True
    read_only: bool = False
    concurrent_full: bool = False
    long_transactions: bool = False
    storage_left: int | None = None
    duplicate_key: str = "duplicateResut"
    search_lag: bool = False
    international_email: bool = False
    per_app_usage: bool = False
    sends_date: bool = True
    crlf: bool = False
    moved_to: str = ""
    moved_answer: str = "url_not_reset"
    oldest_version: str = "31.0"
    newest_version: str = "68.0"

    def check_request(self) -> None:
        """Raises SalesforceError if the org serves no requests."""
        if not self.api_enabled:
            message = "The REST API is not enabled for this Organization."
            raise SalesforceError(403, "API_DISABLED_FOR_ORG", message)
        if self.concurrent_full:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message)
        if self.long_transactions:
            message = "ConcurrentPerOrgLongTxn Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message)

    def base(self, base: str) -> str:
        """The org's own URL: this one, or the one it moved to."""
        if not self.moved_to:
            return base
        return urlsplit(base)._replace(netloc=f"{self.moved_to}:{urlsplit(base).port}").geturl()

    def is_old_host(self, host: str) -> bool:
        """Whether a request was sent to a host name that the org no longer has."""
        return bool(self.moved_to) and host.partition(":")[0] != self.moved_to

    @property
    def is_full(self) -> bool:
        """Whether storage is used up."""
        return self.storage_left is not None and self.storage_left <= 0

    def serves(self, version: str) -> bool:
        """Whether the org serves that API version."""
        return float(self.oldest_version) <= float(version) <= float(self.newest_version)

    def check_write(self, *, creating: bool) -> None:
        """Raises SalesforceError if the org is read-only or its storage is used up."""
        if self.read_only:
            message = "Your organization is in read-only mode during maintenance"
            raise bad("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", message)
        if creating and self.is_full:
            raise bad("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")

    def use_storage(self) -> None:
        """Count one created record."""
        if self.storage_left is not None:
            self.storage_left -= 1


#: Whether a row has that value in that field, or a query asks for it.
HasValue: TypeAlias = Callable[[str, Json], bool]
ACTIONS = ("create", "update", "delete", "query", "any")


@dataclass(slots=True)
class Refusal:
    """One refusal: lets `after` matching writes pass, then refuses the next `times`.

    `object`: "" matches any. `where`: values the row must have (a locked parent: {"AccountId":
    "001…"}), or a query must ask for. `above`: refuse only saves of more records than this (a
    trigger that hits governor limits).
    """

    object: str
    action: str
    code: str
    status: int
    message: str
    fields: tuple[str, ...]
    where: Mapping[str, Json]
    times: int
    after: int
    above: int

    @classmethod
    def parse(cls, document: Mapping[str, Json]) -> Refusal:
        """Parse a refusal from JSON. Raises ValueError for an unknown action, a missing code or an
        invalid number."""
        given = Document(document)
        action = _parse_action(given.text("action", "any"))
        if not given.flag("code"):
            raise ValueError("a refusal needs a code, for example UNABLE_TO_LOCK_ROW")
        return cls(
            object=given.text("object"),
            action=action,
            code=given.text("code"),
            status=given.count("status", 400),
            message=given.text("message", given.text("code")),
            fields=given.texts("fields"),
            where=given.nested("where").values,
            times=given.count("times", 1),
            after=given.count("after"),
            above=given.count("above"),
        )

    @property
    def error(self) -> SalesforceError:
        """The error that the write gets."""
        return SalesforceError(self.status, self.code, self.message, self.fields)

    def matches(self, action: str, object_: str, has: HasValue, save_size: int = 1) -> bool:
        """Whether it applies to this write or query; action `any` matches all but a query."""
        if self.object not in ("", object_) or save_size <= self.above:
            return False
        has_values = all(has(name, value) for name, value in self.where.items())
        return has_values and self._is_of(action)

    def _is_of(self, action: str) -> bool:
        return self.action == action or (self.action == "any" and action != "query")


def _parse_action(action: str) -> str:
    if action not in ACTIONS:
        raise unknown("action", action, ACTIONS)
    return action


class RefusalScript:
    """Refusals in the order they were added; the first that matches a write and is due applies."""

    def __init__(self) -> None:
        self._refusals: list[Refusal] = []

    def add(self, document: Mapping[str, Json]) -> None:
        """Append a refusal from its JSON document. Raises ValueError."""
        self._refusals.append(Refusal.parse(document))

    def clear(self) -> None:
        """Remove all refusals."""
        self._refusals.clear()

    def check(self, action: str, object_: str, row: Mapping[str, Json], save_size: int = 1) -> None:
        """Count a write; raises SalesforceError if a refusal is due."""

        def has(name: str, value: Json) -> bool:
            return row.get(name) == value

        for refusal in self._refusals:
            if refusal.matches(action, object_, has, save_size) and take_match(refusal):
                raise refusal.error

    def check_query(self, object_: str, asks_for: HasValue) -> None:
        """Count a query of that object; raises SalesforceError if a refusal is due."""
        for refusal in self._refusals:
            if refusal.matches("query", object_, asks_for) and take_match(refusal):
                raise refusal.error
