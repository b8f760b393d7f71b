"""Refusals on demand: any code of Salesforce's error table, for the n-th write of a kind
(salesforce-api.md §4.2).

For what a customer's own triggers, flows, policies and locks do, which no stand-in can know. A
fault breaks a connection; a refusal is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

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
    def of(cls, document: Mapping[str, Json]) -> Refusal:
        """A refusal of its JSON. Raises ValueError for an unknown action or a missing code."""
        action = str(document.get("action", "any"))
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known are {', '.join(ACTIONS)}")
        if not document.get("code"):
            raise ValueError("a refusal needs a code, for example UNABLE_TO_LOCK_ROW")
        fields, where = document.get("fields"), document.get("where")
        return cls(
            object=str(document.get("object", "")),
            action=action,
            code=str(document["code"]),
            status=_number(document, "status", 400),
            message=str(document.get("message", document["code"])),
            fields=tuple(str(name) for name in fields) if isinstance(fields, list) else (),
            where=where if isinstance(where, dict) else {},
            times=_number(document, "times", 1),
            after=_number(document, "after", 0),
            above=_number(document, "above", 0),
        )

    def matches(self, action: str, object_: str, row: Mapping[str, Json], save_size: int) -> bool:
        """Whether this write is one of those it is about."""
        return (
            self.action in (action, "any" if action != "query" else action)
            and self.object in ("", object_)
            and save_size > self.above
            and all(row.get(name) == value for name, value in self.where.items())
        )


class RefusalScript:
    """Refusals in the order they were given; the first that matches a write and is due meets it."""

    def __init__(self) -> None:
        self._refusals: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        """Append a refusal."""
        self._refusals.append(refusal)

    def clear(self) -> None:
        """Forget them all."""
        self._refusals.clear()

    def meet(self, action: str, object_: str, row: Mapping[str, Json], save_size: int = 1) -> None:
        """Count a write down. Raises SalesforceError where one is due."""
        for refusal in self._refusals:
            if not refusal.matches(action, object_, row, save_size):
                continue
            if refusal.after > 0:
                refusal.after -= 1
                continue
            if refusal.times > 0:
                refusal.times -= 1
                raise SalesforceError(refusal.status, refusal.code, refusal.message, refusal.fields)


def _number(document: Mapping[str, Json], name: str, default: int) -> int:
    return int(cast(int, document.get(name, default)))
