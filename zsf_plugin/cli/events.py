"""Reading host events from files: one JSON object a call, `{"hook": …, arguments}`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from zsf_plugin.errors import ConfigurationError, InvalidEvent
from zsf_plugin.intake.reading import read_event
from zsf_plugin.model import HOOK_KINDS, Event, Json, JsonObject
from zsf_plugin.rulebook.schema import first_fault


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call: the hook's name and its keyword arguments."""

    hook: str
    arguments: JsonObject


def read_call(text: str) -> HookCall:
    """The call of one line. Raises ValueError with words that quote nothing of it."""
    document = _read_object(text)
    hook = document.pop("hook", None)
    if not isinstance(hook, str) or hook not in HOOK_KINDS:
        raise ValueError(f"no known hook: give one of {', '.join(HOOK_KINDS)}")
    return HookCall(hook, document)


def _read_object(text: str) -> dict[str, Json]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a JSON object") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def read_event_file(path: Path) -> Event:
    """The event of a file. Raises ConfigurationError, which says what to do."""
    try:
        return _read_event(path)
    except OSError as error:
        words = f"{error.strerror}; give a file with one event"
    except InvalidEvent as fault:
        words = f"{fault.pointer or '/'}: {fault.reason}"
    except ValueError as error:
        words = str(error)
    raise ConfigurationError((f"{path}: {words}",))


def _read_event(path: Path) -> Event:
    call = read_call(path.read_text(encoding="utf-8"))
    return read_event(HOOK_KINDS[call.hook], call.arguments, first_fault)
