"""Refusals on demand: any code of Salesforce's error table, for the n-th write of a kind
(salesforce-api.md §4.2).

For what a customer's own triggers, flows, policies and locks do, which no emulator can know. A
fault breaks a connection; a refusal is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zsf_plugin.emulator.countdown import is_due
from zsf_plugin.emulator.documents import Document
from zsf_plugin.emulator.errors import Json, SalesforceError

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
        action, code = given.text("action", "any"), given.text("code")
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known are {', '.join(ACTIONS)}")
        if not given.flag("code"):
            raise ValueError("a refusal needs a code, for example UNABLE_TO_LOCK_ROW")
        return cls(
            object=given.text("object"),
            action=action,
            code=code,
            status=given.count("status", 400),
            message=given.text("message", code),
            fields=given.texts("fields"),
            where=given.nested("where").values,
            times=given.count("times", 1),
            after=given.count("after"),
            above=given.count("above"),
        )

    def matches(self, action: str, object_: str, row: Mapping[str, Json], save_size: int) -> bool:
        """Whether this write is one of those it is about; `any` action is any but a query."""
        any_write = self.action == "any" and action != "query"
        if self.action != action and not any_write:
            return False
        if self.object not in ("", object_) or save_size <= self.above:
            return False
        return all(row.get(name) == value for name, value in self.where.items())


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
                raise SalesforceError(refusal.status, refusal.code, refusal.message, refusal.fields)
