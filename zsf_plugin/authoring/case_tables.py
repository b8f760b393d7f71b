"""One case, read from its table in a file that is valid by the schema, and what that cannot say is
wrong with a case."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zsf_plugin.authoring.case_documents import Place, read_table
from zsf_plugin.model import Json, JsonObject
from zsf_plugin.rulebook import Finding
from zsf_plugin.rulebook.schema import SchemaViolation

_DEFAULT_HOOK = "on_prospect_purchased"
_NEEDS_HOOK = 'the event has a touchpoint; add hook = "on_touchpoint_sent"'
_NEEDS_ORG = "`{key}` needs the org: add [case.org], which may be empty"
_KEYS_OF_ORGS = ("changes", "held")


class WrongCase(ValueError):
    """A case cannot be run: `place` is the path below the case, and the message says why."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place

    def violation(self, index: int) -> SchemaViolation:
        """The same in the file, of which the case is the one with that index."""
        return SchemaViolation(("case", index, *self.place), str(self))


@dataclass(frozen=True, slots=True)
class Case:
    """One case: `event` holds the arguments of `hook`, read from `event_file` if there is one;
    `index` is the case's place among those of its file."""

    name: str
    index: int
    hook: str
    event: JsonObject
    expect: JsonObject
    org: JsonObject | None
    event_file: Path | None = None

    @property
    def place(self) -> Place:
        """The case's path in its file."""
        return ("case", self.index)


def case_in(table: JsonObject, index: int, folder: Path) -> Case:
    """The case in that table of a file in that folder. Raises WrongCase."""
    event_file = _event_file(table, folder)
    event = _event(table, event_file)
    hook = _take_hook(table, event)
    expect = cast(JsonObject, table["expect"])
    org = cast("JsonObject | None", table.get("org"))
    if org is None:
        _check_needs_no_org(expect)
    return Case(str(table["name"]), index, hook, event, expect, org, event_file)


def _event_file(table: JsonObject, folder: Path) -> Path | None:
    name = table.get("event_file")
    return None if name is None else plain_path(folder / str(name))


def _event(table: JsonObject, event_file: Path | None) -> dict[str, Json]:
    if event_file is None:
        return dict(cast(JsonObject, table["event"]))
    return dict(_event_in(event_file))


def _event_in(file: Path) -> JsonObject:
    read = read_table(file)
    if isinstance(read, Finding):
        raise WrongCase(("event_file",), str(read))
    return read.document


def _take_hook(table: JsonObject, event: dict[str, Json]) -> str:
    """The hook that the case names; else that of the event, where it is no argument."""
    hook = table.get("hook") or event.pop("hook", None)
    if hook is None and "touchpoint" in event:
        raise WrongCase((), _NEEDS_HOOK)
    return str(hook or _DEFAULT_HOOK)


def _check_needs_no_org(expect: JsonObject) -> None:
    for key in _KEYS_OF_ORGS:
        if key in expect:
            raise WrongCase(("expect", key), _NEEDS_ORG.format(key=key))


def plain_path(path: Path) -> Path:
    """The path without `..` where it leads to the same place: one file has one name."""
    if "\0" in str(path):  # leads nowhere
        return path
    plain = os.path.normpath(path)
    return Path(plain) if os.path.realpath(plain) == os.path.realpath(path) else path
