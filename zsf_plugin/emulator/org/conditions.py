"""What a rehearsal switches in an org: its state, and refusals of single writes (salesforce-api.md
§4.2).

A refusal stands for a customer's own triggers, flows, policies and locks, which no emulator can
know. A fault breaks a connection; a refusal is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.documents import Document, is_due
from zsf_plugin.emulator.errors import Json, SalesforceError, bad


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


ACTIONS = ("create", "update", "delete", "query", "any")


@dataclass(slots=True)
class Refusal:
    """One refusal: it lets `after` matching writes pass, then refuses `times` of them.

    `object` "" is any; `where` are values the row must have (a busy parent: {"AccountId": "001…"});
    `above` refuses only saves of more records than that (a trigger that runs into governor limits).
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
        """A refusal of its JSON. Raises ValueError for an unknown action, a missing code or a wrong
        number."""
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
        """What the write is told."""
        return SalesforceError(self.status, self.code, self.message, self.fields)

    def matches(self, action: str, object_: str, row: Mapping[str, Json], save_size: int) -> bool:
        """Whether this write is one of those it is about; `any` action is any but a query."""
        if self.object not in ("", object_) or save_size <= self.above:
            return False
        has_values = all(row.get(name) == value for name, value in self.where.items())
        return has_values and self._is_of(action)

    def _is_of(self, action: str) -> bool:
        return self.action == action or (self.action == "any" and action != "query")


def _parse_action(action: str) -> str:
    if action not in ACTIONS:
        raise ValueError(f"unknown action {action!r}; known are {', '.join(ACTIONS)}")
    return action


class RefusalScript:
    """Refusals in the order they were given; the first that matches a write and is due hits it."""

    def __init__(self) -> None:
        self._refusals: list[Refusal] = []

    def add(self, document: Mapping[str, Json]) -> None:
        """Append the refusal of a JSON document. Raises ValueError."""
        self._refusals.append(Refusal.parse(document))

    def clear(self) -> None:
        """Forget them all."""
        self._refusals.clear()

    def check(self, action: str, object_: str, row: Mapping[str, Json], save_size: int = 1) -> None:
        """Count a write down. Raises SalesforceError where a refusal is due."""
        for refusal in self._refusals:
            if refusal.matches(action, object_, row, save_size) and is_due(refusal):
                raise refusal.error
