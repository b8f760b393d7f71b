"""Pasted JSON → an event: a whole hook call, or a prospect alone. Stores and logs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zsf_plugin.errors import InvalidEvent
from zsf_plugin.model import Event, Json, JsonObject

#: Longer texts are refused (bytes in UTF-8), as for rule files.
MAX_BYTES = 128 * 1024
TOO_LONG = f"It is longer than {MAX_BYTES // 1024} KiB."

#: The name of a hook and its arguments → the event. Raises InvalidEvent.
ReadEvent = Callable[[str, Mapping[str, object]], Event]


class UnreadableEvent(Exception):
    """Why a text is no event, for the person who pasted it."""


@dataclass(frozen=True, slots=True)
class CallDefaults:
    """What a pasted call may lack: the visitor as its user, and when it happened. `workspace`
    always is the visitor's, whatever the text says."""

    workspace: str
    user: JsonObject
    occurred_at: str


def read_pasted(text: str, defaults: CallDefaults, read_event: ReadEvent) -> Event:
    """The event in that text. Raises UnreadableEvent."""
    call = _call_of(_document(text))
    hook = call.pop("hook", None) or _hook_of(call)
    lacking = {
        "event_id": "pasted",
        "occurred_at": defaults.occurred_at,
        "user": defaults.user,
    }
    whole = {**lacking, **call, "workspace": defaults.workspace}
    try:
        return read_event(str(hook), whole)
    except InvalidEvent as error:
        place = error.pointer or "The call"
        raise UnreadableEvent(f"{place}: {error.reason}.") from error


def is_too_long(text: str) -> bool:
    """Whether a text is longer than a rule file may be."""
    return len(text.encode("utf-8", "replace")) > MAX_BYTES


def _document(text: str) -> Json:
    if is_too_long(text):
        raise UnreadableEvent(TOO_LONG)
    try:
        document: Json = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableEvent(f"It is not JSON: {error.msg}, {place}.") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableEvent("It is nested too deeply, or has a number that is none.") from error
    return document


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _call_of(document: Json) -> dict[str, Json]:
    """The arguments of the call, with the hook's name if it is there."""
    if not isinstance(document, dict):
        raise UnreadableEvent("It must be one JSON object: a hook call, or a prospect.")
    if {"prospect", "touchpoint", "hook"} & document.keys():
        return dict(document)
    return {"prospect": {"id": "pasted", **document}}


def _hook_of(call: Mapping[str, Json]) -> str:
    return "on_touchpoint_sent" if "touchpoint" in call else "on_prospect_purchased"
