"""The event of a case, as a hook reads it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from zsf_plugin.authoring.case_tables import Case, WrongCase
from zsf_plugin.errors import InvalidEvent
from zsf_plugin.model import Event, JsonObject
from zsf_plugin.ports import RulesInForce

#: The event in the arguments of a hook, as intake reads it under those rules. Raises InvalidEvent.
ReadEvent = Callable[[str, JsonObject, RulesInForce], Event]


def event_of(case: Case, in_force: RulesInForce, read_event: ReadEvent) -> Event:
    """The event of a case under those rules. Raises WrongCase."""
    try:
        return read_event(case.hook, case.event, in_force)
    except InvalidEvent as error:
        raise _wrong_event(case, error) from error


def _wrong_event(case: Case, error: InvalidEvent) -> WrongCase:
    """What is wrong with the event, at its place in the file of cases, or in its own file."""
    if case.event_file is not None:
        said = f"{case.event_file}: {error.pointer}: {error.reason}"
        return WrongCase(("event_file",), said)
    return WrongCase(("event", *_keys(error.pointer)), error.reason)


def _keys(pointer: str) -> list[str]:
    """The keys of a JSON pointer."""
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
